"""Posts what changed in the simulated Zomentum to the one address that is set. All of it is assumed.

A post is a JSON object with `eventId`, `event` (`created`, `updated`, `deleted`), `entity` (`client_company`, ...) and
`id`; the header `X-Zomentum-Signature` holds the HMAC-SHA256 of its raw body by the shared secret, in hex. It is sent
once more after each refusal (another status than 2xx, or none), three times in all.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from infra.local.simulators.posting import Sender, post
from infra.local.simulators.zomentum.entities import ENTITIES

HEADER = "X-Zomentum-Signature"
TRIES = 3
_TOLD = frozenset(
    {"client_company", "client_user", "opportunity", "item", "document", "tax_region", "tax_category"}
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One post: its body, and the status of its last try (0: no answer; None: not sent yet)."""

    body: bytes
    status: int | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What the body says."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Webhooks(Sender):
    """Sends, in a thread of its own while started, what is noted while a `url` is set. `done` keeps what was sent."""

    def __init__(self) -> None:
        super().__init__("webhooks")
        self.url = ""
        self.secret = "demo"  # noqa: S105 (what the simulator signs by)
        self.done: list[Event] = []
        self._number = 0
        self._waiting: deque[Event] = deque()

    def settled(self, timeout: float = 10) -> bool:
        """Wait until nothing waits; False if that took longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def note(self, path: str, record_id: str, what: str) -> None:
        """Hears of a change of a list."""
        entity = ENTITIES[path].name
        if not self.url or entity not in _TOLD:
            return
        self._number += 1
        told = {"eventId": f"evt-{self._number}", "event": what, "entity": entity, "id": record_id}
        with self._changed:
            self._waiting.append(Event(json.dumps(told, separators=(",", ":")).encode()))
            self._changed.notify_all()

    def signature(self, body: bytes) -> str:
        """What the header says of a body."""
        return hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or not self._running)
                if not self._running:
                    return
                event = self._waiting[0]
            status = 0
            for _ in range(TRIES):
                status = post(self.url, event.body, {HEADER: self.signature(event.body)})
                if 200 <= status < 300:
                    break
            with self._changed:
                self._waiting.popleft()
                self.done.append(Event(event.body, status))
                self._changed.notify_all()
