"""A two-way tree: projects with phases and tickets, which both sides make, change, move and delete.

The home is the project. Both sides say `name`, `status`, `due`; of a ticket's `phase` each says its own id, so that it
is compared by ConnectWise's (a phase that ConnectWise has not got yet: by the partner's). What we create carries the
address of what it was made of in `made_of`, by which it is found again after a lost answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting, Situation
from shared.sync.link import Link, Pair, Seen, State
from shared.sync.merge import Owner, merge
from shared.sync.plan import LINKS, Created, FieldConflict, Plan, Step, skip
from shared.sync.ports import Run
from shared.sync.record import SIDES, Fields, Name, Ref, Side
from shared.sync.shapes import TwoWaySettings
from tests.shapes.systems import Kinds, Record

KINDS = ("project", "phase", "ticket")
"""Parents before children."""

SHARED: Mapping[str, tuple[str, ...]] = {
    "project": ("name", "status"),
    "phase": ("name",),
    "ticket": ("name", "status", "due", "phase"),
}
SYSTEMS: Mapping[Side, str] = {"cw": "connectwise_psa", "partner": "moovila"}


class ProjectSettings(TwoWaySettings):
    excludable = ("name", "status", "due", "phase")
    shared_fields: ClassVar[Mapping[str, Owner]] = {"name": "cw", "status": "cw", "due": "partner", "phase": "partner"}


@dataclass(frozen=True)
class Node:
    """One record of the tree: its pair, and its id on the sides where it is."""

    pair: Pair
    ids: Mapping[Side, str]

    @property
    def kind(self) -> str:
        return self.pair.home.kind

    @property
    def word(self) -> str:
        """By what tickets say that they belong to it."""
        return self.ids["cw"] if "cw" in self.ids else f"partner:{self.ids['partner']}"

    def create(self, side: Side) -> str:
        """The id of the step that makes it on a side."""
        return f"create-{side}-{self.pair.home.id}"

    def id_on(self, side: Side) -> str | Created:
        return self.ids[side] if side in self.ids else Created(self.create(side))


@dataclass(frozen=True, kw_only=True)
class Tree(Situation):
    nodes: tuple[Node, ...] = ()
    owners: Mapping[str, Owner]


class Projects(Flow[Tree]):
    name = "projects"
    Settings = ProjectSettings
    systems = ("connectwise_psa", "moovila")
    two_way = True
    sweeps = tuple((kind, side) for kind in KINDS for side in SIDES)
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {"connectwise_psa": {"ticket": "ticket"}}

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sides: Mapping[Side, Kinds] = {
            side: context.systems[name]  # type: ignore[misc]
            for side, name in SYSTEMS.items()
        }

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """One kind of one side a page."""
        left = page["left"] if page else [[side, kind] for side in SIDES for kind in KINDS]
        (side, kind), *rest = left
        records = self.sides[side].list(kind)
        phases = {str(record["phase"]) for record in records if record.get("phase")}
        words = self._words(side, phases)
        sightings = [
            Sighting(
                Ref(kind, side, one["id"]),
                seen(kind, one, words),
                scope=Ref("project", side, one.get("project", one["id"])),
            )
            for one in records
        ]
        return Page(sightings, next={"left": rest}) if rest else Page(sightings, cursor={})

    def _words(self, side: Side, phases: set[str]) -> dict[str, str]:
        """By side's own ids of phases, how tickets of both sides call them."""
        if side == "cw":
            return {phase: phase for phase in phases}
        refs = {phase: Ref("phase", side, phase) for phase in phases}
        states = self.context.links.find(refs.values())
        linked = {phase: states.get(ref) for phase, ref in refs.items()}
        return {p: state.cw_id if isinstance(state, Link) else f"partner:{p}" for p, state in linked.items()}

    # Observing

    def observe(self, changes: Sequence[Change]) -> Sequence[Tree]:
        states = self.context.links.find({change.ref for change in changes})
        projects = {change.ref: self._project(change.ref, states.get(change.ref)) for change in changes}
        known = self.context.links.find(set(projects.values()))
        homes = {ref: state.ref("cw") for ref, state in known.items() if isinstance(state, Link)}
        named: dict[Ref, list[Link]] = {}
        for ref, project in projects.items():
            if isinstance(link := states.get(ref), Link):
                named.setdefault(homes.get(project, project), []).append(link)
        of = {ref: homes.get(project, project) for ref, project in projects.items()}
        roots = {of[ref]: known.get(project) for ref, project in projects.items()}
        trees = {home: self._tree(home, state, named.get(home, [])) for home, state in roots.items()}
        return [trees[of[change.ref]] for change in changes]

    def _project(self, ref: Ref, state: State | None) -> Ref:
        """The project of a record: as the table has it, or as the record says."""
        if ref.kind == "project":
            return ref
        if isinstance(state, Link | Seen) and state.scope:
            return state.scope
        record = self.sides[ref.side].get(ref.id)
        return Ref("project", ref.side, record["project"]) if record else ref

    def _tree(self, home: Ref, state: State | None, named: Sequence[Link]) -> Tree:
        ids: dict[Side, str] = {"cw": state.cw_id, "partner": state.partner_id} if isinstance(state, Link) else {}
        ids = ids or {home.side: home.id}
        found = {
            Ref(kind, side, one["id"]): one
            for side, id_ in ids.items()
            for kind in KINDS[1:]
            for one in self.sides[side].list(kind, project=id_)
        }
        found |= {Ref("project", side, id_): one for side, id_ in ids.items() if (one := self.sides[side].get(id_))}
        states = self.context.links.find({*found, home})
        if home.side in ids and len(ids) == 1:  # made by a try whose answer was lost
            other: Side = "partner" if home.side == "cw" else "cw"
            for one in self.sides[other].list("project", made_of=str(home)):
                found[Ref("project", other, one["id"])] = one
        links = {(link.kind, link.cw_id): link for link in (*states.values(), *named) if isinstance(link, Link)}
        nodes = [self._linked(link, found) for link in links.values()]
        made_of = {one["made_of"]: ref for ref, one in found.items() if one.get("made_of")}
        joined = {ref for node in nodes for ref in (node.pair.link.ref(side) for side in SIDES if node.pair.link)}
        twins = {ref: made_of[str(ref)] for ref in found if str(ref) in made_of and ref not in joined}
        free = [ref for ref in found if ref not in joined and ref not in twins.values()]
        nodes += [self._unlinked(ref, states.get(ref), twins.get(ref)) for ref in free]
        words = {node.ids["partner"]: node.word for node in nodes if node.kind == "phase" and "partner" in node.ids}
        nodes = [self._worded(node, found, words) for node in nodes]
        order = sorted(nodes, key=lambda node: (node.pair.home != home, KINDS.index(node.kind), node.pair.home.id))
        own = order[0].pair if order and order[0].pair.home == home else Pair(home, state)
        rest = tuple(node.pair for node in order if node.pair.home != home)
        name = own.cw_name or own.partner_name or home.id
        owners = self.context.settings.owned
        return Tree(home=home, name=Name(f"project {name}"), pairs=(own, *rest), nodes=tuple(order), owners=owners)

    def _linked(self, link: Link, found: dict[Ref, Record]) -> Node:
        """Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone."""
        for side in SIDES:
            ref = link.ref(side)
            if ref not in found and (record := self.sides[side].get(ref.id)):
                found[ref] = record
        ids = {side: link.ref(side).id for side in SIDES if link.ref(side) in found}
        return Node(Pair(link.ref("cw"), link), ids)

    def _unlinked(self, ref: Ref, state: State | None, twin: Ref | None) -> Node:
        ids = {ref.side: ref.id, **({twin.side: twin.id} if twin else {})}
        return Node(Pair(ref, state), ids)

    def _worded(self, node: Node, found: Mapping[Ref, Record], words: Mapping[str, str]) -> Node:
        pair = node.pair
        records = {side: found[Ref(node.kind, side, id_)] for side, id_ in node.ids.items()}
        fields = {side: seen(node.kind, one, words if side == "partner" else {}) for side, one in records.items()}
        names = [str(records[side]["name"]) for side in SIDES if side in records]
        # What will be made on a side will be called there as it is here.
        called = (names[0], names[-1]) if names else ("", "")
        whole = Pair(pair.home, pair.state, fields.get("cw"), fields.get("partner"), *called)
        return Node(whole, node.ids)

    def mapped(self, step: Step, record: object) -> Fields | None:
        """What a phase is called is looked up: it may have been linked by an earlier step of the plan."""
        assert isinstance(record, dict)
        side: Side = "cw" if step.system == SYSTEMS["cw"] else "partner"
        words = self._words(side, {record["phase"]}) if record.get("phase") else {}
        return seen(step.kind, record, words)

    # Deciding

    @staticmethod
    def decide(situation: Tree) -> Plan:
        if not situation.nodes:
            return skip(situation.home, "There is no such project.", name=situation.name)
        steps: list[Step] = []
        conflicts: list[FieldConflict] = []
        for node in situation.nodes:
            if node.pair.link is None:
                steps += _new(situation, node)
            elif len(node.ids) == len(SIDES):
                merged = merge(node.pair, situation.owners)
                conflicts += merged.conflicts
                steps += (_update(situation, node, side, merged.to(side)) for side in SIDES if merged.to(side))
        for node in reversed(situation.nodes):
            if node.pair.link and len(node.ids) < len(SIDES):
                steps += _gone(node, node.pair.link)
        reason = f"{len(steps)} steps." if steps else "Both sides agree."
        return Plan(situation.home, reason, tuple(steps), conflicts=tuple(conflicts), name=situation.name)


def seen(kind: str, record: Record, words: Mapping[str, str]) -> Fields:
    """The mapped fields of a record, a phase by the word for it."""
    fields = {name: record.get(name, "") for name in SHARED[kind]}
    if "phase" in fields:
        fields["phase"] = words.get(str(fields["phase"]), fields["phase"])
    return fields


def _new(tree: Tree, node: Node) -> Iterator[Step]:
    home = node.pair.home
    for side in SIDES:
        if side not in node.ids:
            fields = node.pair.fields(home.side) or {}
            parents = {} if node.kind == "project" else {"project": tree.nodes[0].id_on(side)}
            made = {**_said(tree, side, fields), **parents, "made_of": str(home)}
            yield Step(node.create(side), SYSTEMS[side], node.kind, "create", fields=made, record=home)
    ids = {side: node.id_on(side) for side in SIDES}
    yield Step(f"link-{home.side}-{home.kind}-{home.id}", LINKS, node.kind, "link", fields=ids, record=home)


def _update(tree: Tree, node: Node, side: Side, fields: Fields) -> Step:
    now = node.pair.fields(side) or {}
    before = {name: now[name] for name in fields}
    step_id = f"update-{side}-{node.kind}-{node.ids[side]}"
    said = _said(tree, side, fields)
    return Step(step_id, SYSTEMS[side], node.kind, "update", node.ids[side], said, "", before, record=node.pair.home)


def _said(tree: Tree, side: Side, fields: Fields) -> dict[str, Any]:
    """Fields as a side wants them: a phase by its own id, which may be yet to come."""
    phases = {node.word: node for node in tree.nodes if node.kind == "phase"}
    said = dict(fields)
    if node := phases.get(str(fields.get("phase", ""))):
        said["phase"] = node.id_on(side)
    return said


def _gone(node: Node, link: Link) -> Iterator[Step]:
    """A record that one side deleted is deleted on the other; then the link goes."""
    home = node.pair.home
    for side, id_ in node.ids.items():
        step_id, was = f"delete-{side}-{home.kind}-{id_}", node.pair.fields(side) or {}
        why = "It was deleted on the other side."
        yield Step(step_id, SYSTEMS[side], node.kind, "delete", id_, why=why, before=was, record=home)
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    yield Step(f"unlink-{home.kind}-{home.id}", LINKS, node.kind, "unlink", fields=ids, record=home)
