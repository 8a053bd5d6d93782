"""Any post at all gets a 2xx or a 4xx, and nobody is asked for anything but the connection's own site.

FUZZ_CASES says how many posts are tried, of each sort.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.callbacks.site import Site, event, signature
from tests.callbacks.world import World

CASES = int(os.environ.get("FUZZ_CASES", "150"))
FIELDS = ("MessageId", "FromUrl", "CompanyId", "MemberId", "Action", "Type", "ID", "Entity", "Metadata")
HOSTS = ("evil.example", "169.254.169.254", "[::1]", "localhost", "127.0.0.1", "api-na.myconnectwise.net", "127.0.0.1.")

fuzz = settings(
    max_examples=CASES,
    deadline=None,
    derandomize="FUZZ_CASES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=4),
    max_leaves=12,
)
signatures = (
    st.none()
    | st.text(max_size=60)
    | st.binary(min_size=32, max_size=32).map(lambda digest: base64.b64encode(digest).decode())
)


@st.composite
def key_urls(draw: st.DrawFn, site: Site) -> str:
    """Addresses that are nearly, or not at all, those of the site."""
    good = site.key_url()
    port = site.url.rsplit(":", 1)[1]
    scheme = draw(st.sampled_from(["http", "https", "HTTP", "ftp", "file", "", "http:"]))
    user = draw(st.sampled_from(["", "", "u@", "u:p@", f"127.0.0.1:{port}@", "evil.example\\@", "%40"]))
    host = draw(st.sampled_from(HOSTS) | st.text(max_size=12))
    ports = draw(st.sampled_from(["", f":{port}", ":80", ":0", f":{port}0", ":x"]))
    path = draw(st.sampled_from(["/k", "//k", "\\k", "", "/k?companyName=demo", "?companyName=demo"]) | st.text())
    made = f"{scheme}://{user}{host}{ports}{path}"
    cut = draw(st.integers(0, len(good)))
    inserted = good[:cut] + draw(st.text(max_size=3)) + good[cut:]
    return draw(st.sampled_from([good, made, inserted, good[:cut], good[cut:], good + draw(st.text(max_size=10))]))


def check(world: World, sent: dict[str, Any]) -> int:
    """Posts it; what must hold of any post."""
    world.cloud.clock.turn(minutes=1)  # so that the number of keys that may be read is no reason to refuse
    already = len(world.asked)
    status = world.run(sent)
    assert status in (200, 400, 403, 404, 413, 429)
    own = world.site.url.removeprefix("http://")
    asked = world.asked[already:]
    assert {url.netloc.decode() for url in asked} <= {own}
    assert all(url.scheme == "http" and not url.userinfo for url in asked)
    assert len(asked) <= 1
    return status


@fuzz
@given(body=st.binary(max_size=200), signature=signatures, encoded=st.booleans())
def test_any_bytes(world: World, body: bytes, signature: str | None, encoded: bool) -> None:
    headers = {} if signature is None else {"x-content-signature": signature}
    sent = event({"connection": "demo"}, body if encoded else body.decode("latin-1").encode(), headers, encoded=encoded)
    assert check(world, sent) >= 400
    assert world.queued == []


@fuzz
@given(content=json_values, signature=signatures)
def test_any_json(world: World, content: Any, signature: str | None) -> None:
    headers = {} if signature is None else {"x-content-signature": signature}
    sent = event({"connection": "demo"}, json.dumps(content).encode(), headers)
    assert check(world, sent) >= 400
    assert world.queued == []


@fuzz
@given(data=st.data())
def test_any_key_url_signed_by_whoever_wrote_it(world: World, data: st.DataObject) -> None:
    """The forger signs by a key that his own server would give; the genuine one signs too."""
    url = data.draw(key_urls(world.site))
    body = world.site.body(Metadata={"key_url": url}, MessageId=world.cloud.clock.now().isoformat())
    key = data.draw(st.sampled_from(["the-signing-key", "the-forgers-key"]))
    status = check(world, event({"connection": "demo"}, body, {"x-content-signature": signature(key, body)}))
    if status == 200:
        assert key == "the-signing-key"
        assert url.lower().startswith(world.site.url)
    assert len(world.drain()) == (1 if status == 200 else 0)


@fuzz
@given(changes=st.dictionaries(st.sampled_from(sorted({*FIELDS} - {"Metadata"})), json_values, max_size=5))
def test_any_fields_in_a_genuine_callback(world: World, changes: dict[str, Any]) -> None:
    """Whatever ConnectWise itself may come to send is taken or refused, and queued only where it names a record."""
    body = world.site.body(**changes)
    status = check(world, event({"connection": "demo"}, body, {"x-content-signature": world.site.sign(body)}))
    assert status in (200, 400)
    for change in world.drain():
        assert int(change["id"]) > 0
        assert change["kind"] == "customer-company"


@fuzz
@given(
    body=st.none() | st.text(st.characters(codec=None), max_size=50),
    encoded=st.booleans(),
    path=st.none() | st.dictionaries(st.sampled_from(["connection", "x"]), st.text(max_size=50)),
    headers=st.none() | st.dictionaries(st.text() | st.just("x-content-signature"), st.text(), max_size=5),
)
def test_any_event(
    world: World, body: str | None, encoded: bool, path: dict[str, str] | None, headers: dict[str, str] | None
) -> None:
    sent = event({"connection": "demo"}, b"", {})
    sent |= {"body": body, "isBase64Encoded": encoded, "pathParameters": path, "headers": headers}
    assert check(world, sent) >= 400
    assert world.queued == []
