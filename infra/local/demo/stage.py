"""Sets the scene: which simulated customers match, are ambiguous, opted out or refused, and what the edits are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.local.demo.sizes import Sizes
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator


@dataclass
class Stage:
    """Both simulators, and how many customers of each sort there are."""

    psa: PsaSimulator
    eautomate: EautomateSimulator
    sizes: Sizes

    def set(self) -> None:
        """Numbers some companies like customers, some twice, some wrongly; opts some out; spoils some companies."""
        customers = self._parents()
        companies = iter(self.psa.records("company/companies"))
        for place in range(self.sizes.matched):
            customer, company = next(customers), next(companies)
            # Two in three carry the number as Account ID, the others as Company ID: either links (EA-13).
            self._company(company, **({"accountNumber": customer} if place % 3 else {"identifier": customer}))
        for _ in range(self.sizes.ambiguous):
            customer = next(customers)
            self._company(next(companies), accountNumber=customer)
            self._company(next(companies), identifier=customer)
        for _ in range(self.sizes.two_numbers):
            self._company(next(companies), accountNumber=next(customers), identifier=next(customers))
        for _ in range(self.sizes.refused):
            # A stored value that ConnectWise itself does not take any more: every PATCH of the company is refused.
            self._company(next(companies), accountNumber=next(customers), yearEstablished=1)
        for _ in range(self.sizes.opted_out):
            self.eautomate.set_property(next(customers), "ZCJ_SyncToCW", "No")

    def edit(self, rng: random.Random) -> None:
        """Edits in e-automate, as a working day brings them."""
        numbers = [row.number for row in self.eautomate.customers]
        for number in rng.sample(numbers, self.sizes.edits):
            line = f"{rng.randrange(100, 9900)} Harbor Street, Suite {rng.randrange(100, 900)}"
            change: dict[str, Any] = rng.choice(({"Phone1": f"813-555-01{rng.randrange(100):02}"}, {"Address": line}))
            self.eautomate.edit_customer(number, **change)

    def _parents(self) -> Iterator[str]:
        """Active customers that are no locations and whose custom properties are configured."""
        return iter(
            [
                row.number
                for row in self.eautomate.customers
                if not row.values.get("ParentLocationNumber") and row.values.get("Active") and row.properties
            ]
        )

    def _company(self, company: dict[str, Any], **fields: Any) -> None:
        self.psa.edit("company/companies", company["id"], **fields)
