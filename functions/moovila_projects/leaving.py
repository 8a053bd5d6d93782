"""Which records of a project go once one side deleted them, and which stay, as something is still in them. Pure.

Only a look that compares everything deletes (a record counts as gone only after a 404), children first; how many may go
at once is a policy of all two-way flows (`deletion_limit`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from functions.moovila_projects.saying import placed
from functions.moovila_projects.situations import OTHER, SYSTEMS, WRITTEN, Node, Tree
from shared.sync.merge import Merged
from shared.sync.names import title
from shared.sync.plan import LINKS, Step
from shared.sync.record import Fields, Ref


@dataclass(frozen=True)
class Leaving:
    """The steps that carry deletions over, children first; and who stays, with those that are still in it."""

    steps: tuple[Step, ...] = ()
    used: Mapping[Ref, tuple[Node, ...]] = field(default_factory=dict)


def leaving(tree: Tree, merges: Mapping[Ref, Merged]) -> Leaving:
    """What to delete of the parts of a project that is there on both sides; `merges` say where records will be."""
    gone = [node for node in reversed(tree.nodes[1:]) if node.gone]
    inside = _inside(tree, merges)
    used: dict[Ref, tuple[Node, ...]] = {}
    for node in gone:  # children first: whoever stays keeps what it is in
        stays = tuple(one for one in inside.get(node.home, ()) if one.ids and (not one.gone or one.home in used))
        if stays and node.ids:
            used[node.home] = stays
    steps = [step for node in gone if node.home not in used for step in _deleted(tree, node)]
    return Leaving(tuple(steps), used)


def merged_fields(node: Node, merges: Mapping[Ref, Merged]) -> Fields:
    """What both sides will say of a record; of one that only one side has, what that says."""
    if node.both:
        merged = merges.get(node.home, Merged())
        return {**(node.pair.cw or {}), **merged.cw}
    return node.pair.cw or node.pair.partner or {}


def _inside(tree: Tree, merges: Mapping[Ref, Merged]) -> Mapping[Ref, list[Node]]:
    """By record what will be in it."""
    inside: dict[Ref, list[Node]] = {}
    for node in tree.nodes[1:]:
        for above in tree.above(node, merged_fields(node, merges)):
            if above is not None:
                inside.setdefault(above.home, []).append(node)
    return inside


def _deleted(tree: Tree, node: Node) -> Iterator[Step]:
    """Deleted where it still is, with what is lost; then the link goes."""
    link = node.pair.link
    assert link is not None
    for side, id_ in node.ids.items():
        yield Step(
            f"delete-{side}-{node.kind}-{id_}",
            SYSTEMS[side],
            WRITTEN[node.kind][side],
            "delete",
            id_,
            placed(tree, node, side) if side == "cw" else {},
            f"It was deleted in {title(SYSTEMS[OTHER[side]])}.",
            node.pair.fields(side) or {},
            node.home,
        )
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    yield Step(f"unlink-{node.kind}-{node.home.id}", LINKS, node.kind, "unlink", fields=ids, record=node.home)
