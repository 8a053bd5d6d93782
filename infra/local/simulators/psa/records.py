"""Creates, changes and deletes records as the PSA does, whoever asks: the API, a test, or another record's rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.simulators.moments import to_the_second
from infra.local.simulators.psa.audit import AuditTrail
from infra.local.simulators.psa.custom_fields import CustomFields
from infra.local.simulators.psa.entities import Entity, Field, Table
from infra.local.simulators.psa.errors import Violation, in_use, invalid, missing, record_not_found
from infra.local.simulators.psa.rules import rule_of
from infra.local.simulators.psa.rules.base import Draft
from infra.local.simulators.psa.settings import Settings
from infra.local.simulators.psa.store import Row, Store
from infra.local.simulators.psa.values import Reader

WEAK = frozenset({"defaultContact", "site", "billingSite", "billingContact"})
"""References that do not keep the record they name from being deleted."""


@dataclass(frozen=True)
class Change:
    """What was done to one record: no `old` when created, no `new` when deleted."""

    entity: Entity
    record: int
    old: Row | None
    new: Row | None
    by: str
    parent: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> Row:
        """The record as it is, or was."""
        row = self.new if self.new is not None else self.old
        if row is None:
            raise ValueError("a change of nothing")
        return row

    @property
    def action(self) -> str:
        """As callbacks name it: added, updated or deleted."""
        if self.old is None:
            return "added"
        return "deleted" if self.new is None else "updated"


class Records:
    """The PSA's records and the rules of writing them. Raises Refusal for what the PSA refuses.

    With `trusted`, a value that does not fit its field is kept as given and nothing is checked, so that a test
    can plant what a real server may hold from older days.
    """

    def __init__(self, table: Table, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.table = table
        self.settings = settings
        self.clock = clock
        self.store = Store(table)
        self.custom = CustomFields(self.store)
        self.audit = AuditTrail()
        self.listeners: list[Callable[[Change], None]] = []
        self.ignored: list[tuple[str, str]] = []
        """(resource, field) of what clients sent and the PSA does not take: not known, or read-only."""

    def now(self) -> str:
        """The time as the PSA writes it: UTC, whole seconds."""
        return to_the_second(self.clock())

    def get(self, entity: Entity, record: int, parent: int | None = None) -> Row:
        """The row. Raises Refusal (404) where there is none, or none below `parent`."""
        rows = self.store.rows(entity.resource)
        row = rows.get(record)
        if row is None or (parent is not None and rows.parent(record) != parent):
            raise record_not_found(entity.resource, record)
        return row

    def create(
        self,
        entity: Entity,
        body: Mapping[str, Any],
        by: str,
        *,
        parent: int | None = None,
        trusted: bool = False,
    ) -> Row:
        """Make a record of `body` and answer it."""
        violations: list[Violation] = []
        row: dict[str, Any] = {}
        self._fill_parent(entity, row, parent)
        if not trusted:
            self._note_ignored(entity, body, updating=False)
        rule = rule_of(entity.resource)
        taken = [
            each
            for each in entity.fields.values()
            if (trusted or not each.read_only)
            and each.name not in rule.made_after_create
            and each.name not in entity.parent_fields
        ]
        reader = Reader(self.store, violations)
        reader.read([each for each in taken if not each.scope and not each.write_only], body, row)
        draft = Draft(self, row, body, by, parent=parent)
        rule.complete(draft)
        self._fill_defaults(entity, row, scoped=False)
        reader.read([each for each in taken if each.scope], body, row)
        self._fill_defaults(entity, row, scoped=True)
        values = self.custom.read(
            entity, body.get("customFields"), {}, whole=False, violations=[] if trusted else violations
        )
        rule.derive(draft)
        if trusted:
            _plant(row, body, violations)
        else:
            violations += self._wrong(entity, draft, {each.field for each in violations})
            violations += self.custom.unset_but_required(entity, values)
            if violations:
                raise invalid(entity.resource, violations)
        record = body["id"] if trusted and "id" in body else self.store.next_id(entity)
        self.custom.put(entity, record, values)
        self.write(entity, record, row, by, parent=parent, body=body)
        return self.store.rows(entity.resource)[record]

    def update(
        self,
        entity: Entity,
        record: int,
        body: Mapping[str, Any],
        by: str,
        *,
        parent: int | None = None,
        whole: bool = True,
        trusted: bool = False,
    ) -> Row:
        """Bring a record to `body`, which is the whole record, or with `whole=False` only what changes."""
        old = self.get(entity, record, parent)
        violations: list[Violation] = []
        if not trusted:
            self._note_ignored(entity, body, updating=True)
        taken = [
            each
            for each in entity.fields.values()
            if not each.write_only
            and each.name not in entity.parent_fields
            and (trusted or not (each.read_only or each.create_only))
        ]
        parent = self.store.rows(entity.resource).parent(record)
        reader = Reader(self.store, violations)
        if whole:
            row = {key: value for key, value in old.items() if key not in {each.name for each in taken}}
            self._fill_parent(entity, row, parent)
        else:
            row = dict(old)
        reader.read([each for each in taken if not each.scope], body, row)
        if whole:
            self._fill_defaults(entity, row, scoped=False)
        self._leave_old_scope(entity, row, old, body)
        reader.read([each for each in taken if each.scope], body, row)
        self._fill_defaults(entity, row, scoped=True)
        if not whole and not trusted:
            untouched = [each for each in entity.fields.values() if each.name not in body and each.name in row]
            reader.read(untouched, row, dict(row))
        before = self.custom.values(entity, record)
        values = self.custom.read(
            entity,
            body.get("customFields"),
            before,
            whole=self.settings.custom_fields_whole and not trusted,
            violations=[] if trusted else violations,
        )
        draft = Draft(self, row, body, by, old, parent)
        rule_of(entity.resource).derive(draft)
        if trusted:
            _plant(row, body, violations)
        else:
            violations += self._wrong(entity, draft, {each.field for each in violations})
            if violations:
                raise invalid(entity.resource, violations)
        told = {
            each["caption"]: (before.get(each["id"]), values.get(each["id"]))
            for each in self.custom.definitions(entity)
        }
        self.custom.put(entity, record, values)
        self.write(entity, record, row, by, body=body, custom=told)
        return self.store.rows(entity.resource)[record]

    def delete(self, entity: Entity, record: int, by: str, *, parent: int | None = None) -> None:
        """Delete a record and what belongs to it. Raises Refusal (404, 409)."""
        row = self.get(entity, record, parent)
        rule_of(entity.resource).before_delete(self, row)
        holder = self._holder(entity, record)
        if holder is not None:
            raise in_use(entity.resource, record, holder)
        self.remove(entity, record, by)

    def write(
        self,
        entity: Entity,
        record: int,
        row: Mapping[str, Any],
        by: str,
        *,
        parent: int | None = None,
        body: Mapping[str, Any] | None = None,
        custom: Mapping[str, tuple[Any, Any]] | None = None,
        quiet: bool = False,
    ) -> Row:
        """Store a row as it is, stamped with time and member, and let everything follow from it.

        With `quiet` nothing follows: no rule, no audit, no callback.
        """
        rows = self.store.rows(entity.resource)
        old = rows.get(record)
        now = self.now()
        entered = {"dateEntered": now, "enteredBy": by} if old is None else old.get("_info", {})
        stored = {"id": record, **row, "_info": {**entered, "lastUpdated": now, "updatedBy": by}}
        self.store.put(entity, record, stored, parent)
        if quiet:
            return stored
        change = Change(entity, record, old, stored, by, rows.parent(record), body or {})
        if entity.audit:
            before = None if old is None else {**old, **{key: pair[0] for key, pair in (custom or {}).items()}}
            after = {**stored, **{key: pair[1] for key, pair in (custom or {}).items()}}
            self.audit.note(entity.audit, record, by=by, at=now, old=before, new=after)
        self._follow(change)
        return rows[record]

    def amend(self, resource: str, record: int, fields: Mapping[str, Any]) -> None:
        """Set computed fields of a stored record; None takes one away. Moves no time and nothing follows."""
        rows, entity = self.store.rows(resource), self.table[resource]
        row = {**rows[record], **fields}
        self.store.put(entity, record, {key: value for key, value in row.items() if value is not None})

    def _follow(self, change: Change) -> None:
        rule_of(change.entity.resource).after(self, change)
        for listener in self.listeners:
            listener(change)

    def remove(self, entity: Entity, record: int, by: str) -> None:
        """Take a record out, in use or not, and what belongs to it; of the latter nobody is told."""
        for owned in self.table.owned_by(entity.resource):
            for child in list(self.store.rows(owned.resource).children(record)):
                self._drop(owned, child)
        parent = self.store.rows(entity.resource).parent(record)
        row = self.store.remove(entity, record)
        self.custom.put(entity, record, {})
        if entity.audit:
            self.audit.note(entity.audit, record, by=by, at=self.now(), old=row, new=None)
        self._follow(Change(entity, record, row, None, by, parent))

    def _drop(self, entity: Entity, record: int) -> None:
        for owned in self.table.owned_by(entity.resource):
            for child in list(self.store.rows(owned.resource).children(record)):
                self._drop(owned, child)
        self.store.remove(entity, record)
        self.custom.put(entity, record, {})

    def _holder(self, entity: Entity, record: int) -> str | None:
        owned = {each.resource for each in self.table.owned_by(entity.resource)}
        for other in self.table:
            if other.same_as or other.resource in owned:
                continue
            names = [
                each.name
                for each in other.fields.values()
                if each.kind == "ref" and not each.many and each.target == entity.kept_as and each.name not in WEAK
            ]
            for row in self.store.rows(other.resource) if names else ():
                if any((row.get(name) or {}).get("id") == record for name in names):
                    return f"{other.resource} {row['id']}"
        return None

    def _fill_parent(self, entity: Entity, row: dict[str, Any], parent: int | None) -> None:
        if parent is None:
            return
        for name in entity.parent_fields:
            is_reference = entity.fields[name].kind == "ref"
            row[name] = self.store.reference(entity.parent, parent) if is_reference else parent

    def _fill_defaults(self, entity: Entity, row: dict[str, Any], *, scoped: bool) -> None:
        for each in entity.fields.values():
            if each.name in row or bool(each.scope) != scoped or each.write_only:
                continue
            value = entity.defaults.get(each.name)
            if value == "@default":
                value = self.default(each, row)
            elif value is None and each.kind == "boolean" and not each.many:
                value = False
            elif value is None and each.many and each.kind in {"ref", "part"}:
                value = []
            if value is not None:
                row[each.name] = value

    def default(self, each: Field, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The reference that the PSA itself would fill in for a field: the set-up record marked as default."""
        rows = self.store.rows(each.target)
        scope = (row.get(each.scope) or {}).get("id") if each.scope else None
        if each.scope and scope is None:
            return None
        ids = rows.ids if scope is None else rows.children(scope)
        marked = [record for record in ids if rows[record].get("defaultFlag")]
        chosen = (marked or ids)[:1]
        return self.store.reference(each.target, chosen[0]) if chosen else None

    def _wrong(self, entity: Entity, draft: Draft, named: set[str]) -> list[Violation]:
        """What is wrong with a record beyond the fields already `named` for their values."""
        row, updating = draft.row, draft.old is not None
        violations = [
            missing(each.name)
            for each in entity.fields.values()
            if (each.required or (each.required_on_update and updating))
            and row.get(each.name) in (None, "", [])
            and not each.write_only
            and each.name not in named
        ]
        for name, (low, high) in entity.ranges.items():
            if isinstance(row.get(name), int) and not low <= row[name] <= high:
                text = f"The field {name} must be between {low} and {high}."
                violations.append(Violation("OutOfRange", text, name))
        violations += self._taken(entity, draft)
        violations += rule_of(entity.resource).check(draft)
        return violations

    def _taken(self, entity: Entity, draft: Draft) -> Iterable[Violation]:
        rows = self.store.rows(entity.resource)
        own = set() if draft.old is None else {draft.old["id"]}
        for name in entity.unique:
            if draft.row.get(name) in (None, ""):
                continue
            others = rows.find((name,), [draft.row[name]]) - own
            if any(draft.parent is None or rows.parent(other) == draft.parent for other in others):
                text = f"A matching {entity.resource} already exists"
                yield Violation("ObjectExists", text, name)

    def _note_ignored(self, entity: Entity, body: Mapping[str, Any], *, updating: bool) -> None:
        for name in body:
            known = entity.fields.get(name)
            if name in {"id", "_info"} or (name == "customFields" and entity.pod):
                continue
            if known is None or known.read_only or (known.create_only and updating):
                self.ignored.append((entity.resource, name))

    def _leave_old_scope(self, entity: Entity, row: dict[str, Any], old: Row, body: Mapping[str, Any]) -> None:
        """A record that moves (a ticket to another board) loses what belonged to its old place."""
        for each in entity.fields.values():
            moved = each.scope and row.get(each.scope) != old.get(each.scope)
            if moved and each.name not in body:
                row.pop(each.name, None)


def _plant(row: dict[str, Any], body: Mapping[str, Any], violations: Iterable[Violation]) -> None:
    for violation in violations:
        if violation.field in body:
            row[violation.field] = body[violation.field]
    for name, value in body.items():
        if isinstance(value, str) and name in row:
            row[name] = value
