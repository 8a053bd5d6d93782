"""How simulators post what changed to whoever wants to hear it: once, and to loopback addresses only."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LOG = logging.getLogger(__name__)
TIMEOUT = 5.0
TRIES = 3
"""How often an event is posted that is refused."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Posts JSON; the status of the answer, 0 where there was none."""
    split = urlsplit(url)
    if split.hostname not in _LOOPBACK or split.scheme != "http":
        LOG.warning("the post to %s is not sent: only loopback addresses are called", split.hostname)
        return 0
    connection = http.client.HTTPConnection(split.hostname, split.port or 80, timeout=TIMEOUT)
    try:
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        connection.request("POST", target, body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        LOG.debug("the post to %s was not answered: %r", url, error)
        return 0
    finally:
        connection.close()


class Sender(ABC):
    """Sends in a thread of its own while started; `_changed` is told of whatever came or went."""

    def __init__(self, name: str, lock: threading.RLock | None = None) -> None:
        self._changed = threading.Condition(lock)
        self._running = False
        self._name = name
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to send."""
        self._running = True
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what waits goes on waiting."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    @abstractmethod
    def _run(self) -> None:
        """Sends what is due until it is not running any more."""


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


class SignedEvents(Sender):
    """Posts events as JSON, signed, once a `url` is set. `done` keeps what was sent.

    The header `header` holds the HMAC-SHA256 of the raw body by `secret`, in hex. A post is sent once more after each
    refusal (another status than 2xx, or none), three times in all.
    """

    def __init__(self, header: str) -> None:
        super().__init__("webhooks")
        self.header = header
        self.url = ""
        self.secret = "demo"  # noqa: S105 (what the simulators sign by)
        self.done: list[Event] = []
        self._number = 0
        self._waiting: deque[Event] = deque()

    def settled(self, timeout: float = 10) -> bool:
        """Wait until nothing waits; False if that took longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def tell(self, **told: Any) -> None:
        """Lets an event wait to be posted, with an `eventId` of its own; none while no `url` is set."""
        if not self.url:
            return
        self._number += 1
        body = json.dumps({"eventId": f"evt-{self._number}", **told}, separators=(",", ":")).encode()
        with self._changed:
            self._waiting.append(Event(body))
            self._changed.notify_all()

    def obey(self, order: Mapping[str, str]) -> None:
        """Takes the order of a request to `/_simulator/webhooks`: `url` and, if it is to change, `secret`."""
        self.url, self.secret = order["url"], order.get("secret", self.secret)

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
                status = post(self.url, event.body, {self.header: self.signature(event.body)})
                if 200 <= status < 300:
                    break
            with self._changed:
                self._waiting.popleft()
                self.done.append(Event(event.body, status))
                self._changed.notify_all()
