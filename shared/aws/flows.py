"""Connections, the state of their flows, and what of all this is due, in the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.aws.dynamo import Key, Put, Table, Update
from shared.aws.items import Item
from shared.sync.clock import moment, stamp
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, Conflict
from shared.sync.ports import Due, FlowState, Run
from shared.sync.record import FlowKey, Ref, unquote

_OURS = "#run.#id = :run"
_NEXT = "#type = :flow, #due_at = :next, #due_pk = :due"
_NOBODYS = "attribute_not_exists(#paused_by)"
_LIKE_A_KEY = re.compile(r"(.*[_-])?(password|passwd|secret|token|private_?key|api_?key)", re.IGNORECASE)


class Flows:
    """`shared.sync.ports.Flows` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def connection(self, connection: str) -> Connection | None:
        item = self._table.get(_config(connection))
        return _connection(item) if item else None

    def connections(self) -> Sequence[Connection]:
        """By id."""
        ids = [item["sk"] for item in self._table.query("#pk = :list", list="connections")]
        items = self._table.read(_config(connection) for connection in ids)
        return [_connection(items[_config(connection)]) for connection in ids if _config(connection) in items]

    def put_connection(self, connection: Connection) -> None:
        """See the port. ConfigurationWrong if a system's settings hold what belongs in its secret."""
        _refuse_keys(connection)
        pk, sk = _config(connection.id)
        listed = {"pk": "connections", "sk": connection.id, "type": "listed"}
        config = {"pk": pk, "sk": sk, "type": "connection", "config": connection.model_dump_json()}
        self._table.write_together([Put(config), Put(listed)])

    def state(self, key: FlowKey) -> FlowState:
        item = self._table.get(_key(key))
        return _state(key, item) if item else FlowState(key)

    def claim(self, key: FlowKey, run: Run, now: datetime) -> bool:
        """See the port; a paused flow is not claimed, so that a run and a pause never stand together."""
        return self._tried(
            key,
            "SET #type = :flow, #run = :run",
            "attribute_not_exists(#paused) AND (attribute_not_exists(#run) OR #run.#expires <= :now OR #run.#id = :id)",
            run={**asdict(run), "started": stamp(run.started), "expires": stamp(run.expires)},
            now=now,
            id=run.id,
        )

    def extend(self, key: FlowKey, run: str, until: datetime) -> bool:
        return self._tried(key, "SET #type = :flow, #run.#expires = :until", _OURS, run=run, until=until)

    def finish(
        self,
        key: FlowKey,
        run: Run,
        *,
        cursor: Mapping[str, str],
        at: datetime,
        due: datetime,
        counts: Mapping[str, int],
    ) -> bool:
        change = f"SET {_NEXT}, #cursor = :cursor, #counts = :counts, "
        change += "#last_delta = :at" if run.mode == "delta" else "#last_comprehensive = :at, #rules = :rules"
        values: dict[str, Any] = {"run": run.id, "cursor": cursor, "counts": counts, "at": at}
        if run.mode == "comprehensive":
            values["rules"] = run.rules
        return self._tried(key, f"{change} REMOVE #run", _OURS, **values, next=due, due="due")

    def abandon(self, key: FlowKey, run: Run, *, due: datetime) -> None:
        """See the port; does nothing where the run is no longer the current one."""
        self._tried(key, f"SET {_NEXT} REMOVE #run", _OURS, run=run.id, next=due, due="due")

    def set_due(self, key: FlowKey, due: datetime) -> None:
        """See the port; does nothing where the flow is paused, which goes on at once when it goes on."""
        self._tried(key, f"SET {_NEXT}", "attribute_not_exists(#paused)", next=due, due="due")

    def start(self, key: FlowKey, document: str, now: datetime) -> None:
        """See the port. Cut short between the two writes, it is paused as before, and is started again."""
        self._tried(key, "SET #type = :flow, #started = :document", "", document=document)
        if not self.resume(key, now):
            self.set_due(key, now)

    def pause(self, key: FlowKey, reason: str, *, by: str = "") -> bool:
        change, ended = "SET #type = :flow, #paused = :reason", "REMOVE #due_pk, #due_at, #run"
        if by:
            return self._tried(key, f"{change}, #paused_by = :by {ended}", "", reason=reason, by=by)
        return self._tried(key, f"{change} {ended}", _NOBODYS, reason=reason)

    def resume(self, key: FlowKey, now: datetime, *, by: str = "") -> bool:
        """See the port; a flow that is not paused does not go on."""
        change = f"SET {_NEXT} REMOVE #paused, #paused_by, #rules"
        paused = "attribute_exists(#paused)"
        return self._tried(key, change, paused if by else f"{paused} AND {_NOBODYS}", next=now, due="due")

    def due(self, now: datetime) -> Iterable[Due]:
        """See the port. The index may lag by a second or so; what is due stays in it until somebody moves it."""
        items = self._table.query("#due_pk = :due AND #due_at <= :now", index="due", due="due", now=now)
        return map(_due, items)

    def _tried(self, key: FlowKey, change: str, condition: str, **values: Any) -> bool:
        try:
            self._table.write(Update(_key(key), change, condition, {"flow": "flow", **values}))
        except Conflict:
            return False
        return True


def _config(connection: str) -> Key:
    return f"connection#{connection}", "config"


def _key(key: FlowKey) -> Key:
    return f"connection#{key.connection}", f"flow#{key.flow}"


def _connection(item: Item) -> Connection:
    try:
        return Connection.model_validate_json(item["config"])
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    name = item["pk"].removeprefix("connection#")
    raise ConfigurationWrong(
        f"The settings of connection {name} cannot be read: {faults}.",
        where=f"item {item['pk']} / {item['sk']} of the table",
        fix="Correct the connection's config file and load it again.",
    )


def _refuse_keys(connection: Connection) -> None:
    for system, settings in connection.systems.items():
        if keys := [name for name in settings.model_extra or {} if _LIKE_A_KEY.fullmatch(name)]:
            raise ConfigurationWrong(
                f"The settings of connection {connection.id} hold keys, which are never kept in the table.",
                where=", ".join(f"systems.{system}.{name}" for name in keys),
                fix=f"Put them into the secret {system}/{connection.id} instead, and take them out of the settings.",
            )


def _state(key: FlowKey, item: Item) -> FlowState:
    run = item.get("run")
    return FlowState(
        key=key,
        cursor=item.get("cursor", {}),
        run=Run(**{**run, "started": moment(run["started"]), "expires": moment(run["expires"])}) if run else None,
        last_delta=_moment(item, "last_delta"),
        last_comprehensive=_moment(item, "last_comprehensive"),
        due=_moment(item, "due_at"),
        paused=item.get("paused", ""),
        paused_by=item.get("paused_by", ""),
        rules=item.get("rules", ""),
        started=item.get("started", ""),
        counts=item.get("counts", {}),
    )


def _moment(item: Item, name: str) -> datetime | None:
    return moment(item[name]) if name in item else None


def _due(item: Item) -> Due:
    at = moment(item["due_at"])
    sort, _, rest = item["pk"].partition("#")
    if sort == "turn":
        return Due(FlowKey(*rest.split("#")), at, Ref.parse(item["sk"]), turn=True)
    if sort == "link":
        connection, flow = rest.split("#")
        occasion = f"intent#{item['token']}" if "token" in item else f"again#{item['due_at']}"
        return Due(FlowKey(connection, flow), at, Ref.parse(item["sk"]), occasion)
    sort, flow, *parts = item["sk"].split("#", 4)
    if sort == "flow":
        return Due(FlowKey(rest, flow), at, occasion=item["due_at"])
    # One look settles every issue of a scope that is due by then, whatever their codes and records.
    return Due(FlowKey(rest, flow), at, Ref.parse(unquote(parts[0])), f"retry#{item['due_at']}")
