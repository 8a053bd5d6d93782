"""Requests from outside become Lambda events, as API Gateway's HTTP APIs make them."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.http_api import LARGEST
from tests.local import tiny
from tests.local.conftest import NOON, SMALL, told


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> tiny.Told:
    return told(monkeypatch, "posts")


@pytest.fixture
def open_cloud(posts: tiny.Told, batches: tiny.Told) -> Iterator[Cloud]:
    with Cloud(SMALL, clock=LocalClock(NOON, still=True), http=0) as started:
        yield started


def ask(cloud: Cloud, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, body or None, {name.replace("_", "-"): of for name, of in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): of for name, of in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_a_request_becomes_an_event_of_payload_2_0(open_cloud: Cloud, posts: tiny.Told) -> None:
    answer = ask(
        open_cloud,
        "POST",
        "/hooks/a%20b?x=1&x=2&y=",
        '{"ü": 1}'.encode(),
        Content_Type="application/json; charset=utf-8",
        X_Signature="abc",
        Cookie="k=v; l=w",
    )
    assert answer[0] == 200
    (event,) = posts.events
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /hooks/{name}"
    assert event["rawPath"] == "/hooks/a b"
    assert event["pathParameters"] == {"name": "a b"}
    assert event["rawQueryString"] == "x=1&x=2&y="
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["x-signature"] == "abc"
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"ü": 1}', False)
    http_part = event["requestContext"]["http"]
    assert (http_part["method"], http_part["path"], http_part["sourceIp"]) == ("POST", "/hooks/a b", "127.0.0.1")
    assert event["requestContext"]["timeEpoch"] == 1772798430000
    assert event["requestContext"]["time"] == "06/Mar/2026:12:00:30 +0000"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/octet-stream", b"abc", ("YWJj", True)),
        ("text/plain", b"abc", ("abc", False)),
        ("text/plain", b"\xff", ("/w==", True)),
    ],
)
def test_a_body_that_is_no_text_comes_as_base64(
    open_cloud: Cloud, posts: tiny.Told, content_type: str, body: bytes, expected: tuple[str, bool]
) -> None:
    ask(open_cloud, "POST", "/hooks/a", body, Content_Type=content_type)
    (event,) = posts.events
    assert (event["body"], event["isBase64Encoded"]) == expected


def test_what_is_not_there_is_not_in_the_event(open_cloud: Cloud, posts: tiny.Told) -> None:
    ask(open_cloud, "POST", "/hooks/fixed")
    (event,) = posts.events
    assert event["routeKey"] == "POST /hooks/fixed"
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(event)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"statusCode": 202, "headers": {"x-a": "b"}, "body": "fine"}, (202, "b", b"fine")),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "/w=="}, (200, None, b"\xff")),
        ({"statusCode": 204}, (204, None, b"")),
        ({"statusCode": "much"}, (500, None, b'{"message": "Internal Server Error"}')),
        ({"seen": 1}, (200, None, b'{"seen": 1}')),
        ("words", (200, None, b"words")),
        (None, (200, None, b"null")),
    ],
)
def test_the_answer_means_what_it_means_to_api_gateway(
    open_cloud: Cloud, posts: tiny.Told, answer: Any, expected: tuple[int, str | None, bytes]
) -> None:
    posts.answer = lambda _event, _context: answer
    status, headers, body = ask(open_cloud, "POST", "/hooks/a")
    assert (status, headers.get("x-a"), body) == expected


def test_a_function_that_crashes_is_answered_500_and_told(open_cloud: Cloud, posts: tiny.Told) -> None:
    def crash(_event: object, _context: object) -> None:
        raise LookupError("no such thing")

    happened: list[Any] = []
    open_cloud.watchers.append(happened.append)
    posts.answer = crash
    assert ask(open_cloud, "POST", "/hooks/a")[0] == 500
    (happening,) = happened
    assert (happening.kind, happening.function, happening.error) == ("post", "Receiver", "LookupError: no such thing")


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/hooks/a"), ("POST", "/hooks"), ("POST", "/hooks/"), ("POST", "/hooks/a/b"), ("POST", "/")],
)
def test_what_has_no_route_is_not_found(open_cloud: Cloud, posts: tiny.Told, method: str, target: str) -> None:
    assert ask(open_cloud, method, target)[0] == 404
    assert posts.events == []


def test_several_parameters(open_cloud: Cloud, posts: tiny.Told) -> None:
    ask(open_cloud, "GET", "/hooks/a/7")
    assert posts.events[0]["pathParameters"] == {"name": "a", "id": "7"}


def test_too_large_a_body_is_refused(open_cloud: Cloud, posts: tiny.Told) -> None:
    assert ask(open_cloud, "POST", "/hooks/a", b"x" * (LARGEST + 1))[0] == 413
    assert posts.events == []


def test_functions_know_the_address(open_cloud: Cloud, posts: tiny.Told) -> None:
    ask(open_cloud, "POST", "/hooks/a")
    assert posts.environments[0]["ADDRESS"] == open_cloud.url
    address = open_cloud.url
    open_cloud.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(open_cloud, "POST", "/hooks/a")
    assert address.startswith("http://127.0.0.1:")


def test_a_post_gets_its_turn_while_a_queue_is_worked_off(
    open_cloud: Cloud, posts: tiny.Told, batches: tiny.Told
) -> None:
    sqs, url = open_cloud.client("sqs"), open_cloud.queue_url("Queue")
    answers: list[int] = []
    poster = threading.Thread(target=lambda: answers.append(ask(open_cloud, "POST", "/hooks/a")[0]))
    patience = time.monotonic() + 10

    def work(_event: object, _context: object) -> None:
        number = len(batches.events)
        if number == 1:
            poster.start()
        if not answers and time.monotonic() < patience:  # feeds itself until the post was answered
            body = str(number)
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body, MessageDeduplicationId=body)

    batches.answer = work
    sqs.send_message(QueueUrl=url, MessageBody="first", MessageGroupId="a", MessageDeduplicationId="first")
    with open_cloud.lock:  # as a command that scans and waits for quiet holds it
        open_cloud.run_until_quiet()
    assert time.monotonic() < patience, "the post waited for as long as the queue was fed"
    poster.join(10)
    assert answers == [200]
