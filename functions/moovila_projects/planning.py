"""The steps that make, link and update the records of one tree, in the order in which they can be carried out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.moovila_projects.creating import MADE, fit, marker, only_new, standing_in
from functions.moovila_projects.leaving import Leaving, merged_fields
from functions.moovila_projects.saying import Id, Said, placed, said, status_there
from functions.moovila_projects.situations import (
    KINDS,
    NOTE,
    NOUNS,
    OTHER,
    PHASE,
    PROJECT,
    SYSTEMS,
    TICKET,
    WITHIN,
    WRITTEN,
    Node,
    Tree,
)
from shared.sync.issue import Issue
from shared.sync.merge import Merged
from shared.sync.names import title
from shared.sync.plan import LINKS, Created, Step, Verb
from shared.sync.record import SIDES, Fields, Ref, Side

EMPTY = (None, "", ())
"""What says nothing, and is left out of a create."""


@dataclass
class Planning:
    """One plan in the making.

    `made` are the creates so far, by record and side, `asked` who waits for a person, `lacking` the categories that
    have no status: kind of record, board and category.
    """

    tree: Tree
    merges: Mapping[Ref, Merged]
    leaving: Leaving
    steps: list[Step] = field(default_factory=list)
    told: list[Issue] = field(default_factory=list)
    made: dict[tuple[Ref, Side], Created] = field(default_factory=dict)
    asked: list[Node] = field(default_factory=list)
    lacking: set[tuple[str, str, str]] = field(default_factory=set)

    def plan(self) -> None:
        """Every step but the deletions: of each kind, parents before children, first what is new, then what differs."""
        for kind in KINDS:
            nodes = _parents_first(self.tree, self.tree.of(kind))
            for node in nodes:
                if node.pair.link is None:
                    self._new(node)
            if kind == PROJECT:
                self._show_id(nodes[0])
            for node in nodes:
                if node.both and not node.elsewhere:
                    self._update(node)
                elif (node.home, OTHER[node.home.side]) in self.made:
                    self._complete(node, OTHER[node.home.side])

    def resolve(self, kind: str, word: str, side: Side) -> Id | None:
        """The id that a record has on a side, or gets by a step of this plan."""
        node = self.tree.by_word.get((kind, word))
        return None if node is None else node.ids.get(side) or self.made.get((node.home, side))

    def _new(self, node: Node) -> None:
        """Links what is on both sides, or makes the one that is missing and links the two."""
        ids: dict[str, Any] = {str(side): id_ for side, id_ in node.ids.items()}
        if not node.both:
            side = OTHER[node.home.side]
            made_with = self._made_with(node, side)
            if made_with is None:
                return
            why = f"{title(SYSTEMS[side])} has no such {node.noun}."
            if node.listed:
                self.asked.append(node)
                why = f"{node.noun.capitalize()} {node.name} is only in {title(SYSTEMS[node.home.side])}."
            create = self._step(node, side, "create", made_with, why, ask=node.listed)
            ids[side] = self.made[node.home, side] = Created(create.id)
        how = node.found if node.both else MADE
        if node.kind == NOTE:
            # By its id alone ConnectWise cannot be asked for a note: the link knows its ticket from the first.
            ticket = self.resolve(TICKET, node.ticket, "cw")
            ids["agreed"] = {"on": (ticket, ticket)}
        self.steps.append(Step(f"link-{node.home}", LINKS, node.kind, "link", fields=ids, why=how, record=node.home))

    def _made_with(self, node: Node, side: Side) -> Said | None:
        """What a new record on a side is made with; None where it is not made (yet), told where nobody else tells."""
        tree = self.tree
        own = node.pair.fields(node.home.side) or {}
        reason = fit(tree, node, side)
        if reason is not None:
            self.told += reason
            return None
        place = placed(tree, node, side, self.resolve)
        name, kind = WITHIN.get(node.kind, ("", ""))
        above = self.resolve(kind, str(own[name]), side) if name and own.get(name) else ""
        if above is None or None in place.values():
            return None  # What it is in waits itself, or was deleted, and has an issue of its own.
        whole = {**own, **standing_in(tree, node, side)}
        shared = {one: whole[one] for one in (*tree.settings.shared_fields, "team") if whole.get(one) not in EMPTY}
        if side == "cw":
            shared.pop("team", None)
        if not self._all_there(shared, side):
            shared.pop("dependencies")
        self._lacks(node, side, shared)
        told = said(tree, node, side, shared, whole, self.resolve)
        told.fields |= {**place, **marker(tree, node, side)}
        told.fields |= {one: value for one, value in only_new(tree, node, side).items() if value not in EMPTY}
        return told

    def _show_id(self, root: Node) -> None:
        """MV-11: Moovila shows the ConnectWise project's ID as the project's External ID."""
        ours = self.resolve(PROJECT, root.word, "cw")
        if ours is not None and "partner" in root.ids and self.tree.external_id != ours:
            why = "It shows the ID of the project in ConnectWise."
            before = {"external_id": self.tree.external_id}
            told = Said({"external_id": ours})
            self._step(root, "partner", "update", told, why, key=root.ids["partner"], before=before, what="show")

    def _complete(self, node: Node, side: Side) -> None:
        """Names the records that are made after one that depends on them."""
        fields = node.pair.fields(node.home.side) or {}
        create = next(step for step in self.steps if step.id == self.made[node.home, side].step)
        if not fields.get("dependencies") or "dependencies" in create.fields:
            return
        told = said(self.tree, node, side, {"dependencies": fields["dependencies"]}, fields, self.resolve)
        if told.fields:
            why = "What it depends on is there now."
            self._step(node, side, "update", told, why, key=self.made[node.home, side], what="complete")

    def _update(self, node: Node) -> None:
        """What one side must be told since the other changed it. Where a record is, is part of its address there."""
        merged = self.merges[node.home]
        whole = merged_fields(node, self.merges)
        for side in SIDES:
            fields = merged.to(side)
            self._lacks(node, side, fields)
            told = said(self.tree, node, side, fields, whole, self.resolve)
            if told.fields:
                now = node.pair.fields(side) or {}
                place = placed(self.tree, node, side) if side == "cw" else {}
                before = {**{name: now[name] for name in told.fields if name in now}, **place}
                why = f"{title(SYSTEMS[OTHER[side]])} says otherwise: {', '.join(sorted(told.fields))}."
                told.fields |= place
                self._step(node, side, "update", told, why, key=node.ids[side], before=before)

    def _step(
        self,
        node: Node,
        side: Side,
        verb: Verb,
        told: Said,
        why: str,
        *,
        key: Id | None = None,
        before: Fields | None = None,
        what: str = "",
        ask: bool = False,
    ) -> Step:
        step = Step(
            f"{what or verb}-{side}-{node.home}",
            SYSTEMS[side],
            WRITTEN[node.kind][side],
            verb,
            key,
            told.fields,
            why,
            before or {},
            node.home,
            ask,
            told.instead,
        )
        self.steps.append(step)
        return step

    def _all_there(self, fields: Fields, side: Side) -> bool:
        words = fields.get("dependencies", ())
        return all(self.resolve(TICKET, str(word), side) is not None for word in words)

    def _lacks(self, node: Node, side: Side, fields: Fields) -> None:
        """Notes a category that ConnectWise has no status for."""
        category = str(fields.get("status", ""))
        if side == "cw" and category and status_there(self.tree, node, category) is None:
            self.lacking.add((NOUNS[node.kind], node.board or self.tree.board, category))


def _parents_first(tree: Tree, nodes: Iterable[Node]) -> list[Node]:
    """Phases by how deep they are; everything else is as deep as anything."""

    def depth(node: Node) -> int:
        deep, seen = 0, {node.home}
        while node.kind == PHASE:
            fields = node.pair.fields(node.home.side) or node.pair.cw or node.pair.partner or {}
            above = tree.by_word.get((PHASE, str(fields.get("parent") or "")))
            if above is None or above.home in seen:
                break
            seen.add(above.home)
            node, deep = above, deep + 1
        return deep

    return sorted(nodes, key=depth)
