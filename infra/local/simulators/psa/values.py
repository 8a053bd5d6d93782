"""Reads what a client sends into the values that the simulated PSA keeps, and notes every value that does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from infra.local.simulators.psa.entities import Field
from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.store import Store

_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_CONTROL = re.compile(r"\r\n|[\n\r\b\f]")


class Misfit(ValueError):
    """A value that its field does not take; the message says what the field takes."""


class Reader:
    """Reads values of one request. `violations` collects what did not fit."""

    def __init__(self, store: Store, violations: list[Violation]) -> None:
        self.store = store
        self.violations = violations

    def read(self, fields: Iterable[Field], body: Mapping[str, Any], row: dict[str, Any]) -> None:
        """Read the given fields of `body` into `row`; absent ones and nulls leave no entry."""
        for field in fields:
            if field.name not in body:
                continue
            try:
                value = self._value(field, body[field.name], row)
            except Misfit as misfit:
                self.violations.append(Violation("InvalidField", str(misfit), field.name))
                continue
            if value is None:
                row.pop(field.name, None)
            else:
                row[field.name] = value

    def _value(self, field: Field, given: Any, row: Mapping[str, Any]) -> Any:
        if given is None:
            return None
        if not field.many:
            return self._one(field, given, row)
        if not isinstance(given, list):
            raise Misfit(f"The field {field.name} must be an array.")
        values = (self._one(field, each, row) for each in given)
        return [value for value in values if value is not None]

    def _one(self, field: Field, given: Any, row: Mapping[str, Any]) -> Any:
        match field.kind:
            case "ref":
                return self._reference(field, given, row)
            case "loose":
                return _loose(field, given)
            case "part":
                return self._part(field, given)
            case _:
                return _scalar(field, given)

    def _reference(self, field: Field, given: Any, row: Mapping[str, Any]) -> dict[str, Any] | None:
        if not isinstance(given, dict):
            raise Misfit(f"The field {field.name} must be a reference object.")
        record = _reference_id(field, given)
        scope = (row.get(field.scope) or {}).get("id") if field.scope else None
        if record is None:
            named = {key: given[key] for key in ("identifier", "name") if given.get(key)}
            if not named:
                return None
            record = self.store.by_name(field.target, named, scope)
            if record is None:
                raise Misfit(f"The {field.name} {next(iter(named.values()))} does not exist.")
        reference = self.store.reference(field.target, record)
        if reference is None:
            raise Misfit(f"The {field.name} {record} does not exist.")
        if scope is not None and self.store.rows(field.target).parent(record) != scope:
            raise Misfit(f"The {field.name} {record} does not belong to {field.scope} {scope}.")
        return reference

    def _part(self, field: Field, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise Misfit(f"The field {field.name} must hold objects.")
        part: dict[str, Any] = {}
        if isinstance(given.get("id"), int):
            part["id"] = given["id"]
        inner = Reader(self.store, [])
        inner.read(self.store.table.parts[field.target].values(), given, part)
        for violation in inner.violations:
            raise Misfit(f"{field.name}: {violation.message}")
        return part


def plain_text(text: str) -> str:
    """Line breaks and their like are not kept: they come back as a blank."""
    return _CONTROL.sub(" ", text)


def _reference_id(field: Field, given: Mapping[str, Any]) -> int | None:
    record = given.get("id")
    if isinstance(record, str) and record.strip().isdigit():
        record = int(record)
    if record is None or record == 0:
        return None
    if isinstance(record, bool) or not isinstance(record, int):
        raise Misfit(f"The field {field.name} must name its record by a numeric id.")
    return record


def _loose(field: Field, given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        raise Misfit(f"The field {field.name} must be a reference object.")
    record = _reference_id(field, given)
    kept = {key: given[key] for key in ("name", "identifier") if isinstance(given.get(key), str)}
    if record is not None:
        kept = {"id": record, **kept}
    return kept or None


def _scalar(field: Field, given: Any) -> Any:
    name = field.name
    match field.kind:
        case "text":
            if not isinstance(given, str):
                raise Misfit(f"The field {name} must be a string.")
            if field.limit is not None and len(given) > field.limit:
                raise Misfit(f"The field {name} must be a string with a maximum length of {field.limit}.")
            return plain_text(given)
        case "integer":
            if isinstance(given, bool) or not isinstance(given, int):
                raise Misfit(f"The field {name} must be an integer.")
        case "number":
            if isinstance(given, bool) or not isinstance(given, int | float):
                raise Misfit(f"The field {name} must be a number.")
        case "boolean":
            if not isinstance(given, bool):
                raise Misfit(f"The field {name} must be true or false.")
        case "choice":
            known = {choice.casefold(): choice for choice in field.choices}
            if not isinstance(given, str) or given.casefold() not in known:
                raise Misfit(f"The field {name} must be one of {', '.join(field.choices)}.")
            return known[given.casefold()]
        case "guid":
            if not isinstance(given, str) or not _GUID.match(given):
                raise Misfit(f"The field {name} must be a GUID.")
        case "time":
            return _time(name, given)
    return given


def _time(name: str, given: Any) -> str:
    wrong = Misfit(f"The field {name} must be a date and time of the form YYYY-MM-DDTHH:MM:SSZ.")
    if not isinstance(given, str) or not _TIME.match(given):
        raise wrong
    try:
        datetime.fromisoformat(given)
    except ValueError:
        raise wrong from None
    return given
