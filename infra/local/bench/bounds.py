"""What a round may cost at most: the bounds of the customer flow, each with what was found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from infra.local.bench.figures import Figures

PSA = "connectwise_psa"
PAGE = 1000
"""Companies of one page."""

SET_UP = 4
"""Requests to ConnectWise of a process that has just begun: its codebase and time, custom fields of two kinds."""

AT_REST = 2
"""Requests to ConnectWise, beside pages, of a run that finds nothing."""

MEMORY = 128 * 1024 * 1024


@dataclass(frozen=True)
class Bound:
    """One bound: what is counted, how much is allowed, how much there was."""

    what: str
    allowed: int
    found: int

    @property
    def holds(self) -> bool:
        return self.found <= self.allowed

    def __str__(self) -> str:
        return f"{self.what}: {self.found:,} of {self.allowed:,}"


def bounds(figures: Figures) -> list[Bound]:
    """Every bound of a round."""
    return [*(_of_changes(figures) if figures.changed else _of_nothing(figures)), *_of_every(figures)]


def _of_changes(figures: Figures) -> Iterator[Bound]:
    """Pages of companies, a look-up a batch, a read of sites per company that a batch names, a write a record."""
    delivered = figures.deliveries
    reads = _pages(figures) + delivered.of_customers + delivered.of_companies
    yield Bound("requests to ConnectWise", reads + figures.changed + SET_UP, figures.requests_to(PSA))
    yield Bound("writes to ConnectWise", figures.changed, figures.writes_to(PSA))
    yield Bound("messages sent", figures.changed + delivered.scans - 1, figures.messages_sent)


def _of_nothing(figures: Figures) -> Iterator[Bound]:
    """Nothing is written but that the run began, goes on and ended; nothing is sent but that it goes on.

    A comprehensive run looks at sites, too, which ConnectWise lists only company by company: once a company; or at most
    once a location, where the run was handed over and the rest of a company's locations came after that.
    """
    scans = figures.deliveries.scans
    in_one_go = figures.with_locations if scans == 1 else figures.locations
    sites = in_one_go if figures.comprehensive else 0
    yield Bound("requests to ConnectWise", _pages(figures) + AT_REST + sites, figures.requests_to(PSA))
    yield Bound("table items written", scans + 1, figures.items_written)
    yield Bound("messages sent", scans - 1, figures.messages_sent)
    yield Bound("changes delivered", 0, figures.deliveries.changes)


def _of_every(figures: Figures) -> Iterator[Bound]:
    for system, at_once in figures.connected.items():
        yield Bound(f"connections to {system} at once", 1, at_once)
    yield Bound("bytes resident at most", MEMORY, figures.peak_bytes)
    yield Bound("runs that failed", 0, len(figures.errors))


def _pages(figures: Figures) -> int:
    """The pages of all companies; an empty list is asked for, too."""
    return max(math.ceil(figures.companies / PAGE), 1)
