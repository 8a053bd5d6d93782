"""The engine's bench, with a person at work on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.cli import control
from infra.local.cloud import Cloud
from shared.aws.table import Store
from shared.sync.operating import Operator
from tests.engine.bench import Bench
from tests.engine.conftest import bench

__all__ = ["bench", "kim"]


@pytest.fixture
def kim(bench: Bench) -> Operator:
    """Somebody called kim."""
    return Operator(bench.store, bench.queue, bench.clock, bench.ids, "kim")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The empty table of a local cloud that runs, for commands that ask nothing but the table."""
    monkeypatch.setenv(control.FOLDER, str(tmp_path / "local"))
    with Cloud() as cloud:
        answering = control.Control({"status": lambda _request, _tell: {}})
        cloud.at_stop(answering.stop)
        control.Up(1, cloud.serve(), answering.start(), answering.token, cloud.table).write()
        yield Store(cloud.client("dynamodb"), cloud.table)
