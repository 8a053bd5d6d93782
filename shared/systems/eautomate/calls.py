"""Service calls of e-automate: read, found again after a lost answer, opened with labour and materials, changed, held.

A call has no custom property (EA-42), so what finds one again is the number of what it was made for, at the head of its
Description, among the calls that were created since: `head` and `created_since`. Nothing here deletes or invoices a
call: the PublicAPI cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.sync.errors import OutcomeUnknown, RecordRejected
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.sync.record import Fields
from shared.systems.eautomate.call_models import Call, CallRow
from shared.systems.eautomate.call_wire import (
    AddCall2,
    CallData,
    CallLabor,
    CallMaterial,
    GetCallList,
    GetEquipment,
    GetOpenCallList,
    GetServiceCall,
    SaveCall,
)
from shared.systems.eautomate.server_clock import ServerClock
from shared.systems.eautomate.service import NAME, Service
from shared.systems.eautomate.wire import (
    NO_TEXT,
    NO_TIME,
    BoolEx,
    DateTimeEx,
    DoubleEx,
    EaCode,
    StringEx,
    Struct,
)
from shared.systems.eautomate.xml import printable

MARGIN = timedelta(hours=1, minutes=5)
"""How far a look for new calls reaches back before the moment given: local time repeats an hour when summer ends, and
the two clocks may differ a little."""

REMEMBERED = 2000
"""Calls that a process keeps in mind."""


class Calls:
    """Reads and writes the calls of one company. The lists give no more than ids, so every call is one more request."""

    def __init__(self, service: Service, clock: ServerClock) -> None:
        self._service = service
        self._clock = clock
        self._read: dict[str, tuple[str, Call]] = {}

    # Reading

    def changed(self, since: str | None, *, only_open: bool = False) -> tuple[list[CallRow], str]:
        """The calls new or updated since a TimeStamp (None: every one), and the TimeStamp to ask with next time."""
        rows, timestamp = self._service.changed(GetOpenCallList if only_open else GetCallList, since)
        return [CallRow.read(row) for row in rows if row.CallNumber.id], timestamp

    def call(self, id: str) -> Call | None:  # noqa: A002 (as the adapter calls ids)
        """The call with this ID, invoiced or not, if there is one."""
        data = self._whole(id)
        return Call.read(data) if data else None

    def call_by_number(self, number: str) -> Call | None:
        """The call with this number, invoiced or not, if there is one."""
        data = self._service.ask(GetServiceCall(EaCode.of(number))).result if number.strip() else None
        return Call.read(data) if data is not None and data.CallNumber.id else None

    def created_since(self, moment: datetime) -> Iterator[Call]:
        """Every call created since a moment (by `server_time`), or up to an hour before it, read as it is asked for.

        What was read so before, and did not change since, is not read again while this process lasts.
        """
        since = self._clock.local(moment - MARGIN)
        rows, _ = self.changed(since)
        for row in rows:
            if not row.created or row.created >= since:
                known = self._read.get(row.id)
                call = known[1] if known and known[0] == row.updated else self.call(row.id)
                if call is None:
                    continue
                if row.updated:
                    self._read[row.id] = (row.updated, call)
                yield call
        while len(self._read) > REMEMBERED:
            del self._read[next(iter(self._read))]

    def has_equipment(self, number: str) -> bool:
        """Whether there is equipment of this number, for calls to be for."""
        data = self._service.ask(GetEquipment(EaCode.of(number))).result
        return data is not None and bool(data.EquipmentNumber.id)

    def _whole(self, id: str) -> CallData | None:  # noqa: A002
        if not (id.isascii() and id.isdigit()):
            return None
        data = self._service.ask(GetServiceCall(EaCode.by_id(int(id)))).result
        return data if data is not None and data.CallNumber.id else None

    # Writing

    def apply(self, step: Step) -> Applied:
        """Creates, updates or holds a call.

        `fields` are those of `Call` by name, and `bill_code_id`, `call_type_id`, `equipment` (a number; without one the
        call is for unknown equipment of its customer), `opened` (an aware datetime), `labors` and `materials` (lines as
        mappings of the fields of `Labor` and `Material`, times as aware datetimes). An update adds the lines, but for
        those whose remarks a line has already. `hold` sets `hold_code`: a call that somebody has put on hold meanwhile
        keeps his code, and a blank one takes any call off hold.
        """
        if step.verb == "create":
            return self._add(step.fields)
        if step.verb == "update" and isinstance(step.key, str):
            return self._save(step.key, step.fields)
        if step.verb == "hold" and isinstance(step.key, str):
            return self._hold(step.key, str(step.fields["hold_code"]))
        raise ValueError(f"{NAME} has no way to {step.verb} a {step.kind}")

    def _add(self, fields: Fields) -> Applied:
        """Whatever fails once the call may exist is OutcomeUnknown: it is looked for before it is added again."""
        data = self._overlay(CallData(UseUnknownEquipment=BoolEx.of(not fields.get("equipment"))), fields)
        opened = fields.get("opened")
        added = self._service.ask(AddCall2(data, self._time(opened) if opened else NO_TIME)).result
        if added is None or not added.id:
            raise OutcomeUnknown(f"{NAME} did not say which call it added", system=NAME)
        return Applied(added.id)

    def _save(self, key: str, fields: Fields) -> Applied:
        """Reads the call whole, lays the fields over it, saves it and reads it back; nothing where nothing is new."""
        return self._saved(key, self._required(key), fields)

    def _saved(self, key: str, data: CallData, fields: Fields) -> Applied:
        wanted = self._overlay(data, fields)
        if wanted != data:
            self._service.ask(SaveCall(wanted))
            data = self._required(key)
        return Applied(key, Call.read(data))

    def _required(self, key: str) -> CallData:
        data = self._whole(key)
        if data is None:
            raise RecordRejected(NAME, f"there is no call with the ID {key}", code="not_found")
        return data

    def _hold(self, key: str, code: str) -> Applied:
        data = self._required(key)
        if code and data.HoldCode.plain:
            return Applied(key, Call.read(data))
        return self._saved(key, data, {"hold_code": code})

    def _overlay(self, data: CallData, fields: Fields) -> CallData:
        """The call with the fields laid over it: an equal one where that changes nothing."""
        news: dict[str, Any] = {}
        for name, value in fields.items():
            if name == "labors":
                news["Labors"] = self._labors(data.Labors or (), value) or data.Labors
            elif name == "materials":
                news["MaterialsUsed"] = (*(data.MaterialsUsed or ()), *map(_material, value)) or data.MaterialsUsed
            elif name != "opened":
                theirs, written = _FIELDS[name]
                now: Struct = getattr(data, theirs)
                if not _same(now, value, by_id=written is _id):
                    news[theirs] = written(value)
        return replace(data, **news)

    def _labors(self, there: Sequence[CallLabor], wanted: Sequence[Mapping[str, Any]]) -> tuple[CallLabor, ...]:
        known = {line.Remarks.plain for line in there} - {""}
        return (*there, *(self._labor(line) for line in wanted if line.get("remarks") not in known))

    def _labor(self, line: Mapping[str, Any]) -> CallLabor:
        written: dict[str, Any] = {}
        for name, value in line.items():
            if value is None or value == "":
                continue
            theirs, how = _LABOR[name]
            written[theirs] = self._time(value) if how is None else how(value)
        return CallLabor(**written)

    def _time(self, moment: datetime) -> DateTimeEx:
        return DateTimeEx.of(self._clock.local(moment))


def _same(now: Struct, value: Any, *, by_id: bool) -> bool:
    if by_id and isinstance(now, EaCode):
        return now.id == str(value)
    return bool(now.plain == (printable(value) if isinstance(value, str) else value))


def _material(line: Mapping[str, Any]) -> CallMaterial:
    serial = line.get("serial_number")
    return CallMaterial(
        Item=EaCode.of(line["item"]),
        Quantity=DoubleEx.of(line["quantity"]),
        SerialNumber=_text(serial) if serial else NO_TEXT,
    )


def _text(value: str) -> StringEx:
    return StringEx.of(printable(value))


def _id(value: str) -> EaCode:
    """By ID; a blank one names nothing any more."""
    return EaCode.by_id(int(value)) if value else EaCode.of("")


_Written = Callable[[Any], Struct]

_FIELDS: Mapping[str, tuple[str, _Written]] = {
    "customer_id": ("CustomerNumber", _id),
    "equipment": ("EquipmentNumber", EaCode.of),
    "status": ("StatusCode", EaCode.of),
    "hold_code": ("HoldCode", EaCode.of),
    "bill_code": ("BillCode", EaCode.of),
    "bill_code_id": ("BillCode", _id),
    "call_type": ("CallType", EaCode.of),
    "call_type_id": ("CallType", _id),
    "territory": ("TerritoryCode", EaCode.of),
    "technician_id": ("TechnicianNumber", _id),
    "contract_id": ("ContractNumber", _id),
    "caller": ("Caller", _text),
    "phone": ("Phone1", _text),
    "description": ("Description", _text),
    "notes": ("Notes", _text),
    "po_number": ("PONumber", _text),
    "misc_charge": ("MiscCharge", DoubleEx.of),
    "misc_description": ("MiscDescription", _text),
}
"""What can be written, by our name: the vendor's name, and how."""

_LABOR: Mapping[str, tuple[str, _Written | None]] = {
    "technician_id": ("TechnicianNumber", _id),
    "dispatch": ("DispatchDate", None),
    "arrival": ("ArrivalDate", None),
    "departure": ("DepartureDate", None),
    "hours": ("LaborHours", DoubleEx.of),
    "rate": ("LaborRate", DoubleEx.of),
    "charge": ("LaborOverride", DoubleEx.of),
    "remarks": ("Remarks", _text),
    "notes": ("Notes", _text),
}
