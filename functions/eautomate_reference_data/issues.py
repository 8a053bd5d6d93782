"""Every issue of the reference data flow, in words for the person who settles it."""

from __future__ import annotations

from functions.eautomate_reference_data.situations import Ambiguous, Entry, ReferenceSituation, Taken
from shared.partners.eautomate import REFERENCE_DATA
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.record import Name


def ambiguous(situation: ReferenceSituation, several: Ambiguous, link: Link | None = None) -> Issue:
    """Several fit, or one that fits several: all are named, with the ids by which a person links them."""
    kind = situation.kind
    candidates = [kind.partner_name(one) for one in several.candidates]
    rivals = [kind.cw_name(one) for one in several.rivals]
    told = "; ".join(f"{name} (ID {one.id})" for name, one in zip(candidates, several.candidates, strict=True))
    also = f", which may as well be {' or '.join(map(str, rivals))}" if rivals else ""
    return situation.issue(
        "AMBIGUOUS_MATCH",
        f"{situation.name} could be: {told}{also}.{_as_it_was(situation, link)}",
        f"Link the right two by hand (crosswise relink, with the ID), or name the pair in {_setting(situation)}.",
        category="mapping",
        about=(*candidates, *rivals),
        blocks=link is None,
    )


def unknown(situation: ReferenceSituation, code: str, link: Link | None = None) -> Issue:
    other = situation.kind.other
    return situation.issue(
        "PAIR_UNKNOWN",
        f"The settings say that {situation.name} is the {other} {code}, which e-automate does not have."
        f"{_as_it_was(situation, link)}",
        f"Correct {_setting(situation)}, or add {code} in e-automate.",
        category="mapping",
        blocks=link is None,
    )


def taken(situation: ReferenceSituation, one: Taken, link: Link | None = None) -> Issue:
    name = situation.kind.partner_name(one.entry)
    return situation.issue(
        "PAIR_TAKEN",
        f"The settings say that {situation.name} is {name}, which is linked to {one.owner}."
        f"{_as_it_was(situation, link)}",
        f"Unlink {one.owner}, or correct {_setting(situation)}.",
        category="mapping",
        about=(name, Name(one.owner)),
        blocks=link is None,
    )


def disagrees(situation: ReferenceSituation, entry: Entry, link: Link) -> Issue:
    """What a person linked is stronger than settings, which somebody wrote before or did not look up."""
    name = situation.kind.partner_name(entry)
    return situation.issue(
        "LINK_DISAGREES",
        f"The settings say that {situation.name} is {name}.{_as_it_was(situation, link).rstrip('.')}: {link.how}",
        f"Correct {_setting(situation)}, or relink the two.",
        category="mapping",
        about=(name,),
        blocks=False,
    )


def gone(situation: ReferenceSituation, link: Link) -> Issue:
    called = link.partner_name or f"{situation.kind.other} {link.partner_id}"
    return situation.issue(
        "GONE_FROM_EAUTOMATE",
        f"{called}, to which {situation.name} is linked, is not in e-automate any more. The link stands; e-automate "
        "will hardly take what names it.",
        f"Relink {situation.name} to another {situation.kind.other}, or unlink it.",
        category="mapping",
        blocks=False,
    )


def unfit(situation: ReferenceSituation, entry: Entry) -> tuple[Issue, ...]:
    """A technician or code that is inactive in e-automate; no word of one whose member has left, too."""
    if not entry.unfit or (situation.record and situation.record.unfit):
        return ()
    kind = situation.kind
    return (
        situation.issue(
            "INACTIVE_IN_EAUTOMATE",
            f"{kind.partner_name(entry)}, to which {situation.name} is linked, is inactive in e-automate. The link "
            "stands; e-automate may refuse what names it.",
            f"Make it active again, relink {situation.name} to another {kind.other}, or make the {kind.noun} inactive "
            "in ConnectWise.",
            category="mapping",
            about=(kind.partner_name(entry),),
            blocks=False,
        ),
    )


def _as_it_was(situation: ReferenceSituation, link: Link | None) -> str:
    if link is None:
        return " Nothing was linked."
    return f" It stays linked to {link.partner_name or f'{situation.kind.other} {link.partner_id}'}."


def _setting(situation: ReferenceSituation) -> str:
    return f"flows.{REFERENCE_DATA}.{situation.kind.setting}"
