"""A connection whose ConnectWise is a `Site`, on a local cloud whose time stands still; every request is noted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from functions import wiring
from infra.local.cloud import Cloud
from shared.sync.connection import Connection
from tests.callbacks.site import Site, event

QUEUE = "EautomateCustomersQueue"


class _Noting(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, asked: list[httpx.URL]) -> None:
        self._inner = inner
        self._asked = asked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._asked.append(request.url)
        return self._inner.handle_request(request)


@dataclass
class World:
    """`asked` are the URLs of every request that functions made to outside systems."""

    cloud: Cloud
    site: Site
    asked: list[httpx.URL] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connect("demo", self.site)
        wiring.runtime().http.transport_wrapper = lambda inner: _Noting(inner, self.asked)

    def connect(self, name: str, site: Site, *, flows: Mapping[str, Any] | None = None) -> Connection:
        """Makes a connection, or puts another in its place."""
        connection = Connection.model_validate(
            {
                "id": name,
                "systems": {
                    "connectwise_psa": {"base_url": site.url, "company": site.company},
                    "eautomate": {"base_url": "http://127.0.0.1:9", "company": "1"},
                },
                "flows": {"eautomate_customers": {}} if flows is None else flows,
            }
        )
        with self.inside():
            wiring.runtime().store.flows.put_connection(connection)
        return connection

    def inside(self) -> Any:
        """The environment of the receiving function."""
        return self.cloud.settings_of("connectwise_callback")

    def post(self, body: bytes, signature: str | None, connection: str = "demo", *, encoded: bool = False) -> int:
        """Posts a callback; the answer's status."""
        headers = {} if signature is None else {"x-content-signature": signature}
        return self.run(event({"connection": connection}, body, headers, encoded=encoded))

    def genuine(self, **changes: Any) -> int:
        """Posts a callback of the site's own, with these fields changed."""
        body = self.site.body(**changes)
        return self.post(body, self.site.sign(body))

    def run(self, event: Mapping[str, Any], function: str = "connectwise_callback") -> int:
        """Runs a receiving function on an event; the answer's status."""
        invocation = self.cloud.invoke(function, event)
        assert not invocation.failed, invocation.trace
        answer = invocation.answer
        assert set(json.loads(answer["body"])) == {"message"}
        return int(answer["statusCode"])

    @property
    def queued(self) -> list[dict[str, Any]]:
        """The changes in the customer flow's queue, in the order in which they came."""
        return [json.loads(body) for body in self.cloud.messages(QUEUE)]

    def drain(self) -> list[dict[str, Any]]:
        """Those changes, which then are gone."""
        changes = self.queued
        self.cloud.client("sqs").purge_queue(QueueUrl=self.cloud.queue_url(QUEUE))
        return changes
