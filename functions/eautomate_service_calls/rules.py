"""The business of service calls: which tickets (or invoices) become a call, what the call is given, what comes later.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. What a call bills
stands in `billing`, how a call that exists already is found in `observing`, the words of every issue in `issues`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from functions.eautomate_service_calls import billing, issues
from functions.eautomate_service_calls.situations import TIME, CallSituation, Job, Work, call_name
from functions.eautomate_service_calls.sources import is_wanted
from shared.partners.eautomate import AGREEMENTS, CONTRACT, CUSTOMER, PROJECT_INVOICES, SALES_ORDERS, cents, money
from shared.partners.eautomate_calls import mark, marks
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Fields, Name
from shared.systems.eautomate import Call
from shared.systems.eautomate.calls import LIMITS

EAUTOMATE = "eautomate"
BY_CREATION = "This call was created for it."
BY_NUMBER = "Its number leads the call's description."
BY_TRANSFER = "Its ticket was made of this call."


def decide(situation: CallSituation) -> Plan:
    """The plan for one ticket or invoice: follow its call, leave it alone, find its call, wait, or make the call."""
    job = situation.job
    if job is None:
        return _nobody(situation)
    if situation.link is not None:
        return _linked(situation, job, situation.link)
    plan = _not_ours(situation, job) or _not_yet(situation, job) or _no_time(situation) or _become(situation, job)
    return replace(plan, issues=(*plan.issues, *_moved_here(situation)))


def _nobody(situation: CallSituation) -> Plan:
    """A call whose ticket is gone is for a person; it is never taken back by us."""
    if situation.link is not None:
        return stop(situation.home, issues.record_gone(situation, situation.link), name=situation.name)
    return skip(situation.home, situation.nobody, name=situation.name)


# Left alone


def _not_ours(situation: CallSituation, job: Job) -> Plan | None:
    """What another flow bills, or nobody, is skipped, naming the owner."""
    reason = _others(situation, job) or _no_type_of_ours(job) or _merged(job)
    return skip(situation.home, reason, name=situation.name) if reason else None


def _others(situation: CallSituation, job: Job) -> str:
    """EA-59: a project's ticket or invoice is the project flow's, if that is on; an agreement's and an order's never
    ours.
    """
    invoice = job.invoice
    if job.of_project and PROJECT_INVOICES in situation.others:
        return f"It is a project's {job.noun}: {PROJECT_INVOICES} bills it."
    if invoice and invoice.type == "Agreement":
        return f"It is an agreement's invoice: {_owner(AGREEMENTS, situation)}."
    if invoice and invoice.order is not None:
        return f"It is a sales order's invoice: {_owner(SALES_ORDERS, situation)}."
    return ""


def _owner(flow: str, situation: CallSituation) -> str:
    return f"{flow} bills it" if flow in situation.others else f"{flow} would bill it, but is not in use"


def _no_type_of_ours(job: Job) -> str:
    if job.invoice and job.invoice.type in ("DownPayment", "CreditMemo"):
        return f"An invoice of the type {job.invoice.type} is not synced; make it by hand in e-automate."
    return ""


def _merged(job: Job) -> str:
    return f"It was merged into ticket {job.merged_into}." if job.merged_into else ""


def _not_yet(situation: CallSituation, job: Job) -> Plan | None:
    """EA-43, EA-50: only what is in a status of the settings becomes a call. A call of its own is linked before."""
    if is_wanted(job, situation.settings):
        return None
    if len(situation.candidates) == 1:
        (call,) = situation.candidates
        why = f"{BY_NUMBER} It gets its time when the {job.noun} is ready."
        return Plan(situation.home, why, (_link(situation, call.id, {}, BY_NUMBER),), name=situation.name)
    return skip(situation.home, _status(situation, job), name=situation.name)


def _status(situation: CallSituation, job: Job) -> str:
    setting = f"{job.noun}_statuses"
    taken = ", ".join(situation.settings.statuses) or f"none, since {setting} is empty"
    return f"Its status is {job.status or 'empty'}; the settings take {taken}."


def _no_time(situation: CallSituation) -> Plan | None:
    """EA-51: without a time entry there is nothing to bill; nor before the day with which the settings begin."""
    first = situation.settings.first_day
    if not situation.works:
        return skip(situation.home, "It has no time entry.", name=situation.name)
    if first and all(work.day and work.day < first for work in situation.works):
        why = f"Its last time entry is of {situation.works[-1].day}; the settings begin with {first}."
        return skip(situation.home, why, name=situation.name)
    if not _to_give(situation):
        return skip(situation.home, "None of its time entries is to be billed here.", name=situation.name)
    return None


# Becoming a call


def _become(situation: CallSituation, job: Job) -> Plan:
    """Into the call that its ticket came from (EA-07), or that carries its number (EA-42), or a new one; all that it
    waits for is told at once (EA-39), and read anew at every look (EA-40).
    """
    works = _to_give(situation)
    ours = [call for call in situation.candidates if marks(call.labors)]
    found = ours if len(ours) == 1 else list(situation.candidates)
    call = situation.call if situation.transferred else found[0] if len(found) == 1 else None
    if call is None and found:
        return stop(situation.home, issues.ambiguous_call(situation, found), name=situation.name)
    if call is not None and all(mark(work.entry.key) in marks(call.labors) for work in works):
        return _finish(situation, job, call, works)
    if waits := tuple(_waits(situation, job, works)):
        return stop(situation.home, *waits, name=situation.name)
    if call is not None:
        return _give(situation, job, call, works, BY_TRANSFER if situation.transferred else BY_NUMBER)
    return _create(situation, job, works)


def _waits(situation: CallSituation, job: Job, works: Sequence[Work]) -> Iterator[Issue]:
    """What must be there before a call is made; each of it settles itself."""
    customer = situation.customer
    if customer is None:
        yield issues.no_company(situation)
    elif customer.link is None:
        yield CUSTOMER.issue(situation.home, situation.name, job.company_name, customer)
    yield from _technicians(situation, works)
    if situation.cover.waits:
        named = Name(
            f"agreement {job.agreement.name or job.agreement.id}" if job.agreement else "agreement of its time"
        )
        yield CONTRACT.issue(situation.home, situation.name, named, situation.cover.waits)
    if unfit := list(billing.unfit(situation, job)):
        yield issues.item_unfit(situation, unfit)
    elif not any(_technicians(situation, works)):
        yield from _differences(situation, job, works)


def _technicians(situation: CallSituation, works: Sequence[Work]) -> Iterator[Issue]:
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


def _create(situation: CallSituation, job: Job, works: Sequence[Work]) -> Plan:
    """A call with one labour line for each time entry, its link, and a link for each line."""
    why = f"Its status is {job.status}." if job.status else BY_CREATION
    fields = {**_new(situation, job, works), "materials": billing.materials(situation, job)}
    made = Created("call")
    return Plan(
        situation.home,
        why,
        steps=(
            *_unlinks(works),
            Step("call", EAUTOMATE, "call", "create", fields=fields, why=why),
            _link(situation, made, _agreed(situation, job), BY_CREATION),
            *(_line_link(situation, job, work, made) for work in works),
        ),
        issues=tuple(_warnings(situation)),
        name=situation.name,
    )


def _give(situation: CallSituation, job: Job, call: Call, works: Sequence[Work], how: str) -> Plan:
    """EA-50: the call that exists gets the time; links last, so that a try cut short is seen by the lines it wrote."""
    strange = [line for line in call.labors if not line.remarks.strip().startswith(mark(""))]
    if strange and not situation.transferred and not _by_hand(situation) and len(strange) == len(call.labors):
        # Its labour was entered elsewhere: it is either this time, or a person decides.
        theirs = sum((line.hours or Decimal(0) for line in strange), Decimal(0))
        ours = sum((work.entry.billed_hours for work in works), Decimal(0))
        if cents(theirs) != cents(ours):
            differs = issues.found_call_differs(situation, call, theirs, ours)
            return stop(situation.home, differs, name=situation.name)
        return _finish(situation, job, call, works)
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
    rest = _finish(situation, job, call, works, how)
    return replace(rest, steps=(update, *rest.steps), issues=tuple(_warnings(situation)))


def _finish(situation: CallSituation, job: Job, call: Call, works: Sequence[Work], how: str = BY_NUMBER) -> Plan:
    """The links of a call that has all lines: those that are not there yet."""
    stale = _unlinks(work for work in works if work.given.get("call") != call.id)
    unlinked = [work for work in works if work.link is None or work.given.get("call") != call.id]
    own = () if situation.link else (_link(situation, call.id, _agreed(situation, job), how),)
    return Plan(
        situation.home,
        how,
        (*stale, *(_line_link(situation, job, work, call.id) for work in unlinked), *own),
        name=situation.name,
    )


def _new(situation: CallSituation, job: Job, works: Sequence[Work]) -> dict[str, Any]:
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


def _warnings(situation: CallSituation) -> Iterator[Issue]:
    """EA-06: what a call lacks, but does not wait for."""
    if situation.cover.unsure:
        yield issues.no_contract(situation)
    if len(situation.bill_codes) > 1 and not situation.settings.bill_code:
        yield issues.bill_code_unsure(situation)


# What has a call


def _linked(situation: CallSituation, job: Job, link: Link) -> Plan:
    """A call gets its time once. What is changed later is reported, and what is entered later is late time."""
    call = situation.call
    if call is None:
        return stop(situation.home, issues.call_gone(situation, link), name=situation.name)
    told = (*_reports(situation, job, link, call), *_moved_here(situation))
    works = [work for work in _to_give(situation) if work.link is None]
    lines = marks(call.labors)
    if link.agreed or any(work.given.get("call") == call.id for work in situation.works):
        plan = _follow(situation, job, call, works)
    elif not is_wanted(job, situation.settings):
        plan = Plan(situation.home, f"It is {call_name(call)}. {_status(situation, job)}", name=situation.name)
    elif not works:
        plan = Plan(situation.home, f"It is {call_name(call)}, and has no time entry yet.", name=situation.name)
    elif all(mark(work.entry.key) in lines for work in works):
        plan = _finish(situation, job, call, works, link.how)
    elif waits := tuple(_waits(situation, job, works)):
        plan = stop(situation.home, *waits, name=situation.name)
    else:
        plan = _give(situation, job, call, works, link.how)
    return replace(plan, issues=(*plan.issues, *told))


def _follow(situation: CallSituation, job: Job, call: Call, works: Sequence[Work]) -> Plan:
    """Time that has a line already is linked to it; the rest came late (ID522)."""
    steps: list[Step] = []
    late: list[Work] = []
    for work in works:
        holder = next((c for c in (call, *situation.candidates) if mark(work.entry.key) in marks(c.labors)), None)
        if holder is None:
            late.append(work)
        else:
            steps.append(_line_link(situation, job, work, holder.id, late=holder is not call))
    plan = Plan(situation.home, f"It is {call_name(call)}.", tuple(steps), name=situation.name)
    return _late(situation, job, call, late, plan) if late else plan


def _late(situation: CallSituation, job: Job, call: Call, late: Sequence[Work], plan: Plan) -> Plan:
    """Late time: a call of its own, a report, or nothing. While the ticket is open again, more may come."""
    hours = money(sum((work.entry.billed_hours for work in late), Decimal(0)))
    told = f"{plan.reason} {hours} hours were entered after it had been made"
    if situation.settings.late_time == "ignore":
        return replace(plan, reason=f"{told}; the settings leave them out.")
    if situation.settings.late_time == "report":
        return replace(plan, reason=f"{told}.", issues=(issues.late_time(situation, late),))
    if not (job.done or is_wanted(job, situation.settings)):
        return replace(plan, reason=f"{told}; they wait until the {job.noun} is closed again.")
    if waits := tuple(_late_waits(situation, job, late)):
        return replace(plan, reason=" ".join(issue.message for issue in waits), issues=waits)
    first, made = late[0], Created("late")
    why = f"Time that was entered when {call_name(call)} had been made."
    fields = _new(situation, job, late)
    fields["description"] = f"{fields['description']} (late time)"[: LIMITS["description"]]
    create = Step("late", EAUTOMATE, "call", "create", fields=fields, why=why, record=first.ref)
    links = (_line_link(situation, job, work, made, late=True) for work in late)
    steps = (*plan.steps, create, *links)
    return replace(plan, reason=f"{told}; they become a call.", steps=steps, issues=tuple(_warnings(situation)))


def _late_waits(situation: CallSituation, job: Job, late: Sequence[Work]) -> Iterator[Issue]:
    if situation.customer is None or situation.customer.link is None:
        yield from _waits(situation, job, late)
    else:
        yield from _technicians(situation, late)


def _reports(situation: CallSituation, job: Job, link: Link, call: Call) -> Iterator[Issue]:
    """What both sides disagree on since the call had its time: told with both values, and nothing is written."""
    if _company_changed(situation, job, link, call):
        yield issues.company_changed(situation, job, call)
    for work in situation.works:
        if work.given and _is_here(situation, work) and billing.is_changed(situation, work):
            there = situation.calls.get(str(work.given["call"]), call)
            yield issues.time_changed(situation, work, billing.given(situation, work), str(call_name(there)))
    for entry_id in situation.gone:
        for there in situation.calls.values():
            if line := billing.call_line(there, entry_id):
                told = {"hours": line.hours or Decimal(0), "who": line.technician}
                told |= {"amount": line.charge} if line.charge is not None else {}
                yield issues.time_gone(situation, entry_id, there, told)


def _company_changed(situation: CallSituation, job: Job, link: Link, call: Call) -> bool:
    """EA-41: another company than the call was made for, unless e-automate has the call with that one's customer."""
    if not link.agreed or link.agreed.get("company") == job.company_id:
        return False
    customer = situation.customer
    return customer is None or customer.partner_id != call.customer_id


def _moved_here(situation: CallSituation) -> Iterator[Issue]:
    """Time that another ticket's call has: it is not billed a second time."""
    for work in situation.works:
        if work.given and not _is_here(situation, work):
            call = f"the call {work.given.get('call')}"
            yield issues.time_moved(situation, work, billing.given(situation, work), call)


# What they have in common


def _to_give(situation: CallSituation) -> list[Work]:
    """The time entries that no line stands for yet: nobody cancelled them, and no other ticket's call has them.

    A ticket that a person unlinked from its call gives its time anew, but for that which became calls of its own.
    """
    return [
        work
        for work in situation.works
        if not work.held
        and (work.link is None or (situation.link is None and _is_here(situation, work) and not work.given.get("late")))
    ]


def _is_here(situation: CallSituation, work: Work) -> bool:
    return bool(work.given.get("kind") == situation.home.kind and work.given.get("home") == situation.home.id)


def _agreed(situation: CallSituation, job: Job) -> Fields:
    """What the link keeps: for which company the call got its time."""
    return {"company": job.company_id, "customer": situation.customer.partner_id if situation.customer else ""}


def _link(situation: CallSituation, call: str | Created, agreed: Fields, how: str) -> Step:
    fields = {"cw": situation.home.id, "partner": call, "agreed": agreed}
    return Step("link", LINKS, situation.home.kind, "link", fields=fields, why=how)


def _line_link(situation: CallSituation, job: Job, work: Work, call: str | Created, *, late: bool = False) -> Step:
    """A time entry and its line, with what the line was given."""
    agreed = {
        **billing.given(situation, work),
        "kind": situation.home.kind,
        "home": situation.home.id,
        "name": str(job.name),
        "call": call,
        **({"late": True} if late else {}),
    }
    key = work.entry.key
    fields = {"cw": key, "partner": key, "agreed": agreed}
    return Step(f"time-{key}", LINKS, TIME, "link", fields=fields, why=BY_CREATION, record=work.ref)


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


def _by_hand(situation: CallSituation) -> bool:
    """Whether a person linked the call."""
    return situation.link is not None and situation.link.how != BY_NUMBER
