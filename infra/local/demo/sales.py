"""An MSP that sells in Zomentum: its first sync, a deal from offer to revised quote, and what people settle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from infra.local.demo.sizes import Sizes
from infra.local.demo.telling import Told, in_vain, steps
from infra.local.demo.tenant import PERSON, Tenant
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.partners.zomentum import COMPANIES, CONTACTS, OPPORTUNITIES, PRODUCTS, TAXES
from shared.sync.history import Entry
from shared.sync.issue import OpenIssue
from shared.sync.names import PSA, ZOMENTUM, counted, title
from shared.sync.record import FlowKey, Ref

MSP = "msp"
ZONE = "America/Chicago"
HOUR = 9
FLOWS = (TAXES, PRODUCTS, COMPANIES, CONTACTS, OPPORTUNITIES)
OURS, THEIRS = "sales/opportunities", "opportunities"
CLIENT = "Lakeside Clinic"
ITEMS = {"Managed Workstation": "MSP-WKS", "24-Port Switch": "SW-24", "Firewall 60F": "FW-60F"}
"""Products that ConnectWise has already, by their names in Zomentum, with their Product IDs."""

CONFIG: Mapping[str, object] = {
    "connection": [
        {
            "id": MSP,
            "name": "Demo MSP",
            "time_zone": ZONE,
            "mail": {"recipients": ["sales-desk@example.com"], "hours": [HOUR]},
            "systems": {"zomentum": {"simulated": True}},
            "flows": {
                TAXES: {},
                COMPANIES: {},
                CONTACTS: {},
                PRODUCTS: {
                    "name_maps_to": "description",
                    "product_id_field": "product_id",
                    "types": {"hardware": "Hardware", "service": "Service"},
                    "categories": {
                        "Computers / Workstations": "Computers / Workstations",
                        "Services / Managed Services": "Services / Managed Services",
                    },
                },
                OPPORTUNITIES: {
                    "sales_rep": "Admin1",
                    "stages": {"Prospect": "1. Prospecting", "Proposal": "2. Proposal", "Won": "3. Closing"},
                    "statuses": {"Won": "Won", "Lost": "Lost"},
                    "default_stage": "1. Prospecting",
                },
            },
        }
    ]
}


class Sales(Tenant):
    """Both systems of the MSP, and its people."""

    connection = MSP

    @property
    def zomentum(self) -> ZomentumSimulator:
        return self.simulator("zomentum", ZomentumSimulator)

    def start(self) -> Mapping[str, Any]:
        """`crosswise start`: everything is checked in both systems, and starts if all holds."""
        answer = self.connected.cloud.invoke("Preflight", {"connection": MSP, "start": PERSON})
        self.errors += [f"Preflight: {answer.error}"] if answer.failed else []
        return answer.answer or {}

    def links(self) -> int:
        store = self.connected.store()
        return sum(len(list(store.links.all_links(FlowKey(MSP, flow)))) for flow in FLOWS)

    def history(self, flow: str) -> Sequence[Entry]:
        return self.connected.store().journal.of_flow(
            FlowKey(MSP, flow), self.connected.cloud.clock.now().replace(year=2000)
        )

    def issues(self) -> Sequence[OpenIssue]:
        return self.connected.store().issues.of_connection(MSP)

    # What is there before Crosswise comes

    def furnish(self) -> None:
        """ConnectWise knows half of the customers, some products, and two companies of one name."""
        self.psa.define_custom_field(OURS, "Zomentum ID")
        for place, theirs in enumerate(self.zomentum.records("client/companies")):
            if place % 2 == 0:
                self._company(theirs["name"], website=theirs["website"])
        twice = self.zomentum.records("client/companies")[0]
        self._company(twice["name"], website=twice["website"])
        for name, code in ITEMS.items():
            self.psa.add(
                "procurement/catalog", identifier=code, description=name, price=1, cost=1, customerDescription=name,
                type={"name": "Hardware"}, subcategory={"name": "Workstations"},
            )  # fmt: skip
        company = self._company("Harbor Freight Lines")
        contact = self.psa.add("company/contacts", firstName="Lena", lastName="Ortiz", company={"id": company})["id"]
        rep = self.psa.records("system/members")[0]["id"]
        self.psa.add(
            OURS, name="Harbor Freight Lines: server room", company={"id": company}, contact={"id": contact},
            primarySalesRep={"id": rep},
        )  # fmt: skip

    def _company(self, name: str, **fields: Any) -> int:
        identifier = "".join(word[:5] for word in name.split()) + str(len(self.psa.records("company/companies")))
        made = self.psa.add(
            "company/companies", identifier=identifier, name=name, addressLine1="1 Bay Street", city="Tampa", **fields
        )
        return int(made["id"])

    def called(self, name: str) -> list[str]:
        """The ids of ConnectWise's companies of this name."""
        return [str(row["id"]) for row in self.psa.records("company/companies") if row["name"] == name]

    # The deal, as ConnectWise has it

    def deal(self) -> Mapping[str, Any]:
        """The deal; nothing of it where it is not there. Raises ValueError where it is there twice."""
        (found,) = [row for row in self.psa.records(OURS) if row["name"].startswith(CLIENT)] or [{}]
        return found

    def stands(self) -> str:
        """Its name, stage and status."""
        one = self.deal()
        return f"{one['name']}, {one.get('stage', {}).get('name')}, {one['status']['name']}" if one else ""

    def sold(self) -> str:
        """Its forecast lines, documents and notes."""
        id_ = self.deal()["id"]
        lines = sorted(self.psa.records(f"{OURS}/{id_}/forecast"), key=lambda row: row["sequenceNumber"])
        told = [f"{row['quantity']:g} x {row['catalogItem']['identifier']}" for row in lines]
        documents, notes = self.psa.documents.of("opportunity", id_), self.psa.records(f"{OURS}/{id_}/notes")
        return f"{', '.join(told)}; {len(documents)} document(s), {len(notes)} note(s)"

    def conflicts(self) -> list[str]:
        """What was given up where both sides had changed a field, by the history."""
        ref = Ref("opportunity-opportunity", "cw", str(self.deal()["id"]))
        entries = self.connected.store().journal.of_record(FlowKey(MSP, OPPORTUNITIES), ref)
        return [str(dict(one.before)) for one in entries if one.conflict]


def play(console: Console, sizes: Sizes, *, today: date | None = None) -> list[str]:
    """The MSP's first days, printed; what did not come out as it must."""
    zone = ZoneInfo(ZONE)
    morning = datetime.combine(today or datetime.now(zone).date(), time_of_day(HOUR), zone)
    console.print(
        f"\nAn MSP that sells in Zomentum, with {sizes.clients_there} companies and {sizes.deals} opportunities there. "
        "ConnectWise has half of the companies, one of them twice."
    )
    with Cloud(clock=LocalClock(morning, still=True), http=0) as cloud:
        sized = {"zomentum": {"companies": sizes.clients_there, "opportunities": sizes.deals}}
        sales = Sales(connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized)))
        sales.furnish()
        cloud.invoke("CallbackRegistration", {"connection": MSP})
        with console.status("Sales ..."):
            wrong = list(_started(console, sales))
            console.print(_flows(sales))
            told = list(_deal(sales))
            wrong += in_vain(told, "the deal")
            console.print(steps(told, "A deal", "what ConnectWise has then"))
            wrong += _settled(console, sales)
    return [*wrong, *sales.errors]


def _started(console: Console, sales: Sales) -> Iterator[str]:
    """ZM-03: nothing runs before a person has started it, with everything checked."""
    sales.connected.make_due()
    sales.wait()
    if sales.links():
        yield "something was synced before it was started"
    found = sales.start()["connections"][MSP]
    if found["refused"] or sorted(found["started"]) != sorted(FLOWS):
        failed = [f"{one['code']}: {one['found']}" for one in found["checks"] if one["passed"] is False]
        yield f"not started: {found['refused']}; {failed}"
    console.print(
        f"Nothing runs before it is started. {PERSON.title()} starts it: {len(found['checks'])} checks in both systems "
        "hold."
    )
    sales.wait(minutes=7)


def _flows(sales: Sales) -> Table:
    """What the first sync came to, flow by flow."""
    table = Table(title="The first sync of an MSP that sells in Zomentum", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("zomentum_", no_wrap=True)
    for heading in ("linked", "were on both sides", "made in ConnectWise", "made in Zomentum", "open issues"):
        table.add_column(heading, justify="right")
    open_ = [one.flow.flow for one in sales.issues()]
    for flow in FLOWS:
        links = list(sales.connected.store().links.all_links(FlowKey(MSP, flow)))
        what = [entry.what for entry in sales.history(flow) if entry.links]
        made = [
            sum(one.startswith("Created") and f" in {title(there)} " in one for one in what)
            for there in (PSA, ZOMENTUM)
        ]
        row = (len(links), len(what) - sum(made), *made, open_.count(flow))
        table.add_row(flow.removeprefix("zomentum_"), *map(str, row))
    return table


def _deal(sales: Sales) -> Iterator[Told]:
    """A deal from offer to revision, as ConnectWise has it a moment after each step."""
    zomentum, psa = sales.zomentum, sales.psa

    client = zomentum.add_company(CLIENT, website="https://lakeside.example.com", address={"city": "Tampa"})
    boss = zomentum.add_contact(client, "Iris", "Boyd", "iris.boyd@lakeside.example.com")
    deal = zomentum.add_opportunity(client, f"{CLIENT}: new network", contacts=[boss], close_date="2027-01-15")
    sales.wait()
    yield Told("a new client, her contact and an offer are entered in Zomentum", sales.stands())
    zomentum.edit(THEIRS, deal, opportunity_pipeline_stage_id=zomentum.stage("Proposal"))
    sales.wait()
    yield Told("the offer moves on to Proposal", sales.stands())
    psa.edit(OURS, sales.deal()["id"], name=f"{CLIENT}: network and phones")
    zomentum.edit(THEIRS, deal, name=f"{CLIENT}: network, 2 sites")
    sales.wait()
    given_up = "; ".join(sales.conflicts())
    yield Told(
        "both sides rename it before either hears of the other",
        given_up and f"{sales.stands()}; given up, and kept in the history: {given_up}",
    )
    items = {row["name"]: row["id"] for row in zomentum.records("items")}
    quote = zomentum.add_document(
        deal, "Quote 2001", [zomentum.line(items["24-Port Switch"], 2), zomentum.line(items["Firewall 60F"], 1)]
    )
    zomentum.win(deal)
    sales.wait()
    yield Told("the client signs the quote: the deal is won", f"{sales.stands()}: {sales.sold()}")
    zomentum.revise(quote, [zomentum.line(items["24-Port Switch"], 3), zomentum.line(items["Onboarding"], 1)])
    sales.wait()
    yield Told("the quote is revised", sales.sold())


def _settled(console: Console, sales: Sales) -> Iterator[str]:
    """Two companies of one name: Kim links the right one and cancels the other. All that waited follows by itself."""
    before = sales.issues()
    codes = Counter((one.flow.flow.removeprefix("zomentum_"), one.issue.code) for one in before)
    told = next(one for one in before if (one.issue.code, one.issue.record.side) == ("AMBIGUOUS_MATCH", "partner"))
    record = told.issue.record
    right, other = sales.called(sales.zomentum.record("client/companies", record.id)["name"])
    operator = sales.operator(COMPANIES)
    operator.relink(told.flow, record, right)
    operator.cancel(told.flow, Ref(record.kind, "cw", other), "a duplicate")
    began = sales.connected.cloud.clock.now()
    while sales.issues() and sales.connected.cloud.clock.now() - began < timedelta(minutes=30):
        sales.wait(minutes=1)
    minutes = round((sales.connected.cloud.clock.now() - began).total_seconds() / 60)
    console.print(_issues(codes))
    console.print(f"  {told.issue.message}\n", markup=False, highlight=False)
    console.print(
        f"{PERSON.title()} links the right one by crosswise relink and cancels the other. Of {len(before)} issues "
        f"{len(sales.issues())} are open {counted(minutes, 'minute')} later."
    )
    yield from (f"{one.flow.flow} {one.issue.code} is open: {one.issue.message}" for one in sales.issues())
    yield from _doubled(sales)


def _issues(codes: Mapping[tuple[str, str], int]) -> Table:
    table = Table(title="What people must settle, of the first sync", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("zomentum_", "issue", "records"):
        table.add_column(heading)
    for (flow, code), number in sorted(codes.items()):
        table.add_row(flow, code, str(number))
    return table


def _doubled(sales: Sales) -> Iterator[str]:
    """Opportunities that are on either side twice, or on one only."""
    ours = Counter(row["name"] for row in sales.psa.records(OURS))
    theirs = Counter(row["name"] for row in sales.zomentum.records(THEIRS))
    yield from (f"{name} is there {number} times" for name, number in (ours + theirs).items() if number != 2)
