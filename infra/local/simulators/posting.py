"""How simulators post what changed to whoever wants to hear it: once, and to loopback addresses only."""

from __future__ import annotations

import http.client
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from urllib.parse import urlsplit

LOG = logging.getLogger(__name__)
TIMEOUT = 5.0
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
