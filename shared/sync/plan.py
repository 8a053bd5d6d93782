"""The plan: ordered steps that would bring one scope in step, its issues, and the reason in words.

Steps are data. A flow's `decide` returns them, policies change them, a person can read and approve them, and only
then do adapters carry them out. Nothing in here reads a clock, a network or a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from shared.sync.issue import Issue
from shared.sync.record import NAMELESS, Fields, Name, Ref, digest

Verb = Literal["create", "update", "delete", "attach", "note", "hold", "link", "unlink"]

LINKS = "links"
"""The system name of our own link table, to which the verbs `link` and `unlink` belong."""

Outcome = Literal["applied", "in_step", "skipped", "issue", "parked", "proposed"]
"""How a change ends (promise 1); `proposed`: its plan waits for a person (ADR-0002)."""


@dataclass(frozen=True)
class Created:
    """Stands in a later step for the id that an earlier create of the same plan will get."""

    step: str

    def to_json(self) -> dict[str, str]:
        return {"$created": self.step}


@dataclass(frozen=True)
class Step:
    """One write.

    `id` names the step within its plan; `system` is the adapter's name (or `LINKS`), `kind` that system's kind of
    record (for `LINKS` the kind of pair); `key` is the id of the record written (None for a create); `fields` what is
    written, in the words of our own models; `before` the values that a changed field has now. `record` says to which
    record of the scope the step belongs (None: the plan's home). `ask` marks a step that a person must approve.
    `instead` says, by field, what the system is handed in its place, where its words differ from those of the pair.
    An `attach` names in `file` where the file comes from: `{system: id of its record there}`.
    """

    id: str
    system: str
    kind: str
    verb: Verb
    key: str | Created | None = None
    fields: Fields = field(default_factory=dict)
    why: str = ""
    before: Fields = field(default_factory=dict)
    record: Ref | None = None
    ask: bool = False
    instead: Mapping[str, Fields] = field(default_factory=dict)

    def needs(self) -> frozenset[str]:
        """The ids of the earlier creates that this step names."""
        return frozenset(_created_in((self.key, self.fields, self.instead)))

    def fill(self, ids: Mapping[str, str]) -> Step:
        """The same step with every `Created` replaced by the id it got; KeyError names one that has none."""
        return replace(self, key=_fill(self.key, ids), fields=_fill(self.fields, ids), instead=_fill(self.instead, ids))

    def handed(self) -> Step:
        """The step as its system is handed it: what stands `instead` of its fields in their place, maps joined."""
        fields = {name: value for name, value in self.fields.items() if name not in self.instead}
        for name in self.fields:
            for other, value in self.instead.get(name, {}).items():
                joined = isinstance(value, Mapping) and isinstance(fields.get(other), Mapping)
                fields[other] = {**fields[other], **value} if joined else value
        before = {name: value for name, value in self.before.items() if name not in self.instead}
        return replace(self, fields=fields, before=before, instead={})


@dataclass(frozen=True)
class FieldConflict:
    """Both sides changed one field differently; `kept` says which side's value stands."""

    field: str
    cw: Any
    partner: Any
    kept: Literal["cw", "partner"]
    record: Ref | None = None


@dataclass(frozen=True)
class Plan:
    """What would bring `home`'s scope in step, and why; possibly no step.

    A plan lists *every* issue of its scope: the engine opens, keeps and closes accordingly. `skipped` says that a rule,
    filter or setting keeps the record out, for the reason given. `again` says that the other side is still busy with
    what it was given (a staged import): the scope is looked at after so long, though nothing changes (ADR-0005).
    `asks` are issues that stand only while a step of their record, or of any where they are the home's, waits for a
    person's approval.

    Of a scope that takes turns (ADR-0015) `stands` says why it takes no more until a person enables it (archived), and
    `ended` since when (UTC) it is completed or cancelled, as far as the source says; None: it is neither.
    """

    home: Ref
    reason: str
    steps: tuple[Step, ...] = ()
    issues: tuple[Issue, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()
    skipped: bool = False
    name: Name = NAMELESS
    again: timedelta | None = None
    asks: tuple[Issue, ...] = ()
    stands: str = ""
    ended: datetime | None = None

    def __post_init__(self) -> None:
        made: set[str] = set()
        named: set[str] = set()
        for step in self.steps:
            if step.id in named:
                raise ValueError(f"two steps are called {step.id!r}")
            named.add(step.id)
            if missing := step.needs() - made:
                raise ValueError(f"step {step.id!r} names {sorted(missing)}, which no earlier step creates")
            if step.verb == "create":
                made.add(step.id)

    @property
    def outcome(self) -> Outcome:
        """How a look that ends with this plan carried out is counted; warnings do not make an issue of it."""
        if any(issue.blocks for issue in self.issues):
            return "issue"
        if self.skipped:
            return "skipped"
        return "applied" if self.steps else "in_step"

    @property
    def fingerprint(self) -> str:
        """Names this very plan: an approval holds for one fingerprint only."""
        return digest([str(self.home), [_step_json(step) for step in self.steps]])

    def without(self, steps: Iterable[Step], because: str) -> Plan:
        """The plan less some steps and all that build on them, the reason saying what was taken."""
        gone = {step.id for step in steps}
        for step in self.steps:
            if step.needs() & gone:
                gone.add(step.id)
        kept = tuple(step for step in self.steps if step.id not in gone)
        return replace(self, steps=kept, reason=f"{self.reason} {because}".strip())

    def link_after(self, create: Step) -> Step | None:
        """The step that makes a link of what `create` creates, if one does."""
        return next((s for s in self.steps if s.verb == "link" and create.id in s.needs()), None)


def skip(home: Ref, reason: str, *, name: Name | None = None, issues: Sequence[Issue] = ()) -> Plan:
    """A plan that leaves the record alone, for a reason that a person can read."""
    return Plan(home, reason, issues=tuple(issues), skipped=True, name=name or NAMELESS)


def stop(home: Ref, *issues: Issue, name: Name | None = None) -> Plan:
    """A plan that does nothing but raise issues."""
    return Plan(home, " ".join(issue.message for issue in issues), issues=issues, name=name or NAMELESS)


def _step_json(step: Step) -> list[object]:
    return [step.id, step.system, step.kind, step.verb, step.key, dict(step.fields), str(step.record or "")]


def _created_in(value: object) -> Iterable[str]:
    if isinstance(value, Created):
        yield value.step
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _created_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _created_in(item)


def _fill(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, Created):
        return ids[value.step]
    if isinstance(value, Mapping):
        return {key: _fill(item, ids) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_fill(item, ids) for item in value)
    return value
