"""How simulators post what changed to whoever wants to hear it: once, and to loopback addresses only."""

from __future__ import annotations

import http.client
import logging
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
