"""Simulated custom fields: their definitions by entity, and the values of records, kept sparsely."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from infra.local.simulators.psa.entities import Entity
from infra.local.simulators.psa.errors import Violation, missing
from infra.local.simulators.psa.store import Row, Store

DEFINITION = "userDefinedField"
_NUMBERS = {"Number", "Currency", "Percent"}
_NAMESPACE = uuid.UUID("7f4a2a54-6f0b-4d0c-9a8e-3f1f64c2b1aa")


class CustomFields:
    """Definitions are records of `system/userDefinedFields`, whose pod tells the entity."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._values: dict[tuple[str, int], dict[int, Any]] = {}
        self._known: dict[int, list[Row]] = {}
        self._known_at = -1

    def definitions(self, entity: Entity) -> list[Row]:
        """The fields defined for an entity, in the order of their sequence numbers."""
        rows = self.store.rows(DEFINITION)
        if self._known_at != rows.version:
            self._known = {}
            for row in sorted(rows, key=lambda row: (row["sequenceNumber"], row["id"])):
                self._known.setdefault(row["podId"], []).append(row)
            self._known_at = rows.version
        return self._known.get(entity.pod, []) if entity.pod else []

    def values(self, entity: Entity, record: int) -> Mapping[int, Any]:
        """The values that are set, by the definition's id."""
        return self._values.get((entity.kept_as, record), {})

    def put(self, entity: Entity, record: int, values: Mapping[int, Any]) -> None:
        """Keep the values of a record; nulls are dropped."""
        kept = {key: value for key, value in values.items() if value is not None}
        if kept:
            self._values[entity.kept_as, record] = kept
        else:
            self._values.pop((entity.kept_as, record), None)

    def shown(self, entity: Entity, record: int) -> list[dict[str, Any]]:
        """The `customFields` of a record: every defined field, null where unset."""
        values = self.values(entity, record)
        return [
            {
                "id": row["id"],
                "caption": row["caption"],
                "type": row["fieldTypeIdentifier"],
                "entryMethod": row.get("entryTypeIdentifier", "EntryField"),
                "numberOfDecimals": row.get("numberDecimals", 0),
                "value": values.get(row["id"]),
                "connectWiseId": str(uuid.uuid5(_NAMESPACE, str(row["id"]))),
                "rowNum": place,
                "userDefinedFieldRecId": row["id"],
                "podId": f"{entity.resource.lower()}_overview",
            }
            for place, row in enumerate(self.definitions(entity), start=1)
        ]

    def read(
        self, entity: Entity, given: Any, old: Mapping[int, Any], *, whole: bool, violations: list[Violation]
    ) -> dict[int, Any]:
        """The values after a write of `given`, the array as sent; entries are known by id, or by caption.

        An empty array changes nothing. With `whole`, an array that lacks a defined field is a violation.
        """
        values = dict(old)
        if given is None:
            return values
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            violations.append(_wrong("The field customFields must be an array of objects."))
            return values
        definitions = self.definitions(entity)
        seen: set[int] = set()
        for each in given:
            row = _defined(definitions, each)
            if row is None:
                name = each.get("id", each.get("caption"))
                violations.append(_wrong(f"The custom field {name} is not defined for {entity.resource}."))
                continue
            seen.add(row["id"])
            value = each.get("value")
            if not _fits(row, value):
                text = f"The custom field {row['caption']} does not take this value."
                violations.append(_wrong(text))
            values[row["id"]] = value
        absent = [row["caption"] for row in definitions if row["id"] not in seen]
        if whole and given and absent:
            text = f"The customFields must be passed as a whole; {', '.join(absent)} missing."
            violations.append(_wrong(text))
        return values

    def unset_but_required(self, entity: Entity, values: Mapping[int, Any]) -> list[Violation]:
        """Violations for the required definitions that have no value."""
        return [
            missing(row["caption"])
            for row in self.definitions(entity)
            if row.get("requiredFlag") and values.get(row["id"]) is None
        ]


def _wrong(message: str) -> Violation:
    return Violation("InvalidField", message, "customFields")


def _defined(definitions: list[Row], given: Mapping[str, Any]) -> Row | None:
    for row in definitions:
        if given.get("id") == row["id"] or ("id" not in given and given.get("caption") == row["caption"]):
            return row
    return None


def _fits(definition: Row, value: Any) -> bool:
    if value is None:
        return True
    kind = definition["fieldTypeIdentifier"]
    if definition.get("entryTypeIdentifier") in {"List", "Option"}:
        options = [option.get("optionValue") for option in definition.get("options", [])]
        return value in options
    if kind == "Checkbox":
        return isinstance(value, bool)
    if kind in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
