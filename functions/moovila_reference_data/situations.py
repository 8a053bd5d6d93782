"""What a decision about one row of Moovila's reference data needs, read and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from functions.moovila_reference_data.settings import USERS, ReferenceSettings
from shared.partners.moovila import CUSTOMER
from shared.sync.flow import Situation
from shared.sync.record import Fields, Name

CUSTOMERS = CUSTOMER.kind


@dataclass(frozen=True)
class Kind:
    """A kind of pair: what people call its two ends, and what Moovila's adapter calls such a record.

    `made`: what ConnectWise has is made in Moovila where it is missing.
    """

    name: str
    noun: str
    other: str
    written: str
    made: bool = True


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("company-status", "company status", "customer status", "customer_status"),
        Kind("note-category", "note type", "note category", "note_category"),
        Kind("work-type", "work type", "work type", "work_type"),
        Kind(CUSTOMERS, "company", "customer", "customer"),
        Kind(USERS, "member", "user", "user", made=False),
    )
}


@dataclass(frozen=True)
class Row:
    """A record of either side. `keys` are what it is found by (a folded name, addresses), `marker` whose it is."""

    id: str
    name: Name
    fields: Fields
    keys: frozenset[str]
    marker: str = ""

    @property
    def active(self) -> bool:
        return bool(self.fields["active"])


@dataclass(frozen=True, kw_only=True)
class ReferenceSituation(Situation):
    """One row of ConnectWise's with its counterpart; or one of Moovila's that nothing is linked to.

    `found` is the row of Moovila's that is linked, or that first contact found, `how` by what; `rivals` are those among
    which nobody can choose. `of_interest` is False of a kind that the settings leave alone.
    """

    noun: ClassVar[str] = "record"

    settings: ReferenceSettings
    kind: Kind
    row: Row | None = None
    found: Row | None = None
    how: str = ""
    rivals: tuple[Row, ...] = ()
    of_interest: bool = True
