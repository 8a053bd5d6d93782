"""Builds situations of the service call flow: a ticket or an invoice, its time, its call, and the plan that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls.rules import decide
from functions.eautomate_service_calls.settings import ServiceCallSettings
from functions.eautomate_service_calls.situations import TIME, CallSituation, Job, Work, time_ref, watched
from shared.partners.eautomate import TECHNICIAN
from shared.partners.eautomate_calls import mark
from shared.sync import policies
from shared.sync.link import Link, Pair, State
from shared.sync.needed import Found
from shared.sync.plan import Plan
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Ticket, TimeEntry, WorkInvoice
from shared.systems.eautomate import Call, Labor
from tests.flows.billing import customer, time_entry, work_invoice
from tests.flows.service_calls import READY

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def settings(**given: Any) -> ServiceCallSettings:
    return ServiceCallSettings.model_validate({"ticket_statuses": [READY], "call_status": "O", **given})


def ticket(hours: str = "2", **given: Any) -> Ticket:
    """Ticket 12345 of company 250, which says that two hours were worked."""
    return Ticket.model_validate(
        {
            "id": 12345,
            "summary": "Printer jams",
            "record_type": "ServiceTicket",
            "status": {"id": 5, "name": READY},
            "board": {"id": 1, "name": "Help Desk"},
            "company": {"id": 250, "identifier": "ACME", "name": "Acme Dental"},
            "contact": "Ann",
            "hours": hours,
            "entered": "2026-10-29T12:00:00Z",
            **given,
        }
    )


def invoice(total: str = "220", **given: Any) -> WorkInvoice:
    return work_invoice(total, **{"ticket": {"id": 12345}, **given})


def entry(number: int = 15001, hours: str = "2", **given: Any) -> TimeEntry:
    """Time at 110.00 an hour."""
    worked = {"start": "2026-10-30T13:00:00Z", "end": "2026-10-30T15:00:00Z"}
    work_type = {"id": 7, "name": "Regular"}
    return time_entry(number, hours, **{**worked, "rate": "110", "work_type": work_type, **given})


def technician(member: int = 146, partner: str = "31") -> Found:
    at = Ref(TECHNICIAN.kind, "cw", str(member))
    return Found(at, Link(TECHNICIAN.kind, str(member), partner)) if partner else Found(at)


def work(of: TimeEntry | None = None, *, given: Mapping[str, Any] | None = None, partner: str = "31") -> Work:
    """A time entry; `given` is what its line was given, if it has one."""
    of = of or entry()
    state: State | None = None
    if given is not None:
        agreed = {
            "member": "146", "who": "Jordan Reed", "hours": Decimal(2), "amount": Decimal(220), "kind": "ticket-call",
            "home": "12345", "name": "ticket 12345 Printer jams", "call": "900", **given,
        }  # fmt: skip
        state = Link(TIME, of.key, of.key, agreed=agreed)
    return Work(of, technician(of.member.id or 0, partner) if of.member else None, state)


def line(number: int = 15001, hours: str = "2", charge: str = "220", **given: Any) -> Labor:
    return Labor("31", "REED", hours=Decimal(hours), charge=Decimal(charge), remarks=mark(str(number)), **given)


def call(*labors: Labor, **given: Any) -> Call:
    """Call SC1 of customer 5100."""
    return Call(**{"id": "900", "number": "SC1", "customer_id": "5100", "customer_number": "C100", "labors": labors,
                   "description": "12345 Printer jams", "status": "P", **given})  # fmt: skip


def situation(
    of: Ticket | WorkInvoice | None = None,
    works: Sequence[Work] | None = None,
    *,
    state: State | None = None,
    set_to: Mapping[str, Any] | None = None,
    **given: Any,
) -> CallSituation:
    """A ticket all of whose needs are met, but for what is given."""
    of = of or ticket()
    if isinstance(of, Ticket):
        job, more = Job.of_ticket(of), {}
    else:
        job, more = Job.of_invoice(of), {"mode": "invoice", "invoice_statuses": ["Ready"]}
    works = [work()] if works is None else works
    home = Ref(job.kind, "cw", job.id)
    one = given.get("call")
    return CallSituation(
        **{
            "home": home,
            "name": job.name,
            "pairs": (
                Pair(home, state, cw=watched(job, [each.entry for each in works])),
                *(Pair(time_ref(each.entry.key), each.state, cw={}) for each in works),
            ),
            "facts": {"board": job.board, "type": ""},
            "settings": settings(**more, **(set_to or {})),
            "job": job,
            "works": tuple(works),
            "customer": customer(),
            "calls": {one.id: one} if one else {},
            **given,
        }
    )


def linked(**agreed: Any) -> Link:
    return Link("ticket-call", "12345", "900", agreed={"company": "250", "customer": "5100", **agreed}, rules="1")


def plan_of(of: CallSituation) -> Plan:
    """The plan as the engine makes it: decided, then the policies."""
    return policies.apply(of.settings, of, decide(of))


def codes(plan: Plan) -> list[str]:
    return [issue.code for issue in plan.issues]


def written(plan: Plan) -> dict[str, Any]:
    (step,) = [step for step in plan.steps if step.system == "eautomate"]
    return dict(step.fields)


def steps(plan: Plan) -> list[str]:
    return [step.id for step in plan.steps]
