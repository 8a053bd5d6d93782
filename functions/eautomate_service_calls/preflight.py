"""What must hold in both systems before calls can be made: rights, statuses, codes, equipment, items, the time zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from functions.eautomate_service_calls.settings import ServiceCallSettings
from functions.eautomate_service_calls.situations import FLOW
from functions.eautomate_service_calls.sources import Sources
from shared.partners.eautomate_calls import call_status
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import BillingStatus, Board, BoardStatus, Psa, roles
from shared.systems.connectwise_psa.finance import BILLING_STATUSES
from shared.systems.connectwise_psa.reference import BOARDS
from shared.systems.connectwise_psa.tickets import BOARD_STATUSES
from shared.systems.eautomate import Code, Eautomate


def check_service_calls(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the service call flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    yield _has_statuses(settings)
    if may(PSA, roles.TABLES) and may(PSA, roles.TICKETS):
        yield from _statuses(psa, settings)
    codes = eautomate.codes
    if settings.call_type and may(EAUTOMATE, "Call types"):
        yield _code("CALL_TYPE", "call type", settings.call_type, codes.call_types())
    if settings.bill_code and may(EAUTOMATE, "Bill codes"):
        yield _code("BILL_CODE", "bill code", settings.bill_code, codes.bill())
    if settings.hold_code and may(EAUTOMATE, "Hold codes"):
        yield _code("HOLD_CODE", "hold code", settings.hold_code, codes.hold())
    if settings.equipment and may(EAUTOMATE, "Equipment"):
        yield _equipment(settings.equipment, known=eautomate.calls.has_equipment(settings.equipment))
    if may(EAUTOMATE, "Items"):
        yield from _items(eautomate, settings)
    if settings.call_status:
        yield call_status(settings.call_status, FLOW)
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
        there = [row.entry for row in rows]
        for name in settings.statuses:
            yield listed(
                "BILLING_STATUS", "invoice status", name, there, "System > Setup Tables > Invoice Status", FLOW
            )
        return
    boards = [each for each in psa.records(BOARDS, None, Board) if not each.inactive] if settings.statuses else []
    found = [psa.records(BOARD_STATUSES.format(board=board.id), None, BoardStatus) for board in boards]
    there = [row.entry for each in found for row in each]
    for name in settings.statuses:
        yield listed(
            "TICKET_STATUS", "ticket status", name, there, "System > Setup Tables > Service Board, a board", FLOW
        )


def _code(code: str, noun: str, name: str, codes: Iterable[Code]) -> Check:
    return listed(code, noun, name, [one.entry for one in codes], f"e-automate, {noun}s", FLOW)


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
