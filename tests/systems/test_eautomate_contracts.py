"""What the e-automate adapter reads of contracts: whose they are, of which type, and which changed (EA-16)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from shared.systems.eautomate import Eautomate
from shared.systems.eautomate.contracts import Contract, Contracts
from tests.serving import serving

pytestmark = pytest.mark.rule("EA-16")


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        simulator.add_customer("C1", "First")
        simulator.add_customer("C2", "Second")
        yield simulator


@pytest.fixture
def contracts(eautomate: Eautomate) -> Contracts:
    return eautomate.contracts


def id_of(simulator: EautomateSimulator, number: str) -> str:
    return str(simulator.customers[number].id)


def test_a_customers_types_are_those_of_its_active_contracts_each_once(
    simulator: EautomateSimulator, contracts: Contracts
) -> None:
    for number, customer, kind in (("K1", "C1", "MS"), ("K2", "C1", "MS"), ("K3", "C1", "MAINT"), ("K4", "C2", "MS")):
        simulator.contracts.add(number, customer, Type=kind)
    simulator.contracts.add("K5", "C2")
    simulator.contracts.deactivate("K3")
    assert contracts.active_types(id_of(simulator, "C1")) == ("MS",)
    assert contracts.active_types(id_of(simulator, "C2")) == ("MS",)


def test_a_customer_without_contracts_has_no_types(simulator: EautomateSimulator, contracts: Contracts) -> None:
    assert contracts.active_types(id_of(simulator, "C1")) == ()


def test_what_changed_since_is_listed_and_then_read(
    simulator: EautomateSimulator, contracts: Contracts, clock: LocalClock
) -> None:
    first = simulator.contracts.add("K1", "C1", Type="MS")
    ids, stamp = contracts.changed(None)
    assert ids == [str(first.id)]
    assert contracts.contract(ids[0]) == Contract(
        str(first.id), id_of(simulator, "C1"), "MS", active=True, number="K1", status="A"
    )
    clock.turn(seconds=1)
    ids, stamp = contracts.changed(stamp)
    clock.turn(seconds=1)
    simulator.contracts.terminate("K1")
    assert contracts.changed(stamp)[0] == [str(first.id)]
    changed = contracts.contract(str(first.id))
    assert changed is not None
    assert not changed.active


def test_a_contract_that_is_not_there_is_none(contracts: Contracts) -> None:
    assert contracts.contract("999999") is None
