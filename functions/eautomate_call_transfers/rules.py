"""The business of call transfers: which e-automate call becomes a ConnectWise ticket, and when it is put on hold.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. Which calls move at
all is told by the filters (call type, territory, branch, technician), which are the engine's policy, and by `statuses`.

A ticket carries `reference` in its External Reference field (externalXRef), where ConnectWise keeps the numbers of
other systems and by which it can be looked up whole. By it a create that was cut short is found again. Summary and PO
number are people's: they edit the one and bill by the other.
"""

from __future__ import annotations

from functions.eautomate_call_transfers import issues
from functions.eautomate_call_transfers.situations import KIND, TransferCall, TransferSituation, ticket_name
from shared.sync.link import Link
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Fields, fold
from shared.systems.connectwise_psa import LIMITS

PSA, EAUTOMATE = "connectwise_psa", "eautomate"
BY_CREATION = "This ticket was created for it."
BY_REFERENCE = "It carries the call's number: an earlier try had created it."


def decide(situation: TransferSituation) -> Plan:
    """EA-46: from e-automate to ConnectWise. The ticket for one call: there, found again, created, or why not."""
    call = situation.call
    if call is None:
        return _nobody(situation)
    if situation.link is not None:
        return _moved(situation, call, situation.link)
    return _found(situation, call) or _left_alone(situation, call) or _create(situation, call)


def _nobody(situation: TransferSituation) -> Plan:
    if situation.home.side == "cw":
        return skip(situation.home, "No e-automate call was moved to this ticket.", name=situation.name)
    return skip(situation.home, "e-automate does not know this call.", name=situation.name)


def _moved(situation: TransferSituation, call: TransferCall, link: Link) -> Plan:
    """Once moved, a ticket is ConnectWise's, and comes back by the service call flow only (EA-07, EA-59)."""
    if situation.ticket is None:
        return stop(situation.home, issues.ticket_gone(situation, call, link), name=situation.name)
    if call.hold_code or not _hold_is_owed(link) or _in_other_status(situation, call):
        return Plan(situation.home, f"It was moved to {ticket_name(situation.ticket)}.", name=situation.name)
    return Plan(situation.home, "Its ticket is there, so it is held.", (_hold(situation, call),), name=situation.name)


def _hold_is_owed(link: Link) -> bool:
    """A call is held once. Whoever takes it off hold afterwards, a person or the service call flow, means it."""
    return not link.settled or link.waiting


def _found(situation: TransferSituation, call: TransferCall) -> Plan | None:
    """A ticket that carries the call's number is its ticket, whoever made it; of two, a person says which."""
    if not situation.found or situation.owner:
        return None
    if len(situation.found) > 1:
        return stop(situation.home, issues.ambiguous_ticket(situation), name=situation.name)
    (ticket,) = situation.found
    steps = _link_and_hold(situation, call, ticket.key, BY_REFERENCE)
    return Plan(situation.home, BY_REFERENCE, steps, name=situation.name)


def _left_alone(situation: TransferSituation, call: TransferCall) -> Plan | None:
    """Which calls are not attempted, and why."""
    reason = _owned(situation, call) or _unasked(situation) or _in_other_status(situation, call) or _on_hold(call)
    return skip(situation.home, reason, name=situation.name) if reason else None


def _owned(situation: TransferSituation, call: TransferCall) -> str:
    """EA-59: a call that was made of a ConnectWise record does not become a ticket again."""
    if situation.owner:
        return f"{situation.owner} made it of a ConnectWise record."
    return "It has time of ConnectWise, so it was made of a ConnectWise record." if call.has_our_time else ""


def _unasked(situation: TransferSituation) -> str:
    """Without a filter every call of the dealer would move, which nobody means."""
    return "" if situation.settings.filters else "No filter says which calls move (call type, territory, ...)."


def _in_other_status(situation: TransferSituation, call: TransferCall) -> str:
    admitted = situation.settings.statuses
    if fold(call.status) in map(fold, admitted):
        return ""
    return f"Its status is {call.status or 'empty'}; calls move in {', '.join(admitted)}."


def _on_hold(call: TransferCall) -> str:
    """EA-49, EA-60: on hold it is not attempted; taken off hold, it is on the next pass."""
    return f"It is on hold ({call.hold_code}). Taken off hold, it is tried on the next pass." if call.hold_code else ""


def _create(situation: TransferSituation, call: TransferCall) -> Plan:
    """EA-04: only for a mapped customer; a location's ticket names its site. Until it is mapped the call just waits."""
    customer, company, site = situation.customer, situation.company, situation.site
    if customer is None or company is None:
        return stop(situation.home, issues.no_customer(situation, call), name=situation.name)
    if site is not None and site.link is None:
        return stop(situation.home, issues.location_not_mapped(situation, customer, site), name=situation.name)
    if company.link is None:
        return stop(situation.home, issues.customer_not_mapped(situation, customer, company), name=situation.name)
    fields = ticket_fields(situation, call, company.cw_id, site.cw_id if site else "")
    create = Step("ticket", PSA, "ticket", "create", fields=fields, why=f"It is {situation.name}.")
    steps = (create, *_link_and_hold(situation, call, Created("ticket"), BY_CREATION))
    return Plan(situation.home, "It is to be done in ConnectWise.", steps, name=situation.name)


def _link_and_hold(
    situation: TransferSituation, call: TransferCall, ticket: str | Created, how: str
) -> tuple[Step, ...]:
    """EA-48, beaten on purpose: the hold comes last, so that a call whose ticket could not be made is not held."""
    link = Step("link", LINKS, KIND, "link", fields={"cw": ticket, "partner": call.id}, why=how)
    return (link,) if call.hold_code else (link, _hold(situation, call))


def _hold(situation: TransferSituation, call: TransferCall) -> Step:
    return Step(
        "hold",
        EAUTOMATE,
        "call",
        "hold",
        call.id,
        fields={"hold_code": situation.settings.hold_code},
        before={"hold_code": ""},
        why="It is done in ConnectWise from now on.",
    )


# What the ticket says


def ticket_fields(situation: TransferSituation, call: TransferCall, company: str, site: str) -> Fields:
    """A ticket's fields by our names; what is blank is left to ConnectWise."""
    settings = situation.settings
    fields = {
        "summary": summary(call),
        "company": company,
        "site": site,
        "board": settings.board,
        "status": settings.status,
        "type": settings.type,
        "priority": settings.priority,
        "source": settings.source,
        "external_ref": situation.reference,
        "po_number": call.po_number,
        "description": description(call),
    }
    return {name: value for name, value in fields.items() if value}


def summary(call: TransferCall) -> str:
    """The call's number and what it is about, as far as it fits; the description has all of it."""
    words = " ".join(f"{call.number}: {call.description or 'service call'}".split())
    limit = LIMITS["ticket"]["summary"]
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def description(call: TransferCall) -> str:
    """The call's own words, then what else a technician wants to know, as sentences: line breaks become blanks."""
    known = (
        ("", call.description),
        ("From e-automate call ", call.number),
        ("Customer: ", f"{call.customer_number} {call.customer_name}".strip()),
        ("Caller: ", ", ".join(each for each in (call.caller, call.phone) if each)),
        ("Equipment: ", call.equipment),
        ("PO: ", call.po_number),
        ("Opened: ", call.opened.replace("T", " ")),
    )
    told = [f"{title}{value}" for title, value in known if value]
    return "\n".join(each if each.endswith((".", "!", "?")) else f"{each}." for each in told)


def reference(connection: str, call: TransferCall) -> str:
    """The ticket's natural key. Two connections may share a ConnectWise, and number their calls alike."""
    return f"e-automate call {call.number or call.id} ({connection})"
