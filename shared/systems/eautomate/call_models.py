"""e-automate's service calls as Crosswise knows them: a call with its labour and materials, and a row of their list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from shared.systems.eautomate.call_wire import CallData, CallLabor, CallListDetail, CallMaterial

LIMITS: Mapping[str, int] = {"caller": 255, "description": 2048, "po_number": 15}
"""The most characters that e-automate takes, by our field name. Nothing is cut here: rules decide."""

INVOICED = "I"
"""The status code of an invoiced call, which can be read but not changed any more (assumed: the same everywhere)."""

_HEAD = re.compile(r"\s*#?(\d+)(?![\w-])")


@dataclass(frozen=True)
class Labor:
    """A labour line. Times are the server's local time, hours and money Decimal; None where none is given.

    `charge` is what is billed for the line in place of what the bill code would make of it (LaborOverride, assumed).
    """

    technician_id: str
    technician: str
    arrival: str = ""
    departure: str = ""
    hours: Decimal | None = None
    rate: Decimal | None = None
    charge: Decimal | None = None
    remarks: str = ""
    notes: str = ""

    @classmethod
    def read(cls, line: CallLabor) -> Labor:
        return cls(
            line.TechnicianNumber.id,
            line.TechnicianNumber.plain,
            line.ArrivalDate.plain,
            line.DepartureDate.plain,
            line.LaborHours.plain,
            line.LaborRate.plain,
            line.LaborOverride.plain,
            line.Remarks.plain,
            line.Notes.plain,
        )


@dataclass(frozen=True)
class Material:
    """A part used: `item` is the item's number."""

    item: str
    quantity: Decimal | None = None
    serial_number: str = ""

    @classmethod
    def read(cls, line: CallMaterial) -> Material:
        return cls(line.Item.plain, line.Quantity.plain, line.SerialNumber.plain)


@dataclass(frozen=True)
class CallRow:
    """A line of the list of calls: `created` and `updated` are the server's local time."""

    id: str
    number: str
    status: str
    hold_code: str
    technician_id: str
    equipment_id: str
    created: str
    updated: str

    @classmethod
    def read(cls, row: CallListDetail) -> CallRow:
        return cls(
            row.CallNumber.id,
            row.CallNumber.plain,
            row.StatusCode.plain,
            row.HoldCode.plain,
            row.TechnicianNumber.id,
            row.EquipmentNumber.id,
            row.CreateDate.plain,
            row.LastUpdate.plain,
        )


@dataclass(frozen=True)
class Call:
    """A service call. `id` is e-automate's numeric ID, `number` what people call it by; codes are codes, not IDs."""

    id: str
    number: str
    customer_id: str = ""
    customer_number: str = ""
    customer_name: str = ""
    bill_to_id: str = ""
    equipment_id: str = ""
    equipment_number: str = ""
    status: str = ""
    hold_code: str = ""
    bill_code: str = ""
    call_type: str = ""
    territory: str = ""
    technician_id: str = ""
    technician: str = ""
    contract_id: str = ""
    caller: str = ""
    phone: str = ""
    description: str = ""
    notes: str = ""
    po_number: str = ""
    opened: str = ""
    closed: str = ""
    cancel_code: str = ""
    misc_charge: Decimal | None = None
    labors: tuple[Labor, ...] = ()
    materials: tuple[Material, ...] = ()

    @property
    def invoiced(self) -> bool:
        return self.status.strip() == INVOICED

    @property
    def head(self) -> str:
        """The number that leads the description; empty where none does."""
        return head(self.description)

    @classmethod
    def read(cls, data: CallData) -> Call:
        return cls(
            data.CallNumber.id,
            data.CallNumber.plain,
            data.CustomerNumber.id,
            data.CustomerNumber.plain,
            data.CustomerName.plain,
            data.BillToNumber.id,
            data.EquipmentNumber.id,
            data.EquipmentNumber.plain,
            data.StatusCode.plain,
            data.HoldCode.plain,
            data.BillCode.plain,
            data.CallType.plain,
            data.TerritoryCode.plain,
            data.TechnicianNumber.id,
            data.TechnicianNumber.plain,
            data.ContractNumber.id,
            data.Caller.plain,
            data.Phone1.plain,
            data.Description.plain,
            data.Notes.plain,
            data.PONumber.plain,
            data.CallDate.plain,
            data.CloseDate.plain,
            data.CancelCode.plain,
            data.MiscCharge.plain,
            tuple(Labor.read(line) for line in data.Labors or ()),
            tuple(Material.read(line) for line in data.MaterialsUsed or ()),
        )


def head(description: str) -> str:
    """The whole number at the start of a description (EA-42): `12345` of "12345 Printer jams", never `1234`."""
    found = _HEAD.match(description)
    return found[1] if found else ""
