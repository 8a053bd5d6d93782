"""PCRT's records as we read them: our names, only the columns used.

Stock PCRT knows groups (`pc_group`), PCIDs (`pc_owner`) and service contracts (`servicecontracts`), which people call
subscriptions. What Automate group a subscription stands for and whom it lists are columns of the shop's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Group:
    """A customer's group. `url` opens it in PCRT, for people; empty where `systems.pcrt.web_url` is not set."""

    id: int
    name: str
    url: str = ""

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return str(self.id)


@dataclass(frozen=True)
class Asset:
    """A computer, named by its PCID (`id`) for ever.

    `name` is what PCRT calls its owner or the machine, `make` its make and model. `group` is None where it is in none;
    it may name a group that is gone. `serial` is as it stands there, empty where there is none; `extra` is all that
    `pcextra` holds, by field id. `unreadable` says why `pcextra` cannot be read, if it cannot: the asset then has no
    serial that anybody could know of.
    """

    id: int
    name: str
    group: int | None = None
    serial: str = ""
    make: str = ""
    extra: Mapping[int | str, Any] = field(default_factory=dict, hash=False)
    unreadable: str = ""
    url: str = ""

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return str(self.id)


@dataclass(frozen=True)
class Subscription:
    """A subscription, attached to a group or to one PCID (`pcid`), whose group then counts as its own (PC-18).

    `expires` is the last day, None without one. `cwa_group` is the id of the Automate group that it names, None where
    `cwa_group_text` is no such id. `members` are the PCIDs that it lists, each once, in ascending order; `unread` is
    what else stands in that list. `members_text` is the list as it is stored.
    """

    id: int
    name: str
    group: int | None = None
    pcid: int | None = None
    active: bool = True
    expires: date | None = None
    cwa_group: int | None = None
    cwa_group_text: str = ""
    members: tuple[int, ...] = ()
    members_text: str = ""
    unread: tuple[str, ...] = ()
    url: str = ""

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return str(self.id)


def serial_key(serial: str) -> str:
    """What serials are compared by: without the blanks around them, whatever their letters' case."""
    return serial.strip().casefold()
