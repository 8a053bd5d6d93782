"""The one pooled client, and the one table of what each answer asks for."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from infra.local.simulators.server import Request, Response, Simulator, json_response
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    FailedRequest,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
    Throttled,
)
from shared.systems.errors import TABLE, Action, Verdict, judge
from shared.systems.http import Answer, Http, shared_client
from tests.serving import serving

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
SECRET = "Basic c2VjcmV0LWtleQ=="


class Vendor(Simulator):
    """Answers every request with what it was told to, and keeps what it was asked."""

    name = "vendor"
    cookies: ClassVar[dict[str, str]] = {"Set-Cookie": "session=of-another-tenant"}

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if request.path == "/moved":
            return Response(302, headers={"Location": "/elsewhere"})
        return json_response({"path": request.path, "amount": 10.10}, headers=self.cookies)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving(Vendor()) as simulator:
        yield simulator


def send(http: Http, url: str, method: str = "GET", *, write: bool | None = None, **more: Any) -> Answer:
    """One request that carries a key in a header, the query and the body."""
    return http.send(
        "vendor",
        method,
        f"{url}/things?token=secret-query",
        write=method != "GET" if write is None else write,
        headers={"Authorization": SECRET},
        content=b'{"password": "secret-body"}' if method != "GET" else None,
        what=f"{method} things",
        **more,
    )


class Script:
    """A server that plays one part per connection: it reads each request and sends the next piece; None hangs up."""

    def __init__(self, *connections: Sequence[bytes | None]) -> None:
        self._connections = connections
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._play, daemon=True)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Script:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listener.close()
        assert not self._thread.is_alive(), "the client did not come as often as the script has it"

    def _play(self) -> None:
        for pieces in self._connections:
            connection, _ = self._listener.accept()
            with connection:
                for piece in pieces:
                    connection.recv(65536)
                    if piece is None:
                        break
                    connection.sendall(piece)


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n[{"


def test_requests_share_one_connection_and_are_counted_by_system(vendor: Vendor, http: Http) -> None:
    for _ in range(3):
        send(http, vendor.url)
    http.send("another", "GET", vendor.url, write=False)
    assert http.requests == {"vendor": 3, "another": 1}
    assert vendor.connections == 1
    http.requests.clear()
    send(http, vendor.url)
    assert http.requests == {"vendor": 1}


def test_an_answer_tells_status_headers_exact_numbers_and_the_servers_time(vendor: Vendor, http: Http) -> None:
    moment = NOW.replace(year=2031)
    vendor.clock = lambda: moment
    answer = send(http, vendor.url)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.json()["amount"] * 3 == Decimal("30.3")
    assert answer.date == moment
    assert SECRET not in repr(answer)


def test_a_redirect_is_an_answer_and_is_not_followed(vendor: Vendor, http: Http) -> None:
    assert http.send("vendor", "GET", f"{vendor.url}/moved", write=False).status == 302
    assert len(vendor.asked) == 1


def test_no_cookie_of_one_tenant_travels_with_the_request_of_another(vendor: Vendor, http: Http) -> None:
    send(http, vendor.url)
    send(http, vendor.url)
    assert "cookie" not in vendor.asked[1].headers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_where_no_connection_is_made_nothing_was_done(http: Http, method: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(RetryLater) as raised:
        send(http, url, method)
    assert not isinstance(raised.value, OutcomeUnknown)
    assert raised.value.system == "vendor"
    request = raised.value.request
    assert request is not None
    assert (request.system, request.status) == ("vendor", 0)
    assert request.reason.startswith("no connection")


@pytest.mark.parametrize("fault", ["cut", "lost_answer"])
def test_a_write_without_an_answer_may_have_been_done_and_a_read_may_be_repeated(
    vendor: Vendor, http: Http, fault: str
) -> None:
    vendor.faults.order(fault, times=2)
    with pytest.raises(OutcomeUnknown):
        send(http, vendor.url, "POST")
    with pytest.raises(RetryLater) as raised:
        send(http, vendor.url, "GET")
    assert not isinstance(raised.value, OutcomeUnknown)
    assert http.requests["vendor"] == 2


def test_a_read_by_post_is_no_write(vendor: Vendor, http: Http) -> None:
    vendor.faults.order("cut")
    with pytest.raises(RetryLater) as raised:
        send(http, vendor.url, "POST", write=False)
    assert not isinstance(raised.value, OutcomeUnknown)


@pytest.mark.parametrize(("method", "error"), [("GET", RetryLater), ("PATCH", OutcomeUnknown)])
def test_an_answer_that_takes_too_long_is_given_up(
    vendor: Vendor, http: Http, method: str, error: type[RetryLater]
) -> None:
    vendor.faults.order("slow", seconds=0.3)
    with pytest.raises(error, match="took too long"):
        send(http, vendor.url, method, read_timeout=0.05)


@pytest.mark.parametrize(("method", "error"), [("GET", RetryLater), ("POST", OutcomeUnknown)])
def test_half_a_body_is_no_answer(http: Http, method: str, error: type[RetryLater]) -> None:
    with Script([HALF]) as server, pytest.raises(error, match="broke off"):
        send(http, server.url, method)


def test_a_get_on_a_connection_that_had_been_closed_is_sent_once_more(http: Http) -> None:
    with Script([WHOLE, None], [WHOLE]) as server:
        send(http, server.url)
        assert send(http, server.url).status == 200
    assert http.requests["vendor"] == 3


def test_a_get_is_sent_once_more_only_once(http: Http) -> None:
    with Script([WHOLE, None], [None]) as server:
        send(http, server.url)
        with pytest.raises(RetryLater):
            send(http, server.url)
    assert http.requests["vendor"] == 3


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_on_a_connection_that_had_been_closed_is_never_repeated(http: Http, method: str) -> None:
    with Script([WHOLE, None]) as server:
        send(http, server.url)
        with pytest.raises(OutcomeUnknown):
            send(http, server.url, method)
    assert http.requests["vendor"] == 2


def test_a_new_connection_that_breaks_off_is_no_closed_one(http: Http) -> None:
    with Script([None]) as server, pytest.raises(RetryLater):
        send(http, server.url)
    assert http.requests["vendor"] == 1


def test_errors_and_logs_hold_no_key(vendor: Vendor, http: Http, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.faults.order("cut", times=3)
    vendor.faults.order("status", status=500)
    errors: list[BaseException] = []
    for method in ("GET", "POST", "PATCH"):
        with pytest.raises(SyncError) as raised:
            send(http, vendor.url, method)
        errors.append(raised.value)
    answer = send(http, vendor.url, "POST")
    errors.append(judge(answer, write=True, now=NOW).error("vendor", what="POST things"))
    for error in errors:
        assert (error.__cause__, error.__context__) == (None, None)
        assert "secret" not in f"{error!r} {vars(error)}"
        assert SECRET not in f"{error!r} {vars(error)}"
    logged = [each.getMessage() for each in caplog.records if not each.name.startswith("infra.")]
    assert [text for text in logged if "secret" in text or "c2VjcmV0" in text] == []


@pytest.mark.parametrize("key", ["secret\nkey", "secret\N{RIGHT SINGLE QUOTATION MARK}key"])
def test_a_key_that_no_header_can_hold_is_a_setting_to_correct(vendor: Vendor, http: Http, key: str) -> None:
    with pytest.raises(ConfigurationWrong) as raised:
        http.send("vendor", "POST", vendor.url, write=True, headers={"clientId": key})
    assert "secretkey" not in f"{raised.value!r}"
    assert raised.value.__context__ is None
    assert vendor.asked == []


def test_a_wrapper_stands_between_client_and_network(vendor: Vendor, http: Http) -> None:
    class Cut(httpx.BaseTransport):
        def __init__(self, inner: httpx.BaseTransport) -> None:
            self.inner = inner

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.inner.handle_request(request).close()
            raise httpx.ReadError("cut off after the call")

    http.transport_wrapper = Cut
    with pytest.raises(OutcomeUnknown):
        send(http, vendor.url, "POST")
    assert len(vendor.asked) == 1
    http.transport_wrapper = None
    assert send(http, vendor.url, "POST").status == 200


def test_a_process_has_one_client() -> None:
    assert shared_client() is shared_client()


# The table


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def verdict(status: int, body: Any = None, *, write: bool = False, **headers: str) -> Verdict:
    return judge(answer(status, body, **headers), write=write, now=NOW)


PAGE = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
MISSING = {"code": "NotFound", "message": "Contact 57919 not found"}
NO_PATH = {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}
TOO_MANY = {"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 30 seconds."}
INSECURE = {"code": "Security", "message": "SSL is required.", "errors": None}
DUPLICATE = {
    "code": "InvalidObject",
    "message": "company object is invalid",
    "errors": [
        {"code": "ObjectExists", "message": "The identifier is taken.", "resource": "company", "field": "identifier"},
        {"code": "InvalidField", "message": "Invalid URL", "resource": "company", "field": "website"},
        {"code": "InvalidField", "message": "Invalid URL.", "resource": "company", "field": "website"},
    ],
}


@pytest.mark.parametrize(
    ("status", "body", "read", "write"),
    [
        (200, {"id": 1}, Action.SUCCEED, Action.SUCCEED),
        (201, {"id": 1}, Action.SUCCEED, Action.SUCCEED),
        (204, None, Action.SUCCEED, Action.SUCCEED),
        (200, PAGE, Action.RETRY, Action.UNKNOWN),
        (200, b'[{"id": 1}, {"id"', Action.RETRY, Action.UNKNOWN),
        (302, None, Action.CONFIGURE, Action.CONFIGURE),
        (400, DUPLICATE, Action.REJECT, Action.REJECT),
        (401, {"code": "Unauthorized", "message": "no"}, Action.REFRESH, Action.REFRESH),
        (401, PAGE, Action.REFRESH, Action.REFRESH),
        (403, {"code": "Forbidden", "message": "no right"}, Action.ALLOW, Action.ALLOW),
        (403, INSECURE, Action.CONFIGURE, Action.CONFIGURE),
        (403, PAGE, Action.RETRY, Action.UNKNOWN),
        (404, MISSING, Action.ABSENT, Action.ABSENT),
        (404, NO_PATH, Action.REDISCOVER, Action.REDISCOVER),
        (404, PAGE, Action.REDISCOVER, Action.REDISCOVER),
        (405, {"message": "no"}, Action.REJECT, Action.REJECT),
        (408, None, Action.RETRY, Action.UNKNOWN),
        (409, {"code": "RecordInUse"}, Action.REJECT, Action.REJECT),
        (414, PAGE, Action.REJECT, Action.REJECT),
        (415, {"message": "no"}, Action.REJECT, Action.REJECT),
        (429, TOO_MANY, Action.SLOW_DOWN, Action.SLOW_DOWN),
        (429, PAGE, Action.SLOW_DOWN, Action.SLOW_DOWN),
        (500, {"code": "X", "message": "timeout"}, Action.RETRY, Action.UNKNOWN),
        (503, PAGE, Action.RETRY, Action.UNKNOWN),
        (600, None, Action.RETRY, Action.UNKNOWN),
    ],
)
def test_the_table_says_what_to_do(status: int, body: Any, read: Action, write: Action) -> None:
    assert verdict(status, body).action is read
    assert verdict(status, body, write=True).action is write


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.code}")
def test_no_row_hides_behind_an_earlier_one(row: Any) -> None:
    statuses = [status for status in (*range(200, 600), 999) if row.fits(status, frozenset({row.code}))]
    found = {next(other for other in TABLE if other.fits(status, frozenset({row.code}))) for status in statuses}
    assert row in found


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (Action.RETRY, RetryLater),
        (Action.UNKNOWN, OutcomeUnknown),
        (Action.SLOW_DOWN, Throttled),
        (Action.REFRESH, CredentialsRefused),
        (Action.REDISCOVER, CredentialsRefused),
        (Action.ABSENT, RecordRejected),
        (Action.REJECT, RecordRejected),
        (Action.CONFIGURE, ConfigurationWrong),
        (Action.ALLOW, ConfigurationWrong),
    ],
)
def test_each_action_but_success_has_its_error(action: Action, error: type[SyncError]) -> None:
    raised = Verdict(action, 400, TABLE[0]).error("vendor", what="GET things", pace_key="host#demo")
    assert type(raised) is error
    assert raised.request == FailedRequest("vendor", "GET", "things", 400, TABLE[0].meaning)


def test_a_refusal_carries_the_vendors_words_code_and_field() -> None:
    error = verdict(400, DUPLICATE, write=True).error("vendor", what="POST companies")
    assert isinstance(error, RecordRejected)
    assert error.words == "company object is invalid; The identifier is taken; Invalid URL"
    assert (error.code, error.field) == ("ObjectExists", "identifier")


def test_a_model_state_is_read_as_words() -> None:
    body = {"Message": "The request is invalid.", "ModelState": {"Name": ["Name is required."]}}
    error = verdict(400, body, write=True).error("vendor", what="POST groups")
    assert isinstance(error, RecordRejected)
    assert error.words == "The request is invalid; Name: Name is required"


def test_a_page_in_place_of_an_answer_is_named_by_its_title() -> None:
    error = verdict(502, PAGE).error("vendor", what="GET things")
    assert str(error) == ("vendor answered GET things with 502: a page came instead of an answer: 'Just a moment...'")


@pytest.mark.parametrize(
    "body", [[], "text", {"errors": 5, "message": ["x"], "code": 7}, {"errors": ["x", None]}, {"error": {"a": 1}}]
)
def test_error_bodies_of_no_known_shape_are_no_crash(body: Any) -> None:
    error = verdict(400, body, write=True).error("vendor", what="POST things")
    assert isinstance(error, RecordRejected)
    assert error.words == "it finds the request or the record invalid"


def test_long_words_are_cut_to_what_a_mail_can_hold() -> None:
    error = verdict(400, {"message": "x" * 5000}, write=True).error("vendor", what="POST things")
    assert isinstance(error, RecordRejected)
    assert len(error.words) == 1003


@pytest.mark.parametrize(
    ("headers", "body", "after"),
    [
        ({"retry_after": "30"}, TOO_MANY, 30.0),
        ({"retry_after": "7"}, {}, 7.0),
        ({"retry_after": "Sat, 21 Nov 2026 08:30:45 GMT"}, {}, 45.0),
        ({"retry_after": "Sat, 21 Nov 2026 08:30:45 GMT", "date": "Sat, 21 Nov 2026 08:30:40 GMT"}, {}, 5.0),
        ({"retry_after": "Sat, 21 Nov 2026 08:00:00 GMT"}, {}, 0.0),
        ({"retry_after": "soon"}, TOO_MANY, 30.0),
        ({}, TOO_MANY, 30.0),
        ({}, {"error": "x", "message": "Slow down"}, None),
    ],
)
def test_a_throttled_tenant_says_for_how_long(headers: dict[str, str], body: Any, after: float | None) -> None:
    error = verdict(429, body, write=True, **headers).error("vendor", what="POST things", pace_key="host#demo")
    assert isinstance(error, Throttled)
    assert (error.after, error.pace_key, error.system) == (after, "host#demo", "vendor")


def test_an_unavailable_server_may_say_when_it_is_back() -> None:
    error = verdict(503, None, retry_after="120").error("vendor", what="GET things")
    assert isinstance(error, RetryLater)
    assert error.after == 120.0


def test_what_needs_no_json_is_not_judged_by_it() -> None:
    def judged(*, json: bool) -> Action:
        return judge(answer(200, PAGE), write=False, now=NOW, json=json).action

    assert (judged(json=True), judged(json=False)) == (Action.RETRY, Action.SUCCEED)
