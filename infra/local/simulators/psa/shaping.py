"""Brings rows of the simulated PSA into the shape in which they go out: with custom fields, cut down to `fields`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.simulators.psa.entities import Entity
from infra.local.simulators.psa.errors import invalid_parameter
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.store import ROOT, Row, joined

Tree = dict[str, "Tree | None"]
Shape = Callable[[Row], dict[str, Any]]


def shape(records: Records, entity: Entity, fields: str) -> Shape:
    """A function that makes of a row what is answered. Raises Refusal (400) for a field that is not there."""
    custom = records.custom
    has_custom = bool(custom.definitions(entity))
    if not fields.strip():
        if not has_custom:
            return lambda row: _own(entity, row)
        return lambda row: {**_own(entity, row), "customFields": custom.shown(entity, row["id"])}
    tree = _tree(entity, fields)
    with_custom = tree.pop("customFields", False) is not False and entity.pod > 0

    def cut(row: Row) -> dict[str, Any]:
        answer = _cut({**row, **joined(entity.computed, row)} if entity.computed else row, tree)
        if with_custom:
            answer["customFields"] = custom.shown(entity, row["id"])
        return answer

    return cut


def encode(value: Any, root: str) -> bytes:
    """JSON in UTF-8, with the API's address put into the links."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace(ROOT, root).encode()


def _own(entity: Entity, row: Row) -> dict[str, Any]:
    if not entity.same_as:
        return dict(row)
    whole = {**row, **joined(entity.computed, row)}
    return {name: value for name, value in whole.items() if name in entity.fields or name in {"id", "_info"}}


def _tree(entity: Entity, fields: str) -> Tree:
    tree: Tree = {}
    for part in fields.split(","):
        name, *deeper = part.strip().split("/")
        known = {**entity.spelling, "id": "id", "_info": "_info"}
        if entity.pod:
            known["customfields"] = "customFields"
        spelled = known.get(name.lower())
        if spelled is None:
            raise invalid_parameter("fields", f"There is no field {part.strip()} in {entity.resource}.")
        branch = tree.setdefault(spelled, {} if deeper else None)
        if not deeper or branch is None:
            tree[spelled] = None
            continue
        for step in deeper[:-1]:
            below = branch.setdefault(step, {})
            if below is None:
                break
            branch = below
        else:
            branch[deeper[-1]] = None
    return tree


def _cut(value: Mapping[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for name, below in tree.items():
        if name not in value:
            continue
        inner = value[name]
        if below is None:
            answer[name] = inner
        elif isinstance(inner, Mapping):
            answer[name] = _cut(inner, below)
        elif isinstance(inner, list):
            answer[name] = [_cut(each, below) for each in inner if isinstance(each, Mapping)]
    return answer
