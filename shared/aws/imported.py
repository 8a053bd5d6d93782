"""Imported rows in the table: one item for each, under its flow and scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.aws.dynamo import Delete, Key, Put, Table
from shared.aws.items import fields_of, fields_text
from shared.sync.imported import Row
from shared.sync.record import FlowKey, quote


class Imported:
    """`shared.sync.imported.Imported` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def rows(self, key: FlowKey, scope: str) -> Sequence[Row]:
        found = self._table.query("#pk = :pk", pk=_partition(key, scope))
        return [Row(item["sk"], fields_of(item["fields"])) for item in found]

    def put(self, key: FlowKey, scope: str, rows: Sequence[Row]) -> int:
        known = {row.id: row for row in self.rows(key, scope)}
        news = [row for row in rows if known.get(row.id) != row]
        pk = _partition(key, scope)
        self._table.write_each(
            Put({"pk": pk, "sk": row.id, "type": "imported", "fields": fields_text(row.fields)}) for row in news
        )
        return len(news)

    def remove(self, key: FlowKey, scope: str, ids: Collection[str]) -> None:
        self._table.write_each(Delete(_key(key, scope, id_)) for id_ in ids)


def _partition(key: FlowKey, scope: str) -> str:
    return f"import#{key.connection}#{key.flow}#{quote(scope)}"


def _key(key: FlowKey, scope: str, id_: str) -> Key:
    return _partition(key, scope), id_
