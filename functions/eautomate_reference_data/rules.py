"""The rules of reference data: what is linked, what stands, what a person must look at. Nothing else is ever written.

Who fits whom stands in `matching`. A link stands until a person relinks, or settings name another pair; it stands, too,
where e-automate no longer has its technician or code.
"""

from __future__ import annotations

from functions.eautomate_reference_data import issues
from functions.eautomate_reference_data.situations import (
    Alone,
    Ambiguous,
    Disagrees,
    Found,
    ReferenceSituation,
    Taken,
    Unknown,
)
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import LINKS, Plan, Step, skip, stop


def decide(situation: ReferenceSituation) -> Plan:
    """The plan for one record of ConnectWise, or for one of e-automate that nothing is linked to."""
    if situation.home.side == "partner":
        return _nobodys(situation)
    if situation.record is None:
        return _not_listed(situation)
    return _linked(situation, situation.link) if situation.link else _unlinked(situation)


def _nobodys(situation: ReferenceSituation) -> Plan:
    """A record of e-automate is linked from the side of ConnectWise; here is only said that none fits yet."""
    if situation.record is None:
        return skip(situation.home, f"e-automate lists no such {situation.kind.other}.", name=situation.name)
    return skip(situation.home, f"No {situation.kind.noun} is linked to it.", name=situation.name)


def _not_listed(situation: ReferenceSituation) -> Plan:
    """Of what ConnectWise does not list any more nothing is concluded: its link, if it has one, stands."""
    stands = " The link stands." if situation.link else ""
    return skip(situation.home, f"ConnectWise does not list this {situation.kind.noun}.{stands}", name=situation.name)


def _unlinked(situation: ReferenceSituation) -> Plan:
    """EA-39: linked where exactly one fits; several are for a person; none is left alone, for whoever needs it asks."""
    match situation.outcome:
        case Found(entry, how):
            return Plan(
                situation.home,
                how,
                steps=(_link(situation, how),),
                issues=issues.unfit(situation, entry),
                name=situation.name,
            )
        case Ambiguous() as several:
            return stop(situation.home, issues.ambiguous(situation, several), name=situation.name)
        case Unknown(code):
            return stop(situation.home, issues.unknown(situation, code), name=situation.name)
        case Taken() as taken:
            return stop(situation.home, issues.taken(situation, taken), name=situation.name)
        case Alone(reason):
            return skip(situation.home, reason, name=situation.name)
    raise ValueError(f"nothing is known of {situation.home}")


def _linked(situation: ReferenceSituation, link: Link) -> Plan:
    """The link stands, whatever becomes of the technician or code; only settings undo what the flow found by itself."""
    match situation.outcome:
        case Found(entry, how):
            steps: tuple[Step, ...] = (_unlink(situation, link, how), _link(situation, how))
            return Plan(situation.home, how, steps, issues.unfit(situation, entry), name=situation.name)
        case Alone(reason):
            return Plan(situation.home, reason, (_unlink(situation, link, reason),), name=situation.name)
        case Ambiguous() as several:
            return _stands(situation, issues.ambiguous(situation, several, link))
        case Unknown(code):
            return _stands(situation, issues.unknown(situation, code, link))
        case Taken() as taken:
            return _stands(situation, issues.taken(situation, taken, link))
        case Disagrees(entry):
            return _stands(situation, issues.disagrees(situation, entry, link))
    if situation.linked is None:
        return _stands(situation, issues.gone(situation, link))
    return _stands(situation, *issues.unfit(situation, situation.linked))


def _stands(situation: ReferenceSituation, *warnings: Issue) -> Plan:
    return Plan(situation.home, "They are linked, and the link stands.", issues=warnings, name=situation.name)


def _link(situation: ReferenceSituation, how: str) -> Step:
    ids = {"cw": situation.home.id, "partner": situation.partner_id}
    return Step("link", LINKS, situation.home.kind, "link", fields=ids, why=how)


def _unlink(situation: ReferenceSituation, link: Link, why: str) -> Step:
    ids = {"cw": link.cw_id, "partner": link.partner_id}
    return Step("unlink", LINKS, situation.home.kind, "unlink", fields=ids, why=why)
