"""What a repair shop can set for the coverage flow."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import ClassVar

from pydantic import Field

from shared.sync.record import fold
from shared.sync.shapes import SetSettings

BLACKLIST = (
    "To Be Filled By O.E.M.",
    "System Serial Number",
    "Default string",
    "............",
    "0123456789",
    "None",
    "",
)
"""What makers of boards put into the place of a serial number (PC-27)."""

PLAN_GROUPS = (
    "BizCare Basic",
    "BizCare Plus",
    "BizCare Premium",
    "BizCare Basic Non-Profit",
    "BizCare Plus Non-Profit",
    "BizCare Premium Non-Profit",
)
"""Three plans, each for non-profits as well (PC-15)."""


class CoverageSettings(SetSettings):
    """Settings of `pcrt_coverage`. `filters` knows one fact, the name of the client in Automate."""

    facts = ("client",)
    shrank: ClassVar[str] = "COVERAGE_SHRANK"

    at_hour: int | None = Field(
        2, ge=0, le=23, description="Hour of the connection's local day at which it runs (PC-03); none: every_minutes."
    )
    plan_groups: list[str] = Field(
        default_factory=lambda: list(PLAN_GROUPS),
        min_length=1,
        description="Names of the Automate groups that stand for a plan; no other group counts (PC-15, PC-46).",
    )
    serial_blacklist: list[str] = Field(
        default_factory=lambda: list(BLACKLIST),
        description="Serial numbers that many machines have, whatever their case (PC-27); an empty one never counts.",
    )
    bizcare_name_pattern: str = Field(
        "*BizCare*",
        min_length=1,
        description="Which subscriptions are for a plan, by their name, whatever its case; * stands for any text.",
    )
    propose_fixes: bool = Field(
        False,
        description="Propose External IDs and Asset Tags with the evidence for them; an External ID is written to "
        "Automate once a person has approved it, and only then.",
    )

    def is_plan(self, group: str) -> bool:
        """Whether an Automate group of this name stands for a plan (PC-46)."""
        return fold(group) in map(fold, self.plan_groups)

    def is_bizcare(self, subscription: str) -> bool:
        """Whether a subscription of this name is for a plan."""
        return fnmatchcase(fold(subscription), fold(self.bizcare_name_pattern))

    @property
    def generic_serials(self) -> frozenset[str]:
        """The blacklist, as serial numbers are compared; the empty one is always on it."""
        return frozenset(map(fold, ["", *self.serial_blacklist]))
