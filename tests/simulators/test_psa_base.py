"""The base that all simulators share: counting, fault orders, keep-alive, and an orderly end."""

from __future__ import annotations

import random
from collections.abc import Iterator

import httpx
import pytest

from infra.local.simulators.server import Request, Response, Simulator, json_response


class Echo(Simulator):
    name = "echo"

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def handle(self, request: Request) -> Response:
        if request.path == "/crash":
            raise RuntimeError("boom")
        self.done.append(request.path)
        return json_response({"path": request.path, "query": request.query, "body": request.body.decode()})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as simulator:
        yield simulator


@pytest.fixture
def client(echo: Echo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo.url) as client:
        yield client


def test_requests_are_counted_with_ids_folded_and_one_connection_serves_them(echo: Echo, client: httpx.Client) -> None:
    for record in (1, 2, 3):
        assert client.get(f"/things/{record}?a=%26b").json()["query"] == {"a": "&b"}
    client.post("/things", content=b"x")
    assert echo.requests == {"GET /things/{id}": 3, "POST /things": 1}
    assert echo.connections == 1
    assert echo.log[-1] == ("POST /things", 200)


def test_a_chunked_body_is_read_whole(client: httpx.Client) -> None:
    assert client.post("/things", content=iter([b"one ", b"two"])).json()["body"] == "one two"


def test_the_date_header_tells_the_simulators_time(echo: Echo, client: httpx.Client) -> None:
    moment = echo.clock().replace(year=2031, microsecond=0)
    echo.clock = lambda: moment
    assert client.get("/x").headers["date"].split(",")[1] == moment.strftime(" %d %b %Y %H:%M:%S GMT")


def test_a_status_fault_is_answered_without_being_carried_out(echo: Echo, client: httpx.Client) -> None:
    echo.faults.order("status", status=429, retry_after=30, operation="^POST", after=1, times=2)
    assert [client.post("/x").status_code for _ in range(4)] == [200, 429, 429, 200]
    assert echo.done == ["/x", "/x"]
    echo.faults.order("status", status=503, retry_after=5)
    assert client.get("/x").headers["retry-after"] == "5"


def test_a_cut_connection_loses_the_request_and_a_lost_answer_only_the_answer(echo: Echo, client: httpx.Client) -> None:
    echo.faults.order("cut")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/first")
    echo.faults.order("lost_answer")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/second")
    assert echo.done == ["/second"]
    assert echo.log == [("POST /first", 0), ("POST /second", 0)]


def test_a_slow_answer_comes_after_the_client_gave_up_but_is_carried_out(echo: Echo, client: httpx.Client) -> None:
    echo.faults.order("slow", seconds=0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/late", timeout=0.05)
    echo.stop()
    assert echo.done == ["/late"]


def test_random_faults_are_repeatable(echo: Echo, client: httpx.Client) -> None:
    def statuses() -> list[int]:
        echo.faults.order_random(0.5, ["status"], random.Random(3), status=500)
        return [client.get("/x").status_code for _ in range(20)]

    first = statuses()
    assert 500 in first
    assert 200 in first
    assert statuses() == first


def test_faults_are_ordered_and_requests_read_over_http(echo: Echo, client: httpx.Client) -> None:
    assert client.post("/_simulator/faults", json={"kind": "status", "status": 500}).status_code == 201
    assert client.get("/_simulator/faults").json()[0]["kind"] == "status"
    assert client.get("/x").status_code == 500
    refused = client.post("/_simulator/faults", json={"kind": "earthquake"})
    assert refused.status_code == 400
    assert "earthquake" in refused.json()["message"]
    assert client.get("/_simulator/requests").json()["requests"] == {"GET /x": 1}
    order = {"probability": 1, "kinds": ["status"], "seed": 1, "status": 502}
    assert client.post("/_simulator/faults", json=order).status_code == 201
    assert client.get("/x").status_code == 502
    assert client.delete("/_simulator/faults").status_code == 204
    assert client.get("/x").status_code == 200


def test_a_crash_is_answered_and_remembered(echo: Echo, client: httpx.Client) -> None:
    assert client.get("/crash").status_code == 500
    assert [str(crash) for crash in echo.crashes] == ["boom"]


def test_stopping_ends_open_connections_and_starting_again_serves(echo: Echo, client: httpx.Client) -> None:
    client.get("/x")
    echo.stop()
    with pytest.raises(httpx.HTTPError):
        client.get("/x")
    echo.start()
    assert httpx.get(f"{echo.url}/y").status_code == 200
