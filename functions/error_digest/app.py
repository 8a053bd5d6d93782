"""The handler of the digest's schedule: once an hour, it mails the connections whose hour it is."""

from __future__ import annotations

from typing import Any

from functions.error_digest.sending import send_digests
from functions.wiring import runtime


def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    here = runtime()
    return {"sent": send_digests(here.store, here.mailer, here.clock, holder=context.aws_request_id)}
