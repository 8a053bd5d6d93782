"""Proposals in the table: one item for each record that a person has to approve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shared.aws.dynamo import Delete, Key, Put, Table, Update
from shared.aws.items import Item, fields_of, fields_text
from shared.sync.clock import moment
from shared.sync.plan import Created, Step
from shared.sync.proposal import Proposal
from shared.sync.record import FlowKey, Name, Ref, quote


class Proposals:
    """`shared.sync.proposal.Proposals` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_scope(self, key: FlowKey, scope: Ref) -> Sequence[Proposal]:
        return list(self._starting(key, f"{quote(str(scope))}#"))

    def of_flow(self, key: FlowKey) -> Sequence[Proposal]:
        return list(self._starting(key, ""))

    def put(self, proposal: Proposal) -> None:
        self._table.write(Put(_item(proposal)))

    def judge(self, proposal: Proposal) -> None:
        change = "SET #verdict = :verdict, #by = :by, #at = :at, #reason = :reason"
        values = {
            "verdict": proposal.verdict,
            "by": proposal.by,
            "at": proposal.at,
            "reason": proposal.reason or " ",
            "fingerprint": proposal.fingerprint,
        }
        self._table.write(Update(_key(proposal), change, "#fingerprint = :fingerprint", values))

    def remove(self, proposal: Proposal) -> None:
        self._table.write(Delete(_key(proposal)))

    def _starting(self, key: FlowKey, start: str) -> Iterator[Proposal]:
        pk = f"plan#{key.connection}#{key.flow}"
        if not start:
            return (_proposal(key, item) for item in self._table.query("#pk = :pk", pk=pk))
        found = self._table.query("#pk = :pk AND begins_with(#sk, :start)", pk=pk, start=start)
        return (_proposal(key, item) for item in found)


def _key(proposal: Proposal) -> Key:
    key = proposal.flow
    return f"plan#{key.connection}#{key.flow}", f"{quote(str(proposal.scope))}#{quote(str(proposal.record))}"


def _item(proposal: Proposal) -> Item:
    pk, sk = _key(proposal)
    return {
        "pk": pk,
        "sk": sk,
        "type": "proposal",
        "scope": str(proposal.scope),
        "record": str(proposal.record),
        "name": proposal.name.text,
        "url": proposal.name.url,
        "why": proposal.why,
        "steps": fields_text({"steps": [_step(step) for step in proposal.steps]}),
        "fingerprint": proposal.fingerprint,
        "proposed": proposal.proposed,
        "verdict": proposal.verdict,
        "by": proposal.by,
        "at": proposal.at,
        "reason": proposal.reason,
    }


def _proposal(key: FlowKey, item: Item) -> Proposal:
    return Proposal(
        flow=key,
        scope=Ref.parse(item["scope"]),
        record=Ref.parse(item["record"]),
        name=Name(item.get("name", ""), item.get("url", "")),
        why=item.get("why", ""),
        steps=tuple(_step_of(step) for step in fields_of(item["steps"])["steps"]),
        fingerprint=item["fingerprint"],
        proposed=moment(item["proposed"]),
        verdict=item["verdict"],
        by=item.get("by", ""),
        at=moment(item["at"]) if "at" in item else None,
        reason=item.get("reason", "").strip(),
    )


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "system": step.system,
        "kind": step.kind,
        "verb": step.verb,
        "key": _marked(step.key),
        "fields": _marked(step.fields),
        "before": _marked(step.before),
        "why": step.why,
        "record": str(step.record) if step.record else "",
        "ask": step.ask,
    }


def _step_of(kept: dict[str, Any]) -> Step:
    return Step(
        id=kept["id"],
        system=kept["system"],
        kind=kept["kind"],
        verb=kept["verb"],
        key=_unmarked(kept["key"]),
        fields=_unmarked(kept["fields"]),
        why=kept["why"],
        before=_unmarked(kept["before"]),
        record=Ref.parse(kept["record"]) if kept["record"] else None,
        ask=kept["ask"],
    )


def _marked(value: Any) -> Any:
    """References to earlier creates as maps that survive being kept as fields."""
    if isinstance(value, Created):
        return {"created by step": value.step}
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_marked(item) for item in value)
    return value


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"created by step"}:
            return Created(value["created by step"])
        return {key: _unmarked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_unmarked(item) for item in value)
    return value
