"""The issue that only companies have; all others are those of every Zomentum flow."""

from __future__ import annotations

from functions.zomentum_companies.situations import CompanySituation
from shared.sync.issue import Issue


def no_identifier(s: CompanySituation) -> Issue:
    return s.issue(
        "NO_COMPANY_ID",
        f"Every Company ID that could be made for {s.name} is taken.",
        "Create its company by hand in ConnectWise, with the same name; it is linked by itself.",
    )
