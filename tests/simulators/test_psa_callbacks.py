"""Callbacks: registered, sent, signed and repeated: contract section 5."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.server import Request, Response, Simulator
from tests.simulators.conftest import TurnableClock

Connect = Callable[..., httpx.Client]


class Receiver(Simulator):
    """Takes callbacks; answers the statuses it is given, then 200."""

    name = "receiver"

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Request] = []
        self.statuses: list[int] = []

    def handle(self, request: Request) -> Response:
        self.received.append(request)
        return Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as simulator:
        yield simulator


def register(api: httpx.Client, receiver: Receiver, kind: str = "company", **more: Any) -> dict[str, Any]:
    body = {"url": f"{receiver.url}/hook?recordId=", "type": kind, "level": "owner", "objectId": 1, **more}
    answer = api.post("/system/callbacks", json=body)
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


def test_an_entry_is_registered_as_the_vendor_shows_it(api: httpx.Client, receiver: Receiver) -> None:
    entry = register(api, receiver, objectId=0)
    assert entry["objectId"] == 1
    assert entry["payloadVersion"] == "3.0.0"
    assert (entry["inactiveFlag"], entry["isSoapCallbackFlag"], entry["isSelfSuppressedFlag"]) == (False, False, False)
    assert entry["memberId"] > 0
    assert api.get(f"/system/callbacks/{entry['id']}").json() == entry


def test_a_twin_and_a_wrong_entry_are_refused_in_the_vendors_words(api: httpx.Client, receiver: Receiver) -> None:
    register(api, receiver)
    twin = {"url": f"{receiver.url}/hook?recordId=", "type": "Company", "level": "Owner", "objectId": 1}
    assert api.post("/system/callbacks", json=twin).json() == {
        "code": "InvalidObject",
        "message": "callbackEntry object is invalid",
        "errors": [
            {
                "code": "ObjectExists",
                "message": "A matching callback entry already exists",
                "resource": "callbackEntry",
                "field": "objectId",
            }
        ],
    }
    wrong = {"url": "not a url", "type": "ticket", "level": "galaxy", "objectId": 1}
    assert api.post("/system/callbacks", json=wrong).json()["errors"] == [
        {"code": "InvalidField", "message": "Invalid URL", "resource": "callbackEntry", "field": "url"},
        {
            "code": "InvalidObject",
            "message": "Unrecognized level for type, see documentation for supported levels for each type",
            "resource": "callbackEntry",
            "field": "level",
        },
    ]


def test_a_change_is_sent_signed_and_with_the_record_in_the_url(
    psa: PsaSimulator, api: httpx.Client, receiver: Receiver
) -> None:
    entry = register(api, receiver)
    made = psa.add("company/companies", by="Jo", identifier="New", name="New & Old", city="Tampa", types=[{"id": 1}])
    psa.edit("company/companies", made["id"], name="Newer")
    psa.delete("company/companies", made["id"])
    assert psa.callbacks.settled()
    assert [request.query for request in receiver.received] == [
        {"recordId": str(made["id"]), "action": action} for action in ("added", "updated", "deleted")
    ]
    first, second, third = receiver.bodies
    assert (first["Action"], first["Type"], first["ID"], first["MemberId"]) == ("added", "company", made["id"], "Jo")
    assert (first["CompanyId"], first["CallbackObjectRecId"]) == ("demo", entry["id"])
    summary = json.loads(first["Entity"])
    assert (summary["id"], summary["name"]) == (made["id"], "New & Old")
    assert not {"types", "customFields"} & summary.keys()
    assert set(summary["status"]) == {"_info"}
    assert third["Entity"] is None
    assert len({body["MessageId"] for body in receiver.bodies}) == 3
    key_url = first["Metadata"]["key_url"]
    assert "/v2026_1//system/callbackkey/index.rails?companyName=demo&id=" in key_url
    key = httpx.get(key_url).json()["signing_key"]
    assert second["Metadata"]["key_url"] == key_url
    for request in receiver.received:
        digest = hmac.new(hashlib.sha256(key.encode()).digest(), request.body, hashlib.sha256).digest()
        assert request.headers["x-content-signature"] == base64.b64encode(digest).decode()


@pytest.mark.parametrize("status", [404, 409, 419, 429])
def test_these_statuses_are_tried_again_after_2_and_4_seconds(
    psa: PsaSimulator, api: httpx.Client, receiver: Receiver, clock: TurnableClock, status: int
) -> None:
    register(api, receiver)
    receiver.statuses = [status, status, status]
    psa.edit("company/companies", 250, name="x")
    for seconds, tries in ((0, 1), (1.9, 1), (0.1, 2), (3.9, 2), (0.1, 3), (60, 3)):
        clock.turn(seconds=seconds)
        assert psa.callbacks.settled()
        assert len(receiver.received) == tries
    assert [(each.tries, each.status) for each in psa.callbacks.done] == [(3, status)]
    assert len({request.body for request in receiver.received}) == 1


@pytest.mark.parametrize("status", [500, 503, 400, 401])
def test_others_lose_the_event(
    psa: PsaSimulator, api: httpx.Client, receiver: Receiver, clock: TurnableClock, status: int
) -> None:
    register(api, receiver)
    receiver.statuses = [status]
    psa.edit("company/companies", 250, name="x")
    clock.turn(minutes=5)
    assert psa.callbacks.settled()
    assert len(receiver.received) == 1


def test_three_bad_days_in_a_row_disable_an_entry(
    psa: PsaSimulator, api: httpx.Client, receiver: Receiver, clock: TurnableClock
) -> None:
    entry = register(api, receiver)

    def a_day(status: int) -> bool:
        clock.turn(days=1)
        receiver.statuses = [status]
        psa.edit("company/companies", 250, name="x")
        assert psa.callbacks.settled()
        return bool(api.get(f"/system/callbacks/{entry['id']}").json()["inactiveFlag"])

    assert [a_day(status) for status in (500, 500, 200, 500, 500, 500)] == [False] * 5 + [True]
    sent = len(receiver.received)
    psa.edit("company/companies", 250, name="y")
    assert psa.callbacks.settled()
    assert len(receiver.received) == sent
    active = [{"op": "replace", "path": "inactiveFlag", "value": False}]
    assert api.patch(f"/system/callbacks/{entry['id']}", json=active).status_code == 200
    psa.edit("company/companies", 250, name="z")
    assert psa.callbacks.settled()
    assert len(receiver.received) == sent + 1


def test_levels_tell_only_of_what_they_name(psa: PsaSimulator, api: httpx.Client, receiver: Receiver) -> None:
    register(api, receiver, level="company", objectId=251)
    register(api, receiver, level="status", objectId=2)
    register(api, receiver, "ticket", level="board", objectId=2)
    psa.edit("company/companies", 250, name="x", status={"id": 1})
    psa.edit("company/companies", 251, name="x", status={"id": 1})
    psa.edit("company/companies", 252, status={"id": 2})
    psa.add("service/tickets", summary="x", company={"id": 250}, board={"id": 1})
    ticket = psa.add("service/tickets", summary="x", company={"id": 250}, board={"id": 2})
    assert psa.callbacks.settled()
    assert [body["ID"] for body in receiver.bodies] == [251, 252, ticket["id"]]


def test_both_kinds_of_tickets_are_of_type_ticket(psa: PsaSimulator, api: httpx.Client, receiver: Receiver) -> None:
    register(api, receiver, "ticket")
    project = psa.add("project/projects", name="P", company={"id": 250}, board={"id": 3}, billingMethod="FixedFee")
    phase = psa.add(f"project/projects/{project['id']}/phases", description="x")
    ticket = psa.add("project/tickets", summary="x", phase={"id": phase["id"]})
    assert psa.callbacks.settled()
    assert [(body["Type"], body["ID"]) for body in receiver.bodies] == [("ticket", ticket["id"])]
    assert json.loads(receiver.bodies[0]["Entity"])["recordType"] == "ProjectTicket"
    api.post("/service/tickets", json={"summary": "x", "company": {"id": 250}, "skipCallback": True})
    assert psa.callbacks.settled()
    assert len(receiver.received) == 1


def test_a_self_suppressed_entry_is_silent_about_its_own_member(
    psa: PsaSimulator, connect: Connect, api: httpx.Client, receiver: Receiver
) -> None:
    register(api, receiver, isSelfSuppressedFlag=True)
    rename = [{"op": "replace", "path": "name", "value": "x"}]
    api.patch("/company/companies/250", json=rename)
    psa.api_member("Admin1", "other", "secret")
    connect("other", "secret").patch("/company/companies/251", json=rename)
    assert psa.callbacks.settled()
    assert [body["ID"] for body in receiver.bodies] == [251]


def test_only_loopback_is_called(psa: PsaSimulator, api: httpx.Client, receiver: Receiver) -> None:
    entry = {"url": "https://hooks.example.com/?recordId=", "type": "company", "level": "owner", "objectId": 1}
    assert api.post("/system/callbacks", json=entry).status_code == 201
    psa.edit("company/companies", 250, name="x")
    assert psa.callbacks.settled()
    assert [each.status for each in psa.callbacks.done] == [0]


def test_a_receiver_that_is_gone_is_no_trouble(psa: PsaSimulator, api: httpx.Client, receiver: Receiver) -> None:
    register(api, receiver)
    receiver.stop()
    psa.edit("company/companies", 250, name="x")
    assert psa.callbacks.settled()
    assert [each.status for each in psa.callbacks.done] == [0]
