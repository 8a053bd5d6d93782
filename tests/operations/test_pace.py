"""Five connections of one tenant share its requests a minute: who was told to wait makes all of them wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.local import config
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import Connected, connect
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.settings import Settings
from infra.local.simulators.server import Request, Response

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TENANT_ALLOWS = 1000
"""Requests a minute."""

OTHERS_TAKE = 980
"""Of those, what the tenant's other programs use, so that the test needs few of ours."""

REFUSED_BEYOND = 8
"""Of ours: 429 comes a little early, since what is refused, and what no limit holds (companyinfo), counts as well."""

CONNECTIONS = ("north", "south", "east", "west", "centre")
FLOW = "eautomate_customers"


class CountingPsa(PsaSimulator):
    """Counts what arrives and what it refuses with 429, by minute of its clock."""

    def __init__(self, clock: LocalClock) -> None:
        super().__init__(clock=clock.now, companies=0, settings=Settings(requests_per_minute=REFUSED_BEYOND))
        self.arrived: Counter[datetime] = Counter()
        self.refused: Counter[datetime] = Counter()

    def handle(self, request: Request) -> Response:
        minute = self.clock().replace(second=0, microsecond=0)
        response = super().handle(request)
        with self.lock:
            self.arrived[minute] += 1
            if response.status == 429:
                self.refused[minute] += 1
        return response


@pytest.fixture
def clock() -> LocalClock:
    return LocalClock(START, still=True)


@pytest.fixture
def psa(clock: LocalClock) -> Iterator[CountingPsa]:
    simulator = CountingPsa(clock)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def connected(clock: LocalClock, psa: CountingPsa) -> Iterator[Connected]:
    tables = [
        {
            "id": name,
            "systems": {
                "connectwise_psa": {
                    "base_url": psa.url,
                    "company": "demo",
                    "keys": {"public_key": "env:PUBLIC", "private_key": "env:PRIVATE", "client_id": "env:CLIENT"},
                }
            },
            "flows": {FLOW: {"create_missing": True}},
        }
        for name in CONNECTIONS
    ]
    keys = config.DEMO_KEYS["connectwise_psa"]
    environment = {"PUBLIC": keys["public_key"], "PRIVATE": keys["private_key"], "CLIENT": keys["client_id"]}
    whole = config.check(
        {"connection": tables, "simulated": {"eautomate": {"customers": 16}}}, environment, config.Known.of_functions()
    )
    with Cloud(clock=clock) as cloud:
        yield connect(cloud, whole)


def test_five_connections_of_a_tenant_stay_under_what_it_allows(connected: Connected, psa: CountingPsa) -> None:
    connected.make_due()
    connected.cloud.wait(minutes=20)
    assert len(psa.refused) >= 3, "the test is of no use where hardly anything is refused"
    assert {minute: n for minute, n in psa.arrived.items() if OTHERS_TAKE + n >= TENANT_ALLOWS} == {}
    assert max(psa.refused.values()) == 1, "after one connection was told to wait, none of the five asks"
    assert connected.cloud.waiting() == {}
    issues = connected.store().issues
    still = [str(item.issue) for name in CONNECTIONS for item in issues.of_connection(name)]
    assert [text for text in still if "NOT_NOW" in text or "SCAN_FAILED" in text] == [], "all was made good by itself"
