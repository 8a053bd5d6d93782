"""JSON Patch as the PSA understands it (contract section 3), with its traps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from infra.local.simulators.psa.entities import Entity
from infra.local.simulators.psa.errors import Violation, invalid
from infra.local.simulators.psa.store import Row

OPERATIONS = frozenset({"add", "replace", "remove"})


def patched(entity: Entity, row: Row, custom: list[dict[str, Any]], operations: Any) -> dict[str, Any]:
    """The top-level fields that `operations` touch, as they are afterwards; None for what was removed.

    Paths are case-sensitive and may begin with a slash. A path into a reference (`company/identifier`) changes
    nothing and is no error: the false 200 of the real server. Raises Refusal (400).
    """
    if not isinstance(operations, list):
        raise invalid(entity.resource, [Violation("InvalidField", "The body must be an array.", "patch")])
    touched: dict[str, Any] = {}
    violations: list[Violation] = []
    for operation in operations:
        try:
            _apply(entity, row, custom, operation, touched)
        except _Unfit as unfit:
            path = operation.get("path") if isinstance(operation, dict) else None
            violations.append(Violation("InvalidField", str(unfit), str(path)))
    if violations:
        raise invalid(entity.resource, violations)
    return touched


def patched_part(resource: str, document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """A document that is no record of the table, after `operations`. Raises Refusal (400)."""
    if not isinstance(operations, list):
        raise invalid(resource, [Violation("InvalidField", "The body must be an array.", "patch")])
    changed: dict[str, Any] = copy.deepcopy(document)
    for operation in operations:
        try:
            op, path = operation["op"], str(operation["path"])
            value = None if op == "remove" else operation["value"]
            changed = _inside(changed, path.removeprefix("/").split("/"), op, value, path)
        except (_Unfit, KeyError, TypeError) as unfit:
            raise invalid(resource, [Violation("InvalidField", str(unfit), "patch")]) from None
    return changed


class _Unfit(ValueError):
    pass


def _apply(entity: Entity, row: Row, custom: list[dict[str, Any]], operation: Any, touched: dict[str, Any]) -> None:
    if not isinstance(operation, dict):
        raise _Unfit("An operation must be an object with op, path and value.")
    op, path = operation.get("op"), operation.get("path")
    if op not in OPERATIONS:
        raise _Unfit(f"The operation {op!r} is not supported; add, replace and remove are.")
    if not isinstance(path, str) or not path.strip("/"):
        raise _Unfit("The path must name a field.")
    if op != "remove" and "value" not in operation:
        raise _Unfit(f"The operation {op} needs a value.")
    name, *deeper = path.removeprefix("/").split("/")
    holds_custom = name == "customFields" and entity.pod > 0
    field = entity.fields.get(name)
    if field is None and not holds_custom:
        raise _Unfit(f"The target location specified by path '{path}' was not found.")
    value = None if op == "remove" else copy.deepcopy(operation["value"])
    if not deeper:
        touched[name] = value
        return
    if field is not None and not field.many and field.kind not in {"object", "part"}:
        return
    if name not in touched:
        touched[name] = copy.deepcopy(custom if holds_custom else row.get(name))
    touched[name] = _inside(touched[name], deeper, op, value, path)


def _inside(target: Any, steps: list[str], op: str, value: Any, path: str) -> Any:
    if target is None:
        target = [] if steps[0].isdigit() or steps[0] == "-" else {}
    holder = target
    for step in steps[:-1]:
        holder = holder[_place(holder, step, path)] if isinstance(holder, list) else _member(holder, step, path)
    last = steps[-1]
    if isinstance(holder, list):
        _in_list(holder, last, op, value, path)
    elif isinstance(holder, dict):
        if op == "remove":
            holder.pop(last, None)
        else:
            holder[last] = value
    else:
        raise _Unfit(f"The target location specified by path '{path}' was not found.")
    return target


def _in_list(holder: list[Any], step: str, op: str, value: Any, path: str) -> None:
    if op == "add":
        holder.append(value)  # wherever it was to go: an added element always ends up last
        return
    place = _place(holder, step, path)
    if op == "remove":
        del holder[place]
    else:
        holder[place] = value


def _place(holder: list[Any], step: str, path: str) -> int:
    if not step.isdigit() or int(step) >= len(holder):
        raise _Unfit(f"The target location specified by path '{path}' was not found.")
    return int(step)


def _member(holder: Any, step: str, path: str) -> Any:
    if not isinstance(holder, Mapping) or step not in holder:
        raise _Unfit(f"The target location specified by path '{path}' was not found.")
    return holder[step]
