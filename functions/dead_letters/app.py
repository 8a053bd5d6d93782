"""The handler of both dead-letter queues: a letter is deleted once its issue is kept, and comes again until then."""

from __future__ import annotations

import logging
from typing import Any

from functions.dead_letters.letters import Letter, keep
from functions.wiring import runtime
from shared.sync.errors import SyncError

logger = logging.getLogger("crosswise")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    here = runtime()
    failed: list[str] = []
    for record in event["Records"]:
        letter = Letter.of(record)
        try:
            keep(here.store, letter, here.clock.now())
        except SyncError as error:
            logger.warning("a dead letter stays", extra={"message_id": letter.id, "why": str(error)})
            failed.append(letter.id)
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
