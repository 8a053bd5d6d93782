"""The engine on the real table (moto), with a toy flow whose two systems are dicts."""

from __future__ import annotations

import pytest

from shared.aws.table import Store
from tests.engine.bench import Bench


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)
