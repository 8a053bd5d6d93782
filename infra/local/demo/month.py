"""A dealer at work in both simulators: the records of a month, each made as a member or a clerk would make it."""

from __future__ import annotations

import itertools
import random
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from infra.local.demo.sizes import Sizes
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.seed_projects import ProjectSeeder

GOLD, BLOCK, HOSTING = "Managed Services Gold", "Block Time", "Hosting"
DEFAULT_TEMPLATE = "**CW Default"
LICENCE, TONER, SWITCH = "LICENCE", "TONER", "SWITCH-24"
TIME_ITEM, ERROR_ITEM, TEMPLATE_ITEM = "CW-TIME", "CW-ERROR", "T-HARDWARE"
FEE_ITEM, EXPENSE_ITEM, PRODUCT_ITEM = "CW-FEE", "CW-EXPENSES", "CW-PRODUCTS"
READY = "Ready to Invoice"
TROUBLES = ("Printer prints blank pages", "VPN drops every hour", "Backup job failed", "Replace failed disk")

AGREEMENTS, INVOICES = "finance/agreements", "finance/invoices"
TICKETS, TIME, PRODUCTS, ORDERS = "service/tickets", "time/entries", "procurement/products", "sales/orders"
COMPANIES = "company/companies"


@dataclass(frozen=True)
class Customer:
    """A company in ConnectWise, by id, and the number of its e-automate customer."""

    company: int
    number: str


@dataclass
class Dealer:
    """Both systems of one dealer, and the people who work in them.

    `customers` are those that are mapped. Amounts are drawn from `rng`; dates follow from `clock`. `staff` are the
    members who work, an administrator first; the last two are no technicians in e-automate. `month` is the first and
    the last day of the month in which all begins, `entries` are the time entries of each ticket.
    """

    psa: PsaSimulator
    eautomate: EautomateSimulator
    clock: Callable[[], datetime]
    customers: Sequence[Customer]
    rng: random.Random
    staff: list[dict[str, Any]] = field(init=False)
    month: tuple[date, date] = field(init=False)
    entries: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _turn: Iterator[Customer] = field(init=False)
    _strangers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _worked: int = 0

    def __post_init__(self) -> None:
        self._turn = itertools.cycle(self.customers)
        members = self.psa.records("system/members")
        self.staff = [row for row in members if row["licenseClass"] == "F"]
        today = self.clock().date()
        self.month = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])

    # What is set up once

    def furnish(self) -> None:
        """What the guides ask of both systems before the first sync: fields, templates, items, people."""
        for path, caption in ((AGREEMENTS, "EA Contract"), (INVOICES, "EA Invoice"), (ORDERS, "EA Order")):
            self.psa.define_custom_field(path, caption)
        self.psa.add("finance/agreements/types", name=HOSTING)
        self.eautomate.add_customer("HOUSE", "The dealer", configured=False, Active=False)
        self.eautomate.contracts.add_template(f"**CW {GOLD}", "HOUSE", Type="MS", BillingCycle="MONTHLY")
        for number in (*(f"**CWBase {kind}" for kind in (GOLD, BLOCK, HOSTING)), LICENCE):
            self.service_item(number)
        for number in (ERROR_ITEM, TEMPLATE_ITEM):
            self.stock_item(number)
        for number, list_price in ((TONER, "45.50"), (SWITCH, "389.00")):
            self.stock_item(number, MSRP=Decimal(list_price))
        for number in (FEE_ITEM, EXPENSE_ITEM):
            self.service_item(number, MSRP=Decimal(1))
        self.service_item(PRODUCT_ITEM, MSRP=Decimal(2))
        for product, price in ((LICENCE, 12.5), (TONER, 45.5), (SWITCH, 389.0)):
            self.product(product, price)
        for member in self.staff[:-2]:
            self.technician(member)
        self.eautomate.codes.add("sales_reps", self.staff[0]["identifier"], "Inside sales")

    def service_item(self, number: str, **fields: Any) -> None:
        """An e-automate item that is not stocked."""
        codes = {"SalesCode": "SVC", "InventoryCode": "SVC-EXP", "ItemType": 2}
        self.eautomate.items.add(number, f"Item {number}", **{**codes, **fields})

    def stock_item(self, number: str, **fields: Any) -> None:
        """An e-automate item that is stocked."""
        self.eautomate.items.add(number, f"Item {number}", **{"SalesCode": "HW", "InventoryCode": "HW-INV", **fields})

    def product(self, identifier: str, price: float, kind: str = "Hardware") -> int:
        """A product of ConnectWise's catalogue; its id."""
        made = self.psa.add(
            "procurement/catalog", identifier=identifier, description=identifier.capitalize(), price=price, cost=1,
            customerDescription=identifier, subcategory={"name": "Workstations"}, type={"name": kind},
        )  # fmt: skip
        return int(made["id"])

    def technician(self, member: dict[str, Any], number: str = "") -> int:
        """The technician who is this member; its id."""
        number = number or str(member["identifier"])
        return self.eautomate.codes.add_technician(number, member["firstName"], member["lastName"]).id

    # Customers

    def customer(self) -> Customer:
        """The next that is mapped, by turns."""
        return next(self._turn)

    def stranger(self, name: str = "Newcomer") -> Customer:
        """A company whose customer does not exist yet; the number is the one that it will get."""
        place = next(self._strangers)
        made = self.psa.add(COMPANIES, identifier=f"{name}{place}", name=f"{name} {place} LLC", addressLine1="1 Bay St")
        return Customer(int(made["id"]), f"N{70000 + place}")

    def map(self, one: Customer) -> None:
        """Sales gives a new company its customer, and the number of that one as Account ID (EA-13)."""
        self.eautomate.add_customer(one.number, str(self.psa.record(COMPANIES, one.company)["name"]))
        self.psa.edit(COMPANIES, one.company, accountNumber=one.number)

    # Agreements

    def agreement(self, of: Customer, kind: str = GOLD, amount: float = 0, licences: int = 0, **fields: Any) -> int:
        """An agreement of so much a month, and so many licences beside it; its id."""
        contact = self.psa.add("company/contacts", firstName="Ann", company={"id": of.company})["id"]
        amount = amount or self.rng.randrange(15_000, 90_000) / 100
        made = self.psa.add(
            AGREEMENTS, name=f"{kind} {of.number}", type={"name": kind}, company={"id": of.company},
            contact={"id": contact}, billingCycle={"name": "Monthly"}, billAmount=amount, **fields,
        )  # fmt: skip
        if licences:
            self.adds(made["id"], licences)
        return int(made["id"])

    def adds(self, agreement: int, quantity: int, product: str = LICENCE, price: float = 12.5, **fields: Any) -> int:
        """An addition that has been in force for long; its id."""
        made = self.psa.add(
            f"{AGREEMENTS}/{agreement}/additions", product={"identifier": product}, quantity=quantity, unitPrice=price,
            **{"billCustomer": "Billable", "effectiveDate": "2020-01-01T00:00:00Z", **fields},
        )  # fmt: skip
        return int(made["id"])

    def bills(self, agreement: int, **fields: Any) -> dict[str, Any]:
        """The month's invoice of an agreement: its amount, and its additions as they are."""
        of = self.psa.record(AGREEMENTS, agreement)
        additions = self.psa.records(f"{AGREEMENTS}/{agreement}/additions")
        added = sum(each["extPrice"] for each in additions if each["billCustomer"] == "Billable")
        given = {
            "type": "Agreement",
            "status": {"name": "Ready"},
            "company": {"id": of["company"]["id"]},
            "applyToType": "Agreement",
            "applyToId": agreement,
            "agreementAmount": of["billAmount"],
            "productTotal": added,
            "date": f"{self.month[0]}T00:00:00Z",
        }
        return self.psa.add(INVOICES, **{**given, **fields})

    # Tickets

    def ticket(self, of: Customer, *hours: float, status: str = READY, **fields: Any) -> int:
        """A ticket with time of these hours, then set to a status; its id."""
        given = {"summary": self.rng.choice(TROUBLES), "type": {"name": "Break-fix"}, "contactName": "Ann"}
        made = self.psa.add(TICKETS, company={"id": of.company}, **{**given, **fields})
        for each in hours:
            self.works(made["id"], each)
        self.psa.edit(TICKETS, made["id"], status={"name": status})
        return int(made["id"])

    def works(self, ticket: int, hours: float = 1, member: dict[str, Any] | None = None, **fields: Any) -> int:
        """Time of a member (of the first four technicians by turns) on a ticket, in the last three weeks; its id."""
        self._worked += 1
        who = member or self.staff[1 + self._worked % 4]
        begin = self.clock().astimezone(UTC) - timedelta(days=1 + self._worked % 20)
        begin = begin.replace(hour=14, minute=0, second=0, microsecond=0)
        made = self.psa.add(
            TIME, chargeToId=ticket, chargeToType="ServiceTicket", member={"id": who["id"]}, timeStart=_stamp(begin),
            timeEnd=_stamp(begin + timedelta(hours=hours)), notes="Found and mended", **fields,
        )  # fmt: skip
        self.entries[ticket].append(int(made["id"]))
        return int(made["id"])

    def sells(self, item: str, quantity: int = 1, **to: Any) -> int:
        """A product on a ticket or an order (`ticket` or `salesOrder`, as a reference); its id."""
        made = self.psa.add(
            PRODUCTS, catalogItem={"identifier": item}, quantity=quantity, **{"billableOption": "Billable", **to}
        )
        return int(made["id"])

    # Calls, projects, orders

    def call(self, of: Customer, kind: str = "REM", **fields: Any) -> str:
        """A call that somebody opens in e-automate; its number."""
        given = {"Description": self.rng.choice(TROUBLES), "CallType": kind, "StatusCode": "P", "Caller": "Ann"}
        return self.eautomate.calls.add(of.number, **{**given, **fields}).number

    def projects(self, how_many: int) -> list[int]:
        """Projects of three kinds by turns: a fixed fee, by phase, at actual rates; their ids."""
        companies = [self.customer().company for _ in range(how_many)]
        return ProjectSeeder(self.psa.data, self.rng).projects(how_many, companies)

    def project(self, of: Customer, amount: float, method: str = "FixedFee", **fields: Any) -> dict[str, Any]:
        """A project with one invoice; the invoice."""
        now = self.clock().astimezone(UTC)
        made = self.psa.add(
            "project/projects", name="Office move", company={"id": of.company}, board={"name": "Projects"},
            billingMethod=method, estimatedStart=_stamp(now - timedelta(days=30)), estimatedEnd=_stamp(now),
        )  # fmt: skip
        return self.psa.add(
            INVOICES, type="Standard", company={"id": of.company}, status={"name": "Ready"}, applyToType="Project",
            applyToId=made["id"], serviceTotal=amount, **fields,
        )  # fmt: skip

    def order(self, of: Customer, *items: str, status: str = "Ready to Order", rep: int = 0) -> int:
        """A sales order of these products; its id."""
        made = self.psa.add(
            ORDERS, company={"id": of.company}, salesRep={"id": self.staff[rep]["id"]}, status={"name": status},
            poNumber=f"PO-{self.rng.randrange(1000, 9999)}",
        )  # fmt: skip
        for item in items:
            self.sells(item, self.rng.randrange(1, 5), salesOrder={"id": made["id"]})
        return int(made["id"])

    # The month

    def set(self, sizes: Sizes) -> None:
        """All that goes well."""
        agreements = self.invoice_agreements(sizes.agreements)
        self.close_tickets(sizes.tickets, agreements)
        self.open_calls(sizes.calls)
        self.projects(sizes.projects)
        self.take_orders(sizes.orders)

    def invoice_agreements(self, how_many: int) -> list[tuple[Customer, int]]:
        """Agreements, each with its invoice; half of them have licences beside their amount."""
        made = []
        for place in range(how_many):
            of = self.customer()
            agreement = self.agreement(of, licences=self.rng.randrange(1, 30) if place % 2 else 0)
            self.bills(agreement)
            made.append((of, agreement))
        return made

    def close_tickets(self, how_many: int, agreements: Sequence[tuple[Customer, int]]) -> None:
        """Tickets with their time: one in five covered by an agreement, one in ten with a product."""
        for place in range(how_many):
            of = self.customer()
            covered: dict[str, Any] = {}
            if agreements and place % 5 == 0:
                of, agreement = self.rng.choice(agreements)
                covered = {"agreement": {"id": agreement}}
            hours = [self.rng.randrange(1, 16) / 4 for _ in range(2 if place % 4 == 0 else 1)]
            ticket = self.ticket(of, *hours, **covered)
            if place % 10 == 9:
                self.sells(TONER, 1, ticket={"id": ticket})

    def open_calls(self, how_many: int) -> None:
        """Calls of the kind that moves to ConnectWise; and one of four as many, for copiers, that does not."""
        for place in range(how_many):
            self.call(self.customer())
            if place % 4 == 0:
                self.call(self.customer(), "SC")

    def finish(self, tickets: Iterable[int]) -> None:
        """Work is done on tickets that came from calls, and they are set to ready: they go back (EA-07)."""
        for ticket in tickets:
            self.works(ticket, self.rng.randrange(2, 12) / 4)
            self.psa.edit(TICKETS, ticket, status={"name": READY})

    def take_orders(self, how_many: int) -> None:
        """Sales orders of one to three products."""
        for place in range(how_many):
            self.order(self.customer(), *(SWITCH, TONER, LICENCE)[: 1 + place % 3])


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
