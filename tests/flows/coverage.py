"""Builds situations of the coverage flow: one client of Automate, and PCRT's side of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from functions.pcrt_coverage.rules import decide
from functions.pcrt_coverage.settings import CoverageSettings
from functions.pcrt_coverage.situations import (
    CoverageSituation,
    Machine,
    Owner,
    Pcid,
    Pcids,
    client_name,
    client_ref,
    covered,
    facts,
    watched,
)
from shared.sync import policies
from shared.sync.clock import RandomIds
from shared.sync.issue import Issue
from shared.sync.link import Link, Pair
from shared.sync.operating import Operator
from shared.sync.plan import Plan
from shared.sync.record import Name
from shared.systems.pcrt import Group, Subscription
from tests.flows.rig import Rig

PLANS = {"2": "BizCare Basic", "3": "BizCare Plus", "4": "BizCare Premium"}
BASIC, PLUS, PREMIUM = PLANS
ALDER = Owner("7", "Alder Dental", "301", "https://automate.example/client/7")
GROUP = Group(301, "Alder Dental", "https://pcrt.example/group/301")
LINKED = Link("client-group", "7", "301", rules="now", cw_name="Alder Dental")


def settings(**given: Any) -> CoverageSettings:
    return CoverageSettings.model_validate(given)


def machine(number: int, plan: str = PLUS, **given: Any) -> Machine:
    """The computer WS-1 of serial number S1 in one plan, for the number 1; `plans` for another number of them."""
    told = {"serial": f"S{number}", "plans": (plan,) if plan else (), "last_user": f"user{number}"}
    return Machine(**{"id": f"{100 + number}", "name": f"WS-{number}", **told, **given})


def pcid(number: int, **given: Any) -> Pcid:
    """Its PCID, 1001 for the number 1, in Alder's group."""
    return Pcid(**{"id": 1000 + number, "name": f"WS-{number}", "group": 301, "serial": f"S{number}", **given})


def subscription(number: int, plan: str = PLUS, members: Iterable[int] = (), **given: Any) -> Subscription:
    """A subscription of Alder's group, tied to a plan's group; `members` by the numbers of their computers."""
    told: dict[str, Any] = {
        "id": number,
        "name": PLANS.get(plan, "BizCare"),
        "group": 301,
        "cwa_group": int(plan) if plan.isdigit() else None,
        "cwa_group_text": plan,
        "members": tuple(1000 + one for one in members),
    }
    return Subscription(**{**told, **given})


def situation(
    machines: Iterable[Machine] = (),
    pcids: Iterable[Pcid] | None = None,
    subscriptions: Iterable[Subscription] = (),
    *,
    client: Owner | None = ALDER,
    group: Group | None = GROUP,
    state: Link | None = LINKED,
    wanted: CoverageSettings | None = None,
    **given: Any,
) -> CoverageSituation:
    """Alder Dental, linked, with the PCID of each computer unless told which there are."""
    machines = tuple(machines)
    there = [pcid(int(one.id) - 100) for one in machines] if pcids is None else pcids
    bare = CoverageSituation(
        home=client_ref(client.id if client else "7"),
        name=client_name(client) if client else Name("client Alder Dental"),
        facts=facts(client),
        settings=wanted or settings(),
        client=client,
        group=group,
        plans=PLANS,
        machines=machines,
        pcids=Pcids.of(there),
        subscriptions=tuple(subscriptions),
        **given,
    )
    return replace(bare, pairs=(Pair(bare.home, state, cw=covered(bare), partner=watched(bare)),))


def plan(seen: CoverageSituation) -> Plan:
    """What the engine would be told, policies applied."""
    return policies.apply(seen.settings, seen, decide(seen))


def lists(of: Plan) -> dict[str, tuple[int, ...]]:
    """The lists that a plan writes without asking, by subscription: numbers of computers."""
    return {
        str(step.key): tuple(one - 1000 for one in step.fields["members"])
        for step in of.steps
        if step.kind == "subscription" and not step.ask
    }


def asked(of: Plan) -> set[str]:
    """The ids of the steps that wait for a person."""
    return {step.id for step in of.steps if step.ask}


def codes(of: Plan) -> list[str]:
    return sorted(issue.code for issue in of.issues)


def the(of: Plan, code: str) -> Issue:
    """The only issue of this code."""
    (found,) = (issue for issue in of.issues if issue.code == code)
    return found


# Over the whole way


class Shop:
    """The example of the source: Alder Dental with eight computers on BizCare Plus and two on BizCare Premium."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.automate, self.pcrt = rig, rig.automate, rig.pcrt
        self.group = self.pcrt.add_group("Alder Dental", 301)
        self.client = self.automate.add_client("Alder Dental", "301")
        self.computers: dict[int, int] = {}
        """By the number in its name, the id of a computer in Automate; its PCID is 1000 and that number."""

        for number in range(1, 11):
            self.computer(number, "BizCare Plus" if number < 9 else "BizCare Premium")
        self.plus = self.subscription("BizCare Plus")
        self.premium = self.subscription("BizCare Premium")

    def computer(self, number: int, *groups: str, client: int = 0, group: int = 0, **given: Any) -> int:
        """A computer, and its PCID in the group; of no group at all with -1."""
        told = {"serial": f"SER{number:03}", "user": f"user{number}", **given}
        made = self.automate.add_computer(client or self.client, f"WS-{number}", groups=(*groups, "All Agents"), **told)
        self.pcrt.add_pc(f"WS-{number}", group or self.group, told["serial"], id_=1000 + number)
        self.computers[number] = made
        return made

    def subscription(self, plan: str, group: int = 0, **given: Any) -> int:
        """A subscription for this plan, which lists nobody yet."""
        told = {"cwa_group": self.automate.groups.get(plan, ""), **given}
        return self.pcrt.add_subscription(plan, group or self.group, **told)

    def listed(self, subscription: int) -> list[int]:
        """The numbers of the computers that a subscription lists."""
        return [int(one) - 1000 for one in self.pcrt.members(subscription).split(",") if one]

    def night(self) -> Counter[str]:
        """The next night's run, and all that comes of it."""
        self.rig.clock.turn(hours=24)
        return self.rig.sync()

    def approve(self) -> None:
        """Somebody approves whatever is asked."""
        here = self.rig
        operator = Operator(here.store, here.queue, here.clock, RandomIds(), "kim")
        asked_ = [one for one in here.store.proposals.of_flow(here.key) if one.verdict == "open"]
        assert operator.approve(asked_) == []
        here.deliver()
