"""The handler of two schedules: once an hour the digests of the connections whose hour it is, often the attempts."""

from __future__ import annotations

from typing import Any

from functions.error_digest.attempting import send_attempts
from functions.error_digest.sending import send_digests
from functions.wiring import runtime

TELL = "tell"
"""What the schedule's event says under this name: `attempts`, or nothing for the digests."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    here = runtime()
    send = send_attempts if event.get(TELL) == "attempts" else send_digests
    return {"sent": send(here.store, here.mailer, here.clock, holder=context.aws_request_id)}
