"""What is put into an item comes out equal, and hashes the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.items import fields_of, fields_text, packed, plain
from shared.sync.record import digest

_PLAIN = (
    st.none()
    | st.booleans()
    | st.text()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
)
_NAMES = st.text() | st.sampled_from(["$decimal", "$map", "$tuple"])
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(_NAMES, inner), max_leaves=8
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(_NAMES, _VALUES))
def test_fields_come_back_as_they_were(fields: dict[str, Any]) -> None:
    again = fields_of(fields_text(fields))
    assert again == fields
    assert digest(again) == digest(fields)


def test_types_that_compare_equal_are_told_apart() -> None:
    fields = {"whole": 5, "money": Decimal("5.00"), "day": date(2026, 11, 2), "pair": (1, 2), "set": {"b", "a"}}
    again = fields_of(fields_text(fields))
    assert [type(value) for value in again.values()] == [int, Decimal, date, tuple, frozenset]
    assert str(again["money"]) == "5.00"


def test_a_value_that_no_record_has_is_refused() -> None:
    with pytest.raises(TypeError, match="complex has no place in a record's fields"):
        fields_text({"value": 1j})


def test_an_item_leaves_out_what_is_not_there() -> None:
    item = {"pk": "a", "n": 3, "flag": True, "none": None, "empty": "", "map": {"at": "", "n": 0}}
    assert plain(packed(item)) == {"pk": "a", "n": 3, "flag": True, "map": {"at": "", "n": 0}}


def test_a_moment_is_kept_as_sorted_text() -> None:
    assert packed({"at": datetime(2026, 11, 2, 9, tzinfo=UTC)}) == {"at": {"S": "2026-11-02T09:00:00.000000Z"}}


def test_a_float_has_no_place_in_an_item() -> None:
    with pytest.raises(TypeError, match="price: float has no place"):
        packed({"price": 1.5})
