"""An outside system of any kinds of records, as the toy of the engine's tests: it can fail, refuse and lose answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import Applied
from tests.engine.toy import ToySystem

Record = dict[str, Any]


@dataclass
class Kinds(ToySystem):
    """Records by id, each with its `kind` and `id`; ids are never given twice."""

    made: int = 0

    def put(self, kind: str, key: str, **fields: Any) -> Record:
        """What people do: a new record, or an edit of one."""
        self.records[key] = {**self.records.get(key, {}), **fields, "kind": kind, "id": key}
        return self.records[key]

    def list(self, kind: str, **wanted: Any) -> list[Record]:
        """One request: the records of a kind with these values, by id."""
        self._call(f"list {kind}")
        found = (dict(one) for _, one in sorted(self.records.items()) if one["kind"] == kind)
        return [one for one in found if all(one.get(name) == value for name, value in wanted.items())]

    def get(self, key: str) -> Record | None:
        """One request: the record with this id; None if there is none (404)."""
        self._call(f"get {key}")
        return dict(self.records[key]) if key in self.records else None

    def apply(self, step: Step) -> Applied:
        self.before_apply(step)
        self._call(f"{step.verb} {step.kind}")
        if (name := step.fields.get("name")) in self.refuses:
            raise RecordRejected(self.name, self.refuses[str(name)])
        key = str(step.key)
        if step.verb == "create":
            self.made += 1
            key = f"{step.kind}-{self.name[0]}{self.made}"
        if step.verb == "delete":
            del self.records[key]
            return Applied(key)
        record = self.put(step.kind, key, **step.fields)
        if self.lose_answers:
            self.lose_answers -= 1
            raise OutcomeUnknown("no answer came", system=self.name)
        return Applied(key, dict(record))
