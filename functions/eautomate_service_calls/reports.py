"""What both sides disagree on since a call had its time: told with both values, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from functions.eautomate_service_calls import billing, issues
from functions.eautomate_service_calls.situations import CallSituation, Job, line_of
from shared.partners.eautomate_calls import call_name
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.systems.eautomate import Call


def reports(situation: CallSituation, job: Job, link: Link, call: Call) -> Iterator[Issue]:
    """What both sides disagree on since the call had its time: told with both values, and nothing is written."""
    if _company_changed(situation, job, link, call):
        yield issues.company_changed(situation, job, call)
    for work in situation.works:
        if work.given and situation.is_here(work) and billing.is_changed(situation, work):
            there = situation.calls.get(str(work.given["call"]), call)
            yield issues.time_changed(
                situation, work, work.given, billing.given(situation, work), str(call_name(there))
            )
    yield from left_behind(situation)
    for entry_id in situation.gone:
        for there in situation.calls.values():
            if line := line_of(there, entry_id):
                told = {"hours": line.hours or Decimal(0), "who": line.technician}
                told |= {"amount": line.charge} if line.charge is not None else {}
                yield issues.time_gone(situation, entry_id, there, told)


def _company_changed(situation: CallSituation, job: Job, link: Link, call: Call) -> bool:
    """EA-41: another company than the call was made for, unless e-automate has the call with that one's customer."""
    if not link.agreed or link.agreed.get("company") == job.company_id:
        return False
    customer = situation.customer
    return customer is None or customer.partner_id != call.customer_id


def left_behind(situation: CallSituation) -> Iterator[Issue]:
    """Time in a call that a person unlinked: as long as its lines stand there, no other call gets it."""
    for work in situation.works:
        if situation.is_left(work) and situation.stands(work):
            yield issues.time_in_other_call(situation, situation.calls[str(work.given["call"])])
            return


def moved_here(situation: CallSituation) -> Iterator[Issue]:
    """Time that another ticket's call has: it is not billed a second time."""
    for work in situation.works:
        if work.given and not situation.is_here(work):
            call = f"the call {work.given.get('call')}"
            yield issues.time_moved(situation, work, billing.given(situation, work), call)
