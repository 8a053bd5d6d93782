"""What the Automate adapter reads, from the simulator and as the vendor has it; and what it takes for an error."""

from __future__ import annotations

import json

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import Trouble
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.systems.connectwise_automate import (
    Automate,
    Client,
    Computer,
    Group,
    GroupComputer,
    GroupedComputer,
    GroupName,
    Record,
    RetiredAsset,
)
from shared.systems.connectwise_automate.client import PAGE_SIZE, URL_LIMIT
from shared.systems.connectwise_automate.conditions import contains, equals
from shared.systems.http import Http
from tests.systems.connectwise_automate.conftest import CONTRACT, GOOD, PLUS, PREMIUM, says, update
from tests.systems.vault import TurnableClock
from tests.systems.watching import Secret, Watch

# Reads


def test_records_as_they_are_read(automate: Automate, server: AutomateSimulator) -> None:
    acme = server.add_client("Acme", "301", City="Tampa")
    pc = server.add_computer(
        acme, "ACME-1", serial="325JVNA", tag="1004", user="ACME\\ann", groups=[PLUS, "All Agents"]
    )
    gone = server.add_computer(acme, "ACME-0", tag="77")
    server.retire(gone)
    client = Client(
        id=str(acme), name="Acme", external_id="301",
        url=f"{server.url}/automate/browse/companies/computers?companyId={acme}",
    )  # fmt: skip
    computer = Computer(
        id=str(pc), client_id=str(acme), client_name="Acme", name="ACME-1", serial_number="325JVNA", asset_tag="1004",
        last_user="ACME\\ann", type="Workstation", url=f"{server.url}/automate/computer/{pc}/normal-tiles",
    )  # fmt: skip
    groups = tuple(GroupName(id=str(server.groups[name]), name=name) for name in (PLUS, "All Agents"))
    grouped = GroupedComputer(**computer.model_dump(), groups=groups)
    assert automate.clients() == [client] == [automate.client(acme)]
    assert automate.computers(contains("SerialNumber", "325j")) == [computer]
    assert automate.computers_of([acme]) == [grouped] == [automate.computer(pc)]
    assert automate.computer(gone) is None
    (group,) = automate.groups(equals("Name", PLUS))
    assert (group.id, group.full_name) == (str(server.groups[PLUS]), f"Service Plans.{PLUS}")
    (member,) = automate.members([group.id, server.groups[PREMIUM]])
    assert (member.group_id, member.computer_id) == (group.id, computer.id)
    assert [(each.computer_id, each.name, each.asset_tag) for each in automate.retired()] == [
        (str(gone), "ACME-0", "77")
    ]


def test_nulls_absent_values_and_numbers_for_ids_are_understood(automate: Automate, watch: Watch) -> None:
    watch.rewrite = says(
        [
            {"Id": 7, "Client": {"Id": "01"}},
            {"Id": "8", "Client": {"Id": 1, "Name": None}, "SerialNumber": 325, "Groups": None},
        ],
        **{"Total-Count": "2"},
    )
    first, second = automate.computers_of([1])
    assert (first.id, first.client_id, first.serial_number, first.groups) == ("7", "1", "", ())
    assert (second.client_id, second.client_name, second.serial_number) == ("1", "", "325")


@pytest.mark.parametrize("row", [{"Id": "5"}, {"Id": "x", "Client": {"Id": "1"}}, {"Id": ["5", "6"]}, "5"])
def test_a_row_that_cannot_be_read_is_no_empty_list(automate: Automate, watch: Watch, row: object) -> None:
    watch.rewrite = says([row])
    with pytest.raises(RetryLater, match="something unreadable"):
        automate.computers()


def test_lists_are_asked_for_with_flat_parameters_by_key(automate: Automate, clock: TurnableClock) -> None:
    with AutomateSimulator(clock=clock, clients=3, computers=2 * PAGE_SIZE, troubles=False) as server:
        watch = Watch("/cwa/api/v1/")
        with Http() as http:
            http.transport_wrapper = watch
            found = Automate(SystemSettings(base_url=server.url), Secret(GOOD), clock, http).computers()
        assert [computer.id for computer in found] == [row["Id"] for row in server.records("Computers")]
    first, second = watch.queries("Computers")
    assert first == {
        "includeFields": ["Id,ComputerName,SerialNumber,AssetTag,LastUserName,Type,Client"],
        "orderBy": ["Id asc"],
        "pageSize": ["1000"],
    }
    assert second == {**first, "condition": [f"Id > {found[PAGE_SIZE - 1].id}"]}


@pytest.fixture
def fleet(server: AutomateSimulator) -> list[str]:
    """Ten computers, of which a page holds three."""
    client = server.add_client("Acme", "301")
    server.settings.largest_page = 3
    return [str(server.add_computer(client, f"PC-{place}")) for place in range(10)]


@pytest.mark.parametrize(("told", "requests"), [(True, 4), (False, 5)])
def test_pages_shorter_than_asked_for_lose_nothing(
    automate: Automate, server: AutomateSimulator, fleet: list[str], *, told: bool, requests: int
) -> None:
    server.settings.total_count = told
    assert [computer.id for computer in automate.computers()] == fleet
    assert server.requests["GET Computers"] == requests


def test_what_is_retired_while_a_list_is_read_shifts_nothing(
    automate: Automate, server: AutomateSimulator, fleet: list[str]
) -> None:
    server.faults.order("drift", operation="GET Computers", after=1, times=2)
    assert [computer.id for computer in automate.computers()] == fleet


def test_a_scan_stops_and_goes_on_where_it_was(automate: Automate, fleet: list[str]) -> None:
    page, after = next(automate.pages(Computer))
    assert ([computer.id for computer in page], after) == (fleet[:3], fleet[2])
    rest = list(automate.pages(Computer, after=after))
    assert [computer.id for page, _ in rest for computer in page] == fleet[3:]
    assert rest[-1][1] is None


def test_a_list_that_breaks_off_is_an_error(automate: Automate, watch: Watch, fleet: list[str]) -> None:
    def broken(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "condition" in request.url.params:
            return httpx.Response(200, json=[], headers={"Total-Count": response.headers["Total-Count"]})
        return response

    watch.rewrite = broken
    with pytest.raises(RetryLater, match="7 more were announced"):
        automate.computers()


def test_a_list_out_of_order_is_an_error(automate: Automate, watch: Watch) -> None:
    watch.rewrite = says([{"Id": "10"}, {"Id": "9"}])
    with pytest.raises(RetryLater, match="out of order"):
        automate.clients()


@pytest.mark.parametrize("after", [0, 2])
def test_a_page_in_place_of_a_list_is_the_failure_that_it_is(
    automate: Automate, server: AutomateSimulator, fleet: list[str], after: int
) -> None:
    server.faults.order("html", operation="GET Computers", after=after)
    with pytest.raises(RetryLater, match="a page came instead of the answer"):
        automate.computers()
    assert len(automate.computers()) == len(fleet)


@pytest.mark.parametrize("body", [b"", b'[{"Id": "1"', b"null", b'{"TotalRecords": 0, "Data": []}'])
def test_what_is_no_list_is_no_empty_list(automate: Automate, watch: Watch, body: bytes) -> None:
    json_type = {"Content-Type": "application/json"}
    automate.check()
    watch.rewrite = lambda _, __: httpx.Response(200, content=body, headers=json_type)
    with pytest.raises(RetryLater):
        automate.clients()


def test_long_look_ups_are_asked_in_parts(automate: Automate, server: AutomateSimulator, watch: Watch) -> None:
    clients = [server.add_client(f"Client {place}") for place in range(700)]
    computers = [server.add_computer(client, f"PC {client}") for client in clients]
    assert [each.number for each in automate.computers_of(reversed(clients))] == computers
    assert [*automate.computers_of([]), *automate.members([])] == []
    urls = [str(request.url) for request in watch.requests]
    assert 2 < len(urls) < 7
    assert max(map(len, urls)) <= URL_LIMIT


def test_a_client_that_is_not_there_is_none_and_trouble_is_no_none(
    automate: Automate, server: AutomateSimulator
) -> None:
    client = server.add_client("Acme")
    assert automate.client(client + 1) is None
    server.faults.order("status", status=404, operation="GET Clients/{id}")
    with pytest.raises(RetryLater, match="but lists it"):
        automate.client(client)
    server.delete_client(client)
    server.faults.order("html", operation="GET Clients$")
    with pytest.raises(RetryLater):
        automate.client(client)
    server.faults.order("status", status=404, operation="GET Clients$")
    with pytest.raises(ConfigurationWrong, match="does not know GET Clients"):
        automate.clients()


@pytest.mark.parametrize(
    ("status", "read", "written"),
    [
        (400, RecordRejected, RecordRejected),
        (403, ConfigurationWrong, ConfigurationWrong),
        (429, Throttled, Throttled),
        (500, RetryLater, OutcomeUnknown),
        (503, RetryLater, OutcomeUnknown),
    ],
)
def test_errors_are_named_by_what_to_do(
    automate: Automate, server: AutomateSimulator, status: int, read: type[SyncError], written: type[SyncError]
) -> None:
    client = server.add_client("Acme")
    server.faults.order("status", status=status, operation="Clients", times=2, retry_after=17)
    with pytest.raises(SyncError) as raised:
        automate.clients()
    assert type(raised.value) is read
    if isinstance(raised.value, RetryLater) and status in (429, 503):
        assert raised.value.after == 17
    with pytest.raises(SyncError) as raised:
        automate.apply(update(client, external_id="301"))
    assert type(raised.value) is written


# Against what others say


def test_the_vendor_has_every_field_that_is_asked_for() -> None:
    if not CONTRACT.is_file():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    models: list[type[Record]] = [Client, Computer, GroupedComputer, Group, GroupComputer, RetiredAsset]
    for model in models:
        name = model.__name__.replace("Grouped", "")
        assert set(model.wire_fields.split(",")) <= set(schemas[f"LabTech.Models.{name}"]["properties"])


def test_every_trouble_of_the_fleet_is_seen_through_the_adapter(
    clock: TurnableClock, http: Http, secret: Secret
) -> None:
    with AutomateSimulator(clock=clock, clients=50, computers=400) as server:
        automate = Automate(SystemSettings(base_url=server.url), secret, clock, http)
        clients = {client.number: client for client in automate.clients()}
        computers = {computer.number: computer for computer in automate.computers()}
        plans = {group.id for group in automate.groups() if group.full_name.startswith("Service Plans.")}
        members = [int(member.computer_id) for member in automate.members(plans)]
        fleet = server.fleet
        retired = [int(asset.computer_id) for asset in automate.retired()]

    def one(trouble: Trouble) -> int:
        return fleet.having(trouble)[0]

    assert [clients[one(trouble)].external_id for trouble in (
        Trouble.NO_EXTERNAL_ID, Trouble.EXTERNAL_ID_IS_TEXT, Trouble.EXTERNAL_ID_IS_ZERO,
    )] == ["", "ask Dana", "0"]  # fmt: skip
    shared = clients[one(Trouble.EXTERNAL_ID_SHARED)].external_id
    assert sum(client.external_id == shared for client in clients.values()) == 2
    assert computers[one(Trouble.SERIAL_MISSING)].serial_number == ""
    same = computers[one(Trouble.SERIAL_SHARED)].serial_number
    assert sum(computer.serial_number == same for computer in computers.values()) == 2
    assert computers[one(Trouble.TAG_IS_TEXT)].asset_tag == "front desk"
    assert members.count(one(Trouble.NO_PLAN)) == 0
    assert members.count(one(Trouble.SEVERAL_PLANS)) == 2
    assert retired == fleet.having(Trouble.RETIRED)
    assert not computers.keys() & set(retired)
