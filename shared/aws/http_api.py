"""API Gateway's HTTP API in payload format 2.0: the post in an event, and the answer to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Post:
    """What was posted: the route's path parameters, headers by lower-case name, and the body's very bytes."""

    path: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def read(event: Mapping[str, Any]) -> Post:
    """The post in an event; ValueError where its body is not what `isBase64Encoded` says."""
    body = event.get("body") or ""
    content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Post(event.get("pathParameters") or {}, headers, content)


def answer(status: int, message: str) -> dict[str, Any]:
    """The answer that API Gateway passes on."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": message})}
