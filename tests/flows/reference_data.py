"""Builds situations of the reference data flow: both sides' lists, the links there are, and the plan that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.eautomate_reference_data.kinds import KINDS, code, member, person
from functions.eautomate_reference_data.matching import by_step
from functions.eautomate_reference_data.observing import Register
from functions.eautomate_reference_data.rules import decide
from functions.eautomate_reference_data.settings import ReferenceSettings
from functions.eautomate_reference_data.situations import Entry
from shared.sync import policies
from shared.sync.link import Link, Seen, State
from shared.sync.plan import Plan
from shared.sync.record import Ref
from shared.systems.connectwise_psa import Member
from shared.systems.eautomate import Code, Person

TECHNICIANS = "member-technician"
BY_ITSELF = by_step(KINDS[TECHNICIANS])[0]


def jordan(id_: int = 7, **given: Any) -> Entry:
    """A member with the id 7, by whom a technician REED may be meant."""
    fields = {"identifier": "JReed", "first_name": "Jordan", "last_name": "Reed", "license": "F"}
    return member(Member.model_validate({"id": id_, **fields, **given}))


def technician(number: str = "REED", first: str = "", last: str = "", id_: str = "50", *, active: bool = True) -> Entry:
    return person(Person(id_, number, first, last, active))


def coded(code_: str, description: str = "", id_: str = "90", *, active: bool = True) -> Entry:
    return code(Code(id_, code_, description, active))


def named(*names: str, id_: str = "7", unfit: str = "") -> Entry:
    """A row of a set-up table of ConnectWise; the first name is what people call it."""
    folded = frozenset(name.casefold() for name in names)
    return Entry(id_, names[0], (folded, frozenset({names[-1].casefold()})), names, unfit)


def linked(cw: str = "7", partner: str = "50", how: str = BY_ITSELF, kind: str = TECHNICIANS, **given: Any) -> Link:
    return Link(
        kind, cw, partner, how=how, **{"cw_name": f"member {cw}", "partner_name": f"technician {partner}", **given}
    )


def register(
    cw: Sequence[Entry], partner: Sequence[Entry], *links: Link, kind: str = TECHNICIANS, **settings: Any
) -> Register:
    """One kind's lists, the links among them, and what settings say."""
    states: dict[Ref, State] = {link.ref(side): link for link in links for side in ("cw", "partner")}
    return Register(KINDS[kind], tuple(cw), tuple(partner), states, ReferenceSettings.model_validate(settings))


def plan(of: Register, id_: str = "7", states: Mapping[Ref, Seen] | None = None) -> Plan:
    """The plan for the record of ConnectWise with this id, after the policies."""
    of.states.update(states or {})
    situation = of.situation(of.kind.cw_ref(id_))
    return policies.apply(of.settings, situation, decide(situation))


def pairs(of: Plan) -> list[tuple[str, str, str]]:
    """Each step: its verb, and both ids."""
    return [(step.verb, step.fields["cw"], step.fields["partner"]) for step in of.steps]


def told(of: Plan) -> dict[str, str]:
    """The plan's issues: message by code."""
    return {issue.code: issue.message for issue in of.issues}
