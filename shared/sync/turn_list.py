"""The list of scopes that take turns, as people read it: each linked pair, whether it is synced, where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.sync.link import Link
from shared.sync.ports import FlowState, Store
from shared.sync.record import SIDES, FlowKey, Ref
from shared.sync.turns import Mode, Status, Turn

Sync = Literal["enabled", "disabled", "archived", "disconnected"]
"""Whether a pair is synced at all, which is another thing than what its sync is doing (MV-27)."""


@dataclass(frozen=True)
class Row:
    """One pair. Times are UTC; None: never. `why` says why it is not synced, if it is not.

    `last_comprehensive` counts a comprehensive run of the flow that found no difference: the pair was compared then.
    """

    record: Ref
    cw_name: str
    partner_name: str
    customer: str
    board: str
    sync: Sync
    why: str
    status: Status
    due: datetime | None
    last_completed: datetime | None
    last_mode: Mode | None
    last_delta: datetime | None
    last_comprehensive: datetime | None
    last_import: datetime | None

    def has(self, text: str) -> bool:
        """MV-06: whether any of its words has what somebody types."""
        words = (self.customer, self.partner_name, self.cw_name, self.record.id, self.board)
        return any(text.strip().casefold() in word.casefold() for word in words)


def turn_list(store: Store, key: FlowKey) -> list[Row]:
    """Every linked pair of a flow that takes turns, in the order of the alphabet."""
    turns = {turn.scope: turn for turn in store.turns.of_flow(key)}
    links = {link.ref("cw"): link for link in store.links.find(key, turns).values() if isinstance(link, Link)}
    state = store.flows.state(key)
    rows = [_row(link, turns, state) for link in links.values()]
    return sorted(rows, key=lambda row: (row.partner_name.casefold(), row.cw_name.casefold(), row.record.id))


def shown(rows: Iterable[Row], *, text: str = "", disabled: bool = False, archived: bool = False) -> list[Row]:
    """MV-08, MV-09: what is disabled, disconnected or archived is hidden unless asked for."""
    seen: set[Sync] = {"enabled"}
    seen |= {"disabled", "disconnected"} if disabled else set()
    seen |= {"archived"} if archived else set()
    return [row for row in rows if row.sync in seen and row.has(text)]


def _row(link: Link, turns: dict[Ref, Turn], state: FlowState) -> Row:
    turn = next(turns[link.ref(side)] for side in SIDES if link.ref(side) in turns)
    compared = _compared(turn, link, state)
    latest = max((at for at in (turn.last_delta, compared) if at), default=None)
    return Row(
        link.ref("cw"),
        link.cw_name,
        link.partner_name,
        turn.facts.get("customer", ""),
        turn.facts.get("board", ""),
        _sync(turn),
        turn.disabled,
        turn.status,
        turn.due if turn.status == "Requested" else None,
        latest,
        None if latest is None else "comprehensive" if latest == compared else "delta",
        turn.last_delta,
        compared,
        turn.last_import,
    )


def _sync(turn: Turn) -> Sync:
    if turn.disconnected:
        return "disconnected"
    if turn.enabled:
        return "enabled"
    return "archived" if turn.archived else "disabled"


def _compared(turn: Turn, link: Link, state: FlowState) -> datetime | None:
    """Its own last comprehensive sync, or the flow's last comprehensive run, if that found nothing to be done here."""
    own, run = turn.last_comprehensive, state.last_comprehensive
    differs = turn.differed is not None and (own is None or own < turn.differed)
    if run is None or differs or not turn.enabled or (link.linked_at and run < link.linked_at):
        return own
    return max(own, run) if own else run
