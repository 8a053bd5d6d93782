"""What must hold in both systems before calls can be made: rights, statuses, codes, equipment, items, the time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from functions.eautomate_service_calls.settings import ServiceCallSettings
from functions.eautomate_service_calls.situations import FLOW
from functions.eautomate_service_calls.sources import Sources
from functions.rights import EAUTOMATE, PSA, TABLES, checks, lacks
from shared.sync.preflight import Check
from shared.sync.record import fold
from shared.systems.connectwise_psa import BillingStatus, Board, BoardStatus, Psa
from shared.systems.connectwise_psa.finance import BILLING_STATUSES
from shared.systems.connectwise_psa.reference import BOARDS
from shared.systems.connectwise_psa.tickets import BOARD_STATUSES
from shared.systems.eautomate import Code, Eautomate

_READS: Mapping[str, Callable[[Eautomate], object]] = {
    "getCallList": lambda eautomate: eautomate.calls.changed(eautomate.current_timestamp()),
    "getContractList": lambda eautomate: eautomate.contracts.changed(eautomate.current_timestamp()),
    "ExistsItem": lambda eautomate: eautomate.items.exists("-"),
    "getCallTypeList": lambda eautomate: eautomate.codes.call_types(),
    "getBillCodeList": lambda eautomate: eautomate.codes.bill(),
    "getHoldCodeList": lambda eautomate: eautomate.codes.hold(),
    "getEquipment": lambda eautomate: eautomate.calls.has_equipment("-"),
}
"""How each right of the e-automate user is tried: by asking what changed since just now, or for a short list."""


def check_service_calls(sources: Sources) -> Iterator[Check]:
    """Every check of the service call flow, rights first; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    rights = list(checks(FLOW, settings, {PSA: psa.may_read, EAUTOMATE: lambda what: _READS[what](eautomate)}))
    yield from rights
    yield _has_statuses(settings)
    if not lacks(rights, PSA, TABLES) and not lacks(rights, PSA, "Service Desk: Service Tickets"):
        yield from _statuses(psa, settings)
    codes = eautomate.codes
    if settings.call_type and not lacks(rights, EAUTOMATE, "Call types"):
        yield _row("CALL_TYPE", "call type", settings.call_type, _active(codes.call_types()), "e-automate, call types")
    if settings.bill_code and not lacks(rights, EAUTOMATE, "Bill codes"):
        yield _row("BILL_CODE", "bill code", settings.bill_code, _active(codes.bill()), "e-automate, bill codes")
    if settings.hold_code and not lacks(rights, EAUTOMATE, "Hold codes"):
        yield _row("HOLD_CODE", "hold code", settings.hold_code, _active(codes.hold()), "e-automate, hold codes")
    if settings.equipment and not lacks(rights, EAUTOMATE, "Equipment"):
        yield _equipment(settings.equipment, known=eautomate.calls.has_equipment(settings.equipment))
    if not lacks(rights, EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.call_status:
        yield _call_status(settings.call_status)
    yield _time_zone(eautomate)


def _has_statuses(settings: ServiceCallSettings) -> Check:
    """EA-43: without a status nothing ever becomes a call."""
    setting = f"{settings.mode}_statuses"
    return Check(
        "STATUSES",
        f"Statuses of {settings.mode}s",
        bool(settings.statuses),
        ", ".join(settings.statuses) or f"{setting} is empty, so that no {settings.mode} becomes a call",
        f"at least one status in {setting}",
        f"flows.{FLOW}.{setting}",
        f"Name the statuses in which a {settings.mode} is to become a call.",
        setting,
    )


def _statuses(psa: Psa, settings: ServiceCallSettings) -> Iterator[Check]:
    """A ticket status exists on some board; an invoice status in its set-up table."""
    if settings.mode == "invoice":
        rows = psa.records(BILLING_STATUSES, None, BillingStatus) if settings.statuses else []
        names = [row.name for row in rows if not row.inactive]
        for name in settings.statuses:
            yield _row(
                "BILLING_STATUS", "invoice status", name, names, "ConnectWise, System > Setup Tables > Invoice Status"
            )
        return
    boards = [each for each in psa.records(BOARDS, None, Board) if not each.inactive] if settings.statuses else []
    found = [psa.records(BOARD_STATUSES.format(board=board.id), None, BoardStatus) for board in boards]
    names = [row.name for each in found for row in each if not row.inactive]
    for name in settings.statuses:
        yield _row(
            "TICKET_STATUS", "ticket status", name, names, "ConnectWise, System > Setup Tables > Service Board, a board"
        )


def _active(codes: Iterable[Code]) -> list[str]:
    return [code.code for code in codes if code.active]


def _row(code: str, noun: str, name: str, active: Iterable[str], where: str) -> Check:
    """Whether there is an active one of this name."""
    names = list(dict.fromkeys(active))
    known = fold(name) in map(fold, names)
    there = f"there is no active one of that name; there is {', '.join(names) or 'none at all'}"
    return Check(
        code,
        f"{noun.capitalize()} {name}",
        known,
        "it is there" if known else there,
        f"an active {noun} {name}",
        f"{where}, row {name}",
        f"Add or activate the {noun} {name}, or name another one in the settings of {FLOW}.",
        fold(name),
    )


def _equipment(number: str, *, known: bool) -> Check:
    return Check(
        "EQUIPMENT",
        f"Equipment {number}",
        known,
        "it is there" if known else "e-automate has no equipment of that number",
        f"equipment {number}, of whose customer all calls then are",
        f"e-automate, equipment {number}",
        f"Correct flows.{FLOW}.equipment; empty, calls are for unknown equipment of their customers.",
        fold(number),
    )


def _items(eautomate: Eautomate, settings: ServiceCallSettings) -> Iterator[Check]:
    """The items that carry amounts in invoice mode: there, active, and at 1.00 each."""
    named = (settings.product_item, settings.expense_item) if settings.mode == "invoice" else ()
    for number in dict.fromkeys(each for each in named if each):
        item = eautomate.items.item(number)
        priced = item is not None and (item.price is None or item.price == 1)
        found = "it is there"
        if item is None:
            found = "e-automate has no item of that number"
        elif not item.active:
            found = "it is inactive"
        elif not priced:
            found = f"its list price is {item.price:f}"
        yield Check(
            "ITEM",
            f"Item {number}",
            found == "it is there",
            found,
            f"an active item {number} with the list price 1.00",
            f"e-automate, item {number}",
            f"Mend the item {number}, or name another one in the settings of {FLOW}.",
            fold(number),
        )


def _call_status(status: str) -> Check:
    return Check(
        "CALL_STATUS",
        f"Call status {status}",
        None,
        "only the first call tells whether it is there: the PublicAPI lists no call statuses here",
        f"a call status with the code {status}",
        f"e-automate, call statuses, {status}",
        f"Correct flows.{FLOW}.call_status if the first call is refused for it.",
        fold(status),
    )


def _time_zone(eautomate: Eautomate) -> Check:
    """Times of labour lines are the server's local time."""
    known = eautomate.server_clock.knows_its_zone
    return Check(
        "TIME_ZONE",
        "Time zone of the e-automate server",
        True if known else None,
        "it is set" if known else "it is not set; local times are told by the web server's clock as it is now",
        "the IANA zone of the server",
        "systems.eautomate.time_zone",
        "Set it, e.g. to America/Chicago: else times from before a change of the clocks are an hour off.",
    )
