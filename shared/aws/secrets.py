"""Keys of outside systems, from Secrets Manager: read when first needed, kept for five minutes, never shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.aws.failures import aws_failures
from shared.sync.clock import Clock
from shared.sync.errors import ConfigurationWrong

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT = timedelta(minutes=5)


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
        fix="Store the keys there as one JSON object of texts; README lists each system's entries.",
    )
