"""Builds situations of the project invoice flow: an invoice, its project, its time, and the plan that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from functions.eautomate_project_invoices.rules import decide
from functions.eautomate_project_invoices.settings import ProjectInvoiceSettings
from functions.eautomate_project_invoices.situations import (
    NOBODY,
    ProjectInvoiceSituation,
    invoice_name,
    ref,
    watched,
)
from shared.partners.eautomate import TECHNICIAN
from shared.sync import policies
from shared.sync.link import Link, Pair
from shared.sync.needed import Found
from shared.sync.plan import Plan
from shared.sync.record import Ref
from shared.systems.connectwise_psa.projects import Phase, Project
from shared.systems.connectwise_psa.tickets import TimeEntry, WorkInvoice
from shared.systems.eautomate import Call, Item, Labor, Material
from tests.flows.billing import customer, time_entry, work_invoice

FEE, EXPENSES, PRODUCTS = "PROJECT-FEE", "PROJECT-EXP", "PROJECT-PROD"
ITEMS: Mapping[str, Item | None] = {
    number: Item(number, number, inventory=False, price=Decimal(1)) for number in (FEE, EXPENSES, PRODUCTS)
}


def settings(**given: Any) -> ProjectInvoiceSettings:
    """The flow's settings: all three items, and the status Ready."""
    items = {"fee_item": FEE, "expense_item": EXPENSES, "product_item": PRODUCTS}
    return ProjectInvoiceSettings.model_validate({"statuses": ["Ready"], **items, **given})


def project(method: str = "FixedFee", **given: Any) -> Project:
    return Project.model_validate({"id": 151, "name": "Office move", "method": method, "status": "Open", **given})


def invoice(total: str = "4500", **given: Any) -> WorkInvoice:
    """One of the project, with no tax."""
    project = {"id": 151, "name": "Office move"}
    return work_invoice(total, **{"project": project, "applied_to": "Project", **given})


def entry(number: int = 15001, hours: str = "2", rate: str = "150", **given: Any) -> TimeEntry:
    """Time from nine o'clock on, on that invoice."""
    worked = {"start": "2026-10-05T13:00:00Z", "end": "2026-10-05T15:00:00Z"}
    on = {"id": 3201, "identifier": "30017"}
    return time_entry(number, hours, **{**worked, "rate": rate, "invoice": on, **given})


def call(*, fee: str = "", hours: Sequence[tuple[str, str]] = (), **given: Any) -> Call:
    """Call SC1 of customer 5100: a fee, or labour lines of so many hours and so much money each."""
    labors = tuple(Labor("31", "REED", hours=Decimal(worked), charge=Decimal(paid)) for worked, paid in hours)
    materials = (Material(FEE, Decimal(fee)),) if fee else ()
    return Call(**{"id": "900", "number": "SC1", "customer_id": "5100", "customer_number": "C100",
                   "labors": labors, "materials": materials, **given})  # fmt: skip


def technicians(*, mapped: bool = True) -> dict[str, Found]:
    """Member 146 and its technician."""
    at = Ref(TECHNICIAN.kind, "cw", "146")
    return {"146": Found(at, Link(TECHNICIAN.kind, "146", "31")) if mapped else Found(at)}


def situation(
    what: WorkInvoice | None = None,
    of: Project | None = None,
    *,
    phase: Phase | None = None,
    link: bool = False,
    others: Sequence[str] = (),
    set_to: Mapping[str, Any] | None = None,
    **given: Any,
) -> ProjectInvoiceSituation:
    """An invoice of a fixed fee of 4,500.00, all of whose needs are met, but for what is given."""
    what = what or invoice()
    state = Link("project-invoice-call", what.key, "900", cw_name="invoice 30017", partner_name="call SC1")
    where = of if of is not None or "project" in given else project()
    where = given.pop("project", where)
    return ProjectInvoiceSituation(
        **{
            "home": ref(what.id),
            "name": invoice_name(what),
            "pairs": (Pair(ref(what.id), state if link else None, cw=watched(what, where)),),
            "settings": settings(**(set_to or {})),
            "invoice": what,
            "project": where,
            "phase": phase,
            "customer": customer(),
            "technicians": technicians(),
            "items": ITEMS,
            "others": frozenset(others),
            **given,
        }
    )


def gone(*, link: bool) -> ProjectInvoiceSituation:
    """An invoice that ConnectWise does not give back."""
    there = situation(link=link)
    return ProjectInvoiceSituation(
        home=there.home, name=there.name, pairs=there.pairs, settings=there.settings, customer=NOBODY
    )


def plan_of(of: ProjectInvoiceSituation) -> Plan:
    """The plan as the engine makes it: decided, then the policies."""
    return policies.apply(of.settings, of, decide(of))


def written(plan: Plan) -> dict[str, Any]:
    """The fields of the call that the plan makes."""
    (step,) = [step for step in plan.steps if step.verb == "create"]
    return dict(step.fields)


def codes(plan: Plan) -> list[str]:
    return [issue.code for issue in plan.issues]
