"""The match page as a list: every customer and account that the table knows, and how its matching stands; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.quickpass_contacts.situations import CUSTOMER, FLOW, MATCH
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, Seen, State
from shared.sync.plan import Step
from shared.sync.proposal import Proposal
from shared.sync.record import Ref
from shared.systems.quickpass import customer_of

Standing = Literal["matched", "suggested", "create?", "several", "unmatched"]
Shown = Literal["all", "suggested", "matched", "unmatched"]

SHOWN: dict[Shown, tuple[Standing, ...]] = {
    "all": ("matched", "suggested", "create?", "several", "unmatched"),
    "suggested": ("suggested",),
    "matched": ("matched",),
    "unmatched": ("create?", "several", "unmatched"),
}
"""The filters of the page, with what each of them shows."""


@dataclass(frozen=True)
class Row:
    """One customer or account. `other` is the company or contact that it has or that is suggested; `why` says more.

    `create?`: a contact is offered to be created. `several`: there are candidates for a person to choose among.
    """

    customer: str
    record: Ref
    name: str
    standing: Standing
    other: str = ""
    why: str = ""

    @property
    def called(self) -> str:
        """What stands in the list: the account, or that it is the customer itself."""
        return self.name if self.record.kind == MATCH else "(company)"


def match_list(
    states: Iterable[State], proposals: Iterable[Proposal], issues: Iterable[OpenIssue], shown: Shown = "all"
) -> list[Row]:
    """Customers by name, each followed by its accounts by name. What nothing is asked of any more is left out."""
    asked = {one.record: one for one in proposals}
    told: dict[Ref, OpenIssue] = {one.issue.record: one for one in issues if one.flow.flow == FLOW}
    known = {_partner(state): state for state in states if _partner(state).kind in (CUSTOMER, MATCH)}
    names = {ref.id: _name(state) for ref, state in known.items() if ref.kind == CUSTOMER}
    rows = []
    for ref, state in known.items():
        guid = ref.id if ref.kind == CUSTOMER else customer_of(ref.id)
        row = _row(ref, state, names.get(guid, guid), asked.get(ref), told.get(ref))
        if ref.side == "partner" and row is not None and row.standing in SHOWN[shown]:
            rows.append(row)
    return sorted(rows, key=lambda row: (row.customer.casefold(), row.record.kind == MATCH, row.name.casefold()))


def _row(ref: Ref, state: State, customer: str, asked: Proposal | None, told: OpenIssue | None) -> Row | None:
    name = _name(state) or (asked.name.text if asked else "") or (told.issue.name.text if told else "") or ref.id
    if isinstance(state, Link):
        return Row(
            customer,
            ref,
            name,
            "matched",
            f"{state.cw_id} {state.cw_name}".strip(),
            told.issue.message if told else state.how,
        )
    if asked is not None and asked.verdict == "rejected":
        return Row(customer, ref, name, "unmatched", why=f"{asked.by} rejected it: {asked.reason}")
    if asked is not None:
        link = next((step for step in asked.steps if step.verb == "link"), None)
        if any(step.verb == "create" for step in asked.steps):
            return Row(customer, ref, name, "create?", why=asked.why)
        return Row(customer, ref, name, "suggested", _suggested(link) if link else "", asked.why)
    if told is not None:
        several = told.issue.code in ("AMBIGUOUS_MATCH", "COMPANY_AMBIGUOUS", "ACCOUNTS_ALIKE")
        return Row(customer, ref, name, "several" if several else "unmatched", why=told.issue.message)
    if isinstance(state, Seen) and (state.held or state.parted or ref.kind == CUSTOMER):
        return Row(customer, ref, name, "unmatched", why=state.held or _apart(state) or state.reason)
    return None


def _suggested(link: Step) -> str:
    """The number of what a step would link, and its name as far as the step has it."""
    called = next(iter(link.fields.get("agreed", {}).get("contact", ())), "")
    return f"{link.fields['cw']} {called}".strip()


def _apart(state: Seen) -> str:
    return f"A person unlinked it from {state.parted}." if state.parted else ""


def _partner(state: State) -> Ref:
    return state.ref("partner") if isinstance(state, Link) else state.ref


def _name(state: State) -> str:
    match state:
        case Link():
            return state.partner_name
        case Seen():
            return state.name
    return ""


def customers_called(states: Sequence[State], text: str) -> list[tuple[Ref, str]]:
    """The customers that the table knows by this name or GUID, each with its name."""
    wanted = text.strip().casefold()
    found = [(_partner(state), _name(state)) for state in states if _partner(state).kind == CUSTOMER]
    return [
        (ref, name) for ref, name in found if ref.side == "partner" and wanted in (ref.id.casefold(), name.casefold())
    ]
