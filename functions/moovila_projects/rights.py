"""Which rights the flow of projects needs in both systems, and what for; the names of Moovila's are assumed."""

from __future__ import annotations

from collections.abc import Iterator

from functions.moovila_projects.settings import ProjectSettings
from shared.sync.names import MOOVILA, PSA
from shared.sync.rights import Level, Right
from shared.systems.connectwise_psa import roles


def _makes_theirs(settings: ProjectSettings) -> bool:
    return settings.create in ("from_connectwise", "both")


def _updates(settings: ProjectSettings) -> bool:
    return not settings.create_only


def _parts(system: str, name: str, what: str, reads: str) -> Iterator[Right]:
    """What both sides may make, change and delete."""
    does: tuple[tuple[Level, str], ...] = (("add", "makes"), ("edit", "updates"), ("delete", "deletes"))
    yield Right(system, name, "inquire", f"reads {what}", reads=reads)
    for level, verb in does:
        when = "" if level == "add" else "create_only is off"
        how = f"{verb} {what} as the other side has them"
        yield Right(system, name, level, how, when=when, needed=_updates if when else lambda _: True)


RIGHTS = (
    Right(
        PSA, roles.PROJECTS, "inquire",
        "reads projects with their phases, team and notes",
        reads="project/projects",
    ),
    Right(
        PSA, roles.PROJECTS, "add",
        "makes phases and notes, and projects that are new in Moovila",
    ),
    Right(
        PSA, roles.PROJECTS, "edit",
        "updates projects, phases and notes",
        when="create_only is off", needed=_updates,
    ),
    Right(
        PSA, roles.PROJECTS, "delete",
        "deletes phases and notes that were deleted in Moovila",
        when="create_only is off", needed=_updates,
    ),
    *_parts(PSA, roles.PROJECT_TICKETS, "project tickets and their notes", "project/tickets"),
    *_parts(PSA, roles.TIME, "time of project tickets", "time/entries"),
    *_parts(PSA, roles.SCHEDULING, "schedule entries of project tickets", "schedule/entries"),
    Right(
        PSA, roles.MEMBERS, "inquire",
        "reads members, to find Moovila's users by their e-mail addresses",
        reads="system/members",
    ),
    Right(
        PSA, roles.TABLES, "inquire",
        "checks that the statuses, the board and the work type of the settings are there",
        reads="project/statuses",
    ),
    Right(MOOVILA, "Projects", "inquire", "reads projects", reads="projects"),
    Right(
        MOOVILA, "Projects", "add",
        "makes projects that are new in ConnectWise",
        when="create is from_connectwise or both", needed=_makes_theirs,
    ),
    Right(MOOVILA, "Projects", "edit", "updates projects, and shows ConnectWise's ID on them"),
    *_parts(MOOVILA, "Phases", "phases", "phases"),
    *_parts(MOOVILA, "Tasks", "tasks and their notes", "tasks"),
    *_parts(MOOVILA, "Time entries", "time entries", "time-entries"),
    *_parts(MOOVILA, "Scheduled events", "scheduled events", "scheduled-events"),
    Right(
        MOOVILA, "Users", "inquire",
        "reads users, to find ConnectWise's members by their e-mail addresses",
        reads="users",
    ),
)  # fmt: skip
