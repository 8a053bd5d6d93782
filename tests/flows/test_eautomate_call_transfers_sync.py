"""Call transfers end to end, on real parts; the links of customers stand as their flow made them."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest

from functions.eautomate_call_transfers import flow
from functions.eautomate_call_transfers.situations import call_ref, ticket_ref
from functions.error_digest.attempting import send_attempts
from infra.local.cloud.stack import Stack
from shared.sync.clock import RandomIds
from shared.sync.connection import Mail
from shared.sync.flow import View
from shared.sync.link import Link, Seen
from shared.sync.operating import Operator
from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig, rigged

TICKETS = "service/tickets"
POST, READ, FIND = "POST /service/tickets", "GET /service/tickets/{id}", "GET /service/tickets"
FILTERS = {"call_type": ["REM"]}


class Dealer:
    """Acme, customer C100, mapped to its company, with a location; and calls as people open them."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.eautomate = rig, rig.psa, rig.eautomate
        self.company = self.psa.add("company/companies", identifier="ACME", name="Acme", addressLine1="1 Main St")["id"]
        self.eautomate.add_customer("C100", "Acme Dental", BranchNumber="1")
        self.map("C100", self.company)

    def map(self, number: str, record: int, kind: str = "customer-company") -> None:
        """Links a customer as the customer flow does, waking who waits for it."""
        link = Link(kind, str(record), str(self.eautomate.customers[number].id), rules="1")
        key = FlowKey("demo", "eautomate_customers")
        self.rig.store.links.link(key, link)
        wake_waiters(self.rig.store, key, link, self.rig.clock.now())

    def call(self, customer: str = "C100", **fields: Any) -> str:
        """A call that somebody opened; its id."""
        given = {"Description": "Server is slow", "CallType": "REM", "StatusCode": "P", **fields}
        return str(self.eautomate.calls.add(customer, **given).id)

    def edit(self, call: str, **fields: Any) -> None:
        self.eautomate.calls.edit(self.number(call), **fields)

    def number(self, call: str) -> str:
        return next(row.number for row in self.eautomate.calls if str(row.id) == call)

    def hold(self, call: str) -> str:
        """The hold code of a call; empty: not on hold."""
        code = self.eautomate.calls[self.number(call)].values["HoldCode"]
        return str(code.code) if code else ""

    def tickets(self) -> list[dict[str, Any]]:
        return self.psa.records(TICKETS)

    def mailed(self) -> list[str]:
        """The subjects of the mails of attempts that go out now."""
        sent: list[EmailMessage] = []
        post = SimpleNamespace(send=sent.append)
        send_attempts(self.rig.store, post, self.rig.clock, holder=f"run {self.rig.clock.now()}")
        return [mail["Subject"] for mail in sent]

    @property
    def kim(self) -> Operator:
        """Somebody who may do all that operators may."""
        return Operator(self.rig.store, self.rig.queue, self.rig.clock, RandomIds(), "kim")

    def link(self, call: str) -> Link:
        state = self.rig.state(call_ref(call))
        assert isinstance(state, Link)
        return state

    def reason(self, call: str) -> str:
        state = self.rig.state(call_ref(call))
        assert isinstance(state, Seen)
        return state.reason


@pytest.fixture
def dealer(stack: Stack, aws: None) -> Iterator[Dealer]:
    with rigged("eautomate_call_transfers", stack, filters=FILTERS) as rig:
        yield Dealer(rig)


@pytest.mark.rule("EA-46")
@pytest.mark.rule("EA-48")
def test_a_call_becomes_a_ticket_is_linked_and_then_held(dealer: Dealer) -> None:
    call = dealer.call(Caller="Ann", PONumber="PO-7")
    assert dealer.rig.sync()["applied"] == 1
    (ticket,) = dealer.tickets()
    number = dealer.number(call)
    assert ticket["summary"] == f"{number}: Server is slow"
    assert (ticket["company"]["id"], ticket["externalXRef"], ticket["poNumber"]) == (
        dealer.company,
        f"e-automate call {number} (demo)",
        "PO-7",
    )
    assert dealer.hold(call) == "CW"
    link = dealer.link(call)
    assert (link.cw_id, link.partner_name, link.waiting) == (str(ticket["id"]), f"call {number} of Acme Dental", False)
    told = sorted(entry.what for entry in dealer.rig.history(call_ref(call)))
    assert told[0].startswith("Created ticket in ConnectWise and linked.")
    assert told[1].startswith(f"Put on hold call {call} in e-automate.")


@pytest.mark.rule("EA-48")
def test_it_is_read_back_before_the_call_is_held(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.psa.faults.order("status", operation=r"GET /service/tickets/\{id\}", status=503, times=1)
    dealer.rig.sync()
    assert len(dealer.tickets()) == 1
    assert dealer.hold(call) == "", "a ticket that nobody has seen is none to rely on"
    dealer.rig.tick(minutes=6)
    assert len(dealer.tickets()) == 1, "it is found again by its reference"
    assert dealer.hold(call) == "CW"


@pytest.mark.rule("EA-48")
@pytest.mark.rule("EA-49")
def test_a_call_whose_ticket_is_refused_is_not_held_and_is_tried_again_untouched(dealer: Dealer) -> None:
    dealer.rig.settings(filters=FILTERS, board="Nope")
    call = dealer.call()
    assert dealer.rig.sync()["issue"] == 1
    assert (dealer.tickets(), dealer.hold(call)) == ([], "")
    issue = dealer.rig.issues()["REFUSED", f"call {dealer.number(call)} of Acme Dental"]
    assert "ConnectWise refused call" in issue.issue.message
    assert "oard" in issue.issue.message
    dealer.psa.add(
        "service/boards", name="Nope", location={"name": "Tampa Office"}, department={"identifier": "Managed"}
    )
    dealer.rig.tick(minutes=6)
    assert len(dealer.tickets()) == 1
    assert dealer.hold(call) == "CW"
    assert dealer.rig.codes() == []


@pytest.mark.rule("EA-49")
@pytest.mark.rule("EA-60")
def test_a_call_on_hold_is_not_attempted_and_is_on_the_next_pass_once_it_is_off(dealer: Dealer) -> None:
    call = dealer.call(HoldCode="PARTS")
    assert dealer.rig.sync()["skipped"] == 1
    assert dealer.psa.requests[POST] == 0
    assert "It is on hold (PARTS)" in dealer.reason(call)
    dealer.edit(call, HoldCode=None)
    assert dealer.rig.sync("delta")["applied"] == 1
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, "CW")


@pytest.mark.rule("EA-49")
@pytest.mark.rule("EA-60")
def test_a_failing_call_that_is_put_on_hold_is_left_alone_until_it_is_off_hold(dealer: Dealer) -> None:
    dealer.rig.settings(filters=FILTERS, board="Nope")
    call = dealer.call()
    dealer.rig.sync()
    dealer.edit(call, HoldCode="CUST")
    dealer.rig.sync()
    assert dealer.rig.codes() == []
    dealer.rig.forget()
    dealer.rig.tick(hours=30)
    assert dealer.psa.requests[POST] == 0
    dealer.edit(call, HoldCode=None)
    dealer.rig.sync()
    assert dealer.rig.codes() == ["REFUSED"]


@pytest.mark.rule("EA-60")
def test_a_hold_that_ended_in_a_pause_is_seen_after_it(dealer: Dealer) -> None:
    call = dealer.call(HoldCode="PARTS")
    dealer.rig.sync()
    connection = dealer.rig.store.flows.connection("demo")
    assert connection is not None
    dealer.kim.pause(connection, None, "a holiday")
    dealer.edit(call, HoldCode=None)
    dealer.rig.tick(minutes=16)
    assert dealer.hold(call) == ""
    dealer.kim.resume(connection, None)
    dealer.rig.tick()
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, "CW")


@pytest.mark.rule("EA-47")
def test_each_attempt_is_mailed_as_the_sync_left_it_in_the_table(dealer: Dealer) -> None:
    """A call that fails, fails again, and comes off once its board is there."""
    dealer.rig.settings(filters=FILTERS, board="Nope")
    connection = dealer.rig.store.flows.connection("demo")
    assert connection is not None
    mailed = connection.model_copy(update={"mail": Mail(recipients=["desk@example.com"])})
    dealer.rig.store.flows.put_connection(mailed)
    call = dealer.call()
    dealer.rig.sync()
    assert dealer.mailed() == [f"demo: FAIL: call {dealer.number(call)} of Acme Dental"]
    assert dealer.mailed() == []
    dealer.rig.tick(minutes=6)
    assert dealer.mailed() == [f"demo: FAIL: call {dealer.number(call)} of Acme Dental"]
    dealer.psa.add(
        "service/boards", name="Nope", location={"name": "Tampa Office"}, department={"identifier": "Managed"}
    )
    dealer.rig.tick(minutes=11)
    (ticket,) = dealer.tickets()
    assert dealer.mailed() == [f"demo: OK: call {dealer.number(call)} of Acme Dental is ticket {ticket['id']}"]


@pytest.mark.rule("EA-04")
def test_a_call_waits_for_its_customer_and_follows_within_a_minute(dealer: Dealer) -> None:
    dealer.eautomate.add_customer("C200", "Birch Legal")
    company = dealer.psa.add("company/companies", identifier="BIRCH", name="Birch", addressLine1="2 Main St")["id"]
    call = dealer.call("C200")
    assert dealer.rig.sync()["issue"] == 1
    assert dealer.rig.codes() == ["CUSTOMER_NOT_MAPPED"]
    assert dealer.hold(call) == ""
    dealer.map("C200", company)
    dealer.rig.tick()
    assert [ticket["company"]["id"] for ticket in dealer.tickets()] == [company]
    assert dealer.rig.codes() == []


def test_a_locations_call_becomes_a_ticket_at_its_site(dealer: Dealer) -> None:
    site = dealer.psa.add(f"company/companies/{dealer.company}/sites", name="North")["id"]
    dealer.eautomate.add_customer("C100-1", "Acme North", parent="C100")
    dealer.eautomate.add_customer("C100-1-1", "Acme North, annex", parent="C100-1")
    dealer.call("C100-1-1")
    assert dealer.rig.sync()["issue"] == 1
    dealer.map("C100-1-1", site, "location-site")
    dealer.rig.tick()
    (ticket,) = dealer.tickets()
    assert (ticket["company"]["id"], ticket["site"]["id"]) == (dealer.company, site)


def test_which_calls_move_may_depend_on_the_customers_branch(dealer: Dealer) -> None:
    dealer.rig.settings(filters={"branch": ["2"]})
    dealer.eautomate.add_customer("C200", "Birch Legal", BranchNumber="2")
    company = dealer.psa.add("company/companies", identifier="BIRCH", name="Birch", addressLine1="2 Main St")["id"]
    dealer.map("C200", company)
    dealer.call("C100")
    dealer.call("C200")
    counts = dealer.rig.sync()
    assert (counts["applied"], counts["skipped"]) == (1, 1)
    assert [ticket["company"]["id"] for ticket in dealer.tickets()] == [company]


@pytest.mark.parametrize("fault", ["lost_answer", "cut"])
def test_a_create_whose_answer_was_lost_makes_one_ticket(dealer: Dealer, fault: str) -> None:
    call = dealer.call()
    dealer.psa.faults.order(fault, operation="POST /service/tickets")
    dealer.rig.sync()
    for _ in range(3):
        dealer.rig.tick(minutes=6)
    assert len(dealer.tickets()) == 1
    assert dealer.hold(call) == "CW"
    assert dealer.rig.codes() == []


def test_a_refused_hold_leaves_the_ticket_and_is_made_up_for(dealer: Dealer) -> None:
    dealer.rig.settings(filters=FILTERS, hold_code="NOPE")
    call = dealer.call()
    assert dealer.rig.sync()["issue"] == 1
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, "")
    assert dealer.rig.codes() == ["REFUSED"]
    dealer.rig.settings(filters=FILTERS, hold_code="CW")
    dealer.rig.tick(minutes=6)
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, "CW")
    assert dealer.rig.codes() == []


@pytest.mark.rule("EA-07")
def test_without_the_service_call_flow_nothing_of_a_ticket_comes_back(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.rig.sync()
    (ticket,) = dealer.tickets()
    dealer.psa.edit(TICKETS, ticket["id"], status={"name": "Closed"}, summary="Done")
    dealer.rig.forget()
    for mode in ("delta", "comprehensive"):
        dealer.rig.sync(mode)
    assert not dealer.rig.written("eautomate")
    assert not dealer.rig.written("connectwise_psa")
    assert dealer.hold(call) == "CW"


@pytest.mark.rule("EA-07")
@pytest.mark.rule("EA-59")
def test_other_flows_find_the_call_of_a_ticket_by_its_link(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.rig.sync()
    (ticket,) = dealer.tickets()
    seen = View(dealer.rig.store.links, FlowKey("demo", "eautomate_service_calls"))
    ref = Ref("call-ticket", "cw", str(ticket["id"]))
    state = seen.find([ref], flow="eautomate_call_transfers")[ref]
    assert isinstance(state, Link)
    assert state.partner_id == call


@pytest.mark.rule("EA-07")
@pytest.mark.rule("EA-59")
def test_with_the_service_call_flow_the_time_of_a_ticket_comes_back_to_its_call_once(dealer: Dealer) -> None:
    rig, store = dealer.rig, dealer.rig.store
    (member,) = (one for one in dealer.psa.records("system/members") if one["identifier"] == "Admin1")
    technician = dealer.eautomate.codes.add_technician("T7", "Tess", "Seven")
    link = Link("member-technician", str(member["id"]), str(technician.id), rules="1")
    store.links.link(FlowKey("demo", "eautomate_reference_data"), link)
    connection = store.flows.connection("demo")
    assert connection is not None
    both = {
        **connection.flows,
        "eautomate_service_calls": {"ticket_statuses": ["Ready to Invoice"], "call_status": "O"},
    }
    store.flows.put_connection(connection.model_copy(update={"flows": both}))
    back = Rig("eautomate_service_calls", rig.simulators, rig.clock, rig.runtime)

    call = dealer.call()
    rig.sync()
    (ticket,) = dealer.tickets()
    back.sync()
    assert dealer.hold(call) == "CW", "its ticket is not done"
    dealer.psa.add(
        "time/entries", chargeToId=ticket["id"], chargeToType="ServiceTicket", member={"identifier": "Admin1"},
        timeStart="2026-11-02T08:00:00Z", timeEnd="2026-11-02T09:30:00Z",
    )  # fmt: skip
    dealer.psa.edit(TICKETS, ticket["id"], status={"name": "Ready to Invoice"})
    for _ in range(3):
        rig.clock.turn(minutes=16)
        back.sync()
        rig.sync("comprehensive")
    (only,) = dealer.eautomate.calls
    assert str(only.id) == call, "no second call is made"
    assert len(only.values["Labors"]) == 1, "it is billed once"
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, ""), "off hold, it is to be invoiced"
    assert rig.codes() == []


@pytest.mark.rule("EA-59")
@pytest.mark.parametrize(("owner", "kind"), [
    ("eautomate_service_calls", "ticket-call"),
    ("eautomate_service_calls", "invoice-call"),
    ("eautomate_project_invoices", "project-invoice-call"),
])  # fmt: skip
def test_a_call_that_another_flow_made_does_not_go_back(dealer: Dealer, owner: str, kind: str) -> None:
    call = dealer.call()
    dealer.rig.store.links.link(FlowKey("demo", owner), Link(kind, "12000", call, rules="1"))
    assert dealer.rig.sync()["skipped"] == 1
    assert dealer.tickets() == []
    assert owner in dealer.reason(call)


@pytest.mark.rule("EA-59")
def test_a_call_that_came_back_and_is_off_hold_is_not_moved_or_held_again(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.rig.sync()
    dealer.edit(call, HoldCode=None, Notes="Done in ConnectWise")
    assert dealer.rig.sync()["in_step"] == 1
    assert (len(dealer.tickets()), dealer.hold(call)) == (1, "")


def test_a_ticket_that_was_deleted_is_told_and_unlinked_the_call_moves_again(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.rig.sync()
    (ticket,) = dealer.tickets()
    dealer.psa.delete(TICKETS, ticket["id"])
    assert dealer.rig.sync("comprehensive")["issue"] == 1
    assert dealer.rig.codes() == ["TICKET_GONE"]
    assert dealer.rig.sync("comprehensive")["issue"] == 0, "once is enough"
    dealer.kim.unlink(dealer.rig.key, call_ref(call))
    dealer.rig.deliver()
    assert dealer.tickets() == []
    assert "on hold (CW)" in dealer.reason(call)
    dealer.edit(call, HoldCode=None)
    dealer.rig.sync()
    assert len(dealer.tickets()) == 1
    assert dealer.rig.codes() == []


def test_a_ticket_of_nobody_and_a_call_that_is_not_there_are_left_alone(dealer: Dealer) -> None:
    assert dealer.rig.look(ticket_ref("4711"))["skipped"] == 1
    assert dealer.rig.look(call_ref("4711"))["skipped"] == 1


def test_what_is_unchanged_costs_no_message_no_write_and_no_request_of_its_own(dealer: Dealer) -> None:
    for _ in range(3):
        dealer.call()
    dealer.call(CallType="SC")
    dealer.call(HoldCode="PARTS")
    dealer.call(StatusCode="C")
    dealer.rig.sync()
    dealer.rig.clock.turn(minutes=1)
    dealer.rig.sync("delta")
    dealer.rig.forget()
    for mode in ("delta", "comprehensive"):
        dealer.rig.clock.turn(minutes=1)
        dealer.rig.sync(mode)
    assert dealer.rig.sent() == []
    assert dealer.eautomate.requests["getServiceCall"] == 0
    assert dealer.psa.requests[FIND] == 1, "all linked tickets at once, in the comprehensive scan"


def test_calls_of_a_batch_are_observed_by_one_request_of_each_sort(dealer: Dealer) -> None:
    for _ in range(5):
        dealer.call()
    dealer.rig.forget()
    dealer.rig.sync()
    assert len(dealer.tickets()) == 5
    assert dealer.psa.requests[FIND] == 1
    assert dealer.eautomate.requests["getCustomerDataList"] == 1
    assert (dealer.psa.requests[POST], dealer.psa.requests[READ]) == (5, 5)


def test_a_scan_goes_on_where_it_stopped(dealer: Dealer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "CHUNK", 2)
    for _ in range(5):
        dealer.call()
    dealer.rig.remaining = 40.0
    dealer.rig.sync()
    assert len(dealer.tickets()) == 5


def test_new_settings_look_at_calls_that_were_left_alone(dealer: Dealer) -> None:
    dealer.call(CallType="SC")
    assert dealer.rig.sync()["skipped"] == 1
    dealer.rig.settings(filters={"call_type": ["SC"]})
    dealer.rig.tick(minutes=16)
    dealer.rig.sync()
    assert len(dealer.tickets()) == 1


def test_a_preview_tells_ticket_and_hold_as_one_and_writes_nothing(dealer: Dealer) -> None:
    dealer.rig.settings(filters=FILTERS, preview=True)
    call = dealer.call()
    assert dealer.rig.sync()["proposed"] == 1
    (proposal,) = dealer.rig.store.proposals.of_flow(dealer.rig.key)
    assert [f"{step.verb} {step.kind}" for step in proposal.steps] == ["create ticket", "link call-ticket", "hold call"]
    assert (dealer.tickets(), dealer.hold(call)) == ([], "")


def test_a_look_at_the_ticket_is_one_at_its_call(dealer: Dealer) -> None:
    call = dealer.call()
    dealer.rig.look(call_ref(call))
    (ticket,) = dealer.tickets()
    assert dealer.rig.look(ticket_ref(str(ticket["id"])))["in_step"] == 1
    assert len(dealer.tickets()) == 1


def test_two_connections_that_share_a_connectwise_do_not_take_each_others_tickets(dealer: Dealer) -> None:
    """Both dealers number their calls alike."""
    call = dealer.call()
    dealer.psa.add(
        TICKETS, summary="Another dealer's", company={"id": dealer.company},
        externalXRef=f"e-automate call {dealer.number(call)} (other)",
    )  # fmt: skip
    dealer.rig.sync()
    assert len(dealer.tickets()) == 2
