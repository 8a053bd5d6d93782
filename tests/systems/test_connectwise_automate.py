"""The ConnectWise Automate adapter against the simulator: session, reads, the one write, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import Trouble
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.sync.plan import Step
from shared.sync.ports import System
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
from tests.serving import serving
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Secret, Watch

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "connectwise-automate.openapi.json"
GOOD: Mapping[str, str] = {"user": "demo", "password": "demo", "client_id": "0b7d-client"}
LOGIN, REFRESH, CLOCK = "POST APIToken", "POST APIToken/Refresh", "GET DatabaseServerTime"
PLUS, PREMIUM = "BizCare Plus", "BizCare Premium"


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[AutomateSimulator]:
    with serving(AutomateSimulator(clock=clock, clients=0, computers=0)) as simulator:
        yield simulator


@pytest.fixture
def watch() -> Watch:
    return Watch("/cwa/api/v1/")


@pytest.fixture
def secret() -> Secret:
    return Secret(GOOD)


@pytest.fixture
def connect(secret: Secret, clock: TurnableClock, http: Http) -> Callable[[str], Automate]:
    return lambda url: Automate(SystemSettings(base_url=url), secret, clock, http)


@pytest.fixture
def automate(server: AutomateSimulator, connect: Callable[[str], Automate]) -> Automate:
    return connect(server.url)


def update(key: object, before: Mapping[str, Any] | None = None, **fields: Any) -> Step:
    return Step("one", "connectwise_automate", "client", "update", str(key), fields=fields, before=before or {})


def says(value: object, **headers: str) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    """Lets lists be answered with something else."""

    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "apitoken" in request.url.path:
            return response
        return httpx.Response(200, json=value, headers=headers)

    return rewrite


# Session


def test_the_adapter_is_a_system_of_the_engine(automate: Automate, server: AutomateSimulator) -> None:
    system: System = automate
    assert system.name == "connectwise_automate"
    assert system.pace_key == f"{urlsplit(server.url).netloc}#"


def test_one_login_serves_all_calls_and_each_names_token_and_client(
    automate: Automate, server: AutomateSimulator, watch: Watch
) -> None:
    automate.clients()
    automate.groups()
    login, *calls = watch.requests
    assert (login.url.path, json.loads(login.content)) == (
        "/cwa/api/v1/apitoken",
        {"UserName": "demo", "Password": "demo"},
    )
    assert "authorization" not in login.headers
    assert {request.headers["clientid"] for request in watch.requests} == {"0b7d-client"}
    assert all(request.headers["authorization"].startswith("Bearer sim-") for request in calls)
    assert server.requests[LOGIN] == 1


@pytest.mark.parametrize("zoned", [True, False])
def test_a_token_is_followed_by_another_before_it_ends(
    automate: Automate, server: AutomateSimulator, clock: TurnableClock, *, zoned: bool
) -> None:
    server.settings.zoned = zoned
    for _ in range(30):
        automate.clients()
        clock.turn(minutes=4)
    assert server.requests[LOGIN] == 1
    assert server.requests[REFRESH] in (2, 4)
    assert [status for operation, status in server.log if operation == "GET Clients"] == [200] * 30


def test_where_no_token_follows_the_user_is_logged_in_again(
    automate: Automate, server: AutomateSimulator, clock: TurnableClock
) -> None:
    automate.clients()
    clock.turn(minutes=57)
    server.tokens.revoke()
    automate.clients()
    clock.turn(hours=5)
    automate.clients()
    assert server.requests == {LOGIN: 3, REFRESH: 1, "GET Clients": 3}


def test_a_servers_two_clocks_may_disagree(automate: Automate, server: AutomateSimulator, clock: TurnableClock) -> None:
    server.settings.told_late = timedelta(hours=-5)
    automate.clients()
    automate.clients()
    assert server.requests[LOGIN] == 1
    server.settings.told_late = timedelta(hours=5)
    clock.turn(hours=1)
    automate.clients()
    clock.turn(hours=1)
    automate.clients()
    assert server.requests == {LOGIN: 3, "GET Clients": 5}


def test_a_token_that_holds_no_more_is_replaced_and_the_call_repeated(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    client = server.add_client("Acme")
    automate.clients()
    server.tokens.revoke()
    assert automate.apply(update(client, external_id="301")).id == str(client)
    assert secret.read == 1
    assert server.requests == {LOGIN: 2, "GET Clients": 1, "PATCH Clients/{id}": 2}


@pytest.mark.parametrize("settings", [{"two_factor": "123456"}, {}])
def test_a_login_without_a_token_is_a_fault_of_the_set_up(
    automate: Automate, server: AutomateSimulator, watch: Watch, settings: dict[str, str]
) -> None:
    vars(server.settings).update(settings)
    if not settings:
        watch.rewrite = lambda _, __: httpx.Response(200, json={"TokenType": "Bearer", "AccessToken": None})
    for attempt in (automate.check, automate.clients):
        with pytest.raises(ConfigurationWrong, match="second factor" if settings else "gives no token") as raised:
            attempt()
        assert raised.value.where == "connectwise_automate: the secret"
        assert "user" in raised.value.fix
    assert len(watch.requests) == 2


def test_a_changed_password_is_read_anew_once(automate: Automate, server: AutomateSimulator, secret: Secret) -> None:
    server.settings.password = "changed"
    secret.stored = {**GOOD, "password": "changed"}
    assert automate.clients() == []
    assert (secret.read, server.requests[LOGIN]) == (1, 2)


def test_keys_in_the_secret_that_change_are_taken_up(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    automate.clients()
    server.settings.user = "other"
    secret.kept = {**GOOD, "user": "other"}
    automate.clients()
    assert (secret.read, server.requests[LOGIN]) == (0, 2)


def test_refused_keys_are_told_after_the_secret_was_read_anew(
    automate: Automate, server: AutomateSimulator, secret: Secret
) -> None:
    server.settings.password = "changed"
    for attempt in (automate.clients, automate.check):
        with pytest.raises(CredentialsRefused, match="the login") as raised:
            attempt()
        assert raised.value.system == "connectwise_automate"
    assert secret.read == 2
    assert server.requests == {LOGIN: 2}


def test_a_client_id_that_nobody_knows_is_told_apart(automate: Automate, server: AutomateSimulator) -> None:
    server.settings.client_ids = frozenset({"another"})
    for attempt in (automate.clients, automate.check):
        with pytest.raises(CredentialsRefused, match="client_id"):
            attempt()


def test_check_is_content_with_keys_that_hold(automate: Automate, server: AutomateSimulator, secret: Secret) -> None:
    automate.check()
    server.settings.may_not = frozenset({CLOCK})
    automate.check()
    assert secret.read == 2


def test_a_missing_right_is_named(automate: Automate, server: AutomateSimulator) -> None:
    server.settings.may_not = frozenset({"GET Computers"})
    automate.may_read(Client.path)
    with pytest.raises(ConfigurationWrong, match="GET Computers with 403") as raised:
        automate.may_read(Computer.path)
    assert raised.value.where == "connectwise_automate: rights"


def test_a_401_for_one_list_alone_is_no_matter_of_keys(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=401, operation="GET Groups", times=2)
    with pytest.raises(ConfigurationWrong, match="though the keys hold"):
        automate.groups()


def test_a_server_that_has_no_clock_says_nothing_of_the_keys(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=404, operation=CLOCK)
    with pytest.raises(ConfigurationWrong, match="does not know GET DatabaseServerTime"):
        automate.check()


def test_a_login_may_come_too_often_too(automate: Automate, server: AutomateSimulator) -> None:
    server.faults.order("status", status=429, operation=LOGIN, retry_after=3)
    with pytest.raises(Throttled) as raised:
        automate.clients()
    assert (raised.value.pace_key, raised.value.after) == (automate.pace_key, 3)


def test_any_address_of_the_server_will_do(server: AutomateSimulator, connect: Callable[[str], Automate]) -> None:
    for below in ("", "/cwa", "/cwa/api/v1/"):
        assert connect(f"{server.url}{below}").clients() == []
    with pytest.raises(ConfigurationWrong, match="there is no ConnectWise Automate at") as raised:
        connect(f"{server.url}/elsewhere").clients()
    assert raised.value.where == "connectwise_automate: base_url"


@pytest.mark.parametrize("keys", [{**GOOD, "password": " "}, {**GOOD, "client_id": "key\N{EN DASH}1"}])
def test_a_key_that_is_none_is_never_sent(
    automate: Automate, secret: Secret, watch: Watch, keys: Mapping[str, str]
) -> None:
    secret.kept = keys
    with pytest.raises(ConfigurationWrong, match="in the secret of connectwise_automate"):
        automate.clients()
    assert watch.requests == []


def test_no_error_says_a_secret_even_if_the_server_does(
    automate: Automate, server: AutomateSimulator, secret: Secret, watch: Watch
) -> None:
    secret.kept = secret.stored = {**GOOD, "password": "Tr0ub4dor"}
    watch.rewrite = lambda request, _: httpx.Response(400, json={"Message": f"bad: {request.content.decode()}"})
    with pytest.raises(CredentialsRefused) as raised:
        automate.clients()
    assert "bad: " in str(raised.value)
    assert "Tr0ub4dor" not in str(raised.value)
    assert all("Tr0ub4dor" not in str(request.url) for request in watch.requests)


def test_the_servers_time_is_its_databases(automate: Automate, server: AutomateSimulator, watch: Watch) -> None:
    server.clock = lambda: START - timedelta(minutes=3)
    assert automate.server_time() == START - timedelta(minutes=3)
    server.settings.zoned = False
    assert automate.server_time() == START - timedelta(minutes=3)
    watch.rewrite = says("noon")
    with pytest.raises(RetryLater, match="what time it is"):
        automate.server_time()


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


# Writing


def test_the_external_id_is_written_with_a_capitalised_patch(
    automate: Automate, server: AutomateSimulator, watch: Watch
) -> None:
    client = server.add_client("Acme", "0")
    done = automate.apply(update(client, {"external_id": "0"}, external_id="301"))
    assert isinstance(done.record, Client)
    assert (done.id, done.record.external_id) == (str(client), "301")
    assert server.record("Clients", client)["ExternalId"] == "301"
    assert json.loads(watch.requests[-1].content) == [{"Op": "replace", "Path": "/ExternalId", "Value": "301"}]


def test_what_differs_in_nothing_is_not_sent(automate: Automate, server: AutomateSimulator) -> None:
    assert automate.apply(update(5, {"external_id": "301"}, external_id="301")).id == "5"
    assert server.requests == {}


@pytest.mark.parametrize("fault", ["lost_answer", "html"])
def test_a_write_without_an_answer_is_to_be_looked_for(
    automate: Automate, server: AutomateSimulator, fault: str
) -> None:
    client = server.add_client("Acme")
    server.faults.order(fault, operation="PATCH")
    with pytest.raises(OutcomeUnknown):
        automate.apply(update(client, external_id="301"))
    assert server.requests["PATCH Clients/{id}"] == 1


def test_a_client_that_is_gone_cannot_be_written(automate: Automate, server: AutomateSimulator) -> None:
    with pytest.raises(RecordRejected) as raised:
        automate.apply(update(5, external_id="301"))
    assert raised.value.code == "NotFound"


@pytest.mark.parametrize(
    "step",
    [
        update(5, name="Other"),
        update(5, external_id=None),
        Step("one", "connectwise_automate", "client", "create", fields={"external_id": "1"}),
        Step("one", "connectwise_automate", "computer", "update", "5", fields={"asset_tag": "1004"}),
    ],
)
def test_nothing_else_is_written(automate: Automate, server: AutomateSimulator, step: Step) -> None:
    with pytest.raises(ValueError):
        automate.apply(step)
    assert server.requests == {}


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
