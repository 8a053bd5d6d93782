"""Simulated service calls: opened, read, listed, saved whole and completed.

Assumed, where neither the WSDL nor its users say: a call is opened as Pending unless the client says
otherwise, never as Invoiced; customer, equipment and work order of a call stay what they were; saveCall refuses in its
own Result (type 1, code 1: the real values are documented nowhere) but answers a call that does not exist
with a fault, as getCall does; open calls are those pending, scheduled or dispatched.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.fields import blank, given
from infra.local.simulators.eautomate.properties import CustomProperties
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Company, Operations, Refused, Row

PENDING, COMPLETE, INVOICED = "P", "C", "I"
OPEN = {PENDING, "S", "D"}
LONGEST = {"Caller": 255, "Description": 2048, "PONumber": 15}
_FROM_CUSTOMER = ("CustomerName", "Address", "City", "State", "Zip", "Phone1", "Phone2", "Fax", "Country")
_FIXED = ("CustomerNumber", "EquipmentNumber")
_NONE = Code()


class Calls(Records):
    """The service calls of one company."""

    kind = "calls"
    label = "Call"
    type_name = "CallData"
    apart = ("CallNumber", "WorkOrderNumber")
    prefix = "SC"

    def __init__(self, company: Company, properties: CustomProperties) -> None:
        super().__init__(company, properties)
        self.work_orders = company.new_table("work_orders", "Work order")
        self.work_order_of: dict[int, Code] = {}

    def add(self, customer: str | None = None, *, equipment: str | None = None, **fields: Any) -> Row:
        """A call opened at the desktop, for equipment or for unknown equipment of a customer (both by number);
        `fields` by the names of CallData, CallNumber among them."""
        with self._company.lock:
            at_first = {
                "CustomerNumber": customer,
                "EquipmentNumber": equipment,
                "UseUnknownEquipment": equipment is None,
            }
            values = {**blank(self.type_name), **given(self._company, self.type_name, at_first | fields)}
            number = self._number(values["CallNumber"] or _NONE)
            return self._open(self._prepare(values, None), number, self._work_order(_NONE))

    def invoice(self, number: str) -> None:
        """Invoice a call, as only the desktop can: getCall no longer finds it."""
        self.edit(number, StatusCode=INVOICED)

    def operations(self) -> Operations:
        """The operations on calls, by name."""
        return {
            "getCallList": lambda sent: self._list(sent, only_open=False),
            "getOpenCallList": lambda sent: self._list(sent, only_open=True),
            "getCallListForEquipment": lambda sent: self._list_for_equipment(sent, only_open=False),
            "getOpenCallListForEquipment": lambda sent: self._list_for_equipment(sent, only_open=True),
            "getCall": self._get,
            "getServiceCall": lambda sent: self.record(self.table.require(sent["CallNumber"])),
            "markCallComplete": self._mark_complete,
            "saveCall": self._save,
            "addCall": self._add,
            "addCall2": self._add_whole,
            "AddMultipleCalls": self._add_multiple,
        }

    def record(self, row: Row) -> dict[str, Any]:
        """A call as CallData."""
        return {**row.values, "CallNumber": row.code, "WorkOrderNumber": self.work_order_of[row.id]}

    # Reading

    def _get(self, sent: Arguments) -> dict[str, Any]:
        row = self.table.require(sent["CallNumber"])
        if row.values["StatusCode"].code == INVOICED:
            raise Refused("Call not found.")
        return self.record(row)

    def _list(self, sent: Arguments, *, only_open: bool, equipment: Code | None = None) -> dict[str, Any]:
        def detail(row: Row) -> dict[str, Any] | None:
            wanted = equipment is None or row.values["EquipmentNumber"] == equipment
            return _detail(row) if wanted and not (only_open and not _is_open(row)) else None

        return self._company.list_since(sent["TimeStamp"], self.table, detail)

    def _list_for_equipment(self, sent: Arguments, *, only_open: bool) -> dict[str, Any]:
        equipment = self._company.tables["equipment"].require(sent["EquipmentNumber"])
        return self._list(sent, only_open=only_open, equipment=equipment.code)

    # Opening

    def _add(self, sent: Arguments) -> Code:
        values = {
            **blank(self.type_name),
            "EquipmentNumber": sent["Equipment"],
            "Caller": sent["Caller"],
            "Description": sent["Description"],
            "TechnicianNumber": sent["optTechnicianOverride"],
            "PONumber": sent["optPONumber"],
            "CallType": sent["optCallType"],
        }
        prepared = self._prepare(values, sent["optOpenTimeOverride"])
        return self._open(prepared, self._number(_NONE), self._work_order(_NONE)).code

    def _add_whole(self, sent: Arguments) -> Code:
        values = _call(sent)
        prepared = self._prepare(values, sent["optOpenTimeOverride"])
        number = self._number(values["CallNumber"])
        return self._open(prepared, number, self._work_order(values["WorkOrderNumber"])).code

    def _add_multiple(self, sent: Arguments) -> Code:
        """All calls on one work order, or none; what is answered is that work order."""
        listed = sent["calls"] or {}
        calls = [call for call in listed.get("Calls") or () if call is not None]
        if not calls:
            raise Refused("At least one call is required.")
        prepared = [self._prepare(call, sent["optOpenTimeOverride"]) for call in calls]
        if len({call["BillToNumber"] for call in prepared}) > 1:
            raise Refused("Calls of one work order must have the same bill-to customer.")
        if any(call["CallNumber"] for call in calls):
            raise Refused("Calls of one work order get their numbers from the service.")
        work_order = self._work_order(listed["WorkOrder"])
        for values in prepared:
            self._open(values, self._number(_NONE), work_order)
        return work_order

    def _prepare(self, values: dict[str, Any], opened: datetime | None) -> dict[str, Any]:
        """What a new call is to hold. Raises Refused."""
        call = self._complete(values, None)
        if (call["StatusCode"] or _NONE).code == INVOICED:
            raise Refused("A call cannot be opened as invoiced.")
        equipment = self._equipment(call)
        customer = self._company.tables["customers"].require(call["CustomerNumber"])
        self._check_contract(call, customer)
        at_first = {name: customer.values[name] for name in _FROM_CUSTOMER}
        at_first["StatusCode"] = self._company.tables["call_statuses"][PENDING].code
        at_first["BillToNumber"] = customer.values["BillToNumber"] or customer.code
        at_first["CallDate"] = self._company.clock.now()
        if equipment is not None:
            at_first["SerialNumber"] = equipment.values["SerialNumber"]
            at_first["Model"] = equipment.values["ModelNumber"]
        call.update({name: value for name, value in at_first.items() if call[name] is None})
        if opened is not None:
            call["CallDate"] = opened
        return call

    def _equipment(self, call: dict[str, Any]) -> Row | None:
        """The call's equipment, whose customer becomes the call's; None for unknown equipment."""
        number = call["EquipmentNumber"]
        if (number is None) != (call["UseUnknownEquipment"] is True):
            raise Refused("A call is for equipment or for unknown equipment: one of the two is required.")
        if number is None:
            if call["CustomerNumber"] is None:
                raise Refused("A call for unknown equipment requires a customer.")
            return None
        equipment = self._company.tables["equipment"].require(number)
        owner = equipment.values["CustomerNumber"]
        if (call["CustomerNumber"] or owner) != owner:
            raise Refused(f"Equipment {equipment.number} does not belong to {call['CustomerNumber'].code}.")
        call["CustomerNumber"] = owner
        return equipment

    def _check_contract(self, call: dict[str, Any], customer: Row) -> None:
        if call["ContractNumber"] is None:
            return
        contract = self._company.tables["contracts"].require(call["ContractNumber"])
        payers = (customer.code, customer.values["ParentLocationNumber"], customer.values["BillToNumber"])
        if contract.values["Customer"] not in payers:
            raise Refused(f"Contract {contract.number} does not cover customer {customer.number}.")
        if not contract.values["Active"]:
            raise Refused(f"Contract {contract.number} is not active.")

    def _work_order(self, wanted: Code) -> Code:
        if wanted.id is not None:
            raise Refused("A new work order has no ID yet; send a code only, or nothing.")
        return self.work_orders.add(wanted.code or self.work_orders.free_number("WO"), {}).code

    def _open(self, values: dict[str, Any], number: str, work_order: Code) -> Row:
        row = self.table.add(number, values)
        self.work_order_of[row.id] = work_order
        return row

    # Changing

    def _check(self, values: dict[str, Any], row: Row | None) -> None:  # noqa: ARG002 (holds for all rows)
        for name, longest in LONGEST.items():
            if len(values[name] or "") > longest:
                raise Refused(f"{name} has more than {longest} characters.")
        for labor in values["Labors"] or ():
            if labor.get("TechnicianNumber") is None:
                raise Refused("Each labor line requires a technician.")
            arrived, left = labor.get("ArrivalDate"), labor.get("DepartureDate")
            if arrived is not None and left is not None and left < arrived:
                raise Refused("A labor line departs before it arrives.")
        for field in ("MaterialsUsed", "MaterialsNeeded"):
            if any(material.get("Item") is None for material in values[field] or ()):
                raise Refused("Each material line requires an item.")

    def _save(self, sent: Arguments) -> dict[str, Any]:
        values = _call(sent)
        row = self.table.require(values["CallNumber"])
        try:
            saved = self._complete(values, row)
            self._check_save(values, saved, row)
        except Refused as refused:
            reason = {"ResultType": 1, "ResultCode": 1, "ResultString": str(refused)}
            return {"ApiResult": False, "Details": [reason]}
        if saved != row.values:
            row.values = saved
            self.table.touch(row)
        return {"ApiResult": True, "Details": []}

    def _check_save(self, sent: dict[str, Any], saved: dict[str, Any], row: Row) -> None:
        if row.values["StatusCode"].code == INVOICED:
            raise Refused(f"Call {row.number} is invoiced.")
        if saved["StatusCode"] is None:
            raise Refused("StatusCode is required.")
        if saved["StatusCode"].code == INVOICED:
            raise Refused("A call is invoiced in the desktop program only.")
        changed = [name for name in _FIXED if saved[name] != row.values[name]]
        if (self.work_orders.find(sent["WorkOrderNumber"]) or row).code != self.work_order_of[row.id]:
            changed.append("WorkOrderNumber")
        if changed:
            raise Refused(f"{' and '.join(changed)} of call {row.number} cannot be changed.")

    def _mark_complete(self, sent: Arguments) -> bool:
        """Whether an open call became complete; one that is so already, or beyond, stays as it is."""
        row = self.table.require(sent["CallNumber"])
        if not _is_open(row):
            return False
        status = self._company.tables["call_statuses"][COMPLETE].code
        closed = sent["CloseDate"] or self._company.clock.now()
        row.values = {**row.values, "StatusCode": status, "CloseDate": closed}
        self.table.touch(row)
        return True


def _call(sent: Arguments) -> dict[str, Any]:
    if sent["call"] is None:
        raise Refused("A call is required.")
    return dict(sent["call"])


def _is_open(row: Row) -> bool:
    return row.values["StatusCode"].code in OPEN


def _detail(row: Row) -> dict[str, Any]:
    same = ("EquipmentNumber", "SerialNumber", "StatusCode", "HoldCode", "TechnicianNumber", "CallDate")
    return {
        **{name: row.values[name] for name in same},
        "CallNumber": row.code,
        "ModelNumber": row.values["Model"],
        "CreateDate": row.created,
        "LastUpdate": row.updated,
    }
