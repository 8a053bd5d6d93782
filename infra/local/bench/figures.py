"""What one round of the bench cost, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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


@dataclass(frozen=True)
class Figures:
    """What one round cost.

    `changed` is how many records the round was to change, `companies` how many there were in the end, `with_locations`
    how many customers have locations, `locations` how many these are. Requests are by outside system and operation,
    requests to AWS by service and operation; `connected` is how many connections the process had to each outside
    system at once, `opened` how many it opened. `messages_sent` are the function's own. CPU seconds and the peak of
    resident memory (bytes) are those of its process; `seconds` are of the wall.
    """

    title: str
    changed: int
    companies: int
    with_locations: int
    locations: int
    comprehensive: bool
    deliveries: Deliveries
    outcomes: Mapping[str, int]
    requests: Mapping[str, Mapping[str, int]]
    connected: Mapping[str, int]
    opened: Mapping[str, int]
    aws: Mapping[str, int]
    items_read: int
    items_written: int
    messages_sent: int
    cpu_seconds: float
    peak_bytes: int
    seconds: float
    errors: tuple[str, ...] = ()

    def requests_to(self, system: str) -> int:
        """All requests to one system."""
        return sum(self.requests[system].values())

    def writes_to(self, system: str) -> int:
        """Requests to one system that were to change something, of those named by an HTTP method."""
        return sum(number for name, number in self.requests[system].items() if not name.startswith("GET "))
