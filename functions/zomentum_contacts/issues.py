"""The issue that only contacts have; all others are those of every Zomentum flow."""

from __future__ import annotations

from functions.zomentum_contacts.situations import ContactSituation
from shared.sync.issue import Issue


def no_company(s: ContactSituation) -> Issue:
    return s.issue(
        "CONTACT_WITHOUT_COMPANY",
        f"{s.name} is at no company in ConnectWise any more, and Zomentum has no contact without one. There it stays "
        "where it is.",
        "Give it a company in ConnectWise; it is looked at again by itself.",
        blocks=False,
    )
