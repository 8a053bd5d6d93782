"""History in the table: entries by record, and by flow and time through the `log` index; kept for 400 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from shared.aws.dynamo import Put, Table
from shared.aws.items import Item, fields_of, fields_text
from shared.sync.clock import moment, stamp
from shared.sync.errors import FailedRequest
from shared.sync.history import Entry
from shared.sync.record import FlowKey, Ref, quote

KEPT = timedelta(days=400)
REQUESTS_KEPT = timedelta(days=90)
"""How long it is known that a request failed (MV-05)."""


def entry_item(entry: Entry) -> Item:
    """The item of an entry, for the transaction that it belongs to."""
    return {
        "pk": _history(entry.flow, entry.record),
        "sk": entry.id,
        "type": "history",
        "log_pk": f"{entry.flow.connection}#{entry.flow.flow}",
        "log_sk": f"{stamp(entry.at)}#{entry.id}",
        "expires": int((entry.at + (REQUESTS_KEPT if entry.request else KEPT)).timestamp()),
        "record": str(entry.record),
        "at": entry.at,
        "by": entry.by,
        "what": entry.what,
        "before": fields_text(entry.before),
        "after": fields_text(entry.after),
        "occasion": entry.occasion,
        "conflict": entry.conflict or None,
        "request": asdict(entry.request) if entry.request else None,
    }


class Journal:
    """`shared.sync.ports.Journal` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def record(self, entries: Sequence[Entry]) -> None:
        self._table.write_each(Put(entry_item(entry)) for entry in entries)

    def of_record(self, key: FlowKey, record: Ref) -> Sequence[Entry]:
        """Oldest first, as their ids order them."""
        return [_entry(key, item) for item in self._table.query("#pk = :record", record=_history(key, record))]

    def of_flow(self, key: FlowKey, since: datetime) -> Sequence[Entry]:
        """Oldest first; read from an index, which may lag by a second or so."""
        flow, first = f"{key.connection}#{key.flow}", stamp(since)
        items = self._table.query("#log_pk = :flow AND #log_sk >= :first", index="log", flow=flow, first=first)
        return [_entry(key, item) for item in items]


def _history(key: FlowKey, record: Ref) -> str:
    return f"history#{key.connection}#{key.flow}#{quote(str(record))}"


def _entry(key: FlowKey, item: Item) -> Entry:
    return Entry(
        flow=key,
        record=Ref.parse(item["record"]),
        id=item["sk"],
        at=moment(item["at"]),
        by=item["by"],
        what=item["what"],
        before=fields_of(item["before"]),
        after=fields_of(item["after"]),
        occasion=item.get("occasion", ""),
        conflict=item.get("conflict", False),
        request=FailedRequest(**item["request"]) if "request" in item else None,
    )
