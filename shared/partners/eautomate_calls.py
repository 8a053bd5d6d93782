"""What every ConnectWise record that becomes an e-automate call shares: its lines, its contract, and that they add up.

Pure, but for the two look-ups of who has a time entry already. Hours and money are Decimal; money is compared in whole
cents, hours in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.partners.eautomate import AGREEMENTS, PROJECT_INVOICES, SERVICE_CALLS, cents, code_id
from shared.sync.flow import Situation, View
from shared.sync.issue import Issue
from shared.sync.link import Link, Seen
from shared.sync.needed import Found
from shared.sync.preflight import Check
from shared.sync.record import Name, Ref, fold
from shared.systems.connectwise_psa.tickets import TimeEntry
from shared.systems.eautomate.call_models import Call, Labor
from shared.systems.eautomate.items import Item


def call_name(call: Call) -> Name:
    """What people call a call; e-automate has no page for it."""
    return Name(f"call {call.number or call.id}")


def leads(number: str, description: str) -> bool:
    """Whether a description begins with this number, whole (EA-42): `30017` does lead "30017 Rollout", `3001` not."""
    wanted = number.strip()
    return bool(wanted) and re.match(rf"\s*#?{re.escape(wanted)}(?![\w-])", description, re.IGNORECASE) is not None


def mark(entry_id: str) -> str:
    """What a labour line's remarks say of the time entry that it is: by it a line is known, in any call."""
    return f"CW time entry {entry_id}"


def marks(labors: Iterable[Labor]) -> frozenset[str]:
    """The remarks of a call's labour lines, those of its time entries among them."""
    return frozenset(line.remarks.strip() for line in labors) - {""}


def labor(entry: TimeEntry, technician: str) -> Mapping[str, Any]:
    """One time entry as a labour line, billed by the hours and the amount that ConnectWise bills for it.

    `technician` is what the link of its member names.
    """
    line = {
        "technician_id": code_id(technician),
        "arrival": entry.start,
        "departure": entry.end,
        "hours": entry.billed_hours,
        "rate": entry.rate,
        "charge": cents(entry.amount),
        "remarks": mark(entry.key),
        "notes": entry.notes,
    }
    return {name: value for name, value in line.items() if value not in (None, "")}


SERVICE_TIME = "time-labor"
"""The service flow's kind of links of time entries and their labour lines."""

PROJECT_TIME = "time-entry"
"""Under which the project flow remembers a time entry; its scope is the invoice whose call has it, or is to have it."""


def given_by_service(links: View, entries: Collection[str]) -> dict[str, Link]:
    """By time entry, its link, for those of which the service flow has made a labour line (EA-59)."""
    states = links.find({Ref(SERVICE_TIME, "cw", id_) for id_ in entries}, flow=SERVICE_CALLS)
    return {at.id: state for at, state in states.items() if isinstance(state, Link)}


def given_by_projects(links: View, entries: Collection[str]) -> dict[str, Link]:
    """By time entry, the link of the project invoice whose call has it, for those that one has (EA-59)."""
    if not entries:
        return {}
    states = links.find({Ref(PROJECT_TIME, "cw", id_) for id_ in entries}, flow=PROJECT_INVOICES)
    scopes = {at.id: state.scope for at, state in states.items() if isinstance(state, Seen) and state.scope}
    invoices = links.find(set(scopes.values()), flow=PROJECT_INVOICES)
    return {id_: found for id_, scope in scopes.items() if isinstance(found := invoices.get(scope), Link)}


@dataclass(frozen=True)
class Sums:
    """Labour hours, and money before tax."""

    hours: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.hours + other.hours, self.amount + other.amount)

    def same_hours(self, other: Sums) -> bool:
        return cents(self.hours) == cents(other.hours)

    def same_amount(self, other: Sums) -> bool:
        return cents(self.amount) == cents(other.amount)


def of_lines(lines: Iterable[Mapping[str, Any]]) -> Sums:
    """What labour lines come to that are to be written."""
    return sum((Sums(line.get("hours", Decimal(0)), line.get("charge", Decimal(0))) for line in lines), Sums())


def of_labors(labors: Iterable[Labor]) -> Sums:
    """What a call's labour lines come to: what each charges, else its hours times its rate."""
    return sum((Sums(line.hours or Decimal(0), _charged(line)) for line in labors), Sums())


def _charged(line: Labor) -> Decimal:
    if line.charge is not None:
        return line.charge
    return cents((line.hours or Decimal(0)) * (line.rate or Decimal(0)))


UNIT_PRICE = Decimal(1)
"""What one of an item costs in e-automate that carries an amount: a call's materials have no price of their own, so the
amount goes into the quantity (ADR-0006)."""


def unfit(item: Item | None, *, carries: bool) -> str:
    """Why a call cannot have an item, as the rest of a sentence; `carries` an amount. Empty if it can."""
    if item is None:
        return "which e-automate does not have"
    if not item.active:
        return "which is inactive"
    if carries and item.price is not None and item.price != UNIT_PRICE:
        return f"whose list price is {item.price:f} in place of 1.00"
    return ""


@dataclass(frozen=True)
class Cover:
    """The contract of a call: `contract_id` (empty: none), the link it waits for, or the warning that none was found.

    `candidates` are the customer's active contracts where one could not be chosen.
    """

    contract_id: str = ""
    waits: Found | None = None
    unsure: bool = False
    candidates: Collection[str] = ()


NO_COVER = Cover()
"""Nothing covers it, so that no contract is looked for."""


def cover(
    agreement: Found | None, customer: Found, *, agreements_on: bool, active: Callable[[str], Sequence[str]]
) -> Cover:
    """EA-06: the contract of a record that `agreement` covers (None: none does), of this customer.

    With the agreement flow on, a covered call waits until the agreement is linked to its contract. With it off the
    customer's one active contract is taken (`active` reads their ids); with none or several, none, and a warning.
    """
    if agreement is None:
        return NO_COVER
    if agreement.link is not None:
        return Cover(agreement.partner_id)
    if agreements_on:
        return Cover(waits=agreement)
    contracts = active(customer.partner_id) if customer.link is not None else ()
    if len(contracts) == 1:
        return Cover(contracts[0])
    return Cover(unsure=True, candidates=tuple(contracts))


def no_contract(situation: Situation, agreement: str, found: Cover) -> Issue:
    """A warning: the call is made, without the contract that it should have."""
    many = len(found.candidates)
    has = f"has {many} active contracts in e-automate" if many else "has no active contract in e-automate"
    return situation.issue(
        "NO_CONTRACT",
        f"{situation.name} is covered by {agreement}, but its customer {has}; its call has no contract.",
        f"Give the call its contract in e-automate. While {AGREEMENTS} is in use, it is found by the agreement.",
        category="mapping",
        blocks=False,
    )


def call_status(status: str, flow: str) -> Check:
    """A call status that the settings of `flow` name: the PublicAPI lists none, so it stays open."""
    return Check(
        "CALL_STATUS",
        f"Call status {status}",
        None,
        "only the first call tells whether it is there: the PublicAPI lists no call statuses here",
        f"a call status with the code {status}",
        f"e-automate, call statuses, {status}",
        f"Correct flows.{flow}.call_status if the first call is refused for it.",
        fold(status),
    )


def ambiguous_call(situation: Situation, noun: str, calls: Sequence[Call]) -> Issue:
    """Several calls carry the number of the home, which is a `noun`: a person says which is its own."""
    told = ", ".join(f"{call_name(call)} (ID {call.id})" for call in calls)
    return situation.issue(
        "AMBIGUOUS_MATCH",
        f"The number of {situation.name} leads the description of several calls of its customer: {told}. Nothing was "
        "written.",
        f"Link the {noun} to the right one here, and cancel the others in e-automate.",
        about=tuple(map(call_name, calls)),
    )
