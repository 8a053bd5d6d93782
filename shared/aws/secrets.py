"""Keys of outside systems, from Secrets Manager: read when first needed, kept for five minutes, never shown.

Where a system gives one token to all (Zomentum), `SharedKeys` says who may ask for a new one, and lets the others have
it: the token is an entry of the secret, its holder the one who has the lease.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.aws.failures import aws_failures
from shared.sync.clock import Clock, Ids
from shared.sync.errors import ConfigurationWrong, Conflict
from shared.sync.ports import Leases

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT = timedelta(minutes=5)
HELD = timedelta(minutes=3)
"""How long keys may be held: longer than a refresh and a put can take, with every timeout and every try."""


class Keys(dict[str, str]):
    """The entries of one secret. Printing it shows its name only; an entry that it lacks is ConfigurationWrong."""

    def __init__(self, name: str, entries: dict[str, str]) -> None:
        super().__init__(entries)
        self.name = name

    def __missing__(self, entry: str) -> str:
        raise _wrong(self.name, f"has no entry {entry!r}")

    def __repr__(self) -> str:
        return f"<keys of {self.name}>"

    __str__ = __repr__


class Secrets:
    """The secrets `{prefix}/{system}/{connection}`, each a JSON object of texts. One instance serves one process."""

    def __init__(self, client: SecretsManagerClient, clock: Clock, prefix: str = "crosswise") -> None:
        self._client = client
        self._clock = clock
        self._prefix = prefix
        self._kept: dict[str, tuple[datetime, Keys]] = {}

    def keys(self, system: str, connection: str) -> Callable[..., Keys]:
        """A function `keys(fresh=False)` for an adapter; `fresh` reads the secret anew, as after a 401.

        It raises ConfigurationWrong, naming the secret but nothing in it, if there is none or it cannot be read.
        """
        name = f"{self._prefix}/{system}/{connection}"

        def keys(fresh: bool = False) -> Keys:
            now = self._clock.now()
            read, kept = self._kept.get(name, (None, None))
            if fresh or read is None or kept is None or now - read >= KEPT:
                kept = self._read(name)
                self._kept[name] = now, kept
            return kept

        return keys

    def change(self, system: str, connection: str, entries: Mapping[str, str], *, instead: Mapping[str, str]) -> None:
        """Puts a new version of a secret in which these entries are changed; all others stay.

        Conflict where an entry is no longer what `instead` says. Secrets Manager has no conditional write: what a
        person enters in the very moment between the read and the put is lost. Put again after a lost answer, it ends
        the same.
        """
        name = f"{self._prefix}/{system}/{connection}"
        now = self._read(name)
        if any(now.get(entry) != value for entry, value in instead.items()):
            raise Conflict(f"The secret {name} was changed meanwhile")
        keys = Keys(name, {**now, **entries})
        with aws_failures():
            self._client.put_secret_value(SecretId=name, SecretString=json.dumps(keys))
        self._kept[name] = self._clock.now(), keys

    def _read(self, name: str) -> Keys:
        with aws_failures():
            try:
                text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
            except (self._client.exceptions.ResourceNotFoundException, self._client.exceptions.InvalidRequestException):
                text = None
        if text is None:
            raise _wrong(name, "does not exist, or is marked for deletion")
        entries = _entries(text)
        if entries is None:
            raise _wrong(name, "is not a JSON object whose values are texts")
        return Keys(name, entries)


class SharedKeys:
    """The keys of one system of one connection, one of which is renewed for all by whoever holds them."""

    def __init__(
        self, secrets: Secrets, leases: Callable[[], Leases], clock: Clock, ids: Ids, system: str, connection: str
    ) -> None:
        self._secrets = secrets
        self._leases = leases
        self._clock = clock
        self._ids = ids
        self._of = system, connection
        self._keys = secrets.keys(system, connection)

    def __call__(self, *, fresh: bool) -> Keys:
        return self._keys(fresh=fresh)

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Holds the keys while inside, three minutes at most; False where somebody else does."""
        name, holder, leases = f"keys/{'/'.join(self._of)}", self._ids.token(), self._leases()
        now = self._clock.now()
        held = leases.acquire(name, holder, now, now + HELD)
        try:
            yield held
        finally:
            if held:
                leases.release(name, holder)

    def put(self, entries: Mapping[str, str], *, instead: Mapping[str, str]) -> None:
        """Changes entries for all; Conflict where an entry is no longer what `instead` says."""
        self._secrets.change(*self._of, entries, instead=instead)


def _entries(text: str) -> dict[str, str] | None:
    """The entries, or None: an error raised in here would carry the secret's text along."""
    try:
        entries = json.loads(text)
    except ValueError:
        return None
    if isinstance(entries, dict) and all(isinstance(value, str) for value in entries.values()):
        return entries
    return None


def _wrong(name: str, what: str) -> ConfigurationWrong:
    return ConfigurationWrong(
        f"The secret {name} {what}.",
        where=f"Secrets Manager, {name}",
        fix="Store the keys there as one JSON object of texts; infra/docs/deploy.md lists each system's entries.",
    )
