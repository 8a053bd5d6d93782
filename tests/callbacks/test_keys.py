"""Whose site may give a key, how signatures are read, and how an answer is fetched that a stranger named."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from infra.local.cloud import LocalClock
from shared.sync.connection import SystemSettings
from shared.sync.errors import RetryLater
from shared.systems.callbacks import MOST, READS, Keyring, Refused, from_base64, from_hex, own_key_url
from shared.systems.http import Http
from tests.callbacks.site import Site

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TAIL = "/v2025_1//system/callbackkey/index.rails?companyName=acme&id=1"


def settings(base_url: str) -> SystemSettings:
    return SystemSettings(base_url=base_url, company="acme")


@pytest.mark.parametrize(
    ("base_url", "key_site"),
    [
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://NA.MyConnectWise.Net"),
        ("https://api-na.myconnectwise.net", "HTTPS://na.myconnectwise.net:443"),
        ("https://api-na.myconnectwise.net:443", "https://na.myconnectwise.net"),
        ("https://cw.example.com:8443", "https://cw.example.com:8443"),
        ("https://cw.example.com/psa", "https://cw.example.com"),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:8765", "http://LOCALHOST:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
    ],
)
def test_the_connections_own_site_may_give_keys(base_url: str, key_site: str) -> None:
    assert own_key_url(key_site + TAIL, settings(base_url)) == key_site + TAIL


@pytest.mark.parametrize("company", ["ACME", "Acme"])
def test_the_company_is_the_same_in_any_case(company: str) -> None:
    url = "https://na.myconnectwise.net" + TAIL.replace("acme", company)
    assert own_key_url(url, settings("https://api-na.myconnectwise.net")) == url


@pytest.mark.parametrize(
    ("base_url", "key_site"),
    [
        ("https://api-na.myconnectwise.net", "https://eu.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://api-api-na.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://xna.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net.evil.example"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net."),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net:8443"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net:80"),
        ("https://api-na.myconnectwise.net", "http://na.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "http://na.myconnectwise.net:443"),
        ("https://api-na.myconnectwise.net", "https://user@na.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net@evil.example"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net\\@evil.example"),
        ("https://api-na.myconnectwise.net", "https://na.myconnectwise.net%2eevil.example"),
        ("https://api-na.myconnectwise.net", "https://n\u0430.myconnectwise.net"),
        ("https://api-na.myconnectwise.net", "https://\uff4e\uff41.myconnectwise.net"),
        ("https://cw.example.com:8443", "https://cw.example.com"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8766"),
        ("http://127.0.0.1:8765", "http://localhost:8765"),
        ("http://127.0.0.1:8765", "https://127.0.0.1:8765"),
    ],
)
def test_no_other_site_may(base_url: str, key_site: str) -> None:
    with pytest.raises(Refused) as refused:
        own_key_url(key_site + TAIL, settings(base_url))
    assert refused.value.status == 403
    assert "example" not in str(refused.value), "what a stranger wrote is not repeated"


def test_signatures_are_read_as_they_are_written() -> None:
    digest = bytes(range(32))
    assert from_base64(base64.b64encode(digest).decode()) == digest
    assert from_base64(f" {base64.b64encode(digest).decode()}\t") == digest
    assert from_hex(digest.hex()) == from_hex(f"sha256={digest.hex().upper()}") == digest
    for wrong in ("", "=", digest.hex(), base64.urlsafe_b64encode(b"\xff" * 32).decode(), "é", "A" * 43):
        assert from_base64(wrong) is None
    for wrong in ("", "sha256=", "sha1=" + digest.hex(), digest.hex()[:-2], "zz" * 32, "é"):
        assert from_hex(wrong) is None


def test_a_keyring_keeps_no_more_than_it_may() -> None:
    clock = LocalClock(NOW, still=True)
    keys = Keyring(clock)
    read: list[str] = []

    def fits(name: str) -> bool:
        def key() -> str:
            read.append(name)
            return "key"

        return keys.fits(name, name, lambda key: key == "key", key)

    for number in range(MOST + 1):
        assert fits(f"{number}")
    assert fits("1")
    assert len(read) == MOST + 1
    assert fits("0"), "the oldest was given up, and is read anew"
    assert len(read) == MOST + 2


def test_a_read_that_fails_may_be_tried_again_within_measure() -> None:
    clock = LocalClock(NOW, still=True)
    keys = Keyring(clock)
    tries = 0

    def fail() -> str:
        nonlocal tries
        tries += 1
        raise RetryLater("no answer")

    for _ in range(READS + 10):
        with pytest.raises(RetryLater):
            keys.fits("demo", "url", lambda _key: True, fail)
    assert tries == READS
    assert keys.fits("other", "url", lambda _key: True, lambda: "key"), "one connection does not use up another's reads"


def test_a_keyring_shows_no_key() -> None:
    keys = Keyring(LocalClock(NOW, still=True))
    keys.fits("demo", "url", lambda _key: True, lambda: "the-signing-key")
    assert "signing" not in repr(keys)


# Fetching


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as client:
        yield client


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[str]:
    """A server that sends a head, and then one drop after another until it is told to stop."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                try:
                    connection.sendall(head)
                    while not stopped.wait(0.02):
                        connection.sendall(drop)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopped.set()
            thread.join()


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b""),
    ],
    ids=["header", "body", "chunks", "nothing"],
)
def test_an_answer_that_drips_is_not_waited_for(http: Http, head: bytes, drop: bytes) -> None:
    with dripping(head, drop) as url:
        began = time.monotonic()
        with pytest.raises(RetryLater, match="too long"):
            http.fetch("site", url, limit=1000, seconds=0.4)
        assert time.monotonic() - began < 2


def test_an_answer_that_does_not_end_is_not_read_to_its_end(http: Http) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1000) as url, pytest.raises(RetryLater, match="larger than 5000"):
        http.fetch("site", url, limit=5000, seconds=5)


def test_an_answer_of_just_the_limit_is_taken(http: Http, site: Site) -> None:
    body = b'{"signing_key":"the-signing-key"}'
    assert http.fetch("site", site.key_url(), limit=len(body), seconds=5).body == body
    with pytest.raises(RetryLater, match="larger"):
        http.fetch("site", site.key_url(), limit=len(body) - 1, seconds=5)
    assert http.requests["site"] == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1/", "nonsense", "http:///x", "http://\x00/"])
def test_what_is_no_address_is_not_fetched(http: Http, url: str) -> None:
    with pytest.raises(RetryLater) as error:
        http.fetch("site", url, limit=1, seconds=1, what="GET key")
    assert "127" not in str(error.value)
    assert "nonsense" not in str(error.value)


def test_a_connection_that_the_site_closed_meanwhile_costs_nothing(http: Http, site: Site) -> None:
    assert http.fetch("site", site.key_url(), limit=1000, seconds=5).status == 200
    port = int(site.url.rsplit(":", 1)[1])
    site.stop()
    site.start(port)
    assert http.fetch("site", site.key_url(), limit=1000, seconds=5).status == 200
