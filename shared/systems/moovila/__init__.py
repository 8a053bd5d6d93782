"""Moovila: `Moovila` reads projects and what is in them, and writes them; its whole surface is assumed."""

from shared.systems.moovila.client import Moovila
from shared.systems.moovila.models import (
    Customer,
    CustomerStatus,
    Note,
    NoteCategory,
    Phase,
    Project,
    Record,
    ScheduledEvent,
    StatusCategory,
    Task,
    TimeEntry,
    User,
    WorkType,
)

__all__ = [
    "Customer",
    "CustomerStatus",
    "Moovila",
    "Note",
    "NoteCategory",
    "Phase",
    "Project",
    "Record",
    "ScheduledEvent",
    "StatusCategory",
    "Task",
    "TimeEntry",
    "User",
    "WorkType",
]
