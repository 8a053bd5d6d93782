"""Every operation of the contract, driven by zeep: request and answer hold to the vendor's schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.eautomate.schema import load_schema
from tests.simulators.eautomate.client import EVERYTHING, ZeepApi, code, ex, plain

OPERATIONS = sorted(load_schema().operations)
# For lists: what the first row of the answer shows under its first field.
FIRST_ROWS = {
    "getSalesCodeList": "SVC",
    "getTaxCodeList": "EXEMPT",
    "getInventoryCodeList": "HW-INV",
    "getTerritoryList": "NORTH",
    "getEquipmentCodeList": "SERVER",
    "getExpenseCodeList": "SVC-EXP",
    "getCallTypeList": "SC",
    "getHoldCodeList": "CW",
    "getBillCodeList": "TM",
    "getTermList": "NET30",
    "getOnHoldCodeList": "CREDIT",
    "getSalesRepList": "MORGAN",
    "getTechnicianList": "REED",
    "getCustomerList": "C1",
    "getEquipmentList": "E1",
    "getContractList": "CN1",
    "getCallList": "SC1",
    "getOpenCallList": "SC1",
    "getSalesOrderList": "SO1",
}


@pytest.fixture
def sim(sim: EautomateSimulator) -> EautomateSimulator:
    """One record of each kind."""
    sim.add_customer("C1", "Acme")
    sim.items.add("I1", "Switch", SalesCode="HW", InventoryCode="HW-INV", EquipmentCode="NETWORK", MSRP=Decimal(9))
    sim.items.generic = "I1"
    sim.equipment.add("E1", "C1", serial="S-1", ItemNumber="I1", MakeNumber="CISCO", ModelNumber="2960")
    sim.contracts.add("CN1", "C1", Type="MS", BaseRate=Decimal("99.5"))
    sim.calls.add(equipment="E1", CallNumber="SC1", Description="1 printer")
    line = {"Item": "I1", "Quantity": Decimal(2), "Price": Decimal("10.25")}
    sim.sales_orders.add("C1", [line], SONumber="SO1")
    sim.sales_invoices.add("IN1", "C1", TotalSellingPrice=Decimal("20.5"))
    return sim


def drive(api: ZeepApi, sim: EautomateSimulator, operation: str) -> Any:
    """Call one operation with arguments that fit it; answers in Python's own terms."""
    make = api.make
    line = make("SalesOrderDetail", Item="I1", Quantity=1.0, Price=2.5)
    new_order = make("SalesOrderData", CustomerNumber="C1", Details={"SalesOrderDetail": [line]})
    new_call = make("CallData", EquipmentNumber="E1", Description="2 switch")
    new_item = make("ItemData", Description="Cable", SalesCode="HW", InventoryCode="HW-INV")
    serial = {"SerialNumber": ex("String_ex", "s-1")}
    makes = {name: ex("String_ex") for name in ("optMake", "optModel")}
    by_list: dict[str, Callable[[], dict[str, Any]]] = {
        "Authorize": dict,
        "Authorize2": dict,
        "getServerStatus": dict,
        "getAPIVersion": dict,
        "getCurrentTimeStamp": dict,
        "itemUsageForSalesSetting": dict,
        "genericItemForSalesSetting": dict,
        "getHostItemList": dict,
        "getEquipmentCode": lambda: {"EquipmentCode": code("server")},
        "getTechnician": lambda: {"Technician": code("REED")},
        "getSHAttribute": lambda: {"attributeName": "ZCJ_SyncToCW"},
        "ExistsItem": lambda: {"itemCode": code("I1")},
        "getItem": lambda: {"Item": code("I1")},
        "addItem2": lambda: {"ItemNumber": "I2", "item": new_item},
        "ExistsCustomer": lambda: {"CustomerNumber": code("C1")},
        "getCustomer": lambda: {"CustomerNumber": code("C1")},
        "getCustomersByName": lambda: {"CustomerName": "Acme"},
        "getCustomerDataList": lambda: {
            "Customers": {"Details": {"CustomerListDetail": [make("CustomerListDetail", CustomerNumber="C1")]}}
        },
        "GetCustomerByCustomAttribute": lambda: {"attribute": code("ZCJ_SyncToCW"), "attributeValue": "No"},
        "addCustomer": lambda: {"customer": make("CustomerData", CustomerNumber="C2", CustomerName="Beta")},
        "saveCustomer": lambda: {"customer": api.getCustomer(CustomerNumber=code("C1"))},
        "getEquipment": lambda: {"EquipmentNumber": code("E1")},
        "getEquipmentsByNumber": lambda: {"EquipmentNumber": "E1"},
        "getEquipmentListForCustomer": lambda: {"TimeStamp": EVERYTHING, "CustomerNumber": code("C1")},
        "getEquipmentFromSerialNumber": lambda: {
            **serial,
            "Make": ex("String_ex", "Cisco"),
            "Model": ex("String_ex"),
        },
        "getEquipmentsFromSerialNumber": lambda: {**serial, **makes},
        "getEquipmentsFromSerialNumbers": lambda: {
            "SerialNumbers": {"Details": {"SerialNumberListDetail": [{**serial, **makes}]}}
        },
        "getCallListForEquipment": lambda: {"EquipmentNumber": code("E1"), "TimeStamp": EVERYTHING},
        "getOpenCallListForEquipment": lambda: {"EquipmentNumber": code("E1"), "TimeStamp": EVERYTHING},
        "getCall": lambda: {"CallNumber": code("SC1")},
        "getServiceCall": lambda: {"CallNumber": code("SC1")},
        "markCallComplete": lambda: {
            "CallNumber": code("SC1"),
            "CloseDate": ex("DateTime_ex", datetime(2026, 11, 2, 8, 0)),  # noqa: DTZ001 (the server's local time)
        },
        "saveCall": lambda: {
            "call": api.getCall(CallNumber=code("SC1")),
            "optReschedule": ex("Bool_ex"),
        },
        "addCall": lambda: {
            "Equipment": code("E1"),
            "Caller": ex("String_ex", "Ann"),
            "Description": ex("String_ex", "3 printer"),
            "optTechnicianOverride": code(),
            "optOpenTimeOverride": ex("DateTime_ex"),
            "optPONumber": ex("String_ex"),
            "optCallType": code(),
        },
        "addCall2": lambda: {"call": new_call, "optOpenTimeOverride": ex("DateTime_ex")},
        "AddMultipleCalls": lambda: {
            "calls": {"WorkOrder": code(), "Calls": {"CallData": [new_call, new_call]}},
            "optOpenTimeOverride": ex("DateTime_ex"),
        },
        "getContractListForCustomer": lambda: {"CustomerNumber": code("C1"), "TimeStamp": EVERYTHING},
        "getContract": lambda: {"ContractNumber": code(sim.contracts["CN1"].id)},
        "addSalesOrder": lambda: {"SalesOrder": new_order},
        "saveSalesOrder": lambda: {"SalesOrder": api.getSalesOrder(SalesOrderNumber=code("SO1"))},
        "getSalesOrder": lambda: {"SalesOrderNumber": code("SO1")},
        "getSalesInvoice": lambda: {"InvoiceNumber": code("IN1")},
    }
    arguments = {"TimeStamp": EVERYTHING} if operation in FIRST_ROWS else by_list[operation]()
    return plain(getattr(api, operation)(**arguments))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_zeep_drives_it(api: ZeepApi, sim: EautomateSimulator, operation: str) -> None:
    """ZeepApi judges each answer by the schema; what each operation means is tested elsewhere."""
    sim.set_property("C1", "ZCJ_SyncToCW", "No")
    answer = drive(api, sim, operation)

    assert sim.requests[operation] == 1
    assert answer is not None
    if operation in FIRST_ROWS:
        (rows,) = answer["Details"].values()
        assert next(iter(rows[0].values())) == FIRST_ROWS[operation]
        assert answer["TimeStamp"] == sim.server_clock.stamp()


def test_the_first_fields_of_records_come_back(api: ZeepApi, sim: EautomateSimulator) -> None:
    """One look into each whole record that an operation answers."""
    read = {name: drive(api, sim, name) for name in OPERATIONS if name.startswith(("get", "generic"))}

    assert read["getItem"]["Item"] == read["genericItemForSalesSetting"]["Item"] == "I1"
    assert (read["getItem"]["MSRP"], read["getItem"]["ItemTypeDescription"]) == (Decimal(9), "Inventory")
    assert read["getHostItemList"] == [
        {
            "Code": "I1",
            "Name": "Switch",
            "Remarks": None,
            "SerialNumber": None,
            "Description": "Switch",
            "Yield": Decimal(0),
            "Model": None,
            "Make": None,
        }
    ]
    assert read["getEquipmentCode"] == {"EquipmentCode": "SERVER", "Description": "Server", "Active": True}
    assert (read["getTechnician"]["FirstName"], read["getTechnician"]["LastName"]) == ("Jordan", "Reed")
    assert read["getEquipment"]["MakeNumber"] == "CISCO"
    assert read["getEquipmentsByNumber"] == [read["getEquipment"]]
    assert read["getEquipmentFromSerialNumber"] == read["getEquipment"]
    for name in ("getEquipmentsFromSerialNumber", "getEquipmentsFromSerialNumbers"):
        assert read[name]["Details"]["EquipmentData"] == [read["getEquipment"]]
    assert (read["getContract"]["ContractNumber"], read["getContract"]["TypeDescription"]) == (
        "CN1",
        "Managed services",
    )
    assert (read["getCall"]["CustomerNumber"], read["getCall"]["SerialNumber"]) == ("C1", "S-1")
    assert read["getCall"] == read["getServiceCall"]
    assert (read["getSalesOrder"]["SONumber"], read["getSalesOrder"]["Total"]) == ("SO1", 20.5)
    assert read["getSalesInvoice"]["TotalSellingPrice"] == 20.5
