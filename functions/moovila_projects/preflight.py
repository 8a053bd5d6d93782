"""What must hold in both systems before projects can be kept in step: names of settings, the custom field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from functions.moovila_projects.observing import Sources
from functions.moovila_projects.settings import EVERY_BOARD, Categories
from shared.partners.moovila import PROJECTS
from shared.sync.names import PSA
from shared.sync.preflight import Check, May, custom_field, listed, tried
from shared.sync.record import fold
from shared.systems import moovila
from shared.systems.connectwise_psa import Board, BoardStatus, Record, WorkType, roles
from shared.systems.connectwise_psa import planning as psa
from shared.systems.connectwise_psa.reference import BOARDS, WORK_TYPES

BOARD_TABLE = "System > Setup Tables > Project Boards"
STATUS_TABLE = "System > Setup Tables > Project Status"
WORK_TABLE = "System > Setup Tables > Work Type"
CATEGORIES = "Moovila, Settings > Status Categories"


def check_projects(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of projects; what needs a right that is missing is left out."""
    settings = sources.settings
    yield _mapped(settings.task_statuses)
    if may(PSA, roles.TABLES):
        yield from _statuses(sources)
        if settings.default_work_type:
            types = [one.entry for one in sources.reader.cw.records(WORK_TYPES, None, WorkType)]
            yield listed("WORK_TYPE", "work type", settings.default_work_type, types, WORK_TABLE, PROJECTS)
    yield from _marked(sources, may)
    yield from _categories(sources)


def _mapped(boards: Mapping[str, Categories]) -> Check:
    """A status that is in no category is told as not started: no flow should begin so."""
    check = Check(
        "STATUS_CATEGORIES",
        "Status categories of tasks",
        bool(boards),
        f"they are set for {', '.join('any board' if one == EVERY_BOARD else one for one in boards)}",
        "each project board's ticket statuses in Not Started, In Progress and Complete",
        f"the settings of {PROJECTS}, task_statuses",
        f"Say there which ticket statuses are in which category, by board or for any ({EVERY_BOARD}).",
    )
    return check if boards else replace(check, found="none are set, so that every ticket is Not Started in Moovila")


def _statuses(sources: Sources) -> Iterator[Check]:
    """The boards that settings name, and of each the statuses; of any board's, that some board has them."""
    settings, cw = sources.settings, sources.reader.cw
    boards = [one for one in cw.records(BOARDS, None, Board) if one.is_project]
    named = {*settings.task_statuses, *settings.project_statuses} - {EVERY_BOARD}
    named |= {settings.board} if settings.board else set()
    for name in sorted(named):
        yield listed("BOARD", "project board", name, [one.entry for one in boards], BOARD_TABLE, PROJECTS)
    for name, categories in settings.task_statuses.items():
        own = [one for one in boards if name == EVERY_BOARD or fold(one.name) == fold(name)]
        there = [s.entry for one in own for s in cw.records(_of(one), None, BoardStatus)]
        where = f"{BOARD_TABLE}, {name if own and name != EVERY_BOARD else 'any board'}, Statuses"
        for status in _named(categories):
            yield listed(
                "TICKET_STATUS", "ticket status", status, there, where, PROJECTS, about=f"{name}/{fold(status)}"
            )
    known = [one.entry for one in cw.records(psa.STATUSES, None, psa.ProjectStatus)]
    for name, categories in settings.project_statuses.items():
        for status in _named(categories):
            about = f"{name}/{fold(status)}"
            yield listed("PROJECT_STATUS", "project status", status, known, STATUS_TABLE, PROJECTS, about=about)


def _of(board: Board) -> str:
    return psa.BOARD_STATUSES.format(parent=board.id)


def _named(categories: Categories) -> list[str]:
    return [status for statuses in categories.values() for status in statuses]


def _marked(sources: Sources, may: May) -> Iterator[Check]:
    """The custom field that carries Moovila's ID, on every kind of record that is found again by it."""
    marked: Sequence[tuple[str, str, str, type[Record]]] = (
        ("project", psa.PROJECTS, roles.PROJECTS, psa.PlannedProject),
        ("project ticket", psa.TICKETS, roles.PROJECT_TICKETS, psa.PlannedTicket),
        ("time entry", psa.TIME, roles.TIME, psa.MarkedTimeEntry),
    )
    for noun, path, role, model in marked:
        if may(PSA, role):
            seen = sources.reader.cw.sample(path, model)
            captions = getattr(seen[0], "captions", None) if seen else None
            yield custom_field(noun, sources.settings.cw_id_field, captions, PROJECTS)


def _categories(sources: Sources) -> Iterator[Check]:
    """The status categories that settings name, in Moovila."""
    settings = sources.settings
    wanted = {
        "task": {name for board in settings.task_statuses.values() for name in board},
        "project": {name for board in settings.project_statuses.values() for name in board},
    }
    wanted["project"] |= set(settings.ended_categories)
    title = "Status categories of Moovila"
    check = Check("CATEGORIES", title, True, "they can be read", "that they can be read", CATEGORIES, "See the key.")
    rows: list[moovila.StatusCategory] = []

    def ask() -> Check:
        rows.extend(sources.reader.partner.records(moovila.StatusCategory))
        return check

    yield tried(check, ask)
    for of, names in wanted.items():
        there = [(row.name, True) for row in rows if row.of in ("", of)]
        for name in sorted(names) if rows else ():
            about = f"{of}/{fold(name)}"
            yield listed("CATEGORY", f"status category of a {of}", name, there, CATEGORIES, PROJECTS, about=about)
