"""The handler of the clock's schedule."""

from __future__ import annotations

from typing import Any

from functions.wiring import runtime
from shared.sync.due import send_due


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    here = runtime()
    return {"sent": send_due(here.store, here.queue, here.clock)}
