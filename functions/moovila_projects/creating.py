"""What of a project is made anew on the other side, and with what beside the fields that both sides share. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.moovila_projects import issues
from functions.moovila_projects.situations import (
    NOTE,
    PROJECT,
    SCHEDULE,
    TICKET,
    TIME,
    Node,
    Tree,
)
from shared.partners.moovila import CUSTOMER
from shared.sync.issue import Issue
from shared.sync.names import MOOVILA, PSA, title
from shared.sync.record import Fields, Name, Side

MADE = "It was made for it."
"""Why a pair is linked of which we made the one for the other."""

MARKED = (PROJECT, TICKET, TIME)
"""What carries Moovila's ID in ConnectWise; of anything else a lost try is found by what it says, and where."""


def left_out(tree: Tree) -> str:
    """Why a project that nothing links yet is not made on the other side; empty where it is to be."""
    root, create = tree.root, tree.settings.create
    if root is None or root.both:
        return ""
    where, to = (PSA, MOOVILA) if root.home.side == "cw" else (MOOVILA, PSA)
    wanted = {PSA: ("from_connectwise", "both"), MOOVILA: ("from_moovila", "both")}[where]
    if create not in wanted:
        return f"New projects of {title(where)} are not made in {title(to)} (create is {create})."
    if tree.closed or tree.archived:
        return f"It was {'closed' if tree.closed else 'archived'} before it was ever in {title(to)}."
    return ""


def fit(tree: Tree, node: Node, side: Side) -> Sequence[Issue] | None:
    """None where a record can be made on a side as far as it itself goes; else why not: issues, or nothing to tell."""
    own = node.pair.fields(node.home.side) or {}
    if node.elsewhere:
        return ()
    if node.strangers and node.kind in (TIME, SCHEDULE):
        return ()  # All whom the other side lacks are told of together.
    if node.kind == SCHEDULE and _dateless(own) and not tree.settings.schedule_entries_without_dates:
        return ()  # MV-23
    if side == "cw" and node.kind == TICKET and not own.get("phase"):
        return (issues.no_phase(tree, node),)
    if side == "cw" and node.kind == PROJECT and not tree.settings.board:
        return (issues.no_board(tree),)
    if node.kind == PROJECT:
        if tree.client_link is None:
            return (issues.no_customer(tree),)
        if tree.client_link.link is None:
            return (CUSTOMER.issue(tree, Name(tree.client), tree.client_link),)
    return None


def only_new(tree: Tree, node: Node, side: Side) -> dict[str, Any]:
    """What a new record has beside what its counterpart says."""
    own = node.pair.fields(node.home.side) or {}
    client = tree.client_link
    if side == "partner":
        return {"customer": client.partner_id if client else "", "board": node.board} if node.kind == PROJECT else {}
    work_type = tree.work_type or tree.settings.default_work_type
    if node.kind == PROJECT:
        return {
            "company": client.cw_id if client else "",
            "board": tree.settings.board,
            "billing_method": tree.settings.billing_method,
        }
    if node.kind == TICKET:
        return {"work_type": work_type}
    if node.kind == NOTE:
        return {"internal": True}  # The customer sees discussions; that notes of tasks are not meant so is assumed.
    if node.kind == TIME:
        return {"work_type": own.get("work_type") or work_type}
    return {}


def marker(tree: Tree, node: Node, side: Side) -> dict[str, Any]:
    """By what a create is found again whose answer was lost (promise 2)."""
    if side == "partner":
        return {"external_id": node.home.id}
    return {"custom_fields": {tree.settings.cw_id_field: node.home.id}} if node.kind in MARKED else {}


def _dateless(fields: Fields) -> bool:
    """MV-23: what has neither start nor end nor hours."""
    return not any(fields.get(name) for name in ("start", "due", "hours"))


def standing_in(tree: Tree, node: Node, side: Side) -> Fields:
    """What a side says of a new record by itself where nobody does: said to it, so that it is agreed on."""
    if node.kind != SCHEDULE:
        return {}
    return _dated(tree, node) if side == "partner" else _called(tree, node)


def _called(tree: Tree, node: Node) -> Fields:
    """ConnectWise calls a schedule entry after its ticket."""
    own, ticket = node.pair.partner or {}, tree.by_word.get((TICKET, node.ticket))
    return {} if own.get("text") or ticket is None else {"text": (ticket.pair.partner or {}).get("name")}


def _dated(tree: Tree, node: Node) -> Fields:
    """Moovila wants a start and a due date of every event: one that lacks them has its task's, or the project's.

    Documented: the dates are mandatory, a due date fills itself in. Which ones stand in is assumed.
    """
    own = node.pair.cw or {}
    above = (tree.by_word.get((TICKET, node.ticket)), tree.root)
    known = [fields for one in above if one for fields in (one.pair.cw, one.pair.partner) if fields]
    start = own.get("start") or next((fields["start"] for fields in known if fields.get("start")), None)
    day = start.astimezone(tree.zone).date() if isinstance(start, datetime) else start
    due = own.get("due") or (day if own.get("start") else None)
    due = due or next((fields["due"] for fields in known if fields.get("due")), day)
    return {"start": start or due, "due": max(due, day) if due and day else due}
