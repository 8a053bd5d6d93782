"""Every issue of the flow of Moovila's reference data, in words for the person who settles it."""

from __future__ import annotations

from functions.moovila_reference_data.situations import ReferenceSituation
from shared.sync.issue import Issue
from shared.sync.link import Link


def counterpart_gone(s: ReferenceSituation, link: Link) -> Issue:
    return s.issue(
        "COUNTERPART_GONE",
        f"{link.partner_name or f'{s.kind.other} {link.partner_id}'}, to which {s.name} is linked, was deleted in "
        "Moovila.",
        "If that was meant, cancel it here (crosswise cancel), and it is left alone. If not, unlink it (crosswise "
        "unlink --anew), and it is made anew.",
    )


def ambiguous(s: ReferenceSituation) -> Issue:
    told = "; ".join(f"{one.name} (ID {one.id})" for one in s.rivals)
    return s.issue(
        "AMBIGUOUS_MATCH",
        f"{s.name} could be: {told}. Nothing was linked.",
        f"Link the right two (crosswise relink {s.home} ID), or tell them apart by their names.",
        category="mapping",
        about=tuple(one.name for one in s.rivals),
    )
