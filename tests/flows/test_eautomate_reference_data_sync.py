"""Reference data end to end: lists on sockets, links in the table, a person's hand, and whoever waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.eautomate_reference_data.flow import FLOW
from infra.local.cloud.stack import Stack
from shared.partners.eautomate import TECHNICIAN, code_id
from shared.sync.clock import RandomIds
from shared.sync.flow import Situation, View
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, Seen
from shared.sync.operating import NotPossible, Operator
from shared.sync.record import FlowKey, Name, Ref
from tests.flows.rig import Rig, rigged

MEMBERS = "system/members"
KIND = TECHNICIAN.kind


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    """The flow with technicians only, and with no other flow in use."""
    with rigged("eautomate_reference_data", stack, kinds=[KIND]) as rig:
        yield rig


@pytest.fixture
def kim(rig: Rig) -> Operator:
    return Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim")


def add_member(rig: Rig, identifier: str, name: str = "Somebody Else", **fields: Any) -> Ref:
    """A member, by the address that it has where technicians are linked."""
    first, _, last = name.partition(" ")
    found = rig.psa.add(
        MEMBERS, identifier=identifier, firstName=first, lastName=last, licenseClass="F", securityRole={"id": 1},
        hireDate="2020-01-01T00:00:00Z", defaultEmail="Office", defaultPhone="Office", **fields,
    )  # fmt: skip
    return Ref(KIND, "cw", str(found["id"]))


def call_type(rig: Rig, code: str) -> str:
    """A call type's ID."""
    return str(rig.eautomate.company.tables["call_types"][code].id)


def technician(rig: Rig, number: str) -> str:
    """A technician's ID."""
    return str(rig.eautomate.codes.technicians[number].id)


def linked_to(rig: Rig, ref: Ref) -> str:
    """The ID of whom a member is linked to; empty if it is not."""
    state = rig.state(ref)
    return state.partner_id if isinstance(state, Link) else ""


def waits_for(rig: Rig, member: Ref) -> OpenIssue:
    """A call whose technician is not mapped."""
    call = Ref("ticket-call", "cw", "4711")
    found = TECHNICIAN.find(View(rig.store.links, rig.key), "cw", [member.id])[member.id]
    issue = TECHNICIAN.issue(Situation(home=call, name=Name("ticket 4711")), Name("member reed"), found)
    waiting = OpenIssue(FlowKey("demo", "eautomate_service_calls"), call, issue, first_seen=rig.clock.now())
    rig.store.issues.keep(waiting)
    return waiting


# Scans


@pytest.mark.rule("EA-39", "EA-04")
def test_members_and_technicians_are_linked_and_nothing_is_written_to_either_system(rig: Rig) -> None:
    """No other flow is in use: nothing but the customer sync is ever required of anybody (EA-04)."""
    reed, lopez = add_member(rig, "reed"), add_member(rig, "ML", "Marta Lopez")
    assert rig.sync()["applied"] == 2
    assert linked_to(rig, reed) == technician(rig, "REED")
    assert linked_to(rig, lopez) == technician(rig, "LOPEZ")
    assert rig.codes() == []
    assert not rig.written("connectwise_psa")
    assert not rig.written("eautomate")
    (entry,) = rig.history(reed)
    assert entry.what == "Linked. Matched by identifier or employee number."
    patel = rig.state(Ref(KIND, "partner", technician(rig, "PATEL")))
    assert isinstance(patel, Seen)
    assert (patel.name, patel.reason) == ("technician PATEL (Asha Patel)", "No member is linked to it.")


@pytest.mark.parametrize("mode", ["delta", "comprehensive"])
def test_an_unchanged_run_reads_each_list_once_and_queues_nothing(rig: Rig, mode: str) -> None:
    add_member(rig, "reed")
    rig.settings()
    rig.sync()
    rig.forget()
    counts = rig.sync(mode)
    assert (counts["queued"], set(counts)) == (0, {"scanned"})
    assert rig.sent() == []
    boards = len(rig.psa.records("service/boards"))
    assert rig.psa.requests == {
        "GET /system/members": 2, "GET /time/workTypes": 1, "GET /service/boards": 1,
        "GET /service/boards/{id}/types": boards, "GET /system/locations": 1, "GET /finance/billingTerms": 1,
        "GET /finance/taxCodes": 1,
    }  # fmt: skip
    assert set(rig.eautomate.requests.values()) == {1}
    assert len(rig.eautomate.requests) == 7


@pytest.mark.rule("EA-39")
def test_a_technician_that_comes_later_is_linked_by_the_next_scan(rig: Rig) -> None:
    member = add_member(rig, "hansen", "Ole Hansen")
    rig.sync()
    rig.forget()
    rig.eautomate.codes.add_technician("T7", "Ole", "Hansen")
    assert rig.sync()["applied"] == 1
    assert linked_to(rig, member) == technician(rig, "T7")
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("EA-39")
def test_who_waits_for_a_technician_is_due_as_soon_as_it_is_linked(rig: Rig) -> None:
    member = add_member(rig, "hansen", "Ole Hansen")
    rig.sync()
    waiting = waits_for(rig, member)
    assert "not mapped yet (No technician has its identifier" in waiting.issue.message
    rig.eautomate.codes.add_technician("HANSEN", "O.", "H.")
    rig.clock.turn(minutes=60)
    rig.sync()
    (now,) = rig.store.issues.of_scope(waiting.flow, waiting.scope)
    assert now.due == rig.clock.now()


@pytest.mark.rule("EA-39")
def test_a_technician_that_turns_inactive_and_goes_leaves_the_link_with_a_warning(rig: Rig) -> None:
    member = add_member(rig, "reed")
    rig.sync()
    before = linked_to(rig, member)
    rig.eautomate.codes.edit_technician("REED", Active=False)
    rig.sync()
    assert (linked_to(rig, member), rig.codes()) == (before, ["INACTIVE_IN_EAUTOMATE"])
    assert rig.sync()["queued"] == 0
    rig.eautomate.codes.edit_technician("REED", Active=True)
    rig.sync()
    assert rig.codes() == []
    rig.eautomate.codes.remove("technicians", "REED")
    rig.sync()
    assert (linked_to(rig, member), rig.codes()) == (before, ["GONE_FROM_EAUTOMATE"])
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("EA-39")
def test_ambiguous_technicians_are_an_issue_until_the_lists_tell_them_apart(rig: Rig) -> None:
    member = add_member(rig, "LL", "Marta Lopez")
    rig.eautomate.codes.add_technician("LOPEZ2", "Marta", "Lopez")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"]
    assert rig.sync()["queued"] == 0
    rig.psa.edit(MEMBERS, int(member.id), employeeIdentifer="LOPEZ2")
    rig.sync()
    assert (linked_to(rig, member), rig.codes()) == (technician(rig, "LOPEZ2"), [])


@pytest.mark.rule("EA-39")
def test_settings_name_a_pair_and_it_is_linked_anew(rig: Rig) -> None:
    """What the flow had found for two members gives way, whichever of them is looked at first."""
    reed, lopez = add_member(rig, "reed"), add_member(rig, "lopez")
    rig.sync()
    rig.settings(kinds=[KIND], technicians={"reed": "LOPEZ"})
    rig.sync()
    rig.tick(minutes=6)
    rig.sync()
    assert linked_to(rig, reed) == technician(rig, "LOPEZ")
    assert linked_to(rig, lopez) == ""
    assert rig.codes() == []
    assert rig.sync()["queued"] == 0
    assert {entry.what for entry in rig.history(reed)} >= {
        "Unlinked. The settings name the pair.",
        "Linked. The settings name the pair.",
    }


def test_every_kind_is_linked_and_one_call_type_serves_many_boards(rig: Rig) -> None:
    rig.eautomate.codes.add("bill_codes", "Regular", "By the hour")
    rig.eautomate.codes.add("territories", "TPA", "Tampa Office")
    rig.eautomate.codes.add("terms", "N30", "Net 30 days")
    rig.eautomate.codes.add("tax_codes", "FL-TPA", "Tampa")
    rig.eautomate.codes.add("sales_reps", "reed")
    add_member(rig, "reed")
    rig.settings(bill_codes={"After Hours": "regular"})
    rig.sync()
    links = rig.links()
    by_kind: dict[str, list[str]] = {}
    for link in links.values():
        by_kind.setdefault(link.kind, []).append(f"{link.cw_name} = {link.partner_name}")
    assert {kind: sorted(pairs) for kind, pairs in by_kind.items()} == {
        "member-technician": ["member reed (Somebody Else) = technician REED (Jordan Reed)"],
        "member-sales-rep": ["member reed (Somebody Else) = sales rep reed"],
        "work-type-bill-code": [
            "work type After Hours = bill code Regular (By the hour)",
            "work type Regular = bill code Regular (By the hour)",
        ],
        "service-type-call-type": [
            f"service type {board}/Project work = call type PROJ (Project work)"
            for board in ("Field Service", "Help Desk", "Projects")
        ],
        "territory-territory": ["territory Tampa Office = e-automate territory TPA (Tampa Office)"],
        "terms-terms": ["billing term Net 30 days = e-automate term N30 (Net 30 days)"],
        "tax-code-tax-code": ["tax code FL-TPA = e-automate tax code FL-TPA (Tampa)"],
    }
    types = [link for link in links.values() if link.kind == "service-type-call-type"]
    assert {code_id(link.partner_id) for link in types} == {call_type(rig, "PROJ")}
    assert len({link.partner_id for link in types}) == 3
    assert rig.sync()["queued"] == 0


# A person's hand


def test_a_person_links_a_member_that_nobody_has_ever_looked_at(rig: Rig, kim: Operator) -> None:
    member = add_member(rig, "hansen", "Ole Hansen")
    waiting = waits_for(rig, member)
    kim.relink(rig.key, member, technician(rig, "PATEL"))
    rig.deliver()
    link = rig.state(member)
    assert isinstance(link, Link)
    assert (link.partner_id, link.how) == (technician(rig, "PATEL"), "kim linked them.")
    assert (link.cw_name, link.partner_name) == ("member hansen (Ole Hansen)", "technician PATEL (Asha Patel)")
    (now,) = rig.store.issues.of_scope(waiting.flow, waiting.scope)
    assert now.due == rig.clock.now(), "who waits for it is looked at now"
    assert rig.sync()["applied"] == 0
    assert linked_to(rig, member) == technician(rig, "PATEL")


@pytest.mark.rule("EA-24")
def test_a_person_settles_what_is_ambiguous_and_it_stays_so(rig: Rig, kim: Operator) -> None:
    member = add_member(rig, "LL", "Marta Lopez")
    rig.eautomate.codes.add_technician("LOPEZ2", "Marta", "Lopez")
    rig.sync()
    kim.relink(rig.key, Ref(KIND, "partner", technician(rig, "LOPEZ2")), member.id)
    rig.deliver()
    assert (linked_to(rig, member), rig.codes()) == (technician(rig, "LOPEZ2"), [])
    rig.sync("comprehensive")
    rig.psa.edit(MEMBERS, int(member.id), identifier="REED")
    rig.sync()
    assert linked_to(rig, member) == technician(rig, "LOPEZ2")


def test_a_person_relinks_and_both_technicians_are_looked_at(rig: Rig, kim: Operator) -> None:
    member = add_member(rig, "reed")
    rig.sync()
    kim.relink(rig.key, member, technician(rig, "PATEL"))
    rig.deliver()
    assert linked_to(rig, member) == technician(rig, "PATEL")
    left = rig.state(Ref(KIND, "partner", technician(rig, "REED")))
    assert isinstance(left, Seen)
    assert left.reason == "No member is linked to it."
    other = add_member(rig, "other")
    with pytest.raises(NotPossible, match="is linked to member reed"):
        kim.relink(rig.key, other, technician(rig, "PATEL"))
    assert rig.sync()["queued"] == 1, "the new member only"


def test_what_a_person_unlinks_stays_apart_though_its_name_fits_unless_he_wants_it_matched_anew(
    rig: Rig, kim: Operator
) -> None:
    member = add_member(rig, "reed")
    rig.sync()
    kim.unlink(rig.key, member)
    rig.deliver()
    rig.sync()
    assert linked_to(rig, member) == ""
    assert f"crosswise relink {member} {technician(rig, 'REED')}" in getattr(rig.state(member), "reason", "")
    kim.relink(rig.key, member, technician(rig, "REED"))
    rig.deliver()
    kim.unlink(rig.key, member, anew=True)
    rig.deliver()
    assert linked_to(rig, member) == technician(rig, "REED")


@pytest.mark.rule("EA-44")
def test_a_cancelled_technician_is_linked_to_nobody(rig: Rig, kim: Operator) -> None:
    member = add_member(rig, "reed")
    kim.cancel(rig.key, Ref(KIND, "partner", technician(rig, "REED")), "left the company")
    rig.deliver()
    assert rig.sync()["skipped"] > 0
    assert linked_to(rig, member) == ""
    assert rig.sync()["queued"] == 0
    kim.uncancel(rig.key, Ref(KIND, "partner", technician(rig, "REED")))
    rig.deliver()
    rig.look(member)
    assert linked_to(rig, member) == technician(rig, "REED")


def test_a_link_to_nobody_is_told(rig: Rig, kim: Operator) -> None:
    """A person who mistypes the ID is told by the look that follows."""
    member = add_member(rig, "hansen")
    kim.relink(rig.key, member, "99999")
    rig.deliver()
    assert rig.codes() == ["GONE_FROM_EAUTOMATE"]


def test_a_shared_code_is_unlinked_and_relinked_like_any_other(rig: Rig, kim: Operator) -> None:
    rig.settings(kinds=["service-type-call-type"])
    rig.sync()
    shared = next(link for link in rig.links().values() if "." in link.partner_id)
    kim.unlink(rig.key, shared.ref("cw"), anew=True)
    rig.deliver()
    again = rig.state(shared.ref("cw"))
    assert isinstance(again, Link)
    assert again.partner_id == shared.partner_id
    kim.relink(rig.key, shared.ref("cw"), call_type(rig, "SC"))
    rig.deliver()
    (relinked,) = (link for link in rig.links().values() if link.cw_id == shared.cw_id)
    assert relinked.partner_name == "call type SC (Service call)"
    assert rig.codes() == []
    assert rig.sync()["queued"] == 0


# What ConnectWise tells by itself


def test_a_member_that_connectwise_tells_of_is_linked_without_a_scan(rig: Rig) -> None:
    member = add_member(rig, "reed")
    assert rig.look(member)["applied"] == 1
    assert linked_to(rig, member) == technician(rig, "REED")
    assert FLOW.callbacks == {"connectwise_psa": {"member": KIND}}


def test_a_member_that_connectwise_does_not_list_is_left_alone(rig: Rig) -> None:
    assert rig.look(Ref(KIND, "cw", "99999"))["skipped"] == 1
    assert rig.codes() == []


def test_a_preview_links_nothing_and_an_approval_does(rig: Rig, kim: Operator) -> None:
    member = add_member(rig, "reed")
    rig.settings(kinds=[KIND], preview=True)
    assert rig.sync()["proposed"] == 1
    assert linked_to(rig, member) == ""
    kim.approve(list(rig.store.proposals.of_flow(rig.key)))
    rig.deliver()
    assert linked_to(rig, member) == technician(rig, "REED")
