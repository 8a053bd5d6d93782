"""Code lists of e-automate, which its PublicAPI can only read: one method for each list, one request for each call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.sync.record import fold
from shared.systems.eautomate import listed
from shared.systems.eautomate.requests import Request
from shared.systems.eautomate.service import Service


@dataclass(frozen=True)
class Code:
    """A row of a code list: `id` is e-automate's numeric ID, which lasts; `code` is what people call it by."""

    id: str
    code: str
    description: str = ""
    active: bool = True

    @property
    def entry(self) -> tuple[str, bool]:
        """Its code, and whether it is active."""
        return self.code, self.active

    def __str__(self) -> str:
        return f"{self.code} ({self.description})" if self.description else self.code


class Codes:
    """Reads whole lists, inactive codes too, in the order of e-automate."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def hold(self) -> list[Code]:
        """The hold codes of calls."""
        return self._codes(listed.GetHoldCodeList())

    def on_hold(self) -> list[Code]:
        """The on-hold codes of customers and orders."""
        return self._codes(listed.GetOnHoldCodeList())

    def bill(self) -> list[Code]:
        return self._codes(listed.GetBillCodeList())

    def call_types(self) -> list[Code]:
        return self._codes(listed.GetCallTypeList())

    def sales(self) -> list[Code]:
        return self._codes(listed.GetSalesCodeList())

    def inventory(self) -> list[Code]:
        return self._codes(listed.GetInventoryCodeList())

    def expense(self) -> list[Code]:
        return self._codes(listed.GetExpenseCodeList())

    def territories(self) -> list[Code]:
        return self._codes(listed.GetTerritoryList())

    def terms(self) -> list[Code]:
        return self._codes(listed.GetTermList())

    def tax(self) -> list[Code]:
        return self._codes(listed.GetTaxCodeList())

    def _codes(self, request: Request[Any]) -> list[Code]:
        rows = self._service.result(request).Details or ()
        return [
            Code(row.code.id, row.code.plain.strip(), row.Description.plain.strip(), row.Active.plain)
            for row in rows
            if row.code.id
        ]


def find(codes: Iterable[Code], code: str) -> Code | None:
    """The code that people name so; case and outer blanks do not count."""
    return next((each for each in codes if fold(each.code) == fold(code)), None)
