"""People edit and make records on both sides at random while calls fail: in the end both sides say the same.

And no edit was overwritten before the history said what it was; in the first mode no edit is carried at all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from shared.sync.link import Intent, Link
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.sync.record import Ref, Side
from shared.systems.connectwise_psa import Psa
from shared.systems.zomentum import Zomentum
from tests.effort import SOAK
from tests.flows.rig import Rig, rigged
from tests.flows.zomentum import COMPANIES, CONTACTS, DIRECT, THEIR_COMPANIES, THEIR_CONTACTS, Msp

EDITS = 2000 if SOAK else 36
PER_SCAN = 6
VALUES = ("1", "2", "3", "4")


@dataclass
class People:
    """They work on one kind of record on both sides, and remember which of their edits nobody has carried yet."""

    msp: Msp
    kind: str
    chance: random.Random
    unseen: dict[tuple[Side, str, str], str] = field(default_factory=dict)
    made: int = 0
    updates: int = 0
    agreed: dict[Any, str] = field(default_factory=dict)
    overwritten: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, str]:
        """The two fields that they edit."""
        return "phone", "city" if self.kind == "company-company" else "title"

    def ours(self) -> list[dict[str, Any]]:
        path, gone = (COMPANIES, "deletedFlag") if self.kind == "company-company" else (CONTACTS, "inactiveFlag")
        return [row for row in self.msp.psa.records(path) if not row.get(gone)]

    def theirs(self) -> list[dict[str, Any]]:
        return self.msp.zomentum.records(THEIR_COMPANIES if self.kind == "company-company" else THEIR_CONTACTS)

    def said(self, side: Side) -> dict[str, tuple[str, str]]:
        """Telephone and town (of a contact: title) of each record, by its id."""
        company = self.kind == "company-company"
        if side == "cw":
            names = ("phoneNumber", "city") if company else ("defaultPhoneNbr", "title")
            return {str(row["id"]): (row.get(names[0]) or "", row.get(names[1]) or "") for row in self.ours()}
        other = (lambda row: row["address"].get("city")) if company else (lambda row: row.get("title"))
        return {row["id"]: (row.get("phone") or "", other(row) or "") for row in self.theirs()}

    def edit(self) -> None:
        side: Side = self.chance.choice(["cw", "partner"])
        there = self.said(side)
        if not there or self.chance.random() < 0.2:
            self._make(side)
            return
        id_, value = self.chance.choice(sorted(there)), self.chance.choice(VALUES)
        place, name = self.chance.choice(list(enumerate(self.names)))
        if there[id_][place] != value:
            self.unseen[side, id_, name] = value
            self._change(side, id_, name, value)
        if self.agreed.get((side, id_, name)) == value:
            self.unseen.pop((side, id_, name), None)  # taken back before anybody saw it

    def look_around(self) -> None:
        """What both sides say alike is no edit any more that could be overwritten, whoever made it."""
        ours, theirs = self.said("cw"), self.said("partner")
        for cw, partner in self.msp.pairs():
            for place, name in enumerate(self.names):
                if ours.get(cw, ("", ""))[place] == theirs.get(partner, ("", ""))[place]:
                    for key in (("cw", cw, name), ("partner", partner, name)):
                        self.unseen.pop(key, None)  # type: ignore[call-overload]  # these are sides
                        self.agreed[key] = ours[cw][place]

    def _make(self, side: Side) -> None:
        self.made += 1
        name = f"{side}{self.made}"
        if self.kind == "company-company":
            _ = self.msp.company(name, city="1") if side == "cw" else self.msp.there(name, address={"city": "1"})
        elif side == "cw":
            self.msp.contact("251", name, "Stone", f"{name}@acme.example")
        else:
            acme = self.msp.zomentum.find(THEIR_COMPANIES, "Acme")["id"]
            self.msp.zomentum.add_contact(acme, name, "Stone", f"{name}@acme.example")

    def _change(self, side: Side, id_: str, name: str, value: str) -> None:
        company = self.kind == "company-company"
        if side == "partner":
            fields: dict[str, Any] = {"address": {"city": value}} if name == "city" else {name: value}
            self.msp.zomentum.edit(THEIR_COMPANIES if company else THEIR_CONTACTS, id_, **fields)
        elif company:
            self.msp.edit(id_, **{"phoneNumber" if name == "phone" else name: value})
        elif name == "title":
            self.msp.psa.edit(CONTACTS, int(id_), title=value)
        else:
            row = next(row for row in self.msp.psa.records(CONTACTS) if str(row["id"]) == id_)
            kept = [one for one in row.get("communicationItems", []) if one["communicationType"] != "Phone"]
            items = [*kept, {"type": DIRECT, "value": value}]
            self.msp.psa.edit(CONTACTS, int(id_), communicationItems=items)

    def watch(self, side: Side, apply: Callable[[Any, Step], Applied]) -> Callable[[Any, Step], Applied]:
        """Before our own write: what it overwrites is either no edit, or in the history; else it is `overwritten`."""
        other: Side = "partner" if side == "cw" else "cw"

        def applied(adapter: Any, step: Step) -> Applied:
            if step.verb == "update":
                self.updates += 1
                link = self.msp.rig.state(Ref(self.kind, side, str(step.key)))
                assert isinstance(link, Link)
                lost = [before for before, _ in self.msp.lost(link.ref("cw"))]
                lost += [before for before, _ in self.msp.lost(link.ref("partner"))]
                for name, value in step.fields.items():
                    edit = self.unseen.pop((side, str(step.key), name), None)
                    if edit not in (None, value) and {name: edit} not in lost:
                        self.overwritten.append(f"{side} {step.key}: {name} was {edit}, and nobody knows")
                    if self.unseen.get((other, link.ref(other).id, name)) == value:
                        del self.unseen[other, link.ref(other).id, name]
            return apply(adapter, step)

        return applied


@pytest.fixture(params=["zomentum_companies", "zomentum_contacts"])
def rig(request: pytest.FixtureRequest, stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged(request.param, stack) as rig:
        yield rig


@pytest.mark.rule("ZM-04", "ZM-05", "ZM-06", "ZM-07", "ZM-34")
@pytest.mark.parametrize("create_only", [False, True])
def test_a_random_walk_with_faults(rig: Rig, monkeypatch: pytest.MonkeyPatch, create_only: bool) -> None:
    rig.settings(create_only=create_only)
    msp, chance = Msp(rig), random.Random(5)
    people = People(msp, "company-company" if rig.flow == "zomentum_companies" else "contact-contact", chance)
    if rig.flow == "zomentum_contacts":
        msp.map(msp.company("Acme"), msp.there("Acme"))
    monkeypatch.setattr(Psa, "apply", people.watch("cw", Psa.apply))
    monkeypatch.setattr(Zomentum, "apply", people.watch("partner", Zomentum.apply))
    for number in range(EDITS):
        people.edit()
        if number % PER_SCAN == PER_SCAN - 1:
            for place, simulator in enumerate(rig.simulators.values()):
                simulator.faults.order_random(
                    0.1, ("status", "cut", "lost_answer"), random.Random(number + place), status=500
                )
            rig.tick(minutes=16)
            people.look_around()
    for simulator in rig.simulators.values():
        simulator.faults.clear()
    for minutes in (10, 30, 60, 24 * 60, 25 * 60):
        rig.tick(minutes=minutes)
    rig.sync("comprehensive")
    assert rig.codes() == []
    assert people.overwritten == []
    assert not [one for one in rig.store.links.everything(rig.key) if isinstance(one, Intent)]
    ours, theirs = people.said("cw"), people.said("partner")
    pairs = msp.pairs()
    assert {cw for cw, _ in pairs} == set(ours), "each record is on the other side, once"
    assert {partner for _, partner in pairs} == set(theirs)
    assert len(pairs) == len(ours) == len(theirs)
    if not create_only:
        assert [ours[cw] for cw, _ in pairs] == [theirs[partner] for _, partner in pairs]
        assert people.updates
    else:
        assert people.updates == 0
        assert sum(len(msp.lost(Ref(people.kind, "cw", cw))) for cw, _ in pairs) == 0
        assert any(ours[cw] != theirs[partner] for cw, partner in pairs), "no later edit is carried"
    assert rig.sync("comprehensive")["queued"] == 0
