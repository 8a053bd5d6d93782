"""What must hold in both systems before calls can be moved: rights, what tickets are given, the hold code, filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from functions.eautomate_call_transfers.observing import Sources
from functions.eautomate_call_transfers.settings import TransferSettings
from functions.eautomate_call_transfers.situations import FLOW
from shared.partners.eautomate import SERVICE_CALLS
from shared.sync.connection import Connection
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, listed
from shared.sync.record import fold
from shared.systems.connectwise_psa import Board, BoardStatus, Psa, ServiceType, SetupRow, roles
from shared.systems.connectwise_psa.reference import BOARDS
from shared.systems.connectwise_psa.tickets import BOARD_STATUSES
from shared.systems.eautomate import Eautomate

PRIORITIES, SOURCES = "service/priorities", "service/sources"

Names = Sequence[tuple[str, bool]]
"""Names that there are, and whether each can be used."""


def check_transfers(sources: Sources, connection: Connection, may: May) -> Iterator[Check]:
    """Every check of the call transfer flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    if may(PSA, roles.TABLES):
        yield from _ticket_settings(psa, settings)
    if may(EAUTOMATE, "Hold codes"):
        yield _call_setting("hold code", settings.hold_code, [code.entry for code in eautomate.codes.hold()])
    for fact, (right, title, read) in _FACTS.items():
        if fact in settings.filters and may(EAUTOMATE, right):
            there = read(eautomate)
            for name in settings.filters[fact]:
                yield _call_setting(title, name, there)
    yield _which_calls(settings)
    yield _way_back(connection)


_FACTS: Mapping[str, tuple[str, str, Callable[[Eautomate], Names]]] = {
    "call_type": ("Call types", "call type", lambda eautomate: [code.entry for code in eautomate.codes.call_types()]),
    "territory": ("Territories", "territory", lambda eautomate: [code.entry for code in eautomate.codes.territories()]),
    "technician": (
        "Technicians",
        "technician",
        lambda eautomate: [(one.number, one.active) for one in eautomate.people.technicians()],
    ),
}
"""What can be looked up of the filters, by fact: the right, what people call it, the list. Branches have no list."""


def _ticket_settings(psa: Psa, settings: TransferSettings) -> Iterator[Check]:
    if settings.board:
        boards = psa.records(BOARDS, None, Board)
        fit = [(board.name, not (board.inactive or board.is_project)) for board in boards]
        yield _ticket_setting("Board", "board", settings.board, fit, "System > Setup Tables > Service Board")
        board = next((one for one in boards if fold(one.name) == fold(settings.board)), None)
        if board is not None:
            yield from _of_board(psa, board, settings)
    if settings.priority:
        there = [row.entry for row in psa.records(PRIORITIES, None, SetupRow)]
        yield _ticket_setting("Priority", "priority", settings.priority, there, "System > Setup Tables > Priority")
    if settings.source:
        there = [row.entry for row in psa.records(SOURCES, None, SetupRow)]
        yield _ticket_setting("Source", "source", settings.source, there, "System > Setup Tables > Service Source")


def _of_board(psa: Psa, board: Board, settings: TransferSettings) -> Iterator[Check]:
    where = f"System > Setup Tables > Service Board, board {board.name}"
    if settings.status:
        rows = psa.records(BOARD_STATUSES.format(board=board.id), None, BoardStatus)
        fit = [(row.name, not (row.inactive or row.closed)) for row in rows]
        yield _ticket_setting("Status", "status", settings.status, fit, f"{where}, Statuses")
    if settings.type:
        types = psa.records(f"{BOARDS}/{board.id}/types", None, ServiceType)
        fit = [row.entry for row in types]
        yield _ticket_setting("Type", "type", settings.type, fit, f"{where}, Types")


def _ticket_setting(title: str, setting: str, name: str, fit: Names, table: str) -> Check:
    """Whether ConnectWise has what tickets are to be given, and will take it."""
    unfit = "it is inactive, closed or of projects"
    about = f"{setting}/{fold(name)}"
    check = listed("TICKET_SETTING", f"{title} of tickets", name, fit, table, FLOW, unfit=unfit, about=about)
    fix = f"Add the row {name} or make it fit for new tickets, or name another one in flows.{FLOW}.{setting}."
    return replace(check, fix=fix)


def _call_setting(noun: str, name: str, there: Names) -> Check:
    """Whether e-automate has a code that the settings name."""
    return listed("CALL_SETTING", noun, name, there, f"e-automate, {noun}s", FLOW, about=f"{noun}/{fold(name)}")


def _which_calls(settings: TransferSettings) -> Check:
    """Without a filter no call moves."""
    told = ", ".join(f"{fact.replace('_', ' ')} {' or '.join(wanted)}" for fact, wanted in settings.filters.items())
    return Check(
        "WHICH_CALLS",
        "Which calls move",
        bool(settings.filters),
        told or "no filter says so, and none does",
        "a filter by call_type, territory, branch or technician",
        f"connection, flows.{FLOW}.filters",
        'Say which, e.g. filters = { call_type = ["REM"] }.',
    )


def _way_back(connection: Connection) -> Check:
    """EA-07: what is done on a ticket comes back to its call only where the service call flow runs as well."""
    check = Check(
        "WAY_BACK",
        "The way back",
        None,
        f"{SERVICE_CALLS} is not in use: calls stay on hold, and nothing that is done on their tickets comes back",
        f"{SERVICE_CALLS} in use, unless calls that were moved are billed in another way",
        f"connection, flows.{SERVICE_CALLS}",
        "Set up the service call flow as well.",
    )
    return replace(check, passed=True, found="it is in use") if SERVICE_CALLS in connection.flows else check
