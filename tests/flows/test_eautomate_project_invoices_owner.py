"""What both the service flow and the project flow could bill is billed by one of them (EA-59)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from shared.partners.eautomate import PROJECT_INVOICES
from shared.sync.link import Link, Seen
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig, rigged
from tests.flows.service_calls import SETTINGS, Desk

PROJECTS = FlowKey("demo", PROJECT_INVOICES)


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    """The service flow."""
    with rigged("eautomate_service_calls", stack, **SETTINGS) as rig:
        yield rig


def why(rig: Rig, ref: Ref) -> str:
    """Why the service flow left a record alone."""
    state = rig.state(ref)
    assert isinstance(state, Seen)
    return state.reason


@pytest.mark.rule("EA-59")
def test_an_invoice_whose_time_is_a_projects_is_left_to_the_project_flow(rig: Rig) -> None:
    rig.settings(mode="invoice", invoice_statuses=["Ready"])
    desk = Desk(rig)
    desk.rig.put_beside(PROJECT_INVOICES)
    ticket = desk.project_ticket()
    invoice = rig.psa.add(
        "finance/invoices", type="Standard", company={"id": desk.company}, status={"name": "Ready"},
        applyToType="Ticket", applyToId=ticket, serviceTotal=110.0,
    )  # fmt: skip
    desk.works(ticket, 1, to="ProjectTicket", invoice={"id": invoice["id"]})
    assert rig.sync()["skipped"] == 1
    assert why(rig, Ref("invoice-call", "cw", str(invoice["id"]))) == (
        "It is a project's invoice: eautomate_project_invoices bills it."
    )
    assert list(rig.eautomate.calls) == []


@pytest.mark.rule("EA-59")
@pytest.mark.parametrize("given", [True, False])
def test_time_that_a_project_invoice_gave_is_not_given_again_when_that_flow_is_off(rig: Rig, given: bool) -> None:
    desk = Desk(rig)
    ticket = desk.project_ticket(2)
    (entry,) = rig.psa.records("time/entries")
    invoice = Ref("project-invoice-call", "cw", "3201")
    seen = Seen(Ref("time-entry", "cw", str(entry["id"])), "", "1", "skipped", "", scope=invoice)
    rig.store.links.remember(PROJECTS, seen)
    if given:
        rig.store.links.link(PROJECTS, Link(invoice.kind, invoice.id, "77"))
    rig.sync()
    assert len(list(rig.eautomate.calls)) == (0 if given else 1)
    if given:
        assert why(rig, Ref("ticket-call", "cw", str(ticket))) == "None of its time entries is to be billed here."
