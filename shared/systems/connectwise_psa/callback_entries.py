"""Callback entries: of which records ConnectWise tells whom by itself (`/system/callbacks`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from shared.systems.connectwise_psa.models import Flag, Record, Text
from shared.systems.connectwise_psa.session import Session
from shared.systems.rest import Request

PATH = "system/callbacks"
WIRE: Mapping[str, str] = {
    "description": "description",
    "url": "url",
    "object_id": "objectId",
    "type": "type",
    "level": "level",
    "inactive": "inactiveFlag",
    "soap": "isSoapCallbackFlag",
    "self_suppressed": "isSelfSuppressedFlag",
}
"""ConnectWise's name of each of our fields."""


class CallbackEntry(Record):
    """One entry. `url` is where ConnectWise posts to, the record's id and action glued to its end.

    `inactive` is set by ConnectWise itself once an entry failed on three days running; `self_suppressed` is said to
    leave out what the entry's own member changes (by its name: no guide explains it).
    """

    wire_fields: ClassVar[str] = ",".join(("id", *WIRE.values()))

    description: Text = ""
    url: Text = ""
    object_id: int | None = Field(None, alias="objectId")
    type: Text = ""
    level: Text = ""
    inactive: Flag = Field(False, alias="inactiveFlag")
    soap: Flag = Field(False, alias="isSoapCallbackFlag")
    self_suppressed: Flag = Field(False, alias="isSelfSuppressedFlag")


@dataclass(frozen=True)
class CallbackEntries:
    """The entries of one tenant, anybody's. Errors are those of `shared.sync.errors`.

    An entry that is there already is a RecordRejected with the code `ObjectExists`: a repeated create makes no second.
    """

    session: Session
    all: Callable[[], list[CallbackEntry]]

    def create(self, fields: Mapping[str, Any]) -> None:
        """Makes an entry of these fields, by our names."""
        self.session.call(Request("POST", PATH, body=_written(fields)))

    def change(self, entry: int, fields: Mapping[str, Any]) -> None:
        """Writes these fields, by our names."""
        body = [{"op": "replace", "path": name, "value": value} for name, value in _written(fields).items()]
        self.session.call(Request("PATCH", f"{PATH}/{entry}", body=body))

    def remove(self, entry: int) -> None:
        """Takes an entry away; one that is gone already is as good."""
        self.session.find(Request("DELETE", f"{PATH}/{entry}"))


def _written(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {WIRE[name]: value for name, value in fields.items()}
