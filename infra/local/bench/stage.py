"""Sets the scene: as many customers as are asked for, locations of theirs, no company; and edits some of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator

STREETS = ("Harbor Street", "Mill Road", "Depot Avenue")


@dataclass(frozen=True)
class Size:
    """How many customers (not counting locations), locations of theirs, and edits of either."""

    customers: int
    locations: int
    edits: int = 50


@dataclass
class Stage:
    """Both simulators. `parents` tells whose location a customer is, by e-automate's IDs."""

    psa: PsaSimulator
    eautomate: EautomateSimulator
    rng: random.Random
    parents: dict[str, str] = field(default_factory=dict)

    def set(self, locations: int) -> None:
        """Adds so many locations to the customers, and the custom field in which sites carry their numbers."""
        self.psa.define_custom_field("company/companies/*/sites", "EA Location")
        customers = list(self.eautomate.customers)
        for place in range(locations):
            of = self.rng.choice(customers)
            added = self.eautomate.add_customer(
                f"{of.number}-{place:05}", f"Branch {place}", parent=of.number,
                Address=self._line(), City="Tampa", State="FL", Zip="33602",
            )  # fmt: skip
            self.parents[str(added.id)] = str(of.id)

    def edit(self, how_many: int) -> None:
        """Moves so many customers or locations to another street."""
        for number in self.rng.sample([row.number for row in self.eautomate.customers], how_many):
            self.eautomate.edit_customer(number, Address=self._line())

    def _line(self) -> str:
        return f"{self.rng.randrange(10, 9900)} {self.rng.choice(STREETS)}"
