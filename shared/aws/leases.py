"""Short claims, and until when a tenant wants no requests, in the table.

Every reader compares the time in the item: TTL removes it only some hours or days later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.aws.dynamo import Delete, Key, Put, Table, Update
from shared.sync.clock import moment
from shared.sync.errors import Conflict

_LEFT = timedelta(days=1)


class Leases:
    """`shared.sync.ports.Leases` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def acquire(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        pk, sk = _lease(name)
        item = {"pk": pk, "sk": sk, "type": "lease", "holder": holder, "until": until, "expires": _expires(until)}
        condition = "attribute_not_exists(#pk) OR #holder = :holder OR #until <= :now"
        try:
            self._table.write(Put(item, condition, {"holder": holder, "now": now}))
        except Conflict:
            return False
        return True

    def release(self, name: str, holder: str) -> None:
        """See the port; does nothing where the lease is another's by now."""
        try:
            self._table.write(Delete(_lease(name), "#holder = :holder", {"holder": holder}))
        except Conflict:
            return

    def held(self, name: str, now: datetime) -> bool:
        item = self._table.get(_lease(name))
        return item is not None and moment(item["until"]) > now

    def all_held(self, names: Iterable[str], now: datetime) -> frozenset[str]:
        found = self._table.read(_lease(name) for name in names)
        return frozenset(name for (_, name), item in found.items() if moment(item["until"]) > now)

    def pace(self, pace_key: str, now: datetime) -> datetime | None:
        item = self._table.get(_pace(pace_key))
        until = moment(item["until"]) if item else None
        return until if until and until > now else None

    def slow_down(self, pace_key: str, until: datetime) -> None:
        """See the port; a time already set is never made shorter."""
        try:
            self._table.write(
                Update(
                    _pace(pace_key),
                    "SET #type = :pace, #until = :until, #expires = :expires",
                    "attribute_not_exists(#pk) OR #until < :until",
                    {"pace": "pace", "until": until, "expires": _expires(until)},
                )
            )
        except Conflict:  # somebody was told to wait even longer
            return


def _lease(name: str) -> Key:
    return f"lease#{name}", name


def _pace(pace_key: str) -> Key:
    return f"lease#pace#{pace_key}", "pace"


def _expires(until: datetime) -> int:
    return int((until + _LEFT).timestamp())
