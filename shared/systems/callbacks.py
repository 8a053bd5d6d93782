"""Who really sent a post: signatures over its raw bytes, and keys that only the tenant's own site may give.

ConnectWise signs a callback by a key that it names in the very body that is to be proved: whoever wrote the body could
name a key of his own. So the key is taken only from the connection's own site, for its own company, as a stranger's
word: over TLS (loopback aside), without redirects, without keys of ours, in 64 KiB and two seconds. That the address
names the company, and that it answers without keys, is how captured callbacks have it; no guide promises either.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import RetryLater
from shared.systems.http import Http

DIGEST_BYTES = hashlib.sha256().digest_size
KEY_BYTES = 64 * 1024
KEY_SECONDS = 2.0
KEPT = timedelta(hours=1)
"""How long a key is used without being asked for anew."""

ANEW = timedelta(minutes=1)
"""A key that does not fit is read anew at most so often: forged posts must not make us ask without end."""

READS = 20
"""Keys read for one connection in `ANEW`, at most."""

MOST = 1000
"""Keys kept by one process, at most."""

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!$-\[\]-~]*)",
    re.ASCII | re.IGNORECASE,
)
"""An address whose host nobody can read in two ways: no user, no fragment, backslash, blank or control character."""


class Refused(Exception):
    """A post that is not taken: `status` (4xx) is the answer, the message says why, in words for the log."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def from_base64(signature: str) -> bytes | None:
    """The digest in a signature as ConnectWise writes it; None where it cannot be one."""
    try:
        return _digest(base64.b64decode(signature.strip(), validate=True))
    except ValueError:
        return None


def from_hex(signature: str) -> bytes | None:
    """The digest in a signature written as `sha256=` and hex digits, or as the digits alone; None where it is none."""
    try:
        return _digest(bytes.fromhex(signature.strip().removeprefix("sha256=")))
    except ValueError:
        return None


def signed(key: bytes, body: bytes, signature: bytes) -> bool:
    """Whether `signature` is the HMAC-SHA256 of these very bytes; takes as long whatever differs."""
    return hmac.compare_digest(hmac.digest(key, body, "sha256"), signature)


def connectwise_key(signing_key: str) -> bytes:
    """The HMAC key that ConnectWise makes of a signing key: its raw SHA-256, not the hex of it."""
    return hashlib.sha256(signing_key.encode(errors="surrogatepass")).digest()


def own_key_url(url: str, settings: SystemSettings) -> str:
    """The URL, if the tenant's own site answers there and it names the tenant; Refused (403) if not.

    That is the host of `base_url` with or without `api-`, its port, https; http only where both are loopback. The path
    is left as it is: ConnectWise writes it with a double slash.
    """
    own, named = _URL.fullmatch(settings.base_url.rstrip("/") + "/"), _URL.fullmatch(url)
    if named is None or own is None:
        raise Refused(403, "key_url is no plain address")
    if _site(named) != _site(own):
        raise Refused(403, "key_url is not of the connection's own site")
    if named["scheme"].lower() == "http" and named["host"].lower() not in _LOOPBACK:
        raise Refused(403, "key_url is not https")
    # One host serves many tenants: a key of another one proves nothing about this one.
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    companies = [value.casefold() for name, value in query if name.casefold() == "companyname"]
    if companies != [settings.company.casefold()]:
        raise Refused(403, "key_url is not of the connection's own company")
    return url


def fetch_signing_key(http: Http, url: str) -> str:
    """What ConnectWise answers at a key_url; RetryLater where that is no key."""
    answer = http.fetch("connectwise_psa", url, limit=KEY_BYTES, seconds=KEY_SECONDS, what="GET callbackkey")
    said = answer.json() if answer.status == 200 and answer.is_json else None
    key = said.get("signing_key") if isinstance(said, dict) else None
    if not isinstance(key, str) or not key:
        raise RetryLater(f"ConnectWise gives no callback key (status {answer.status})", system="connectwise_psa")
    return key


@dataclass
class Keyring:
    """Keys by name, each read when first needed, and once anew where it does not fit: forged posts cost little.

    Kept per process. Whatever a read raises is raised on; the next post may try it again.
    """

    clock: Clock
    _keys: dict[str, tuple[datetime, str]] = field(default_factory=dict, repr=False)
    _reads: dict[str, deque[datetime]] = field(default_factory=dict, repr=False)

    def fits(self, connection: str, name: str, fits: Callable[[str], bool], read: Callable[[], str]) -> bool:
        """Whether the key of this name fits.

        RetryLater where so many keys were read for the connection within a minute that this one cannot be.
        """
        now = self.clock.now()
        since, key = self._keys.get(name, (None, ""))
        if since is not None and now - since < KEPT:
            if fits(key):
                return True
            if now - since < ANEW:
                return False
        self._count(connection, now)
        key = read()
        self._keys.pop(name, None)
        self._keys[name] = now, key
        if len(self._keys) > MOST:
            del self._keys[next(iter(self._keys))]
        return fits(key)

    def _count(self, connection: str, now: datetime) -> None:
        reads = self._reads.setdefault(connection, deque(maxlen=READS))
        if len(reads) == READS and now - reads[0] < ANEW:
            raise RetryLater(f"{READS} keys were read for {connection} within a minute", after=ANEW.total_seconds())
        reads.append(now)


def _site(url: re.Match[str]) -> tuple[str, str, int]:
    """Scheme, host without `api-`, and port."""
    scheme = url["scheme"].lower()
    return scheme, url["host"].lower().removeprefix("api-"), int(url["port"] or _PORTS[scheme])


def _digest(raw: bytes) -> bytes | None:
    return raw if len(raw) == DIGEST_BYTES else None
