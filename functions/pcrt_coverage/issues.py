"""Every issue of the coverage flow, in words for a technician who settles one for the first time (PC-02).

What to do is the same for every record of a code, so that it stands once above the section; what is said of one record
names it, and what to search PCRT for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from functions.pcrt_coverage.situations import (
    COMPUTER,
    FLOW,
    GROUP,
    SUBSCRIPTION,
    CoverageSituation,
    Machine,
    Owner,
    Pcid,
    client_name,
    client_ref,
    group_name,
    machine_name,
    number,
    pcid_name,
    subscription_name,
)
from shared.sync.issue import Issue
from shared.sync.record import Name, Ref
from shared.systems.pcrt import Group, Subscription

READ_ALL = "Read all that is told of the client before you change anything: one slip often shows in several ways."
OVERRIDE = (
    "in Automate open the client, the computer, its properties, enter the number of the PCID, and nothing else, as "
    "Asset Tag, and save"
)
"""PC-35."""

Subject = Owner | Machine | Group | Subscription


# Clients


def client_without_group(s: CoverageSituation, client: Owner) -> Issue:
    """PC-20, PC-44: whatever is wrong with the External ID."""
    said = client.external_id.strip()
    if not said:
        why = "has no External ID"
    elif (group := number(said)) is None:
        why = f"has the External ID “{said}”, which is no number"
    elif not group:
        why = "has the External ID 0, which is no group's"
    else:
        why = f"has the External ID {group}, and PCRT has no group of that number"
    return issue(
        "CLIENT_WITHOUT_GROUP",
        s,
        client,
        f"{why}, so no run covers its computers.",
        "In PCRT find the client's group, or create it. Note its Group ID, which stands in the address of the group's "
        "page. In Automate open the client, enter just that number as External ID, and save. If another number stood "
        "there, confer with a colleague first.",
        blocks=True,
    )


def clients_share_group(s: CoverageSituation, client: Owner, group: Group) -> Issue:
    """PC-44: of two clients of one group neither has a list of its own."""
    return issue(
        "CLIENTS_SHARE_GROUP",
        s,
        client,
        f"has the External ID of {group_name(group)}, and so has {_and(s.sharing)}: nothing is written for any of "
        "them.",
        "A group belongs to one client. In PCRT open the group, and see whose it is. In Automate give each other "
        "client the External ID of its own group. Confer with a colleague before you change an External ID.",
        about=(group_name(group), *s.sharing),
        blocks=True,
    )


def client_gone(s: CoverageSituation) -> Issue:
    """Nothing is deleted because a list lacks it: a person says so."""
    lists = _and(subscription_name(one) for one in s.subscriptions if one.members)
    return s.issue(
        "CLIENT_GONE",
        f"{s.name} is not in Automate any more, and neither are its computers. Its lists stay as they are until "
        f"somebody decides: {lists}.",
        "If the client has left, approve what is proposed for its subscriptions: their lists are emptied; end their "
        "billing in PCRT. If it was deleted by accident, set it up again in Automate with the same External ID; once "
        "its computers are back, all is as before.",
        about=tuple(map(subscription_name, s.subscriptions)),
    )


# Computers


def no_pcid(s: CoverageSituation, machine: Machine, hint: str) -> Issue:
    """PC-21a, with the ways to find it (PC-23, PC-24) or to make it (PC-26)."""
    serial = machine.serial.strip()
    return issue(
        "NO_MATCHING_PCID",
        s,
        machine,
        f"has the serial number {serial}, which no PCID has. Search PCRT for: serial: {serial}",
        "Search PCRT as the issue says. If nothing is found, the PCID may be there without its serial number, or with "
        "a slip in it: look through the client's group, and search for the computer's name and for the user who was "
        "logged in last. Once you have it, enter the serial number there, and the two match by themselves. If there is "
        "none, it was never made: create it, attach it to the group and enter the serial number; Bulk Add on the "
        "group's page does all of it at once.",
        hint=hint,
    )


def generic_serial(s: CoverageSituation, machine: Machine, hint: str) -> Issue:
    """PC-21b: such a serial number needs an override (PC-28, PC-35)."""
    serial = machine.serial.strip()
    has = f"has the serial number “{serial}”, which many machines have" if serial else "has no serial number"
    return issue(
        "SERIAL_ON_BLACKLIST",
        s,
        machine,
        f"{has}, so it cannot be matched by it.",
        f"Find the computer's PCID in its client's group in PCRT, or create it there. Then {OVERRIDE}.",
        hint=hint,
    )


def serial_of_several(s: CoverageSituation, machine: Machine, found: Sequence[Pcid], hint: str) -> Issue:
    """PC-21c: nothing is done until the duplication is resolved (PC-22); or it goes onto the blacklist (PC-25)."""
    names = [pcid_name(one) for one in found]
    serial = machine.serial.strip()
    return issue(
        "SERIAL_OF_SEVERAL_PCIDS",
        s,
        machine,
        f"has the serial number {serial}, and so have {_and(names)}. Nothing is changed for it until only one has it. "
        f"Search PCRT for: serial: {serial}",
        "Open each of these PCIDs. If they are one machine that was entered twice, take the serial number out of the "
        "wrong one. If they are different machines that came with the same serial number, ask the maintainer to add it "
        f"to serial_blacklist in the settings of {FLOW}; then, for each of them, {OVERRIDE}.",
        hint=hint,
        about=names,
    )


def tag_of_no_pcid(s: CoverageSituation, machine: Machine, hint: str) -> Issue:
    """PC-33: what the asset tag says is believed, so its serial number is not looked at."""
    return issue(
        "ASSET_TAG_IS_NO_PCID",
        s,
        machine,
        f"has the Asset Tag “{machine.tag.strip()}”, and PCRT has no such PCID.",
        f"Find the computer's PCID in PCRT, or create it in the client's group. Then {OVERRIDE}. If its serial number "
        "is that of the PCID, you may as well leave the Asset Tag empty.",
        hint=hint,
    )


def wrong_group(s: CoverageSituation, machine: Machine, pcid: Pcid, group: Group) -> Issue:
    """PC-29 to PC-31: the expected group may be the wrong one."""
    return issue(
        "PCID_IN_WRONG_GROUP",
        s,
        machine,
        f"is {pcid_name(pcid)}, which is in group {pcid.group}, not in the client's {group_name(group)}. It is not "
        "covered.",
        "Confer with a colleague first, since either group may be the wrong one. If the PCID is in the wrong group, "
        "take it out (on the group's page, or in any work order of it) and put it into the client's (from a work "
        "order, or by Bulk Add). If the client's External ID names the wrong group, correct it in Automate. If the "
        "computer belongs to another client, move it there in Automate.",
        about=(pcid_name(pcid), group_name(group)),
    )


def no_group(s: CoverageSituation, machine: Machine, pcid: Pcid, group: Group) -> Issue:
    """PC-32."""
    return issue(
        "PCID_IN_NO_GROUP",
        s,
        machine,
        f"is {pcid_name(pcid)}, which is in no group. It is not covered until it is in the client's "
        f"{group_name(group)}.",
        "In PCRT move the PCID into the group: from a work order of it, or by Bulk Add on the group's page.",
        about=(pcid_name(pcid), group_name(group)),
    )


def no_cwa_group(s: CoverageSituation, machine: Machine) -> Issue:
    """PC-34; only the groups of the settings are plans (PC-46)."""
    return issue(
        "NO_CWA_GROUP",
        s,
        machine,
        "is in no plan group, so no plan covers it.",
        f"In Automate put the computer into the group of its plan: {', '.join(s.settings.plan_groups)}. If it is to "
        "have none, mute this.",
    )


def several_cwa_groups(s: CoverageSituation, machine: Machine) -> Issue:
    """Paid coverage is never dropped by a doubt, and none is begun."""
    return issue(
        "SEVERAL_CWA_GROUPS",
        s,
        machine,
        f"is in several plan groups: {_plans(s, machine.plans)}. Where it is listed it stays; it is listed nowhere "
        "else until it is in one of them only.",
        "In Automate take the computer out of all plan groups but that of its plan.",
    )


def needless_override(s: CoverageSituation, machine: Machine, pcid: Pcid, other: Pcid) -> Issue:
    """PC-43: the tag wins."""
    return issue(
        "NEEDLESS_OVERRIDE",
        s,
        machine,
        f"has the Asset Tag {machine.tag.strip()}, which is {pcid_name(pcid)}, though its serial number "
        f"{machine.serial.strip()} is that of {pcid_name(other)}. The Asset Tag counts.",
        "An Asset Tag is for computers whose serial number cannot match. See which of the two PCIDs is this computer. "
        "If that of the serial number, empty the Asset Tag in Automate (client, computer, properties). If that of the "
        "Asset Tag, take the serial number out of the other PCID and enter it in this one.",
        about=(pcid_name(pcid), pcid_name(other)),
    )


def one_pcid_twice(s: CoverageSituation, machine: Machine, pcid: Pcid, others: Sequence[Name]) -> Issue:
    """PC-45: of different plans, or of different clients."""
    return issue(
        "ONE_PCID_TWICE",
        s,
        machine,
        f"is {pcid_name(pcid)}, and so is {_and(others)}, of another plan or client.",
        "A PCID is one computer, for ever. If these are one machine that Automate has twice, retire the old one there. "
        "If they are two, give each its own PCID: enter its serial number there, or where that cannot match, "
        f"{OVERRIDE}.",
        about=(*others, pcid_name(pcid)),
    )


# Groups


def no_subscription(s: CoverageSituation, group: Group, plans: Iterable[str]) -> Issue:
    """PC-36, in its two ways: there is none at all, or none that is tied to a plan."""
    unlinked = _and(map(subscription_name, s.subscriptions))
    lacks = f"none of its subscriptions is tied to a plan group: {unlinked}" if s.subscriptions else "no subscription"
    return issue(
        "GROUP_WITHOUT_CWA_SUBSCRIPTION",
        s,
        group,
        f"has computers in {_plans(s, plans)}, but {lacks}.",
        "If the subscription is there, open it in PCRT, choose the plan's group as its CWA Group, and save. If there "
        "is none, a CareRep creates it in PCRT, with its billing in Stripe, and chooses the CWA Group. If the "
        f"computers are not to be covered, take them out of the plan groups in Automate. {READ_ALL}",
    )


def too_few_subscriptions(s: CoverageSituation, group: Group, missing: Iterable[str]) -> Issue:
    """PC-37: computers of some plan have no subscription that would cover them."""
    return issue(
        "TOO_FEW_SUBSCRIPTIONS",
        s,
        group,
        "has computers in more plan groups than it has subscriptions for: there is none for "
        f"{_plans(s, missing)}. It has {_and(_tied_name(s, one) for one in s.subscriptions)}.",
        "See whether the computers are meant to be in these groups. If they are, a CareRep adds the subscription in "
        "PCRT, with its billing in Stripe, and chooses its CWA Group. If they are not, correct their groups in "
        f"Automate. {READ_ALL}",
    )


def wrong_cwa_group(s: CoverageSituation, subscription: Subscription, missing: Sequence[str]) -> Issue:
    """PC-38: mostly a slip, so it tells which plans lack a subscription."""
    lacking = (
        f"No subscription is tied to {_plans(s, missing)}; until this is settled, its list stays as it is."
        if missing
        else "Every plan of the client has its subscription."
    )
    return issue(
        "SUBSCRIPTION_WITH_WRONG_CWA_GROUP",
        s,
        subscription,
        f"of {s.name} is tied to {_plans(s, [s.plan_of(subscription)])}, in which none of its computers is. {lacking}",
        "If the CWA Group was chosen by a slip, open the subscription in PCRT, correct it, and save. If the computers "
        "are in the wrong group, correct that in Automate. If it covers nothing any more, end it, with its billing. "
        f"{READ_ALL}",
    )


def no_valid_cwa_group(s: CoverageSituation, subscription: Subscription) -> Issue:
    """PC-39: empty, or of no plan."""
    said = subscription.cwa_group_text.strip()
    has = "has no CWA Group" if said in ("", "0") else f"has the CWA Group “{said}”, which is no plan group of Automate"
    return issue(
        "SUBSCRIPTION_WITHOUT_CWA_GROUP",
        s,
        subscription,
        f"of {s.name} {has}. Its list is left as it is.",
        "Open the subscription in PCRT, choose the group of the plan that it is billed for as its CWA Group, and save. "
        f"{READ_ALL}",
    )


def plan_twice(s: CoverageSituation, subscription: Subscription, others: Iterable[Subscription]) -> Issue:
    """PC-41 wants one subscription for each plan; meanwhile all of them list its computers."""
    names = [subscription_name(one) for one in others]
    return issue(
        "SEVERAL_SUBSCRIPTIONS_OF_ONE_PLAN",
        s,
        subscription,
        f"of {s.name} is tied to {_plans(s, [s.plan_of(subscription)])}, and so is {_and(names)}: the same computers "
        "are billed more than once.",
        f"Correct the CWA Group of those that are meant for another plan; end what is too much, with its billing. "
        f"{READ_ALL}",
        about=names,
    )


# How they are made


def issue(
    code: str,
    s: CoverageSituation,
    subject: Subject,
    told: str,
    fix: str,
    *,
    hint: str = "",
    about: Iterable[Name] = (),
    blocks: bool = False,
) -> Issue:
    """An issue of one record, which holds up none of the others; `hint` is what is proposed for it."""
    record, name = _record(s, subject)
    hour = s.settings.at_hour
    when = f"It takes effect with the next run{'' if hour is None else f', at {hour:02}:00'}, at the latest."
    about = tuple(about) or (() if name == s.name else (s.name,))
    fix = f"{hint} {fix} {when}".strip()
    return s.issue(code, f"{name} {told}", fix, about=about, blocks=blocks, of=(record, name))


def _record(s: CoverageSituation, subject: Subject) -> tuple[Ref, Name]:
    match subject:
        case Owner():
            return client_ref(subject.id), client_name(subject)
        case Machine():
            return Ref(COMPUTER, "cw", subject.id), machine_name(subject, s.client)
        case Group():
            return Ref(GROUP, "partner", subject.key), group_name(subject)
        case _:
            return Ref(SUBSCRIPTION, "partner", subject.key), subscription_name(subject)


def _plans(s: CoverageSituation, plans: Iterable[str]) -> str:
    return _and(Name(name) for name in sorted(s.plans[plan] for plan in plans))


def _tied_name(s: CoverageSituation, subscription: Subscription) -> Name:
    plan = s.plans.get(s.plan_of(subscription), "no plan")
    return Name(f"{subscription_name(subscription)} for {plan}")


def _and(names: Iterable[Name]) -> str:
    *first, last = [name.text for name in names] or ["none"]
    return f"{', '.join(first)} and {last}" if first else last
