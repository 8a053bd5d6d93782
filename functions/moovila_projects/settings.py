"""What an MSP can set for the flow of projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from shared.sync.merge import Owner
from shared.sync.record import fold
from shared.sync.shapes import TurnSettings, TwoWaySettings

NOT_STARTED, IN_PROGRESS, COMPLETE = "Not Started", "In Progress", "Complete"
IN_PLANNING = "In Planning"
EVERY_BOARD = "*"
"""The name under which status categories hold for every board that has none of its own."""

Categories = dict[str, list[str]]
"""By Moovila's status category the ConnectWise statuses in it; the first one is the category's default."""

OWNERS: Mapping[str, Owner] = {
    "name": "cw",
    "status": "cw",
    "phase": "cw",
    "parent": "cw",
    "hours": "cw",
    "person": "cw",
    "worked": "cw",
    "text": "cw",
    "start": "partner",
    "due": "partner",
    "dependencies": "partner",
}
"""Schedule dates and dependencies are Moovila's; status, hours and people ConnectWise's; the others' are assumed."""


class ProjectSettings(TwoWaySettings, TurnSettings):
    """Settings of `moovila_projects`.

    `filters` knows the facts board, status, type and customer of a project, as ConnectWise says them; of a project that
    ConnectWise has not got yet only the customer.
    """

    facts = ("board", "status", "type", "customer")
    excludable = tuple(OWNERS)
    shared_fields: ClassVar[Mapping[str, Owner]] = OWNERS

    every_minutes: int = Field(10, ge=1, le=1440, description="How often to ask both systems what changed.")
    comprehensive_hours: int = Field(
        4, ge=1, le=168, description="How often to compare everything; only this finds what was deleted."
    )
    create: Literal["off", "from_connectwise", "from_moovila", "both"] = Field(
        "from_connectwise",
        description="Which new projects are made on the other side (the default is assumed). Those that carry each "
        "other's ID, and those that a person links, are kept in step in any case.",
    )
    task_statuses: dict[str, Categories] = Field(
        default_factory=dict,
        description="By project board (* for any other), by Moovila's status category of tasks: the ticket statuses in "
        "it, the first one being what a task's category becomes. Not Started, In Progress and Complete must be there.",
    )
    project_statuses: dict[str, Categories] = Field(
        default_factory=dict,
        description="The same for projects: by board (* for any other) and status category the project statuses in it.",
    )
    default_work_type: str = Field(
        "", description="Work type of tickets and time of a project that has none of its own (MV-29); empty: none."
    )
    board: str = Field("", description="ConnectWise board of projects that are made there.")
    billing_method: Literal["ActualRates", "FixedFee", "NotToExceed", "OverrideRate"] = Field(
        "ActualRates", description="Billing method of projects that are made in ConnectWise."
    )
    schedule_entries_without_dates: bool = Field(
        False,
        description="Import schedule entries that have neither start nor end nor hours (MV-23). Turning it off deletes "
        "nothing.",
    )
    ended_categories: list[str] = Field(
        ["Completed", "Cancelled"], description="Status categories of projects that count as completed or cancelled."
    )
    cw_id_field: str = Field(
        "Moovila ID",
        min_length=1,
        description="Caption of the ConnectWise custom field of projects, project tickets and time entries that "
        "carries Moovila's ID.",
    )

    @field_validator("task_statuses", "project_statuses")
    @classmethod
    def _a_status_is_in_one_category(cls, boards: dict[str, Categories]) -> dict[str, Categories]:
        for board, categories in boards.items():
            statuses = [fold(status) for some in categories.values() for status in some]
            if twice := sorted({one for one in statuses if statuses.count(one) > 1}):
                raise ValueError(f"of board {board}, {', '.join(twice)} is in two categories")
            if empty := [category for category, some in categories.items() if not some]:
                raise ValueError(f"of board {board}, {', '.join(empty)} has no status, and so no default")
        return boards

    @field_validator("task_statuses")
    @classmethod
    def _tasks_have_three(cls, boards: dict[str, Categories]) -> dict[str, Categories]:
        for board, categories in boards.items():
            missing = {NOT_STARTED, IN_PROGRESS, COMPLETE} - set(categories)
            if missing:
                raise ValueError(f"of board {board}, tasks have no status for {', '.join(sorted(missing))}")
        return boards

    def ends(self, category: str) -> bool:
        """Whether a project of this status category counts as completed or cancelled."""
        return fold(category) in map(fold, self.ended_categories)
