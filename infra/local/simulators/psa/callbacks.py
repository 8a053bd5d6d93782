"""Simulated callbacks: which may be registered, what they are told of, and how they are sent (contract section 5).

A callback goes only to loopback addresses; one registered for another host is taken, as the real server takes it,
and its deliveries are noted as not sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.local.simulators.posting import Sender, post
from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule
from infra.local.simulators.psa.store import ROOT, Row

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

RESOURCE = "callbackEntry"
REPEATED = frozenset({404, 409, 419, 429})
PAUSES = (2, 4)
"""Seconds before the second and the third try."""
BAD_DAYS = 3
LEVELS: Mapping[str, Mapping[str, str]] = {
    "activity": {"owner": "", "status": "status", "type": "type", "company": "company", "activity": "id"},
    "agreement": {"owner": "", "type": "type", "company": "company", "agreement": "id"},
    "company": {"owner": "", "status": "status", "type": "types", "territory": "territory", "company": "id",
                "integratortag": "integratorTags"},
    "contact": {"owner": "", "type": "types", "territory": "companyLocation", "company": "company", "contact": "id"},
    "configuration": {"owner": "", "type": "type", "status": "status", "configuration": "id"},
    "invoice": {"owner": "", "status": "status", "company": "company", "invoice": "id"},
    "expense": {"owner": "", "chargetotype": "chargeToId", "type": "type", "class": "classification",
                "company": "company", "expense": "id"},
    "member": {"owner": "", "location": "defaultLocation", "securityrole": "securityRole", "member": "id"},
    "opportunity": {"owner": "", "statusid": "status", "company": "company", "opportunity": "id"},
    "productcatalog": {"owner": ""},
    "project": {"owner": "", "status": "status", "board": "board", "project": "id"},
    "purchaseorder": {"owner": "", "status": "status", "vendor": "vendor", "company": "company", "purchaseorder": "id"},
    "schedule": {"owner": "", "status": "status", "type": "type", "location": "where", "member": "member",
                 "schedule": "id"},
    "ticket": {"owner": "", "board": "board", "project": "project", "phase": "phase", "status": "status",
               "ticket": "id", "integratortag": "integratorTags"},
    "time": {"owner": "", "company": "company", "time": "id"},
}  # fmt: skip
"""The field that each level of each type looks at; the owner's level looks at none."""
_NAMESPACE = uuid.UUID("2b8e2f0e-9d1c-4a57-8a51-0d6c2f7c9f10")


class CallbackEntry(Rule):
    """What may be registered."""

    def complete(self, draft: Draft) -> None:
        row = draft.row
        if row.get("objectId") == 0 and str(row.get("level")).lower() == "owner":
            row["objectId"] = 1
        members = draft.records.store.rows("member").find(("identifier",), [draft.by])
        row["memberId"] = min(members, default=0)
        row["payloadVersion"] = "3.0.0"
        row["connectWiseID"] = str(
            uuid.uuid5(_NAMESPACE, json.dumps([row.get("url"), row.get("type"), row.get("level")]))
        )

    def check(self, draft: Draft) -> list[Violation]:
        row, wrong = draft.row, []
        split = urlsplit(str(row.get("url", "")))
        if "url" in row and (split.scheme not in {"http", "https"} or not split.hostname):
            wrong.append(Violation("InvalidField", "Invalid URL", "url"))
        kind, level = (str(row.get(name, "")).lower() for name in ("type", "level"))
        if level and level not in LEVELS.get(kind, {}):
            text = "Unrecognized level for type, see documentation for supported levels for each type"
            wrong.append(Violation("InvalidObject", text, "level"))
        for other in draft.records.store.rows(RESOURCE):
            same = all(
                _folded(other.get(name)) == _folded(row.get(name)) for name in ("url", "type", "level", "objectId")
            )
            if same and other["id"] != (draft.old or {}).get("id"):
                wrong.append(Violation("ObjectExists", "A matching callback entry already exists", "objectId"))
        return wrong


@dataclass(frozen=True)
class Delivery:
    """One callback on its way. `status` is that of the last try: None before it, 0 where there was no answer."""

    entry: int
    url: str
    body: bytes
    due: datetime
    tries: int = 0
    status: int | None = None


class Callbacks(Sender):
    """Sends what the registered entries are owed, in a thread of its own while started.

    Retries wait by the simulator's clock; a clock that a test turns is looked at every `PAUSE` seconds.
    """

    PAUSE = 0.02

    def __init__(self, records: Records, seed: int, lock: threading.RLock) -> None:
        super().__init__("callbacks", lock)
        self.records = records
        self.origin = ""
        """The address that key_url names."""
        self.done: list[Delivery] = []
        """What was sent, or given up, oldest first."""
        self._lock = lock
        self._seed = seed
        self._number = 0
        self._waiting: list[Delivery] = []
        self._bad_days: dict[int, list[date]] = {}
        records.listeners.append(self._note)

    def start(self, origin: str) -> None:
        """Begin to send."""
        self.origin = origin
        self.begin()

    def settled(self, timeout: float = 10) -> bool:
        """Wait until nothing is due by the clock; False if that took longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not any(self._is_due(each) for each in self._waiting), timeout)

    def signing_key(self, guid: str) -> str:
        """The key of an entry, as key_url answers it."""
        return hashlib.sha256(f"{self._seed}:{guid}".encode()).hexdigest()

    def guid(self, entry: int) -> str:
        """The id by which key_url names an entry."""
        return str(uuid.uuid5(_NAMESPACE, f"{self._seed}:{entry}"))

    def _note(self, change: Change) -> None:
        kind = change.entity.callback
        if not kind or change.body.get("skipCallback"):
            return
        for entry in self.records.store.rows(RESOURCE):
            if str(entry["type"]).lower() == kind and not entry.get("inactiveFlag") and self._concerns(entry, change):
                with self._changed:
                    self._waiting.append(self._delivery(entry, change))
                    self._changed.notify_all()

    def _concerns(self, entry: Row, change: Change) -> bool:
        member = self.records.store.rows("member").get(entry.get("memberId", 0)) or {}
        if entry.get("isSelfSuppressedFlag") and member.get("identifier") == change.by:
            return False
        name = LEVELS.get(str(entry["type"]).lower(), {}).get(str(entry["level"]).lower())
        if not name:
            return name == ""
        value = change.row.get(name)
        values = value if isinstance(value, list) else [value]
        return any((each.get("id") if isinstance(each, dict) else each) == entry["objectId"] for each in values)

    def _delivery(self, entry: Row, change: Change) -> Delivery:
        settings = self.records.settings
        self._number += 1
        key_url = (
            f"{self.origin}/{settings.codebase}/system/callbackkey/index.rails"
            f"?companyName={settings.company}&id={self.guid(entry['id'])}"
        )
        entity = (
            None if change.new is None else _summary(change).replace(ROOT, f"{self.origin}/{settings.codebase}apis/3.0")
        )
        payload = {
            "MessageId": str(uuid.uuid5(_NAMESPACE, f"{self._seed}:message:{self._number}")),
            "FromUrl": urlsplit(self.origin).netloc,
            "CompanyId": settings.company,
            "MemberId": change.by,
            "Action": change.action,
            "Type": change.entity.callback,
            "ID": change.record,
            "ProductInstanceId": "5f0000000000000000000001",
            "PartnerId": "5f0000000000000000000002",
            "Entity": entity,
            "Metadata": {"key_url": key_url},
            "CallbackObjectRecId": entry["id"],
        }
        body = json.dumps(payload, separators=(",", ":")).encode()
        url = f"{entry['url']}{change.record}&action={change.action}"
        return Delivery(entry["id"], url, body, self.records.clock())

    def _is_due(self, delivery: Delivery) -> bool:
        return delivery.due <= self.records.clock()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._running and not any(self._is_due(each) for each in self._waiting):
                    self._changed.wait(self.PAUSE if self._waiting else None)
                if not self._running:
                    return
                delivery = next(each for each in self._waiting if self._is_due(each))
            status = self._send(delivery)
            with self._changed:
                self._waiting.remove(delivery)
                self._after(replace(delivery, tries=delivery.tries + 1, status=status))
                self._changed.notify_all()

    def _after(self, delivery: Delivery) -> None:
        if delivery.status in REPEATED and delivery.tries <= len(PAUSES):
            due = self.records.clock() + timedelta(seconds=PAUSES[delivery.tries - 1])
            self._waiting.append(replace(delivery, due=due))
            return
        self.done.append(delivery)
        days = self._bad_days.setdefault(delivery.entry, [])
        today = self.records.clock().date()
        if delivery.status is not None and 200 <= delivery.status < 300:
            days.clear()
        elif today not in days:
            if days and today - days[-1] != timedelta(days=1):
                days.clear()
            days.append(today)
        if len(days) >= BAD_DAYS and delivery.entry in self.records.store.rows(RESOURCE):
            self.records.amend(RESOURCE, delivery.entry, {"inactiveFlag": True})

    def _send(self, delivery: Delivery) -> int:
        """The status of the answer; 0 where there was none."""
        key = hashlib.sha256(self.signing_key(self.guid(delivery.entry)).encode()).digest()
        signature = base64.b64encode(hmac.new(key, delivery.body, hashlib.sha256).digest()).decode()
        return post(delivery.url, delivery.body, {"x-content-signature": signature})


def _summary(change: Change) -> str:
    """The record as callbacks carry it: no lists, no custom fields, references without id and name."""
    shown = {
        name: {"_info": value["_info"]} if isinstance(value, dict) and name != "_info" and "_info" in value else value
        for name, value in change.row.items()
        if not isinstance(value, list)
    }
    if change.entity.resource == "projectTicket":
        shown["recordType"] = "ProjectTicket"
    return json.dumps(shown, separators=(",", ":"))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


RULES: Mapping[str, Rule] = {RESOURCE: CallbackEntry()}
