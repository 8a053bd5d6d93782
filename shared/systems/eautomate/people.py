"""The dealer's own people in e-automate: technicians and sales reps, which its PublicAPI can only read."""

from __future__ import annotations

from dataclasses import dataclass

from shared.systems.eautomate.listed import GetSalesRepList, GetTechnicianList
from shared.systems.eautomate.service import Service


@dataclass(frozen=True)
class Person:
    """A technician or a sales rep: `id` is e-automate's numeric ID, which lasts; `number` is the code in use.

    Sales reps have no name in the PublicAPI, and nobody has an e-mail address there.
    """

    id: str
    number: str
    first_name: str = ""
    last_name: str = ""
    active: bool = True

    @property
    def full_name(self) -> str:
        """First and last name; empty where e-automate gives none."""
        return f"{self.first_name} {self.last_name}".strip()

    def __str__(self) -> str:
        return f"{self.number} ({self.full_name})" if self.full_name else self.number


class People:
    """Reads whole lists, inactive people too; one request each."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def technicians(self) -> list[Person]:
        rows = self._service.result(GetTechnicianList()).Details or ()
        return [
            Person(
                row.code.id,
                row.code.plain.strip(),
                row.FirstName.plain.strip(),
                row.LastName.plain.strip(),
                row.Active.plain,
            )
            for row in rows
            if row.code.id
        ]

    def sales_reps(self) -> list[Person]:
        rows = self._service.result(GetSalesRepList()).Details or ()
        return [Person(row.code.id, row.code.plain.strip(), active=row.Active.plain) for row in rows if row.code.id]
