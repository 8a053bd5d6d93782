"""Records under a person's hand: cancelled, let go on, unlinked, relinked; all of it in the history with the name."""

from __future__ import annotations

import pytest

from shared.sync.errors import Conflict, OutcomeUnknown
from shared.sync.link import Intent, Link, Seen
from shared.sync.operating import NotPossible, Operator
from shared.sync.record import Ref
from tests.engine.bench import Bench
from tests.engine.toy import KIND


def told(bench: Bench, ref: Ref) -> list[tuple[str, str]]:
    return [(entry.by, entry.what) for entry in bench.store.journal.of_record(bench.key, ref)]


@pytest.mark.rule("EA-44")
def test_a_cancelled_record_stays_cancelled_when_it_is_touched(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    kim.cancel(bench.key, ref, "synced by accident")
    assert bench.deliver()["skipped"] == 1
    bench.partner.records["1"]["name"] = "Touched"
    counts = bench.sync()
    assert (counts["skipped"], counts["applied"]) == (1, 0)
    bench.change(ref)
    assert bench.deliver()["skipped"] == 1
    assert bench.cw.records == {}
    state = bench.state(ref)
    assert isinstance(state, Seen)
    assert state.reason == state.held == "Cancelled by kim: synced by accident"
    assert bench.sync()["queued"] == 0
    assert told(bench, ref)[0] == ("kim", "Cancelled: synced by accident")


@pytest.mark.rule("EA-44")
def test_a_cancelled_record_stays_cancelled_when_its_mapping_appears(bench: Bench, kim: Operator) -> None:
    parent = bench.widget("1", "Parent")
    child = bench.widget("0", "Child", parent="1")
    bench.cw.refuses = {"Parent": "Not yet."}
    bench.sync()
    kim.cancel(bench.key, child, "not wanted")
    bench.deliver()
    assert set(bench.issues()) == {"REFUSED 1"}
    bench.cw.refuses = {}
    bench.change(parent)
    bench.deliver()
    bench.clock.turn(minutes=1)
    bench.due()
    assert [link.partner_id for link in bench.links()] == ["1"]


@pytest.mark.rule("EA-44")
def test_a_cancelled_record_that_is_linked_is_written_no_more(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    kim.cancel(bench.key, ref, "enough")
    bench.deliver()
    bench.partner.records["1"]["name"] = "New"
    assert bench.sync()["skipped"] == 1
    assert bench.cw.records["1"]["name"] == "One"
    link = bench.state(ref)
    assert isinstance(link, Link)
    assert link.left == link.held == "Cancelled by kim: enough"
    assert bench.sync()["queued"] == 0


def test_what_changed_while_it_was_cancelled_is_caught_up_with(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    kim.cancel(bench.key, ref, "enough")
    bench.partner.records["1"]["name"] = "New"
    bench.sync()
    kim.uncancel(bench.key, ref)
    assert bench.deliver()["applied"] == 1
    assert bench.cw.records["1"]["name"] == "New"
    link = bench.state(ref)
    assert (link.left, link.held) == ("", "")
    assert told(bench, ref)[-2:] == [("kim", "Uncancelled."), ("kim", "Updated gadget 1 in ConnectWise.")]


def test_a_record_cancelled_while_it_is_looked_at_is_not_created(bench: Bench, kim: Operator) -> None:
    """Whoever looked had read before: the table itself refuses the intent, and the second look sees the hold."""
    ref = bench.widget("1", "One")
    bench.scan()
    bench.deliver(rounds=1)
    server_time = bench.cw.server_time

    def cancelled_just_then() -> object:
        bench.cw.server_time = server_time
        kim.cancel(bench.key, ref, "just in time")
        return server_time()

    bench.cw.server_time = cancelled_just_then
    bench.deliver()
    assert bench.cw.records == {}
    assert bench.state(ref).held == "Cancelled by kim: just in time"


def test_a_record_that_is_being_created_cannot_be_cancelled_yet(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.cw.errors = [None, OutcomeUnknown("no answer came")]
    bench.sync()
    assert isinstance(bench.state(ref), Intent)
    with pytest.raises(NotPossible, match="is being created"):
        kim.cancel(bench.key, ref, "too late")


def test_an_unlinked_record_that_was_cancelled_stays_so_on_both_sides(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    kim.cancel(bench.key, ref, "wrong")
    kim.unlink(bench.key, ref)
    bench.deliver()
    assert bench.links() == []
    assert bench.state(ref).held == bench.state(Ref(KIND, "cw", "1")).held == "Cancelled by kim: wrong"
    with pytest.raises(Conflict):
        bench.store.links.link(bench.key, Link(KIND, "7", "1"))


def test_what_a_person_unlinked_stays_apart_until_a_person_relinks_it(bench: Bench, kim: Operator) -> None:
    """The gadget still carries the widget's marker, by which every look finds it again."""
    ref = bench.widget("1", "One")
    bench.sync()
    assert kim.unlink(bench.key, ref).cw_id == "1"
    assert bench.deliver()["skipped"] >= 1
    bench.partner.records["1"]["name"] = "Touched"
    bench.sync()
    assert (bench.links(), bench.cw.records["1"]["name"]) == ([], "One")
    assert bench.sync()["queued"] == 0
    state = bench.state(ref)
    assert isinstance(state, Seen)
    assert state.reason == (
        "A person unlinked it from the record with the ID 1, so that the two stay apart until a person links them "
        "again: crosswise relink partner#widget-gadget#1 1."
    )
    kim.cancel(bench.key, ref, "for now")
    kim.uncancel(bench.key, ref)
    bench.deliver()
    assert bench.links() == []
    kim.relink(bench.key, ref, "1")
    bench.deliver()
    assert [(link.cw_id, link.how) for link in bench.links()] == [("1", "kim linked them.")]
    assert bench.cw.records["1"]["name"] == "Touched"


def test_either_of_two_that_were_unlinked_may_be_linked_to_another(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    kim.unlink(bench.key, ref)
    bench.cw.records["1"]["marker"] = ""
    bench.cw.records["7"] = {"name": "Right", "marker": "1"}
    bench.deliver()
    assert [link.cw_id for link in bench.links()] == ["7"]


def test_a_record_that_is_unlinked_anew_is_matched_as_if_it_were_new(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    assert kim.unlink(bench.key, ref, anew=True).cw_id == "1"
    assert bench.links() == []
    bench.deliver()
    assert [link.cw_id for link in bench.links()] == ["1"]
    assert ("kim", "Unlinked.") in told(bench, ref)
    bench.widget("2", "Two")
    with pytest.raises(NotPossible, match="not linked"):
        kim.unlink(bench.key, Ref(KIND, "partner", "2"))


@pytest.mark.parametrize("side", ["partner", "cw"])
def test_a_relinked_record_is_brought_in_step_with_its_new_one(bench: Bench, kim: Operator, side: str) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    bench.cw.records["900"] = {"name": "By hand", "marker": ""}
    if side == "cw":
        bench.widget("2", "Two")
        kim.relink(bench.key, Ref(KIND, "cw", "1"), "2")
        assert [(link.cw_id, link.partner_id) for link in bench.links()] == [("1", "2")]
        assert told(bench, Ref(KIND, "cw", "1")) == [("kim", "Unlinked."), ("kim", "Linked.")]
        return
    kim.relink(bench.key, ref, "900")
    assert bench.deliver()["applied"] >= 1
    assert [(link.cw_id, link.partner_id, link.how) for link in bench.links()] == [("900", "1", "kim linked them.")]
    assert bench.cw.records["900"]["name"] == "One"
    entries = bench.store.journal.of_record(bench.key, ref)
    assert [(e.what, dict(e.before), dict(e.after)) for e in entries if e.what in ("Unlinked.", "Linked.")] == [
        ("Unlinked.", {"cw": "1", "partner": "1"}, {}),
        ("Linked.", {}, {"cw": "900", "partner": "1"}),
    ]


def test_a_relink_names_to_what_the_other_record_is_linked(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    bench.widget("2", "Two")
    bench.sync()
    taken = bench.state(Ref(KIND, "partner", "2")).cw_id
    with pytest.raises(NotPossible, match=r"linked to the partner's record 2\. Unlink or relink that one first"):
        kim.relink(bench.key, ref, taken)
    with pytest.raises(NotPossible, match="already"):
        kim.relink(bench.key, ref, bench.state(ref).cw_id)
    assert len(bench.links()) == 2


def test_a_cancelled_record_is_not_relinked(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    kim.cancel(bench.key, ref, "no")
    with pytest.raises(NotPossible, match=r"cancelled .*Uncancel it first"):
        kim.relink(bench.key, ref, "900")
