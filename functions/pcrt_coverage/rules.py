"""What is decided about one client: who is listed on which subscription, what is linked, and what a person must settle.

Pure. The rules are PC-01 to PC-46; who is covered by what is in `matching`, the words of issues in `issues`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from functions.pcrt_coverage import issues
from functions.pcrt_coverage.matching import Coverage, Match, cover
from functions.pcrt_coverage.proposing import hint, proposal
from functions.pcrt_coverage.situations import (
    CLIENT,
    SUBSCRIPTION,
    CoverageSituation,
    Machine,
    Owner,
    machine_name,
)
from shared.sync.issue import Issue
from shared.sync.names import PCRT, counted
from shared.sync.plan import LINKS, Plan, Step, skip
from shared.sync.record import Ref
from shared.systems.pcrt import Subscription


def decide(situation: CoverageSituation) -> Plan:
    """The plan of one client's set."""
    s = situation
    if s.client is None:
        return _gone(s)
    coverage = cover(s)
    found = [*_of_client(s, s.client), *_of_computers(s, coverage), *_of_group(s, coverage)]
    proposed = list(proposal(s, coverage))
    steps = [*_linking(s), *_lists(s, coverage), *proposed]
    reason = " ".join([_told(s, coverage), *(step.why for step in proposed)])
    return Plan(s.home, reason, tuple(steps), tuple(found), name=s.name)


def _told(s: CoverageSituation, coverage: Coverage) -> str:
    if not s.is_alone:
        return f"{s.name} has no PCRT group of its own, so nothing is listed."
    listed = sum(map(len, coverage.members.values()))
    return f"{counted(len(s.machines), 'computer')}, {listed} of them covered."


# Links and lists


def _linking(s: CoverageSituation) -> Iterator[Step]:
    """PC-06: client and group are linked as the External ID says, and linked anew when it says otherwise."""
    wanted = s.group.key if s.group else ""
    if s.link and s.link.partner_id != wanted:
        ids = {"cw": s.home.id, "partner": s.link.partner_id}
        yield Step(
            "unlink", LINKS, CLIENT, "unlink", fields=ids, why="Its External ID does not name this group any more."
        )
    if s.is_alone and (s.link is None or s.link.partner_id != wanted):
        fields = {"cw": s.home.id, "partner": wanted}
        yield Step("link", LINKS, CLIENT, "link", fields=fields, why="Its External ID says so.")


def _lists(s: CoverageSituation, coverage: Coverage) -> Iterator[Step]:
    """PC-09, PC-41: each subscription lists exactly its plan's computers; a person's edits do not last (PC-10)."""
    if not s.is_alone:
        return
    missing, wrong = _ties(s, coverage)
    for one in s.subscriptions:
        plan = s.plan_of(one)
        if not plan or (missing and one in wrong):
            continue  # to which plan it belongs is not known (PC-39), or in doubt (PC-38)
        kept = coverage.doubtful.intersection(one.members)
        members = tuple(sorted({*coverage.members.get(plan, ()), *kept}))
        if members != one.members or one.unread:
            yield _list(one, members, _why(s, coverage, plan, members))


def _list(subscription: Subscription, members: tuple[int, ...], why: str, *, ask: bool = False) -> Step:
    return Step(
        f"members {subscription.key}",
        PCRT,
        "subscription",
        "update",
        subscription.key,
        {"members": members},
        why,
        {"members": subscription.members},
        Ref(SUBSCRIPTION, "partner", subscription.key),
        ask,
    )


def _why(s: CoverageSituation, coverage: Coverage, plan: str, members: tuple[int, ...]) -> str:
    """PC-45: a PCID that two computers are is listed once, and both are named."""
    are = "is" if len(members) == 1 else "are"
    told = [f"{counted(len(members), 'computer')} of {s.name} {are} in {s.plans[plan]}."]
    for pcid in members:
        if same := coverage.same.get(pcid):
            names = " and ".join(one.name for one in same)
            told.append(f"PCID {pcid} is {names} in Automate, and is listed once.")
    return " ".join(told)


def _gone(s: CoverageSituation) -> Plan:
    """A client that Automate has no more: its lists stay until a person says otherwise; a day later its link goes.

    A client that has taken its place, with the same External ID, takes the lists over.
    """
    if s.link is None:
        whose = "Automate has no such client." if s.home.side == "cw" else "No client of Automate is linked to it."
        return skip(s.home, whose, name=s.name)
    ids = {"cw": s.link.cw_id, "partner": s.link.partner_id}
    full = [one for one in s.subscriptions if one.members and s.plan_of(one)]
    if s.sharing or not full:
        why = "Another client has its group now." if s.sharing else "Automate has it no more, and nothing is listed."
        unlink = Step("unlink", LINKS, CLIENT, "unlink", fields=ids, why=why)
        return Plan(s.home, why, (unlink,), name=s.name)
    why = f"{s.name} is not in Automate any more."
    steps = tuple(_list(one, (), why, ask=True) for one in full)
    return Plan(s.home, why, steps, name=s.name, asks=(issues.client_gone(s),), again=timedelta(days=1))


# Issues


def _of_client(s: CoverageSituation, client: Owner) -> Iterator[Issue]:
    """PC-20, PC-44."""
    if s.group is None:
        yield issues.client_without_group(s, client)
    elif s.sharing:
        yield issues.clients_share_group(s, client, s.group)


def _of_computers(s: CoverageSituation, coverage: Coverage) -> Iterator[Issue]:
    for machine in s.machines:
        found = coverage.matches[machine.id]
        yield from _unmatched(s, machine, found, coverage)
        yield from _matched(s, machine, found, coverage)
        if len(machine.plans) > 1:
            yield issues.several_cwa_groups(s, machine)
        if not machine.plans:
            yield issues.no_cwa_group(s, machine)


def _unmatched(s: CoverageSituation, machine: Machine, found: Match, coverage: Coverage) -> Iterator[Issue]:
    """PC-21, PC-33: nothing is guessed."""
    match found.trouble:
        case "tag":
            yield issues.tag_of_no_pcid(s, machine, hint(s, machine, coverage))
        case "blacklist":
            yield issues.generic_serial(s, machine, hint(s, machine, coverage))
        case "none":
            yield issues.no_pcid(s, machine, hint(s, machine, coverage))
        case "several":
            yield issues.serial_of_several(s, machine, found.by_serial, hint(s, machine, coverage))


def _matched(s: CoverageSituation, machine: Machine, found: Match, coverage: Coverage) -> Iterator[Issue]:
    """PC-43, PC-45, PC-29, PC-32."""
    pcid = found.pcid
    if pcid is None:
        return
    if found.overridden:
        yield issues.needless_override(s, machine, pcid, found.overridden)
    rivals = s.rivals.get(machine.id, ())
    same = coverage.same.get(pcid.id, ()) if len(coverage.plans_of(pcid.id)) > 1 else ()
    others = [*(machine_name(one, s.client) for one in same if one != machine), *rivals]
    if others:
        yield issues.one_pcid_twice(s, machine, pcid, others)
    if s.group is None:
        return
    if pcid.group is None:
        yield issues.no_group(s, machine, pcid, s.group)
    elif pcid.group != s.group.id and not rivals:
        yield issues.wrong_group(s, machine, pcid, s.group)


def _of_group(s: CoverageSituation, coverage: Coverage) -> Iterator[Issue]:
    """PC-36 to PC-39: the plans of the client's computers against those of the group's subscriptions."""
    if s.group is None or s.sharing:
        return
    for one in s.subscriptions:
        if not s.plan_of(one):
            yield issues.no_valid_cwa_group(s, one)
    tied = Counter(plan for one in s.subscriptions if (plan := s.plan_of(one)))
    in_use = coverage.surely | coverage.perhaps
    if not tied:
        if in_use:
            yield issues.no_subscription(s, s.group, in_use)
        return
    missing, wrong = _ties(s, coverage)
    if len(missing) > len({s.plan_of(one) for one in wrong}):
        yield issues.too_few_subscriptions(s, s.group, missing)
    for one in wrong:
        yield issues.wrong_cwa_group(s, one, missing)
    for plan, times in tied.items():
        if times > 1:
            first, *others = [one for one in s.subscriptions if s.plan_of(one) == plan]
            yield issues.plan_twice(s, first, others)


def _ties(s: CoverageSituation, coverage: Coverage) -> tuple[list[str], list[Subscription]]:
    """The plans of computers for which there is no subscription, and the subscriptions of plans without computers.

    A computer in several plans makes none of them lack a subscription, and no subscription wrong.
    """
    tied = {s.plan_of(one) for one in s.subscriptions}
    missing = sorted(coverage.surely - tied)
    in_use = coverage.surely | coverage.perhaps
    return missing, [one for one in s.subscriptions if s.plan_of(one) and s.plan_of(one) not in in_use]
