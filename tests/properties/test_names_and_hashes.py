"""Addresses, hashes and messages: what is written down comes back, and says the same in whatever order it was made."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.aws.items import fields_of, fields_text
from shared.sync.change import CARRIED_LIMIT, Change, Message, Scan, change
from shared.sync.change import read as read_message
from shared.sync.clock import moment, stamp
from shared.sync.record import Fields, FlowKey, Ref, canonical, digest, fields_hash, quote, unquote
from tests.effort import effort
from tests.properties import made

KEY = FlowKey("acme", "eautomate_customers")


@given(made.refs)
@effort(100, 20_000)
def test_an_address_comes_back_from_its_text(ref: Ref) -> None:
    assert Ref.parse(str(ref)) == ref


@given(made.refs, made.refs)
@effort(100, 20_000)
def test_two_addresses_never_have_one_text(one: Ref, other: Ref) -> None:
    assert (str(one) == str(other)) == (one == other)


@given(st.lists(made.ids, min_size=1, max_size=3), st.lists(made.ids, min_size=1, max_size=3))
@effort(100, 20_000)
def test_quoted_parts_can_be_joined_without_being_confused(one: list[str], other: list[str]) -> None:
    assert ("#".join(map(quote, one)) == "#".join(map(quote, other))) == (one == other)
    assert [unquote(quote(part)) for part in one] == one


def _shuffled(value: Any) -> Any:
    """The same value with the keys of every map the other way round."""
    if isinstance(value, dict):
        return {key: _shuffled(item) for key, item in reversed(value.items())}
    if isinstance(value, tuple):
        return tuple(_shuffled(item) for item in value)
    return value


@given(made.fields)
@effort(100, 20_000)
def test_the_order_of_keys_does_not_change_a_hash(fields: Fields) -> None:
    turned = _shuffled(dict(fields))
    assert fields_hash(turned) == fields_hash(fields)
    assert canonical(turned) == canonical(dict(fields))


def _told(value: Any) -> Any:
    """What a hash is of: amounts, days and moments by their text, since a field is always of one type."""
    if isinstance(value, Decimal):
        return ("text", f"{value.normalize():f}")
    if isinstance(value, datetime | date):
        return ("text", value.isoformat())
    if isinstance(value, bool | None):
        return (type(value).__name__, value)
    if isinstance(value, int):
        return ("int", value)
    if isinstance(value, str):
        return ("text", value)
    if isinstance(value, tuple):
        return ("list", tuple(map(_told, value)))
    return ("map", tuple(sorted((key, _told(item)) for key, item in value.items())))


@given(made.fields, made.fields)
@effort(200, 50_000)
def test_a_hash_tells_values_apart(one: Fields, other: Fields) -> None:
    assert (fields_hash(one) == fields_hash(other)) == (_told(dict(one)) == _told(dict(other)))


@given(made.fields, st.sampled_from(made.FIELD_NAMES), made.leaves)
@effort(100, 20_000)
def test_any_change_of_one_field_changes_the_hash(fields: Fields, name: str, value: object) -> None:
    changed = {**fields, name: value}
    assume(_told(changed) != _told(dict(fields)))
    assert fields_hash(changed) != fields_hash(fields)


@given(made.amounts, st.integers(0, 6))
@effort(100, 20_000)
def test_an_amount_hashes_by_its_value_however_many_zeros_follow(amount: Decimal, zeros: int) -> None:
    assert digest(amount) == digest(amount + Decimal(0).scaleb(-3 - zeros))


@given(made.fields)
@effort(100, 20_000)
def test_what_is_kept_of_fields_comes_back_equal_and_hashes_the_same(fields: Fields) -> None:
    kept = fields_of(fields_text(fields))
    assert kept == fields
    assert fields_hash(kept) == fields_hash(fields)


@given(made.moments)
@effort(100, 5_000)
def test_a_stamp_comes_back_and_sorts_as_it_happened(at: datetime) -> None:
    assert moment(stamp(at)) == at
    assert stamp(at) < stamp(at + timedelta(microseconds=1))


carried = st.none() | st.dictionaries(made.texts, made.json_values, max_size=4)
occasions = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(made.refs, occasions, made.moments, carried, st.none() | st.sampled_from(made.PEOPLE))
@example(Ref("k", "cw", "1"), "o", made.SOME_DAY, {"blank": None, "list": [None]}, None)
@effort(100, 10_000)
def test_a_change_comes_out_of_the_queue_as_it_went_in(
    ref: Ref, occasion: str, at: datetime, carried: dict[str, Any] | None, by: str | None
) -> None:
    sent = change(KEY, ref, occasion, at, carried=carried).model_copy(update={"by": by})
    came: Message = read_message(sent.body())
    assert came == sent
    assert isinstance(came, Change)
    assert came.ref == ref
    assert (came.group, came.deduplication) == (sent.group, sent.deduplication)


scans = st.builds(
    Scan,
    connection=st.just(KEY.connection),
    flow=st.just(KEY.flow),
    occasion=occasions,
    at=made.moments,
    mode=st.none() | st.sampled_from(["delta", "comprehensive"]),
    run=st.none() | made.texts,
    page=st.none() | st.dictionaries(made.texts, made.json_values, max_size=3),
    counts=st.none() | st.dictionaries(made.texts, st.integers(0, 10**6), max_size=3),
)


@given(scans)
@example(Scan(connection="acme", flow="f", occasion="o", at=made.SOME_DAY, page={"after": None, "part": "x"}))
@effort(100, 10_000)
def test_a_scan_comes_out_of_the_queue_as_it_went_in(sent: Scan) -> None:
    came = read_message(sent.body())
    assert came == sent
    assert (came.group, came.deduplication) == (sent.group, sent.deduplication)


@given(made.refs, made.refs, occasions, occasions)
@effort(100, 10_000)
def test_messages_are_one_only_if_record_and_occasion_are_the_same(one: Ref, other: Ref, why: str, again: str) -> None:
    at = made.SOME_DAY
    first, second = change(KEY, one, why, at), change(KEY, other, again, at)
    assert (first.group == second.group) == (one == other)
    assert (first.deduplication == second.deduplication) == ((one, why) == (other, again))


@given(made.refs, st.integers(CARRIED_LIMIT - 40, CARRIED_LIMIT + 40))
@effort(50, 1_000)
def test_fields_too_large_to_carry_are_left_out_whole(ref: Ref, size: int) -> None:
    at = made.SOME_DAY
    fields = {"remarks": "x" * size}
    sent = change(KEY, ref, "o", at, carried=fields)
    assert sent.carried in (None, fields)
    assert (sent.carried is None) == (size + len('{"remarks": ""}') > CARRIED_LIMIT)
