"""The handler of the daily schedule, and of a person's or a program's wish: `{"connection": "acme"}`.

With `"start": "kim"` beside it the flows that wait for that are started by this person, if their checks hold.
"""

from __future__ import annotations

from typing import Any

from functions.preflight.running import preflight
from functions.wiring import runtime


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    here, start = runtime(), event.get("start", "")
    return preflight(here, event.get("connection"), lambda: context.get_remaining_time_in_millis() / 1000, start=start)
