"""Lists by condition, order, page and fields; records made, changed and taken away, through the API and by hand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from tests.simulators.conftest import TurnableClock

PLUS, PREMIUM = "BizCare Plus", "BizCare Premium"


@pytest.fixture
def shop(server: AutomateSimulator, clock: TurnableClock) -> AutomateSimulator:
    """Clients 1 and 2; computers 1 to 3, added a day after one another."""
    acme, zeta = server.add_client("Acme Dental", "301"), server.add_client("zeta law", City="Tampa")
    server.add_computer(acme, "ACME-1", serial="325JVNA", user="ann", groups=[PLUS, "All Agents"], TotalMemory=8192)
    clock.turn(days=1)
    server.add_computer(acme, "ACME-2", serial="AB'12", tag="1004", groups=[PREMIUM], IsVirtualMachine=True)
    clock.turn(days=1)
    server.add_computer(zeta, "Z_1", serial="None", user="bob", Type="Server", Status="Offline", TotalMemory=16384)
    return server


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(row["Id"]) for row in answer.json()]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Id = 2", [2]),
        ("id eq '2'", [2]),
        ("Id != 2", [1, 3]),
        ("Id > 1 and Id <= 3", [2, 3]),
        ("Id in (1,3,9)", [1, 3]),
        ("Id not in (1,3)", [2]),
        ("Client.Id = 1", [1, 2]),
        ("client.name = 'acme dental'", [1, 2]),
        ("Client.Name like '%law'", [3]),
        ("ComputerName like 'Z_1'", [3]),
        ("ComputerName not like 'acme%'", [3]),
        ('SerialNumber = "AB\'12"', [2]),
        ("SerialNumber contains '5jv'", [1]),
        ("AssetTag = 1004", [2]),
        ("AssetTag = ''", [1, 3]),
        ("LoggedInUsers.LoggedInUserName like '%an%'", [1]),
        ("Groups.Name = 'BizCare Plus' or Groups.Name = 'BizCare Premium'", [1, 2]),
        ("Groups.Name not in ('BizCare Plus')", [2, 3]),
        ("IsVirtualMachine = true", [2]),
        ("TotalMemory >= 8192.5", [3]),
        ("DateAdded >= 2026-11-03T09:00:00.000Z", [2, 3]),
        ("DateAdded < 2026-11-03T04:00:00-05:00", [1]),
        ("DateAdded > 2026-11-03", [2, 3]),
        ("Status = 'Online' and (Type = 'Server' or Id = 1)", [1]),
        ("Type = 'Server' or Status = 'Online' and Id = 1", [1, 3]),
    ],
)
def test_conditions_find(shop: AutomateSimulator, api: httpx.Client, condition: str, found: list[int]) -> None:
    answer = api.get("/Computers", params={"condition": condition})
    assert ids(answer) == found
    assert answer.headers["total-count"] == str(len(found))


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"condition": "Colour = 1"}, 400),
        ({"condition": "Client = 1"}, 400),
        ({"condition": "Client/Id = 1"}, 400),
        ({"condition": "Id = 1 and"}, 400),
        ({"condition": "Id = [2026-11-03]"}, 400),
        ({"condition": "Id not = 1"}, 400),
        ({"condition": "Id ="}, 400),
        ({"condition": "ComputerName = 'O'Brien'"}, 400),
        ({"condition": "(Id = 1"}, 400),
        ({"condition": "DateAdded > '2026-11-03'"}, 500),
        ({"orderBy": "Colour asc"}, 400),
        ({"orderBy": "Id upwards"}, 400),
        ({"page": "0"}, 400),
        ({"pageSize": "many"}, 400),
    ],
)
def test_what_cannot_be_read_is_refused(
    shop: AutomateSimulator, api: httpx.Client, parameters: dict[str, str], status: int
) -> None:
    assert api.get("/Computers", params=parameters).status_code == status


def test_pages_are_of_thirty_and_at_most_of_a_thousand(server: AutomateSimulator, api: httpx.Client) -> None:
    for place in range(1001):
        server.add_client(f"Client {place}")
    assert ids(api.get("/Clients")) == list(range(1, 31))
    assert ids(api.get("/Clients", params={"pagesize": "400", "page": "3"})) == list(range(801, 1002))
    assert ids(api.get("/Clients", params={"page": "40"})) == []
    assert len(ids(api.get("/Clients", params={"pageSize": "5000"}))) == 1000
    assert len(ids(api.get("/Clients", params={"pageSize": "-1"}))) == 1001
    assert api.get("/Clients").headers["total-count"] == "1001"


def test_order_ids_and_fields(shop: AutomateSimulator, api: httpx.Client) -> None:
    assert ids(api.get("/Computers", params={"orderBy": "Client.Name desc, Id desc"})) == [3, 2, 1]
    assert ids(api.get("/Computers", params={"orderby": "TotalMemory"})) == [2, 1, 3]
    assert ids(api.get("/Computers", params={"orderBy": "DateAdded desc"})) == [3, 2, 1]
    assert ids(api.get("/Computers", params={"ids": "3, 1"})) == [1, 3]
    (row,) = api.get("/Computers", params={"ids": "2", "includeFields": "id,Client,Nonsense"}).json()
    assert row == {"Id": "2", "Client": {"Id": "1", "Name": "Acme Dental"}}
    assert "ExternalId" not in api.get("/Clients/1", params={"excludeFields": "ExternalId"}).json()


def test_every_list_is_served(shop: AutomateSimulator, api: httpx.Client) -> None:
    shop.retire(3, "Sold")
    sizes = {"Clients": 2, "Locations": 2, "Computers": 2, "Groups": 10, "GroupComputers": 3, "RetiredAssets": 1}
    for table, size in sizes.items():
        rows = api.get(f"/{table}").json()
        assert len(rows) == size
        assert rows == shop.records(table)
        if table != "Computers":
            assert api.get(f"/{table.lower()}/{rows[0]['Id']}").json() == rows[0]


@pytest.mark.parametrize(
    "operation",
    [
        {"Op": "replace", "Path": "/ExternalId", "Value": "302"},
        {"Op": "Add", "Path": "ExternalId", "Value": "302"},
        {"op": "replace", "path": "externalid", "value": "302"},
    ],
)
def test_a_client_is_patched(shop: AutomateSimulator, api: httpx.Client, operation: dict[str, str]) -> None:
    changed = api.patch("/Clients/1", json=[operation]).json()
    assert changed == shop.record("Clients", 1) == {"Id": "1", "Name": "Acme Dental", "ExternalId": "302"}
    assert api.patch("/Clients/1", json=[{"Op": "remove", "Path": "ExternalId"}]).json()["ExternalId"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {"Op": "replace", "Path": "ExternalId", "Value": "1"},
        [{"Op": "replace", "Path": "/Id", "Value": "9"}],
        [{"Op": "replace", "Path": "/Colour", "Value": "9"}],
        [{"Op": "test", "Path": "/Name", "Value": "9"}],
        [{"Op": "replace", "Path": "/ExternalId", "Value": 9}],
        ["replace"],
    ],
)
def test_a_wrong_patch_changes_nothing(shop: AutomateSimulator, api: httpx.Client, body: Any) -> None:
    before = shop.record("Clients", 1)
    assert api.patch("/Clients/1", json=body).status_code == 400
    assert shop.record("Clients", 1) == before


def test_clients_and_memberships_come_and_go(shop: AutomateSimulator, api: httpx.Client) -> None:
    made = api.post("/Clients", json={"Name": "New", "ExternalId": "303"}).json()
    assert made == {"Id": "3", "Name": "New", "ExternalId": "303"}
    pair = {"GroupId": str(shop.groups[PLUS]), "ComputerId": "3"}
    member = api.post("/GroupComputers", json=pair).json()
    assert member == {"Id": member["Id"], **pair}
    assert api.post("/GroupComputers", json=pair).status_code == 400
    assert [group["Name"] for group in shop.record("Computers", 3)["Groups"]] == [PLUS]
    assert api.delete(f"/GroupComputers/{member['Id']}").status_code == 204
    assert shop.record("Computers", 3)["Groups"] == []
    assert api.delete("/Clients/1").status_code == 204
    assert ids(api.get("/Computers")) == [3]
    assert ids(api.get("/GroupComputers")) == []


def test_people_change_things_by_hand(shop: AutomateSimulator, api: httpx.Client, clock: TurnableClock) -> None:
    shop.edit_client(2, ExternalId="301", Name="Zeta")
    shop.edit_computer(3, SerialNumber="325jvna", AssetTag="1004", Client=1)
    shop.join(1, PREMIUM)
    shop.join(1, PREMIUM)
    shop.leave(1, "All Agents")
    shop.leave(1, "All Servers")
    found = {row["Id"]: row for row in api.get("/Computers").json()}
    assert [group["Name"] for group in found["1"]["Groups"]] == [PLUS, PREMIUM]
    assert (found["3"]["Client"]["Id"], found["3"]["SerialNumber"]) == ("1", "325jvna")
    shop.retire(1)
    (asset,) = api.get("/RetiredAssets").json()
    assert (asset["ComputerId"], asset["Client"]["Name"], asset["RetiredDate"]) == (
        "1",
        "Acme Dental",
        "2026-11-04T09:00:00Z",
    )
    assert api.get("/GroupComputers", params={"condition": "ComputerId = 1"}).json() == []
    assert shop.add_computer(2, "NEW") == 4  # numbers do not come back


def test_a_list_drifts_while_it_is_read(shop: AutomateSimulator, api: httpx.Client) -> None:
    shop.faults.order("drift", operation="Computers")
    assert ids(api.get("/Computers")) == [2, 3]
    assert len(shop.records("RetiredAssets")) == 1
