"""The e-automate simulator's service calls: opened, listed, saved, held, completed, invoiced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from tests.simulators.eautomate.client import EVERYTHING, ZeepApi, code, ex, plain, refusal

NINE = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 (the server's local time, as all datetimes here)
TEN = datetime(2026, 11, 2, 10, 0)  # noqa: DTZ001
NOW = datetime(2026, 11, 2, 4, 0)  # noqa: DTZ001 (09:00 UTC)
NOT_GIVEN = ex("DateTime_ex")


@pytest.fixture(autouse=True)
def sim(sim: EautomateSimulator) -> EautomateSimulator:
    sim.add_customer("C1", "Acme", City="Dayton")
    sim.add_customer("C1-01", "Acme - Annex", parent="C1", BillToNumber="C1")
    sim.add_customer("C2", "Beta")
    sim.equipment.add("E1", "C1", serial="SN-1", ModelNumber="M404")
    sim.contracts.add("CN1", "C1")
    return sim


def unknown(api: ZeepApi, customer: str = "C1", **fields: Any) -> dict[str, Any]:
    """A call for unknown equipment of a customer."""
    return api.make("CallData", UseUnknownEquipment=True, CustomerNumber=customer, **fields)


def labor(api: ZeepApi, technician: str | None = "REED", **fields: Any) -> dict[str, Any]:
    """A list of one labor line."""
    return {"CallLabor": [api.make("CallLabor", TechnicianNumber=technician, **fields)]}


def listed(answer: Any) -> list[str]:
    """The numbers in a call list."""
    return [row["CallNumber"] for row in (plain(answer)["Details"] or {}).get("CallListDetail", ())]


def number_of(answer: Any) -> str:
    """The code in an eaCodeType."""
    return str(plain(answer))


class TestOpening:
    def test_a_call_for_equipment_is_for_its_customer(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        call = api.make("CallData", EquipmentNumber="E1", Description="42 printer")
        answer = api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)
        made = plain(api.getCall(CallNumber=answer))

        assert (made["CustomerNumber"], made["CustomerName"], made["City"]) == ("C1", "Acme", "Dayton")
        assert (made["SerialNumber"], made["Model"]) == ("SN-1", "M404")
        assert (made["StatusCode"], made["CallDate"], made["BillToNumber"]) == ("P", NOW, "C1")
        assert answer.ID.Value == sim.calls[number_of(answer)].id

    def test_a_call_for_unknown_equipment_names_its_customer(self, api: ZeepApi) -> None:
        answer = api.addCall2(call=unknown(api, "C1-01"), optOpenTimeOverride=ex("DateTime_ex", NINE))
        made = plain(api.getCall(CallNumber=answer))

        assert (made["CustomerNumber"], made["BillToNumber"], made["CallDate"]) == ("C1-01", "C1", NINE)
        assert made["UseUnknownEquipment"] is True

    def test_labor_and_materials_come_back(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.items.add("I1", "Toner")
        times = {"ArrivalDate": NINE, "DepartureDate": TEN, "LaborHours": 1.0, "LaborRate": 95.5}
        call = unknown(
            api,
            StatusCode="O",
            Labors=labor(api, **times, Remarks="Replaced the toner"),
            MaterialsUsed={"CallMaterial": [api.make("CallMaterial", Item="I1", Quantity=2.0)]},
        )
        made = plain(api.getCall(CallNumber=api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)))

        (line,) = made["Labors"]["CallLabor"]
        assert (line["TechnicianNumber"], line["ArrivalDate"], line["LaborHours"]) == ("REED", NINE, 1.0)
        assert made["MaterialsUsed"]["CallMaterial"][0]["Item"] == "I1"
        assert made["StatusCode"] == "O"

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({}, "one of the two is required"),
            ({"EquipmentNumber": "E1", "UseUnknownEquipment": True}, "one of the two is required"),
            ({"UseUnknownEquipment": True}, "requires a customer"),
            ({"UseUnknownEquipment": True, "CustomerNumber": "C9"}, "Customer C9 not found."),
            ({"EquipmentNumber": "E9"}, "Equipment E9 not found."),
            ({"EquipmentNumber": "E1", "CustomerNumber": "C2"}, "does not belong to C2"),
            ({"EquipmentNumber": "E1", "TechnicianNumber": "NOBODY"}, "Technician NOBODY not found."),
            ({"EquipmentNumber": "E1", "CallType": "ODD"}, "Call type ODD not found."),
            ({"EquipmentNumber": "E1", "BillCode": "ODD"}, "Bill code ODD not found."),
            ({"EquipmentNumber": "E1", "StatusCode": "I"}, "cannot be opened as invoiced"),
            ({"EquipmentNumber": "E1", "CallNumber": 77}, "no ID yet"),
            ({"EquipmentNumber": "E1", "PONumber": "1" * 16}, "PONumber has more than 15 characters."),
            ({"EquipmentNumber": "E1", "Caller": "a" * 256}, "Caller has more than 255 characters."),
            ({"EquipmentNumber": "E1", "Description": "a" * 2049}, "Description has more than 2048 characters."),
            (
                {"UseUnknownEquipment": True, "CustomerNumber": "C2", "ContractNumber": "CN1"},
                "does not cover customer C2",
            ),
        ],
    )
    def test_what_cannot_be_opened_is_refused(
        self, sim: EautomateSimulator, api: ZeepApi, fields: dict[str, Any], says: str
    ) -> None:
        call = api.make("CallData", **fields)

        assert says in refusal(lambda: api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)).message
        assert len(sim.calls) == 0

    @pytest.mark.parametrize(
        ("technician", "times", "says"),
        [
            (None, {}, "requires a technician"),
            ("NOBODY", {}, "Technician NOBODY not found."),
            ("REED", {"ArrivalDate": TEN, "DepartureDate": NINE}, "departs before it arrives"),
        ],
    )
    def test_bad_labor_is_refused(
        self,
        sim: EautomateSimulator,
        api: ZeepApi,
        technician: str | None,
        times: dict[str, datetime],
        says: str,
    ) -> None:
        call = unknown(api, Labors=labor(api, technician, **times))

        assert says in refusal(lambda: api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)).message
        assert len(sim.calls) == 0

    def test_a_contract_of_the_parent_covers_but_not_an_inactive_one(
        self, sim: EautomateSimulator, api: ZeepApi
    ) -> None:
        call = unknown(api, "C1-01", ContractNumber="CN1")
        made = api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)
        assert plain(api.getCall(CallNumber=made))["ContractNumber"] == "CN1"

        sim.contracts.deactivate("CN1")
        refused = refusal(lambda: api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN))
        assert refused.message == "Contract CN1 is not active."

    def test_the_short_way_opens_one_for_equipment(self, api: ZeepApi) -> None:
        answer = api.addCall(
            Equipment=code("E1"),
            Caller=ex("String_ex", "Ann"),
            Description=ex("String_ex", "42 printer"),
            optTechnicianOverride=code("PATEL"),
            optOpenTimeOverride=ex("DateTime_ex", NINE),
            optPONumber=ex("String_ex", "PO-7"),
            optCallType=code("REM"),
        )
        made = plain(api.getCall(CallNumber=answer))

        wanted = ("Caller", "Description", "TechnicianNumber", "CallDate", "PONumber", "CallType", "CustomerNumber")
        assert [made[name] for name in wanted] == ["Ann", "42 printer", "PATEL", NINE, "PO-7", "REM", "C1"]

    def test_several_share_a_work_order(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        calls = {"CallData": [unknown(api, "C1", Description="1"), unknown(api, "C1-01", Description="2")]}
        answer = api.AddMultipleCalls(calls={"WorkOrder": code("WO-X"), "Calls": calls}, optOpenTimeOverride=NOT_GIVEN)

        assert number_of(answer) == "WO-X"
        made = [plain(api.getCall(CallNumber=code(row.number))) for row in sim.calls]
        assert [call["WorkOrderNumber"] for call in made] == ["WO-X", "WO-X"]

    @pytest.mark.parametrize(
        ("work_order", "customers", "says"),
        [
            (None, ["C1", "C2"], "same bill-to"),
            (None, ["C1", "C9"], "Customer C9 not found."),
            ("TAKEN", ["C1"], "Work order TAKEN already exists."),
            (None, [], "At least one call"),
        ],
    )
    def test_of_several_all_are_opened_or_none(
        self, sim: EautomateSimulator, api: ZeepApi, work_order: str | None, customers: list[str], says: str
    ) -> None:
        taken = {"WorkOrder": code("TAKEN"), "Calls": {"CallData": [unknown(api)]}}
        api.AddMultipleCalls(calls=taken, optOpenTimeOverride=NOT_GIVEN)
        calls = {
            "WorkOrder": code(work_order),
            "Calls": {"CallData": [unknown(api, customer) for customer in customers]},
        }

        refused = refusal(lambda: api.AddMultipleCalls(calls=calls, optOpenTimeOverride=NOT_GIVEN))
        assert says in refused.message
        assert len(sim.calls) == 1

    def test_the_calls_of_one_work_order_are_numbered_by_the_service(
        self, sim: EautomateSimulator, api: ZeepApi
    ) -> None:
        calls = {"CallData": [unknown(api), unknown(api, CallNumber="MINE")]}
        sent = {"WorkOrder": code(), "Calls": calls}

        refused = refusal(lambda: api.AddMultipleCalls(calls=sent, optOpenTimeOverride=NOT_GIVEN))
        assert "get their numbers from the service" in refused.message
        assert len(sim.calls) == len(sim.calls.work_orders) == 0

    def test_a_wanted_number_is_taken_if_it_is_free(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        call = unknown(api, CallNumber="MINE", WorkOrderNumber="WO-MINE")
        assert number_of(api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN)) == "MINE"

        call["WorkOrderNumber"] = code("WO-OTHER")
        refused = refusal(lambda: api.addCall2(call=call, optOpenTimeOverride=NOT_GIVEN))
        assert refused.message == "Call MINE already exists."
        assert list(sim.calls.work_orders) == ["WO-MINE"]

    def test_nothing_makes_two_calls_of_one_request_the_same(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        """There is no idempotency key: who sends twice gets two."""
        for _ in range(2):
            api.addCall2(call=unknown(api, Description="42 printer"), optOpenTimeOverride=NOT_GIVEN)

        assert len(sim.calls) == 2


class TestReading:
    def test_a_missing_call_is_a_fault(self, api: ZeepApi) -> None:
        for get in (api.getCall, api.getServiceCall):
            assert refusal(lambda get=get: get(CallNumber=code("SC9"))).message == "Call not found."

    def test_an_invoiced_call_is_found_by_the_other_operation_only(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.calls.add("C1", CallNumber="SC1")
        sim.calls.invoice("SC1")

        assert refusal(lambda: api.getCall(CallNumber=code("SC1"))).message == "Call not found."
        assert plain(api.getServiceCall(CallNumber=code("SC1")))["StatusCode"] == "I"

    def test_lists_are_by_time_by_state_and_by_equipment(
        self, sim: EautomateSimulator, api: ZeepApi, clock: Any
    ) -> None:
        for number, equipment, status in (("SC1", "E1", "P"), ("SC2", None, "C"), ("SC3", "E1", "O")):
            sim.calls.add(None if equipment else "C1", equipment=equipment, CallNumber=number, StatusCode=status)
        assert listed(api.getCallList(TimeStamp=EVERYTHING)) == ["SC1", "SC2", "SC3"]
        assert listed(api.getOpenCallList(TimeStamp=EVERYTHING)) == ["SC1"]
        of_e1 = {"EquipmentNumber": code("E1"), "TimeStamp": EVERYTHING}
        assert listed(api.getCallListForEquipment(**of_e1)) == ["SC1", "SC3"]
        assert listed(api.getOpenCallListForEquipment(**of_e1)) == ["SC1"]

        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        sim.calls.edit("SC2", TechnicianNumber="REED")
        assert listed(api.getCallList(TimeStamp=stamp)) == ["SC2"]

    def test_a_row_tells_status_hold_technician_and_dates(
        self, sim: EautomateSimulator, api: ZeepApi, clock: Any
    ) -> None:
        sim.calls.add(equipment="E1", CallNumber="SC1", HoldCode="PARTS", TechnicianNumber="LOPEZ")
        clock.turn(hours=6)
        sim.calls.edit("SC1", StatusCode="S")
        (row,) = plain(api.getCallList(TimeStamp=EVERYTHING))["Details"]["CallListDetail"]

        assert (row["EquipmentNumber"], row["ModelNumber"], row["SerialNumber"]) == ("E1", "M404", "SN-1")
        assert (row["StatusCode"], row["HoldCode"], row["TechnicianNumber"]) == ("S", "PARTS", "LOPEZ")
        assert (row["CreateDate"], row["LastUpdate"]) == (NOW, TEN)


class TestSaving:
    @pytest.fixture
    def call(self, sim: EautomateSimulator, api: ZeepApi) -> Any:
        """A call as read."""
        sim.calls.add(equipment="E1", CallNumber="SC1", Description="42 printer", HoldCode="PARTS")
        return api.getCall(CallNumber=code("SC1"))

    @staticmethod
    def _save(api: ZeepApi, call: Any) -> Any:
        return plain(api.saveCall(call=call, optReschedule=ex("Bool_ex")))

    def test_a_call_is_put_on_hold_and_taken_off_again(self, sim: EautomateSimulator, api: ZeepApi, call: Any) -> None:
        call.HoldCode = code("CW")
        assert self._save(api, call)["ApiResult"] is True
        assert sim.calls["SC1"].values["HoldCode"].code == "CW"

        call.HoldCode = code("")
        assert self._save(api, call)["ApiResult"] is True
        assert sim.calls["SC1"].values["HoldCode"] is None

    def test_only_a_save_that_changes_something_counts(self, api: ZeepApi, call: Any, clock: Any) -> None:
        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        assert self._save(api, call)["ApiResult"] is True
        assert listed(api.getCallList(TimeStamp=stamp)) == []

        call.Notes = ex("String_ex", "Seen")
        self._save(api, call)
        assert listed(api.getCallList(TimeStamp=stamp)) == ["SC1"]

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("HoldCode", code("ODD"), "Hold code ODD not found."),
            ("StatusCode", code(), "StatusCode is required."),
            ("StatusCode", code("I"), "in the desktop program only"),
            ("CustomerNumber", code("C2"), "CustomerNumber of call SC1 cannot be changed."),
            ("EquipmentNumber", code(), "EquipmentNumber of call SC1 cannot be changed."),
            ("PONumber", ex("String_ex", "1" * 16), "PONumber has more than 15 characters."),
        ],
    )
    def test_a_refusal_stands_in_the_answer_itself(
        self, sim: EautomateSimulator, api: ZeepApi, call: Any, field: str, value: Any, says: str
    ) -> None:
        before = dict(sim.calls["SC1"].values)
        call[field] = value
        answer = self._save(api, call)

        assert answer["ApiResult"] is False
        assert says in answer["Details"]["ResultDetail"][0]["ResultString"]
        assert sim.calls["SC1"].values == before

    def test_an_invoiced_call_is_not_changed(self, sim: EautomateSimulator, api: ZeepApi, call: Any) -> None:
        sim.calls.invoice("SC1")
        answer = self._save(api, call)

        assert answer["Details"]["ResultDetail"][0]["ResultString"] == "Call SC1 is invoiced."

    def test_a_missing_call_is_a_fault(self, api: ZeepApi) -> None:
        call = api.make("CallData", CallNumber="SC9")

        assert refusal(lambda: self._save(api, call)).message == "Call not found."

    @pytest.mark.usefixtures("call")
    def test_a_call_is_completed_once(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        def mark() -> Any:
            return api.markCallComplete(CallNumber=code("SC1"), CloseDate=ex("DateTime_ex", TEN))

        assert mark() is True
        values = sim.calls["SC1"].values
        assert (values["StatusCode"].code, values["CloseDate"]) == ("C", TEN)
        assert mark() is False
