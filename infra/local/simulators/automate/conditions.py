"""Parses and evaluates Automate's query language (contract section 9): conditions over a record's fields.

    expression := term (and|or term)*          `and` binds tighter
    term       := ( expression ) | path test
    test       := = | eq | != | < | <= | > | >= value | [not] contains | [not] like value | [not] in ( value, ... )
    value      := "text" | 'text' | moment | number | true | false

A path has dots, a moment stands bare (`2019-12-18T00:50:19.575Z`; in UTC where it names no zone). `like` is MySQL's:
`%` stands for any text, `_` for one character. A test of records within a record holds if it holds for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from infra.local.simulators.automate.errors import bad_query, failed
from infra.local.simulators.automate.fields import resolved, values

Predicate = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"]*"|'[^']*')
      | (?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
      | (?P<symbol>!=|<=|>=|=|<|>|\(|\)|,)
      | (?P<word>[A-Za-z_][\w.]*)
    )""",
    re.VERBOSE,
)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_WORD_TESTS = frozenset({"contains", "like", "in"})


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int

    def value(self, kind: str) -> Any:
        """What a literal stands for where it is compared with a field of this kind."""
        match self.kind:
            case "text":
                text = self.text[1:-1].casefold()
                return int(text) if kind in {"id", "number"} and text.isdecimal() else text
            case "number" if kind != "text":
                return float(self.text) if "." in self.text else int(self.text)
            case "moment":
                return moment(self.text)
            case "word":
                return {"true": True, "false": False}[self.text.lower()]
            case _:
                return self.text


def compiled(table: str, text: str) -> Predicate:
    """The condition as a function over whole records of a table. Raises Refusal (400, or 500 as the server fails)."""
    parser = _Parser(table, list(_tokens(text)), len(text))
    predicate = parser.alternatives()
    parser.expect_end()
    return predicate


def moment(text: str) -> datetime:
    """A moment as it is written; UTC where it names no zone. Raises Refusal (400)."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise bad_query(f"'{text}' is no date and time.") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise bad_query(f"The condition cannot be read at position {place}.")
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind))
        place = match.end()


class _Parser:
    def __init__(self, table: str, tokens: list[_Token], end: int) -> None:
        self.table = table
        self.tokens = tokens
        self.end = end
        self.at = 0

    def alternatives(self) -> Predicate:
        parts = [self.requirements()]
        while self._take("or"):
            parts.append(self.requirements())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def requirements(self) -> Predicate:
        parts = [self.term()]
        while self._take("and"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def term(self) -> Predicate:
        if self._take("("):
            inside = self.alternatives()
            self._need(")")
            return inside
        token = self._next("word")
        found = resolved(self.table, token.text)
        if found is None:
            raise bad_query(f"There is no field {token.text}.")
        names, kind = found
        negated = self._take("not")
        passes = self._test(kind, negated=negated)
        if len(names) == 1:
            return lambda row: (name := names[0]) in row and passes(row[name]) != negated
        return lambda row: any(passes(value) for value in values(row, names)) != negated

    def expect_end(self) -> None:
        if self.at < len(self.tokens):
            raise self._unexpected()

    def _test(self, kind: str, *, negated: bool) -> Predicate:
        token = self._next("symbol", "word")
        operator = token.text.lower()
        if operator in _WORD_TESTS:
            wanted = self._list(kind) if operator == "in" else [self._value(kind)]
            return _word_test(kind, operator, wanted)
        if negated or operator not in {"=", "eq", "!=", *_ORDERS}:
            self.at -= 1
            raise self._unexpected()
        literal = self._value(kind)
        if kind == "moment" and isinstance(literal, str):
            raise failed()
        if operator in {"=", "eq"}:
            return lambda value: _comparable(kind, value) == literal
        if operator == "!=":
            return lambda value: _comparable(kind, value) != literal
        return partial(_ordered, kind, _ORDERS[operator], literal)

    def _list(self, kind: str) -> list[Any]:
        self._need("(")
        found = [self._value(kind)]
        while self._take(","):
            found.append(self._value(kind))
        self._need(")")
        return found

    def _value(self, kind: str) -> Any:
        token = self._next("text", "number", "moment", "word")
        if token.kind == "word" and token.text.lower() not in {"true", "false"}:
            self.at -= 1
            raise self._unexpected()
        return token.value(kind)

    def _next(self, *kinds: str) -> _Token:
        if self.at >= len(self.tokens) or self.tokens[self.at].kind not in kinds:
            raise self._unexpected()
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, word: str) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        taken = token is not None and token.kind in {"symbol", "word"} and token.text.lower() == word
        self.at += taken
        return taken

    def _need(self, symbol: str) -> None:
        if not self._take(symbol):
            raise self._unexpected()

    def _unexpected(self) -> Exception:
        place = self.tokens[self.at].place if self.at < len(self.tokens) else self.end
        return bad_query(f"The condition cannot be read at position {place}.")


def _comparable(kind: str, value: Any) -> Any:
    """A value as literals are compared with: an id is a number, a text has no letter case."""
    match kind:
        case "id":
            return int(value)
        case "moment":
            return moment(value)
        case "text":
            return value.casefold()
        case _:
            return value


def _ordered(kind: str, holds: Callable[[Any, Any], bool], literal: Any, value: Any) -> bool:
    comparable = _comparable(kind, value)
    if isinstance(comparable, str) != isinstance(literal, str):
        return False
    return holds(comparable, literal)


def _word_test(kind: str, operator: str, wanted: list[Any]) -> Predicate:
    if operator == "in":
        known = frozenset(wanted)
        return lambda value: _comparable(kind, value) in known
    text = str(wanted[0])
    if operator == "contains":
        return lambda value: text in str(value).casefold()
    pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in text)
    whole = re.compile(pattern, re.DOTALL)
    return lambda value: whole.fullmatch(str(value).casefold()) is not None
