"""Parses and evaluates the PSA's query language (contract section 2): conditions over a record's fields.

    expression := term (and|or term)*          `and` binds tighter
    term       := ( expression ) | path test
    test       := = | != | < | <= | > | >= value | [not] contains | [not] like value | [not] in ( value, ... )
    value      := "text" | 'text' | [UTC date and time] | number | true | false | null

Field names and text are compared without regard to case. `*` in `like` stands for any text, and `[[]` in any
text for `[`. There is no way to write a quote inside a text in the same quotes. Assumed, since nothing tells:
`!=` and the negated tests also hold where the field is absent, all others do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from infra.local.simulators.moments import to_the_second

Literal = str | int | float | bool | None | datetime
Predicate = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | \[(?P<moment>[^\]]*)\]
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w/])
      | (?P<symbol>!=|<=|>=|=|<|>|\(|\)|,)
      | (?P<word>[A-Za-z_][\w/]*)
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_WORD_TESTS = frozenset({"contains", "like", "in"})
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class ConditionError(ValueError):
    """A condition that cannot be read; the message says where."""


@dataclass(frozen=True)
class Test:
    """One test of one field. `path` is as written, split at its slashes."""

    __test__ = False  # not a test of ours, whatever pytest thinks

    path: tuple[str, ...]
    operator: str
    values: tuple[Literal, ...]
    negated: bool = False


@dataclass(frozen=True)
class Both:
    """All of the parts hold."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """At least one of the parts holds."""

    parts: tuple[Expression, ...]


Expression = Test | Both | Either


@dataclass(frozen=True)
class _Token:
    kind: str
    value: Any
    place: int


def parse(text: str) -> Expression:
    """The expression that `text` writes. Raises ConditionError."""
    parser = _Parser(list(_tokens(text)), text)
    expression = parser.alternatives()
    parser.expect_end()
    return expression


def tests(expression: Expression) -> Iterator[Test]:
    """Every test in an expression."""
    if isinstance(expression, Test):
        yield expression
    else:
        for part in expression.parts:
            yield from tests(part)


def compiled(expression: Expression, leaf: Callable[[Test], Predicate]) -> Predicate:
    """The expression as a function; `leaf` makes one of each test."""
    if isinstance(expression, Test):
        return leaf(expression)
    parts = [compiled(part, leaf) for part in expression.parts]
    if isinstance(expression, Both):
        return reduce(lambda one, two: lambda subject: one(subject) and two(subject), parts)
    return reduce(lambda one, two: lambda subject: one(subject) or two(subject), parts)


def value_test(test: Test) -> Predicate:
    """A function that tells whether one value of a field passes the test.

    Moments are compared as the PSA writes them: `YYYY-MM-DDTHH:MM:SSZ`.
    """
    positive = _positive(test.operator, [_comparable(value) for value in test.values])
    if test.negated or test.operator == "!=":
        return lambda value: not positive(value)
    return positive


def _positive(operator: str, wanted: list[Any]) -> Predicate:
    first = wanted[0]
    match operator:
        case "=" | "!=":
            return lambda value: (value.casefold() if isinstance(value, str) else value) == first
        case "in":
            known = frozenset(wanted)
            return lambda value: _folded(value) in known
        case "contains":
            part = str(first)
            return lambda value: value is not None and part in str(value).casefold()
        case "like":
            pattern = re.compile(".*".join(re.escape(part) for part in str(first).split("*")), re.DOTALL)
            return lambda value: value is not None and pattern.fullmatch(str(value).casefold()) is not None
        case "<":
            return lambda value: _ordered(value, first) and _folded(value) < first
        case "<=":
            return lambda value: _ordered(value, first) and _folded(value) <= first
        case ">":
            return lambda value: _ordered(value, first) and _folded(value) > first
        case _:
            return lambda value: _ordered(value, first) and _folded(value) >= first


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _ordered(value: Any, wanted: Any) -> bool:
    return value is not None and isinstance(value, str) == isinstance(wanted, str)


def _comparable(value: Literal) -> Any:
    if isinstance(value, datetime):
        return to_the_second(value).casefold()
    return _folded(value)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise ConditionError(f"'{text[place:].strip()[:20]}' was not expected at position {place}.")
        kind = match.lastgroup or ""
        yield _Token(kind, _read(kind, match[kind], place), match.start(kind))
        place = match.end()


def _read(kind: str, written: str, place: int) -> Any:
    match kind:
        case "text":
            return written[1:-1].replace("[[]", "[")
        case "number":
            return float(written) if "." in written else int(written)
        case "moment":
            try:
                moment = datetime.fromisoformat(written)
            except ValueError:
                raise ConditionError(f"'[{written}]' at position {place} is no date and time.") from None
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case _:
            return written


class _Parser:
    def __init__(self, tokens: list[_Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.at = 0

    def alternatives(self) -> Expression:
        parts = [self.requirements()]
        while self._word("or"):
            parts.append(self.requirements())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def requirements(self) -> Expression:
        parts = [self.term()]
        while self._word("and"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def term(self) -> Expression:
        if self._symbol("("):
            inside = self.alternatives()
            self._need(")")
            return inside
        token = self._next("a field")
        if token.kind != "word":
            raise ConditionError(f"A field was expected at position {token.place}, not '{token.value}'.")
        return self._test(tuple(token.value.split("/")))

    def expect_end(self) -> None:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            raise ConditionError(f"'{token.value}' was not expected at position {token.place}.")

    def _test(self, path: tuple[str, ...]) -> Test:
        negated = self._word("not")
        token = self._next("an operator")
        operator = token.value.lower() if isinstance(token.value, str) else ""
        if token.kind == "symbol" and operator in _COMPARISONS and not negated:
            return Test(path, operator, (self._value(),))
        if token.kind == "word" and operator in _WORD_TESTS:
            values = self._list() if operator == "in" else (self._value(),)
            return Test(path, operator, values, negated)
        raise ConditionError(f"An operator was expected at position {token.place}, not '{token.value}'.")

    def _list(self) -> tuple[Literal, ...]:
        self._need("(")
        values = [self._value()]
        while self._symbol(","):
            values.append(self._value())
        self._need(")")
        return tuple(values)

    def _value(self) -> Literal:
        token = self._next("a value")
        if token.kind == "word" and token.value.lower() in _CONSTANTS:
            return _CONSTANTS[token.value.lower()]
        if token.kind in {"text", "number", "moment"}:
            value: Literal = token.value
            return value
        raise ConditionError(f"A value was expected at position {token.place}, not '{token.value}'.")

    def _next(self, what: str) -> _Token:
        if self.at >= len(self.tokens):
            raise ConditionError(f"{what.capitalize()} was expected at the end of '{self.text}'.")
        self.at += 1
        return self.tokens[self.at - 1]

    def _is(self, kind: str, value: str) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token is not None and token.kind == kind and str(token.value).lower() == value

    def _word(self, word: str) -> bool:
        found = self._is("word", word)
        self.at += found
        return found

    def _symbol(self, symbol: str) -> bool:
        found = self._is("symbol", symbol)
        self.at += found
        return found

    def _need(self, symbol: str) -> None:
        if not self._symbol(symbol):
            where = self.tokens[self.at].place if self.at < len(self.tokens) else len(self.text)
            raise ConditionError(f"'{symbol}' was expected at position {where}.")
