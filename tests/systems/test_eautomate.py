"""The e-automate adapter against the simulator, on real sockets: what it reads and how it saves."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.simulators.eautomate.server import EautomateSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RecordRejected, RetryLater
from shared.sync.plan import Created, Step
from shared.systems.eautomate import Customer, Eautomate
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.vault import TurnableClock

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def keys(*, fresh: bool = False) -> dict[str, str]:
    return {"user": "demo", "password": "demo"}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(NOW)


@pytest.fixture
def simulator(clock: TurnableClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        yield simulator


@pytest.fixture
def eautomate(simulator: EautomateSimulator, clock: TurnableClock, http: Http) -> Eautomate:
    return adapter(simulator, clock, http)


def adapter(simulator: EautomateSimulator, clock: TurnableClock, http: Http, **settings: Any) -> Eautomate:
    wanted = {"base_url": simulator.url, "company": "1", "time_zone": "America/New_York", **settings}
    return Eautomate(SystemSettings.model_validate(wanted), keys, clock, http)


def update(customer: Customer | str, **fields: Any) -> Step:
    key = customer if isinstance(customer, str) else customer.id
    return Step("s", "eautomate", "customer", "update", key, fields)


def numbers(found: list[Customer]) -> list[str]:
    return [customer.number for customer in found]


# Reading


def test_the_first_list_holds_everyone_and_the_next_who_changed_since(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: TurnableClock
) -> None:
    first = simulator.add_customer("C1", "One")
    simulator.add_customer("C2", "Two", Active=False)
    clock.turn(minutes=1)
    rows, timestamp = eautomate.changed_customers(None)
    assert [(row.number, row.name, row.active) for row in rows] == [("C1", "One", True), ("C2", "Two", False)]
    assert rows[0].id == str(first.id)
    clock.turn(minutes=1)
    assert eautomate.changed_customers(timestamp)[0] == []
    simulator.edit_customer("C2", CustomerName="Two and a half")
    rows, later = eautomate.changed_customers(timestamp)
    assert [row.name for row in rows] == ["Two and a half"]
    assert later > timestamp


def test_a_customer_is_read_whole(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.add_customer("C1", "Parent")
    row = simulator.add_customer(
        "C1-01", "Müller & Söhne", parent="C1", Attn="Zoë", Address="1 Main St\r\nSuite 5", City="Erie", State="PA",
        Zip="16501", Country="USA", County="Erie", Phone1="814-555-0101", Phone2="814-555-0102", Fax="814-555-0103",
        Email="a@example.com", WebSite="example.com", Active=False, Prospect=True, OnHold=True, OnHoldCode="CREDIT",
        CustomerTypeCode="MSP", BranchNumber="2", TerritoryCode="EAST", SalesRep="ELLIS", Remarks="a\tb",
    )  # fmt: skip
    simulator.set_property("C1-01", "ZCJ_CW_SiteAddressRecID", "44")
    parent = eautomate.customer_by_number("C1")
    assert parent is not None
    assert eautomate.customer(str(row.id)) == Customer(
        id=str(row.id), number="C1-01", name="Müller & Söhne", attn="Zoë", address="1 Main St\r\nSuite 5", city="Erie",
        state="PA", zip="16501", country="USA", county="Erie", phone="814-555-0101", phone2="814-555-0102",
        fax="814-555-0103", email="a@example.com", website="example.com", active=False, prospect=True, on_hold=True,
        on_hold_code="CREDIT", parent_id=parent.id, parent_number="C1", customer_type="MSP", branch="2",
        territory="EAST", sales_rep="ELLIS", remarks="a\tb",
        properties={"ZCJ_CW_CompanyID": "", "ZCJ_CW_SiteAddressRecID": "44", "ZCJ_SyncToCW": ""},
    )  # fmt: skip


def test_what_is_not_given_is_blank(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.add_customer("C1", "One", configured=False, Active=None)
    customer = eautomate.customer_by_number("C1")
    assert customer is not None
    assert customer == Customer(
        id=customer.id, number="C1", name="One", active=False, parent_id="", parent_number="", properties=None
    )


def test_customers_come_in_batches_without_those_that_do_not_exist(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    ids = [str(simulator.add_customer(f"C{n}", f"Customer {n}").id) for n in range(7)]
    asked = [*ids[:3], "99999999", "no id", ids[0], *ids[3:]]
    assert numbers(eautomate.customers(asked, batch=3)) == [f"C{n}" for n in range(7)]
    assert simulator.requests["getCustomerDataList"] == 3
    assert numbers(eautomate.customers_by_number(["c5", "C9", " ", "C1"])) == ["C5", "C1"]
    simulator.forget_requests()
    assert eautomate.customers([]) == []
    assert simulator.requests.total() == 0


def test_a_batch_reads_what_a_single_read_does(clock: TurnableClock, http: Http) -> None:
    with EautomateSimulator(clock=clock.now, customers=60) as simulator:
        eautomate = adapter(simulator, clock, http)
        rows, _ = eautomate.changed_customers(None)
        found = eautomate.customers(row.id for row in rows)
        assert len(found) == 60
        assert found == [eautomate.customer(row.id) for row in rows]
        assert simulator.connections == 1


def test_who_is_not_there_is_none(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.add_customer("C1", "One")
    simulator.set_property("C1", "ZCJ_CW_CompanyID", "19")
    assert eautomate.customer("99999999") is None
    assert eautomate.customer("C1") is None
    assert eautomate.customer_by_number("C2") is None
    assert eautomate.customer_by_number("") is None
    assert eautomate.customer_by_attribute("ZCJ_CW_CompanyID", "20") is None
    assert eautomate.customer_by_attribute("ZCJ_CW_CompanyID", "") is None
    found = eautomate.customer_by_attribute("ZCJ_CW_CompanyID", "19")
    assert found is not None
    assert found.number == "C1"
    assert (eautomate.exists("c1"), eautomate.exists("C2")) == (True, False)


def test_a_property_that_nobody_has_is_named(eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match=r"Attribute not found\."):
        eautomate.customer_by_attribute("ZCJ_Unheard", "1")


# Saving


@pytest.mark.rule("EA-14")
def test_a_property_is_written_and_nothing_else_changes(clock: TurnableClock, http: Http) -> None:
    with EautomateSimulator(clock=clock.now, customers=80) as simulator:
        eautomate = adapter(simulator, clock, http)
        clock.turn(minutes=1)
        rows, timestamp = eautomate.changed_customers(None)
        configured = [c for c in eautomate.customers(row.id for row in rows) if c.properties is not None]
        before = {number: copy.deepcopy(row.values) for number, row in simulator.customers.table.items()}
        clock.turn(minutes=1)
        for customer in configured:
            applied = eautomate.apply(update(customer, properties={"ZCJ_CW_CompanyID": customer.id}))
            assert applied.id == customer.id
            wanted = {**(customer.properties or {}), "ZCJ_CW_CompanyID": customer.id}
            assert applied.record == customer.model_copy(update={"properties": wanted})
        assert len(configured) > 60
        assert {number: row.values for number, row in simulator.customers.table.items()} == before
        changed, _ = eautomate.changed_customers(timestamp)
        assert {row.id for row in changed} == {customer.id for customer in configured}


def test_other_properties_keep_their_values(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    row = simulator.add_customer("C1", "One", configured=("ZCJ_CW_CompanyID", "Rating", "ZCJ_SyncToCW"))
    simulator.set_property("C1", "Rating", "A & B")
    simulator.set_property("C1", "ZCJ_SyncToCW", "Yes")
    eautomate.apply(update(str(row.id), properties={"ZCJ_CW_CompanyID": "19"}))
    assert row.properties == {"ZCJ_CW_CompanyID": "19", "Rating": "A & B", "ZCJ_SyncToCW": "Yes"}


def test_fields_of_every_sort_are_written_and_cleared(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    row = simulator.add_customer("C1", "One", Fax="1", OnHoldCode="CREDIT", City="Erie", TerritoryCode="EAST")
    step = update(
        str(row.id), name="Two\x00", address="1 Main St\r\nSuite 5", fax="", on_hold=True, on_hold_code="",
        territory="WEST", active=False,
    )  # fmt: skip
    record = eautomate.apply(step).record
    assert isinstance(record, Customer)
    assert (record.name, record.address, record.fax, record.city) == ("Two", "1 Main St\r\nSuite 5", "", "Erie")
    assert (record.on_hold, record.on_hold_code, record.territory, record.active) == (True, "", "WEST", False)
    simulator.forget_requests()
    assert eautomate.apply(step).record == record
    assert dict(simulator.requests) == {"getCustomer": 1}


def test_nothing_is_saved_where_nothing_changes(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    row = simulator.add_customer("C1", "One", configured=True, City="Erie")
    applied = eautomate.apply(update(str(row.id), name="One", city="Erie", fax="", properties={"ZCJ_SyncToCW": ""}))
    assert isinstance(applied.record, Customer)
    assert applied.record.name == "One"
    assert dict(simulator.requests) == {"getCustomer": 1}


@pytest.mark.rule("EA-15")
def test_without_a_configuration_no_property_is_written(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    row = simulator.add_customer("C1", "One", configured=False)
    with pytest.raises(RecordRejected) as caught:
        eautomate.apply(update(str(row.id), name="Two", properties={"ZCJ_CW_CompanyID": "19"}))
    assert (caught.value.code, caught.value.field) == ("property_not_configured", "ZCJ_CW_CompanyID")
    assert "customer C1 has no custom property ZCJ_CW_CompanyID" in caught.value.words
    assert simulator.requests["saveCustomer"] == 0


@pytest.mark.rule("EA-15")
def test_a_property_outside_the_configuration_is_refused_in_the_servers_words(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    simulator.add_customer("C0", "Knows the property")
    row = simulator.add_customer("C1", "One", configured=("Rating",))
    with pytest.raises(RecordRejected) as caught:
        eautomate.apply(update(str(row.id), properties={"ZCJ_CW_CompanyID": "19"}))
    assert caught.value.code == "property_not_configured"
    assert caught.value.words == (
        "Custom property ZCJ_CW_CompanyID is not in the custom property configuration of customer C1."
    )
    with pytest.raises(RecordRejected) as caught:
        eautomate.apply(update(str(row.id), properties={"Unheard": "19"}))
    assert caught.value.code == "property_not_configured"


@pytest.mark.parametrize(
    ("fields", "words"), [({"name": " "}, "CustomerName is required."), ({"territory": "MOON"}, "MOON")]
)
def test_a_business_rule_refuses_in_the_servers_words(
    simulator: EautomateSimulator, eautomate: Eautomate, fields: dict[str, Any], words: str
) -> None:
    row = simulator.add_customer("C1", "One")
    with pytest.raises(RecordRejected, match=words) as caught:
        eautomate.apply(update(str(row.id), **fields))
    assert caught.value.system == "eautomate"
    assert row.values["CustomerName"] == "One"


@pytest.mark.parametrize("key", ["99999999", "C1"])
def test_a_record_that_is_gone_cannot_be_updated(eautomate: Eautomate, key: str) -> None:
    with pytest.raises(RecordRejected, match=f"there is no customer with the ID {key}") as caught:
        eautomate.apply(update(key, name="Two"))
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    "step",
    [
        Step("s", "eautomate", "customer", "delete", "1"),
        Step("s", "eautomate", "equipment", "update", "1"),
        Step("s", "eautomate", "customer", "update", Created("x")),
        Step("s", "eautomate", "customer", "update", None),
    ],
)
def test_a_step_that_nothing_carries_out_is_a_fault_of_ours(eautomate: Eautomate, step: Step) -> None:
    with pytest.raises(ValueError, match="has no way to"):
        eautomate.apply(step)


@pytest.mark.parametrize("fields", [{"number": "C2"}, {"parent_number": "C2"}, {"name": None}, {"active": "yes"}])
def test_what_cannot_be_written_is_a_fault_of_ours(
    simulator: EautomateSimulator, eautomate: Eautomate, fields: dict[str, Any]
) -> None:
    row = simulator.add_customer("C1", "One")
    with pytest.raises(ValueError, match="a customer's"):
        eautomate.apply(update(str(row.id), **fields))
    assert simulator.requests["saveCustomer"] == 0


# Trouble on the way


@pytest.mark.parametrize(
    ("kind", "error", "done"),
    [("lost_answer", OutcomeUnknown, "Two"), ("cut", OutcomeUnknown, "One")],
)
def test_a_save_without_an_answer_may_have_happened(
    simulator: EautomateSimulator, eautomate: Eautomate, kind: str, error: type[Exception], done: str
) -> None:
    row = simulator.add_customer("C1", "One")
    simulator.faults.order(kind, operation="saveCustomer")
    with pytest.raises(error):
        eautomate.apply(update(str(row.id), name="Two"))
    assert simulator.requests["saveCustomer"] == 1
    assert row.values["CustomerName"] == done
    eautomate.apply(update(str(row.id), name="Two"))
    assert row.values["CustomerName"] == "Two"


@pytest.mark.parametrize("kind", ["lost_answer", "cut"])
def test_a_read_without_an_answer_may_be_asked_again(
    simulator: EautomateSimulator, eautomate: Eautomate, kind: str
) -> None:
    row = simulator.add_customer("C1", "One")
    simulator.faults.order(kind)
    with pytest.raises(RetryLater) as caught:
        eautomate.customer(str(row.id))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert eautomate.customer(str(row.id)) is not None


# The service itself


def test_status_and_timestamp(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    assert eautomate.status() == "OK"
    assert eautomate.current_timestamp() == "2026-11-02T04:00:00.000"
    eautomate.check()
    assert dict(simulator.requests) == {"getServerStatus": 1, "getCurrentTimeStamp": 1, "Authorize2": 1}


def test_the_servers_clock_is_told_in_utc(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: TurnableClock
) -> None:
    assert eautomate.server_time() == NOW
    simulator.server_clock.offset += timedelta(minutes=3)
    assert eautomate.server_time() == NOW + timedelta(minutes=3)
    clock.time, simulator.server_clock.offset = datetime(2026, 7, 1, tzinfo=UTC), timedelta(hours=-4)
    assert eautomate.server_time() == clock.time


@pytest.mark.parametrize(("hour", "offset"), [(5, -4), (6, -5)])
def test_an_hour_that_comes_twice_is_the_one_it_is(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: TurnableClock, hour: int, offset: int
) -> None:
    clock.time = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)
    simulator.server_clock.offset = timedelta(hours=offset)
    assert eautomate.current_timestamp() == "2026-11-01T01:30:00.000"
    assert eautomate.server_time() == clock.time


def test_without_a_zone_the_web_servers_date_tells_the_time(
    simulator: EautomateSimulator, clock: TurnableClock, http: Http
) -> None:
    assert adapter(simulator, clock, http, time_zone="").server_time() == NOW


def test_a_moment_is_told_as_the_server_writes_it(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: TurnableClock, http: Http
) -> None:
    assert eautomate.server_clock.local(NOW) == "2026-11-02T04:00:00"
    assert eautomate.server_clock.local(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "2026-07-01T08:00:00"
    assert dict(simulator.requests) == {}
    told = adapter(simulator, clock, http, time_zone="").server_clock
    assert [told.local(NOW), told.local(NOW + timedelta(minutes=1))] == ["2026-11-02T04:00:00", "2026-11-02T04:01:00"]
    assert dict(simulator.requests) == {"getCurrentTimeStamp": 1}
    simulator.server_clock.offset, clock.time = timedelta(hours=1, seconds=4), NOW + timedelta(hours=1)
    assert told.local(clock.time) == "2026-11-02T11:00:00"


@pytest.mark.rule("EA-02")
def test_the_dealers_address_is_a_host_or_the_whole_path(
    simulator: EautomateSimulator, clock: TurnableClock, http: Http
) -> None:
    host = simulator.url.removeprefix("http://")
    for base_url in (simulator.url, f"{simulator.url}/", f"{simulator.url}/PIP/publicAPIService.asmx?WSDL"):
        eautomate = adapter(simulator, clock, http, base_url=base_url)
        assert eautomate.status() == "OK"
        assert (eautomate.name, eautomate.pace_key) == ("eautomate", f"{host}#1")


@pytest.mark.parametrize(
    ("settings", "where"),
    [({"company": ""}, "systems.eautomate.company"), ({"time_zone": "Mars/Base"}, "systems.eautomate.time_zone")],
)
def test_settings_that_do_not_hold_are_named(
    simulator: EautomateSimulator, clock: TurnableClock, http: Http, settings: dict[str, str], where: str
) -> None:
    with pytest.raises(ConfigurationWrong) as caught:
        adapter(simulator, clock, http, **settings)
    assert caught.value.where == where
    assert caught.value.fix
