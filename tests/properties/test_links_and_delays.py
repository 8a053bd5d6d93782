"""What the table keeps of a look: the next look at the same costs nothing, at anything else it is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from shared.sync.issue import FIRST_DELAY, LONGEST_DELAY, OpenIssue, delay
from shared.sync.link import Link, Pair, Seen, settled, unchanged
from shared.sync.record import SIDES, Fields, FlowKey, Ref, Side, fields_hash
from tests.effort import effort
from tests.properties import made

KEY = FlowKey("acme", "eautomate_customers")
HOME = Ref(made.KINDS[0], "partner", "1")
RULES = st.sampled_from(["r1", "r2", "r3"])


@given(made.links(), made.pairs(HOME), RULES, st.booleans(), made.texts)
@effort(80, 20_000)
def test_what_was_settled_is_unchanged_on_both_sides(
    link: Link, pair: Pair, rules: str, waiting: bool, left: str
) -> None:
    kept = settled(link, pair, rules, waiting=waiting, left=left)
    for side in SIDES:
        assert unchanged(kept, side, fields_hash(pair.fields(side)), rules)
    assert settled(kept, pair, rules, waiting=waiting, left=left) == kept
    assert kept.settled
    same = ("kind", "cw_id", "partner_id", "revision", "held", "how", "agreed", "linked_at")
    assert all(getattr(kept, name) == getattr(link, name) for name in same)


@given(made.links(), made.pairs(HOME), RULES, made.sides, made.fields, RULES)
@effort(80, 20_000)
def test_a_look_is_owed_where_fields_or_rules_are_others(
    link: Link, pair: Pair, rules: str, side: Side, fields: Fields, later: str
) -> None:
    kept = settled(link, pair, rules)
    seen = fields_hash(pair.fields(side))
    assert unchanged(kept, side, fields_hash(fields), rules) == (fields_hash(fields) == seen)
    assert unchanged(kept, side, seen, later) == (rules == later)


@given(made.pairs(HOME), RULES, RULES, made.sides, made.fields)
@effort(80, 20_000)
def test_a_record_left_alone_is_unchanged_on_its_own_side_only(
    pair: Pair, rules: str, later: str, side: Side, fields: Fields
) -> None:
    seen = Seen(HOME, fields_hash(pair.partner), rules, "skipped", "No.")
    assert unchanged(seen, side, fields_hash(fields), later) == (
        side == "partner" and rules == later and fields_hash(fields) == seen.hash
    )


@given(made.pairs(HOME), RULES, made.sides, made.fields)
@effort(100, 5_000)
def test_an_intent_and_what_is_unknown_always_deserve_a_look(
    pair: Pair, rules: str, side: Side, fields: Fields
) -> None:
    assume(pair.link is None and not isinstance(pair.state, Seen))
    assert not unchanged(pair.state, side, fields_hash(fields), rules)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@effort(80, 20_000)
def test_waits_grow_from_five_minutes_to_a_day_and_stay_there(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert FIRST_DELAY <= delay(fewer) <= delay(more) <= LONGEST_DELAY
    assert delay(0) == timedelta(minutes=5)
    assert delay(fewer + 1) == min(2 * delay(fewer), timedelta(hours=24))


@given(made.issues(HOME), made.moments, st.lists(st.integers(0, 600), min_size=1, max_size=12))
@effort(100, 5_000)
def test_an_issue_tried_again_keeps_its_age_and_waits_ever_longer(
    issue: object, at: datetime, lateness: list[int]
) -> None:
    open_ = OpenIssue(KEY, HOME, issue, first_seen=at, due=at + delay(0))  # type: ignore[arg-type]
    waits = []
    for minutes in lateness:
        assert open_.due is not None
        tried = open_.due + timedelta(minutes=minutes)
        again = open_.tried_again(open_.issue, tried)
        assert again == replace(open_, attempts=open_.attempts + 1, due=again.due)
        assert again.due is not None
        waits.append(again.due - tried)
        open_ = again
    assert waits == [min(FIRST_DELAY * 2 ** (n + 1), LONGEST_DELAY) for n in range(len(waits))]
