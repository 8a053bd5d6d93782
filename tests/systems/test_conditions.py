"""Conditions for ConnectWise PSA's lists: what they look like, and that they mean what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from infra.local.simulators.psa.conditions import Test, compiled, parse, value_test
from shared.systems.conditions import (
    NOTHING,
    Condition,
    Value,
    all_of,
    any_of,
    at_least,
    at_most,
    called,
    changed_since,
    contains,
    differs,
    equals,
    greater,
    is_in,
    is_not_in,
    less,
    like,
)

MOMENT = datetime(2026, 11, 21, 8, 30, 15, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (equals("identifier", "ACME"), 'identifier = "ACME"'),
        (equals("company/id", 12), "company/id = 12"),
        (equals("amount", Decimal("10.50")), "amount = 10.50"),
        (equals("deletedFlag", False), "deletedFlag = False"),
        (equals("territory", None), "territory = null"),
        (differs("website", None), "website != null"),
        (equals("name", 'The 12" Shop'), "name = 'The 12\" Shop'"),
        (equals("name", "O'Brien"), 'name = "O\'Brien"'),
        (equals("name", "O'Brien's 12\" Shop"), "name like \"O'Brien's 12* Shop\""),
        (contains("name", "O'Brien's 12\""), "name like \"*O'Brien's 12**\""),
        (like("name", "A*"), 'name like "A*"'),
        (contains("name", "[old]"), 'name contains "[[]old]"'),
        (less("id", 5), "id < 5"),
        (at_most("id", 5), "id <= 5"),
        (greater("id", 5), "id > 5"),
        (at_least("dateEntered", date(2026, 11, 21)), "dateEntered >= [2026-11-21T00:00:00Z]"),
        (is_in("id", [3, 1, 3]), "id in (3,1)"),
        (is_in("name", ["a", "it's 12\""]), 'name in ("a") or name like "it\'s 12*"'),
        (is_in("name", ["a", None]), 'name in ("a") or name = null'),
        (is_not_in("id", [1, 2]), "id not in (1,2)"),
        (changed_since(MOMENT), "lastUpdated >= [2026-11-21T08:30:15Z]"),
        (
            all_of(equals("a", 1), any_of(equals("b", 2), all_of(equals("c", 3), equals("d", 4)))),
            "a = 1 and (b = 2 or (c = 3 and d = 4))",
        ),
        (all_of(equals("a", 1), all_of(equals("b", 2), equals("c", 3))), "a = 1 and b = 2 and c = 3"),
        (any_of(equals("a", 1)), "a = 1"),
    ],
)
def test_conditions_as_text(condition: Condition, text: str) -> None:
    assert str(condition) == text


def test_moments_are_written_in_utc() -> None:
    there = datetime(2026, 11, 21, 3, 30, 15, tzinfo=timezone(timedelta(hours=-5)))
    assert str(changed_since(there)) == str(changed_since(MOMENT))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (equals("a", 1), "a != 1"),
        (less("a", 1), "a >= 1"),
        (greater("a", 1), "a <= 1"),
        (like("a", "x*"), 'a not like "x*"'),
        (contains("a", "x"), 'a not contains "x"'),
        (is_in("a", [1, 2]), "a not in (1,2)"),
        (is_not_in("a", [1, 2]), "a in (1,2)"),
        (any_of(equals("a", 1), equals("b", 2)), "a != 1 and b != 2"),
        (all_of(equals("a", 1), differs("b", 2)), "a != 1 or b = 2"),
    ],
)
def test_the_opposite_needs_only_documented_operators(condition: Condition, text: str) -> None:
    assert str(condition.negated()) == text


@pytest.mark.parametrize("field", ["", "a b", "a=1 or b", "a/", "/a", "1a", "a//b", "a;"])
def test_no_field_name_can_smuggle_a_condition_in(field: str) -> None:
    with pytest.raises(ValueError, match="is no field name"):
        equals(field, 1)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="both kinds of quotes"):
        str(differs("name", "it's 12\""))
    with pytest.raises(ValueError, match="no time zone"):
        str(changed_since(MOMENT.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="needs values"):
        is_not_in("id", [])
    with pytest.raises(ValueError, match="needs a condition"):
        all_of()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("1700", '(name = "1700" or id = 1700)'),
        ("Rollout 7", 'name = "Rollout 7"'),
        (str(2**31), f'name = "{2**31}"'),
        ("\u0661\u0662", 'name = "\u0661\u0662"'),
    ],
)
def test_a_record_is_looked_for_by_what_people_call_it(text: str, condition: str) -> None:
    assert str(all_of(called(text, "name", "id"), equals("a", 1))) == f"{condition} and a = 1"


def test_what_can_be_no_record_s_name_is_not_asked_for() -> None:
    assert called("", "name", "id") == called("Rollout", "id") == NOTHING


def test_looking_for_nothing_asks_nothing() -> None:
    assert is_in("id", []) == NOTHING
    assert any_of(is_in("id", []), equals("a", 1)) == equals("a", 1)
    assert all_of(is_in("id", []), equals("a", 1)) == NOTHING
    assert any_of() == NOTHING
    assert NOTHING.split(lambda _: False) == []
    with pytest.raises(ValueError, match="nothing to look for"):
        str(NOTHING)


# What the text means to somebody else's parser

unhurried = settings(deadline=None)
Row = dict[str, Any]
FIELDS = ("name", "identifier", "id")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("ab\"'[]()*%_, andor", max_size=12)
plain = texts.filter(lambda text: not ('"' in text and "'" in text))


def meaning(condition: Condition) -> Callable[[Row], bool]:
    def leaf(test: Test) -> Callable[[Any], bool]:
        passes = value_test(test)
        return lambda row: passes(row.get(test.path[0]))

    return compiled(parse(str(condition)), leaf)


@unhurried
@given(plain)
def test_a_text_arrives_as_it_was(text: str) -> None:
    assert parse(str(equals("name", text))) == Test(("name",), "=", (text,))


@unhurried
@given(texts)
def test_whatever_a_text_holds_it_is_found(text: str) -> None:
    assert meaning(equals("name", text))({"name": text})


@unhurried
@given(st.lists(texts, min_size=1, max_size=8))
def test_every_value_of_a_list_is_found(values: list[str]) -> None:
    found = meaning(is_in("name", values))
    assert all(found({"name": value}) for value in values)


@unhurried
@given(st.lists(plain, min_size=1, max_size=8), plain)
def test_a_list_finds_nothing_else(values: list[str], other: str) -> None:
    assume(other.casefold() not in {value.casefold() for value in values})
    assert not meaning(is_in("name", values))({"name": other})


@unhurried
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_moment_arrives_to_the_second(moment: datetime) -> None:
    (value,) = parse(str(changed_since(moment))).values  # type: ignore[union-attr]
    assert value == moment.astimezone(UTC).replace(microsecond=0)


rows = st.fixed_dictionaries({"name": plain, "identifier": plain, "id": st.integers(0, 9)})
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(equals, st.sampled_from(["name", "identifier"]), plain),
    st.builds(contains, st.sampled_from(["name", "identifier"]), plain),
    st.builds(is_in, st.just("id"), st.lists(st.integers(0, 9), min_size=1, max_size=4)),
    st.builds(is_in, st.just("name"), st.lists(plain, min_size=1, max_size=4)),
    *(st.builds(build, st.just("id"), st.integers(0, 9)) for build in (less, at_most, greater, at_least)),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from([all_of(*parts), any_of(*parts)])
    ),
    max_leaves=8,
)


@unhurried
@given(conditions, rows)
def test_a_condition_or_its_opposite_holds(condition: Condition, row: Row) -> None:
    assert meaning(condition)(row) != meaning(condition.negated())(row)


@unhurried
@given(conditions, st.lists(rows, max_size=12), st.integers(20, 120))
def test_the_parts_of_a_condition_find_what_the_whole_finds(condition: Condition, table: list[Row], limit: int) -> None:
    parts = [meaning(part) for part in condition.split(lambda part: len(quote(str(part))) <= limit)]
    for row in table:
        assert any(part(row) for part in parts) == meaning(condition)(row)


def test_a_long_list_is_split_by_length_and_no_finer() -> None:
    wanted: list[Value] = [f"C{number:05d}" for number in range(500)]
    condition = all_of(
        equals("deletedFlag", False), any_of(is_in("identifier", wanted), is_in("accountNumber", wanted))
    )

    def fits(part: Condition) -> bool:
        return len(quote(str(part), safe=",()")) <= 1500

    parts = condition.split(fits)
    assert all(fits(part) for part in parts)
    assert len(parts) == 10  # 1,000 values of 13 characters each, and what goes around them
    together = " ".join(map(str, parts))
    assert all(together.count(f'"{value}"') == 2 for value in wanted)
    assert condition.split(lambda _: True) == [condition]


def test_two_long_lists_that_hold_together_are_both_split() -> None:
    condition = all_of(is_in("id", range(40)), is_in("name", [f"N{number}" for number in range(40)]))
    parts = condition.split(lambda part: len(str(part)) <= 150)
    assert all(len(str(part)) <= 150 for part in parts)
    pairs = [(id_, name) for part in map(meaning, parts) for id_ in range(40) for name in range(40)
             if part({"id": id_, "name": f"N{name}"})]  # fmt: skip
    assert len(pairs) == len(set(pairs)) == 1600


def test_what_cannot_be_split_stays_whole() -> None:
    long = equals("name", "x" * 500)
    assert long.split(lambda _: False) == [long]
    assert is_not_in("id", [1, 2]).split(lambda _: False) == [is_not_in("id", [1, 2])]
