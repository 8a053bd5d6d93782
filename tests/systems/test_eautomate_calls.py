"""What the e-automate adapter reads and writes of service calls, on a server that is five hours behind UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.systems.eautomate import Call, Eautomate, Labor, Material
from shared.systems.eautomate.call_models import head
from tests.serving import serving

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        simulator.add_customer("C1", "Acme")
        simulator.items.add("TONER", "Toner")
        yield simulator


def add(simulator: EautomateSimulator, description: str = "12345 Printer jams", **fields: Any) -> str:
    """A call that somebody opened at the desktop; its ID."""
    return str(simulator.calls.add("C1", Description=description, **fields).id)


def step(verb: Any, key: str | None = None, **fields: Any) -> Step:
    return Step("call", "eautomate", "call", verb, key, fields)


def line(technician: int, entry: str, **fields: Any) -> dict[str, Any]:
    return {"technician_id": str(technician), "remarks": f"CW {entry}", "hours": Decimal("1.25"), **fields}


def technician(simulator: EautomateSimulator, number: str = "REED") -> int:
    return simulator.company.tables["technicians"][number].id


def read(eautomate: Eautomate, key: str) -> Call:
    call = eautomate.calls.call(key)
    assert call is not None
    return call


def test_a_call_is_read_with_all_that_flows_ask_for(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.equipment.add("E1", "C1")
    row = simulator.calls.add(
        "C1", equipment="E1", Description="12345 Printer jams", StatusCode="D", HoldCode="CW", CallType="SC",
        BillCode="TM", TerritoryCode="NORTH", TechnicianNumber="REED", Caller="Ann", PONumber="PO-7", Phone1="813",
        Notes="Second floor", CallNumber="SC9",
        Labors=[{"TechnicianNumber": "REED", "LaborHours": Decimal("1.5"), "LaborRate": Decimal(110), "Remarks": "x"}],
        MaterialsUsed=[{"Item": "TONER", "Quantity": Decimal(2)}],
    )  # fmt: skip
    call = read(eautomate, str(row.id))
    assert (call.number, call.customer_number, call.customer_name, call.equipment_number) == ("SC9", "C1", "Acme", "E1")
    assert (call.status, call.hold_code, call.call_type, call.bill_code) == ("D", "CW", "SC", "TM")
    assert (call.territory, call.technician, call.caller, call.po_number) == ("NORTH", "REED", "Ann", "PO-7")
    assert (call.description, call.notes, call.phone, call.head) == (
        "12345 Printer jams",
        "Second floor",
        "813",
        "12345",
    )
    assert (call.opened, call.invoiced) == ("2026-11-02T04:00:00", False)
    reed = str(technician(simulator))
    assert call.labors == (Labor(reed, "REED", hours=Decimal("1.5"), rate=Decimal(110), remarks="x"),)
    assert call.materials == (Material("TONER", Decimal(2)),)


def test_an_invoiced_call_is_still_read_and_an_unknown_one_is_none(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    key = add(simulator, CallNumber="SC9")
    simulator.calls.invoice("SC9")
    assert read(eautomate, key).invoiced
    assert eautomate.calls.call("4711") is None
    assert eautomate.calls.call("SC9") is None


def test_a_call_is_found_by_the_number_that_people_know(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    key = add(simulator, CallNumber="SC9")
    assert eautomate.calls.call_by_number("sc9") == read(eautomate, key)
    for number in (key, "SC", "Acme, Inc. & <Sons>", " "):
        assert eautomate.calls.call_by_number(number) is None


def test_changed_calls_are_listed_since_a_timestamp(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: LocalClock
) -> None:
    old = add(simulator, HoldCode="CUST")
    clock.turn(minutes=1)
    rows, since = eautomate.calls.changed(None)
    assert [(row.id, row.hold_code, row.status, row.created) for row in rows] == [
        (old, "CUST", "P", "2026-11-02T04:00:00")
    ]
    clock.turn(minutes=1)
    new = add(simulator)
    assert [row.id for row in eautomate.calls.changed(since)[0]] == [new]
    simulator.calls.edit("SC00002", StatusCode="C")
    assert [row.id for row in eautomate.calls.changed(None, only_open=True)[0]] == [old]


@pytest.mark.rule("EA-42")
@pytest.mark.parametrize(
    ("description", "number"),
    [
        ("12345 Printer jams", "12345"),
        ("  #12345: Printer", "12345"),
        ("12345", "12345"),
        ("12345-2", ""),
        ("123456 Printer", "123456"),
        ("12345th floor", ""),
        ("Printer 12345", ""),
        ("", ""),
    ],
)
def test_the_number_at_the_head_of_a_description_is_whole(description: str, number: str) -> None:
    assert head(description) == number


def test_only_calls_created_since_are_looked_through(
    simulator: EautomateSimulator, eautomate: Eautomate, clock: LocalClock
) -> None:
    add(simulator, "1 old", CallNumber="OLD")
    clock.turn(days=1)
    began = clock.now()
    simulator.calls.edit("OLD", Notes="changed since")
    new = add(simulator, "2 new")
    clock.turn(hours=3)
    later = add(simulator, "3 later")
    simulator.forget_requests()
    assert [call.id for call in eautomate.calls.created_since(began)] == [new, later]
    assert dict(simulator.requests) == {"getCallList": 1, "getServiceCall": 2}
    assert [call.id for call in eautomate.calls.created_since(clock.now())] == [later]
    assert simulator.requests["getServiceCall"] == 2
    clock.turn(minutes=1)
    simulator.calls.edit("SC00002", Notes="changed")
    list(eautomate.calls.created_since(began))
    assert simulator.requests["getServiceCall"] == 3


def test_a_call_is_added_with_labour_and_materials(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    customer, reed = simulator.customers["C1"].id, technician(simulator)
    labor = line(
        reed, "15001", arrival=NOW, departure=NOW + timedelta(hours=1), rate=Decimal("95.5"),
        charge=Decimal("119.38"), notes="Cleaned it",
    )  # fmt: skip
    applied = eautomate.apply(
        step(
            "create", customer_id=str(customer), description="12345 Printer jams", status="O", call_type="SC",
            bill_code_id=str(simulator.company.tables["bill_codes"]["TM"].id), technician_id=str(reed), caller="",
            opened=NOW - timedelta(days=1), labors=[labor], materials=[{"item": "TONER", "quantity": Decimal(2)}],
        )
    )  # fmt: skip
    call = read(eautomate, applied.id)
    assert (call.customer_number, call.status, call.call_type, call.bill_code) == ("C1", "O", "SC", "TM")
    assert (call.equipment_id, call.opened, call.technician) == ("", "2026-11-01T04:00:00", "REED")
    assert call.labors == (
        Labor(
            str(reed), "REED", "2026-11-02T04:00:00", "2026-11-02T05:00:00", Decimal("1.25"), Decimal("95.5"),
            Decimal("119.38"), "CW 15001", "Cleaned it",
        ),
    )  # fmt: skip
    assert call.materials == (Material("TONER", Decimal(2)),)


def test_a_call_for_equipment_has_its_customer(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.equipment.add("E1", "C1")
    applied = eautomate.apply(step("create", equipment="E1", description="1 x"))
    assert (read(eautomate, applied.id).equipment_number, read(eautomate, applied.id).customer_number) == ("E1", "C1")
    assert (eautomate.calls.has_equipment("e1"), eautomate.calls.has_equipment("E2")) == (True, False)


def test_what_is_refused_is_said(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected, match="PONumber"):
        eautomate.apply(
            step("create", customer_id=str(simulator.customers["C1"].id), description="1 x", po_number="P" * 16)
        )
    with pytest.raises(RecordRejected) as caught:
        eautomate.apply(step("update", "4711", notes="x"))
    assert caught.value.code == "not_found"


def test_an_add_whose_answer_is_lost_may_have_happened(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.faults.order("lost_answer", operation="addCall2")
    with pytest.raises(OutcomeUnknown):
        eautomate.apply(step("create", customer_id=str(simulator.customers["C1"].id), description="1 x"))
    assert [call.description for call in eautomate.calls.created_since(NOW)] == ["1 x"]


def test_an_update_adds_lines_and_leaves_the_rest_as_it_was(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    simulator.codes.add_technician("DOE", "Ann", "Doe")
    reed, doe = technician(simulator), technician(simulator, "DOE")
    row = simulator.calls.add(
        "C1", Description="12345 x", Notes="By hand", CallNumber="SC9", ProblemCodes=[], Caller="Ann",
        Labors=[{"TechnicianNumber": "REED", "TravelHours": Decimal(1), "Remarks": "CW 15001"}],
        Meters=[{"MeterReading": Decimal(12)}],
    )  # fmt: skip
    before = dict(row.values)
    applied = eautomate.apply(
        step("update", str(row.id), status="O", labors=[line(reed, "15001"), line(doe, "15002")], caller="Ann")
    )
    assert isinstance(applied.record, Call)
    assert [(each.technician, each.remarks) for each in applied.record.labors] == [
        ("REED", "CW 15001"),
        ("DOE", "CW 15002"),
    ]
    after = dict(simulator.calls["SC9"].values)
    assert {name for name in after if after[name] != before[name]} == {"StatusCode", "Labors"}
    assert after["Labors"][0] == before["Labors"][0]
    simulator.forget_requests()
    eautomate.apply(step("update", str(row.id), status="O", labors=[line(reed, "15001")]))
    assert dict(simulator.requests) == {"getServiceCall": 1}


def test_a_call_is_held_and_taken_off_hold(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    key = add(simulator)
    eautomate.apply(step("hold", key, hold_code="CW"))
    assert read(eautomate, key).hold_code == "CW"
    eautomate.apply(step("hold", key, hold_code=""))
    assert read(eautomate, key).hold_code == ""


def test_a_call_that_somebody_put_on_hold_meanwhile_keeps_his_code(
    simulator: EautomateSimulator, eautomate: Eautomate
) -> None:
    key = add(simulator, HoldCode="PARTS")
    applied = eautomate.apply(step("hold", key, hold_code="CW"))
    assert isinstance(applied.record, Call)
    assert applied.record.hold_code == read(eautomate, key).hold_code == "PARTS"
    assert simulator.requests["saveCall"] == 0


def test_a_save_that_is_refused_in_band_is_refused(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    key = add(simulator, CallNumber="SC9")
    simulator.calls.invoice("SC9")
    with pytest.raises(RecordRejected, match="invoiced"):
        eautomate.apply(step("hold", key, hold_code="CW"))
