"""The e-automate simulator's codes, items and equipment."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from tests.simulators.eautomate.client import EVERYTHING, ZeepApi, code, ex, plain, refusal

GOOD = {"Description": "Switch", "SalesCode": "HW", "InventoryCode": "HW-INV"}


class TestCodes:
    @pytest.mark.rule("EA-56")
    def test_lists_show_what_is_added_and_what_is_inactive(
        self, sim: EautomateSimulator, api: ZeepApi, clock: Any
    ) -> None:
        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        sim.codes.add("on_hold_codes", "LATE", "Pays late")
        sim.codes.edit("on_hold_codes", "REVIEW", active=False)

        rows = plain(api.getOnHoldCodeList(TimeStamp=stamp))["Details"]["OnHoldCodeListDetail"]
        assert rows == [
            {"OnHoldCode": "REVIEW", "Description": "To be reviewed", "Active": False},
            {"OnHoldCode": "LATE", "Description": "Pays late", "Active": True},
        ]

    def test_hold_codes_of_calls_and_of_customers_are_two_lists(self, api: ZeepApi) -> None:
        calls = plain(api.getHoldCodeList(TimeStamp=EVERYTHING))["Details"]["CodeListDetail"]
        customers = plain(api.getOnHoldCodeList(TimeStamp=EVERYTHING))["Details"]["OnHoldCodeListDetail"]

        assert "PARTS" in {row["Number"] for row in calls}
        assert "PARTS" not in {row["OnHoldCode"] for row in customers}

    def test_a_technician_is_added_and_edited(self, sim: EautomateSimulator, api: ZeepApi, clock: Any) -> None:
        sim.codes.add_technician("NGUYEN", "Kim", "Nguyen", Territory="WEST")
        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        sim.codes.edit_technician("NGUYEN", Active=False)

        assert plain(api.getTechnicianList(TimeStamp=stamp))["Details"]["TechnicianListDetail"] == [
            {"Technician": "NGUYEN", "FirstName": "Kim", "LastName": "Nguyen", "Active": False}
        ]
        assert plain(api.getTechnician(Technician=code("NGUYEN")))["Territory"] == "WEST"

    def test_what_is_taken_out_is_in_no_list_any_more(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.codes.remove("technicians", "reed")
        rows = plain(api.getTechnicianList(TimeStamp=EVERYTHING))["Details"]["TechnicianListDetail"]
        assert [row["Technician"] for row in rows] == ["PATEL", "LOPEZ"]
        assert api.getTechnician(Technician=code("REED")) is None

    def test_what_does_not_exist_is_an_answer_without_a_result(self, api: ZeepApi) -> None:
        assert api.getTechnician(Technician=code("NOBODY")) is None
        assert api.getEquipmentCode(EquipmentCode=code("NOTHING")) is None


class TestItems:
    def test_a_new_item_comes_back_whole(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        answer = plain(api.addItem2(ItemNumber="I1", item=api.make("ItemData", **GOOD)))

        assert answer["Item"] == "I1"
        assert answer["Active"] is True
        assert sim.items["i1"].values["SalesCode"].code == "HW"
        assert api.ExistsItem(itemCode=code("I1")) is True

    @pytest.mark.parametrize(
        ("number", "fields", "says"),
        [
            ("old", GOOD, "Item old already exists."),
            ("", GOOD, "a number is required"),
            ("I1", {**GOOD, "Item": "I2"}, "another"),
            ("I1", {**GOOD, "Description": None}, "Description is required"),
            ("I1", {**GOOD, "SalesCode": None}, "SalesCode is required"),
            ("I1", {**GOOD, "InventoryCode": None}, "InventoryCode is required"),
            ("I1", {**GOOD, "InventoryCode": "NONE"}, "Inventory code or Expense code NONE not found."),
            ("I1", {**GOOD, "InventoryCode": "SVC-EXP"}, "Inventory code SVC-EXP not found."),
            ("I1", {**GOOD, "ItemType": 2}, "Expense code HW-INV not found."),
            ("I1", {**GOOD, "ItemType": 9}, "Item type 9 does not exist."),
        ],
    )
    def test_what_cannot_be_added_is_refused(
        self, sim: EautomateSimulator, api: ZeepApi, number: str, fields: dict[str, Any], says: str
    ) -> None:
        sim.items.add("OLD", "Old one")
        item = api.make("ItemData", **fields)

        assert says in refusal(lambda: api.addItem2(ItemNumber=number, item=item)).message
        assert len(sim.items) == 1

    @pytest.mark.rule("EA-52")
    def test_a_non_inventory_item_carries_an_expense_code(self, api: ZeepApi) -> None:
        item = api.make("ItemData", **{**GOOD, "ItemType": 2, "InventoryCode": "SVC-EXP"})
        answer = plain(api.addItem2(ItemNumber="FEE", item=item))

        assert (answer["ItemTypeDescription"], answer["InventoryCode"]) == ("Non-inventory", "SVC-EXP")

    def test_the_desktop_may_leave_an_item_without_codes(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.items.add("BAD", "Template without codes")

        assert plain(api.getItem(Item=code("BAD")))["SalesCode"] is None

    def test_the_settings_for_orders_are_told(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        assert (api.itemUsageForSalesSetting(), api.genericItemForSalesSetting()) == ("ADDITEM", None)
        sim.items.add("ANY", "Any item", SalesCode="HW", InventoryCode="HW-INV")
        sim.items.usage, sim.items.generic = "GENERIC", "ANY"

        assert api.itemUsageForSalesSetting() == "GENERIC"
        assert plain(api.genericItemForSalesSetting())["Item"] == "ANY"

    def test_only_items_with_an_equipment_code_are_hosts(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        sim.items.add("CABLE", "Cable")
        sim.items.add("PRINTER", "Printer", EquipmentCode="COPIER")

        assert [host["Code"] for host in plain(api.getHostItemList())] == ["PRINTER"]


class TestEquipment:
    @pytest.fixture(autouse=True)
    def sim(self, sim: EautomateSimulator) -> EautomateSimulator:
        sim.add_customer("C1", "Acme")
        sim.add_customer("C2", "Beta")
        sim.equipment.add("E1", "C1", serial="SN-9", MakeNumber="HP", ModelNumber="M404")
        sim.equipment.add("E2", "C2", serial="sn-9", MakeNumber="XEROX")
        sim.equipment.add("E3", "C2")
        return sim

    @staticmethod
    def _find(api: ZeepApi, make: str | None, model: str | None) -> list[str]:
        answer = api.getEquipmentsFromSerialNumber(
            SerialNumber=ex("String_ex", "SN-9"), optMake=ex("String_ex", make), optModel=ex("String_ex", model)
        )
        found = (plain(answer)["Details"] or {}).get("EquipmentData", ())
        return [one["EquipmentNumber"] for one in found]

    def test_a_serial_number_may_have_several_owners(self, api: ZeepApi) -> None:
        assert self._find(api, None, None) == ["E1", "E2"]
        assert self._find(api, "xerox", None) == ["E2"]
        assert self._find(api, "HP", "M404") == ["E1"]
        assert self._find(api, "HP", "M500") == []

    def test_one_of_several_is_the_oldest_and_none_is_no_result(self, api: ZeepApi) -> None:
        nothing = {"Make": ex("String_ex"), "Model": ex("String_ex")}
        found = api.getEquipmentFromSerialNumber(SerialNumber=ex("String_ex", "SN-9"), **nothing)

        assert plain(found)["EquipmentNumber"] == "E1"
        assert api.getEquipmentFromSerialNumber(SerialNumber=ex("String_ex"), **nothing) is None
        assert api.getEquipment(EquipmentNumber=code("E9")) is None
        assert plain(api.getEquipmentsByNumber(EquipmentNumber="E9")) in ([], None)

    def test_a_list_can_be_one_customers(self, api: ZeepApi) -> None:
        answer = api.getEquipmentListForCustomer(TimeStamp=EVERYTHING, CustomerNumber=code("C2"))

        rows = plain(answer)["Details"]["EquipmentListDetail"]
        assert [row["EquipmentNumber"] for row in rows] == ["E2", "E3"]
        missing = refusal(lambda: api.getEquipmentListForCustomer(TimeStamp=EVERYTHING, CustomerNumber=code("C9")))
        assert missing.message == "Customer not found."

    def test_a_list_shows_only_what_changed(self, sim: EautomateSimulator, api: ZeepApi, clock: Any) -> None:
        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        sim.equipment.edit("E2", Active=False)

        rows = plain(api.getEquipmentList(TimeStamp=stamp))["Details"]["EquipmentListDetail"]
        assert rows == [{"EquipmentNumber": "E2", "Active": False}]
