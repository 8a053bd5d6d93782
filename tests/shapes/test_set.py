"""A set runs as a record does: found by its hash, planned as a whole, its members' issues kept one by one."""

from __future__ import annotations

import pytest

from shared.aws.table import Store
from shared.sync.errors import RecordRejected
from shared.sync.finding import find
from shared.sync.link import Link
from shared.sync.plan import Step
from shared.sync.record import Ref
from shared.sync.why import answer
from tests.engine.bench import Bench
from tests.shapes.coverage import CLIENT, Coverage
from tests.shapes.systems import Kinds

HOME = Ref(CLIENT, "cw", "c1")


@pytest.fixture
def bench(store: Store) -> Bench:
    """One client of six computers, four on Plus and two on Premium, none of them listed yet."""
    bench = Bench(store, Coverage, Kinds)
    bench.cw.put("client", "c1", name="Birch Bakery", external="g1")
    bench.partner.put("group", "g1", name="Birch Bakery")
    bench.partner.put("plan", "plus", name="Plus", group="g1", members=())
    bench.partner.put("plan", "premium", name="Premium", group="g1", members=())
    for number in range(1, 7):
        bench.cw.put(
            "computer", f"k{number}", client="c1", serial=f"S{number}", plan="Plus" if number < 5 else "Premium"
        )
        bench.partner.put("asset", f"a{number}", group="g1", serial=f"S{number}")
    return bench


def members(bench: Bench, plan: str) -> tuple[str, ...]:
    return tuple(bench.partner.records[plan]["members"])


def writes(bench: Bench) -> list[str]:
    return [call for call in bench.partner.calls if call.startswith("update")]


def test_a_set_is_linked_and_written_whole(bench: Bench) -> None:
    assert bench.sync()["applied"] == 1
    assert members(bench, "plus") == ("a1", "a2", "a3", "a4")
    assert members(bench, "premium") == ("a5", "a6")
    assert isinstance(bench.state(HOME), Link)
    assert bench.issues() == {}


def test_our_own_lists_do_not_come_back_and_an_unchanged_set_costs_no_look(bench: Bench) -> None:
    bench.sync()
    counts = bench.sync()
    assert (counts["scanned"], counts["queued"]) == (2, 0)


def test_a_computer_that_moves_changes_both_lists(bench: Bench) -> None:
    bench.sync()
    bench.cw.put("computer", "k4", plan="Premium")
    assert bench.sync()["applied"] == 1
    assert (members(bench, "plus"), members(bench, "premium")) == (("a1", "a2", "a3"), ("a4", "a5", "a6"))


def test_a_list_edited_by_hand_is_put_back(bench: Bench) -> None:
    bench.sync()
    bench.partner.put("plan", "plus", members=("a1",))
    assert bench.sync()["applied"] == 1
    assert members(bench, "plus") == ("a1", "a2", "a3", "a4")


def test_issues_of_members_open_and_close_one_by_one(bench: Bench) -> None:
    for number in (1, 2):
        bench.partner.put("asset", f"a{number}", serial="")
    assert bench.sync()["applied"] == 1, "what can be listed is listed"
    opened = {one.issue.record.id: one for one in bench.store.issues.of_scope(bench.key, HOME)}
    assert set(opened) == {"k1", "k2"}
    bench.clock.turn(minutes=1)
    bench.partner.put("asset", "a1", serial="S1")
    bench.cw.put("computer", "k3", serial="unknown")
    bench.sync()
    now = {one.issue.record.id: one for one in bench.store.issues.of_scope(bench.key, HOME)}
    assert set(now) == {"k2", "k3"}
    assert now["k2"] == opened["k2"], "the one that stays keeps its age"
    (found,) = find(bench.store, [bench.key], "computer k2")
    assert answer(bench.store, found).status == "issue"


def test_issues_of_one_set_are_retried_by_one_look(bench: Bench) -> None:
    for number in range(1, 7):
        bench.partner.put("asset", f"a{number}", serial="")
    bench.sync()
    assert len(bench.issues()) == 1, "one scope"
    bench.partner.calls.clear()
    bench.clock.turn(minutes=6)
    bench.due()
    assert bench.partner.calls.count("list plan") == 1
    assert {one.attempts for one in bench.store.issues.of_scope(bench.key, HOME)} == {1}


def test_a_set_that_shrinks_a_lot_waits_for_a_person(bench: Bench) -> None:
    bench.sync()
    for number in (1, 2, 3):
        del bench.cw.records[f"k{number}"]
    bench.cw.put("computer", "k7", client="c1", serial="S7", plan="Premium")
    bench.partner.put("asset", "a7", group="g1", serial="S7")
    assert bench.sync()["issue"] == 1
    assert members(bench, "plus") == ("a1", "a2", "a3", "a4"), "nothing is written for this list"
    assert members(bench, "premium") == ("a5", "a6", "a7"), "the other one goes on"
    (asked,) = bench.store.issues.of_scope(bench.key, HOME)
    assert (asked.issue.code, asked.issue.name.text) == ("COVERAGE_SHRANK", "Plus of client Birch Bakery")
    assert "3 of its 4 members at once: a1, a2, a3." in asked.issue.message
    assert bench.sync()["queued"] == 0, "it is asked once, not every night"
    (proposal,) = bench.store.proposals.of_flow(bench.key)
    assert bench.operator().approve([proposal]) == []
    assert bench.deliver()["applied"] == 1
    assert members(bench, "plus") == ("a4",)
    assert bench.issues() == {}


def test_a_list_that_comes_back_needs_no_answer(bench: Bench) -> None:
    bench.sync()
    gone = [bench.cw.records.pop(f"k{number}") for number in (1, 2, 3)]
    bench.sync()
    for one in gone:
        bench.cw.records[one["id"]] = one
    assert bench.sync()["in_step"] == 1
    assert bench.issues() == {}
    assert bench.store.proposals.of_flow(bench.key) == []


def test_a_rejected_shrinking_leaves_the_list_and_tells_who_said_so(bench: Bench) -> None:
    bench.sync()
    for number in (1, 2, 3):
        del bench.cw.records[f"k{number}"]
    bench.sync()
    bench.operator().reject(bench.store.proposals.of_flow(bench.key), "they are in repair")
    assert bench.deliver()["skipped"] == 1
    assert (len(members(bench, "plus")), bench.issues()) == (4, {})
    (found,) = find(bench.store, [bench.key], "plus")
    assert "they are in repair" in answer(bench.store, found).because


def test_a_client_deleted_by_accident_is_noticed_and_its_lists_stay(bench: Bench) -> None:
    bench.sync()
    for key in ["c1", *(f"k{number}" for number in range(1, 7))]:
        del bench.cw.records[key]
    assert bench.sync()["queued"] == 0, "a delta run does not list everything"
    bench.clock.turn(hours=25)
    assert bench.sync()["issue"] == 1
    assert [one.issue.code for one in bench.store.issues.of_scope(bench.key, HOME)] == ["COVERAGE_SHRANK"]
    assert len(members(bench, "plus")) == 4
    bench.clock.turn(hours=25)
    assert bench.sync()["queued"] == 0, "known to be gone, it is no news"


def test_a_refused_list_holds_up_no_other(bench: Bench) -> None:
    def refuse(step: Step) -> None:
        if step.key == "plus":
            raise RecordRejected("pcrt", "The plan is locked.")

    bench.partner.before_apply = refuse
    assert bench.sync()["issue"] == 1
    assert (members(bench, "plus"), members(bench, "premium")) == ((), ("a5", "a6"))
    (issue,) = bench.store.issues.of_scope(bench.key, HOME)
    assert (issue.issue.code, issue.issue.record.id) == ("REFUSED", "plus")
    bench.partner.before_apply = lambda _step: None
    bench.clock.turn(minutes=6)
    bench.due()
    assert (len(members(bench, "plus")), bench.issues()) == (4, {})


def test_what_was_approved_and_then_refused_is_tried_again_unasked(bench: Bench) -> None:
    bench.sync()
    for number in (1, 2, 3):
        del bench.cw.records[f"k{number}"]
    bench.sync()

    def refuse(step: Step) -> None:
        raise RecordRejected("pcrt", "The plan is locked.")

    bench.partner.before_apply = refuse
    bench.operator().approve(bench.store.proposals.of_flow(bench.key))
    assert bench.deliver()["issue"] == 1
    bench.partner.before_apply = lambda _step: None
    bench.clock.turn(minutes=11)
    bench.due()
    assert (members(bench, "plus"), bench.issues()) == (("a4",), {})


def test_clients_are_scanned_in_whole_sets_over_several_pages(bench: Bench) -> None:
    for number in range(2, 6):
        bench.cw.put("client", f"c{number}", name=f"Client {number}", external=f"g{number}")
        bench.partner.put("group", f"g{number}", name=f"Client {number}")
    bench.left = 30.0
    bench.scan()
    bench.deliver()
    counts = bench.store.flows.state(bench.key).counts
    assert (counts["scanned"], counts["queued"]) == (10, 6), "what was linked meanwhile is not taken for lacking"
    assert len(bench.links()) == 5
    assert bench.store.flows.state(bench.key).last_comprehensive
