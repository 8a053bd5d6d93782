"""Finds the records that a request asks for: conditions bound to an entity's fields, indexes, order, and a memory
of the last answers so that paging through a large list does not search it anew for each page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from infra.local.simulators.moments import to_the_second
from infra.local.simulators.psa.conditions import (
    Both,
    ConditionError,
    Expression,
    Predicate,
    Test,
    compiled,
    parse,
    tests,
    value_test,
)
from infra.local.simulators.psa.entities import Entity, Field, Table
from infra.local.simulators.psa.errors import invalid_parameter
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.store import Path, Row, Rows, in_order, value_at

Sieve = Callable[[list[Row]], list[Row]]
REMEMBERED = 32
STAMPS = {
    "lastupdated": "lastUpdated",
    "dateentered": "dateEntered",
    "updatedby": "updatedBy",
    "enteredby": "enteredBy",
}
_RANGES = frozenset({"<", "<=", ">", ">="})
LAST_UPDATED = ("_info", "lastUpdated")
_REFERENCE_KEYS = frozenset({"name", "identifier", "summary", "description"})
_MOMENTS = frozenset({"lastUpdated", "dateEntered"})
_INTEGER = Field("id", "integer")
_TEXT = Field("", "text")
_TIME = Field("", "time")
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Question:
    """What a list request asks for, as it stands in the query string."""

    conditions: str = ""
    child_conditions: str = ""
    custom_field_conditions: str = ""
    order_by: str = ""


class Finder:
    """Answers questions with the ids of records. Raises Refusal (400) for questions that cannot be read."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._answers: OrderedDict[tuple[Any, ...], tuple[tuple[int, int], list[int]]] = OrderedDict()

    def ids(self, entity: Entity, parent: int | None, question: Question) -> list[int]:
        """Ids of the records that fit, in the order asked for, else by id. Not to be changed by the caller."""
        rows = self.records.store.rows(entity.resource)
        if question == Question():
            return rows.ids if parent is None else rows.children(parent)
        key = (entity.resource, parent, question)
        as_of = (rows.version, self.records.store.rows("userDefinedField").version)
        known = self._answers.get(key)
        if known is not None and known[0] == as_of:
            self._answers.move_to_end(key)
            return known[1]
        found = self._search(entity, rows, parent, question)
        self._answers[key] = (as_of, found)
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return found

    def _search(self, entity: Entity, rows: Rows, parent: int | None, question: Question) -> list[int]:
        candidates = rows.ids if parent is None else rows.children(parent)
        sieves: list[Sieve] = []
        if question.conditions:
            expression = _parsed("conditions", question.conditions)
            bound = {test: _bind(entity, test) for test in tests(expression)}
            hint = _hint(rows, expression, bound)
            rows.note_asked(each.path for each in bound.values())
            if hint is not None:
                candidates = sorted(hint.ids if parent is None else hint.ids.intersection(candidates))
            if hint is None or not hint.exact:
                sieves.append(lambda found: _sifted(found, expression, bound))
        if question.child_conditions:
            elements = _parsed("childConditions", question.child_conditions)
            sieves.append(_sieve(_child_predicate(self.records.table, entity, elements)))
        if question.custom_field_conditions:
            values = _parsed("customFieldConditions", question.custom_field_conditions)
            sieves.append(_sieve(self._custom_predicate(entity, values)))
        steps = _order(entity, question.order_by) if question.order_by else []
        if not sieves and not steps:
            return list(candidates)
        if not sieves and [path for path, _ in steps] == [LAST_UPDATED]:
            in_time, wanted = rows.by_time().ids, set(candidates)
            return [record for record in (reversed(in_time) if steps[0][1] else in_time) if record in wanted]
        found = rows.many(candidates)
        for sieve in sieves:
            found = sieve(found)
        return [row["id"] for row in in_order(found, steps)]

    def _custom_predicate(self, entity: Entity, expression: Expression) -> Predicate:
        for test in tests(expression):
            if len(test.path) != 1 or test.path[0].lower() not in {"id", "caption", "type", "value"}:
                raise invalid_parameter("customFieldConditions", f"There is no field {'/'.join(test.path)}.")

        def leaf(test: Test) -> Predicate:
            name, passes = test.path[0].lower(), value_test(test)
            return lambda shown: passes(shown[name])

        element = compiled(expression, leaf)
        custom = self.records.custom
        definitions = [
            {"id": row["id"], "caption": row["caption"], "type": row["fieldTypeIdentifier"]}
            for row in custom.definitions(entity)
        ]
        unset = any(element({**definition, "value": None}) for definition in definitions)

        def predicate(row: Row) -> bool:
            values = custom.values(entity, row["id"])
            if not values:
                return unset
            return any(element({**definition, "value": values.get(definition["id"])}) for definition in definitions)

        return predicate


@dataclass(frozen=True)
class _Bound:
    """A test whose path is known to be a field of the entity."""

    test: Test
    path: Path

    def predicate(self) -> Predicate:
        passes = value_test(self.test)
        if len(self.path) == 1:
            name = self.path[0]
            return lambda row: passes(row.get(name))
        first, second = self.path
        return lambda row: passes((row.get(first) or _NOTHING).get(second))


def _sieve(predicate: Predicate) -> Sieve:
    return lambda rows: [row for row in rows if predicate(row)]


def _sifted(rows: list[Row], expression: Expression, bound: Mapping[Test, _Bound]) -> list[Row]:
    """The rows for which an expression holds: test by test where all must hold, which is quickest."""
    if isinstance(expression, Both):
        for part in expression.parts:
            rows = _sifted(rows, part, bound)
        return rows
    if isinstance(expression, Test) and len(bound[expression].path) == 1:
        (name,), passes = bound[expression].path, value_test(expression)
        return [row for row in rows if passes(row.get(name))]
    return _sieve(compiled(expression, lambda test: bound[test].predicate()))(rows)


@dataclass(frozen=True)
class _Hint:
    """What indexes know of an answer: all that fits is among `ids`; `exact` if these are the answer."""

    ids: set[int]
    exact: bool


def _hint(rows: Rows, expression: Expression, bound: Mapping[Test, _Bound]) -> _Hint | None:
    """What the indexes say to an expression; None if they cannot help."""
    if isinstance(expression, Test):
        return _indexed(rows, bound[expression])
    hints = [_hint(rows, part, bound) for part in expression.parts]
    known = [hint for hint in hints if hint is not None]
    exact = len(known) == len(hints) and all(hint.exact for hint in known)
    if isinstance(expression, Both):
        return _Hint(set.intersection(*(hint.ids for hint in known)), exact) if known else None
    return _Hint(set().union(*(hint.ids for hint in known)), exact) if len(known) == len(hints) else None


def _indexed(rows: Rows, bound: _Bound) -> _Hint | None:
    test = bound.test
    first = test.values[0]
    if test.operator in {"=", "in"} and not test.negated:
        if bound.path == ("id",):
            return _Hint({value for value in test.values if isinstance(value, int) and value in rows}, True)
        if not rows.worth_finding(bound.path):
            return None
        values = [to_the_second(value) if isinstance(value, datetime) else value for value in test.values]
        return _Hint(rows.find(bound.path, values), True)
    if bound.path == LAST_UPDATED and isinstance(first, datetime) and test.operator in _RANGES:
        return _Hint(set(rows.by_time().where(test.operator, to_the_second(first))), True)
    return None


def _parsed(parameter: str, text: str) -> Expression:
    try:
        return parse(text)
    except ConditionError as error:
        raise invalid_parameter(parameter, str(error)) from None


def _bind(entity: Entity, test: Test) -> _Bound:
    path, known = _resolve(entity, test.path, "conditions")
    _check_type("conditions", test, known)
    return _Bound(test, path)


def _resolve(entity: Entity, written: Path, parameter: str) -> tuple[Path, Field]:
    name = written[0].lower()
    if written == ("id",) or (len(written) == 1 and name == "id"):
        return ("id",), _INTEGER
    stamp = name if len(written) == 1 else written[1].lower() if name == "_info" and len(written) == 2 else ""
    if stamp in STAMPS and (name == "_info" or name not in entity.spelling):
        return ("_info", STAMPS[stamp]), _TIME if STAMPS[stamp] in _MOMENTS else _TEXT
    field = entity.fields.get(entity.spelling.get(name, ""))
    if field is None or len(written) > 2 or field.write_only:
        raise invalid_parameter(parameter, f"There is no field {'/'.join(written)} in {entity.resource}.")
    if field.many:
        raise invalid_parameter(parameter, f"{field.name} is an array: use childConditions.")
    if len(written) == 1:
        return (field.name,), field
    key = written[1].lower() if written[1].lower() in {"id", *_REFERENCE_KEYS} else None
    if field.kind not in {"ref", "loose"} or key is None:
        raise invalid_parameter(parameter, f"There is no field {'/'.join(written)} in {entity.resource}.")
    return (field.name, key), _INTEGER if key == "id" else _TEXT


def _check_type(parameter: str, test: Test, field: Field) -> None:
    for value in test.values:
        if value is not None and not _suits(field, value):
            text = f"The value of {'/'.join(test.path)} is of the wrong type for the field."
            raise invalid_parameter(parameter, text)


def _suits(field: Field, value: Any) -> bool:
    match field.kind:
        case "integer" | "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "time":
            return isinstance(value, datetime)
        case "text" | "choice" | "guid":
            return isinstance(value, str)
        case _:
            return False


def _child_predicate(table: Table, entity: Entity, expression: Expression) -> Predicate:
    """Holds where elements of the arrays, one of each array named, pass the whole expression together."""
    roots: dict[str, str] = {}
    for test in tests(expression):
        name = entity.spelling.get(test.path[0].lower(), "")
        field = entity.fields.get(name)
        if field is None or not field.many or len(test.path) < 2:
            text = f"{'/'.join(test.path)} is no field of an array in {entity.resource}."
            raise invalid_parameter("childConditions", text)
        roots[test.path[0].lower()] = name

    def leaf(test: Test) -> Predicate:
        root, passes = roots[test.path[0].lower()], value_test(test)
        path = _in_element(table, entity.fields[root], test)
        if len(names) == 1:
            return lambda element: passes(value_at(element, path))
        return lambda elements: passes(value_at(elements[root], path))

    names = sorted(set(roots.values()))
    whole = compiled(expression, leaf)
    if len(names) == 1:
        only = names[0]
        return lambda row: any(whole(element) for element in row.get(only) or ())

    def predicate(row: Row) -> bool:
        arrays = [row.get(name) or [] for name in names]
        return any(whole(dict(zip(names, combination, strict=True))) for combination in product(*arrays))

    return predicate


def _in_element(table: Table, field: Field, test: Test) -> Path:
    """The path inside one element of an array, in the spelling of the table."""
    steps = [step.lower() for step in test.path[1:]]
    wanted = {name.lower(): name for name in ("id", *_REFERENCE_KEYS)}
    if field.kind == "part":
        parts = {"id": _INTEGER, **table.parts[field.target]}
        spelled = next((name for name in parts if name.lower() == steps[0]), None)
        if spelled and len(steps) == 1:
            return (spelled,)
        if spelled and parts[spelled].kind in {"ref", "loose"} and steps[1:] and steps[1] in wanted:
            return (spelled, wanted[steps[1]])
    elif len(steps) == 1 and steps[0] in wanted:
        return (wanted[steps[0]],)
    text = f"There is no field {'/'.join(test.path[1:])} in the elements of {field.name}."
    raise invalid_parameter("childConditions", text)


def _order(entity: Entity, order_by: str) -> list[tuple[Path, bool]]:
    steps: list[tuple[Path, bool]] = []
    for part in order_by.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in {"asc", "desc"}):
            raise invalid_parameter("orderBy", f"'{part}' is not a field with asc or desc.")
        path, _ = _resolve(entity, tuple(words[0].split("/")), "orderBy")
        steps.append((path, len(words) == 2 and words[1].lower() == "desc"))
    return steps
