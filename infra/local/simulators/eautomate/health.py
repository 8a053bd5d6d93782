"""What the simulated e-automate tells of itself: is it up, who may use it, what time is it.

Assumed: Authorize answers false for bad credentials and Authorize2 false with a text; every other operation
that carries Auth answers them with a fault. The texts of status and version are inventions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.simulators.eautomate.store import Arguments, Company, Operations

REFUSED_LOGIN = "Authorization failed: user, password or company ID is not valid."


@dataclass(slots=True)
class Login:
    """What a client must send in Auth. Version and PartnerToken are taken as they come."""

    user: str = "demo"
    password: str = "demo"  # noqa: S105 (the simulator's own, known to all)
    company_id: str = "1"

    def accepts(self, auth: dict[str, Any] | None) -> bool:
        """Whether an AuthInfo may use the service."""
        sent = auth or {}
        wanted = {"User": self.user, "Password": self.password, "CompanyID": self.company_id}
        return all(sent.get(name) == value for name, value in wanted.items())

    def accepts_basic(self, credentials: tuple[str, str] | None) -> bool:
        """Whether a user and password may use the contract import gateway."""
        return credentials == (self.user, self.password)


class Health:
    """The operations that concern the service and no record."""

    def __init__(self, company: Company, login: Login) -> None:
        self._company = company
        self._login = login
        self.status = "OK"
        self.version = "20.1"

    def operations(self) -> Operations:
        """The operations by name."""
        return {
            "Authorize": lambda sent: self._login.accepts(sent["Auth"]),
            "Authorize2": self._authorize,
            "getServerStatus": lambda _: self.status,
            "getAPIVersion": lambda _: self.version,
            "getCurrentTimeStamp": lambda _: self._company.clock.stamp(),
        }

    def _authorize(self, sent: Arguments) -> tuple[bool, str]:
        """The one answer of two elements: whether, and why not."""
        accepted = self._login.accepts(sent["Auth"])
        return accepted, "" if accepted else REFUSED_LOGIN
