"""The rules of call transfers: a situation in, a plan out."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from functions.eautomate_call_transfers.rules import BY_REFERENCE, decide, description, reference, summary
from functions.eautomate_call_transfers.settings import TransferSettings
from functions.eautomate_call_transfers.situations import TransferCall, TransferSituation, ticket_ref
from shared.sync import policies
from shared.sync.issue import Awaited
from shared.sync.link import Link, Pair, State
from shared.sync.needed import Found
from shared.sync.plan import Created, Plan
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Ticket
from shared.systems.eautomate import Call, Customer, Labor

COMPANY = Found(Ref("customer-company", "partner", "100"), Link("customer-company", "250", "100"))
UNMAPPED = Found(Ref("customer-company", "partner", "100"), reason="No company carries the number C100.")
SITE = Found(Ref("location-site", "partner", "101"), Link("location-site", "77", "101"))
CUSTOMER = Customer(id="100", number="C100", name="Acme Dental", branch="1")
LOCATION = Customer(id="101", number="C100-1", name="Acme North", parent_id="100", parent_number="C100")


def call(**given: Any) -> TransferCall:
    """Remote support for Acme, pending, not on hold."""
    known = {
        "id": "5001",
        "number": "SC10001",
        "customer_id": "100",
        "customer_number": "C100",
        "customer_name": "Acme Dental",
        "status": "P",
        "call_type": "REM",
        "territory": "NORTH",
        "technician": "T7",
        "description": "Server is slow",
    }
    return TransferCall(**{**known, **given})


def ticket(key: int = 12001, **given: Any) -> Ticket:
    return Ticket(id=key, summary="SC10001: Server is slow", url=f"https://na.example/{key}", **given)


def link(**given: Any) -> Link:
    """Moved, held, and nothing left to do."""
    return Link("call-ticket", "12001", "5001", **{"rules": "now", "cw_name": "ticket 12001", **given})


def settings(**given: Any) -> TransferSettings:
    return TransferSettings.model_validate({"filters": {"call_type": ["REM"]}, **given})


def plan(one: TransferCall | None = None, *, state: State | None = None, **given: Any) -> Plan:
    """The plan for a mapped customer's call, after the policies, unless told otherwise."""
    one = one or call()
    known: dict[str, Any] = {
        "settings": settings(),
        "reference": "e-automate call SC10001 (demo)",
        "call": one,
        "customer": CUSTOMER,
        "company": COMPANY,
    }
    made = TransferSituation(
        home=one.ref,
        name=one.name,
        pairs=(Pair(one.ref, state),),
        facts={"call_type": one.call_type, "territory": one.territory, "technician": one.technician, "branch": "1"},
        **{**known, **given},
    )
    return policies.apply(made.settings, made, decide(made))


def steps(found: Plan) -> list[str]:
    return [f"{step.verb} {step.kind}" for step in found.steps]


# What becomes of a call


@pytest.mark.rule("EA-46")
def test_a_call_becomes_a_ticket_of_its_customers_company() -> None:
    found = plan(settings=settings(board="Help Desk", status="New", type="Request", source="EA"))
    create = found.steps[0]
    assert create.system == "connectwise_psa"
    assert create.fields == {
        "summary": "SC10001: Server is slow",
        "company": "250",
        "board": "Help Desk",
        "status": "New",
        "type": "Request",
        "source": "EA",
        "external_ref": "e-automate call SC10001 (demo)",
        "description": description(call()),
    }


@pytest.mark.rule("EA-48")
def test_ticket_then_link_then_hold_in_this_order_and_no_other() -> None:
    found = plan(settings=settings(hold_code="MOVED"))
    assert steps(found) == ["create ticket", "link call-ticket", "hold call"]
    _, linked, hold = found.steps
    assert linked.fields == {"cw": Created("ticket"), "partner": "5001"}
    assert (hold.system, hold.key, hold.fields) == ("eautomate", "5001", {"hold_code": "MOVED"})


@pytest.mark.rule("EA-48")
@pytest.mark.parametrize("given", [
    {"company": UNMAPPED},
    {"customer": None, "company": None},
    {"customer": LOCATION, "site": Found(SITE.ref)},
    {"found": (ticket(1), ticket(2))},
])  # fmt: skip
def test_a_call_that_cannot_become_a_ticket_is_not_held(given: dict[str, Any]) -> None:
    """The source holds it all the same; here nothing is written, so that nobody has to take it off hold."""
    found = plan(**given)
    assert found.outcome == "issue"
    assert found.steps == ()


def test_a_locations_ticket_names_company_and_site() -> None:
    found = plan(call(customer_id="101"), customer=LOCATION, site=SITE)
    assert (found.steps[0].fields["company"], found.steps[0].fields["site"]) == ("250", "77")


@pytest.mark.rule("EA-04")
def test_a_call_waits_for_its_customers_company() -> None:
    (issue,) = plan(company=UNMAPPED).issues
    assert (issue.code, issue.category) == ("CUSTOMER_NOT_MAPPED", "mapping")
    assert issue.waits_on == (Awaited("eautomate_customers", UNMAPPED.ref),)
    assert "Call SC10001 of Acme Dental needs the customer C100 Acme Dental" in issue.message
    assert "No company carries the number C100" in issue.message


@pytest.mark.rule("EA-04")
def test_a_locations_call_waits_for_its_site() -> None:
    unlinked = Found(SITE.ref)
    (issue,) = plan(call(customer_id="101"), customer=LOCATION, site=unlinked).issues
    assert (issue.code, issue.waits_on) == ("CUSTOMER_NOT_MAPPED", (Awaited("eautomate_customers", SITE.ref),))
    assert "the location C100-1 Acme North" in issue.message


def test_a_call_without_a_customer_is_a_persons() -> None:
    assert [issue.code for issue in plan(call(customer_id=""), customer=None, company=None).issues] == ["NO_CUSTOMER"]


# Which calls


@pytest.mark.rule("EA-46")
@pytest.mark.parametrize(("filters", "moves"), [
    ({"call_type": ["rem", "PROJ"]}, True),
    ({"call_type": ["SC"]}, False),
    ({"territory": ["NORTH"]}, True),
    ({"territory": ["SOUTH"]}, False),
    ({"technician": ["T7"]}, True),
    ({"technician": ["T8"]}, False),
    ({"branch": ["1"]}, True),
    ({"branch": ["2"]}, False),
    ({"call_type": ["REM"], "branch": ["2"]}, False),
])  # fmt: skip
def test_the_settings_say_which_calls_move(filters: dict[str, list[str]], moves: bool) -> None:
    found = plan(settings=settings(filters=filters))
    assert bool(found.steps) is moves
    assert found.skipped is not moves


@pytest.mark.rule("EA-46")
def test_a_call_moves_in_the_statuses_that_are_set() -> None:
    assert plan(call(status="s")).steps
    closed = plan(call(status="C"))
    assert closed.skipped
    assert closed.reason == "Its status is C; calls move in P, S, D."
    assert plan(call(status="C"), settings=settings(statuses=["C"])).steps


def test_without_any_filter_no_call_moves() -> None:
    found = plan(settings=settings(filters={}))
    assert (found.steps, found.skipped) == ((), True)


@pytest.mark.rule("EA-60")
def test_a_call_on_hold_is_not_attempted_and_says_so() -> None:
    found = plan(call(hold_code="PARTS"))
    assert (found.steps, found.issues, found.skipped) == ((), (), True)
    assert "on hold (PARTS)" in found.reason


@pytest.mark.rule("EA-49")
@pytest.mark.rule("EA-60")
def test_off_hold_it_is_attempted() -> None:
    assert steps(plan(call(hold_code=""))) == ["create ticket", "link call-ticket", "hold call"]


@pytest.mark.rule("EA-59")
def test_a_call_that_was_made_of_a_ticket_does_not_become_a_ticket_again() -> None:
    found = plan(owner="eautomate_service_calls")
    assert (found.steps, found.reason) == ((), "eautomate_service_calls made it of a ConnectWise record.")
    lines = (Labor("7", "T7", remarks="CW time entry 31"),)
    made = TransferCall.of(Call("5001", "SC10001", status="P", call_type="REM", labors=lines))
    assert plan(made).skipped, "its link may not be written yet"
    by_hand = (Labor("7", "T7", remarks="Drove there"),)
    assert not TransferCall.of(Call("5001", "SC10001", labors=by_hand)).has_our_time


# A ticket that is there


def test_a_ticket_that_carries_the_calls_number_is_its_ticket() -> None:
    found = plan(found=(ticket(),))
    assert steps(found) == ["link call-ticket", "hold call"]
    assert (found.steps[0].fields["cw"], found.steps[0].why) == ("12001", BY_REFERENCE)


def test_it_is_linked_also_where_somebody_held_the_call_meanwhile() -> None:
    assert steps(plan(call(hold_code="PARTS"), found=(ticket(),))) == ["link call-ticket"]


def test_of_two_that_carry_it_a_person_says_which() -> None:
    (issue,) = plan(found=(ticket(1), ticket(2))).issues
    assert issue.code == "AMBIGUOUS_MATCH"
    assert [name.url for name in issue.about] == ["https://na.example/1", "https://na.example/2"]


@pytest.mark.parametrize("state", [link(rules=""), link(waiting=True)], ids=["cut short", "refused before"])
def test_the_hold_is_made_up_for_once_the_ticket_is_there(state: Link) -> None:
    assert steps(plan(state=state, ticket=ticket())) == ["hold call"]
    assert plan(call(hold_code="CUST"), state=state, ticket=ticket()).steps == (), "it is on hold already"
    assert plan(call(status="C"), state=state, ticket=ticket()).steps == (), "it is done by now"


@pytest.mark.rule("EA-07")
@pytest.mark.rule("EA-59")
def test_a_call_that_is_taken_off_hold_after_the_move_is_neither_held_nor_moved_again() -> None:
    """The service call flow does that when the ticket comes back, or a person does."""
    found = plan(state=link(), ticket=ticket())
    assert (found.steps, found.outcome) == ((), "in_step")


def test_a_ticket_that_is_gone_is_told_and_nothing_is_done_again() -> None:
    found = plan(call(hold_code="CW"), state=link(), ticket=None)
    (issue,) = found.issues
    assert (issue.code, found.steps) == ("TICKET_GONE", ())
    assert "The call is on hold (CW)." in issue.message


def test_a_ticket_or_call_of_nobody_is_left_alone() -> None:
    for home in (ticket_ref("12001"), call().ref):
        made = TransferSituation(home=home, pairs=(Pair(home),), settings=settings())
        assert decide(made).skipped


# What it says


def test_a_summary_is_cut_to_what_connectwise_takes_and_the_description_is_whole() -> None:
    long = call(description="It fails.\r\n" + "word " * 60)
    assert len(summary(long)) <= 100
    assert summary(long).startswith("SC10001: It fails. word")
    assert summary(long).endswith("…")
    assert "word " * 59 in description(long)
    assert summary(call(description="")) == "SC10001: service call"


def test_the_description_tells_a_technician_what_e_automate_knows() -> None:
    known = {"caller": "Ann", "phone": "813-555-0100", "equipment": "E17", "po_number": "PO-7"}
    assert description(call(opened="2026-11-02T04:00:00", **known)).splitlines() == [
        "Server is slow.",
        "From e-automate call SC10001.",
        "Customer: C100 Acme Dental.",
        "Caller: Ann, 813-555-0100.",
        "Equipment: E17.",
        "PO: PO-7.",
        "Opened: 2026-11-02 04:00:00.",
    ]


def test_the_reference_names_call_and_connection() -> None:
    assert reference("acme", call()) == "e-automate call SC10001 (acme)"


@pytest.mark.parametrize("given", [
    {"filters": {"customer_type": ["MSP"]}},
    {"status": "New"},
    {"type": "Request"},
    {"hold_code": ""},
    {"statuses": []},
])  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TransferSettings.model_validate(given)
