"""Every issue of the flow of projects, in words for the person who settles it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from functions.moovila_projects.saying import LIMIT
from functions.moovila_projects.situations import OTHER, SYSTEMS, Node, Tree
from shared.partners.moovila import PROJECTS
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.names import MOOVILA, PSA, title
from shared.sync.record import SIDES, Name

SOME = 5
"""So many of a kind are named in one issue."""


def project_gone(tree: Tree, link: Link) -> Issue:
    """Deleting a project on one side deletes nothing on the other."""
    root = tree.root
    here = next(side for side in SIDES if root is not None and side in root.ids)
    return tree.issue(
        "PROJECT_GONE",
        f"{tree.name} was deleted in {title(SYSTEMS[OTHER[here]])}. In {title(SYSTEMS[here])} it is left as it is, "
        "with all that is in it.",
        "If that was meant, disconnect it (crosswise disconnect), or delete it there, too. If not, restore it; or "
        f"unlink the two (crosswise unlink {link.ref('cw')}).",
    )


def status_not_mapped(tree: Tree, said: Iterable[tuple[str, str, str]]) -> Issue:
    """Statuses of ConnectWise that are in no category: kind of record, board and status, each."""
    told = "; ".join(f"{noun} status {status} of board {board}" for noun, board, status in sorted(set(said)))
    return tree.issue(
        "STATUS_NOT_MAPPED",
        f"Moovila is told Not Started (tasks) and In Planning (projects) for what is in no status category: {told}.",
        f"Add each to a category of its board in flows.{PROJECTS}.task_statuses or project_statuses.",
        category="mapping",
        blocks=False,
    )


def category_not_mapped(tree: Tree, said: Iterable[tuple[str, str, str]]) -> Issue:
    """Categories that have no status on a board: kind of record, board and category, each."""
    told = "; ".join(f"{noun} category {category} on board {board}" for noun, board, category in sorted(set(said)))
    return tree.issue(
        "CATEGORY_NOT_MAPPED",
        f"ConnectWise keeps the status that it has, since Moovila's has no counterpart there: {told}.",
        f"Name a status for each in flows.{PROJECTS}.task_statuses or project_statuses.",
        category="mapping",
        blocks=False,
    )


def person_not_found(tree: Tree, names: Sequence[tuple[str, str]]) -> Issue:
    """People whom the other side lacks (name, and the system that knows them); all else goes on."""
    told = "; ".join(f"{name} of {system}" for name, system in sorted(set(names))[:SOME])
    more = f" and {len(set(names)) - SOME} more" if len(set(names)) > SOME else ""
    return tree.issue(
        "PERSON_NOT_FOUND",
        f"Nobody on the other side has the e-mail address of {told}{more}. What is theirs is left as it is, their time "
        "and schedule entries are not carried over.",
        "Give both the same e-mail address, or add them where they are missing; it is looked at again by itself.",
        category="mapping",
        blocks=False,
    )


def no_phase(tree: Tree, node: Node) -> Issue:
    return tree.issue(
        "TASK_WITHOUT_PHASE",
        f"Task {node.name} is in no phase, and ConnectWise takes no project ticket without one.",
        "Move it into a phase in Moovila; it follows by itself.",
        category="refused",
        of=(node.home, Name(node.name)),
    )


def still_used(tree: Tree, node: Node, inside: Sequence[Node]) -> Issue:
    there = next(title(SYSTEMS[side]) for side in SIDES if side in node.ids)
    gone = next(title(SYSTEMS[side]) for side in SIDES if side not in node.ids)
    told = ", ".join(one.name for one in inside[:SOME])
    more = f" and {len(inside) - SOME} more" if len(inside) > SOME else ""
    return tree.issue(
        "DELETED_BUT_USED",
        f"{node.noun} {node.name} was deleted in {gone}. In {there} it has what was not: {told}{more}. So it stays.",
        f"Move or delete these in {there}, and it follows; or restore it in {gone}.",
        of=(node.home, Name(node.name)),
    )


def elsewhere(tree: Tree, node: Node) -> Issue:
    return tree.issue(
        "MOVED_ELSEWHERE",
        f"{node.noun} {node.name} was moved to {node.elsewhere}. Its counterpart is left as it is.",
        "Move it back, or move or delete its counterpart as well.",
        of=(node.home, Name(node.name)),
    )


def name_cut(tree: Tree, nodes: Sequence[Node]) -> Issue:
    told = "; ".join(f"{node.noun} {node.name}" for node in nodes[:SOME])
    return tree.issue(
        "NAME_CUT",
        f"ConnectWise takes names of {LIMIT} characters; there are longer ones, which were cut there: {told}.",
        "Shorten them in Moovila, if the cut ones do not say enough.",
        category="refused",
        blocks=False,
    )


def unmatched(tree: Tree, nodes: Sequence[Node]) -> Issue:
    """Decision on pairs that are joined anew: what is left is listed before anything of it is written."""
    told = "; ".join(
        f"{node.noun} {node.name} (only in {title(SYSTEMS[node.home.side])})" for node in nodes[: 2 * SOME]
    )
    more = f" and {len(nodes) - 2 * SOME} more" if len(nodes) > 2 * SOME else ""
    return tree.issue(
        "PARTS_UNMATCHED",
        f"{tree.name} was joined with one that was there before. These have no counterpart by that name at the same "
        f"place: {told}{more}. None of them is made on the other side yet.",
        "Approve what is proposed for those that are missing there; give those that are the same the same name, and "
        "they are joined by themselves.",
    )


def no_customer(tree: Tree) -> Issue:
    return tree.issue(
        "NO_CUSTOMER",
        f"{tree.name} is new in {title(MOOVILA)} and names no customer, without whom {title(PSA)} takes no project.",
        "Give it a customer in Moovila; it follows by itself.",
        category="mapping",
    )


def no_board(tree: Tree) -> Issue:
    return tree.issue(
        "BOARD_MISSING",
        f"{tree.name} is new in {title(MOOVILA)}, and no board is set on which {title(PSA)} is to have it.",
        f"Name one in flows.{PROJECTS}.board.",
        category="mapping",
    )
