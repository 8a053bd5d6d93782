"""What a person asks the matching beside why: whose account this is, and which contacts there are to pick from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.quickpass_contacts.flow import QuickpassContacts
from functions.quickpass_contacts.matching import folded
from functions.quickpass_contacts.observing import Sources
from functions.quickpass_contacts.resolving import Asked, resolve
from functions.quickpass_contacts.situations import CUSTOMER, MATCH, person_of
from shared.sync.errors import ConfigurationWrong
from shared.sync.link import Link
from shared.sync.record import Ref
from shared.systems.connectwise_psa import TicketContact
from shared.systems.connectwise_psa.tickets import SERVICE_TICKETS


def whose(flow: QuickpassContacts, question: Mapping[str, str]) -> dict[str, Any]:
    """`{"record": "ticket:123"}` or `contact:55`: the account, or why there is none and what to do."""
    found = resolve(_asked(flow.sources, question["record"]))
    account = found.account.model_dump(mode="json") if found.account else None
    key = found.account.key if found.account else ""
    return {
        "account": account,
        "key": key,
        "contact": found.contact,
        "url": found.url,
        "reason": found.reason,
        "fix": found.fix,
    }


def _asked(sources: Sources, record: str) -> Asked:
    sort, _, number = record.partition(":")
    if sort not in ("ticket", "contact") or not (number.isascii() and number.isdigit()):
        raise ConfigurationWrong(f"{record!r} is neither ticket:NUMBER nor contact:NUMBER", where="the question")
    contact = number
    if sort == "ticket":
        ticket = sources.psa.record(f"{SERVICE_TICKETS}/{number}", TicketContact)
        if ticket is None:
            return Asked(f"ticket {number}", missing=True)
        if ticket.contact is None or ticket.contact.id is None:
            return Asked(f"ticket {number}")
        contact = str(ticket.contact.id)
    found = sources.psa.contact(contact)
    if found is None:
        return Asked(f"{sort} {number}", contact=contact)
    person = person_of(found)
    own, company = Ref(MATCH, "cw", contact), Ref(CUSTOMER, "cw", person.company)
    states = sources.links.find([own, *([company] if person.company else [])])
    link, customer = states.get(own), states.get(company)
    return Asked(
        f"{sort} {number}",
        contact=contact,
        person=person,
        customer=customer.partner_id if isinstance(customer, Link) else "",
        link=link if isinstance(link, Link) else None,
        account=sources.account(link.partner_id) if isinstance(link, Link) else None,
    )


def pick(flow: QuickpassContacts, question: Mapping[str, str]) -> dict[str, Any]:
    """`{"customer": GUID, "search": "ada"}`: the active contacts of its company, and to whom they are linked."""
    sources, guid = flow.sources, question["customer"]
    home = Ref(CUSTOMER, "partner", guid)
    state = sources.links.find([home]).get(home)
    if not isinstance(state, Link):
        raise ConfigurationWrong(
            "The customer has no company yet, whose contacts could be listed",
            where=str(home),
            fix=f"Choose its company first: crosswise relink {home} COMPANY.",
        )
    words = folded(question.get("search", "")).split()
    people = [person_of(one) for one in sources.people([state.cw_id])[state.cw_id] if not one.inactive]
    some = [
        one
        for one in people
        if all(word in folded(f"{one.full_name} {' '.join(one.emails)} {one.id}") for word in words)
    ]
    states = sources.links.find(Ref(MATCH, "cw", one.id) for one in some)
    taken = {ref.id: link.partner_name or link.partner_id for ref, link in states.items() if isinstance(link, Link)}
    rows = [
        {"id": one.id, "name": one.full_name, "emails": list(one.emails), "linked": taken.get(one.id, "")}
        for one in sorted(some, key=lambda one: (folded(one.full_name), int(one.id)))
    ]
    return {"contacts": rows}
