"""PCRT as its technicians use it, and the troubles that a database makes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import pymysql
from sqlalchemy import event
from sqlalchemy.engine import Engine

from infra.local.simulators.automate.fleet import FIRST_PCID, fleet
from infra.local.simulators.pcrt import seed as seeding
from infra.local.simulators.pcrt.mariadb import MariaDb
from infra.local.simulators.pcrt.seed import SERIAL_FIELD, serialized
from infra.local.simulators.pcrt.store import File, Place, Row, Store
from infra.local.simulators.server import Fault, Simulator, utc_now

KEYS = {
    "pc_group": "pcgroupid",
    "pc_owner": "pcid",
    "servicecontracts": "scid",
    "mainassetinfofields": "mainassetfieldid",
}
_FIRST = {"pc_group": 100, "pc_owner": FIRST_PCID, "servicecontracts": 1, "mainassetinfofields": 118}


class PcrtSimulator(Simulator):
    """PCRT's database, of user `demo` and password `demo`: SQLite's, or one on `server`.

    `clients`, `computers`, `seed` and `troubles` are those of the simulated Automate, to which it fits (see `seed`).
    While it is started, what this process asks of it is counted by names like `SELECT pc_owner`, and fails on order:
    "status" is a lock that was not to be had, "cut" and "lost_answer" a connection that broke before and after.
    """

    name: ClassVar[str] = "pcrt"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        clients: int = 50,
        computers: int = 2000,
        troubles: bool = True,
        server: MariaDb | None = None,
        engine: str = "MyISAM",
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.place: Place = server.database(engine) if server else File()
        self.store = Store(self.place)
        self.fleet = fleet(seed, clients, computers, troubles=troubles)
        self.seeded = seeding.settle(self.store, self.fleet, clock().date(), troubles=troubles)
        self._started = False

    # Life

    def start(self, port: int = 0) -> str:  # noqa: ARG002 (a file has none)
        """Begins to count and to obey faults; answers the database's URL, which holds no keys."""
        if not self._started:
            event.listen(Engine, "do_execute", self._obey)
            self._started = True
        return self.url

    def stop(self) -> None:
        """Ends what `start` began; the tables stay. Harmless when not started."""
        if self._started:
            event.remove(Engine, "do_execute", self._obey)
            self._started = False

    @property
    def url(self) -> str:
        return self.place.url

    # What is there

    def rows(self, table: str) -> list[Row]:
        """A table's rows by their ids."""
        return self.store.rows(f"SELECT * FROM {table} ORDER BY {KEYS[table]}")  # noqa: S608 (a table of ours)

    def row(self, table: str, id_: int) -> Row:
        """One row; KeyError where there is none."""
        found = self.store.rows(f"SELECT * FROM {table} WHERE {KEYS[table]} = ?", id_)  # noqa: S608
        if not found:
            raise KeyError(id_)
        return found[0]

    def members(self, subscription: int) -> str:
        """The Additional Members of a subscription, as they are stored."""
        return str(self.row("servicecontracts", subscription)["additionalmembers"] or "")

    # What technicians do

    def add_group(self, name: str, id_: int | None = None) -> int:
        """A new customer's group; returns its Group ID."""
        return self._add("pc_group", {"pcgroupname": name, "grpcompany": name}, id_)

    def add_pc(self, name: str, group: int = 0, serial: str = "", make: str = "", id_: int | None = None) -> int:
        """A computer, as Bulk Add on a group's page enters it; returns its PCID."""
        row = {**seeding.pc(0, name, group, serial), "pcmake": make}
        row.pop("pcid")
        return self._add("pc_owner", row, id_)

    def set_serial(self, pcid: int, serial: str) -> None:
        """Sets the serial number of a PCID, with all else that is kept of it as PCRT has it at first."""
        self.edit("pc_owner", pcid, pcextra=serialized({2: "Windows 11 Pro", SERIAL_FIELD: serial}))

    def move_pc(self, pcid: int, group: int) -> None:
        """Puts a PCID into a group; 0 takes it out of any."""
        self.edit("pc_owner", pcid, pcgroupid=group)

    def add_subscription(
        self,
        name: str,
        group: int = 0,
        *,
        pcid: int | None = None,
        cwa_group: str | int = "",
        members: Iterable[int] | str = (),
        active: bool = True,
        expires: date | None = None,
        id_: int | None = None,
    ) -> int:
        """A subscription of a group, or of one PCID; it runs a year if not told otherwise. Returns its id."""
        listed = members if isinstance(members, str) else ",".join(map(str, members))
        until = expires or self.clock().date() + timedelta(days=365)
        row = seeding.subscription(name, group, str(cwa_group), listed, until)
        found = self._add("servicecontracts", {**row, "scactive": int(active)}, id_)
        if pcid is not None:
            self.edit("pc_owner", pcid, scid=found)
        return found

    def set_cwa_group(self, subscription: int, cwa_group: str | int) -> None:
        """Sets the CWA Group on the page of a subscription."""
        self.edit("servicecontracts", subscription, cwagroup=str(cwa_group))

    def set_members(self, subscription: int, members: Iterable[int] | str) -> None:
        """Edits the Additional Members by hand."""
        listed = members if isinstance(members, str) else ",".join(map(str, members))
        self.edit("servicecontracts", subscription, additionalmembers=listed)

    def edit(self, table: str, id_: int, **columns: Any) -> None:
        """Changes columns of one row; KeyError where there is none."""
        self.row(table, id_)
        changes = ", ".join(f"{name} = ?" for name in columns)
        self.store.write(f"UPDATE {table} SET {changes} WHERE {KEYS[table]} = ?", *columns.values(), id_)  # noqa: S608

    def delete(self, table: str, id_: int) -> None:
        """Deletes a row, as PCRT does: what names it is left as it is."""
        self.store.write(f"DELETE FROM {table} WHERE {KEYS[table]} = ?", id_)  # noqa: S608

    def _add(self, table: str, row: Mapping[str, Any], id_: int | None) -> int:
        key = KEYS[table]
        if id_ is None:
            last = self.store.rows(f"SELECT MAX({key}) AS last FROM {table}")[0]["last"]  # noqa: S608
            id_ = max(int(last or 0) + 1, _FIRST[table])
        self.store.insert(table, [{key: id_, **row}])
        return id_

    # What is asked of it

    def _obey(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        """Counts a statement of this database, and fails it on order; False leaves the rest to SQLAlchemy."""
        if context.engine.url.render_as_string() != self.url:
            return False
        asked = _operation(statement)
        with self.lock:
            self.requests[asked] += 1
        fault = self.faults.take(asked)
        if fault is None:
            return False
        if fault.kind == "slow":
            self._stopping.wait(fault.seconds)
            return False
        if fault.kind == "lost_answer":
            cursor.execute(statement, parameters)
        raise self._trouble(fault)

    def _trouble(self, fault: Fault) -> Exception:
        locked = fault.kind == "status"
        if isinstance(self.place, File):
            error = sqlite3.OperationalError("database is locked" if locked else "disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY if locked else sqlite3.SQLITE_IOERR
            return error
        if locked:
            return pymysql.OperationalError(1205, "Lock wait timeout exceeded; try restarting transaction")
        return pymysql.OperationalError(2013, "Lost connection to MySQL server during query")


def _operation(statement: str) -> str:
    """A statement's verb and its table."""
    verb, table = statement.split(None, 1)[0].upper(), re.search(r"(?:FROM|UPDATE)\s+(\w+)", statement)
    return f"{verb} {table[1]}" if table else verb
