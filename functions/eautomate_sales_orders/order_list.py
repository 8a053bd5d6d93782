"""The list of orders (EA-55): which went in, which were reached and not inserted, which were not picked up, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from functions.eautomate_sales_orders.situations import ORDER
from shared.sync.clock import stamp
from shared.sync.issue import OpenIssue
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.record import Ref

Stage = Literal["reached, not inserted", "being inserted", "not picked up", "cancelled", "inserted"]
STAGES: tuple[Stage, ...] = (
    "reached, not inserted", "being inserted", "not picked up", "cancelled", "inserted",
)  # fmt: skip
"""In the order of the list: what somebody must settle comes first."""


@dataclass(frozen=True)
class Listed:
    """One ConnectWise order. `made` is what e-automate calls its order, `since` when that was made (UTC)."""

    stage: Stage
    order: str
    order_id: str
    made: str = ""
    since: str = ""
    reason: str = ""


def order_list(states: Iterable[State], issues: Iterable[OpenIssue]) -> list[Listed]:
    """Every order that the table knows of; `issues` are the connection's."""
    told: dict[Ref, list[OpenIssue]] = {}
    for issue in issues:
        if issue.scope.kind == ORDER:
            told.setdefault(issue.scope, []).append(issue)
    rows = []
    for state in states:
        ref = state.ref("cw") if isinstance(state, Link) else state.ref
        if ref.kind == ORDER and ref.side == "cw":
            rows.append(_row(ref, state, told.pop(ref, [])))
    # What could not even be read has an issue and nothing else.
    rows += [Listed("reached, not inserted", _name(open_), ref.id, reason=_said(open_)) for ref, open_ in told.items()]
    return sorted(rows, key=lambda row: (STAGES.index(row.stage), int(row.order_id)))


def _row(ref: Ref, state: State, issues: list[OpenIssue]) -> Listed:
    match state:
        case Link():
            since = stamp(state.linked_at) if state.linked_at else ""
            stage: Stage = "cancelled" if state.held else "inserted"
            return Listed(stage, state.cw_name, ref.id, state.partner_name, since, state.held or _said(issues))
        case Intent():
            return Listed("being inserted", _name(issues) or f"sales order {ref.id}", ref.id, reason=_said(issues))
        case Seen(held=held) if held:
            return Listed("cancelled", state.name, ref.id, reason=held)
    waits = state.state == "waiting" or any(issue.issue.blocks for issue in issues)
    said = _said(issues) or state.reason
    return Listed("reached, not inserted" if waits else "not picked up", state.name, ref.id, reason=said)


def _said(issues: Iterable[OpenIssue]) -> str:
    return " ".join(issue.issue.message for issue in issues)


def _name(issues: Iterable[OpenIssue]) -> str:
    return next((issue.issue.name.text for issue in issues), "")
