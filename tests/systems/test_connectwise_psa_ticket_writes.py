"""Tickets as the ConnectWise adapter creates them: believed once read back, found again by their reference."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import LIMITS, Psa, Ticket
from shared.systems.connectwise_psa.steps import KINDS
from shared.systems.connectwise_psa.tickets import SERVICE_TICKETS
from shared.systems.http import Http

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "connectwise-psa.openapi.json"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
READ = "GET /service/tickets/{id}"
REFERENCE = 'call "SC1" [acme]'


def create(simulator: PsaSimulator, **fields: Any) -> Step:
    company = simulator.add("company/companies", identifier="ACME", name="Acme", addressLine1="1 Main St")
    site = simulator.add(f"company/companies/{company['id']}/sites", name="North")
    given = {
        "summary": "Printer jams",
        "company": str(company["id"]),
        "site": str(site["id"]),
        "board": "Field Service",
        "status": "In Progress",
        "type": "Request",
        "external_ref": REFERENCE,
        "po_number": "PO-7",
        "description": "It jams.",
    }
    return Step("ticket", "connectwise_psa", "ticket", "create", fields={**given, **fields})


def test_a_ticket_is_created_and_read_back(psa: Psa, simulator: PsaSimulator) -> None:
    step = create(simulator)
    applied = psa.apply(step)
    (made,) = simulator.records(SERVICE_TICKETS)
    assert applied.id == str(made["id"])
    assert (made["site"]["name"], made["board"]["name"], made["status"]["name"], made["type"]["name"]) == (
        "North", "Field Service", "In Progress", "Request",
    )  # fmt: skip
    (note,) = simulator.records(f"service/tickets/{made['id']}/notes")
    assert (note["text"], note["detailDescriptionFlag"]) == ("It jams.", True)
    assert isinstance(applied.record, Ticket)
    assert (applied.record.external_ref, applied.record.po_number) == (REFERENCE, "PO-7")
    assert simulator.requests[READ] == 1


def test_it_is_found_again_by_its_reference(psa: Psa, simulator: PsaSimulator) -> None:
    applied = psa.apply(create(simulator))
    found = psa.records(SERVICE_TICKETS, is_in("externalXRef", [REFERENCE, "call SC2"]), Ticket)
    assert [ticket.key for ticket in found] == [applied.id]


def test_without_a_board_it_takes_connectwises_own(psa: Psa, simulator: PsaSimulator) -> None:
    psa.apply(create(simulator, board=None, status=None, type=None))
    (made,) = simulator.records(SERVICE_TICKETS)
    assert (made["board"]["name"], made["status"]["name"]) == ("Help Desk", "New")


def test_one_that_cannot_be_read_back_must_be_looked_for(psa: Psa, simulator: PsaSimulator) -> None:
    step = create(simulator)
    simulator.faults.order("status", operation=READ, status=503, times=9)
    with pytest.raises(OutcomeUnknown, match="could not be read back"):
        psa.apply(step)
    assert simulator.requests["POST /service/tickets"] == 1


def test_one_that_is_not_there_when_it_is_read_back_is_not_believed(
    psa: Psa, http: Http, simulator: PsaSimulator
) -> None:
    class Forgetful(httpx.BaseTransport):
        """ConnectWise takes a ticket, and has lost it before the next request."""

        def __init__(self, inner: httpx.BaseTransport) -> None:
            self.inner = inner

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = self.inner.handle_request(request)
            if request.method == "POST":
                for ticket in simulator.records(SERVICE_TICKETS):
                    simulator.delete(SERVICE_TICKETS, ticket["id"])
            return response

    step = create(simulator)
    http.transport_wrapper = Forgetful
    with pytest.raises(OutcomeUnknown, match="does not know it"):
        psa.apply(step)


def test_a_refused_ticket_comes_with_the_vendors_words(psa: Psa, simulator: PsaSimulator) -> None:
    step = create(simulator, board="Nope")
    with pytest.raises(RecordRejected) as raised:
        psa.apply(step)
    assert "board" in raised.value.words.lower()
    assert simulator.records(SERVICE_TICKETS) == []


def test_the_first_description_is_for_new_tickets_only(psa: Psa) -> None:
    with pytest.raises(ValueError, match="only when it is created"):
        psa.apply(Step("ticket", "connectwise_psa", "ticket", "update", "5", fields={"description": "x"}))


def test_fields_and_limits_are_the_vendors() -> None:
    if not CONTRACT.is_file():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    properties = json.loads(CONTRACT.read_text())["components"]["schemas"]["Ticket"]["properties"]
    row = KINDS["ticket"]
    assert {how.name for how in row.fields.values()} <= properties.keys()
    assert {name.split("/")[0] for name in row.model.wire_fields.split(",")} <= properties.keys()
    for ours, limit in LIMITS["ticket"].items():
        assert f"Max length: {limit};" in properties[row.fields[ours].name]["description"]
