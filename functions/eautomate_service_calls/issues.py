"""Every issue of the service call flow, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from functions.eautomate_service_calls.situations import FLOW, CallSituation, Job, Work, time_ref
from shared.partners.eautomate import TECHNICIAN, money
from shared.partners.eautomate_calls import call_name
from shared.sync.issue import Awaited, Issue
from shared.sync.link import Link
from shared.sync.record import Fields, Name
from shared.systems.eautomate import Call


def record_gone(situation: CallSituation, link: Link) -> Issue:
    called = link.partner_name or f"the call with the ID {link.partner_id}"
    return situation.issue(
        "RECORD_GONE",
        f"{situation.name}, of which {called} was made, was deleted in ConnectWise. The call is left as it is.",
        f"Cancel {called} in e-automate if it is not to be billed; then unlink the two here.",
    )


def call_gone(situation: CallSituation) -> Issue:
    link = situation.link
    called = (
        (link.partner_name or f"the call with the ID {link.partner_id}") if link else "the call that was moved to it"
    )
    return situation.issue(
        "CALL_GONE",
        f"e-automate does not know {called} any more, to which {situation.name} belongs. No second call is made.",
        f"Unlink the two here if the {noun_of(situation)} is to become a call again; otherwise cancel it here.",
    )


def no_company(situation: CallSituation) -> Issue:
    return situation.issue(
        "NO_COMPANY",
        f"{situation.name} has no company, so that it is nobody's call.",
        f"Give the {noun_of(situation)} its company in ConnectWise; it is tried again by itself.",
        category="mapping",
    )


def technicians_not_mapped(situation: CallSituation, works: Sequence[Work]) -> Issue:
    """EA-39: one issue for all members of the time entries that no technician is linked to; it waits for each."""
    who = {work.who: work for work in works}
    found = [work.technician for work in who.values() if work.technician]
    if not found:
        told = ", ".join(str(work.name) for work in who.values())
        return situation.issue(
            TECHNICIAN.code,
            f"{situation.name} has time of nobody: {told}.",
            "Give the time entry its member in ConnectWise; it is tried again by itself.",
            category="mapping",
        )
    names = tuple(Name(f"member {each}") for each in who)
    first = TECHNICIAN.issue(situation, names[0], found[0])
    waits = tuple(Awaited(TECHNICIAN.flow, each.ref) for each in found)
    if len(names) == 1:
        return first
    message = f"{situation.name} needs the members {', '.join(who)}, who are not mapped to technicians yet."
    return replace(first, message=message, waits_on=waits, about=names)


def item_unfit(situation: CallSituation, unfit: Sequence[tuple[str, str]]) -> Issue:
    told = "; ".join(f"{number}, {why}" for number, why in unfit)
    return situation.issue(
        "ITEM_UNFIT",
        f"{situation.name} needs the item {told}. No call was made.",
        "In e-automate, add the item or make it active (an item that carries amounts has the list price 1.00); or "
        f"change the product in ConnectWise; or see products and product_item in the settings of {FLOW}.",
        category="refused",
    )


def hours_differ(situation: CallSituation, ours: Decimal, theirs: Decimal) -> Issue:
    return situation.issue(
        "HOURS_DIFFER",
        f"{situation.name} says {money(theirs)} hours, but its time entries come to {money(ours)}. No call was made.",
        "Correct the time entries in ConnectWise so that both agree; the ticket is tried again by itself.",
    )


def totals_differ(situation: CallSituation, ours: Decimal, theirs: Decimal, missing: Sequence[str]) -> Issue:
    """Both totals, and what has no part that would carry it."""
    why = f" Nothing carries its {' and its '.join(missing)} to the cent." if missing else ""
    named = [f"flows.{FLOW}.{'expense_item' if one == 'expenses' else 'product_item'}" for one in missing]
    settings = f"Name the item that is to carry them in {' and '.join(named)}; or c" if missing else "C"
    return situation.issue(
        "TOTALS_DIFFER",
        f"{situation.name} says {money(theirs)} before tax, but its call would come to {money(ours)}.{why} "
        "No call was made.",
        f"{settings}orrect the invoice, or what its time entries bill, in ConnectWise. It is tried again by itself.",
    )


def found_call_differs(situation: CallSituation, call: Call, theirs: Decimal, ours: Decimal) -> Issue:
    return situation.issue(
        "FOUND_CALL_DIFFERS",
        f"{call_name(call)} carries the number of {situation.name} and has labour of {money(theirs)} hours, but "
        f"ConnectWise bills {money(ours)}. Nothing was written.",
        f"Correct {call_name(call)} in e-automate or the time in ConnectWise so that both agree; or cancel the call "
        f"there and unlink the two here, and another is made.",
        about=(call_name(call),),
    )


def call_invoiced(situation: CallSituation, call: Call) -> Issue:
    return situation.issue(
        "CALL_INVOICED",
        f"{call_name(call)} is invoiced (or cancelled) already, so the time of {situation.name} cannot be put into it.",
        "In e-automate, void the call's invoice or reopen the call, and it gets its time by itself; or link the "
        f"{noun_of(situation)} to another call here.",
        about=(call_name(call),),
    )


def company_changed(situation: CallSituation, job: Job, call: Call) -> Issue:
    """EA-41: a company changed after the call exists; what is on either side stays until a person decides."""
    whose = f"customer {call.customer_number} {call.customer_name}".strip()
    return situation.issue(
        "COMPANY_CHANGED_AFTER_CALL",
        f"{situation.name} is {job.company_name}'s now, but {call_name(call)}, which has its time, is {whose}'s. No "
        "second call is made.",
        f"Set the {job.noun} back to its company in ConnectWise; or give the call its right customer in e-automate; or "
        "cancel the call there and unlink the two here, and one is made for the other customer.",
        about=(call_name(call),),
    )


def time_in_other_call(situation: CallSituation, other: Call) -> Issue:
    call = situation.call
    gets = f"{call_name(call)}, to which it is linked now, gets the time" if call else "a new one is made"
    return situation.issue(
        "TIME_IN_OTHER_CALL",
        f"The time of {situation.name} is in {call_name(other)}, from which it was unlinked. Nothing is billed twice.",
        f"Cancel {call_name(other)} in e-automate or take its lines out, and {gets}; or link the "
        f"{noun_of(situation)} to {call_name(other)} again.",
        about=(call_name(other),),
    )


def time_changed(situation: CallSituation, work: Work, then: Fields, now: Fields, call: str) -> Issue:
    return situation.issue(
        "TIME_CHANGED_AFTER_CALL",
        f"{work.name} of {situation.name} was changed when {call} had it: it was given {_told(then)}, "
        f"ConnectWise says {_told(now)} now. Nothing is billed twice.",
        f"Correct the line in {call}, or the time entry in ConnectWise, so that both agree.",
        of=(time_ref(work.entry.key), work.name),
        about=(situation.name,),
    )


def time_moved(situation: CallSituation, work: Work, now: Fields, call: str) -> Issue:
    there = work.given.get("name") or f"another {noun_of(situation)}"
    return situation.issue(
        "TIME_MOVED_AFTER_CALL",
        f"{work.name} was moved to {situation.name} when {call} of {there} had it: it was given {_told(work.given)}, "
        f"ConnectWise says {_told(now)} now. It is not billed a second time.",
        f"Move it back in ConnectWise; or take the line out of {call} in e-automate and unlink the time entry here "
        f"(crosswise unlink {time_ref(work.entry.key)} --anew), and it is billed where it is now.",
        of=(time_ref(work.entry.key), work.name),
        about=(situation.name,),
    )


def time_gone(situation: CallSituation, entry_id: str, call: Call, told: Fields) -> Issue:
    name = Name(f"time entry {entry_id}")
    return situation.issue(
        "TIME_GONE_AFTER_CALL",
        f"{name} of {situation.name} was deleted in ConnectWise when {call_name(call)} had it: it was given "
        f"{_told(told)}, ConnectWise says nothing now.",
        f"Take the line out of {call_name(call)} in e-automate, or enter the time again.",
        of=(time_ref(entry_id), name),
        about=(situation.name,),
    )


def late_time(situation: CallSituation, works: Sequence[Work]) -> Issue:
    told = "; ".join(f"{work.name}, {money(work.entry.billed_hours)} hours" for work in works)
    return situation.issue(
        "LATE_TIME",
        f"{situation.name} got time when its call had been made already: {told}. It is not billed in e-automate.",
        f"Bill it by hand; or set late_time of {FLOW} to new_call, and it becomes a call of its own.",
        blocks=False,
    )


def bill_code_unsure(situation: CallSituation) -> Issue:
    return situation.issue(
        "BILL_CODE_UNSURE",
        f"The work types of {situation.name} are linked to several bill codes, and a call has one; it was given none.",
        f"Give the call its bill code in e-automate; or name one in flows.{FLOW}.bill_code.",
        blocks=False,
    )


def _told(values: Fields) -> str:
    hours = f"{money(values['hours'])} hours of {values.get('who') or 'nobody'}"
    return f"{hours} for {money(values['amount'])}" if "amount" in values else hours


def noun_of(situation: CallSituation) -> str:
    return "ticket" if situation.home.kind.startswith("ticket") else "invoice"
