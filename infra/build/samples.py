"""The sample events of every function, `functions/*/events/*.json`, and what writes those of a flow.

`python -m infra.build.samples FLOW RECORD`; RECORD is an address such as `cw#order-order#1700`.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from shared.sync.change import Message, Scan, change
from shared.sync.record import FlowKey, Ref

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

PATTERN = "eautomate_customers"
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def of_flow(flow: str, record: Ref) -> Mapping[str, Any]:
    """A flow's sample events by name: one scan, and one change of this record, as SQS hands them over."""
    key = FlowKey("demo", flow)
    messages: Mapping[str, Message] = {
        "scan": Scan(connection=key.connection, flow=flow, occasion="sample", at=AT),
        "change": change(key, record, "sample", AT),
    }
    patterns = {sample.path.stem: sample.event for sample in SAMPLES if sample.room == PATTERN}
    return {name: _filled(patterns[name], message) for name, message in messages.items()}


def _filled(pattern: Any, message: Message) -> Any:
    event = copy.deepcopy(pattern)
    (record,) = event["Records"]
    record["body"] = message.body()
    record["md5OfBody"] = hashlib.md5(message.body().encode()).hexdigest()  # noqa: S324 (it is SQS's)
    record["attributes"] |= {"MessageGroupId": message.group, "MessageDeduplicationId": message.deduplication}
    record["eventSourceARN"] = record["eventSourceARN"].replace(PATTERN, message.flow)
    return event


def write(flow: str, record: Ref, rooms: Path) -> None:
    """Writes a flow's samples into its folder among the rooms."""
    folder = rooms / flow / "events"
    folder.mkdir(parents=True, exist_ok=True)
    for name, event in of_flow(flow, record).items():
        (folder / f"{name}.json").write_text(json.dumps(event, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1], Ref.parse(sys.argv[2]), ROOT / "functions")
