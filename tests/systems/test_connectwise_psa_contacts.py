"""Contacts as the ConnectWise adapter reads and writes them: e-mail and telephone are communication items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, RecordRejected
from shared.sync.plan import Step
from shared.systems.connectwise_psa import Contact, Psa
from shared.systems.connectwise_psa.client import URL_LIMIT
from shared.systems.connectwise_psa.contacts import CONTACTS
from shared.systems.http import Http
from tests.serving import serving
from tests.systems.watching import Watch

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEYS = {"public_key": "public", "private_key": "private", "client_id": "0b7d-client"}
EMAIL, DIRECT, FAX, MOBILE = ({"id": number} for number in (1, 2, 3, 4))


@pytest.fixture
def simulator() -> Iterator[PsaSimulator]:
    clock = LocalClock(NOW, still=True)
    with serving(PsaSimulator(clock=clock.now)) as simulator:
        simulator.add("company/companies", identifier="ACME", name="Acme", addressLine1="1 Main St")
        yield simulator


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def psa(simulator: PsaSimulator, watch: Watch) -> Iterator[Psa]:
    clock = LocalClock(NOW, still=True)
    settings = SystemSettings.model_validate({"base_url": simulator.url, "company": "demo"})
    with Http() as http:
        http.transport_wrapper = watch
        yield Psa(settings, lambda **_: KEYS, clock, http)


def step(verb: Any, key: str | None = None, before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("contact", "connectwise_psa", "contact", verb, key, fields=fields, before=before or {})


def create(psa: Psa, **fields: Any) -> Contact:
    given = {"first_name": "Ada", "last_name": "Byron", "company": "250", "email": "ada@acme.example"}
    applied = psa.apply(step("create", **{**given, **fields}))
    assert isinstance(applied.record, Contact)
    return applied.record


def items(simulator: PsaSimulator, contact: Contact) -> list[tuple[str, str, bool]]:
    (row,) = (row for row in simulator.records(CONTACTS) if row["id"] == contact.id)
    return [(one["type"]["name"], one["value"], one["defaultFlag"]) for one in row["communicationItems"]]


def sent(watch: Watch, method: str) -> Any:
    (request,) = (one for one in watch.requests if one.method == method)
    return json.loads(request.content)


def test_a_contact_is_created_with_its_address_and_telephone(psa: Psa, simulator: PsaSimulator) -> None:
    made = create(psa, phone="813-555-0100", title="CTO", type_ids=[2])
    assert (made.email, made.phone, made.title) == ("ada@acme.example", "813-555-0100", "CTO")
    assert made.company is not None
    assert (made.company.id, [one.name for one in made.types]) == (250, ["End User"])
    assert "recordType=ContactFV" in made.url
    assert items(simulator, made) == [("Email", "ada@acme.example", True), ("Direct", "813-555-0100", True)]


def test_the_types_of_items_are_asked_for_once_and_only_where_an_item_is_added(
    psa: Psa, simulator: PsaSimulator
) -> None:
    create(psa, email="", phone=None)
    assert simulator.requests["GET /company/communicationTypes"] == 0
    create(psa, last_name="Lovelace")
    create(psa, last_name="King")
    assert simulator.requests["GET /company/communicationTypes"] == 1


def test_the_default_item_of_a_kind_is_changed_at_its_place(psa: Psa, simulator: PsaSimulator, watch: Watch) -> None:
    row = simulator.add(
        CONTACTS,
        firstName="Ada",
        communicationItems=[
            {"type": DIRECT, "value": "1"},
            {"type": EMAIL, "value": "old@acme.example"},
            {"type": MOBILE, "value": "2", "defaultFlag": True},
            {"type": EMAIL, "value": "other@acme.example"},
        ],
    )
    applied = psa.apply(step("update", str(row["id"]), email="new@acme.example", phone="3", first_name="Augusta"))
    assert isinstance(applied.record, Contact)
    assert (applied.record.email, applied.record.phone, applied.record.first_name) == (
        "new@acme.example", "3", "Augusta",
    )  # fmt: skip
    assert applied.record.emails == ("new@acme.example", "other@acme.example")
    assert items(simulator, applied.record) == [
        ("Direct", "1", False),
        ("Email", "new@acme.example", True),
        ("Mobile", "3", True),
        ("Email", "other@acme.example", False),
    ]
    assert [one["path"] for one in sent(watch, "PATCH")] == [
        "firstName", "/communicationItems/1/value", "/communicationItems/2/value", "customFields",
    ]  # fmt: skip


def test_the_place_is_that_of_just_now(psa: Psa, simulator: PsaSimulator) -> None:
    made = create(psa, phone="1")
    rows = [{"type": FAX, "value": "9"}, {"type": DIRECT, "value": "1"}, {"type": EMAIL, "value": "ada@acme.example"}]
    simulator.edit(CONTACTS, made.id, communicationItems=rows)
    psa.apply(step("update", made.key, before={"phone": "1"}, phone="2"))
    assert [value for _, value, _ in items(simulator, made)] == ["9", "2", "ada@acme.example"]


def test_items_are_added_behind_the_last_and_removed_after_that(
    psa: Psa, simulator: PsaSimulator, watch: Watch
) -> None:
    made = create(psa)
    applied = psa.apply(step("update", made.key, email=None, phone="1"))
    assert isinstance(applied.record, Contact)
    assert items(simulator, applied.record) == [("Direct", "1", True)]
    assert [(one["op"], one["path"]) for one in sent(watch, "PATCH")][:2] == [
        ("add", "/communicationItems/1"),
        ("remove", "/communicationItems/0"),
    ]


def test_what_stands_there_already_is_not_sent(psa: Psa, watch: Watch) -> None:
    made = create(psa)
    watch.requests.clear()
    psa.apply(step("update", made.key, email="ada@acme.example", phone=None))
    assert [one.method for one in watch.requests] == ["GET"]


def test_a_contact_that_is_gone_is_told(psa: Psa) -> None:
    with pytest.raises(RecordRejected) as raised:
        psa.apply(step("update", "4711", email="x@acme.example"))
    assert raised.value.code == "NotFound"


def test_a_tenant_without_a_type_for_it_is_told_where_to_add_one(psa: Psa, simulator: PsaSimulator) -> None:
    for row in simulator.records("company/communicationTypes"):
        if row.get("emailFlag"):
            simulator.delete("company/communicationTypes", row["id"])
    with pytest.raises(ConfigurationWrong, match="of the kind Email") as raised:
        create(psa)
    assert "Communication Type" in raised.value.fix
    assert simulator.records(CONTACTS) == []


def test_types_are_for_new_contacts_only(psa: Psa) -> None:
    made = create(psa)
    with pytest.raises(ValueError, match="only when it is created"):
        psa.apply(step("update", made.key, type_ids=[1]))


def test_a_namesake_is_refused_unless_it_is_meant(psa: Psa, simulator: PsaSimulator) -> None:
    create(psa)
    with pytest.raises(RecordRejected, match="matching contact"):
        create(psa, email="other@acme.example")
    create(psa, email="other@acme.example", ignore_duplicates=True)
    assert len(simulator.records(CONTACTS)) == 2


def test_contacts_are_found_by_any_of_their_addresses(psa: Psa, simulator: PsaSimulator) -> None:
    ada = create(psa)
    bob = create(psa, first_name="Bob", email="bob@acme.example")
    psa.apply(step("update", bob.key, before={"email": ""}, phone="ada@acme.example"))
    rows = [{"type": EMAIL, "value": "a@acme.example"}, {"type": EMAIL, "value": "ADA@acme.example"}]
    third = simulator.add(CONTACTS, firstName="Cy", communicationItems=rows)
    found = psa.contacts_by_email(["ada@acme.example", "nobody@acme.example"])
    assert [one.id for one in found] == [ada.id, third["id"]], "a telephone is no address"
    assert psa.contacts_by_email([]) == []


def test_many_addresses_are_asked_for_in_several_requests(psa: Psa, watch: Watch) -> None:
    ada = create(psa)
    watch.requests.clear()
    addresses = [f"person{number}@some-long-domain-{number}.example" for number in range(120)]
    assert [one.id for one in psa.contacts_by_email([*addresses, "ada@acme.example"])] == [ada.id]
    assert len(watch.requests) > 1
    assert all(len(str(one.url)) <= URL_LIMIT for one in watch.requests)


# Items with a type of their own


def added(type_id: int, kind: str, value: str) -> dict[str, Any]:
    return {"type_id": type_id, "kind": kind, "value": value}


def test_items_of_chosen_types_are_created_the_first_of_a_kind_as_default(psa: Psa, simulator: PsaSimulator) -> None:
    some = (added(1, "Email", "ada@acme.example"), added(4, "Phone", "1"), added(2, "Phone", "2"))
    made = create(psa, email=None, items=some)
    assert items(simulator, made) == [
        ("Email", "ada@acme.example", True), ("Mobile", "1", True), ("Direct", "2", False),
    ]  # fmt: skip
    assert [one.type.name for one in made.items if one.type] == ["Email", "Mobile", "Direct"]


def test_an_item_is_added_behind_the_others_and_only_once(psa: Psa, simulator: PsaSimulator, watch: Watch) -> None:
    made = create(psa, phone="2")
    mobile = step("update", made.key, items=(added(4, "Phone", "1"),))
    psa.apply(mobile)
    assert items(simulator, made)[1:] == [("Direct", "2", True), ("Mobile", "1", False)]
    asked = len(watch.requests)
    assert psa.apply(mobile).record is None
    assert [one.method for one in watch.requests[asked:]] == ["GET"]
