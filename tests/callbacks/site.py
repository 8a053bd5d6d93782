"""A ConnectWise site as far as callbacks go: it gives signing keys, well or badly, and signs posts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.simulators.server import Request, Response, Simulator, json_response

MESSAGE = "fbed4425-b1f3-425c-8bca-bb405891fc8e"


class Site(Simulator):
    """Gives the key of each id in `keys` to anybody who asks; `answers` replaces that by what a test wants."""

    name = "site"

    def __init__(self, company: str = "demo") -> None:
        super().__init__()
        self.company = company
        self.keys = {"entry-1": "the-signing-key"}
        self.answers: Callable[[Request], Response] | None = None
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if self.answers is not None:
            return self.answers(request)
        key = self.keys.get(request.query.get("id", ""))
        return json_response({"signing_key": key} if key else {"code": "NotFound"}, 200 if key else 404)

    def key_url(self, entry: str = "entry-1") -> str:
        """As captured callbacks have it, double slash and all."""
        return f"{self.url}/v2025_1//system/callbackkey/index.rails?companyName={self.company}&id={entry}"

    def body(self, entry: str = "entry-1", **changes: Any) -> bytes:
        """A callback as ConnectWise writes it; `changes` replace fields, those of value `...` are left out."""
        content = {
            "MessageId": MESSAGE,
            "FromUrl": self.url.removeprefix("http://"),
            "CompanyId": self.company,
            "MemberId": "Admin1",
            "Action": "updated",
            "Type": "company",
            "ID": 250,
            "ProductInstanceId": "639c96cab2eb560001dd1324",
            "PartnerId": "61ddc2817bcddc0001c74208",
            "Entity": json.dumps(
                {"id": 250, "name": "Müller & Söhne", "_info": {"lastUpdated": "2026-11-02T09:00:00Z"}}
            ),
            "Metadata": {"key_url": self.key_url(entry)},
            "CallbackObjectRecId": 26567,
        } | changes
        return json.dumps({name: value for name, value in content.items() if value is not ...}).encode()

    def sign(self, body: bytes, entry: str = "entry-1") -> str:
        """The signature of these bytes."""
        return signature(self.keys[entry], body)


def signature(signing_key: str, body: bytes) -> str:
    """As the vendor's guide computes it."""
    key = hashlib.sha256(signing_key.encode()).digest()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def event(path: Mapping[str, str], body: bytes, headers: Mapping[str, str], *, encoded: bool = False) -> dict[str, Any]:
    """The event of a post, payload format 2.0; `encoded` has the body in base64."""
    return {
        "version": "2.0",
        "routeKey": "POST /callbacks/{connection}",
        "rawPath": "/" + "/".join(path.values()),
        "rawQueryString": "recordId=250&action=updated",
        "headers": {"content-type": "application/json", **headers},
        "pathParameters": dict(path),
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }
