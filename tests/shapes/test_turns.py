"""Projects take turns: one worker each, a window after a delta, nothing lost and nothing done twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.aws.table import Store
from shared.sync.change import Change
from shared.sync.errors import FailedRequest, RecordRejected, RetryLater
from shared.sync.operating import NotPossible
from shared.sync.record import Ref
from shared.sync.turning import Turning, spread_of
from shared.sync.turns import Turn
from tests.engine.bench import Bench
from tests.shapes.systems import Kinds
from tests.shapes.test_tree import agree, other, ticket
from tests.shapes.turned import TurnedProjects

HOME = Ref("project", "cw", "p1")


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    """One project of ConnectWise's with two tickets, in step since long enough for the window to be over."""
    bench = Bench(store, TurnedProjects, Kinds)
    bench.connect(spread_minutes=0, every_minutes=1440)
    bench.cw.put("project", "p1", name="Office move", status="open")
    ticket(bench, "t1")
    ticket(bench, "t2")
    bench.sync()
    bench.clock.turn(minutes=20)
    TurnedProjects.modes.clear()
    yield bench
    TurnedProjects.modes.clear()


def turn(bench: Bench, scope: Ref = HOME) -> Turn:
    return Turning(bench.key, bench.store, bench.queue, bench.clock).of([scope])[scope]


def edit(bench: Bench, key: str = "t1", **fields: Any) -> Ref:
    """A person's edit, of which nobody has told yet."""
    bench.cw.put("ticket", key, **fields)
    return Ref("ticket", "cw", key)


def told(bench: Bench, key: str = "t1", **fields: Any) -> None:
    """A person's edit in ConnectWise, and its callback."""
    bench.change(edit(bench, key, **fields))


def tick(bench: Bench, **by: float) -> Any:
    """The clock's function, some time later, and what came of it."""
    bench.clock.turn(**by)
    return bench.due()


def looks(bench: Bench) -> list[str]:
    return TurnedProjects.modes


@pytest.mark.rule("MV-13")
@pytest.mark.rule("MV-16")
@pytest.mark.rule("MV-17")
def test_a_callback_takes_the_project_through_its_states(bench: Bench) -> None:
    seen: list[str] = []
    bench.cw.before_apply = bench.partner.before_apply = lambda _step: seen.append(turn(bench).status)
    assert turn(bench).status == "Idle"
    told(bench, name="Renamed")
    (message,) = bench.queue.messages
    bench.queue.messages.clear()
    bench.queue.messages.append(message)
    bench.deliver(rounds=1)
    assert turn(bench).status == "In Queue", "the window is over: it is in line at once"
    bench.deliver()
    assert (seen, turn(bench).status) == (["Syncing"], "Idle")
    assert agree(bench)


@pytest.mark.rule("MV-15")
def test_within_ten_minutes_of_a_completed_delta_the_next_waits(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver()
    done = turn(bench).last_delta
    bench.clock.turn(minutes=1)
    told(bench, name="Renamed again")
    assert bench.deliver()["triggered"] == 1
    waiting = turn(bench)
    assert (waiting.status, waiting.due) == ("Requested", done + timedelta(minutes=10))
    tick(bench, minutes=8)
    assert turn(bench).status == "Requested"
    assert not agree(bench)
    tick(bench, minutes=1)
    assert (turn(bench).status, agree(bench)) == ("Idle", True)
    assert looks(bench) == ["delta p1"] * 2


def test_ten_callbacks_are_one_turn(bench: Bench) -> None:
    for number in range(10):
        told(bench, name=f"Name {number}")
    counts = bench.deliver()
    assert (counts["triggered"], counts["applied"]) == (10, 1)
    assert looks(bench) == ["delta p1"]
    assert turn(bench).status == "Idle", "what came before it began, it has honoured"


def test_a_trigger_while_it_syncs_is_honoured_once_after_the_window(bench: Bench) -> None:
    def meanwhile(_step: Any) -> None:
        bench.partner.before_apply = lambda _step: None
        turning = Turning(bench.key, bench.store, bench.queue, bench.clock)
        for _ in range(3):
            turning.trigger(turn(bench))
        edit(bench, "t2", name="Meanwhile")

    bench.partner.before_apply = meanwhile
    told(bench, name="Renamed")
    bench.deliver()
    assert turn(bench).status == "Requested"
    assert not agree(bench)
    tick(bench, minutes=10)
    assert (turn(bench).status, agree(bench)) == ("Idle", True)
    tick(bench, minutes=10)
    assert looks(bench) == ["delta p1"] * 2


@pytest.mark.rule("MV-30")
@pytest.mark.rule("MV-31")
@pytest.mark.rule("MV-32")
@pytest.mark.rule("MV-12")
def test_times_are_kept_apart(bench: Bench) -> None:
    first = turn(bench)
    assert (first.last_mode, first.last_delta) == ("comprehensive", None)
    assert first.last_import == first.last_comprehensive
    bench.partner.put("ticket", other(bench, "t1"), due="2026-12-01")
    bench.change(Ref("ticket", "partner", other(bench, "t1")))
    bench.deliver()
    second = turn(bench)
    assert (second.last_mode, second.last_completed) == ("delta", bench.clock.now())
    assert second.last_comprehensive == first.last_comprehensive
    assert second.last_import == first.last_import, "nothing went into Moovila"


@pytest.mark.rule("MV-14")
@pytest.mark.rule("MV-33")
def test_a_manual_sync_is_only_for_the_idle(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    with pytest.raises(NotPossible, match="In Queue"):
        bench.operator().sync(bench.key, HOME)
    bench.deliver()
    bench.operator().sync(bench.key, HOME)
    assert turn(bench).status == "Requested", "it waits for the end of the window, as any other"
    with pytest.raises(NotPossible, match="Requested"):
        bench.operator().sync(bench.key, HOME)
    (entry,) = [e for e in bench.store.journal.of_record(bench.key, HOME) if e.by == "kim"]
    assert entry.what == "Asked for a sync."


@pytest.mark.rule("MV-19")
@pytest.mark.rule("MV-37")
def test_a_manual_sync_brings_both_ways_what_no_callback_told(bench: Bench) -> None:
    edit(bench, "t1", name="Renamed here")
    bench.partner.put("ticket", other(bench, "t2"), name="Renamed there")
    bench.operator().sync(bench.key, HOME)
    bench.deliver()
    assert agree(bench)
    assert bench.cw.records["t2"]["name"] == "Renamed there"
    assert bench.partner.records[other(bench, "t1")]["name"] == "Renamed here"


@pytest.mark.rule("MV-35")
@pytest.mark.rule("MV-27")
@pytest.mark.rule("MV-18")
def test_a_disabled_project_is_left_alone_until_it_is_enabled(bench: Bench) -> None:
    bench.operator().disable(bench.key, HOME, "on hold")
    assert (turn(bench).enabled, turn(bench).status) == (False, "Idle")
    told(bench, name="Renamed")
    assert bench.deliver()["skipped"] == 1
    bench.sync(mode="comprehensive")
    assert (looks(bench), agree(bench)) == ([], False)
    with pytest.raises(NotPossible, match="on hold"):
        bench.operator().sync(bench.key, HOME)
    bench.operator().enable(bench.key, HOME)
    bench.deliver()
    assert (looks(bench), agree(bench)) == (["comprehensive p1"], True)


def test_a_project_that_is_disabled_while_it_waits_ends_its_turn_without_a_look(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    bench.operator().disable(bench.key, HOME, "on hold")
    bench.deliver()
    assert (turn(bench).status, looks(bench), agree(bench)) == ("Idle", [], False)


def test_a_project_that_is_disabled_while_it_syncs_ends_first(bench: Bench) -> None:
    bench.partner.before_apply = lambda _step: bench.operator().disable(bench.key, HOME, "on hold")
    told(bench, name="Renamed")
    assert bench.deliver()["applied"] == 1
    assert (turn(bench).status, turn(bench).enabled, agree(bench)) == ("Idle", False, True)


def test_an_issue_of_a_disabled_project_is_not_tried_minute_by_minute(bench: Bench) -> None:
    bench.partner.refuses = {"Bad": "No such name."}
    told(bench, name="Bad")
    assert bench.deliver()["issue"] == 1
    bench.operator().disable(bench.key, HOME, "on hold")
    assert tick(bench, minutes=11)["skipped"] == 1
    assert tick(bench, minutes=11) == {}
    bench.partner.refuses = {}
    bench.operator().enable(bench.key, HOME)
    bench.deliver()
    assert (bench.issues(), agree(bench)) == ({}, True)


def test_an_approval_waits_for_its_turn_as_any_other_change(bench: Bench) -> None:
    bench.connect(spread_minutes=0, every_minutes=1440, preview=True)
    told(bench, name="Renamed")
    assert bench.deliver()["proposed"] == 1
    (asked,) = bench.store.proposals.of_flow(bench.key)
    bench.operator().approve([asked])
    bench.deliver()
    assert (turn(bench).status, agree(bench)) == ("Requested", False)
    assert tick(bench, minutes=10)["applied"] == 1
    assert agree(bench)
    written = [one for one in bench.store.journal.of_record(bench.key, Ref("ticket", "cw", "t1")) if one.after]
    assert written[-1].by == "kim"


@pytest.mark.rule("MV-20")
@pytest.mark.rule("MV-21")
def test_disconnecting_is_final_and_asks_for_the_name(bench: Bench) -> None:
    with pytest.raises(NotPossible, match="Office move"):
        bench.operator().disconnect(bench.key, HOME, "office")
    bench.operator().disconnect(bench.key, HOME, "Office move")
    bench.partner.put("ticket", other(bench, "t1"), name="Edited there")
    bench.change(Ref("ticket", "partner", other(bench, "t1")))
    told(bench, "t2", name="Edited here")
    assert bench.deliver()["skipped"] == 2
    with pytest.raises(NotPossible, match="cannot be connected again"):
        bench.operator().enable(bench.key, HOME)
    with pytest.raises(NotPossible, match="disconnected"):
        bench.operator().sync(bench.key, HOME)


def test_a_disconnected_pair_made_anew_writes_nothing_unapproved(bench: Bench) -> None:
    operator = bench.operator()
    with pytest.raises(NotPossible, match="not disconnected"):
        operator.pair_anew(bench.key, HOME)
    operator.disconnect(bench.key, HOME, "Office move")
    told(bench, name="Edited here")
    bench.deliver()
    operator.pair_anew(bench.key, HOME)
    assert bench.deliver()["proposed"] == 1
    assert not agree(bench)
    told(bench, "t2", name="Edited later")
    assert tick(bench, minutes=11)["proposed"] == 1, "nothing is written unless it was approved, whenever it came"
    asked = bench.store.proposals.of_flow(bench.key)
    assert {one.name.text for one in asked} == {"Edited here", "Edited later"}
    operator.approve(asked)
    tick(bench, minutes=11)
    assert (agree(bench), turn(bench).anew) == (True, False)
    told(bench, name="Edited again")
    assert tick(bench, minutes=11)["applied"] == 1


@pytest.mark.rule("MV-10")
def test_one_order_disables_all_projects_and_each_can_be_enabled(bench: Bench) -> None:
    bench.cw.put("project", "p2", name="Server room", status="open")
    bench.sync()
    assert sorted(bench.operator().disable_all(bench.key, "a break")) == ["Office move", "Server room"]
    told(bench, name="Renamed")
    bench.cw.put("project", "p2", name="Server hall")
    bench.sync(mode="comprehensive")
    assert not agree(bench)
    assert bench.operator().disable_all(bench.key, "a break") == []
    for scope in (HOME, Ref("project", "cw", "p2")):
        bench.operator().enable(bench.key, scope)
    tick(bench, minutes=11)
    assert agree(bench)


@pytest.mark.rule("MV-02")
def test_an_archived_project_stays_disabled_until_a_person_enables_it(bench: Bench) -> None:
    partner = other(bench, "p1", "project")
    bench.partner.put("project", partner, archived=True)
    told(bench, name="Renamed")
    assert bench.deliver()["skipped"] == 1
    assert turn(bench).disabled == "It is archived in Moovila."
    (entry,) = [e for e in bench.store.journal.of_record(bench.key, HOME) if "disabled" in e.what]
    assert entry.by == "sync"
    bench.partner.put("project", partner, archived=False)
    tick(bench, hours=25)
    assert not agree(bench), "un-archived is not enabled"
    bench.operator().enable(bench.key, HOME)
    bench.deliver()
    assert agree(bench)


def ended(bench: Bench, status: str = "completed") -> None:
    bench.cw.put("project", "p1", status=status, since=bench.clock.now().isoformat())
    bench.change(HOME)
    bench.deliver()


@pytest.mark.rule("MV-25")
def test_ninety_days_after_its_end_a_project_is_disabled_and_a_week_before_people_are_told(bench: Bench) -> None:
    ended(bench)
    assert turn(bench).wake.isoformat() == "2027-01-24T00:00:00+00:00"
    tick(bench, days=50)
    ended(bench, "cancelled")
    assert turn(bench).wake.isoformat() == "2027-01-24T00:00:00+00:00", "a change between the two begins no new count"
    bench.clock.time = bench.clock.time.replace(year=2027, month=1, day=24, hour=1)
    assert tick(bench)["in_step"] == 1
    (issue,) = bench.store.issues.of_scope(bench.key, HOME)
    assert (issue.issue.code, issue.issue.blocks) == ("AUTO_DISABLE_SOON", False)
    assert "On 2027-01-31 it is taken out of the sync" in issue.issue.message
    bench.clock.time = bench.clock.time.replace(day=31)
    tick(bench)
    assert turn(bench).disabled == "It has been completed or cancelled for 90 days, since 2026-11-02."
    assert bench.store.issues.of_scope(bench.key, HOME) == []
    bench.cw.put("project", "p1", status="open")
    bench.change(HOME)
    tick(bench, minutes=11)
    assert not turn(bench).enabled, "opening it again does not enable it"


@pytest.mark.rule("MV-25")
def test_a_project_enabled_by_hand_counts_anew_and_one_opened_again_not_at_all(bench: Bench) -> None:
    bench.connect(spread_minutes=0, every_minutes=1440, auto_disable_days=10)
    ended(bench)
    tick(bench, days=11)
    assert not turn(bench).enabled
    bench.operator().enable(bench.key, HOME)
    tick(bench, minutes=11)
    assert (turn(bench).enabled, turn(bench).wake.date().isoformat()) == (True, "2026-11-16")
    bench.cw.put("project", "p1", status="open")
    bench.change(HOME)
    tick(bench, minutes=11)
    assert (turn(bench).wake, turn(bench).ended) == (None, None)


def test_comprehensive_syncs_are_spread_and_a_callback_does_not_wait_for_them(bench: Bench) -> None:
    for number in range(2, 8):
        bench.cw.put("project", f"p{number}", name=f"Project {number}", status="open")
    bench.sync()
    bench.clock.turn(minutes=20)
    bench.connect(spread_minutes=60, every_minutes=1440)
    began = bench.clock.now()
    bench.sync(mode="comprehensive")
    scopes = [Ref("project", "cw", f"p{number}") for number in range(1, 8)]
    dues = {scope: turn(bench, scope).due for scope in scopes}
    assert dues == {scope: began + spread_of(scope, timedelta(hours=1)) for scope in scopes}
    assert len(set(dues.values())) == len(scopes)
    last = max(scopes, key=lambda scope: dues[scope])
    bench.change(last)
    bench.deliver()
    assert turn(bench, last).last_comprehensive == began, "eligible at once, and as comprehensive as it was asked for"
    for _ in range(60):
        tick(bench, minutes=1)
    assert {turn(bench, scope).status for scope in scopes} == {"Idle"}
    assert len(looks(bench)) == len(scopes) * 2 - 1


def test_an_unchanged_project_costs_a_comprehensive_run_no_turn(bench: Bench) -> None:
    before = turn(bench)
    assert bench.sync(mode="comprehensive")["queued"] == 0
    assert turn(bench) == before


def test_what_cannot_be_read_is_tried_again_soon_and_then_becomes_an_issue(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    bench.partner.errors = [RetryLater("busy", after=20) for _ in range(9)]
    assert bench.deliver()["later"] == 1
    assert (turn(bench).status, turn(bench).tries) == ("Requested", 1)
    assert tick(bench, minutes=1)["later"] == 1
    assert tick(bench, minutes=1)["issue"] == 1
    assert turn(bench).status == "Idle"
    assert "NOT_NOW p1" in bench.issues()
    bench.partner.errors = []
    tick(bench, minutes=6)
    assert (agree(bench), bench.issues()) == (True, {})


def test_a_turn_whose_worker_died_is_found_by_the_clock(bench: Bench) -> None:
    def die(_step: Any) -> None:
        raise KeyboardInterrupt

    bench.partner.before_apply = die
    told(bench, name="Renamed")
    with pytest.raises(KeyboardInterrupt):
        bench.deliver()
    bench.partner.before_apply = lambda _step: None
    assert turn(bench).status == "Syncing"
    tick(bench, minutes=1)
    assert turn(bench).status == "Syncing", "it may be alive"
    tick(bench, minutes=3)
    assert (turn(bench).status, agree(bench)) == ("Idle", True)


def test_a_turn_that_dies_again_and_again_is_told_to_a_person(bench: Bench) -> None:
    def fail(_step: Any) -> None:
        raise ZeroDivisionError("a fault of ours")

    bench.partner.before_apply = fail
    told(bench, name="Renamed")
    for _ in range(5):
        tick(bench, minutes=25)
    assert "SYNC_BROKE_OFF p1" in bench.issues()
    bench.partner.before_apply = lambda _step: None
    tick(bench, hours=3)
    tick(bench, hours=3)
    assert (agree(bench), bench.issues()) == (True, {})


def test_the_message_of_a_turn_that_comes_twice_does_it_once(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    bench.queue.messages *= 2
    counts = bench.deliver()
    assert (counts["applied"], counts["overtaken"]) == (1, 1)


def test_a_message_that_never_came_is_sent_again_by_the_clock(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    bench.queue.messages.clear()
    tick(bench, minutes=1)
    assert agree(bench)


def test_a_turn_that_runs_out_of_time_goes_on_and_stays_taken(bench: Bench) -> None:
    told(bench, name="Renamed")
    edit(bench, "t2", name="Renamed, too")
    bench.deliver(rounds=1)
    bench.partner.before_apply = lambda _step: setattr(bench, "left", 10.0)
    bench.deliver(rounds=1)
    assert turn(bench).status == "Syncing"
    tick(bench)
    bench.left = 100.0
    bench.partner.before_apply = lambda _step: None
    bench.deliver()
    assert (turn(bench).status, agree(bench)) == ("Idle", True)


def test_a_project_of_the_partners_keeps_its_turn_when_it_is_linked(bench: Bench) -> None:
    bench.partner.put("project", "pp9", name="Server room", status="open")
    theirs = Ref("project", "partner", "pp9")
    bench.change(theirs)
    bench.deliver()
    ours = bench.state(theirs).ref("cw")
    assert turn(bench, ours) == turn(bench, theirs)
    assert turn(bench, ours).last_delta == bench.clock.now()
    assert len(list(bench.store.turns.of_flow(bench.key))) == 2


def test_two_turns_of_one_pair_become_one(bench: Bench) -> None:
    bench.partner.put("project", "pp9", name="Server room", status="open")
    theirs = Ref("project", "partner", "pp9")
    bench.change(theirs)
    bench.deliver()
    ours = bench.state(theirs).ref("cw")
    bench.store.turns.put(bench.key, Turn(ours))
    orphan = bench.store.turns.find(bench.key, [theirs])[theirs]
    bench.store.turns.put(bench.key, orphan.trigger(bench.clock.now()))
    tick(bench, minutes=20)
    assert [one.scope for one in bench.store.turns.of_flow(bench.key)] == [HOME, ours]
    assert turn(bench, ours).last_delta is not None


def test_what_is_of_no_project_asks_for_nothing(bench: Bench) -> None:
    bench.change(Ref("ticket", "cw", "unknown"))
    assert bench.deliver()["skipped"] == 1
    assert len(list(bench.store.turns.of_flow(bench.key))) == 1


def test_a_change_in_an_older_form_is_read_as_ever() -> None:
    body = '{"connection":"a","flow":"b","type":"change","kind":"k","side":"cw","id":"1","occasion":"o",'
    assert Change.model_validate_json(body + '"at":"2026-11-02T09:00:00Z"}').turn is None


def test_a_paused_flow_sends_no_turns_and_goes_on_where_it_was(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    bench.queue.messages.clear()
    bench.operator().pause(bench.store.flows.connection("demo"), None, "a break")
    assert tick(bench, minutes=2) == {}
    bench.operator().resume(bench.store.flows.connection("demo"), None)
    tick(bench, minutes=1)
    tick(bench, minutes=11)
    assert agree(bench)


def logged(bench: Bench) -> list[Any]:
    return list(bench.store.journal.of_record(bench.key, HOME))


@pytest.mark.rule("MV-05")
@pytest.mark.rule("MV-34")
def test_requests_that_failed_are_in_the_projects_log(bench: Bench) -> None:
    told(bench, name="Renamed")
    bench.deliver(rounds=1)
    busy = RetryLater("busy", after=20)
    busy.request = FailedRequest.of("moovila", "GET projects/m1/tasks", 503, "Come back later.")
    bench.partner.errors = [busy]
    bench.deliver()
    (entry,) = [one for one in logged(bench) if one.request]
    assert entry.request == FailedRequest("moovila", "GET", "projects/m1/tasks", 503, "Come back later.")
    assert entry.what == "Moovila answered with 503: GET projects/m1/tasks: Come back later."

    def refuse(_step: Any) -> None:
        error = RecordRejected("moovila", "No such name.")
        error.request = FailedRequest.of("moovila", "PATCH tasks/7", 400, "No such name.")
        raise error

    bench.partner.before_apply = refuse
    tick(bench, minutes=1)
    assert [(one.request.path, one.request.status) for one in logged(bench) if one.request][1:] == [("tasks/7", 400)]


@pytest.mark.rule("MV-05")
def test_skips_conflicts_deletions_and_what_disables_are_in_the_log(bench: Bench) -> None:
    partner = other(bench, "t1")
    edit(bench, due="2026-11-28")
    bench.partner.put("ticket", partner, due="2026-12-01")
    gone = bench.state(Ref("ticket", "cw", "t2")).partner_id
    del bench.partner.records[gone]
    bench.sync(mode="comprehensive")
    entries = bench.store.journal.of_flow(bench.key, bench.clock.now() - timedelta(days=1))
    assert [one.record.id for one in entries if one.conflict] == ["t1"]
    assert [one.record.id for one in entries if one.what.startswith("Deleted ticket")] == ["t2"]
    bench.operator().cancel(bench.key, HOME, "billed elsewhere")
    bench.deliver()
    told(bench, name="Renamed")
    tick(bench, minutes=11)
    skips = [one.what for one in logged(bench) if one.what.startswith("Left alone")]
    assert skips == ["Left alone: Cancelled by kim: billed elsewhere"], "told once"
