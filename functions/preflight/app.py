"""The handler of the daily schedule, and of a person's or a program's wish: `{"connection": "acme"}`."""

from __future__ import annotations

from typing import Any

from functions.preflight.running import preflight
from functions.wiring import runtime


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return preflight(runtime(), event.get("connection"), lambda: context.get_remaining_time_in_millis() / 1000)
