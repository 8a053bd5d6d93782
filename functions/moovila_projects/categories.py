"""Status categories: what Moovila calls a ConnectWise status of a board, and which status a category becomes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.moovila_projects.settings import EVERY_BOARD, IN_PLANNING, NOT_STARTED, Categories, ProjectSettings
from shared.sync.record import fold


@dataclass(frozen=True)
class Statuses:
    """The status categories of one sort of record, by board; `otherwise` stands for a status that is in none."""

    boards: Mapping[str, Categories]
    otherwise: str

    def category(self, board: str, status: str) -> str | None:
        """The category that a board's status is in; None where it is in none."""
        for category, statuses in self._of(board).items():
            if fold(status) in map(fold, statuses):
                return category
        return None

    def told(self, board: str, status: str) -> str:
        """What Moovila calls the status: its category, else what stands for those that have none."""
        return self.category(board, status) or self.otherwise

    def default(self, board: str, category: str) -> str | None:
        """The status that a category becomes on a board; None where none is in it."""
        found = (some[0] for name, some in self._of(board).items() if fold(name) == fold(category))
        return next(found, None)

    def _of(self, board: str) -> Categories:
        named = next((some for name, some in self.boards.items() if fold(name) == fold(board)), None)
        return self.boards.get(EVERY_BOARD, {}) if named is None else named


def of_tasks(settings: ProjectSettings) -> Statuses:
    return Statuses(settings.task_statuses, NOT_STARTED)


def of_projects(settings: ProjectSettings) -> Statuses:
    return Statuses(settings.project_statuses, IN_PLANNING)
