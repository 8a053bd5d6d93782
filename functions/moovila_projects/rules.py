"""The business of projects: which are kept in step, and what each side must be told so that both trees are one.

A plan writes parents before children and deletes last, children first. Every record is merged by itself, three ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from functions.moovila_projects import categories, creating, issues
from functions.moovila_projects.leaving import Leaving, leaving, merged_fields
from functions.moovila_projects.planning import Planning
from functions.moovila_projects.saying import too_long
from functions.moovila_projects.situations import NOUNS, OTHER, PROJECT, SYSTEMS, TICKET, Node, Tree
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.merge import Merged, Owner, merge
from shared.sync.names import title
from shared.sync.plan import LINKS, FieldConflict, Plan, Step, skip, stop
from shared.sync.record import Ref

ONLY_CONNECTWISE: Mapping[str, Owner] = {"team": "cw_only"}
"""A project's team is told to Moovila only: who is put into it there goes again (people are ConnectWise's)."""

ARCHIVED = "It is archived in Moovila."


def decide(situation: Tree) -> Plan:
    """The plan for one project with all that is in it."""
    tree, root = situation, situation.root
    if root is None or not root.ids:
        return _nowhere(tree)
    if tree.archived:
        return replace(skip(tree.home, ARCHIVED, name=tree.name), stands=ARCHIVED)
    if root.pair.link is not None and root.gone:
        return stop(tree.home, issues.project_gone(tree, root.pair.link), name=tree.name)
    if root.pair.link is None and (reason := creating.left_out(tree)):
        return skip(tree.home, reason, name=tree.name)
    if root.pair.link is None and (fault := _fault(tree, root)):
        return stop(tree.home, *fault, name=tree.name)
    return _in_step(tree)


def _in_step(tree: Tree) -> Plan:
    root = tree.root
    merges = {node.home: _merged(tree, node) for node in tree.nodes if node.both}
    leave = leaving(tree, merges) if tree.comprehensive else Leaving()
    planning = Planning(tree, merges, leave)
    planning.plan()
    steps = (*planning.steps, *leave.steps)
    told = (*planning.told, *_warnings(tree, planning), *_kept(tree, leave))
    asks = (issues.unmatched(tree, planning.asked),) if planning.asked else ()
    reason = f"{len(steps)} steps bring both sides in step." if steps else "Both sides agree."
    stays = root is not None and tree.settings.ends(str(merged_fields(root, merges).get("status", "")))
    return Plan(
        tree.home,
        reason,
        steps,
        told,
        _lost(merges, planning),
        name=tree.name,
        asks=asks,
        ended=tree.ended if stays else None,
    )


def _nowhere(tree: Tree) -> Plan:
    """What neither side has any more is forgotten, with all that was in it."""
    steps = [_forgotten(node, node.pair.link) for node in reversed(tree.nodes) if node.pair.link and not node.ids]
    if not steps:
        return skip(tree.home, "There is no such project.", name=tree.name)
    return Plan(tree.home, "Neither side has it any more.", tuple(steps), name=tree.name)


def _forgotten(node: Node, link: Link) -> Step:
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    why = "Neither side has it any more."
    return Step(f"unlink-{node.home}", LINKS, node.kind, "unlink", fields=ids, why=why, record=node.home)


def _fault(tree: Tree, root: Node) -> Sequence[Issue]:
    """What keeps a project that one side lacks from being made there."""
    return () if root.both else creating.fit(tree, root, OTHER[root.home.side]) or ()


def _merged(tree: Tree, node: Node) -> Merged:
    """Only one side changed: it wins. Both: the owner does, and the history has both values."""
    owners: Mapping[str, Owner] = {**tree.settings.owned, **ONLY_CONNECTWISE}
    if node.made:
        owners = dict.fromkeys(owners, node.home.side)
    merged = merge(node.pair, owners)
    cw = {name: value for name, value in merged.cw.items() if name not in ONLY_CONNECTWISE}
    return Merged(cw, merged.partner, merged.conflicts)


def _lost(merges: Mapping[Ref, Merged], planning: Planning) -> tuple[FieldConflict, ...]:
    """The conflicts of which the value that is given up is written over."""
    written = {(step.record, step.system): step.fields for step in planning.steps if step.verb == "update"}
    return tuple(
        one
        for merged in merges.values()
        for one in merged.conflicts
        if one.field in written.get((one.record, SYSTEMS["partner" if one.kept == "cw" else "cw"]), {})
    )


def _kept(tree: Tree, leave: Leaving) -> Iterator[Issue]:
    nodes = {node.home: node for node in tree.nodes}
    for ref, inside in leave.used.items():
        yield issues.still_used(tree, nodes[ref], inside)


def _warnings(tree: Tree, planning: Planning) -> Iterator[Issue]:
    """What holds nothing up, but should be known."""
    strange = [
        (tree.people.called(side, id_), title(SYSTEMS[side])) for node in tree.nodes for side, id_ in node.strangers
    ]
    if strange:
        yield issues.person_not_found(tree, strange)
    if unmapped := list(_unmapped(tree)):
        yield issues.status_not_mapped(tree, unmapped)
    if planning.lacking:
        yield issues.category_not_mapped(tree, planning.lacking)
    if long := [node for node in tree.nodes if too_long(node.pair.partner or {})]:
        yield issues.name_cut(tree, long)
    for node in tree.nodes:
        if node.elsewhere:
            yield issues.elsewhere(tree, node)


def _unmapped(tree: Tree) -> Iterator[tuple[str, str, str]]:
    """The statuses that are in no category of their board."""
    known = {PROJECT: categories.of_projects(tree.settings), TICKET: categories.of_tasks(tree.settings)}
    for node in tree.of(PROJECT, TICKET):
        if node.status and known[node.kind].category(node.board, node.status) is None:
            yield NOUNS[node.kind], node.board, node.status
