"""A dealer's service desk for the tests of the service call flow: on the simulators, and as situations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls.situations import INVOICE, TICKET, TIME
from shared.partners.eautomate import CALL_TRANSFERS, CUSTOMER, REFERENCE_DATA, TECHNICIAN
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from shared.systems.connectwise_psa.tickets import INVOICES, PRODUCTS, PROJECT_TICKETS, SERVICE_TICKETS, TIME_ENTRIES
from tests.flows.rig import Rig

READY = "Ready to Invoice"
SETTINGS: Mapping[str, Any] = {"ticket_statuses": [READY], "call_status": "O", "call_type": "SC", "bill_code": "TM"}


class Desk:
    """Acme, customer C100, and Reed, a technician on both sides; both are mapped unless a test says otherwise."""

    def __init__(self, rig: Rig, *, mapped: bool = True) -> None:
        self.rig, self.psa, self.eautomate = rig, rig.psa, rig.eautomate
        self.company = self.new_company("ACME", "Acme Dental")
        self.customer = self.eautomate.add_customer("C100", "Acme Dental").id
        self.members = [row["id"] for row in self.psa.records("system/members") if row["licenseClass"] == "F"]
        self.technicians = [
            self.eautomate.codes.add_technician(f"T{number}", "Tech", str(number)).id
            for number in range(len(self.members))
        ]
        if mapped:
            self.map_customer()
            self.map_technicians()

    # What other flows made

    def map_customer(self, company: int | None = None, customer: int | None = None) -> None:
        self.rig.mapped(CUSTOMER, company or self.company, customer or self.customer)

    def map_technicians(self) -> None:
        for member, technician in zip(self.members, self.technicians, strict=True):
            self.rig.mapped(TECHNICIAN, member, technician)

    def map_code(self, kind: str, cw: int, partner: str) -> None:
        self.rig.store.links.link(FlowKey("demo", REFERENCE_DATA), Link(kind, str(cw), partner))

    def transferred(self, ticket: int, call: int) -> None:
        self.rig.store.links.link(FlowKey("demo", CALL_TRANSFERS), Link("call-ticket", str(ticket), str(call)))

    # In ConnectWise

    def new_company(self, identifier: str, name: str) -> int:
        return int(self.psa.add("company/companies", identifier=identifier, name=name)["id"])

    def ticket(self, hours: float = 0, *, status: str = READY, summary: str = "Printer jams", **fields: Any) -> int:
        """A ticket, with so many hours of Reed's."""
        made = self.psa.add(
            SERVICE_TICKETS, **{"summary": summary, "company": {"id": self.company}, "contactName": "Ann", **fields}
        )
        key = int(made["id"])
        if hours:
            self.works(key, hours)
        self.set(key, status)
        return key

    def project_ticket(self, hours: float = 0) -> int:
        project = self.psa.add(
            "project/projects", name="Move", company={"id": self.company}, board={"name": "Projects"},
            billingMethod="ActualRates", estimatedStart="2026-10-01T00:00:00Z", estimatedEnd="2026-12-01T00:00:00Z",
        )  # fmt: skip
        phase = self.psa.add(f"project/projects/{project['id']}/phases", description="Plan")
        made = self.psa.add(PROJECT_TICKETS, summary="Plan it", phase={"id": phase["id"]}, board={"name": "Projects"})
        if hours:
            self.works(int(made["id"]), hours, to="ProjectTicket")
        self.psa.edit(PROJECT_TICKETS, made["id"], status={"name": READY})
        return int(made["id"])

    def set(self, ticket: int, status: str) -> None:
        self.psa.edit(SERVICE_TICKETS, ticket, status={"name": status})

    def works(self, ticket: int, hours: float = 1, *, member: int = 0, to: str = "ServiceTicket", **fields: Any) -> int:
        """Time on a ticket, at the rate of the member's role; one entry after the other."""
        begin = self.rig.clock.now() - timedelta(days=1) + timedelta(hours=len(self.psa.records(TIME_ENTRIES)))
        made = self.psa.add(
            TIME_ENTRIES,
            **{
                "chargeToId": ticket, "chargeToType": to, "member": {"id": self.members[member]},
                "timeStart": stamp(begin), "timeEnd": stamp(begin + timedelta(hours=hours)), "notes": "Cleaned it",
                **fields,
            },
        )  # fmt: skip
        return int(made["id"])

    def sells(self, ticket: int, item: str = "TONER", quantity: int = 1, price: float = 45.5, **fields: Any) -> int:
        catalog = self.psa.records("procurement/catalog")
        known = next((row for row in catalog if row["identifier"] == item), None)
        known = known or self.psa.add("procurement/catalog", identifier=item, description=item, price=price, cost=1)
        made = self.psa.add(
            PRODUCTS,
            **{
                "catalogItem": {"id": known["id"]}, "ticket": {"id": ticket}, "quantity": quantity, "price": price,
                "billableOption": "Billable", **fields,
            },
        )  # fmt: skip
        return int(made["id"])

    def agreement(self) -> int:
        made = self.psa.add(
            "finance/agreements",
            name="Managed",
            type={"id": 1},
            company={"id": self.company},
            startDate=stamp(self.rig.clock.now()),
        )
        return int(made["id"])

    def bills(self, ticket: int, total: float, **fields: Any) -> int:
        """An invoice of a ticket and of all its time."""
        given = {"type": "Standard", "applyToType": "Ticket", "applyToId": ticket, "serviceTotal": total}
        company = {"company": {"id": self.company}, "status": {"name": "Ready"}}
        invoice = int(self.psa.add(INVOICES, **{**given, **company, **fields})["id"])
        for entry in self.psa.records(TIME_ENTRIES):
            if entry.get("ticket", {}).get("id") == ticket:
                self.psa.edit(TIME_ENTRIES, entry["id"], invoice={"id": invoice})
        return invoice

    # In e-automate

    def opens(self, description: str, customer: str = "C100", **fields: Any) -> int:
        """A call that somebody opened at the desktop."""
        return int(self.eautomate.calls.add(customer, Description=description, **fields).id)

    @property
    def calls(self) -> list[Any]:
        return list(self.eautomate.calls)

    def call(self, number: int = 0) -> dict[str, Any]:
        """What a call holds, codes as plain texts."""
        values = self.calls[number].values
        return {name: getattr(value, "code", value) for name, value in values.items()}

    def lines(self, number: int = 0) -> list[tuple[str, Decimal, Decimal | None]]:
        """Technician, hours and charge of each labour line of a call."""
        labors = self.calls[number].values["Labors"] or ()
        return [(each["TechnicianNumber"].code, each["LaborHours"], each["LaborOverride"]) for each in labors]

    # What came of it

    def linked(self) -> dict[str, str]:
        """The tickets (or invoices) that are linked, with their calls."""
        found = self.rig.store.links.all_links(self.rig.key)
        return {link.cw_id: link.partner_id for link in found if link.kind in (TICKET, INVOICE)}

    def time_links(self) -> dict[str, Link]:
        return {link.cw_id: link for link in self.rig.store.links.all_links(self.rig.key) if link.kind == TIME}

    def why(self, ticket: int, kind: str = TICKET) -> str:
        """Why a ticket was left alone."""
        state = self.rig.state(Ref(kind, "cw", str(ticket)))
        return str(getattr(state, "reason", "") or getattr(state, "left", ""))


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
