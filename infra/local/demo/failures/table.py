"""The table of all failures, in the order in which a person works them off."""

from __future__ import annotations

from infra.local.demo.failures import agreements, calls, customers, orders, projects, tickets
from infra.local.demo.failures.failure import Failure

FAILURES: tuple[Failure, ...] = (
    *customers.FAILURES,
    *agreements.FAILURES,
    *tickets.FAILURES,
    *calls.FAILURES,
    *projects.FAILURES,
    *orders.FAILURES,
)
