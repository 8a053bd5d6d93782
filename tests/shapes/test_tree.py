"""A tree that both sides change: parents first, merged field by field, nothing lost without a word in the history."""

from __future__ import annotations

from typing import Any

import pytest

from shared.aws.table import Store
from shared.sync.errors import RetryLater
from shared.sync.finding import find
from shared.sync.link import Link
from shared.sync.plan import Step
from shared.sync.record import Ref
from shared.sync.why import answer
from tests.engine.bench import Bench
from tests.shapes.projects import SHARED, Projects
from tests.shapes.systems import Kinds

HOME = Ref("project", "cw", "p1")


@pytest.fixture
def bench(store: Store) -> Bench:
    """One project of ConnectWise's with a phase and two tickets, brought in step."""
    bench = Bench(store, Projects, Kinds)
    bench.cw.put("project", "p1", name="Office move", status="open")
    bench.cw.put("phase", "f1", name="Cabling", project="p1")
    ticket(bench, "t1", phase="f1")
    ticket(bench, "t2", phase="f1")
    bench.sync()
    return bench


def ticket(bench: Bench, key: str, **fields: Any) -> Ref:
    given = {"name": f"Ticket {key}", "status": "new", "due": "", "phase": "", "project": "p1", **fields}
    bench.cw.put("ticket", key, **given)
    return Ref("ticket", "cw", key)


def other(bench: Bench, key: str, kind: str = "ticket") -> str:
    """The partner's id of what ConnectWise calls so."""
    link = bench.state(Ref(kind, "cw", key))
    assert isinstance(link, Link)
    return link.partner_id


def conflicts(bench: Bench, ref: Ref) -> list[tuple[Any, Any]]:
    entries = bench.store.journal.of_record(bench.key, ref)
    return [(entry.before, entry.after) for entry in entries if entry.conflict]


def values(bench: Bench) -> dict[str, list[tuple[Any, ...]]]:
    """What each side says, with phases by their names."""
    return {
        system.name: sorted(
            (
                one["kind"],
                *(
                    system.records.get(one.get(name), {}).get("name", "") if name == "phase" else one.get(name, "")
                    for name in SHARED[one["kind"]]
                ),
            )
            for one in system.records.values()
        )
        for system in (bench.cw, bench.partner)
    }


def agree(bench: Bench) -> bool:
    cw, partner = values(bench).values()
    return cw == partner


def test_a_tree_is_made_parents_first_and_every_record_has_its_link(bench: Bench) -> None:
    assert agree(bench)
    assert bench.partner.calls.index("create project") < bench.partner.calls.index("create phase")
    assert bench.partner.calls.index("create phase") < bench.partner.calls.index("create ticket")
    links = {link.ref("cw").id: link.scope for link in bench.links()}
    assert links == {"p1": None, "f1": HOME, "t1": HOME, "t2": HOME}


def test_neither_sides_echo_comes_back(bench: Bench) -> None:
    assert bench.sync()["queued"] == 0
    for key in ("t1", "t2"):
        bench.cw.put("ticket", key, name="Renamed")
        bench.partner.put("ticket", other(bench, key), due="2026-12-01")
    counts = bench.sync()
    assert (counts["queued"], counts["applied"], counts["in_step"]) == (2, 1, 1), "one project, told by each side"
    assert agree(bench)
    assert bench.sync()["queued"] == 0


def test_what_the_partner_makes_is_made_in_connectwise_under_a_phase_made_with_it(bench: Bench) -> None:
    project = other(bench, "p1", "project")
    bench.partner.put("phase", "pf9", name="Testing", project=project)
    fields = {"name": "Test it", "status": "new", "due": "", "phase": "pf9", "project": project}
    bench.partner.put("ticket", "pt9", **fields)
    bench.partner.put("ticket", other(bench, "t1"), phase="pf9")
    bench.sync()
    assert agree(bench)
    made = next(one for one in bench.cw.records.values() if one["name"] == "Testing")
    assert bench.cw.records["t1"]["phase"] == made["id"]
    bench.sync()
    assert bench.sync()["queued"] == 0


def test_a_new_project_of_the_partners_comes_with_all_its_parts(bench: Bench) -> None:
    bench.partner.put("project", "pp9", name="Server room", status="open")
    bench.partner.put("ticket", "pt9", name="Order racks", status="new", due="", phase="", project="pp9")
    bench.sync()
    assert agree(bench)
    assert len(bench.links()) == 6


def test_what_a_plan_wrote_before_it_was_cut_short_is_not_taken_for_an_edit_there(bench: Bench) -> None:
    bench.cw.put("ticket", "t1", status="done")
    bench.cw.put("ticket", "t2", status="done")
    written: list[Step] = []

    def only_one(step: Step) -> None:
        if written:
            raise RetryLater("busy", after=600)
        written.append(step)

    bench.partner.before_apply = only_one
    bench.sync()
    bench.partner.before_apply = lambda _step: None
    (step,) = written
    (key,) = (key for key in ("t1", "t2") if other(bench, key) == step.key)
    bench.cw.put("ticket", key, status="new")
    bench.clock.turn(minutes=11)
    bench.due()
    bench.sync()
    assert bench.cw.records[key]["status"] == "new", "the later edit stands, though the first had come to the partner"
    assert agree(bench)
    assert bench.issues() == {}


def test_edits_of_different_fields_meet_without_a_conflict(bench: Bench) -> None:
    bench.cw.put("ticket", "t1", status="done")
    bench.partner.put("ticket", other(bench, "t1"), due="2026-12-01")
    bench.sync()
    assert agree(bench)
    assert (bench.cw.records["t1"]["due"], conflicts(bench, Ref("ticket", "cw", "t1"))) == ("2026-12-01", [])


@pytest.mark.parametrize(("owners", "kept"), [({}, "2026-12-01"), ({"due": "cw"}, "2026-11-28")])
def test_a_conflict_goes_to_the_owner_and_the_history_has_both_values(
    bench: Bench, owners: dict[str, str], kept: str
) -> None:
    bench.connect(owners=owners)
    bench.cw.put("ticket", "t1", due="2026-11-28")
    bench.partner.put("ticket", other(bench, "t1"), due="2026-12-01")
    bench.sync()
    assert agree(bench)
    lost = "2026-11-28" if kept == "2026-12-01" else "2026-12-01"
    assert bench.cw.records["t1"]["due"] == kept
    assert conflicts(bench, Ref("ticket", "cw", "t1")) == [({"due": lost}, {"due": kept})]
    bench.sync()
    assert len(conflicts(bench, Ref("ticket", "cw", "t1"))) == 1


def test_a_side_that_cuts_what_it_is_given_is_not_taken_to_have_changed_it(bench: Bench) -> None:
    whole = bench.partner.put

    def cut(kind: str, key: str, **fields: Any) -> Any:
        return whole(kind, key, **{name: str(value)[:5] if name == "name" else value for name, value in fields.items()})

    bench.partner.put = cut
    bench.cw.put("ticket", "t1", name="A very long name")
    bench.sync()
    assert bench.partner.records[other(bench, "t1")]["name"] == "A ver"
    bench.partner.put("ticket", other(bench, "t1"), due="2026-12-01")
    bench.sync()
    assert bench.cw.records["t1"]["name"] == "A very long name"
    assert bench.cw.records["t1"]["due"] == "2026-12-01"
    assert conflicts(bench, Ref("ticket", "cw", "t1")) == []


def test_a_deleted_ticket_is_asked_for_and_then_deleted_on_the_other_side(bench: Bench) -> None:
    gone = other(bench, "t1")
    del bench.cw.records["t1"]
    assert bench.sync()["queued"] == 0, "a delta run does not look for what is gone"
    bench.clock.turn(hours=25)
    assert bench.sync()["applied"] == 1
    assert gone not in bench.partner.records
    assert f"get {'t1'}" in bench.cw.calls
    assert {link.cw_id for link in bench.links()} == {"p1", "f1", "t2"}


def test_a_list_that_lacks_a_record_deletes_nothing(bench: Bench) -> None:
    listed = bench.cw.list
    bench.cw.list = lambda kind, **wanted: [one for one in listed(kind, **wanted) if one["id"] != "t1"]
    bench.clock.turn(hours=25)
    assert bench.sync()["in_step"] == 1
    assert len(bench.links()) == 4


def test_what_both_sides_deleted_is_forgotten(bench: Bench) -> None:
    del bench.partner.records[other(bench, "t1")]
    del bench.cw.records["t1"]
    bench.clock.turn(hours=25)
    bench.sync()
    assert {link.cw_id for link in bench.links()} == {"p1", "f1", "t2"}
    assert bench.sync(mode="comprehensive")["queued"] == 0


def test_many_deletions_wait_for_a_person_who_may_approve_some(bench: Bench) -> None:
    theirs = [other(bench, key) for key in ("t1", "t2")]
    del bench.cw.records["t1"], bench.cw.records["t2"]
    bench.cw.put("phase", "f1", name="Wiring")
    bench.clock.turn(hours=25)
    assert bench.sync()["issue"] == 1
    assert all(key in bench.partner.records for key in theirs)
    assert bench.partner.records[other(bench, "f1", "phase")]["name"] == "Wiring", "the rest goes on"
    (issue,) = bench.store.issues.of_scope(bench.key, HOME)
    assert issue.issue.code == "TOO_MANY_DELETIONS"
    assert "2 of 4 records of project Office move" in issue.issue.message
    assert "Ticket t2, Ticket t1" in issue.issue.message
    assert bench.sync(mode="comprehensive")["queued"] == 0, "asked once"
    by_name = {one.name.text: one for one in bench.store.proposals.of_flow(bench.key)}
    assert set(by_name) == {"Ticket t1", "Ticket t2"}
    bench.operator().approve([by_name["Ticket t1"]])
    bench.deliver()
    assert [key in bench.partner.records for key in theirs] == [False, True]


def test_only_new_records_are_carried_over_if_so_set(bench: Bench) -> None:
    bench.connect(create_only=True)
    ticket(bench, "t3", phase="f1")
    bench.cw.put("ticket", "t1", name="Renamed")
    del bench.cw.records["t2"]
    bench.sync(mode="comprehensive")
    assert len(bench.links()) == 5
    names = {one["name"] for one in bench.partner.records.values()}
    assert {"Ticket t1", "Ticket t2", "Ticket t3"} <= names
    assert bench.sync(mode="comprehensive")["queued"] == 0
    bench.connect()
    bench.sync()
    assert bench.partner.records[other(bench, "t1")]["name"] == "Renamed", "it was not taken for agreed meanwhile"


def test_a_change_that_a_person_keeps_out_is_no_conflict_until_it_is_carried(bench: Bench) -> None:
    bench.connect(exclude_fields=["due"])
    bench.cw.put("ticket", "t1", due="2026-11-28")
    bench.partner.put("ticket", other(bench, "t1"), due="2026-12-01")
    bench.sync()
    assert conflicts(bench, Ref("ticket", "cw", "t1")) == []
    bench.connect()
    bench.sync()
    assert len(conflicts(bench, Ref("ticket", "cw", "t1"))) == 1


def test_a_refused_ticket_holds_up_neither_the_others_nor_their_answers(bench: Bench) -> None:
    bench.partner.refuses = {"Bad": "No such name."}
    bad = ticket(bench, "t3", name="Bad")
    ticket(bench, "t4")
    bench.cw.put("ticket", "t1", status="done")
    assert bench.sync()["issue"] == 1
    assert isinstance(bench.state(Ref("ticket", "cw", "t4")), Link)
    assert bench.partner.records[other(bench, "t1")]["status"] == "done"
    assert {link.cw_id for link in bench.links() if link.waiting} == {"p1"}, "only the home tells of its parts"
    (found,) = find(bench.store, [bench.key], str(bad))
    assert answer(bench.store, found).because == "Moovila refused Bad: No such name."
    (fine,) = find(bench.store, [bench.key], str(Ref("ticket", "cw", "t4")))
    assert answer(bench.store, fine).status == "in step"


def test_what_hangs_on_a_refused_phase_waits_with_it(bench: Bench) -> None:
    bench.partner.refuses = {"Bad": "No such name."}
    bench.cw.put("phase", "f2", name="Bad", project="p1")
    ticket(bench, "t3", phase="f2")
    bench.sync()
    assert not isinstance(bench.state(Ref("ticket", "cw", "t3")), Link)
    bench.partner.refuses = {}
    bench.clock.turn(minutes=6)
    bench.due()
    assert agree(bench)
    assert bench.issues() == {}


def test_ten_changes_of_one_project_are_one_look(bench: Bench) -> None:
    for number in range(10):
        bench.change(ticket(bench, f"t{number + 10}"))
    bench.partner.calls.clear()
    counts = bench.deliver()
    assert (counts["applied"], counts["in_step"]) == (1, 9)
    assert bench.partner.calls.count("list phase") == 1
    assert agree(bench)


def test_a_lost_answer_makes_no_twin(bench: Bench) -> None:
    ticket(bench, "t3")
    bench.partner.lose_answers = 1
    bench.sync()
    bench.clock.turn(minutes=6)
    bench.due()
    assert agree(bench)
    assert len(bench.links()) == 5


def test_a_cancelled_ticket_stays_out_and_the_project_goes_on(bench: Bench) -> None:
    bench.operator().cancel(bench.key, Ref("ticket", "cw", "t1"), "billed elsewhere")
    bench.deliver()
    bench.cw.put("ticket", "t1", name="Renamed")
    bench.cw.put("ticket", "t2", name="Renamed, too")
    bench.sync()
    assert bench.partner.records[other(bench, "t1")]["name"] == "Ticket t1"
    assert bench.partner.records[other(bench, "t2")]["name"] == "Renamed, too"


def test_why_a_ticket_is_left_alone_is_said_by_its_project(bench: Bench) -> None:
    bench.operator().cancel(bench.key, HOME, "a test")
    bench.deliver()
    (found,) = find(bench.store, [bench.key], "Ticket t1")
    told = answer(bench.store, found)
    assert (told.status, told.because) == ("cancelled", "Cancelled by kim: a test.")
    writes = [bench.state(Ref("ticket", "cw", key)).revision for key in ("t1", "t2")]
    assert writes == [2, 2], "settled once; that their project is left alone is no news of theirs"
