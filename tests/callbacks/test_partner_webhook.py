"""partner_webhook: partners that push, each by its own row, ready for the flows that come."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions import wiring
from functions.eautomate_customers.flow import EautomateCustomers
from functions.partner_webhook.partners import PARTNERS
from infra.local.cloud.trouble import ALWAYS
from tests.callbacks.site import Site, event
from tests.callbacks.world import World

SECRET = "shared-between-us"
BODY = json.dumps(
    {"event": "updated", "entity": "Task", "id": 17, "eventId": "e-1", "at": "2026-11-02T09:00:00Z"}
).encode()


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(world: World, body: bytes, signature: str | None, partner: str = "moovila", connection: str = "demo") -> int:
    headers = {} if signature is None else {f"x-{partner}-signature": signature}
    return world.run(event({"partner": partner, "connection": connection}, body, headers), "partner_webhook")


class Tasks(EautomateCustomers):
    """A flow that wants to be told of tasks, and has a queue already."""

    callbacks = {"moovila": {"task": "task-ticket"}}  # noqa: RUF012


@pytest.fixture
def told(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which a flow wants to be told by Moovila."""
    monkeypatch.setattr(importlib.import_module("functions.eautomate_customers.flow"), "FLOW", Tasks)
    world.cloud.put_secret("crosswise/moovila/demo", {"token": "x", "webhook_secret": SECRET})
    yield world
    world.cloud.client("secretsmanager").delete_secret(
        SecretId="crosswise/moovila/demo", ForceDeleteWithoutRecovery=True
    )


@pytest.mark.parametrize("partner", [*PARTNERS, "nobody", "connectwise_psa", "eautomate", ""])
def test_a_partner_that_no_flow_uses_is_not_known(world: World, partner: str) -> None:
    assert post(world, BODY, sign(BODY), partner) == 404
    assert world.queued == []


def test_a_post_is_queued_for_the_flow_that_wants_it(told: World) -> None:
    assert post(told, BODY, sign(BODY)) == 200
    (change,) = told.queued
    assert (change["kind"], change["side"], change["id"]) == ("task-ticket", "partner", "17")
    assert change["occasion"] == "e-1"


@pytest.mark.parametrize("written", [str.upper, lambda digits: f"sha256={digits}", lambda digits: f" {digits} "])
def test_the_signature_may_be_written_in_some_ways(told: World, written: Any) -> None:
    assert post(told, BODY, written(sign(BODY))) == 200


@pytest.mark.parametrize(
    "signature", [None, "", "x", "0" * 64, sign(BODY, "another"), sign(BODY + b" "), sign(BODY)[:-2]]
)
def test_another_signature_is_refused(told: World, signature: str | None) -> None:
    assert post(told, BODY, signature) == 403
    assert told.queued == []


def test_a_rotated_secret_is_read_anew(told: World) -> None:
    assert post(told, BODY, sign(BODY)) == 200
    told.cloud.put_secret("crosswise/moovila/demo", {"webhook_secret": "the next"})
    told.cloud.clock.turn(minutes=6)
    assert post(told, BODY, sign(BODY, "the next")) == 200
    assert post(told, BODY, sign(BODY)) == 403


@pytest.mark.parametrize("secret", [{}, {"webhook_secret": ""}, {"webhook_secret": " "}])
def test_without_a_secret_nobody_is_believed(told: World, secret: dict[str, str]) -> None:
    told.cloud.put_secret("crosswise/moovila/demo", secret)
    for guess in ("", " "):
        assert post(told, BODY, sign(BODY, guess)) == 429
    assert told.queued == []


def test_several_events_in_one_post(told: World) -> None:
    events = [
        {"entity": "task", "id": "a"},
        {"entity": "project", "id": "b"},
        {"entity": "task"},
        {"entity": "task", "id": 0},
    ]
    body = json.dumps(events).encode()
    assert post(told, body, sign(body)) == 200
    assert [change["id"] for change in told.queued] == ["a", "0"]
    assert len({change["occasion"] for change in told.queued}) == 2


@pytest.mark.parametrize(
    "body", [b"", b"x", b"7", b"[7]", b'"x"', b"[" * 5000, json.dumps([{}] * 101).encode(), b"\xff"]
)
def test_what_is_no_event_is_refused(told: World, body: bytes) -> None:
    headers = {"x-moovila-signature": sign(body)}
    sent = event({"partner": "moovila", "connection": "demo"}, body, headers, encoded=True)
    assert told.run(sent, "partner_webhook") == 400
    assert told.queued == []


def test_while_the_queue_does_not_take_it_the_post_is_asked_for_again(told: World) -> None:
    told.cloud.trouble.refuse("SendMessageBatch", "ServiceUnavailable", times=ALWAYS)
    assert post(told, BODY, sign(BODY)) == 429
    told.cloud.trouble.end()
    assert post(told, BODY, sign(BODY)) == 200
    assert len(told.queued) == 1


def test_another_connection_has_another_secret(told: World, site: Site) -> None:
    told.connect("other", site)
    assert post(told, BODY, sign(BODY), connection="other") == 429, "it has none yet"
    assert post(told, BODY, sign(BODY), connection="nobody") == 404
    assert told.queued == []


def test_no_log_holds_the_secret(told: World, printed: list[str]) -> None:
    post(told, BODY, sign(BODY))
    post(told, BODY, sign(BODY, "forged"))
    assert "a post is taken" in "".join(printed)
    assert SECRET not in "".join(printed)
    assert sign(BODY) not in "".join(printed)
    assert wiring.runtime().http.requests == {}
