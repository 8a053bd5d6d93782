"""What a decision about one pair of reference data needs, read and frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from functions.eautomate_reference_data.settings import KindName
from shared.sync.flow import Situation
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate


@dataclass(frozen=True)
class Entry:
    """A row of one side's list, whatever it is.

    `label` is what people call it; `keys` is what it is matched by, one set of folded texts for each step of matching;
    `names` is what settings may call it, the most particular first. `unfit` says why it is never matched by itself.
    """

    id: str
    label: str
    keys: tuple[frozenset[str], ...]
    names: tuple[str, ...]
    unfit: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of pair: how its two sides are called (`noun`, `other`) and read, and how its records are matched.

    `steps` says in words by what, one for each set of an entry's keys. `setting` names the map of pairs by hand.
    `shared`: one record of e-automate serves many of ConnectWise, as a bill code does; a person does not.
    """

    name: KindName
    noun: str
    other: str
    setting: str
    steps: tuple[str, ...]
    shared: bool
    read_cw: Callable[[Psa], Iterable[Entry]]
    read_partner: Callable[[Eautomate], Iterable[Entry]]

    def cw_ref(self, id_: str) -> Ref:
        return Ref(self.name, "cw", id_)

    def partner_ref(self, id_: str) -> Ref:
        return Ref(self.name, "partner", id_)

    def cw_name(self, entry: Entry) -> Name:
        return Name(f"{self.noun} {entry.label}")

    def partner_name(self, entry: Entry) -> Name:
        return Name(f"{self.other} {entry.label}")


# What may come of matching one record of ConnectWise


@dataclass(frozen=True)
class Found:
    """It belongs to `entry`, which is free for it; `how` says in words why."""

    entry: Entry
    how: str


@dataclass(frozen=True)
class Ambiguous:
    """Several fit, or one that fits `rivals`, too."""

    candidates: tuple[Entry, ...]
    rivals: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """Settings name a code that e-automate does not have."""

    code: str


@dataclass(frozen=True)
class Taken:
    """Settings name an entry that is linked to somebody else; `owner` says to whom."""

    entry: Entry
    owner: str


@dataclass(frozen=True)
class Disagrees:
    """Settings name an entry, but a person has linked the record to another one."""

    entry: Entry


@dataclass(frozen=True)
class Alone:
    """Nothing fits, for a reason in words."""

    reason: str


Outcome = Found | Ambiguous | Unknown | Taken | Disagrees | Alone


@dataclass(frozen=True, kw_only=True)
class ReferenceSituation(Situation):
    """One record of ConnectWise with what it is linked to or may be; or one of e-automate that nothing is linked to.

    `record` is the row of the home's own side, `linked` that of the other side; None where the list has none. `outcome`
    is what matching comes to: of a linked record only where settings have another word on it. `partner_id` is the id
    by which a link names what was found.
    """

    kind: Kind
    record: Entry | None = None
    linked: Entry | None = None
    outcome: Outcome | None = None
    partner_id: str = ""
