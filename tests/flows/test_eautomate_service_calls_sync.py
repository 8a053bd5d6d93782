"""Service calls from end to end: tickets become calls, once, whatever is mended, moved or cut short on the way."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from email.message import EmailMessage

import pytest

from functions.eautomate_service_calls.situations import TICKET, TIME
from functions.error_digest.sending import send_digests
from infra.local.cloud.stack import Stack
from shared.partners.eautomate import AGREEMENTS, CONTRACT, PROJECT_INVOICES
from shared.sync.connection import Connection
from shared.sync.link import Intent, Link
from shared.sync.operating import Operator
from shared.sync.record import Ref
from shared.systems.connectwise_psa.tickets import PROJECT_TICKETS, SERVICE_TICKETS, TIME_ENTRIES
from tests.flows.rig import Rig, rigged
from tests.flows.service_calls import READY, SETTINGS, Desk


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_service_calls", stack, **SETTINGS) as rig:
        yield rig


def operator(rig: Rig) -> Operator:
    return Operator(rig.store, rig.queue, rig.clock, rig.runtime.tools.ids, "ann")


def later(rig: Rig) -> None:
    """The next run, a quarter of an hour on."""
    rig.clock.turn(minutes=15)
    rig.sync()


# Made once


@pytest.mark.rule("EA-43")
def test_a_ticket_in_a_status_becomes_a_call_with_a_line_for_each_time_entry(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1.5, poNumber="PO-7")
    desk.works(ticket, 2, member=1, billableOption="NoCharge")
    desk.eautomate.items.add("TONER", "Toner")
    desk.sells(ticket, quantity=2)
    assert rig.sync()["applied"] == 1
    call = desk.call()
    assert (call["Description"], call["CustomerNumber"], call["StatusCode"]) == (
        f"{ticket} Printer jams",
        "C100",
        "O",
    )
    assert (call["CallType"], call["BillCode"], call["Caller"], call["PONumber"]) == ("SC", "TM", "Ann", "PO-7")
    assert (call["UseUnknownEquipment"], call["TechnicianNumber"], call["HoldCode"]) == (True, "T0", None)
    assert desk.lines() == [("T0", Decimal("1.5"), Decimal("165.00")), ("T1", Decimal(2), Decimal(0))]
    (part,) = desk.calls[0].values["MaterialsUsed"]
    assert (part["Item"].code, part["Quantity"]) == ("TONER", Decimal(2))
    assert desk.linked() == {str(ticket): str(desk.calls[0].id)}
    (line,) = (link for link in desk.time_links().values() if link.agreed["who"] == "System Administrator")
    assert (line.agreed["hours"], line.agreed["amount"], line.agreed["call"]) == (
        Decimal("1.5"),
        Decimal("165.00"),
        str(desk.calls[0].id),
    )


def test_what_did_not_change_costs_no_look_and_our_own_call_does_not_come_back(rig: Rig) -> None:
    desk = Desk(rig)
    desk.ticket(1)
    desk.ticket(status="New")
    rig.sync()
    later(rig)
    rig.clock.turn(minutes=15)
    rig.forget()
    assert not rig.sync()["queued"]
    assert not rig.sync("comprehensive")["queued"]
    assert rig.written("eautomate") == {}
    assert rig.eautomate.requests["getServiceCall"] == 0
    assert len(desk.calls) == 1


def test_a_lost_answer_makes_no_second_call(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.eautomate.faults.order("lost_answer", operation="addCall2")
    rig.sync()
    assert isinstance(rig.state(Ref(TICKET, "cw", str(ticket))), Intent)
    # Somebody changes the time before the try is looked for: the line says what was given.
    entry = rig.psa.records(TIME_ENTRIES)[0]
    desk.psa.edit(TIME_ENTRIES, entry["id"], timeEnd=entry["timeEnd"][:14] + "30:00Z")
    for _ in range(8):
        rig.tick()
    assert len(desk.calls) == 1
    assert desk.linked() == {str(ticket): str(desk.calls[0].id)}
    assert rig.codes() == ["TIME_CHANGED_AFTER_CALL"]
    (issue,) = rig.issues().values()
    assert "1.00 hours" in issue.issue.message
    assert "1.50 hours" in issue.issue.message


@pytest.mark.rule("EA-51")
def test_a_ticket_without_time_is_skipped_and_follows_when_it_has_some(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket()
    assert rig.sync()["skipped"] == 1
    assert (desk.calls, rig.codes(), desk.why(ticket)) == ([], [], "It has no time entry.")
    desk.works(ticket, 1)
    later(rig)
    assert len(desk.calls) == 1


# What it waits for


@pytest.mark.rule("EA-39")
@pytest.mark.rule("EA-40")
def test_what_waits_for_customer_and_technician_follows_by_itself_as_it_is_then(rig: Rig) -> None:
    desk = Desk(rig, mapped=False)
    ticket = desk.ticket(1)
    desk.works(ticket, 1, member=1)
    rig.sync()
    assert rig.codes() == ["CUSTOMER_NOT_MAPPED", "TECHNICIAN_NOT_MAPPED"]
    assert {one.issue.category for one in rig.issues().values()} == {"mapping"}
    desk.psa.edit(SERVICE_TICKETS, ticket, summary="Printer on fire")
    entry = rig.psa.records(TIME_ENTRIES)[0]
    desk.psa.edit(TIME_ENTRIES, entry["id"], timeEnd=entry["timeEnd"][:14] + "30:00Z")
    desk.map_customer()
    rig.tick()
    assert (rig.codes(), desk.calls) == (["TECHNICIAN_NOT_MAPPED"], [])
    desk.map_technicians()
    rig.tick()
    assert rig.codes() == []
    assert desk.call()["Description"] == f"{ticket} Printer on fire"
    assert [hours for _, hours, _ in desk.lines()] == [Decimal("1.5"), Decimal(1)]


@pytest.mark.rule("EA-41")
def test_a_wrong_company_is_set_right_in_connectwise_and_the_call_goes_in(rig: Rig) -> None:
    desk = Desk(rig)
    wrong = desk.new_company("WRONG", "Wrong Co")
    ticket = desk.ticket(1, company={"id": wrong})
    rig.sync()
    assert rig.codes() == ["CUSTOMER_NOT_MAPPED"]
    desk.psa.edit(SERVICE_TICKETS, ticket, company={"id": desk.company})
    (issue,) = rig.issues().values()
    assert operator(rig).retry(issue)
    rig.deliver()
    assert (rig.codes(), desk.call()["CustomerNumber"]) == ([], "C100")


@pytest.mark.rule("EA-06")
def test_with_the_agreement_flow_a_covered_call_waits_for_its_contract(rig: Rig) -> None:
    desk = Desk(rig)
    desk.rig.put_beside(AGREEMENTS)
    agreement = desk.agreement()
    desk.eautomate.contracts.add("CN2", "C100")
    contract = desk.eautomate.contracts.add("CN1", "C100")
    desk.ticket(1, agreement={"id": agreement})
    rig.sync()
    assert (rig.codes(), desk.calls) == (["CONTRACT_NOT_MAPPED"], [])
    desk.rig.mapped(CONTRACT, agreement, contract.id)
    rig.tick()
    assert (rig.codes(), desk.call()["ContractNumber"]) == ([], "CN1")


@pytest.mark.rule("EA-06")
def test_without_the_agreement_flow_the_only_contract_is_taken_else_a_warning(rig: Rig) -> None:
    desk = Desk(rig)
    agreement = desk.agreement()
    ticket = desk.ticket(1, agreement={"id": agreement})
    rig.sync()
    assert (rig.codes(), desk.call()["ContractNumber"]) == (["NO_CONTRACT"], None)
    desk.eautomate.contracts.add("CN1", "C100")
    desk.eautomate.calls.edit(desk.calls[0].number, ContractNumber="CN1")
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert rig.codes() == []
    desk.ticket(1, agreement={"id": agreement})
    later(rig)
    assert (rig.codes(), desk.call(1)["ContractNumber"]) == ([], "CN1")


class Post:
    """Keeps what is mailed."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    def send(self, message: EmailMessage) -> str:
        self.subjects.append(message["Subject"])
        return "id"


@pytest.mark.rule("EA-38")
@pytest.mark.rule("EA-45")
def test_its_errors_come_on_two_mails_a_few_times_and_stay_open_until_mended(rig: Rig) -> None:
    desk = Desk(rig, mapped=False)
    desk.map_technicians()
    waiting, refused = desk.ticket(1), desk.ticket(1, company={"id": desk.new_company("BETA", "Beta")})
    desk.map_customer(desk.psa.record(SERVICE_TICKETS, refused)["company"]["id"], 4711)  # e-automate knows no such
    said = rig.store.flows.connection("demo")
    assert said is not None
    mail = {"recipients": ["desk@acme.example"], "hours": [9], "report_limit": 2}
    rig.store.flows.put_connection(Connection.model_validate({**said.model_dump(mode="json"), "mail": mail}))
    rig.sync()
    assert sorted((one.issue.code, one.issue.category) for one in rig.issues().values()) == [
        ("CUSTOMER_NOT_MAPPED", "mapping"),
        ("REFUSED", "refused"),
    ]
    post = Post()
    for _ in range(4):
        send_digests(rig.store, post, rig.clock, holder="one")
        rig.tick(days=1)
    assert post.subjects == ["demo: 1 waiting for a mapping", "demo: 1 refused, or for a person to look at"] * 2
    assert rig.codes() == ["CUSTOMER_NOT_MAPPED", "REFUSED"]
    desk.map_customer()
    rig.tick()
    assert rig.codes() == ["REFUSED"]
    assert list(desk.linked()) == [str(waiting)]


# Whose it is


@pytest.mark.rule("EA-59")
def test_a_project_ticket_is_the_project_flows_if_that_is_on(rig: Rig) -> None:
    desk = Desk(rig)
    desk.rig.put_beside(PROJECT_INVOICES)
    ticket = desk.project_ticket(2)
    rig.sync()
    assert desk.calls == []
    assert desk.why(ticket) == f"It is a project's ticket: {PROJECT_INVOICES} bills it."


@pytest.mark.rule("EA-59")
def test_without_the_project_flow_a_project_ticket_is_a_ticket_like_others(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.project_ticket(2)
    rig.sync()
    assert desk.call()["Description"] == f"{ticket} Plan it"
    desk.psa.edit(PROJECT_TICKETS, ticket, summary="Plan it well")
    later(rig)
    assert len(desk.calls) == 1


@pytest.mark.rule("EA-07")
@pytest.mark.rule("EA-50")
@pytest.mark.rule("EA-59")
def test_a_ticket_that_came_from_a_call_updates_that_call_once_it_is_in_a_status(rig: Rig) -> None:
    desk = Desk(rig)
    call = desk.opens("Screen is dark", HoldCode="CW", CallType="REM", StatusCode="D")
    ticket = desk.ticket(1, status="Completed")
    desk.transferred(ticket, call)
    rig.sync()
    assert desk.why(ticket) == f"Its status is Completed; the settings take {READY}."
    assert desk.call()["HoldCode"] == "CW"
    desk.set(ticket, READY)
    later(rig)
    made = desk.call()
    assert (len(desk.calls), made["Description"], made["CallType"]) == (1, "Screen is dark", "REM")
    assert (made["StatusCode"], made["HoldCode"]) == ("O", None)
    assert desk.lines() == [("T0", Decimal(1), Decimal("110.00"))]
    assert desk.linked() == {str(ticket): str(call)}
    rig.forget()
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert rig.written("eautomate") == {}


# Calls that exist already


@pytest.mark.rule("EA-42")
def test_a_call_that_bears_the_whole_number_gets_the_time_whenever_it_was_opened(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1, status="New")
    longer = desk.opens(f"{ticket}6 Toner")
    call = desk.opens(f"{ticket}: opened by hand")
    rig.eautomate.add_customer("C200", "Beta")
    desk.opens(f"{ticket} of another customer", customer="C200")
    rig.sync()
    assert desk.linked() == {}
    rig.clock.turn(days=3)
    desk.set(ticket, READY)
    rig.sync()
    assert desk.linked() == {str(ticket): str(call)}
    assert (len(desk.calls), desk.lines(1)) == (3, [("T0", Decimal(1), Decimal("110.00"))])
    assert desk.calls[0].id == longer
    assert desk.lines(0) == desk.lines(2) == []


@pytest.mark.rule("EA-42")
def test_a_call_opened_just_now_is_found_before_another_is_made(rig: Rig) -> None:
    desk = Desk(rig)
    rig.sync()
    ticket = desk.ticket(1)
    call = desk.opens(f"{ticket} opened by hand")
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert (len(desk.calls), desk.linked()) == (1, {str(ticket): str(call)})


@pytest.mark.rule("EA-42")
def test_the_first_run_finds_the_calls_of_an_earlier_system(rig: Rig) -> None:
    desk = Desk(rig)
    same, other = desk.ticket(1), desk.ticket(1)
    for ticket, hours in ((same, Decimal(1)), (other, Decimal(3))):
        labors = [{"TechnicianNumber": "T0", "LaborHours": hours}]
        desk.opens(f"{ticket} Printer jams", Labors=labors, StatusCode="O")
    rig.clock.turn(days=5)
    rig.forget()
    rig.sync()
    assert len(desk.calls) == 2
    assert list(desk.linked()) == [str(same)]
    assert rig.written("eautomate") == {}
    (issue,) = rig.issues().values()
    assert issue.issue.code == "FOUND_CALL_DIFFERS"
    assert "3.00 hours" in issue.issue.message
    assert "1.00" in issue.issue.message


def test_several_calls_of_one_number_are_for_a_person(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    calls = [desk.opens(f"{ticket} one"), desk.opens(f"{ticket} two")]
    rig.sync()
    assert (rig.codes(), desk.linked()) == (["AMBIGUOUS_MATCH"], {})
    operator(rig).relink(rig.key, Ref(TICKET, "cw", str(ticket)), str(calls[1]))
    rig.deliver()
    assert rig.codes() == []
    assert (desk.lines(0), len(desk.lines(1))) == ([], 1)
    # What comes later is late time, as with every call.
    desk.works(ticket, 2)
    later(rig)
    assert (len(desk.calls), len(desk.lines(1))) == (3, 1)


# A person cancels


@pytest.mark.rule("EA-44")
def test_a_cancelled_ticket_stays_cancelled_when_touched_and_when_its_mapping_appears(rig: Rig) -> None:
    desk = Desk(rig, mapped=False)
    ticket = desk.ticket(1)
    rig.sync()
    operator(rig).cancel(rig.key, Ref(TICKET, "cw", str(ticket)), "Synced by accident")
    rig.deliver()
    assert rig.codes() == []
    desk.map_customer()
    desk.map_technicians()
    rig.tick()
    desk.psa.edit(SERVICE_TICKETS, ticket, summary="Touched")
    desk.works(ticket, 1)
    later(rig)
    assert (desk.calls, rig.codes()) == ([], [])
    operator(rig).uncancel(rig.key, Ref(TICKET, "cw", str(ticket)))
    rig.deliver()
    assert len(desk.lines()) == 2


def test_a_cancelled_time_entry_is_left_out(rig: Rig) -> None:
    desk = Desk(rig, mapped=False)
    ticket = desk.ticket(1)
    entry = desk.works(ticket, 5)
    rig.sync()
    operator(rig).cancel(rig.key, Ref(TIME, "cw", str(entry)), "Not for the customer")
    desk.map_customer()
    desk.map_technicians()
    rig.tick()
    assert desk.lines() == [("T0", Decimal(1), Decimal("110.00"))]
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert len(desk.calls) == 1


# What comes after the call


@pytest.mark.rule("EA-41")
def test_a_company_changed_after_the_call_is_told_and_makes_no_second_call(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    other = desk.new_company("BETA", "Beta")
    desk.map_customer(other, rig.eautomate.add_customer("C200", "Beta").id)
    for mend in ("back", "e-automate"):
        desk.psa.edit(SERVICE_TICKETS, ticket, company={"id": other})
        later(rig)
        assert (rig.codes(), len(desk.calls)) == (["COMPANY_CHANGED_AFTER_CALL"], 1)
        if mend == "back":
            desk.psa.edit(SERVICE_TICKETS, ticket, company={"id": desk.company})
        else:
            desk.eautomate.calls.edit(desk.calls[0].number, CustomerNumber="C200")
        rig.look(Ref(TICKET, "cw", str(ticket)))
        assert rig.codes() == []


@pytest.mark.rule("EA-41")
def test_a_call_cancelled_and_unlinked_is_made_anew_for_the_other_customer(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    other = desk.new_company("BETA", "Beta")
    desk.map_customer(other, rig.eautomate.add_customer("C200", "Beta").id)
    desk.psa.edit(SERVICE_TICKETS, ticket, company={"id": other})
    later(rig)
    operator(rig).unlink(rig.key, Ref(TICKET, "cw", str(ticket)))
    rig.deliver()
    assert (rig.codes(), len(desk.calls)) == (["TIME_IN_OTHER_CALL"], 1)
    desk.eautomate.calls.edit(desk.calls[0].number, CancelCode="WRONG")
    rig.tick(minutes=6)
    assert rig.codes() == []
    assert (len(desk.calls), desk.call(1)["CustomerNumber"], len(desk.lines(1))) == (2, "C200", 1)
    (line,) = desk.time_links().values()
    assert line.agreed["call"] == str(desk.calls[1].id)
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert (len(desk.calls), rig.codes()) == (2, [])


def test_time_that_moved_to_another_ticket_is_told_and_billed_once(rig: Rig) -> None:
    desk = Desk(rig)
    first = desk.ticket(1)
    entry = desk.works(first, 2)
    rig.sync()
    second = desk.ticket(3)
    desk.psa.edit(TIME_ENTRIES, entry, chargeToId=second)
    later(rig)
    assert rig.codes() == ["TIME_MOVED_AFTER_CALL"]
    (issue,) = rig.issues().values()
    assert f"ticket {first}" in issue.issue.message
    assert f"ticket {second}" in issue.issue.message
    assert [hours for _, hours, _ in desk.lines(1)] == [Decimal(3)]
    # A person takes the line out and unlinks the entry: then it is billed where it is.
    desk.eautomate.calls.edit(desk.calls[0].number, Labors=None)
    operator(rig).unlink(rig.key, Ref(TIME, "cw", str(entry)), anew=True)
    rig.deliver()
    assert "TIME_MOVED_AFTER_CALL" not in rig.codes()
    assert [hours for _, hours, _ in desk.lines(2)] == [Decimal(2)]


def test_time_that_was_deleted_after_the_call_is_told(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    entry = desk.works(ticket, 2)
    rig.sync()
    desk.psa.delete(TIME_ENTRIES, entry)
    rig.look(Ref(TIME, "cw", str(entry)))
    assert rig.codes() == ["TIME_GONE_AFTER_CALL"]
    (issue,) = rig.issues().values()
    assert "2.00 hours" in issue.issue.message
    desk.eautomate.calls.edit(desk.calls[0].number, Labors=[desk.calls[0].values["Labors"][0]])
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert rig.codes() == []


def test_late_time_becomes_a_call_of_its_own_when_the_ticket_is_closed_again(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    desk.set(ticket, "In Progress")
    entries = [desk.works(ticket, 2), desk.works(ticket, 0.25, member=1)]
    later(rig)
    assert len(desk.calls) == 1
    desk.set(ticket, READY)
    later(rig)
    assert [hours for _, hours, _ in desk.lines(1)] == [Decimal(2), Decimal("0.25")]
    assert desk.call(1)["Description"] == f"{ticket} Printer jams (late time)"
    lines = desk.time_links()
    assert {lines[str(entry)].agreed["call"] for entry in entries} == {str(desk.calls[1].id)}
    for _ in range(2):
        later(rig)
    assert (len(desk.calls), rig.codes()) == (2, [])


def test_late_time_whose_answer_was_lost_makes_no_second_call(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    first, second = desk.works(ticket, 2), desk.works(ticket, 3)
    rig.eautomate.faults.order("lost_answer", operation="addCall2")
    later(rig)
    assert isinstance(rig.state(Ref(TIME, "cw", str(first))), Intent)
    for _ in range(8):
        rig.tick()
    assert len(desk.calls) == 2
    assert all(isinstance(rig.state(Ref(TIME, "cw", str(entry))), Link) for entry in (first, second))


@pytest.mark.parametrize(("late", "codes"), [("report", ["LATE_TIME"]), ("ignore", [])])
def test_late_time_is_only_reported_or_ignored_where_the_settings_say_so(rig: Rig, late: str, codes: list[str]) -> None:
    rig.settings(**SETTINGS, late_time=late)
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    desk.works(ticket, 2)
    later(rig)
    assert (len(desk.calls), rig.codes()) == (1, codes)


def test_a_ticket_or_call_that_is_gone_is_for_a_person(rig: Rig) -> None:
    desk = Desk(rig)
    ticket = desk.ticket(1)
    rig.sync()
    desk.psa.delete(TIME_ENTRIES, rig.psa.records(TIME_ENTRIES)[0]["id"])
    desk.psa.delete(SERVICE_TICKETS, ticket)
    rig.look(Ref(TICKET, "cw", str(ticket)))
    assert rig.codes() == ["RECORD_GONE"]
    rig.look(Ref(TICKET, "cw", "99999"))
    assert rig.codes() == ["RECORD_GONE"]
