"""The tokens of the simulated Zomentum and Quickpass: one access token holds at a time, and a new one kills it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from infra.local.simulators.refusals import unauthorized


class TokenSettings(Protocol):
    """Which refresh token is taken, how long an access token lives, and whether a refresh gives a new one of both."""

    refresh_token: str
    token_life: timedelta
    rotates: bool


class Tokens:
    """Gives access tokens for the refresh token; `given` counts them."""

    def __init__(self, settings: TokenSettings, clock: Callable[[], datetime], rng: random.Random) -> None:
        self.settings = settings
        self.access = ""
        """The token that holds; empty: none does."""
        self.given = 0
        self._clock = clock
        self._rng = rng
        self._until: datetime | None = None

    def refresh(self, refresh_token: str) -> dict[str, str]:
        """A new access token in place of the old one. Raises Refusal (401)."""
        if refresh_token != self.settings.refresh_token:
            raise unauthorized()
        self.given += 1
        self.access = f"sim-{self._rng.getrandbits(128):032x}"
        self._until = self._clock() + self.settings.token_life
        if not self.settings.rotates:
            return {"access_token": self.access}
        self.settings.refresh_token = f"refresh-{self._rng.getrandbits(64):016x}"
        return {"access_token": self.access, "refresh_token": self.settings.refresh_token}

    def holds(self, authorization: str) -> bool:
        """Whether an Authorization header carries the token that holds."""
        kind, _, token = authorization.partition(" ")
        alive = self._until is not None and self._clock() < self._until
        return kind.casefold() == "bearer" and alive and bool(token) and token == self.access

    def revoke(self) -> None:
        """Lets no token hold any more, as after the API user generated new ones by hand."""
        self.access = ""
