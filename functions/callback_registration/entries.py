"""Which callback entries a connection needs, and what must be done to those there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.systems.connectwise_psa.callback_entries import CallbackEntry

MARK = "Crosswise"
OWNER = 1
"""The object id of the level `owner`, which stands for everything of a type."""


@dataclass(frozen=True)
class Repair:
    """An entry of ours and the fields in which it differs from what it must be, by our names."""

    entry: CallbackEntry
    fields: Mapping[str, Any]

    @property
    def reactivates(self) -> bool:
        return self.entry.inactive


@dataclass(frozen=True)
class Work:
    """What is to be done: entries to make (by their fields), to repair and to take away; `kept` are right already."""

    create: tuple[Mapping[str, Any], ...] = ()
    repair: tuple[Repair, ...] = ()
    remove: tuple[CallbackEntry, ...] = ()
    kept: tuple[CallbackEntry, ...] = ()


def address(public: str, connection: str) -> str:
    """Where a connection's callbacks are received; `public` is where the HTTP API answers."""
    return f"{public}/callbacks/{connection}"


def needed(public: str, connection: str, type_: str) -> dict[str, Any]:
    """The entry for all records of a type. ConnectWise glues the record's id to the end of its URL."""
    return {
        "type": type_,
        "level": "owner",
        "object_id": OWNER,
        "url": f"{address(public, connection)}?recordId=",
        "description": f"{MARK}: tells of every {type_} that changes. Kept by itself; do not edit.",
        "inactive": False,
        "soap": False,
        "self_suppressed": False,
    }


def compare(
    entries: Iterable[CallbackEntry],
    public: str,
    connection: str,
    types: Iterable[str],
    *,
    may_stay: Iterable[str] = (),
) -> Work:
    """What makes the entries those that are needed for `types`, and leaves everybody else's alone.

    Entries of the types in `may_stay` are neither made nor removed: a flow in preview changes nothing outside.

    Ours is what posts to our address and carries our mark. One without the mark that is otherwise just what is needed
    is taken over, since ConnectWise takes no second of its kind; nothing without the mark is ever removed.
    """
    wanted = {type_: needed(public, connection, type_) for type_ in types}
    ours: dict[str, list[CallbackEntry]] = {}
    for entry in entries:
        if _is_ours(entry, address(public, connection)) or _is_alike(entry, wanted.get(entry.type.casefold())):
            ours.setdefault(entry.type.casefold(), []).append(entry)
    spare = [entry for type_, some in ours.items() if type_ not in {*wanted, *may_stay} for entry in some]
    best: list[Repair] = []
    for type_ in (type_ for type_ in wanted if type_ in ours):
        first, *others = sorted(ours[type_], key=lambda entry: (not _is_alike(entry, wanted[type_]), entry.id))
        best.append(Repair(first, _differing(first, wanted[type_])))
        spare += others
    return Work(
        create=tuple(fields for type_, fields in wanted.items() if type_ not in ours),
        repair=tuple(repair for repair in best if repair.fields),
        remove=tuple(entry for entry in spare if entry.description.startswith(MARK)),
        kept=tuple(repair.entry for repair in best if not repair.fields),
    )


def strangers(entries: Sequence[CallbackEntry], public: str, connection: str) -> list[CallbackEntry]:
    """Entries with our mark that post elsewhere: another deployment's, or those of an address given up."""
    ours = address(public, connection)
    return [entry for entry in entries if entry.description.startswith(MARK) and not _posts_to(entry, ours)]


def _is_ours(entry: CallbackEntry, ours: str) -> bool:
    return entry.description.startswith(MARK) and _posts_to(entry, ours)


def _posts_to(entry: CallbackEntry, ours: str) -> bool:
    """Whether the entry's URL is this address, whatever its query: `/callbacks/acme` is not `/callbacks/acme-2`."""
    return entry.url.partition("?")[0].rstrip("/") == ours


def _is_alike(entry: CallbackEntry, wanted: Mapping[str, Any] | None) -> bool:
    """Whether ConnectWise would take the two for one: same URL, type, level and object."""
    if wanted is None:
        return False
    there = (entry.url, entry.type.casefold(), entry.level.casefold(), entry.object_id or OWNER)
    return there == (wanted["url"], wanted["type"], wanted["level"], wanted["object_id"])


def _differing(entry: CallbackEntry, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Type and level are told apart without regard to case, as servers write them either way."""
    there = entry.model_copy(update={"type": entry.type.casefold(), "level": entry.level.casefold()})
    return {name: value for name, value in wanted.items() if getattr(there, name) != value}
