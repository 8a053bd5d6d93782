"""Limits: what loses too much at once asks a person, what does not is left as it was, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.sync import policies
from shared.sync.flow import Situation
from shared.sync.link import Link, Pair
from shared.sync.plan import FieldConflict, Plan, Step
from shared.sync.record import Name, Ref
from shared.sync.shapes import SetSettings, TwoWaySettings
from tests.effort import effort

HOME = Ref("client", "cw", "1")
members = st.sets(st.integers(1, 12).map(str), max_size=12).map(lambda found: tuple(sorted(found)))


@given(st.lists(st.tuples(members, members), max_size=4), st.integers(0, 100), st.integers(1, 6))
@effort(150, 20_000)
def test_a_list_that_loses_more_than_the_limit_asks(
    lists: list[tuple[tuple[str, ...], tuple[str, ...]]], percent: int, floor: int
) -> None:
    steps = tuple(
        Step(
            f"s{n}",
            "pcrt",
            "plan",
            "update",
            str(n),
            {"members": now},
            "",
            {"members": was},
            Ref("plan", "partner", f"{n}"),
        )
        for n, (was, now) in enumerate(lists)
    )
    plan = Plan(HOME, "Moved.", steps, name=Name("client Birch"))
    settings = SetSettings(shrink_limit=percent, shrink_floor=floor)
    limited = policies.apply(settings, Situation(home=HOME, name=Name("client Birch")), plan)
    asking = {step.id for step in limited.steps if step.ask}
    expected = set()
    for step, (was, now) in zip(steps, lists, strict=True):
        lost = [one for one in was if one not in now]
        if len(lost) >= floor and len(lost) / len(was) > percent / 100:
            expected.add(step.id)
    assert asking == expected
    assert [issue.record for issue in limited.asks] == [step.record for step in limited.steps if step.ask]
    assert [replace(step, ask=False, why="") for step in limited.steps] == list(steps)
    assert policies.apply(SetSettings(), Situation(home=HOME), replace(plan, steps=())) == replace(plan, steps=())


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 30), st.integers(0, 100))
@effort(100, 10_000)
def test_more_deletions_than_the_smaller_limit_ask(linked: int, deleted: int, limit: int, percent: int) -> None:
    refs = [Ref("ticket", "cw", str(number)) for number in range(linked)]
    pairs = (Pair(HOME), *(Pair(ref, Link("ticket", ref.id, f"m{ref.id}"), cw_name=f"T{ref.id}") for ref in refs))
    deletes = tuple(Step(f"d{ref.id}", "moovila", "task", "delete", ref.id, record=ref) for ref in refs[:deleted])
    rest = (Step("u", "moovila", "task", "update", "1", {"name": "x"}, record=HOME),)
    plan = Plan(HOME, "Gone.", (*rest, *deletes), name=Name("project"))
    settings = TwoWaySettings(deletion_limit=limit, deletion_percent=percent)
    limited = policies.apply(settings, Situation(home=HOME, name=Name("project"), pairs=pairs), plan)
    most = min(limit, max(1, int(linked * percent / 100)))
    assert [step.ask for step in limited.steps] == [False, *([len(deletes) > most] * len(deletes))]
    assert [issue.code for issue in limited.asks] == ["TOO_MANY_DELETIONS"] * (len(deletes) > most)


@given(st.sets(st.sampled_from(["name", "due", "id"])), st.booleans())
@effort(50, 2_000)
def test_only_what_both_sides_have_is_kept_out_where_only_new_records_are_carried(given_: set[str], on: bool) -> None:
    """What only one side has (the address of the other's record, say) is no shared field."""
    pair = Pair(
        HOME, Link("client", "1", "m1"), cw={"name": "a", "due": ""}, partner={"name": "b", "due": "", "id": ""}
    )
    steps = (
        (Step("u", "moovila", "project", "update", "m1", dict.fromkeys(given_, "a"), record=HOME),) if given_ else ()
    )
    plan = Plan(HOME, "Changed.", steps, conflicts=(FieldConflict("name", "a", "b", "cw"),))
    kept = policies.apply(TwoWaySettings(create_only=on), Situation(home=HOME, pairs=(pair,)), plan)
    written = {name for step in kept.steps for name in step.fields}
    assert written == (given_ - {"name", "due"} if on else given_)
    assert bool(kept.conflicts) == (not on or not given_ & {"name", "due"})
