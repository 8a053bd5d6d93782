"""Sums what batches did: outcomes by flow and requests by outside system, from the functions' own log lines."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

LOGGER = "crosswise"
BATCH = "batch"
"""Log lines of this message carry `connection`, `flow`, `counts` (by outcome) and `requests` (by system)."""

_Key = tuple[str, str]


@dataclass(frozen=True)
class Tally:
    """Counts by `(connection, flow)` and outcome, and by `(connection, system)`."""

    outcomes: Mapping[_Key, Counter[str]] = field(default_factory=dict)
    requests: Counter[_Key] = field(default_factory=Counter)
    batches: int = 0

    def counts(self, flow: str = "", connection: str = "") -> Counter[str]:
        """Outcomes of one flow or connection, or of all."""
        total: Counter[str] = Counter()
        for (of_connection, of_flow), counts in self.outcomes.items():
            if flow in ("", of_flow) and connection in ("", of_connection):
                total.update(counts)
        return total

    def requests_by_system(self) -> Counter[str]:
        """Requests to each outside system, over all connections."""
        total: Counter[str] = Counter()
        for (_, system), number in self.requests.items():
            total[system] += number
        return total

    def __sub__(self, earlier: Tally) -> Tally:
        """What was added since."""
        outcomes = {key: counts - earlier.outcomes.get(key, Counter()) for key, counts in self.outcomes.items()}
        return Tally(
            {key: counts for key, counts in outcomes.items() if counts},
            self.requests - earlier.requests,
            self.batches - earlier.batches,
        )


class TallyLog(logging.Handler):
    """Listens to the functions' logger from `start` to `stop`, and turns its own output to `stream` meanwhile.

    That logger writes to the process's standard output, which is Lambda's way to the logs; here it is the person's.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(logging.INFO)
        self._stream = stream
        self._streams: list[tuple[logging.StreamHandler[Any], Any]] = []
        self._outcomes: dict[_Key, Counter[str]] = {}
        self._requests: Counter[_Key] = Counter()
        self._batches = 0
        self._level = logging.NOTSET

    def start(self) -> None:
        logger = logging.getLogger(LOGGER)
        self._level = logger.level
        if logger.getEffectiveLevel() > logging.INFO:
            logger.setLevel(logging.INFO)
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
                self._streams.append((handler, handler.setStream(self._stream)))
        logger.addHandler(self)

    def stop(self) -> None:
        logger = logging.getLogger(LOGGER)
        logger.removeHandler(self)
        logger.setLevel(self._level)
        for handler, stream in self._streams:
            handler.setStream(stream)
        self._streams.clear()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() != BATCH:
            return
        self._count(record.__dict__)

    def read(self, line: str) -> None:
        """Counts a line that a function in a process of its own wrote, as JSON, to its log."""
        if line.startswith("{") and f'"{BATCH}"' in line:
            fields = json.loads(line)
            if fields.get("message") == BATCH:
                self._count(fields)

    def _count(self, fields: Mapping[str, Any]) -> None:
        connection = str(fields.get("connection", ""))
        self._batches += 1
        outcomes = self._outcomes.setdefault((connection, str(fields.get("flow", ""))), Counter())
        outcomes.update(fields.get("counts") or {})
        for system, number in (fields.get("requests") or {}).items():
            self._requests[connection, system] += number

    def tally(self) -> Tally:
        """What was counted so far."""
        outcomes = {key: Counter(counts) for key, counts in self._outcomes.items()}
        return Tally(outcomes, Counter(self._requests), self._batches)
