"""The query language: contract section 2."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.conditions import Both, ConditionError, Either, Test, parse
from tests.simulators.conftest import TurnableClock


@pytest.fixture
def five(psa: PsaSimulator) -> PsaSimulator:
    """Five companies known by heart, besides the forty."""
    status = {"name": "Credit Hold"}
    for number, name in enumerate(["Acme [North]", 'Bob "Ace" Co', "O'Hara & Sons", "100% Clean", "acme south"]):
        psa.add(
            "company/companies",
            identifier=f"KNOWN{number}",
            name=name,
            status=status,
            city="Xanadu",
            numberOfEmployees=number * 10,
            leadFlag=number == 0,
            accountNumber=None if number == 0 else f"A-{number}",
        )
    return psa


def found(api: httpx.Client, conditions: str, **more: str) -> list[int]:
    """Numbers of the five that fit."""
    asked = f'city = "Xanadu" and ({conditions})' if conditions else 'city = "Xanadu"'
    answer = api.get("/company/companies", params={"conditions": asked, "fields": "identifier", **more})
    assert answer.status_code == 200, answer.text
    return [int(row["identifier"][-1]) for row in answer.json()]


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ('identifier = "KNOWN1"', [1]),
        ("identifier = 'known1'", [1]),
        ('Identifier != "KNOWN1"', [0, 2, 3, 4]),
        ('name contains "acme"', [0, 4]),
        ('name not contains "acme"', [1, 2, 3]),
        ('name like "acme*"', [0, 4]),
        ('name like "*o*"', [0, 1, 2, 4]),
        ('name not like "*o*"', [3]),
        ('name like "acme"', []),
        ('name contains "[[]North"', [0]),
        ('name = "acme [[]NORTH]"', [0]),
        ("name = 'Bob \"Ace\" Co'", [1]),
        ('name = "O\'Hara & Sons"', [2]),
        ('name = "100% Clean"', [3]),
        ("numberOfEmployees > 10", [2, 3, 4]),
        ("numberOfEmployees >= 10 and numberOfEmployees < 30", [1, 2]),
        ("numberOfEmployees <= 0", [0]),
        ("numberOfEmployees in (10, 40)", [1, 4]),
        ("numberOfEmployees not in (10,40)", [0, 2, 3]),
        ('identifier in ("KNOWN0","known4")', [0, 4]),
        ("leadFlag = true", [0]),
        ("leadFlag=False", [1, 2, 3, 4]),
        ("accountNumber = null", [0]),
        ("accountNumber != null", [1, 2, 3, 4]),
        ('accountNumber != "A-1"', [0, 2, 3, 4]),
        ('accountNumber > "A-2"', [3, 4]),
        ('status/name = "credit hold" and numberOfEmployees = 0', [0]),
        ("status/id = 3", [0, 1, 2, 3, 4]),
        ("Status/Id = 1", []),
        ("parentCompany = null", [0, 1, 2, 3, 4]),
        ("numberOfEmployees = 0 or numberOfEmployees = 10 and leadFlag = true", [0]),
        ("(numberOfEmployees = 0 or numberOfEmployees = 10) and leadFlag = false", [1]),
        ("numberOfEmployees = 0 OR numberOfEmployees = 40", [0, 4]),
        ('site/name = "Main" and id > 0', [0, 1, 2, 3, 4]),
    ],
)
def test_a_condition_finds(five: PsaSimulator, api: httpx.Client, conditions: str, numbers: list[int]) -> None:
    for _ in range(3):  # by search, then by index, then from memory
        assert found(api, conditions) == numbers


def test_an_index_is_kept_up_to_date(five: PsaSimulator, api: httpx.Client) -> None:
    record = five.records("company/companies")[-1]["id"]
    for conditions in ('accountNumber = "A-4"', 'status/name = "Credit Hold" and numberOfEmployees = 40'):
        assert [found(api, conditions) for _ in range(3)] == [[4]] * 3
    five.edit("company/companies", record, accountNumber="A-9", numberOfEmployees=41)
    assert found(api, 'accountNumber = "A-4"') == []
    assert found(api, 'accountNumber = "A-9"') == [4]
    assert found(api, 'status/name = "Credit Hold" and numberOfEmployees = 40') == []
    five.delete("company/companies", record)
    assert found(api, 'accountNumber = "A-9"') == []


def test_a_renamed_record_is_found_by_its_new_name(five: PsaSimulator, api: httpx.Client) -> None:
    assert [found(api, 'status/name = "Credit Hold"') for _ in range(3)] == [[0, 1, 2, 3, 4]] * 3
    five.edit("company/companies/statuses", 3, name="On Hold")
    assert found(api, 'status/name = "Credit Hold"') == []
    assert found(api, 'status/name = "On Hold"') == [0, 1, 2, 3, 4]


def test_last_updated_works_on_every_list(five: PsaSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    clock.turn(minutes=5)
    record = five.records("company/companies")[-2]["id"]
    five.edit("company/companies", record, name="later")
    for _ in range(3):
        assert found(api, "lastUpdated > [2026-11-02T09:00:00Z]") == [3]
        assert found(api, "LastUpdated >= [2026-11-02T09:05:00Z] and lastUpdated <= [2026-11-02T09:05:00Z]") == [3]
        assert found(api, "_info/lastUpdated < [2026-11-02T04:05:00-05:00]") == [0, 1, 2, 4]
        assert found(api, "lastUpdated > [2026-11-02T09:05:00Z]") == []
        assert found(api, "lastUpdated <= [2026-11-02T09:00:00Z]") == [0, 1, 2, 4]
    for path in ("/company/companies/statuses", "/system/members", f"/company/companies/{record}/sites"):
        answer = api.get(path, params={"conditions": "lastUpdated > [2020-01-01]"})
        assert answer.status_code == 200
        assert answer.json()


@pytest.mark.parametrize(
    "conditions",
    [
        "nothing = 1",
        "name",
        "name =",
        "name = unquoted",
        'name = "open',
        "numberOfEmployees = '10'",
        "leadFlag = 'true'",
        'lastUpdated > "2026-01-01T00:00:00Z"',
        "lastUpdated > [yesterday]",
        "id in ()",
        "id in (1,2",
        "(id = 1",
        "id = 1 id = 2",
        "types/id = 1",
        "status/color = 'red'",
        "name ~ 'x'",
        "name not = 'x'",
        "id = 'five'",
    ],
)
def test_what_cannot_be_read_is_refused(api: httpx.Client, conditions: str) -> None:
    answer = api.get("/company/companies", params={"conditions": conditions})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == "conditions"


def test_child_conditions_hold_for_one_element(psa: PsaSimulator, api: httpx.Client) -> None:
    company = psa.records("company/companies")[0]["id"]
    person: dict[str, Any] = {"company": {"id": company}, "lastName": "Doe"}
    email, phone = {"id": 1}, {"id": 2}
    psa.add(
        "company/contacts",
        firstName="Jan",
        communicationItems=[{"type": email, "value": "jan@example.com", "communicationType": "Email"}],
        **person,
    )
    psa.add(
        "company/contacts",
        firstName="Jo",
        communicationItems=[
            {"type": email, "value": "jo@example.com", "communicationType": "Email"},
            {"type": phone, "value": "jan@example.com", "communicationType": "Phone"},
        ],
        **person,
    )
    asked = 'communicationItems/value = "JAN@example.com" AND communicationItems/communicationType = "Email"'
    answer = api.get("/company/contacts", params={"childConditions": asked, "conditions": 'lastName="doe"'})
    assert [row["firstName"] for row in answer.json()] == ["Jan"]
    answer = api.get("/company/contacts/count", params={"childConditions": 'communicationItems/value like "jan*"'})
    assert answer.json() == {"count": 2}
    answer = api.get("/company/contacts", params={"childConditions": 'communicationItems/type/name = "Direct"'})
    assert [row["firstName"] for row in answer.json()] == ["Jo"]
    for refused in ("lastName = 'Doe'", "communicationItems/colour = 'red'", "types/type/id = 1"):
        assert api.get("/company/contacts", params={"childConditions": refused}).status_code == 400


def test_child_conditions_on_types(psa: PsaSimulator, api: httpx.Client) -> None:
    record = psa.add("company/companies", identifier="V", name="V", types=[{"id": 3}, {"id": 4}])["id"]
    answer = api.get("/company/companies", params={"childConditions": "types/id = 4", "conditions": "identifier='V'"})
    assert [row["id"] for row in answer.json()] == [record]


def test_custom_field_conditions(psa: PsaSimulator, api: httpx.Client) -> None:
    text = psa.define_custom_field("company/companies", "TomNumber")
    psa.define_custom_field("company/companies", "Other")
    value = [{"id": text["id"], "value": "T-1"}]
    record = psa.add("company/companies", identifier="C", name="C", customFields=value)["id"]

    def ids(conditions: str) -> list[int]:
        answer = api.get("/company/companies", params={"customFieldConditions": conditions})
        assert answer.status_code == 200
        return [row["id"] for row in answer.json()]

    assert ids('caption="TomNumber" AND value != null') == [record]
    assert ids('caption="TomNumber" AND value = "t-1"') == [record]
    assert ids('caption="Other" AND value != null') == []
    assert len(ids('caption="TomNumber" AND value = null')) == 25
    psa.edit("company/companies", record, customFields=[{"id": text["id"], "value": "T-2"}])
    assert ids('caption="TomNumber" AND value = "T-1"') == []
    assert api.get("/company/companies", params={"customFieldConditions": "colour='red'"}).status_code == 400


def test_search_takes_what_does_not_fit_into_a_url(psa: PsaSimulator, api: httpx.Client) -> None:
    ids = [row["id"] for row in psa.records("service/tickets")]
    wanted = ",".join(map(str, [*ids[:5], *range(900_000, 901_000)]))
    body = {"conditions": f"id in ({wanted})", "orderBy": "id desc"}
    answer = api.post("/service/tickets/search", params={"pageSize": 3}, json=body)
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()] == [ids[4], ids[3], ids[2]]


def test_and_binds_tighter_than_or() -> None:
    a, b, c = (Test((name,), "=", (1,)) for name in "abc")
    assert parse("a=1 or b=1 and c=1") == Either((a, Both((b, c))))
    assert parse("(a=1 or b=1) and c=1") == Both((Either((a, b)), c))


def test_a_parse_error_says_where() -> None:
    with pytest.raises(ConditionError, match="position 7"):
        parse("id = 1 )")
