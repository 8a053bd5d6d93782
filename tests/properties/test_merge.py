"""Three-way merge: both sides agree afterwards, no edit is lost without a conflict, and the order does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.aws.items import fields_of, fields_text
from shared.sync.link import Link, Pair
from shared.sync.merge import Merged, Owner, agreement, merge, still_unsure
from shared.sync.plan import FieldConflict
from shared.sync.record import SIDES, Fields, Ref, Side
from tests.effort import effort

HOME = Ref("ticket", "cw", "1")
NAMES = ("name", "due", "status")
OWNERS: tuple[Owner, ...] = ("cw", "partner", "cw_only", "partner_only")

values = st.sampled_from(["", None, "a", "b", "c", 1, ("x",), ("x", "y")])
records = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
owners = st.fixed_dictionaries({name: st.sampled_from(OWNERS) for name in NAMES})
bases = st.dictionaries(st.sampled_from(NAMES), st.tuples(values, values), max_size=3)


def pair(cw: Fields, partner: Fields, agreed: Fields) -> Pair:
    return Pair(HOME, Link("ticket", "1", "m1", agreed=fields_of(fields_text(agreed))), cw, partner)


def written(pair_: Pair, merged: Merged) -> Pair:
    """The pair after both sides took what they were told."""
    return replace(pair_, cw={**(pair_.cw or {}), **merged.cw}, partner={**(pair_.partner or {}), **merged.partner})


def settled(pair_: Pair, merged: Merged) -> Pair:
    """The same, looked at after the link was settled."""
    after = written(pair_, merged)
    assert after.link is not None
    agreed = agreement(after.link.agreed, after, {*merged.cw, *merged.partner})
    return pair(after.cw or {}, after.partner or {}, agreed)


def edited(base: Any, name: str, side: int, value: Any) -> bool:
    """Whether a side says something new of a field; without a last agreement, whether it says anything."""
    return bool(value != base[name][side] if name in base else value not in (None, "", ()))


@given(records, records, bases, owners)
@effort(200, 50_000)
def test_afterwards_the_sides_agree_and_nothing_is_left_to_do(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner]
) -> None:
    before = pair(cw, partner, base)
    after = settled(before, merge(before, by))
    assert merge(after, by) == Merged()
    for name in NAMES:
        now = (after.fields("cw") or {})[name], (after.fields("partner") or {})[name]
        neither_says = not any(edited(base, name, place, value) for place, value in enumerate(now))
        assert now[0] == now[1] or now == base.get(name) or neither_says


@given(records, records, bases, owners)
@effort(200, 50_000)
def test_no_edit_is_lost_without_a_conflict_that_has_both_values(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner]
) -> None:
    before = pair(cw, partner, base)
    merged = merge(before, by)
    told = {one.field: one for one in merged.conflicts}
    assert len(told) == len(merged.conflicts)
    for name in NAMES:
        for place, (side, said) in enumerate(zip(SIDES, (cw, partner), strict=True)):
            overwritten = name in merged.to(side) and merged.to(side)[name] != said[name]
            if overwritten and edited(base, name, place, said[name]):
                assert told[name] == FieldConflict(name, cw[name], partner[name], _other(side), HOME)
            elif name in told:
                assert told[name].kept == side or not overwritten


@given(records, records, bases, owners, st.sets(st.sampled_from(NAMES)))
@effort(150, 20_000)
def test_where_an_answer_was_lost_all_that_is_overwritten_is_told_and_nothing_else_is_different(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner], unsure: set[str]
) -> None:
    before = pair(cw, partner, base)
    assert before.link is not None
    doubted = replace(before, state=replace(before.link, unsure=tuple(unsure)))
    merged, else_ = merge(doubted, by), merge(before, by)
    assert (merged.cw, merged.partner) == (else_.cw, else_.partner)
    told = {one.field for one in merged.conflicts}
    assert told == {one.field for one in else_.conflicts} | unsure & {*merged.cw, *merged.partner}
    assert {*merged.cw, *merged.partner} & unsure <= {*still_unsure(unsure, base, doubted)}
    assert still_unsure({"file"}, base, doubted) == (), "no field of the pair"
    after = settled(before, merged)
    assert after.link is not None
    assert not {*merged.cw, *merged.partner} & {*still_unsure(unsure, after.link.agreed, after)}


@given(records, records, bases, owners)
@effort(150, 20_000)
def test_a_side_that_changed_a_field_alone_is_followed_unless_the_other_alone_may(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner]
) -> None:
    merged = merge(pair(cw, partner, base), by)
    for name, (was_cw, was_partner) in base.items():
        if cw[name] != partner[name] == was_partner and cw[name] != was_cw:
            kept = partner[name] if by[name] == "partner_only" else cw[name]
            side: Side = "cw" if by[name] == "partner_only" else "partner"
            assert merged.to(side)[name] == kept


@given(records, records, bases, owners)
@effort(150, 20_000)
def test_seen_from_the_other_side_it_is_the_same(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner]
) -> None:
    turned = {"cw": "partner", "partner": "cw", "cw_only": "partner_only", "partner_only": "cw_only"}
    there = merge(pair(cw, partner, base), by)
    back = merge(
        pair(partner, cw, {name: both[::-1] for name, both in base.items()}),
        {name: turned[owner] for name, owner in by.items()},  # type: ignore[misc]
    )
    assert (back.cw, back.partner) == (there.partner, there.cw)
    assert [(one.field, one.cw, one.partner, turned[one.kept]) for one in back.conflicts] == [
        (one.field, one.partner, one.cw, one.kept) for one in there.conflicts
    ]


@given(records, records, records, owners, st.permutations(NAMES))
@effort(150, 20_000)
def test_fields_do_not_mind_each_other_and_edits_of_different_fields_come_together_in_any_order(
    start: Fields, cw: Fields, partner: Fields, by: Mapping[str, Owner], order: list[str]
) -> None:
    by = {name: "cw" if owner.startswith("cw") else "partner" for name, owner in by.items()}  # type: ignore[misc]
    base = {name: (start[name], start[name]) for name in NAMES}
    ours, theirs = {**start, order[0]: cw[order[0]]}, {**start, order[1]: partner[order[1]]}
    together = settled(pair(ours, theirs, base), merge(pair(ours, theirs, base), by))
    first = settled(pair(ours, start, base), merge(pair(ours, start, base), by))
    assert first.link is not None
    then = pair(first.cw or {}, {**(first.partner or {}), order[1]: partner[order[1]]}, first.link.agreed)
    assert settled(then, merge(then, by)) == together
    assert merge(pair(ours, theirs, base), by).conflicts == ()


@given(records, records, bases, owners, st.sets(st.sampled_from(NAMES)))
@effort(150, 20_000)
def test_what_was_not_carried_out_is_not_taken_for_agreed(
    cw: Fields, partner: Fields, base: Fields, by: Mapping[str, Owner], undone: set[str]
) -> None:
    """A refused or excluded field, both sides keep theirs: the next look decides on it as this one did."""
    before = pair(cw, partner, base)
    merged = merge(before, by)
    done = Merged(*({n: v for n, v in merged.to(side).items() if n not in undone} for side in SIDES))
    again = merge(settled(before, done), by)
    for side in SIDES:
        assert dict(again.to(side)) == {name: value for name, value in merged.to(side).items() if name in undone}
    assert again.conflicts == tuple(one for one in merged.conflicts if one.field in undone)


def _other(side: Side) -> Side:
    return "partner" if side == "cw" else "cw"
