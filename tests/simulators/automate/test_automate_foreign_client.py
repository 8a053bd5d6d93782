"""A client that others wrote (pyconnectwise) logs in, pages, filters and is refused as by the vendor."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from infra.local.simulators.automate import AutomateSimulator
from tests.serving import serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of pydantic, about the client's own models
    from pyconnectwise import ConnectWiseAutomateAPIClient
    from pyconnectwise.endpoints.automate.ClientsEndpoint import ClientsEndpoint
    from pyconnectwise.endpoints.automate.ComputersEndpoint import ComputersEndpoint
    from pyconnectwise.endpoints.automate.GroupsEndpoint import GroupsEndpoint
    from pyconnectwise.exceptions import AuthenticationFailedException, MalformedRequestException, NotFoundException

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class LoopbackClient(ConnectWiseAutomateAPIClient):
    """The same client over plain http: its own addresses always begin with https."""

    def _get_url(self) -> str:
        return super()._get_url().replace("https://", "http://")


@pytest.fixture
def shop() -> Iterator[AutomateSimulator]:
    """A server by the real clock, which the client goes by."""
    with serving(AutomateSimulator(clients=5, computers=60)) as server:
        yield server


@pytest.fixture
def client(shop: AutomateSimulator) -> ConnectWiseAutomateAPIClient:
    return LoopbackClient(shop.url.removeprefix("http://"), "a client id", "demo", "demo")


def test_it_reads_clients_and_groups(shop: AutomateSimulator, client: ConnectWiseAutomateAPIClient) -> None:
    assert [found.name for found in ClientsEndpoint(client).get()] == [row["Name"] for row in shop.records("Clients")]
    assert ClientsEndpoint(client).id(3).get().external_id == shop.record("Clients", 3)["ExternalId"]
    assert "BizCare Plus" in [group.name for group in GroupsEndpoint(client).get()]


def test_it_pages_through_computers_and_filters_them(
    shop: AutomateSimulator, client: ConnectWiseAutomateAPIClient
) -> None:
    rows = shop.records("Computers")
    pages = ComputersEndpoint(client).paginated(
        1, 25, {"orderBy": "Id asc", "condition": "Client.Id = 1 or Type = 'Workstation'"}
    )
    assert [found.serial_number for found in pages.all()] == [
        row["SerialNumber"] for row in rows if row["Client"]["Id"] == "1" or row["Type"] == "Workstation"
    ]


def test_it_is_refused(shop: AutomateSimulator, client: ConnectWiseAutomateAPIClient) -> None:
    with pytest.raises(NotFoundException):
        ClientsEndpoint(client).id(99).get()
    with pytest.raises(MalformedRequestException):
        ComputersEndpoint(client).get(params={"condition": "Nonsense = 1"})
    shop.tokens.revoke()
    with pytest.raises(AuthenticationFailedException):
        ClientsEndpoint(client).get()
    with pytest.raises(AuthenticationFailedException):
        LoopbackClient(shop.url.removeprefix("http://"), "a client id", "demo", "wrong")
