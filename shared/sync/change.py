"""What travels in a flow's queue: a change ("this record may have changed"), or the next page of a scan.

Both are small JSON objects, checked on arrival; whatever cannot be read is a `MalformedMessage`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.sync.errors import MalformedMessage
from shared.sync.record import FlowKey, Ref, Side, digest
from shared.sync.turns import Mode

CARRIED_LIMIT = 32 * 1024
"""Bytes of carried fields at most; more, and the record is read again."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    connection: str = Field(min_length=1)
    flow: str = Field(min_length=1)

    @property
    def flow_key(self) -> FlowKey:
        return FlowKey(self.connection, self.flow)

    def body(self) -> str:
        return self.model_dump_json(exclude_none=True)


class Change(_Message):
    """This record of this flow may have changed.

    `kind`, `side` and `id` are the record's or scope's address; `occasion` says what made us think so (a callback's
    MessageId, run and version, a retry) never the record alone, so that a second change soon after is not swallowed.
    `carried` holds the source's fields as scanned at `at`: used in the first delivery only, for 15 minutes.
    `by` is the person who asked for the look, if one did. A `hint` is a callback's, such as our own writes raise, too.

    In a flow whose scopes take turns only a change with the `turn`'s ticket is looked at; others ask for one. The
    engine tells that look's `mode`, and `since` when the last sync of the scope was complete (None: none was).
    """

    type: Literal["change"] = "change"
    kind: str = Field(min_length=1)
    side: Side
    id: str = Field(min_length=1)
    occasion: str = Field(min_length=1)
    at: AwareDatetime
    carried: dict[str, Any] | None = None
    by: str | None = None
    hint: bool | None = None
    turn: str | None = None
    mode: Mode | None = None
    since: AwareDatetime | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.side, self.id)

    @property
    def group(self) -> str:
        return digest([self.connection, str(self.ref)])

    @property
    def deduplication(self) -> str:
        return digest([self.flow, self.connection, str(self.ref), self.occasion])


class Scan(_Message):
    """Look for changes: start a run (`run` None), or read on in one from `page`.

    `mode` is asked for by a person or the engine; None leaves it to the flow's cadence. `counts` are the run's so far,
    `met` the linked records that it came across, as `Sweep` writes them.
    """

    type: Literal["scan"] = "scan"
    occasion: str = Field(min_length=1)
    at: AwareDatetime
    mode: Mode | None = None
    run: str | None = None
    page: dict[str, Any] | None = None
    counts: dict[str, int] | None = None
    met: str | None = None

    @property
    def group(self) -> str:
        return digest([self.connection, "scan"])

    @property
    def deduplication(self) -> str:
        return digest([self.flow, self.connection, "scan", self.occasion, self.run, self.page])


Message = Change | Scan
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def read(body: str) -> Message:
    """The message in a queue record's body; raises MalformedMessage, naming what is wrong but not the content."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in error.errors())
        raise MalformedMessage(faults) from None


def change(key: FlowKey, ref: Ref, occasion: str, at: datetime, *, carried: dict[str, Any] | None = None) -> Change:
    """A change of this record; fields too large to carry are left out, and the record is read instead."""
    if carried is not None and len(json.dumps(carried).encode()) > CARRIED_LIMIT:
        carried = None
    return Change(
        connection=key.connection, flow=key.flow, kind=ref.kind, side=ref.side, id=ref.id,
        occasion=occasion, at=at, carried=carried,
    )  # fmt: skip
