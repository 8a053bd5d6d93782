"""What simulated partners with a JSON API and webhooks have in common: posting, its order, what stands before them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.local.simulators.json_api import JsonApi
from infra.local.simulators.posting import SignedEvents
from infra.local.simulators.server import CONTROL, Request, Response

PAGE = Response(
    200,
    b"<!DOCTYPE html><html><head><title>Checking your browser</title></head><body>One moment</body></html>",
    {"Content-Type": "text/html"},
)
"""What something on the way answers in place of the API."""


class PartnerSimulator(JsonApi):
    """A partner that posts what changes once `webhooks.url` is set, which a subclass makes before it starts."""

    webhooks: SignedEvents

    def start(self, port: int = 0) -> str:
        """See the base; posts what changes, too, once `webhooks.url` is set."""
        url = super().start(port)
        self.webhooks.begin()
        return url

    def stop(self) -> None:
        self.webhooks.stop()
        super().stop()

    def control(self, request: Request) -> Response | None:
        """`POST webhooks` with `url` and `secret` says where changes are posted to."""
        if (request.method, request.path.removeprefix(CONTROL)) != ("POST", "webhooks"):
            return None
        self.webhooks.obey(json.loads(request.body))
        return Response(204)


def json_object(request: Request) -> Mapping[str, Any] | None:
    """The body as a JSON object; None where it is none."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None
