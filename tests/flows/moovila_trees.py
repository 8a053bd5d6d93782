"""Trees of one project, built record by record, for the rules of `moovila_projects`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from functions.moovila_projects.rules import decide
from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import PHASE, PROJECT, TICKET, Node, Tree
from shared.partners.moovila import CUSTOMER, People, Person
from shared.sync.link import Link, Pair, State
from shared.sync.needed import Found
from shared.sync.plan import Plan, Step
from shared.sync.record import Fields, Name, Ref, Side

STATUSES = {
    "*": {
        "Not Started": ["New", "Open"],
        "In Progress": ["In Progress", "Scheduled"],
        "Complete": ["Completed", "Closed"],
    }
}
PROJECT_STATUSES = {"*": {"In Planning": ["Open"], "In Progress": ["In Progress"], "Completed": ["Closed"]}}
SETTINGS: dict[str, Any] = {"task_statuses": STATUSES, "project_statuses": PROJECT_STATUSES}
PEOPLE = People.of(
    [Person("1", ("ann@msp.example",), "Ann"), Person("2", ("bob@msp.example",), "Bob"), Person("3", (), "Cy")],
    [
        Person("U-1", ("Ann@MSP.example",), "Ann A."),
        Person("U-2", ("bob@msp.example",)),
        Person("U-9", ("x@y.example",)),
    ],
)
ANN, BOB = "ann@msp.example", "bob@msp.example"
START, DUE = date(2026, 11, 2), date(2026, 11, 30)
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TITLES = {PROJECT: {"status": "In Planning"}, TICKET: {"status": "Not Started", "phase": "10"}, PHASE: {"parent": ""}}
NAMED = (PROJECT, PHASE, TICKET)


def node(
    kind: str,
    cw: str = "",
    partner: str = "",
    ours: Fields | None = None,
    theirs: Fields | None = None,
    *,
    state: State | None = None,
    link: bool | None = None,
    agreed: Fields | None = None,
    **more: Any,
) -> Node:
    """A record on the sides for which it has an id; linked if it has both, unless `link` says otherwise.

    What both last agreed on is what both say, but for what `agreed` says. Without fields of a side it says the same.
    """
    plain: dict[str, Any] = {"name": f"{kind.partition('-')[0]} {cw or partner}"} if kind in NAMED else {}
    plain |= TITLES.get(kind, {})
    sides: dict[Side, Any] = {"cw": {**plain, **(ours or {})}, "partner": {**plain, **(theirs or {})}}
    ids: dict[Side, str] = {side: id_ for side, id_ in (("cw", cw), ("partner", partner)) if id_}
    gone = more.pop("gone", ())
    if link if link is not None else cw and partner:
        both = {**plain, **(ours or {}), **(theirs or {})}
        common = {name: (value, value) for name, value in both.items()}
        told = {name: (value, value) for name, value in (agreed or {}).items()}
        names = {"cw_name": str(plain.get("name", "")), "partner_name": str(plain.get("name", ""))}
        state = Link(kind, cw, partner, agreed={**common, **told}, rules="1", how="", **names)
        home = Ref(kind, "cw", cw)
    else:
        home = Ref(kind, "cw", cw) if cw else Ref(kind, "partner", partner)
    there = {side: id_ for side, id_ in ids.items() if side not in gone}
    fields = {side: sides[side] if side in there else None for side in ("cw", "partner")}
    name = str(plain.get("name", "")) or f"{kind} {cw or partner}"
    pair = Pair(home, state, fields["cw"], fields["partner"], name, name)
    more.setdefault("board", "Projects")
    return Node(pair, there, **more)


def project(**more: Any) -> Node:
    """The project 300, which Moovila calls P-1."""
    return node(PROJECT, more.pop("cw", "300"), more.pop("partner", "P-1"), **more)


def phase(**more: Any) -> Node:
    """The phase 10, which Moovila calls F-1."""
    return node(PHASE, more.pop("cw", "10"), more.pop("partner", "F-1"), **more)


def ticket(number: str = "901", partner: str | None = None, **more: Any) -> Node:
    """A ticket in phase 10, which Moovila calls T-{number}."""
    return node(TICKET, number, f"T-{number}" if partner is None else partner, **more)


def tree(*nodes: Node, settings: dict[str, Any] | None = None, **more: Any) -> Tree:
    said = ProjectSettings.model_validate({**SETTINGS, **(settings or {})})
    more = {"people": PEOPLE, "external_id": "300", "client": "Alder", **more}
    more.setdefault("client_link", Found(Ref(CUSTOMER.kind, "cw", "2"), Link(CUSTOMER.kind, "2", "C-1")))
    home = nodes[0].home if nodes else Ref(PROJECT, "cw", "300")
    pairs = tuple(one.pair for one in nodes) or (Pair(home),)
    return Tree(home=home, name=Name("project Office move"), settings=said, nodes=nodes, pairs=pairs, **more)


def planned(*nodes: Node, **more: Any) -> Plan:
    return decide(tree(*nodes, **more))


def verbs(plan: Plan) -> list[tuple[str, str, str]]:
    """System, kind and verb of each step, in order."""
    return [(step.system, step.kind, step.verb) for step in plan.steps]


def only(plan: Plan, verb: str, kind: str = "") -> Step:
    (step,) = (one for one in plan.steps if one.verb == verb and kind in ("", one.kind))
    return step


def codes(plan: Plan) -> list[str]:
    return sorted(issue.code for issue in (*plan.issues, *plan.asks))
