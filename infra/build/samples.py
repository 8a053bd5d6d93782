"""The sample events of every function: `functions/*/events/*.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
Kind = Literal["queue", "schedule", "http", "call"]


@dataclass(frozen=True)
class Sample:
    """One event of one function (its folder); `call` is an event of our own, for invoking it by hand."""

    room: str
    path: Path

    def __str__(self) -> str:
        return f"{self.room}-{self.path.stem}"

    @property
    def event(self) -> Any:
        return json.loads(self.path.read_text())

    @property
    def kind(self) -> Kind:
        event = self.event
        if "Records" in event:
            return "queue"
        if "detail-type" in event:
            return "schedule"
        return "http" if "requestContext" in event else "call"


SAMPLES = [Sample(path.parts[-3], path) for path in sorted((ROOT / "functions").glob("*/events/*.json"))]
