"""What is asked of PCRT's tables, as SQLAlchemy Core statements; every UPDATE names one row and what stood there.

Names of tables and columns are those of stock PCRT 9.6. The two columns that it lacks are of the shop's own: settings
name them as `table.column`, in `servicecontracts` or in another table that has a `scid`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

SERIAL_WORD = "serial"
"""The `matchword` of the field that holds serial numbers."""

_GROUPS = sa.table("pc_group", sa.column("pcgroupid"), sa.column("pcgroupname"))
_ASSETS = sa.table(
    "pc_owner",
    *map(sa.column, ("pcid", "pcname", "pcmake", "pcgroupid", "pcextra", "scid")),
)
_FIELDS = sa.table("mainassetinfofields", sa.column("mainassetfieldid"), sa.column("matchword"))
_CONTRACTS = "servicecontracts"
_CONTRACT = ("scid", "scname", "groupid", "scactive", "scexpdate")
_UTF8 = sa.String().with_variant(mysql.CHAR(charset="utf8mb4"), "mysql", "mariadb")
_ESCAPE = "|"


def ping() -> sa.Select[Any]:
    """Asks for nothing but an answer."""
    return sa.select(sa.literal_column("1"))


def time() -> sa.Select[Any]:
    """The clock of MySQL or MariaDB, in UTC."""
    return sa.select(sa.func.utc_timestamp(6))


def any_of(table: str) -> sa.Select[Any]:
    """Asks whether a table has a row: whether it may be read."""
    return sa.select(sa.literal_column("1")).select_from(sa.table(table)).limit(1)


def groups(ids: Collection[int] | None) -> sa.Select[Any]:
    """Groups, by id: these, or all."""
    return _some(sa.select(_GROUPS.c.pcgroupid, _GROUPS.c.pcgroupname).order_by(_GROUPS.c.pcgroupid), _GROUPS.c[0], ids)


def serial_fields() -> sa.Select[Any]:
    """The fields of `pcextra` that hold serial numbers, the oldest first."""
    field = _FIELDS.c.mainassetfieldid
    return sa.select(field).where(_FIELDS.c.matchword == SERIAL_WORD).order_by(field)


def assets(ids: Collection[int]) -> sa.Select[Any]:
    """Assets with these PCIDs."""
    return _some(_asset(), _ASSETS.c.pcid, ids)


def assets_of(group_ids: Collection[int]) -> sa.Select[Any]:
    """The assets in these groups."""
    return _some(_asset(), _ASSETS.c.pcgroupid, group_ids)


def assets_behind(pcid: int, most: int) -> sa.Select[Any]:
    """The next assets by PCID."""
    return _asset().where(_ASSETS.c.pcid > pcid).limit(most)


def assets_holding(texts: Collection[str]) -> sa.Select[Any]:
    """The assets in whose `pcextra` one of these (ASCII, lower case) stands anywhere, in any letter case."""
    extra = sa.func.lower(_ASSETS.c.pcextra)
    return _asset().where(sa.or_(*(extra.contains(text, autoescape=True, escape=_ESCAPE) for text in texts)))


class Subscriptions:
    """The statements that touch the two private columns, which settings name."""

    def __init__(self, cwa_group: str, members: str) -> None:
        places = {"cwa_group": cwa_group.split("."), "members": members.split(".")}
        columns: dict[str, dict[str, None]] = {_CONTRACTS: dict.fromkeys(_CONTRACT)}
        for table, column in places.values():
            columns.setdefault(table, {"scid": None})[column] = None
        tables = {name: sa.table(name, *map(sa.column, theirs)) for name, theirs in columns.items()}
        self._contracts = tables[_CONTRACTS]
        self._others = [table for name, table in tables.items() if name != _CONTRACTS]
        self._private = {name: tables[table].c[column] for name, (table, column) in places.items()}
        self._members = self._private["members"]
        self._members_table = tables[places["members"][0]]

    def of_groups(self, group_ids: Collection[int] | None) -> sa.Select[Any]:
        """The subscriptions of these groups, or all, by id, with the PCID that one without a group is attached to."""
        contracts = self._contracts.c
        named = _ASSETS.alias("named")
        first = sa.select(sa.func.min(named.c.pcid)).where(named.c.scid == contracts.scid).scalar_subquery()
        source = self._contracts.outerjoin(_ASSETS, sa.and_(contracts.groupid == 0, _ASSETS.c.pcid == first))
        for table in self._others:
            source = source.outerjoin(table, table.c.scid == contracts.scid)
        found = (
            sa.select(
                contracts.scid,
                contracts.scname,
                contracts.groupid,
                contracts.scactive,
                contracts.scexpdate,
                *self._private.values(),
                _ASSETS.c.pcid,
                _ASSETS.c.pcgroupid,
            )
            .select_from(source)
            .order_by(contracts.scid)
        )
        if group_ids is None:
            return found
        return found.where(sa.or_(contracts.groupid.in_(group_ids), _ASSETS.c.pcgroupid.in_(group_ids)))

    def members(self, subscription: int) -> sa.Select[Any]:
        """The list of one subscription: as many rows as its table has of it."""
        return sa.select(self._members).where(self._members_table.c.scid == subscription)

    def rewrite(self, subscription: int, before: str, after: str) -> sa.Update:
        """Replaces the list of one subscription if it still is `before`, to the byte; an absent one counts as empty.

        One statement is one transaction, in InnoDB as in MyISAM, which has no other. Comparing texts would take
        letters of any case, and blanks at the end, for the same.
        """
        stored = sa.cast(sa.func.coalesce(self._members, ""), _UTF8)
        same = sa.cast(stored, sa.LargeBinary()) == before.encode()
        table = self._members_table
        return sa.update(table).where(table.c.scid == subscription, same).values({self._members.name: after})

    def rewrite_none(self) -> sa.Update:
        """Writes the list of no subscription: whether one may."""
        table = self._members_table
        return sa.update(table).where(table.c.scid == 0, sa.false()).values({self._members.name: ""})

    def column(self, name: str) -> sa.Select[Any]:
        """Asks for no row of the column `cwa_group` or `members`."""
        return sa.select(self._private[name]).where(sa.false())


def _asset() -> sa.Select[Any]:
    columns = _ASSETS.c
    chosen = (columns.pcid, columns.pcname, columns.pcmake, columns.pcgroupid, columns.pcextra)
    return sa.select(*chosen).order_by(columns.pcid)


def _some(statement: sa.Select[Any], column: sa.ColumnElement[Any], values: Collection[int] | None) -> sa.Select[Any]:
    return statement if values is None else statement.where(column.in_(values))
