"""How our values become DynamoDB items and back: texts, whole numbers, moments, flags, and maps of these.

Mapped fields, whose values may be of any type that a record's fields have, are kept as one JSON text in which tags
(`{"$decimal": "10.50"}`) keep the types: what was put in comes out equal, and so does its hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.sync.clock import stamp
from shared.sync.record import Fields

Item = dict[str, Any]
"""An item in plain values: str, int, bool, and dicts of these. Moments are `stamp`ed texts."""


def packed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values for boto3. What is None or an empty text is left out; TypeError names what has no place."""
    return {name: attribute(name, value) for name, value in values.items() if value is not None and value != ""}


def attribute(name: str, value: Any) -> dict[str, Any]:
    """One attribute value for boto3; `name` is only for the error."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, datetime):
        return {"S": stamp(value)}
    if isinstance(value, Mapping):
        return {"M": {str(key): attribute(f"{name}.{key}", item) for key, item in value.items()}}
    raise TypeError(f"{name}: {type(value).__name__} has no place in an item")


def plain(item: Mapping[str, Any]) -> Item:
    """The inverse of `packed`."""
    return {name: _plain(name, value) for name, value in item.items()}


def _plain(name: str, value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind in ("S", "BOOL"):
        return content
    if kind == "N":
        return int(content)
    if kind == "M":
        return plain(content)
    raise TypeError(f"{name}: an attribute of type {kind} is none of ours")


def fields_text(fields: Fields) -> str:
    """Mapped fields as one JSON text; TypeError names a value that has no place in a record's fields."""
    return json.dumps(_tagged(fields), ensure_ascii=False, separators=(",", ":"))


def fields_of(text: str | None) -> dict[str, Any]:
    """The inverse of `fields_text`; no text, no fields."""
    return json.loads(text, object_hook=_untagged) if text else {}


def _tagged(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [_tagged(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {"$set": [_tagged(item) for item in sorted(value)]}
    if isinstance(value, Mapping):
        if any(key.startswith("$") for key in value):
            return {"$map": [[key, _tagged(item)] for key, item in value.items()]}
        return {key: _tagged(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no place in a record's fields")


_UNTAG = {
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$tuple": tuple,
    "$set": frozenset,
    "$map": dict,
}


def _untagged(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag in _UNTAG:
            return _UNTAG[tag](content)  # type: ignore[operator]
    return value
