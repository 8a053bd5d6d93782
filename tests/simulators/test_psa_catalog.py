"""Simulators run as processes of their own, by name."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from infra.local.simulators.catalog import SIMULATORS, simulate

RUN = "from infra.local.simulators.catalog import simulate; simulate('connectwise-psa', 0, 7, companies=5, tickets=3)"


def test_it_says_when_it_is_ready_and_ends_when_interrupted() -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        assert ready[0] == "ready"
        base = f"{ready[1]}/v2026_1/apis/3.0"
        keys = {"auth": ("demo+public", "private"), "headers": {"clientId": "x"}}
        assert httpx.get(f"{base}/company/companies/count", **keys).json() == {"count": 5}  # type: ignore[arg-type]
        assert httpx.get(f"{base}/service/tickets/count", **keys).json() == {"count": 3}  # type: ignore[arg-type]
        process.terminate()
        assert process.wait(10) == 0


def test_an_unknown_name_or_size_is_refused() -> None:
    with pytest.raises(ValueError, match="there are connectwise-psa, connectwise-automate, eautomate"):
        simulate("connectwise", 0)
    with pytest.raises(ValueError, match="not --projects"):
        SIMULATORS["connectwise-psa"]({"projects": 5})
