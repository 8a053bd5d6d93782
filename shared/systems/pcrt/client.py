"""PCRT as flows and engine use it: typed reads of groups, PCIDs and subscriptions, and the one write there is.

SQLAlchemy takes a quarter of a second to import, so that this happens only when the database is first asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, Conflict, RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.http import Http
from shared.systems.pcrt import members, php
from shared.systems.pcrt.failures import NAME
from shared.systems.pcrt.models import Asset, Group, Subscription, serial_key

if TYPE_CHECKING:
    from shared.systems.pcrt.database import Database
    from shared.systems.pcrt.statements import Subscriptions
    from shared.systems.rest import Keys

PAGE_SIZE = 5000
CHUNK = 500
"""How many values one statement names."""

SERIALS = 50
"""How many serial numbers one statement looks for."""

_MEMBERS = "the list of Additional Members"

T = TypeVar("T")


class Pcrt:
    """One shop's PCRT, a `System` of the engine's. Errors are those of `shared.sync.errors`.

    `pace_key` is `{host}#{database}`. A list is whole or an error; what is read in pages is read by key.
    """

    name: str = NAME

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._http = http
        parts = urlsplit(settings.base_url)
        self.pace_key = f"{parts.netloc}#{parts.path[1:]}"

    def __repr__(self) -> str:
        return f"Pcrt({self.pace_key})"

    @cached_property
    def _database(self) -> Database:
        from shared.systems.pcrt.database import Database  # noqa: PLC0415 (see above)

        return Database(self._settings, self._keys, self._http)

    @cached_property
    def _statements(self) -> Any:
        from shared.systems.pcrt import statements  # noqa: PLC0415

        return statements

    @cached_property
    def _lists(self) -> Subscriptions:
        found: Subscriptions = self._statements.Subscriptions(
            self._settings.cwa_group_column, self._settings.members_column
        )
        return found

    def check(self) -> None:
        """Asks whether the keys hold, with the secret read anew; CredentialsRefused if they do not."""
        self._database.renew()
        self._database.rows(self._statements.ping(), "a question")

    def server_time(self) -> datetime:
        """The clock of the database server, in UTC; ours where SQLite has none."""
        if self._database.embedded:
            return self._clock.now()
        moment = self._database.rows(self._statements.time(), "the question for its time")[0][0]
        if not isinstance(moment, datetime):
            raise RetryLater("PCRT's database does not say what time it is there", system=NAME)
        return moment.replace(tzinfo=UTC)

    def may_read(self, what: str) -> None:
        """Reads as little of a table as can be read; ConfigurationWrong where the user has no right to it."""
        self._database.rows(self._statements.any_of(what), f"a question for {what}")

    def may_write(self) -> None:
        """Writes the members of no subscription at all; ConfigurationWrong where the user has no right to."""
        self._database.change(self._lists.rewrite_none(), f"a change of {_MEMBERS}")

    # Groups

    def groups(self, ids: Iterable[int]) -> dict[int, Group]:
        """The groups with these ids; those that do not exist are left out."""
        return {group.id: group for chunk in _chunks(ids) for group in self._groups(chunk)}

    def all_groups(self) -> list[Group]:
        """Every group, by id."""
        return self._groups(None)

    def _groups(self, ids: Sequence[int] | None) -> list[Group]:
        rows = self._database.rows(self._statements.groups(ids), "the list of groups")
        return [
            Group(int(id_), str(name or ""), self._url("group.php?func=viewgroup&pcgroupid=", id_))
            for id_, name in rows
        ]

    # PCIDs

    def assets_by_id(self, ids: Iterable[int]) -> dict[int, Asset]:
        """The assets with these PCIDs; those that do not exist are left out."""
        found = self._assets(self._statements.assets(chunk) for chunk in _chunks(ids))
        return {asset.id: asset for asset in found}

    def assets_of_groups(self, groups: Iterable[int]) -> dict[int, list[Asset]]:
        """The assets in each of these groups, by PCID."""
        wanted = list(dict.fromkeys(groups))
        found: dict[int, list[Asset]] = {group: [] for group in wanted}
        for asset in self._assets(self._statements.assets_of(chunk) for chunk in _chunks(wanted)):
            if asset.group is not None:
                found[asset.group].append(asset)
        return found

    def assets_by_serial(self, serials: Iterable[str]) -> dict[str, list[Asset]]:
        """The assets with each of these serial numbers, by `serial_key`; an empty one finds nothing.

        The database looks for the letters anywhere in `pcextra`, which it cannot read; we read what it finds. For a
        serial number of other than ASCII letters every asset is read.
        """
        wanted: dict[str, list[Asset]] = {key: [] for key in map(serial_key, serials) if key}
        if all(key.isascii() for key in wanted):
            asked = (self._statements.assets_holding(chunk) for chunk in _chunks(wanted, SERIALS))
            found = self._assets(asked)
        else:
            found = self.all_assets()
        for asset in {asset.id: asset for asset in found}.values():
            if (key := serial_key(asset.serial)) in wanted:
                wanted[key].append(asset)
        return {key: sorted(assets, key=lambda asset: asset.id) for key, assets in wanted.items() if assets}

    def all_assets(self) -> Iterator[Asset]:
        """Every asset by PCID, read in pages as they are asked for."""
        behind = 0
        while True:
            rows = self._database.rows(self._statements.assets_behind(behind, PAGE_SIZE), "a page of PCIDs")
            yield from map(self._asset, rows)
            if len(rows) < PAGE_SIZE:
                return
            behind = int(rows[-1][0])

    def serial_field(self) -> int:
        """The field of `pcextra` that holds serial numbers, by its matchword; ConfigurationWrong where there is none.

        104 in stock PCRT.
        """
        return self._serial_field

    @cached_property
    def _serial_field(self) -> int:
        rows = self._database.rows(self._statements.serial_fields(), "the list of asset fields")
        if not rows:
            raise ConfigurationWrong(
                "No asset field of PCRT's is the one for serial numbers",
                where="PCRT: the table mainassetinfofields",
                fix="Give the field for serial numbers (104 as PCRT is delivered) the matchword serial.",
            )
        return int(rows[0][0])

    def _assets(self, asked: Iterable[Any]) -> Iterator[Asset]:
        for statement in asked:
            yield from map(self._asset, self._database.rows(statement, "the list of PCIDs"))

    def _asset(self, row: Sequence[Any]) -> Asset:
        pcid, name, make, group, stored = row
        extra, unreadable = {}, ""
        try:
            extra = php.read(stored)
        except php.Unreadable as fault:
            unreadable = str(fault)
        serial = extra.get(self._serial_field)
        return Asset(
            id=int(pcid),
            name=str(name or ""),
            group=int(group or 0) or None,
            serial=str(serial) if isinstance(serial, (str, int)) else "",
            make=str(make or ""),
            extra=extra,
            unreadable=unreadable,
            url=self._url("pc.php?func=showpc&pcid=", pcid),
        )

    # Subscriptions

    def subscriptions_of(self, groups: Iterable[int]) -> dict[int, list[Subscription]]:
        """The subscriptions of each of these groups, by id; those of a PCID count for that PCID's group."""
        wanted = list(dict.fromkeys(groups))
        found: dict[int, list[Subscription]] = {group: [] for group in wanted}
        for chunk in _chunks(wanted):
            for subscription in self._subscriptions(chunk):
                if subscription.group is not None:
                    found[subscription.group].append(subscription)
        return found

    def all_subscriptions(self) -> list[Subscription]:
        """Every subscription, by id."""
        return self._subscriptions(None)

    def columns(self) -> dict[str, bool]:
        """Whether the two columns are there that settings name: `cwa_group_column`, `members_column`."""
        return {f"{name}_column": self._has(name) for name in ("cwa_group", "members")}

    def _has(self, name: str) -> bool:
        try:
            self._database.rows(self._lists.column(name), "a question for a column")
        except ConfigurationWrong as wrong:
            if wrong.where == f"systems.{NAME}.{name}_column":
                return False
            raise
        return True

    def _subscriptions(self, groups: Sequence[int] | None) -> list[Subscription]:
        rows = self._database.rows(self._lists.of_groups(groups), "the list of subscriptions")
        found = [self._subscription(row) for row in rows]
        for one, following in pairwise(found):
            if one.id == following.id:
                raise self._several(one.id)
        return found

    def _subscription(self, row: Sequence[Any]) -> Subscription:
        id_, name, group, active, expires, cwa_group, listed, pcid, pcid_group = row
        cwa_group, listed = _text(cwa_group), _text(listed)
        pcids, unread = members.read(listed)
        return Subscription(
            id=int(id_),
            name=str(name or ""),
            group=int(group or pcid_group or 0) or None,
            pcid=int(pcid) if pcid is not None else None,
            active=bool(int(active or 0)),
            expires=_date(expires),
            cwa_group=members.number(cwa_group),
            cwa_group_text=cwa_group,
            members=pcids,
            members_text=listed,
            unread=unread,
            url=self._url("msp.php?func=viewservicecontract&scid=", id_),
        )

    # Writing

    def apply(self, step: Step) -> Applied:
        """Replaces the members of a subscription, if they still are those of the step's `before`.

        Raises Conflict where somebody changed them meanwhile, RecordRejected (`NotFound`) where the subscription is
        gone; ValueError for a step that no flow can mean.
        """
        key, before, after = _rewriting(step)
        stored = self._stored(key)
        if members.read(stored)[0] != before:
            raise Conflict(f"the members of PCRT's subscription {key} are no longer what they were")
        wanted = members.write(after)
        if stored != wanted:
            found = self._database.change(self._lists.rewrite(key, stored, wanted), f"a change of {_MEMBERS}")
            if not found:
                raise Conflict(f"the members of PCRT's subscription {key} were changed meanwhile")
        return Applied(str(key), {"members": after})

    def _stored(self, subscription: int) -> str:
        rows = self._database.rows(self._lists.members(subscription), _MEMBERS)
        if not rows:
            raise RecordRejected(NAME, f"{_MEMBERS} of subscription {subscription} is not there", code="NotFound")
        if len(rows) > 1:
            raise self._several(subscription)
        return _text(rows[0][0])

    def _several(self, subscription: int) -> ConfigurationWrong:
        columns = f"{self._settings.cwa_group_column} or {self._settings.members_column}"
        return ConfigurationWrong(
            f"{columns} stands several times for subscription {subscription}",
            where=f"systems.{NAME}",
            fix="Name columns that each subscription has once.",
        )

    def _url(self, page: str, id_: object) -> str:
        return f"{self._settings.web_url}/repair/{page}{id_}" if self._settings.web_url else ""


def _rewriting(step: Step) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """The subscription of a step, its members before and after."""
    if step.kind != "subscription" or step.verb != "update" or set(step.fields) != {"members"}:
        raise ValueError(f"PCRT cannot {step.verb} {sorted(step.fields)} of a {step.kind}")
    key = members.number(step.key) if isinstance(step.key, str) else None
    if key is None or "members" not in step.before:
        raise ValueError("a change of members names its subscription, and the members before")
    return key, tuple(sorted(map(int, step.before["members"]))), tuple(sorted(set(map(int, step.fields["members"]))))


def _chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return "" if value is None else str(value)


def _date(value: object) -> date | None:
    """A day as either database gives it; None for none, and for MySQL's day zero."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
