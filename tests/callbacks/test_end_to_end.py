"""From a member's screen in ConnectWise to the customer in e-automate, on the local cloud, with polling off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from functions import wiring
from infra.local.cloud import Cloud, Happening, LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import Connection
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref

KEYS = {"public_key": "public", "private_key": "private", "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90"}
KEY = FlowKey("demo", "eautomate_customers")
NUMBER = "1001"
PROPERTY = "ZCJ_CW_CompanyID"


@dataclass
class Office:
    """One MSP: both systems, and a cloud whose HTTP API listens. Nothing is due, so that nothing is polled."""

    clock: LocalClock
    cloud: Cloud = field(init=False)
    psa: PsaSimulator = field(init=False)
    eautomate: EautomateSimulator = field(init=False)
    _end: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.cloud = self._end.enter_context(Cloud(clock=self.clock, http=0))
        self.psa = self._end.enter_context(PsaSimulator(clock=self.clock.now))
        self.eautomate = self._end.enter_context(EautomateSimulator(clock=self.clock.now))
        self.cloud.put_secret("crosswise/connectwise_psa/demo", KEYS)
        self.cloud.put_secret("crosswise/eautomate/demo", {"user": "demo", "password": "demo"})
        self.psa.define_custom_field("company/companies/*/sites", "EA Location")
        self.eautomate.add_customer(number=NUMBER, name="Alder Dental", City="Tampa", State="FL")
        self.company: int = self.psa.add("company/companies", identifier="ALDER", name="Alder Dental")["id"]
        systems = {
            "connectwise_psa": {"base_url": self.psa.url, "company": "demo"},
            "eautomate": {"base_url": self.eautomate.url, "company": "1"},
        }
        connection = Connection.model_validate({"id": "demo", "systems": systems, "flows": {KEY.flow: {}}})
        with self.inside():
            wiring.runtime().store.flows.put_connection(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()

    def inside(self) -> Any:
        return self.cloud.settings_of("connectwise_callback")

    def register(self) -> None:
        done = self.cloud.invoke("callback_registration", {"connection": "demo"}).answer["connections"]["demo"]
        assert (done["created"], done["error"]) == (["company"], "")

    def give_number(self) -> None:
        """A member enters the customer's number on the company's screen."""
        self.psa.edit("company/companies", self.company, accountNumber=NUMBER)

    @property
    def linked(self) -> str:
        """The company to which the customer is linked, empty if to none."""
        with self.inside():
            ref = Ref("customer-company", "cw", str(self.company))
            state = wiring.runtime().store.links.find(KEY, [ref]).get(ref)
        return state.cw_id if isinstance(state, Link) else ""

    @property
    def written(self) -> str:
        """What stands in the customer's custom property."""
        (row,) = [row for row in self.eautomate.customers if row.number == NUMBER]
        return str(row.properties.get(PROPERTY) or "")

    def settle(self) -> None:
        """Until every callback has been sent and every message worked on, by a clock that stands still."""
        for _ in range(10):
            assert self.psa.callbacks.settled()
            if not self.cloud.run_until_quiet():
                return
        raise AssertionError("callbacks and messages beget each other without end")

    def poll(self) -> None:
        """The flow is due by its cadence, and looks."""
        with self.inside():
            wiring.runtime().store.flows.set_due(KEY, self.cloud.clock.now())
        self.cloud.wait(minutes=2)

    @contextmanager
    def working(self) -> Iterator[Callable[[str, float], float]]:
        """The cloud works by itself meanwhile; gives a function that waits for a function's run to end.

        It takes the function's name and the seconds to wait at most, and returns how many it took.
        """
        stopped, happened = threading.Event(), threading.Condition()
        seen: list[Happening] = []

        def note(happening: Happening) -> None:
            with happened:
                seen.append(happening)
                happened.notify_all()

        def wait(function: str, seconds: float) -> float:
            began = time.monotonic()
            with happened:
                found = happened.wait_for(lambda: any(one.function == function for one in seen), seconds)
            assert found, f"{function} did not run within {seconds} seconds; there ran {[one.function for one in seen]}"
            assert [one.error for one in seen if one.error] == []
            return time.monotonic() - began

        self.cloud.watchers.append(note)
        worker = threading.Thread(target=self.cloud.run, args=(stopped,), kwargs={"pause": 0.02})
        worker.start()
        try:
            yield wait
        finally:
            stopped.set()
            worker.join()
            self.cloud.watchers.remove(note)


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(LocalClock(datetime(2026, 11, 2, 9, 0, 30, tzinfo=UTC), still=True)) as made:
        yield made
        assert made.psa.crashes == []
        assert made.eautomate.crashes == []


def test_a_company_given_a_number_is_linked_within_two_seconds() -> None:
    with Office(LocalClock()) as office:
        office.register()
        with office.working() as wait:
            began = time.monotonic()
            office.give_number()
            wait("EautomateCustomers", 2)
            assert time.monotonic() - began < 2
        assert office.linked == office.written == str(office.company)


def test_without_callbacks_the_poll_finds_it(office: Office) -> None:
    office.give_number()
    office.settle()
    assert office.linked == office.written == ""
    office.poll()
    assert office.linked == office.written == str(office.company)


def test_an_hour_without_keys_loses_nothing_that_the_poll_does_not_find(office: Office) -> None:
    """ConnectWise gives no signing key: every callback is asked for again, twice, and then it is up to the poll."""
    office.register()
    office.psa.faults.order("status", operation="callbackkey", times=1000)
    office.give_number()
    for seconds in (0, 2, 4, 3600):
        office.cloud.clock.turn(seconds=seconds)
        office.settle()
    (given_up,) = office.psa.callbacks.done
    assert (given_up.tries, given_up.status) == (3, 429)
    assert office.linked == ""
    office.poll()
    assert office.linked == office.written == str(office.company)


def test_a_moment_without_a_key_costs_two_seconds(office: Office) -> None:
    office.register()
    office.psa.faults.order("status", operation="callbackkey", times=1)
    office.give_number()
    office.settle()
    assert office.linked == ""
    office.cloud.clock.turn(seconds=2)
    office.settle()
    assert office.linked == office.written == str(office.company)


def test_what_we_wrote_ourselves_comes_back_and_ends_there(office: Office) -> None:
    office.register()
    office.give_number()
    office.settle()
    told = len(office.psa.callbacks.done)
    before = office.cloud.tally()
    office.eautomate.edit_customer(NUMBER, City="Sarasota")
    with office.inside():
        wiring.runtime().store.flows.set_due(KEY, office.cloud.clock.now())
    office.cloud.clock.turn(minutes=1)
    office.settle()
    assert office.psa.record("company/companies", office.company)["city"] == "Sarasota"
    assert len(office.psa.callbacks.done) > told, "ConnectWise told us of what we wrote"
    counts = (office.cloud.tally() - before).counts(KEY.flow)
    assert counts["applied"] == 1
    assert office.cloud.waiting() == {}


def test_a_company_that_is_deleted_is_looked_at(office: Office) -> None:
    office.register()
    office.give_number()
    office.settle()
    before = office.cloud.tally()
    office.psa.delete("company/companies", office.company)
    office.settle()
    assert sum((office.cloud.tally() - before).counts(KEY.flow).values()) == 1


def test_callbacks_that_failed_for_three_days_are_activated_again(office: Office) -> None:
    office.register()
    office.psa.faults.order("status", operation="callbackkey", times=1000)
    for _ in range(3):
        office.psa.edit("company/companies", office.company, phoneNumber=f"813555010{_}")
        for seconds in (0, 2, 4):
            office.cloud.clock.turn(seconds=seconds)
            assert office.psa.callbacks.settled()
        office.cloud.clock.turn(hours=23, minutes=50)
    assert [entry["inactiveFlag"] for entry in office.psa.records("system/callbacks")] == [True]
    office.psa.faults.clear()
    done = office.cloud.invoke("callback_registration", {}).answer["connections"]["demo"]
    assert done["reactivated"] == ["company"]
    office.give_number()
    office.settle()
    assert office.linked == str(office.company)


def test_a_moment_without_a_queue_loses_nothing(office: Office) -> None:
    office.register()
    office.cloud.trouble.refuse("SendMessageBatch", "ServiceUnavailable", times=1000)
    office.give_number()
    assert office.psa.callbacks.settled(timeout=30)
    office.cloud.trouble.end()
    office.cloud.clock.turn(seconds=2)
    office.settle()
    assert office.linked == str(office.company)
