"""The engine's bench, with a person at work on it."""

from __future__ import annotations

import pytest

from shared.sync.operating import Operator
from tests.engine.bench import Bench
from tests.engine.conftest import bench

__all__ = ["bench", "kim"]


@pytest.fixture
def kim(bench: Bench) -> Operator:
    """Somebody called kim."""
    return Operator(bench.store, bench.queue, bench.clock, bench.ids, "kim")
