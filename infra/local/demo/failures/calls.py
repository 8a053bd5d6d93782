"""Failures of calls that are to become tickets: unmapped customers, holds, tickets that are refused or deleted."""

from __future__ import annotations

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import TICKETS
from shared.partners.eautomate import CALL_TRANSFERS
from shared.sync.record import Ref

KIND = "call-ticket"
TICKET_POD = 16
"""Where ConnectWise keeps the custom fields of tickets."""


def customer_opted_out(scene: Scene) -> Made:
    scene.eautomate.add_customer("T80001", "Cold Storage Co.", Address="1 Dock St", City="Tampa", State="FL")
    scene.eautomate.set_property("T80001", "ZCJ_SyncToCW", "No")
    call = _opens(scene, "T80001")
    return Made(call, lambda: scene.eautomate.set_property("T80001", "ZCJ_SyncToCW", "Yes"))


def on_hold(scene: Scene) -> Made:
    number = scene.dealer.call(scene.customer(), HoldCode="PARTS")
    return Made(_ref(scene, number), lambda: scene.eautomate.calls.edit(number, HoldCode=None))


def refused(scene: Scene) -> Made:
    """An administrator of ConnectWise makes a field of tickets required, which no call has."""
    field = scene.psa.add(
        "system/userDefinedFields", podId=TICKET_POD, caption="Cost centre", sequenceNumber=9, requiredFlag=True,
        fieldTypeIdentifier="Text", entryTypeIdentifier="EntryField",
    )  # fmt: skip
    call = _opens(scene, scene.customer().number)
    return Made(call, lambda: scene.psa.edit("system/userDefinedFields", field["id"], requiredFlag=False))


def ticket_deleted(scene: Scene) -> Made:
    link = scene.synced(CALL_TRANSFERS, KIND)
    scene.psa.delete(TICKETS, int(link.cw_id))
    record = link.ref("partner")
    number = next(row.number for row in scene.eautomate.calls if str(row.id) == record.id)

    def repair() -> None:
        scene.unlink(CALL_TRANSFERS, record)
        scene.eautomate.calls.edit(number, HoldCode=None)

    return Made(record, repair)


def _opens(scene: Scene, customer: str) -> Ref:
    fields = {"Description": "Label printer skips", "CallType": "REM", "StatusCode": "P"}
    return Ref(KIND, "partner", str(scene.eautomate.calls.add(customer, **fields).id))


def _ref(scene: Scene, number: str) -> Ref:
    return Ref(KIND, "partner", str(scene.eautomate.calls[number].id))


FAILURES = (
    Failure("EA-04", CALL_TRANSFERS, "CUSTOMER_NOT_MAPPED", customer_opted_out, "lets the customer take part"),
    Failure("EA-49", CALL_TRANSFERS, "", on_hold, "takes the call off hold", told="on hold (PARTS)"),
    Failure("EA-48", CALL_TRANSFERS, "REFUSED", refused, "makes the field optional", late=True),
    Failure("", CALL_TRANSFERS, "TICKET_GONE", ticket_deleted, "unlinks them, takes the call off hold", late=True),
)
