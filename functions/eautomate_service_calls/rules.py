"""The business of service calls: which tickets (or invoices) become a call, what the call is given, what comes later.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. What a call bills
stands in `billing`, how a call that exists already is found in `observing`, the words of every issue in `issues`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from functions.eautomate_service_calls import issues, making, reports
from functions.eautomate_service_calls.situations import CallSituation, Job, Work
from functions.eautomate_service_calls.sources import is_wanted
from shared.partners.eautomate import AGREEMENTS, PROJECT_INVOICES, SALES_ORDERS, money
from shared.partners.eautomate_calls import ambiguous_call, call_name, mark, marks
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import Created, Plan, Step, skip, stop
from shared.systems.connectwise_psa.tickets import PROJECT
from shared.systems.eautomate import Call
from shared.systems.eautomate.call_models import LIMITS


def decide(situation: CallSituation) -> Plan:
    """The plan for one ticket or invoice: follow its call, leave it alone, find its call, wait, or make the call."""
    job = situation.job
    if job is None:
        return _nobody(situation)
    if situation.link is not None:
        return _linked(situation, job, situation.link)
    plan = _left_alone(situation, job)
    if plan is None:
        plan = _no_time(situation) or _become(situation, job)
    elif situation.pair.intent and (call := _half_done(situation)):
        works = [work for work in situation.to_give if mark(work.entry.key) in marks(call.labors)]
        plan = making.finish(situation, job, call, works, making.BY_CREATION)
    return replace(plan, issues=(*plan.issues, *reports.moved_here(situation)))


def _nobody(situation: CallSituation) -> Plan:
    """A call whose ticket is gone is for a person; it is never taken back by us."""
    if situation.link is not None:
        return stop(situation.home, issues.record_gone(situation, situation.link), name=situation.name)
    return skip(situation.home, situation.nobody, name=situation.name)


# Left alone


def _left_alone(situation: CallSituation, job: Job) -> Plan | None:
    """What another flow bills, or nobody, is skipped, naming the owner; and what is not ready yet."""
    reason = _others(situation, job) or _no_type_of_ours(job) or _merged(job) or _not_ready(situation, job)
    return skip(situation.home, reason, name=situation.name) if reason else None


def _half_done(situation: CallSituation) -> Call | None:
    """The call that a try made which was cut short: it has lines of this time."""
    made = [call for call in situation.candidates if marks(call.labors)]
    return made[0] if len(made) == 1 else None


def _others(situation: CallSituation, job: Job) -> str:
    """EA-59: a project's ticket or invoice is the project flow's, if that is on; an agreement's and an order's never
    ours.
    """
    invoice = job.invoice
    of_project = job.of_project or any(work.entry.charged_to == PROJECT for work in situation.works)
    if of_project and PROJECT_INVOICES in situation.others:
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


def _not_ready(situation: CallSituation, job: Job) -> str:
    """EA-43, EA-50: only what is in a status of the settings becomes a call."""
    if is_wanted(job, situation.settings):
        return ""
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
    if left := tuple(reports.left_behind(situation)):
        return stop(situation.home, *left, name=situation.name)
    if not situation.to_give:
        return skip(situation.home, "None of its time entries is to be billed here.", name=situation.name)
    return None


# Becoming a call


def _become(situation: CallSituation, job: Job) -> Plan:
    """Into the call that its ticket came from (EA-07), or that carries its number (EA-42), or a new one; all that it
    waits for is told at once (EA-39), and read anew at every look (EA-40).
    """
    works = situation.to_give
    if situation.transferred:
        call, how = situation.call, making.BY_TRANSFER
        if call is None:
            return stop(situation.home, issues.call_gone(situation), name=situation.name)
    else:
        call, how = _half_done(situation), making.BY_NUMBER
        if call is None and len(situation.candidates) > 1:
            told = ambiguous_call(situation, issues.noun_of(situation), situation.candidates)
            return stop(situation.home, told, name=situation.name)
        call = call or next(iter(situation.candidates), None)
    if call is not None and all(mark(work.entry.key) in marks(call.labors) for work in works):
        return making.finish(situation, job, call, works, how)
    if waits := tuple(making.waits(situation, job, works)):
        return stop(situation.home, *waits, name=situation.name)
    return making.give(situation, job, call, works, how) if call else making.create(situation, job, works)


# What has a call


def _linked(situation: CallSituation, job: Job, link: Link) -> Plan:
    """A call gets its time once. What is changed later is reported, and what is entered later is late time."""
    call = situation.call
    if call is None:
        return stop(situation.home, issues.call_gone(situation), name=situation.name)
    told = (*reports.reports(situation, job, link, call), *reports.moved_here(situation))
    lacks = tuple(making.warnings(situation, call)) if link.agreed else ()
    works = situation.to_give
    lines = marks(call.labors)
    if link.agreed or any(work.given.get("call") == call.id for work in situation.works):
        plan = _follow(situation, job, call, works)
    elif not is_wanted(job, situation.settings):
        plan = Plan(situation.home, f"It is {call_name(call)}. {_not_ready(situation, job)}", name=situation.name)
    elif not works:
        plan = Plan(situation.home, f"It is {call_name(call)}, and has no time entry yet.", name=situation.name)
    elif all(mark(work.entry.key) in lines for work in works):
        plan = making.finish(situation, job, call, works, link.how)
    elif waits := tuple(making.waits(situation, job, works)):
        plan = stop(situation.home, *waits, name=situation.name)
    else:
        plan = making.give(situation, job, call, works, link.how)
    codes = {issue.code for issue in plan.issues}
    return replace(plan, issues=(*plan.issues, *told, *(issue for issue in lacks if issue.code not in codes)))


def _follow(situation: CallSituation, job: Job, call: Call, works: Sequence[Work]) -> Plan:
    """Time that has a line already is linked to it; the rest came late (ID522).

    A late call may have been linked for some of its lines only, when that was cut short.
    """
    steps: list[Step] = []
    late: list[Work] = []
    others = [other for other in situation.calls.values() if not other.cancel_code]
    for work in works:
        calls = (call, *others, *situation.candidates)
        holder = next((each for each in calls if mark(work.entry.key) in marks(each.labors)), None)
        if holder is None:
            late.append(work)
        else:
            steps.append(making.line_link(situation, job, work, holder.id, holder, late=holder.id != call.id))
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
    fields = making.new(situation, job, late)
    fields["description"] = f"{fields['description']} (late time)"[: LIMITS["description"]]
    create = Step("late", making.EAUTOMATE, "call", "create", fields=fields, why=why, record=first.ref)
    links = (making.line_link(situation, job, work, made, late=True) for work in late)
    steps = (*plan.steps, create, *links)
    return replace(plan, reason=f"{told}; they become a call.", steps=steps, issues=tuple(making.warnings(situation)))


def _late_waits(situation: CallSituation, job: Job, late: Sequence[Work]) -> Iterator[Issue]:
    if situation.customer is None or situation.customer.link is None:
        yield from making.waits(situation, job, late)
    else:
        yield from making.technicians(situation, late)
