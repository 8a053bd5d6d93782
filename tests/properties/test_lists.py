"""Promise 4: lists whose records come, go and change while they are read page by page give every record that stayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.systems.conditions import changed_since
from shared.systems.connectwise_psa import Company, Psa
from shared.systems.connectwise_psa import client as psa_client
from shared.systems.eautomate import Eautomate
from shared.systems.http import Http
from tests.effort import effort
from tests.flows.rig import SIMULATORS

COMPANIES = "company/companies"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def _always(keys: Mapping[str, str]) -> Any:
    """Keys that never change."""

    def told(*, fresh: bool = False) -> Mapping[str, str]:
        del fresh
        return keys

    return told


@pytest.fixture
def clock() -> LocalClock:
    return LocalClock(START, still=True)


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as made:
        yield made


@pytest.fixture
def psa_simulator(clock: LocalClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[PsaSimulator]:
    monkeypatch.setattr(psa_client, "PAGE_SIZE", 2)
    with PsaSimulator(clock=clock.now) as simulator:
        yield simulator


@pytest.fixture
def psa(psa_simulator: PsaSimulator, clock: LocalClock, http: Http) -> Psa:
    _, company, keys = SIMULATORS["connectwise_psa"]
    return Psa(SystemSettings(base_url=psa_simulator.url, company=company), _always(keys), clock, http)


@pytest.fixture
def eautomate_simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with EautomateSimulator(clock=clock.now) as simulator:
        yield simulator


@pytest.fixture
def eautomate(eautomate_simulator: EautomateSimulator, clock: LocalClock, http: Http) -> Eautomate:
    _, company, keys = SIMULATORS["eautomate"]
    settings = SystemSettings(base_url=eautomate_simulator.url, company=company)
    return Eautomate(settings, _always(keys), clock, http)


between = st.lists(st.tuples(st.sampled_from(["add", "delete", "touch"]), st.integers(0, 20)), max_size=3)


@given(st.integers(0, 9), st.lists(between, max_size=6), st.booleans())
@effort(40, 3_000)
def test_every_company_that_stays_is_listed_once_whatever_happens_between_pages(
    psa: Psa, psa_simulator: PsaSimulator, how_many: int, script: list[list[tuple[str, int]]], by_time: bool
) -> None:
    sim = psa_simulator
    for record in sim.records(COMPANIES):
        sim.delete(COMPANIES, record["id"])
    for _ in range(how_many):
        _add(sim)
    stayed = {record["id"] for record in sim.records(COMPANIES)}
    condition = changed_since(START - timedelta(minutes=2)) if by_time else None
    listed: list[int] = []
    happenings = iter(script)
    ahead: int | None = 0
    while ahead is not None:
        records, ahead = psa.page(COMPANIES, condition, Company, ahead)
        listed += [record.id for record in records]
        assert (ahead is None) == (len(records) < 2)
        for what, which in next(happenings, []):
            there = [record["id"] for record in sim.records(COMPANIES)]
            if what == "add" or not there:
                _add(sim)
            elif what == "touch":
                sim.edit(COMPANIES, there[which % len(there)], city=f"City {which}")
            else:
                gone = there[which % len(there)]
                sim.delete(COMPANIES, gone)
                stayed.discard(gone)
    assert listed == sorted(set(listed)), "by ascending id, each once"
    assert stayed <= set(listed), "a list is never shorter than what stayed in it"


def _add(sim: PsaSimulator) -> dict[str, Any]:
    number = sim.random.randrange(10**9)
    return sim.add(COMPANIES, identifier=f"C{number}", name=f"Company {number}")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.booleans()), max_size=12))
@effort(60, 4_000)
def test_each_list_by_the_last_ones_stamp_names_all_that_changed_since(
    eautomate: Eautomate, eautomate_simulator: EautomateSimulator, clock: LocalClock, moves: list[tuple[int, int, bool]]
) -> None:
    """Edits within one thousandth of a second of a list, before or after it, included."""
    sim = eautomate_simulator
    numbers = [row.number for row in sim.customers] or [
        sim.add_customer(f"C{n}", f"Customer {n}").number for n in range(6)
    ]
    _, cursor = eautomate.changed_customers(None)
    owed: set[str] = set()
    for which, thousandths, look in moves:
        if look:
            rows, cursor = eautomate.changed_customers(cursor)
            assert owed <= {row.number for row in rows}
            owed.clear()
        clock.turn(seconds=thousandths / 20_000)
        sim.edit_customer(numbers[which], City=f"City {sim.random.random()}")
        owed.add(numbers[which])
    rows, _ = eautomate.changed_customers(cursor)
    assert owed <= {row.number for row in rows}
