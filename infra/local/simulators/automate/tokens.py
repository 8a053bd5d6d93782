"""The tokens of the simulated Automate server: who gets one, how long it holds by the server's clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from infra.local.simulators.automate.errors import Refusal, invalid, unauthorized
from infra.local.simulators.automate.settings import Settings


@dataclass(frozen=True)
class Held:
    """Until when a token holds, and until when it can be followed by another."""

    until: datetime
    absolute: datetime


class Tokens:
    """Gives tokens and knows those that hold."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], rng: random.Random) -> None:
        self.settings = settings
        self._clock = clock
        self._rng = rng
        self._held: dict[str, Held] = {}

    def log_in(self, body: Any) -> dict[str, Any]:
        """The TokenResult for user and password; without a token where a second factor is asked for."""
        if not isinstance(body, Mapping):
            raise invalid({"credentials": ["The credentials are missing."]})
        given = {name.casefold(): value for name, value in body.items()}
        known = (self.settings.user, self.settings.password)
        if (given.get("username"), given.get("password")) != known or not self.settings.local_login:
            raise Refusal(401, "The user name or the password is not valid.")
        if self.settings.two_factor and given.get("twofactorpasscode") != self.settings.two_factor:
            return {"TokenType": "Bearer", "IsTwoFactorRequired": True, "IsInternalTwoFactorRequired": True}
        return self._give(self._clock() + self.settings.refresh_life)

    def refresh(self, body: Any) -> dict[str, Any]:
        """The TokenResult that follows a token which still holds."""
        held = self._held.get(body) if isinstance(body, str) else None
        if held is None or self._clock() >= min(held.until, held.absolute):
            raise unauthorized()
        return self._give(held.absolute)

    def holds(self, authorization: str) -> bool:
        """Whether an Authorization header carries a token that holds."""
        kind, _, token = authorization.partition(" ")
        held = self._held.get(token)
        return kind.casefold() == "bearer" and held is not None and self._clock() < held.until

    def revoke(self) -> None:
        """Lets no token hold any more, as after a restart of the server."""
        self._held.clear()

    def _give(self, absolute: datetime) -> dict[str, Any]:
        token = f"sim-{self._rng.getrandbits(128):032x}"
        until = min(self._clock() + self.settings.token_life, absolute)
        self._held[token] = Held(until, absolute)
        return {
            "AccessToken": token,
            "TokenType": "Bearer",
            "ExpirationDate": self.told(until + self.settings.told_late),
            "AbsoluteExpirationDate": self.told(absolute),
            "UserId": "1",
            "InternalUserName": self.settings.user,
            "IsTwoFactorRequired": False,
            "IsInternalTwoFactorRequired": False,
        }

    def told(self, moment: datetime) -> str:
        """A moment in the server's local time; with its zone, unless that is left out."""
        local = moment.astimezone(timezone(self.settings.zone or timedelta(0)))
        return (local if self.settings.zoned else local.replace(tzinfo=None)).isoformat(timespec="seconds")
