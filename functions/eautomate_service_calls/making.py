"""How a call is made, or gets its time: what it waits for, its fields, and the links that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls import billing, issues
from functions.eautomate_service_calls.situations import TIME, CallSituation, Job, Work, line_of
from shared.partners.eautomate import CONTRACT, CUSTOMER, cents
from shared.partners.eautomate_calls import call_name, mark, marks, no_contract
from shared.sync.issue import Issue
from shared.sync.plan import LINKS, Created, Plan, Step, stop
from shared.sync.record import Fields, Name
from shared.systems.eautomate import Call
from shared.systems.eautomate.call_models import LIMITS

EAUTOMATE = "eautomate"
BY_CREATION = "This call was created for it."
BY_NUMBER = "Its number leads the call's description."
BY_TRANSFER = "Its ticket was made of this call."


# What it waits for


def waits(situation: CallSituation, job: Job, works: Sequence[Work]) -> Iterator[Issue]:
    """What must be there before a call is made; each of it settles itself."""
    customer = situation.customer
    if customer is None:
        yield issues.no_company(situation)
    elif customer.link is None:
        yield CUSTOMER.issue(situation, job.company_name, customer)
    yield from technicians(situation, works)
    if situation.cover.waits:
        named = Name(
            f"agreement {job.agreement.name or job.agreement.id}" if job.agreement else "agreement of its time"
        )
        yield CONTRACT.issue(situation, named, situation.cover.waits)
    if unfit := list(billing.unfit(situation, job)):
        yield issues.item_unfit(situation, unfit)
    elif not any(technicians(situation, works)):
        yield from _differences(situation, job, works)


def technicians(situation: CallSituation, works: Sequence[Work]) -> Iterator[Issue]:
    """EA-39: everybody whose time is billed is a technician in e-automate."""
    if missing := [work for work in works if work.technician is None or work.technician.link is None]:
        yield issues.technicians_not_mapped(situation, missing)


def _differences(situation: CallSituation, job: Job, works: Sequence[Work]) -> Iterator[Issue]:
    """What e-automate is given equals what ConnectWise says: a ticket's hours, an invoice's total to the cent."""
    if job.adds_up is not None:
        ours = billing.hours_of(situation.works)
        if cents(ours) != cents(job.adds_up):
            yield issues.hours_differ(situation, ours, job.adds_up)
    if job.invoice is not None and situation.settings.billing == "connectwise":
        ours, theirs = billing.comes_to(situation, job, works), billing.should_come_to(job.invoice)
        if cents(ours) != cents(theirs):
            yield issues.totals_differ(situation, ours, theirs, _without_item(situation, job))


def _without_item(situation: CallSituation, job: Job) -> list[str]:
    settings, invoice = situation.settings, job.invoice
    amounts = {
        "expenses": (settings.expense_item, invoice.expenses if invoice else 0),
        "products": (settings.product_item, invoice.products if invoice else 0),
    }
    return [what for what, (item, amount) in amounts.items() if amount and not item]


# The steps


def create(situation: CallSituation, job: Job, works: Sequence[Work]) -> Plan:
    """A call with one labour line for each time entry, its link, and a link for each line."""
    why = f"Its status is {job.status}." if job.status else BY_CREATION
    fields = {**new(situation, job, works), "materials": billing.materials(situation, job)}
    made = Created("call")
    return Plan(
        situation.home,
        why,
        steps=(
            *_unlinks(works),
            Step("call", EAUTOMATE, "call", "create", fields=fields, why=why),
            link(situation, made, _agreed(situation, job), BY_CREATION),
            *(line_link(situation, job, work, made) for work in works),
        ),
        issues=tuple(warnings(situation)),
        name=situation.name,
    )


def give(situation: CallSituation, job: Job, call: Call, works: Sequence[Work], how: str) -> Plan:
    """EA-50: the call that exists gets the time, then links; a try cut short is seen by the lines that it wrote."""
    strange = [line for line in call.labors if not line.remarks.strip().startswith(mark(""))]
    if strange and not situation.transferred and situation.link is None and len(strange) == len(call.labors):
        # Its labour was entered elsewhere: it is either this time, or a person decides.
        theirs = sum((line.hours or Decimal(0) for line in strange), Decimal(0))
        ours = sum((work.entry.billed_hours for work in works), Decimal(0))
        if cents(theirs) != cents(ours):
            differs = issues.found_call_differs(situation, call, theirs, ours)
            return stop(situation.home, differs, name=situation.name)
        return finish(situation, job, call, works)
    if call.invoiced or call.cancel_code:
        return stop(situation.home, issues.call_invoiced(situation, call), name=situation.name)
    missing = [work for work in works if mark(work.entry.key) not in marks(call.labors)]
    settings = situation.settings
    fields: dict[str, Any] = {
        "labors": tuple(billing.line(situation, work) for work in missing),
        "materials": billing.materials(situation, job),
        "hold_code": settings.hold_code,
        **({"status": settings.call_status} if settings.call_status else {}),
        **({} if call.bill_code else _bill_code(situation)),
        **(
            {"contract_id": situation.cover.contract_id} if not call.contract_id and situation.cover.contract_id else {}
        ),
    }
    before = {"hold_code": call.hold_code, "status": call.status}
    update = Step("call", EAUTOMATE, "call", "update", call.id, fields=fields, before=before, why=how)
    rest = finish(situation, job, call, works, how)
    return replace(rest, steps=(update, *rest.steps), issues=(*rest.issues, *warnings(situation, call)))


def finish(situation: CallSituation, job: Job, call: Call, works: Sequence[Work], how: str = BY_NUMBER) -> Plan:
    """The links of a call that has all lines: those that are not there yet."""
    stale = _unlinks(work for work in works if work.given.get("call") != call.id)
    unlinked = [work for work in works if work.link is None or work.given.get("call") != call.id]
    lines = tuple(line_link(situation, job, work, call.id, call) for work in unlinked)
    told = tuple(_changed_meanwhile(situation, call, unlinked))
    agreed = _agreed(situation, job)
    if situation.link is None and not situation.transferred and call.customer_id != agreed["customer"]:
        # The company was changed since the try that made the call.
        agreed, told = {**agreed, "company": ""}, (*told, issues.company_changed(situation, job, call))
    own = () if situation.link else (link(situation, call.id, agreed, how),)
    return Plan(situation.home, how, (*stale, *own, *lines), told, name=situation.name)


def _changed_meanwhile(situation: CallSituation, call: Call, works: Sequence[Work]) -> Iterator[Issue]:
    """Time that was changed between a try that was cut short and the look that finds its call."""
    for work in works:
        if there := line_of(call, work.entry.key):
            then, now = billing.given_by(there, situation, work), billing.given(situation, work)
            if billing.differs(then, now):
                yield issues.time_changed(situation, work, then, now, str(call_name(call)))


def new(situation: CallSituation, job: Job, works: Sequence[Work]) -> dict[str, Any]:
    """What a new call says. The number leads the description (EA-42): by it the call is found again."""
    settings, customer, technician = situation.settings, situation.customer, works[0].technician
    assert customer is not None
    assert technician is not None
    lines = tuple(billing.line(situation, work) for work in works)
    fits = len(job.po_number) <= LIMITS["po_number"]
    values: dict[str, Any] = {
        "customer_id": customer.partner_id,
        "equipment": settings.equipment,
        "description": f"{job.number} {job.title}".strip()[: LIMITS["description"]],
        "caller": job.contact[: LIMITS["caller"]],
        "po_number": job.po_number if fits else "",
        "notes": "" if fits else f"PO {job.po_number}",  # cut, it would be another one
        "status": settings.call_status,
        "hold_code": settings.hold_code,
        "technician_id": lines[0]["technician_id"],
        "contract_id": situation.cover.contract_id,
        "opened": job.opened or works[0].entry.start,
        **({"call_type_id": situation.call_type} if situation.call_type else {"call_type": settings.call_type}),
        **_bill_code(situation),
    }
    return {**{name: value for name, value in values.items() if value}, "labors": lines}


def _bill_code(situation: CallSituation) -> Fields:
    """The one that all work types are linked to, else that of the settings."""
    if len(situation.bill_codes) == 1:
        return {"bill_code_id": next(iter(situation.bill_codes))}
    return {"bill_code": situation.settings.bill_code} if situation.settings.bill_code else {}


def warnings(situation: CallSituation, call: Call | None = None) -> Iterator[Issue]:
    """EA-06: what a call lacks, but does not wait for; until somebody gives it that, or it is invoiced without."""
    if call is not None and call.invoiced:
        return
    if situation.cover.unsure and not (call and call.contract_id):
        yield no_contract(situation, "an agreement", situation.cover)
    if len(situation.bill_codes) > 1 and not situation.settings.bill_code and not (call and call.bill_code):
        yield issues.bill_code_unsure(situation)


# Links


def link(situation: CallSituation, call: str | Created, agreed: Fields, how: str) -> Step:
    fields = {"cw": situation.home.id, "partner": call, "agreed": agreed}
    return Step("link", LINKS, situation.home.kind, "link", fields=fields, why=how)


def _agreed(situation: CallSituation, job: Job) -> Fields:
    """What the link keeps: for which company the call got its time."""
    return {"company": job.company_id, "customer": situation.customer.partner_id if situation.customer else ""}


def line_link(
    situation: CallSituation,
    job: Job,
    work: Work,
    call: str | Created,
    there: Call | None = None,
    *,
    late: bool = False,
) -> Step:
    """A time entry and its line, with what the line was given: by the line itself where it is `there` already."""
    line = line_of(there, work.entry.key) if there else None
    agreed = {
        **(billing.given_by(line, situation, work) if line else billing.given(situation, work)),
        "kind": situation.home.kind,
        "home": situation.home.id,
        "name": str(job.name),
        "call": call,
        **({"late": True} if late else {}),
    }
    key = work.entry.key
    fields = {"cw": key, "partner": key, "agreed": agreed}
    return Step(f"time-{key}", LINKS, TIME, "link", fields=fields, why="A labour line is made of it.", record=work.ref)


def _unlinks(works: Sequence[Work] | Iterator[Work]) -> tuple[Step, ...]:
    """Ends the links of lines in a call that a person unlinked, so that their time is given anew."""
    return tuple(
        Step(
            f"was-{work.entry.key}",
            LINKS,
            TIME,
            "unlink",
            fields={"cw": work.entry.key, "partner": work.entry.key},
            why="Its call was unlinked.",
            record=work.ref,
        )
        for work in works
        if work.link is not None
    )
