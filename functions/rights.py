"""Which rights the ConnectWise API member and the e-automate user need, for what, and how it is known that they do.

infra/docs/rights.md is written from this table by `python -m infra.build.rights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.sync.names import title
from shared.sync.preflight import Check, tried

PSA = "connectwise_psa"
EAUTOMATE = "eautomate"
EVERY_FLOW = "every flow"
CALLBACKS = "callback_registration"

Level = Literal["inquire", "add", "edit", "delete"]


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Right:
    """One right that `needed_by` (a flow or a function) must have in a system: `level` on the row `name` of a role.

    `reads` is a path or an operation whose reading proves it; without one only the first write tells. `needed` says
    whether these settings ask for it, `when` says it in words.
    """

    needed_by: str
    system: str
    name: str
    level: Level
    why: str
    reads: str = ""
    when: str = ""
    needed: Callable[[Any], bool] = _always

    def __str__(self) -> str:
        return f"{self.name}: {self.level}"


CUSTOMERS = "eautomate_customers"
REFERENCE_DATA = "eautomate_reference_data"
AGREEMENTS = "eautomate_agreements"
SERVICE_CALLS = "eautomate_service_calls"
CALL_TRANSFERS = "eautomate_call_transfers"
PROJECT_INVOICES = "eautomate_project_invoices"
SALES_ORDERS = "eautomate_sales_orders"
COMPANIES = "Companies: Company Maintenance"
TABLES = "System: Table Setup"
MY_COMPANY = "System: My Company"
MEMBERS = "System: Member Maintenance"
AGREEMENTS_ROW = "Finance: Agreements"
INVOICES_ROW = "Finance: Invoicing"


def _links(*kinds: str) -> Callable[[Any], bool]:
    """Whether the reference data flow links any of these kinds."""
    return lambda settings: bool({*kinds} & {*settings.kinds})


TABLE: tuple[Right, ...] = (
    Right(
        EVERY_FLOW, PSA, MY_COMPANY, "inquire",
        "asks ConnectWise what time it is there, and whether the keys hold",
        reads="system/info",
    ),
    Right(
        CALLBACKS, PSA, TABLES, "inquire",
        "looks whether ConnectWise still tells of what changes",
        reads="system/callbacks",
    ),
    Right(CALLBACKS, PSA, TABLES, "add", "asks ConnectWise to tell of what changes"),
    Right(CALLBACKS, PSA, TABLES, "edit", "re-activates entries that ConnectWise disabled"),
    Right(CALLBACKS, PSA, TABLES, "delete", "takes away entries of its own that no flow needs any more"),
    Right(
        CUSTOMERS, PSA, COMPANIES, "inquire",
        "reads companies and sites, to match customers and to see what differs",
        reads="company/companies",
    ),
    Right(
        CUSTOMERS, PSA, COMPANIES, "add",
        "creates companies and sites",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(CUSTOMERS, PSA, COMPANIES, "edit", "updates companies and sites"),
    Right(
        CUSTOMERS, PSA, TABLES, "inquire",
        "looks whether the company status and type of its settings exist",
        reads="company/companies/statuses",
        when="create_missing is on", needed=lambda settings: settings.create_missing,
    ),
    Right(
        CUSTOMERS, PSA, MY_COMPANY, "inquire",
        "looks whether the territories of its settings exist",
        reads="system/locations",
        when="territories are set", needed=lambda settings: bool(settings.territories),
    ),
    Right(
        CUSTOMERS, EAUTOMATE, "Customers", "inquire",
        "reads customers, their locations and custom properties",
        reads="getCustomerList",
    ),
    Right(CUSTOMERS, EAUTOMATE, "Customers", "edit", "writes the RecIDs of company and site into custom properties"),
    Right(
        CUSTOMERS, EAUTOMATE, "Contracts", "inquire",
        "reads the types of customers' contracts",
        reads="getContractList",
        when="filters name a contract_type", needed=lambda settings: "contract_type" in settings.filters,
    ),
    Right(
        REFERENCE_DATA, PSA, MEMBERS, "inquire",
        "reads members, to match them with technicians and sales reps",
        reads="system/members",
        when="kinds name members", needed=_links("member-technician", "member-sales-rep"),
    ),
    Right(
        REFERENCE_DATA, PSA, TABLES, "inquire",
        "reads work types, service types, billing terms and tax codes",
        reads="time/workTypes",
        when="kinds name any of them",
        needed=_links("work-type-bill-code", "service-type-call-type", "terms-terms", "tax-code-tax-code"),
    ),
    Right(
        REFERENCE_DATA, PSA, MY_COMPANY, "inquire",
        "reads territories",
        reads="system/locations",
        when="kinds name territories", needed=_links("territory-territory"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Technicians", "inquire",
        "reads technicians",
        reads="getTechnicianList",
        when="kinds name technicians", needed=_links("member-technician"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Sales reps", "inquire",
        "reads sales reps",
        reads="getSalesRepList",
        when="kinds name sales reps", needed=_links("member-sales-rep"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Bill codes", "inquire",
        "reads bill codes",
        reads="getBillCodeList",
        when="kinds name them", needed=_links("work-type-bill-code"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Call types", "inquire",
        "reads call types",
        reads="getCallTypeList",
        when="kinds name them", needed=_links("service-type-call-type"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Territories", "inquire",
        "reads territories",
        reads="getTerritoryList",
        when="kinds name them", needed=_links("territory-territory"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Terms", "inquire",
        "reads terms",
        reads="getTermList",
        when="kinds name them", needed=_links("terms-terms"),
    ),
    Right(
        REFERENCE_DATA, EAUTOMATE, "Tax codes", "inquire",
        "reads tax codes",
        reads="getTaxCodeList",
        when="kinds name them", needed=_links("tax-code-tax-code"),
    ),
    Right(
        AGREEMENTS, PSA, INVOICES_ROW, "inquire",
        "reads agreement invoices",
        reads="finance/invoices",
    ),
    Right(
        AGREEMENTS, PSA, INVOICES_ROW, "edit",
        "writes e-automate's invoice number, and that it is paid, into custom fields",
        when="invoice_number_field or paid_field is set",
        needed=lambda settings: bool(settings.invoice_number_field or settings.paid_field),
    ),
    Right(
        AGREEMENTS, PSA, AGREEMENTS_ROW, "inquire",
        "reads agreements, their types and additions",
        reads="finance/agreements",
    ),
    Right(
        AGREEMENTS, PSA, AGREEMENTS_ROW, "edit",
        "writes the contract's number into a custom field",
        when="contract_number_field is set", needed=lambda settings: bool(settings.contract_number_field),
    ),
    Right(
        AGREEMENTS, PSA, TABLES, "inquire",
        "reads billing cycles, and looks whether the billing statuses of its settings exist",
        reads="finance/billingCycles",
    ),
    Right(
        AGREEMENTS, EAUTOMATE, "Contracts", "inquire",
        "reads which contracts and templates there are, and in which state",
        reads="getContractList",
    ),
    Right(
        AGREEMENTS, EAUTOMATE, "Customers", "inquire",
        "reads the numbers of the customers that are billed",
        reads="getCustomerDataList",
    ),
    Right(
        SALES_ORDERS, PSA, "Sales: Orders", "inquire",
        "reads sales orders",
        reads="sales/orders",
    ),
    Right(
        SALES_ORDERS, PSA, "Sales: Orders", "edit",
        "writes number and status of the e-automate order into a custom field",
        when="state_field is set", needed=lambda settings: bool(settings.state_field),
    ),
    Right(
        SALES_ORDERS, PSA, "Procurement: Products", "inquire",
        "reads what is sold with an order",
        reads="procurement/products",
    ),
    Right(
        SALES_ORDERS, PSA, "Procurement: Product Catalog", "inquire",
        "reads the product type of what e-automate has no item of",
        reads="procurement/catalog",
    ),
    Right(
        SALES_ORDERS, PSA, "Companies: Manage Attachments", "inquire",
        "lists an order's documents in the remarks of the e-automate order",
    ),
    Right(
        SALES_ORDERS, PSA, TABLES, "inquire",
        "looks whether the order statuses and product types of its settings exist",
        reads="sales/orders/statuses",
    ),
    Right(
        SALES_ORDERS, EAUTOMATE, "Sales orders", "inquire",
        "finds its orders again, and sees in which state they are",
        reads="getSalesOrderList",
    ),
    Right(SALES_ORDERS, EAUTOMATE, "Sales orders", "add", "creates orders"),
    Right(
        SALES_ORDERS, EAUTOMATE, "Items", "inquire",
        "looks which items there are, and how orders from outside are to use them",
        reads="itemUsageForSalesSetting",
    ),
    Right(
        SALES_ORDERS, EAUTOMATE, "Items", "add",
        "creates missing items from their templates",
        when="create_items is on", needed=lambda settings: settings.create_items,
    ),
    Right(
        SALES_ORDERS, EAUTOMATE, "On-hold codes", "inquire",
        "looks whether the on-hold codes of its settings exist",
        reads="getOnHoldCodeList",
        when="on-hold codes are set", needed=lambda settings: bool(settings.on_hold_codes),
    ),
    Right(
        PROJECT_INVOICES, PSA, "Finance: Invoicing", "inquire",
        "reads invoices, to make calls of those of projects",
        reads="finance/invoices",
    ),
    Right(
        PROJECT_INVOICES, PSA, "Project: Project Headers", "inquire",
        "reads how projects and phases are billed",
        reads="project/projects",
    ),
    Right(
        PROJECT_INVOICES, PSA, "Project: Project Tickets", "inquire",
        "looks whether a ticket's invoice is a project's",
        reads="project/tickets",
    ),
    Right(
        PROJECT_INVOICES, PSA, "Time & Expense: Time Entry", "inquire",
        "reads the time entries of invoices",
        reads="time/entries",
    ),
    Right(
        PROJECT_INVOICES, PSA, TABLES, "inquire",
        "looks whether the invoice statuses, project statuses and project types of its settings exist",
        reads="finance/billingStatuses",
        when="statuses, or filters on projects, are set",
        needed=lambda settings: bool(settings.statuses or {"project_status", "project_type"} & {*settings.filters}),
    ),
    Right(
        PROJECT_INVOICES, EAUTOMATE, "Service calls", "inquire",
        "finds calls again",
        reads="getCallList",
    ),
    Right(PROJECT_INVOICES, EAUTOMATE, "Service calls", "add", "makes calls of invoices"),
    Right(
        PROJECT_INVOICES, EAUTOMATE, "Contracts", "inquire",
        "finds a customer's only contract while eautomate_agreements is not in use",
        reads="getContractList",
    ),
    Right(
        PROJECT_INVOICES, EAUTOMATE, "Items", "inquire",
        "looks at the items that carry amounts",
        reads="ExistsItem",
        when="such items are set", needed=lambda settings: bool(settings.items),
    ),
    Right(
        PROJECT_INVOICES, EAUTOMATE, "Call types", "inquire",
        "looks whether the call type of its settings exists",
        reads="getCallTypeList",
        when="call_type is set", needed=lambda settings: bool(settings.call_type),
    ),
    Right(
        PROJECT_INVOICES, EAUTOMATE, "Bill codes", "inquire",
        "looks whether the bill code of its settings exists",
        reads="getBillCodeList",
        when="bill_code is set", needed=lambda settings: bool(settings.bill_code),
    ),
    Right(
        SERVICE_CALLS, PSA, "Service Desk: Service Tickets", "inquire",
        "reads the tickets that become calls",
        reads="service/tickets",
        when="mode is ticket", needed=lambda settings: settings.mode == "ticket",
    ),
    Right(
        SERVICE_CALLS, PSA, "Project: Project Tickets", "inquire",
        "reads tickets of projects, to bill them or to tell which flow does",
        reads="project/tickets",
        when="mode is ticket", needed=lambda settings: settings.mode == "ticket",
    ),
    Right(
        SERVICE_CALLS, PSA, INVOICES_ROW, "inquire",
        "reads the invoices that become calls",
        reads="finance/invoices",
        when="mode is invoice", needed=lambda settings: settings.mode == "invoice",
    ),
    Right(
        SERVICE_CALLS, PSA, "Time & Expense: Time Entry", "inquire",
        "reads the time that is billed",
        reads="time/entries",
    ),
    Right(
        SERVICE_CALLS, PSA, "Procurement: Products", "inquire",
        "reads the products that become materials",
        reads="procurement/products",
        when="products is on", needed=lambda settings: settings.products,
    ),
    Right(
        SERVICE_CALLS, PSA, TABLES, "inquire",
        "looks whether the statuses of its settings exist",
        reads="service/boards",
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Service calls", "inquire",
        "finds calls again, and those that exist already",
        reads="getCallList",
    ),
    Right(SERVICE_CALLS, EAUTOMATE, "Service calls", "add", "makes calls of tickets or invoices"),
    Right(SERVICE_CALLS, EAUTOMATE, "Service calls", "edit", "puts time into calls that exist already"),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Contracts", "inquire",
        "finds a customer's only contract while eautomate_agreements is not in use",
        reads="getContractList",
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Items", "inquire",
        "looks at the items that products become",
        reads="ExistsItem",
        when="products is on, or items are set",
        needed=lambda settings: bool(settings.products or settings.product_item or settings.expense_item),
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Call types", "inquire",
        "looks whether the call type of its settings exists",
        reads="getCallTypeList",
        when="call_type is set", needed=lambda settings: bool(settings.call_type),
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Bill codes", "inquire",
        "looks whether the bill code of its settings exists",
        reads="getBillCodeList",
        when="bill_code is set", needed=lambda settings: bool(settings.bill_code),
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Hold codes", "inquire",
        "looks whether the hold code of its settings exists",
        reads="getHoldCodeList",
        when="hold_code is set", needed=lambda settings: bool(settings.hold_code),
    ),
    Right(
        SERVICE_CALLS, EAUTOMATE, "Equipment", "inquire",
        "looks whether the equipment of its settings exists",
        reads="getEquipment",
        when="equipment is set", needed=lambda settings: bool(settings.equipment),
    ),
    Right(
        CALL_TRANSFERS, PSA, "Service Desk: Service Tickets", "inquire",
        "reads back each ticket that it creates, and finds again what was cut short",
        reads="service/tickets",
    ),
    Right(CALL_TRANSFERS, PSA, "Service Desk: Service Tickets", "add", "creates tickets of calls"),
    Right(
        CALL_TRANSFERS, PSA, TABLES, "inquire",
        "looks whether board, status, type, priority and source of its settings exist",
        reads="service/boards",
        when="one of them is set",
        needed=lambda settings: bool(settings.board or settings.priority or settings.source),
    ),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Service calls", "inquire",
        "reads which calls are to move",
        reads="getCallList",
    ),
    Right(CALL_TRANSFERS, EAUTOMATE, "Service calls", "edit", "puts calls on hold once their tickets are there"),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Customers", "inquire",
        "reads whether a call's customer is a location, and its branch",
        reads="getCustomerList",
    ),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Hold codes", "inquire",
        "looks whether the hold code of its settings exists",
        reads="getHoldCodeList",
    ),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Call types", "inquire",
        "looks whether the call types of its filters exist",
        reads="getCallTypeList",
        when="filters name call types", needed=lambda settings: "call_type" in settings.filters,
    ),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Territories", "inquire",
        "looks whether the territories of its filters exist",
        reads="getTerritoryList",
        when="filters name territories", needed=lambda settings: "territory" in settings.filters,
    ),
    Right(
        CALL_TRANSFERS, EAUTOMATE, "Technicians", "inquire",
        "looks whether the technicians of its filters exist",
        reads="getTechnicianList",
        when="filters name technicians", needed=lambda settings: "technician" in settings.filters,
    ),
)  # fmt: skip
"""The least that is needed. A right that two need is listed for both, so that either can do without the other."""

_WHERE: Mapping[str, str] = {
    PSA: "System > Security Roles, the role of the API member, row {name}",
    EAUTOMATE: "the security settings of the e-automate user, {name}",
}
_FIX: Mapping[str, str] = {PSA: "Set {level} to All.", EAUTOMATE: "Allow the user to {level}."}

Probes = Mapping[str, Callable[[str], object]]
"""By system: reads as little as can be of a path or operation; ConfigurationWrong where that is not allowed."""


def checks(needed_by: str, settings: Any, probes: Probes) -> Iterator[Check]:
    """A check for each right that is needed under these settings; what only a write can tell stays open."""
    for right in TABLE:
        if right.needed_by == needed_by and right.needed(settings):
            yield _check(right, probes)


def lacks(made: Iterable[Check], system: str, name: str, level: Level = "inquire") -> bool:
    """Whether this right was found missing among these checks."""
    return any(one.about == f"{system}/{name}: {level}" and one.passed is False for one in made)


def _check(right: Right, probes: Probes) -> Check:
    words = {"name": right.name, "level": right.level}
    check = Check(
        "RIGHT",
        f"{title(right.system)} right {right}",
        None,
        "only the first write tells whether it is there",
        f"{right.level} on {right.name}, because {right.needed_by} {right.why}",
        _WHERE[right.system].format(**words),
        _FIX[right.system].format(**words),
        f"{right.system}/{right}",
    )
    if not right.reads:
        return check

    def ask() -> Check:
        probes[right.system](right.reads)
        return replace(check, passed=True, found="it is there")

    # Whatever the other side says, this is the row of this very role that mends it.
    return replace(tried(check, ask), where=check.where, fix=check.fix)
