"""The turns of scopes in the table: `turn#{connection}#{flow}`, one item per scope, due by their own time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace

from shared.aws.dynamo import Delete, Key, Put, Table
from shared.aws.items import Item
from shared.sync.clock import moment
from shared.sync.record import FlowKey, Ref
from shared.sync.turns import Turn

_NEW = "attribute_not_exists(#pk)"
_AS_READ = "#revision = :read"
_MOMENTS = (
    "due",
    "not_before",
    "last_delta",
    "last_comprehensive",
    "last_import",
    "differed",
    "disconnected",
    "ended",
    "wake",
)


class Turns:
    """`shared.sync.ports.KeptTurns` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, key: FlowKey, scopes: Iterable[Ref]) -> dict[Ref, Turn]:
        items = self._table.read(_key(key, scope) for scope in scopes)
        return {turn.scope: turn for turn in map(_turn, items.values())}

    def put(self, key: FlowKey, turn: Turn) -> Turn:
        put = replace(turn, revision=turn.revision + 1)
        values = {"read": turn.revision} if turn.revision else {}
        self._table.write(Put(_item(key, put), _AS_READ if turn.revision else _NEW, values))
        return put

    def remove(self, key: FlowKey, turn: Turn) -> None:
        self._table.write(Delete(_key(key, turn.scope), _AS_READ, {"read": turn.revision}))

    def of_flow(self, key: FlowKey) -> Iterable[Turn]:
        return map(_turn, self._table.query("#pk = :turns", turns=_partition(key)))


def _partition(key: FlowKey) -> str:
    return f"turn#{key.connection}#{key.flow}"


def _key(key: FlowKey, scope: Ref) -> Key:
    return _partition(key), str(scope)


def _item(key: FlowKey, turn: Turn) -> Item:
    pk, sk = _key(key, turn.scope)
    due = {"due_pk": "due", "due_at": turn.next_due} if turn.next_due else {}
    fields = {name: value for name, value in asdict(turn).items() if name != "scope"}
    return {"pk": pk, "sk": sk, "type": "turn", **fields, **due}


def _turn(item: Item) -> Turn:
    kept = {name: value for name, value in item.items() if name not in ("pk", "sk", "type", "due_pk", "due_at")}
    times = {name: moment(kept[name]) for name in _MOMENTS if name in kept}
    return Turn(Ref.parse(item["sk"]), **{**kept, **times})
