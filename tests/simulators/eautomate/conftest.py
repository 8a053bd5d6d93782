"""Fixtures of the e-automate simulator's tests: the simulator, and zeep and raw clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.eautomate.schema import load_schema
from infra.local.simulators.eautomate.wsdl import write_wsdl
from tests.serving import serving
from tests.simulators.eautomate.client import Contract, RawApi, ZeepApi

CONTRACT_WSDL = Path(__file__).parents[4] / "shared" / "contract" / "eautomate-publicapi.wsdl"


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """zeep and a schema over the vendor's WSDL where it is at hand, else over the simulator's own, which another
    test compares with the vendor's."""
    wsdl = CONTRACT_WSDL
    if not wsdl.is_file():
        wsdl = tmp_path_factory.mktemp("wsdl") / "own.wsdl"
        wsdl.write_bytes(write_wsdl(load_schema(), "http://127.0.0.1/pip/PublicAPIService.asmx"))
    contract = Contract(wsdl)
    yield contract
    contract.close()


@pytest.fixture
def sim(clock: Callable[[], datetime]) -> Iterator[EautomateSimulator]:
    """A simulator that serves, without customers; it may not have crashed."""
    with serving(EautomateSimulator(clock=clock)) as simulator:
        yield simulator


@pytest.fixture
def api(sim: EautomateSimulator, spoken: Contract) -> Iterator[ZeepApi]:
    yield ZeepApi(spoken, sim.url)
    spoken.close()


@pytest.fixture
def raw(sim: EautomateSimulator) -> Iterator[RawApi]:
    client = RawApi(sim.url)
    yield client
    client.http.close()
