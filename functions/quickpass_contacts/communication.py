"""Which communication types of ConnectWise take e-mail addresses and mobile numbers (QP-17 to QP-20); pure.

Quickpass looks for them by name, and finds none with another name or with blanks around it. Here the type's own flag
counts first, and then its name without the blanks; a name from the settings comes before those that Quickpass knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shared.sync.record import fold
from shared.systems.connectwise_psa import CommunicationType

TABLE = "System > Setup Tables > Contacts > Communication Type"

NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({"email": ("Email",), "mobile": ("Mobile", "Cell")})
"""What Quickpass takes them by, the first one there is."""

FLAGS: Mapping[str, str] = MappingProxyType({"email": "email", "mobile": "phone"})
"""The flag of a type, by what it is to take."""

KINDS: Mapping[str, str] = MappingProxyType({"email": "Email", "mobile": "Phone"})
"""ConnectWise's word for such an item."""


@dataclass(frozen=True)
class Types:
    """The ids of the types for new values, None where there is none; `mobiles` are all that hold mobile numbers."""

    email: int | None = None
    mobile: int | None = None
    mobiles: frozenset[int] = frozenset()

    def of(self, value: str) -> int | None:
        """The id of the type for an `email` or a `mobile`."""
        return self.email if value == "email" else self.mobile


NO_TYPES = Types()


def wanted_names(value: str, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """The names to look for, best first: that of the settings alone, if they have one."""
    mine = chosen.get(value, "").strip()
    return (mine,) if mine else NAMES[value]


def fitting(value: str, rows: Iterable[CommunicationType], chosen: Mapping[str, str]) -> CommunicationType | None:
    """The type that takes an `email` or a `mobile`: of its kind, and called as is wanted, blanks aside."""
    usable = [row for row in rows if getattr(row, FLAGS[value])]
    for name in wanted_names(value, chosen):
        for row in usable:
            if fold(row.name) == fold(name):
                return row
    return None


def types_of(rows: Sequence[CommunicationType], chosen: Mapping[str, str]) -> Types:
    """The types for new values, of all that the tenant has."""
    found = {value: fitting(value, rows, chosen) for value in NAMES}
    names = {fold(name) for name in (*NAMES["mobile"], *wanted_names("mobile", chosen))}
    mobiles = frozenset(row.id for row in rows if row.phone and fold(row.name) in names)
    email, mobile = found["email"], found["mobile"]
    return Types(email.id if email else None, mobile.id if mobile else None, mobiles)
