"""e-automate's service calls on the wire: their types as the WSDL has them, and the requests for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.systems.eautomate.requests import LONG, Request
from shared.systems.eautomate.wire import (
    BEGINNING,
    NO_CODE,
    NO_DOUBLE,
    NO_FLAG,
    NO_NUMBER,
    NO_TEXT,
    NO_TIME,
    BoolEx,
    DateTimeEx,
    DoubleEx,
    EaCode,
    IntEx,
    Result,
    StringEx,
)


@dataclass(frozen=True, slots=True)
class eaCodeType(EaCode):  # noqa: N801 (as an item of a list it goes by the vendor's own name)
    """A code in a list of codes."""


@dataclass(frozen=True, slots=True)
class CallListDetail:
    """A line of a list of calls. It names no customer."""

    CallNumber: EaCode = NO_CODE
    ParentCallNumber: EaCode = NO_CODE
    MasterParentCallNumber: EaCode = NO_CODE
    EquipmentNumber: EaCode = NO_CODE
    ModelNumber: EaCode = NO_CODE
    SerialNumber: StringEx = NO_TEXT
    StatusCode: EaCode = NO_CODE
    HoldCode: EaCode = NO_CODE
    TechnicianNumber: EaCode = NO_CODE
    CallDate: DateTimeEx = NO_TIME
    CreateDate: DateTimeEx = NO_TIME
    LastUpdate: DateTimeEx = NO_TIME


@dataclass(frozen=True, slots=True)
class CallListData:
    TimeStamp: str | None = None
    Details: tuple[CallListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class CallMaterial:
    """A part used or needed. It has no price: e-automate prices items."""

    Item: EaCode = NO_CODE
    Quantity: DoubleEx = NO_DOUBLE
    UsageStatus: EaCode = NO_CODE
    SerialNumber: StringEx = NO_TEXT


@dataclass(frozen=True, slots=True)
class LaborInterruption:
    InterruptionCode: EaCode = NO_CODE
    Hours: DoubleEx = NO_DOUBLE


@dataclass(frozen=True, slots=True)
class CallLabor:
    """A labour line."""

    DispatchDate: DateTimeEx = NO_TIME
    ArrivalDate: DateTimeEx = NO_TIME
    DepartureDate: DateTimeEx = NO_TIME
    OdometerStart: IntEx = NO_NUMBER
    OdometerEnd: IntEx = NO_NUMBER
    TechnicianNumber: EaCode = NO_CODE
    Assist: BoolEx = NO_FLAG
    Interruptions: tuple[LaborInterruption, ...] | None = None
    TravelHours: DoubleEx = NO_DOUBLE
    ActivityCode: EaCode = NO_CODE
    LaborHours: DoubleEx = NO_DOUBLE
    BillableMileage: DoubleEx = NO_DOUBLE
    TaxAs: IntEx = NO_NUMBER
    LaborRate: DoubleEx = NO_DOUBLE
    OvertimeRate: DoubleEx = NO_DOUBLE
    Remarks: StringEx = NO_TEXT
    Notes: StringEx = NO_TEXT
    LaborOverride: DoubleEx = NO_DOUBLE
    MilesTravelled: DoubleEx = NO_DOUBLE


@dataclass(frozen=True, slots=True)
class CallMeter:
    MeterID: IntEx = NO_NUMBER
    MeterDescription: StringEx = NO_TEXT
    MeterType: EaCode = NO_CODE
    MeterReading: DoubleEx = NO_DOUBLE
    MeterCredits: DoubleEx = NO_DOUBLE
    MeterReadingDate: DateTimeEx = NO_TIME


@dataclass(frozen=True, slots=True)
class CallData:
    """A call, whole."""

    CallDate: DateTimeEx = NO_TIME
    ReqDate: DateTimeEx = NO_TIME
    EstStartDate: DateTimeEx = NO_TIME
    EstDuration: StringEx = NO_TEXT
    CallNumber: EaCode = NO_CODE
    WorkOrderNumber: EaCode = NO_CODE
    WorkOrderRemarks: StringEx = NO_TEXT
    StatusCode: EaCode = NO_CODE
    HoldCode: EaCode = NO_CODE
    BillCode: EaCode = NO_CODE
    CallType: EaCode = NO_CODE
    Caller: StringEx = NO_TEXT
    Description: StringEx = NO_TEXT
    TermCode: EaCode = NO_CODE
    TerritoryCode: EaCode = NO_CODE
    TechnicianNumber: EaCode = NO_CODE
    Notes: StringEx = NO_TEXT
    PriorityCode: EaCode = NO_CODE
    PONumber: StringEx = NO_TEXT
    PORequired: BoolEx = NO_FLAG
    CloseDate: DateTimeEx = NO_TIME
    IncompleteDescription: StringEx = NO_TEXT
    IncompleteCode: EaCode = NO_CODE
    IncompleteRequiredDate: DateTimeEx = NO_TIME
    IncompleteDeliveryMethod: EaCode = NO_CODE
    Rank: IntEx = NO_NUMBER
    WarrantyDate: DateTimeEx = NO_TIME
    PreventativeMaintenance: BoolEx = NO_FLAG
    CancelCode: EaCode = NO_CODE
    CancelDescription: StringEx = NO_TEXT
    MiscCharge: DoubleEx = NO_DOUBLE
    MiscDescription: StringEx = NO_TEXT
    StandardOffsetFromGMT: IntEx = NO_NUMBER
    JobID: EaCode = NO_CODE
    CustomerNumber: EaCode = NO_CODE
    BillToNumber: EaCode = NO_CODE
    CustomerName: StringEx = NO_TEXT
    Address: StringEx = NO_TEXT
    City: StringEx = NO_TEXT
    State: StringEx = NO_TEXT
    Zip: StringEx = NO_TEXT
    Phone1: StringEx = NO_TEXT
    Phone2: StringEx = NO_TEXT
    Fax: StringEx = NO_TEXT
    Country: StringEx = NO_TEXT
    CallerContact: EaCode = NO_CODE
    UseUnknownEquipment: BoolEx = NO_FLAG
    EquipmentNumber: EaCode = NO_CODE
    Model: EaCode = NO_CODE
    SerialNumber: StringEx = NO_TEXT
    AvgMonthlyVolume3Mo: DoubleEx = NO_DOUBLE
    EquipmentContact: StringEx = NO_TEXT
    EquipmentLocation: StringEx = NO_TEXT
    ContractNumber: EaCode = NO_CODE
    UseContractInfo: BoolEx = NO_FLAG
    Dispatched: IntEx = NO_NUMBER
    Callback: BoolEx = NO_FLAG
    User: str | None = None
    NoteCount: int = 0
    NoteID: int = 0
    MaterialsUsed: tuple[CallMaterial, ...] | None = None
    MaterialsNeeded: tuple[CallMaterial, ...] | None = None
    ProblemCodes: tuple[eaCodeType, ...] | None = None
    RepairCodes: tuple[eaCodeType, ...] | None = None
    Labors: tuple[CallLabor, ...] | None = None
    Meters: tuple[CallMeter, ...] | None = None


@dataclass(frozen=True, slots=True)
class EquipmentData:
    """Of equipment, no more than what it is called by is read here."""

    EquipmentNumber: EaCode = NO_CODE


TYPES: tuple[type[Any], ...] = (
    CallListDetail, CallListData, CallMaterial, LaborInterruption, CallLabor, CallMeter, CallData, eaCodeType,
)  # fmt: skip
"""Every type here that the vendor has under the same name."""


@dataclass(frozen=True)
class GetCallList(Request[CallListData]):
    operation = "getCallList"
    patience = LONG
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetOpenCallList(Request[CallListData]):
    operation = "getOpenCallList"
    patience = LONG
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetServiceCall(Request[CallData]):
    """Finds invoiced calls, too, which getCall does not."""

    operation = "getServiceCall"
    about = "call"
    CallNumber: EaCode


@dataclass(frozen=True)
class AddCall2(Request[EaCode]):
    operation = "addCall2"
    about = "call"
    write = True
    call: CallData
    optOpenTimeOverride: DateTimeEx = NO_TIME  # noqa: N815 (the vendor's name)


@dataclass(frozen=True)
class SaveCall(Request[Result]):
    operation = "saveCall"
    about = "call"
    write = True
    call: CallData
    optReschedule: BoolEx = NO_FLAG  # noqa: N815 (the vendor's name)


@dataclass(frozen=True)
class GetEquipment(Request[EquipmentData]):
    operation = "getEquipment"
    about = "equipment"
    EquipmentNumber: EaCode
