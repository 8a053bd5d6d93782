"""connectwise_callback: what is taken, what is refused, and what is asked for again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from functions import receiving, wiring
from infra.local.cloud.trouble import ALWAYS
from infra.local.simulators.server import Request, Response, json_response
from shared.sync.record import FlowKey
from shared.systems import callbacks
from tests.callbacks.site import MESSAGE, Site, event, signature
from tests.callbacks.world import World


def test_a_callback_is_queued_as_a_change_of_the_record_that_it_names(world: World) -> None:
    assert world.genuine() == 200
    (change,) = world.queued
    assert change == {
        "type": "change",
        "connection": "demo",
        "flow": "eautomate_customers",
        "kind": "customer-company",
        "side": "cw",
        "id": "250",
        "occasion": MESSAGE,
        "hint": True,
        "at": world.cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def test_the_key_url_is_asked_for_just_as_it_is_written_without_keys_of_ours(world: World, site: Site) -> None:
    assert world.genuine() == 200
    (asked,) = site.asked
    assert asked.raw_target == "/v2025_1//system/callbackkey/index.rails?companyName=demo&id=entry-1"
    assert not {"authorization", "clientid", "cookie"} & set(asked.headers)


def test_a_key_is_kept(world: World, site: Site) -> None:
    for number in range(5):
        assert world.genuine(MessageId=f"message-{number}") == 200
    assert len(site.asked) == 1
    assert len(world.queued) == 5


def test_a_post_that_comes_twice_is_queued_once(world: World) -> None:
    assert [world.genuine(), world.genuine()] == [200, 200]
    assert len(world.queued) == 1


def test_a_second_change_soon_after_is_not_swallowed(world: World) -> None:
    assert [world.genuine(MessageId="first"), world.genuine(MessageId="second")] == [200, 200]
    assert [change["occasion"] for change in world.queued] == ["first", "second"]


@pytest.mark.parametrize("missing", [..., None, ""])
def test_an_older_server_sends_no_message_id(world: World, missing: Any) -> None:
    old = {"MessageId": missing, "ProductInstanceId": ..., "PartnerId": ..., "CallbackObjectRecId": ...}
    assert world.genuine(**old) == 200
    world.cloud.clock.turn(seconds=1)
    assert world.genuine(**old) == 200
    occasions = [change["occasion"] for change in world.queued]
    assert len(set(occasions)) == 2, "the same body may well be told again, of another change"


def test_a_deleted_record_is_queued_like_any_other(world: World) -> None:
    assert world.genuine(Action="deleted", Entity=None) == 200
    assert [change["id"] for change in world.queued] == ["250"]


def test_our_own_changes_come_back_and_are_queued_the_hash_decides(world: World) -> None:
    assert world.genuine(MemberId="Crosswise") == 200
    assert len(world.queued) == 1


@pytest.mark.parametrize("type_", ["Company", "COMPANY"])
def test_types_are_told_apart_without_regard_to_case(world: World, type_: str) -> None:
    assert world.genuine(Type=type_) == 200
    assert len(world.queued) == 1


@pytest.mark.parametrize("changes", [{"Type": "galaxy"}, {"Type": None}, {"Type": ...}, {"ID": None}, {"ID": ...}])
def test_what_no_flow_wants_to_know_is_taken_and_dropped(world: World, changes: dict[str, Any]) -> None:
    assert world.genuine(**changes) == 200
    assert world.queued == []


def test_a_flow_that_is_not_in_use_is_not_told(world: World, site: Site) -> None:
    world.connect("demo", site, flows={})
    assert world.genuine() == 200
    assert world.queued == []


def test_what_a_paused_connection_is_told_ends_as_parked(world: World) -> None:
    key = FlowKey("demo", "eautomate_customers")
    with world.inside():
        wiring.runtime().store.flows.pause(key, "a person wants it so")
    assert world.genuine() == 200
    world.cloud.run_until_quiet()
    assert world.cloud.tally().counts(key.flow) == {"parked": 1}
    assert world.queued == []


# Signatures


@pytest.mark.parametrize("encoded", [False, True], ids=["as text", "in base64"])
@pytest.mark.parametrize(
    "written",
    [
        lambda body: json.dumps(json.loads(body), ensure_ascii=False).encode(),
        lambda body: json.dumps(json.loads(body), ensure_ascii=True).encode(),
        lambda body: json.dumps(json.loads(body), sort_keys=True, indent=3).encode(),
        lambda body: json.dumps(dict(reversed(json.loads(body).items())), separators=(",", ":")).encode(),
        lambda body: b"\r\n\t" + body + b"\n",
        lambda body: body.replace(b'"ID": 250', b'"ID":250.0, "Nothing":1e400'),
    ],
    ids=["utf-8", "escapes", "sorted", "reversed", "blanks", "numbers"],
)
def test_the_bytes_are_proved_however_they_are_written(
    world: World, site: Site, written: Callable[[bytes], bytes], encoded: bool
) -> None:
    body = written(site.body())
    assert world.post(body, site.sign(body), encoded=encoded) == 200
    assert [change["id"] for change in world.queued] == ["250"]


def test_the_same_content_in_other_bytes_is_not_what_was_signed(world: World, site: Site) -> None:
    body = site.body()
    assert world.post(json.dumps(json.loads(body), sort_keys=True).encode(), site.sign(body)) == 403
    assert world.queued == []


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_signature_of_other_bytes_is_refused(world: World, site: Site, place: int) -> None:
    body = bytearray(site.body(ID=250) + b"  ")
    signed = site.sign(bytes(body))
    body[place] = ord("\t") if body[place] == ord(" ") else body[place] ^ 1
    assert world.post(bytes(body), signed) in (400, 403)
    assert world.queued == []


@pytest.mark.parametrize(
    "forged",
    [
        lambda body: signature("another key", body),
        lambda body: base64.b64encode(hmac.new(b"the-signing-key", body, hashlib.sha256).digest()).decode(),
        lambda body: base64.b64encode(
            hmac.new(hashlib.sha256(b"the-signing-key").hexdigest().encode(), body, hashlib.sha256).digest()
        ).decode(),
        lambda _body: base64.b64encode(bytes(32)).decode(),
    ],
    ids=["another key", "the key not hashed", "the hash in hex", "zeros"],
)
def test_another_signature_is_refused(world: World, site: Site, forged: Callable[[bytes], str]) -> None:
    body = site.body()
    assert world.post(body, forged(body)) == 403
    assert world.queued == []


@pytest.mark.parametrize(
    "header",
    [None, "", "x", "bm90IDMyIGJ5dGVz", "=" * 44, "Ä" * 44, "A" * 44 + "," + "A" * 44, "0" * 64],
)
def test_what_is_no_signature_is_refused_before_anything_is_asked(world: World, site: Site, header: str | None) -> None:
    assert world.post(site.body(), header) == 403
    assert world.asked == []


def test_headers_are_told_apart_without_regard_to_case(world: World, site: Site) -> None:
    body = site.body()
    assert world.run(event({"connection": "demo"}, body, {"X-Content-Signature": site.sign(body)})) == 200
    assert len(world.queued) == 1


def test_a_rotated_key_is_fetched_anew_once(world: World, site: Site) -> None:
    assert world.genuine(MessageId="before") == 200
    site.keys["entry-1"] = "the-next-key"
    world.cloud.clock.turn(minutes=2)
    assert world.genuine(MessageId="after") == 200
    assert world.genuine(MessageId="later") == 200
    assert len(site.asked) == 2
    assert [change["occasion"] for change in world.queued] == ["before", "after", "later"]


def test_a_key_does_not_hold_for_ever(world: World, site: Site) -> None:
    assert world.genuine(MessageId="one") == 200
    world.cloud.clock.turn(hours=1)
    assert world.genuine(MessageId="two") == 200
    assert len(site.asked) == 2


def test_forged_posts_make_us_ask_once_a_minute_at_most(world: World, site: Site) -> None:
    body = site.body()
    for _ in range(50):
        assert world.post(body, signature("forged", body)) == 403
        world.cloud.clock.turn(seconds=4)
    assert 3 <= len(site.asked) <= 4, "200 seconds, one request a minute"


def test_keys_that_nobody_has_are_asked_for_a_few_times_a_minute_only(world: World, site: Site) -> None:
    for number in range(100):
        site.keys[f"made-up-{number}"] = "x"
        body = site.body(f"made-up-{number}")
        del site.keys[f"made-up-{number}"]
        assert world.post(body, signature("x", body)) == 429
    assert len(site.asked) == callbacks.READS
    world.cloud.clock.turn(minutes=1)
    assert world.genuine() == 200


# Whose key


def test_no_key_is_fetched_from_anywhere_but_the_connections_own_site(
    world: World, site: Site, other_site: Site
) -> None:
    """Posts that are signed well, by a key that the forger himself would give."""
    port, other = site.url.rsplit(":", 1)[1], other_site.url
    tail = "/v2025_1//system/callbackkey/index.rails?companyName=demo&id=entry-1"
    hostile = [
        f"{other}{tail}",
        f"{other_site.key_url()}",
        f"{site.url}@{other.removeprefix('http://')}{tail}",
        f"http://demo:demo@127.0.0.1:{port}{tail}",
        f"http://127.0.0.1:{port}@evil.example{tail}",
        f"http://127.0.0.1:{port}#@evil.example{tail}",
        f"http://127.0.0.1:{port}\\@evil.example{tail}",
        f"http://evil.example\\@127.0.0.1:{port}{tail}",
        f"http:/\\127.0.0.1:{port}{tail}",
        f"http:127.0.0.1:{port}{tail}",
        f"//127.0.0.1:{port}{tail}",
        f"http://127.0.0.1.:{port}{tail}",
        f"http://127.0.0.1.evil.example:{port}{tail}",
        f"http://127.1:{port}{tail}",
        f"http://2130706433:{port}{tail}",
        f"http://0x7f000001:{port}{tail}",
        f"http://[::1]:{port}{tail}",
        f"http://[::ffff:127.0.0.1]:{port}{tail}",
        f"http://[fe80::1%25lo]:{port}{tail}",
        f"http://localhost:{port}{tail}",
        f"http://①②⑦.0.0.1:{port}{tail}",
        f"http://127。0。0。1:{port}{tail}",
        f"http://api-127.0.0.1.evil.example:{port}{tail}",
        f"http://127.0.0.1{tail}",
        f"http://127.0.0.1:{tail}",
        f"http://127.0.0.1:{int(port) + 65536}{tail}",
        f"http://127.0.0.1:-1{tail}",
        f"https://127.0.0.1:{port}{tail}",
        f"https://api-na.myconnectwise.net{tail}",
        f"http://169.254.169.254{tail}",
        f"ftp://127.0.0.1:{port}{tail}",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        f"http://127.0.0.1:{port}/v2025_1//system/callback key{tail}",
        f"http://127.0.0.1:{port}/\r\nHost: evil.example{tail}",
        f" http://127.0.0.1:{port}{tail}",
        f"http://127.0.0.1:{port}{tail}\n",
        f"http://127.0.0.1:{port}?companyName=demo&id=entry-1",
        site.key_url().replace("companyName=demo", "companyName=other"),
        site.key_url().replace("companyName=demo", "companyName="),
        site.key_url().replace("companyName=demo", "x=1"),
        site.key_url() + "&companyName=other",
        site.key_url() + "&COMPANYNAME=other",
        site.key_url() + "&company%4eame=other",
        "",
    ]
    for url in hostile:
        body = site.body(Metadata={"key_url": url})
        assert world.post(body, site.sign(body)) == 403, url
    assert world.asked == []
    assert world.queued == []


def test_another_connections_site_signs_nothing_of_ours(world: World, other_site: Site) -> None:
    world.connect("other", other_site)
    body = other_site.body()
    assert world.post(body, other_site.sign(body), "demo") == 403
    assert world.post(body, other_site.sign(body), "other") == 200
    assert [change["connection"] for change in world.queued] == ["other"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(world: World, site: Site, other_site: Site, status: int) -> None:
    other_site.keys = dict(site.keys)
    site.answers = lambda _request: Response(status, headers={"Location": other_site.key_url()})
    assert world.genuine() == 429
    assert other_site.asked == []
    assert len(world.asked) == 1


# When there is no key, or no queue


@pytest.mark.parametrize(
    "answer",
    [
        Response(500),
        Response(401),
        Response(204),
        Response(200, b"<html>log in</html>"),
        Response(200, b'{"signing_key": "the-signing-key"'),
        Response(200, b'"the-signing-key"'),
        Response(200, b"\xff\xfe"),
        json_response({}),
        json_response({"signing_key": ""}),
        json_response({"signing_key": None}),
        json_response({"signing_key": ["the-signing-key"]}),
        json_response({"signing_key": "the-signing-key", "padding": "x" * callbacks.KEY_BYTES}),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:30]!r}",
)
def test_without_a_key_the_post_is_asked_for_again(world: World, site: Site, answer: Response) -> None:
    site.answers = lambda _request: answer
    assert world.genuine() == 429
    assert world.queued == []
    site.answers = None
    assert world.genuine() == 200
    assert len(world.queued) == 1, "nothing is lost"


def test_a_key_with_odd_letters_is_a_key(world: World, site: Site) -> None:
    site.keys["entry-1"] = "schlüssel-鍵"
    assert world.genuine() == 200


@pytest.mark.parametrize("fault", ["cut", "slow"])
def test_a_site_that_does_not_answer_in_time_is_not_waited_for(
    world: World, site: Site, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "KEY_SECONDS", 0.2)
    site.faults.order(fault, seconds=30, times=2)
    assert world.genuine() == 429
    site.faults.clear()
    assert world.genuine() == 200


def test_who_posts_gets_an_answer_in_time_whatever_hangs(
    world: World, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "SECONDS", 0.2)
    released = threading.Event()

    def hang(_request: Request) -> Response:
        released.wait(5)
        return Response(503)

    site.answers = hang
    began = time.monotonic()
    assert world.genuine() == 429
    assert time.monotonic() - began < 1.5
    released.set()


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("SendMessageBatch", "ServiceUnavailable"),
        ("SendMessageBatch", "AccessDenied"),
        ("GetItem", "ThrottlingException"),
    ],
)
def test_while_aws_cannot_the_post_is_asked_for_again(world: World, operation: str, code: str) -> None:
    world.cloud.trouble.refuse(operation, code, times=ALWAYS)
    assert world.genuine() == 429
    assert world.queued == []
    world.cloud.trouble.end()
    assert world.genuine() == 200
    assert len(world.queued) == 1


def test_a_queue_that_takes_only_some_is_no_queue(world: World) -> None:
    world.cloud.trouble.fail_sends(ALWAYS)
    assert world.genuine() == 429
    world.cloud.trouble.end()
    assert world.genuine() == 200
    assert len(world.queued) == 1


def test_a_fault_of_ours_is_told_to_the_log_and_the_post_asked_for_again(
    world: World, site: Site, printed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "FLOWS", ("no_such_flow",))
    world.connect("demo", site, flows={"no_such_flow": {}})
    assert world.genuine() == 429
    (told,) = [json.loads(line) for line in "".join(printed).splitlines() if "could not be taken" in line]
    assert (told["level"], told["exception_name"]) == ("ERROR", "ModuleNotFoundError")


# Who, and what


@pytest.mark.parametrize("name", ["nobody", "", "demo#x", "../demo", "DEMO", "demo\n", "é", "x" * 3000, "\ud800"])
def test_nobody_is_known_by_another_name(world: World, site: Site, name: str) -> None:
    body = site.body()
    assert world.post(body, site.sign(body), name) == 404
    assert world.asked == []


def test_a_connection_without_connectwise_gets_no_callbacks(world: World, site: Site) -> None:
    with world.inside():
        store = wiring.runtime().store
        connection = store.flows.connection("demo")
        assert connection is not None
        store.flows.put_connection(connection.model_copy(update={"systems": {}}))
    assert world.genuine() == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"\xff\xfe\x00",
        b"[" * 5000,
        b'{"a":' * 5000,
        b'{"Metadata": null}',
        b'{"Metadata": {}}',
        b'{"Metadata": {"key_url": 7}}',
        b'{"Metadata": {"key_url": ["http://127.0.0.1"]}}',
    ],
)
def test_what_is_no_callback_is_refused(world: World, body: bytes) -> None:
    assert world.post(body, signature("x", body), encoded=True) == 400
    assert world.asked == []


@pytest.mark.parametrize("id_", [0, -1, "x", [250], {}, 10**30, "1" * 5000])
def test_a_record_that_cannot_be_is_refused(world: World, id_: Any) -> None:
    assert world.genuine(ID=id_) == 400
    assert world.queued == []


def test_a_body_beyond_all_measure_is_refused(world: World, site: Site) -> None:
    body = site.body(Entity="x" * 2**20)
    assert world.post(body, site.sign(body)) == 413
    assert world.asked == []


@pytest.mark.parametrize(("text", "encoded"), [("no base64!", True), ("é", True), ("\ud800", False)])
def test_a_body_that_is_not_encoded_as_it_says_is_refused(world: World, text: str, encoded: bool) -> None:
    sent = event({"connection": "demo"}, b"", {"x-content-signature": signature("x", b"")})
    assert world.run({**sent, "body": text, "isBase64Encoded": encoded}) == 400


def test_no_log_holds_a_key_a_signature_or_a_body(world: World, site: Site, printed: list[str]) -> None:
    world.genuine()
    world.genuine(Metadata={"key_url": "http://evil.example/secret-path"})
    body = site.body()
    world.post(body, signature("forged", body))
    world.post(b'{"Metadata": {"key_url": "secret-url"}, "ID": "secret-id"}', signature("x", b""))
    log = "".join(printed)
    assert log.count("a post is refused") == 3
    assert log.count("a post is taken") == 1
    for secret in ("the-signing-key", site.sign(site.body()), "callbackkey", "Söhne", "evil", "secret", "signing_key"):
        assert secret not in log
