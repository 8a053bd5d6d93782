"""What a flow is: settings, scan, observe, decide; everything else is the engine's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, field_validator

from shared.sync.change import Change
from shared.sync.connection import Connection, Settings
from shared.sync.imported import Reader, nothing
from shared.sync.issue import Awaited, Category, Issue
from shared.sync.link import Link, Pair, State
from shared.sync.plan import Plan, Step
from shared.sync.ports import Links, Run, System
from shared.sync.preflight import Check, May
from shared.sync.record import NAMELESS, Fields, FlowKey, Name, Ref, Side, digest
from shared.sync.rights import Right
from shared.sync.turns import Turns


class FlowSettings(Settings):
    """What every flow can be told. A flow's own settings name the `facts` that its filters may ask for, and the fields
    that are `excludable`."""

    facts: ClassVar[tuple[str, ...]] = ()
    excludable: ClassVar[tuple[str, ...]] = ()

    every_minutes: int = Field(15, ge=1, le=1440, description="How often to ask the source what changed.")
    at_hour: int | None = Field(
        None, ge=0, le=23, description="Hour of the connection's local day at which to ask instead, once a day."
    )
    comprehensive_hours: int = Field(
        24,
        ge=1,
        le=168,
        description="How often to compare everything on both sides, drift included; with at_hour, always.",
    )
    filters: dict[str, list[str]] = Field(
        default_factory=dict, description="Only records with one of these values, per fact named by the flow."
    )
    exclude_fields: list[str] = Field(
        default_factory=list, description="Fields that are never updated on an existing record."
    )
    preview: bool = Field(
        False, description="Write nothing outside: keep every plan for a person to approve (crosswise preview)."
    )
    drift: Literal["restore", "report"] = Field(
        "restore", description="A mapped field changed on the side that does not own it: put it back, or report it."
    )

    @field_validator("filters")
    @classmethod
    def _facts_are_known(cls, filters: dict[str, list[str]]) -> dict[str, list[str]]:
        if unknown := sorted(set(filters) - set(cls.facts)):
            known = f"filters know {', '.join(cls.facts)}" if cls.facts else "this flow has nothing to filter by"
            raise ValueError(f"there is no fact {', '.join(unknown)}; {known}")
        return filters

    @field_validator("exclude_fields")
    @classmethod
    def _fields_are_known(cls, fields: list[str]) -> list[str]:
        if unknown := sorted(set(fields) - set(cls.excludable)):
            known = f"it may name {', '.join(cls.excludable)}" if cls.excludable else "this flow has none to leave out"
            raise ValueError(f"there is no field {', '.join(unknown)}; {known}")
        return fields


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that a decision needs, read and frozen; flows add their own records to it.

    `home` is the record to which link, issues and history belong, `name` what people call it. `pairs` are the record
    pairs of the scope, the home's own first. `facts` are what `filters` look at; `opted_out` says why, if it is.
    `about` names the other records concerned, for issues that the engine itself raises. `later` are fields that are
    carried over also where only new records are (`create_only`): an opportunity's stage, once it is won.
    """

    home: Ref
    name: Name = NAMELESS
    pairs: tuple[Pair, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    opted_out: str = ""
    about: tuple[Name, ...] = ()
    later: frozenset[str] = frozenset()

    @property
    def pair(self) -> Pair:
        """The home's own pair."""
        return self.pairs[0]

    @property
    def link(self) -> Link | None:
        return self.pair.link

    def issue(
        self,
        code: str,
        message: str,
        fix: str,
        *,
        category: Category = "review",
        waits_on: tuple[Awaited, ...] = (),
        about: tuple[Name, ...] = (),
        blocks: bool = True,
        of: tuple[Ref, Name] | None = None,
    ) -> Issue:
        """An issue of the home, or `of` another record of the scope. The message is a sentence, its capital added."""
        record, name = of or (self.home, self.name)
        return Issue(code, record, name, message[:1].upper() + message[1:], fix, category, waits_on, about, blocks)

    def after(self, fields: Fields, links: Mapping[Ref, Link | None]) -> Fields:
        """What a record of the scope says once these links are made: it may name others, which are called otherwise."""
        del links
        return fields

    def called(self, record: Ref) -> Name:
        """What people call a record of the scope: by its pair, else as they call the home."""
        return next((Name(pair.name) for pair in self.pairs[1:] if pair.home == record and pair.name), self.name)


@dataclass(frozen=True)
class Sighting:
    """One record that a scan read: its mapped fields (for the hash), and what a change of it may carry.

    `fields` are None of a record that the scan lacks: whoever looks asks for that very record.
    `scope` is the home of the tree or set that must be looked at if the record differs (None: the record itself);
    `carried` is then of the scope.
    """

    ref: Ref
    fields: Fields | None
    carried: dict[str, Any] | None = None
    scope: Ref | None = None


@dataclass(frozen=True)
class Page:
    """What one step of a scan read.

    `next` is where to read on, in the flow's own words (None: the run is complete); `cursor`, given with the last page,
    says per source from where the next run reads.
    """

    sightings: Sequence[Sighting]
    next: dict[str, Any] | None = None
    cursor: Mapping[str, str] | None = None


class View:
    """The links of one connection, as a flow may read them: its own, or those of another flow it builds on."""

    def __init__(self, links: Links, key: FlowKey) -> None:
        self._links = links
        self._key = key

    def find(self, refs: Iterable[Ref], *, flow: str = "") -> dict[Ref, State]:
        """What is known of these records, read consistently; unknown ones are absent."""
        return self._links.find(FlowKey(self._key.connection, flow or self._key.flow), refs)

    def of_scope(self, scope: Ref) -> Iterable[Link]:
        """The links of the parts of a tree or set, also of those that no list names any more."""
        return self._links.of_scope(self._key, scope)


S = TypeVar("S", bound=Situation)
A = TypeVar("A", bound=System)


@dataclass(frozen=True)
class Context:
    """What a flow works with: connection, checked settings, adapters by system name, links, what people loaded."""

    connection: Connection
    settings: Any
    systems: Mapping[str, System]
    links: View
    imported: Reader = nothing

    def system(self, adapter: type[A]) -> A:
        """The adapter of this class, one of the flow's `systems`."""
        found = self.systems[str(adapter.name)]
        assert isinstance(found, adapter)
        return found


class Flow(ABC, Generic[S]):
    """One sort of work kept in step. `revision` is raised whenever a change of the rules would change old decisions."""

    name: ClassVar[str]
    Settings: ClassVar[type[FlowSettings]]
    systems: ClassVar[tuple[str, ...]]
    revision: ClassVar[int] = 1
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Which types of records a system is to tell this flow of by itself: `{system: {its type: kind of pair}}`."""
    kinds: ClassVar[tuple[str, ...]] = ()
    """The kinds of its records that a person may ask for (`why`), by address or by what `find` looks for."""
    rights: ClassVar[Sequence[Right]] = ()
    """What it needs to be allowed to do in its systems; preflight tries them."""
    two_way: ClassVar[bool] = False
    """Whether both sides may change a record: links then keep what both agreed on, field by field, for `merge`."""
    starts: ClassVar[str] = ""
    """The partner with whose other flows it is started by a person (ADR-0014); empty where it just runs."""
    sweeps: ClassVar[Sequence[tuple[str, Side]]] = ()
    """Kinds that a comprehensive scan lists completely, by side: linked ones that it lacked are looked at as well."""
    turns: ClassVar[Turns | None] = None
    """That each of its scopes is worked on by one worker at a time, and how (ADR-0015); most flows need no turns."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def key(self) -> FlowKey:
        return FlowKey(self.context.connection.id, self.name)

    @property
    def rules(self) -> str:
        """The revision of settings and rules, as links keep it."""
        return digest([self.revision, self.context.settings.model_dump(mode="json")])[:12]

    @abstractmethod
    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """Reads one page of what changed since `cursor` (delta), or of everything (comprehensive)."""

    @abstractmethod
    def observe(self, changes: Sequence[Change]) -> Sequence[S]:
        """Every read, batched: one situation for each change, in the same order."""

    def roots(self, changes: Sequence[Change]) -> Sequence[Ref | None]:
        """The scope of each change, in the same order: what takes its turn for it. None where it is of no scope.

        Every change of one pair must come to one address: ConnectWise's where a link, or the record itself, names it.
        """
        return [change.ref for change in changes]

    def seen(self, ref: Ref) -> Sequence[Sighting]:
        """All that a callback for this record may be of, read as a scan would; empty where only a look can tell."""
        del ref
        return ()

    @staticmethod
    @abstractmethod
    def decide(situation: S) -> Plan:
        """The plan for a situation. Pure: no clock, no network, no table."""

    def find(self, text: str) -> Iterable[Ref]:
        """The records of the sources that people call so, by their numbers and names; only what is there.

        `why` asks so for what no scan has come across. What every scan reads whole needs no search.
        """
        del text
        return ()

    def preflight(self, may: May) -> Iterable[Check]:
        """What must hold in both systems for this flow beside its rights, checked one by one.

        What needs a right that is missing (`may`) is left out; whatever is raised ends the checks.
        """
        del may
        return ()

    @abstractmethod
    def mapped(self, _step: Step, record: object) -> Fields | None:
        """The mapped fields of a record that an adapter returned for a step; None where the step is not of the pair."""

    def called(self, record: object) -> str:
        """What people call a record that an adapter returned; empty where that is as the look found it."""
        del record
        return ""
