"""What one round of the customer flow cost, as numbers, and what it may cost at most."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.local.bench.measured import Bound, Measured
from infra.local.bench.showing import Row, counted

PSA = "connectwise_psa"
PAGE = 1000
"""Companies of one page."""

SET_UP = 4
"""Requests to ConnectWise of a process that has just begun: its codebase and time, custom fields of two kinds."""

AT_REST = 2
"""Requests to ConnectWise, beside pages, of a run that finds nothing."""

MEMORY = 128 * 1024 * 1024

OUTCOMES = ("scanned", "queued", "applied", "in_step", "skipped", "issue")


@dataclass(frozen=True)
class Deliveries:
    """What was delivered to the flow's function: batches, and in them pages of scans and changes.

    `of_customers` counts the batches that named a customer (not a location). `of_companies` counts, batch by batch, the
    different customers whose locations a batch named.
    """

    batches: int = 0
    scans: int = 0
    changes: int = 0
    of_customers: int = 0
    of_companies: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures(Measured):
    """What one round cost.

    `changed` is how many records the round was to change, `companies` how many there were in the end, `with_locations`
    how many customers have locations, `locations` how many these are. Requests are by outside system and operation;
    `connected` is how many connections the process had to each outside system at once, `opened` how many it opened.
    """

    changed: int
    companies: int
    with_locations: int
    locations: int
    comprehensive: bool
    deliveries: Deliveries
    requests: Mapping[str, Mapping[str, int]]
    connected: Mapping[str, int]
    opened: Mapping[str, int]

    def requests_to(self, system: str) -> int:
        """All requests to one system."""
        return sum(self.requests[system].values())

    def writes_to(self, system: str) -> int:
        """Requests to one system that were to change something, of those named by an HTTP method."""
        return sum(number for name, number in self.requests[system].items() if not name.startswith("GET "))

    @property
    def bounds(self) -> list[Bound]:
        connected = (Bound(f"connections to {system} at once", 1, of) for system, of in self.connected.items())
        own = self._of_changes() if self.changed else self._of_nothing()
        return [*own, *connected, *self.of_every_round(MEMORY)]

    def _of_changes(self) -> Iterator[Bound]:
        """Pages of companies, a look-up a batch, a read of sites per company that a batch names, a write a record."""
        delivered = self.deliveries
        reads = self._pages + delivered.of_customers + delivered.of_companies
        yield Bound("requests to ConnectWise", reads + self.changed + SET_UP, self.requests_to(PSA))
        yield Bound("writes to ConnectWise", self.changed, self.writes_to(PSA))
        yield Bound("messages sent", self.changed + delivered.scans - 1, self.messages_sent)

    def _of_nothing(self) -> Iterator[Bound]:
        """Nothing is written but that the run began, goes on and ended; nothing is sent but that it goes on.

        A comprehensive run looks at sites, too, which ConnectWise lists only company by company: once a company; or at
        most once a location, where the run was handed over and the rest of a company's locations came after that.
        """
        scans = self.deliveries.scans
        in_one_go = self.with_locations if scans == 1 else self.locations
        sites = in_one_go if self.comprehensive else 0
        yield Bound("requests to ConnectWise", self._pages + AT_REST + sites, self.requests_to(PSA))
        yield Bound("table items written", scans + 1, self.items_written)
        yield Bound("messages sent", scans - 1, self.messages_sent)
        yield Bound("changes delivered", 0, self.deliveries.changes)

    @property
    def _pages(self) -> int:
        """The pages of all companies; an empty list is asked for, too."""
        return max(math.ceil(self.companies / PAGE), 1)


def rows(every: Sequence[Figures]) -> Iterator[Row]:
    """What is shown of these rounds."""
    yield from counted(OUTCOMES, [one.outcomes for one in every])
    for system in every[0].requests:
        yield f"requests to {system}", [one.requests_to(system) for one in every]
        yield from counted((), [one.requests[system] for one in every])
        yield f"connections to {system} at once", [one.connected[system] for one in every]
        yield f"connections to {system} opened", [one.opened[system] for one in every]
    yield "messages delivered", [one.deliveries.scans + one.deliveries.changes for one in every]
    yield "batches delivered", [one.deliveries.batches for one in every]
