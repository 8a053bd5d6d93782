"""Conditions for ConnectWise Automate's lists: what they look like, and that they mean what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infra.local.simulators.automate.conditions import compiled
from shared.systems.connectwise_automate.conditions import (
    Condition,
    Value,
    all_of,
    at_least,
    at_most,
    contains,
    equals,
    greater,
    is_in,
    less,
)

MOMENT = datetime(2026, 11, 21, 8, 30, 15, 250_999, tzinfo=UTC)
EASTERN = MOMENT.astimezone(timezone(timedelta(hours=-5)))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (equals("Client.Id", 5), "Client.Id = 5"),
        (equals("Status", "Online"), "Status = 'Online'"),
        (equals("ComputerName", "O'Brien"), 'ComputerName = "O\'Brien"'),
        (equals("ComputerName", '12"'), "ComputerName = '12\"'"),
        (equals("IsVirtualMachine", True), "IsVirtualMachine = true"),
        (less("Id", 5), "Id < 5"),
        (at_most("Id", 5), "Id <= 5"),
        (greater("Id", 5), "Id > 5"),
        (at_least("DateAdded", MOMENT), "DateAdded >= 2026-11-21T08:30:15.250Z"),
        (at_least("DateAdded", EASTERN), "DateAdded >= 2026-11-21T08:30:15.250Z"),
        (contains("SerialNumber", "325J"), "SerialNumber contains '325J'"),
        (is_in("GroupId", [12, 7, 12]), "GroupId in (12,7)"),
        (all_of(equals("Id", 1), all_of(less("Id", 3), is_in("Id", [2]))), "Id = 1 and Id < 3 and Id in (2)"),
    ],
)  # fmt: skip
def test_conditions_read_as_automate_takes_them(condition: Condition, text: str) -> None:
    assert str(condition) == text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: equals("ComputerName", "O'Brien's 12\""),
        lambda: equals("Client/Id", 5),
        lambda: equals("Id = 1 or Id", 5),
        lambda: at_least("DateAdded", MOMENT.replace(tzinfo=None)),
        lambda: is_in("Id", []),
        all_of,
    ],
)
def test_what_cannot_be_said_is_no_condition(wrong: Callable[[], Condition]) -> None:
    with pytest.raises(ValueError):
        str(wrong())


@given(st.text(), st.text())
def test_no_text_changes_the_meaning_of_a_condition(text: str, other: str) -> None:
    assume(not {"'", '"'} <= set(text))
    found = compiled("Computers", str(equals("ComputerName", text)))
    assert found({"ComputerName": text})
    assert found({"ComputerName": other}) == (text.casefold() == other.casefold())


@given(st.sets(st.integers(0, 10**6), min_size=1), st.sets(st.integers(0, 10**6)), st.integers(40, 200))
def test_parts_fit_and_find_what_the_whole_finds(ids: set[int], clients: set[int], limit: int) -> None:
    whole = all_of(is_in("Id", ids), is_in("Client.Id", clients), greater("Id", 3))
    parts = whole.split(lambda part: len(str(part)) <= limit)
    if not clients:
        assert parts == []
        return
    assert all(len(str(part)) <= limit or str(part).count(",") == 0 for part in parts)
    read = [compiled("Computers", str(part)) for part in parts]
    for place, number in enumerate(sorted(ids)):
        row = {"Id": str(number), "Client": {"Id": str(sorted(clients)[place % len(clients)])}}
        assert sum(part(row) for part in read) == (1 if number > 3 else 0)
        assert not any(part({**row, "Id": str(10**6 + 1)}) for part in read)


@pytest.mark.parametrize(("values", "parts"), [([], 0), ([1], 1), (range(100, 200), 4)])
def test_as_few_parts_as_can_be_sent(values: list[Value], parts: int) -> None:
    assert len(is_in("Id", values).split(lambda part: len(str(part)) <= 110)) == parts
