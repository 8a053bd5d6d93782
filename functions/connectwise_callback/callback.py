"""One callback of ConnectWise's: proved by its signature, then queued for every flow that asked for its type.

Its content is a hint and no more: the flow reads the record. So what a paused connection is told is queued like all
else (and found again when it goes on), deleted records are, and so are changes that we made ourselves: that their
fields are what the link already knows ends the look. `MemberId` is not trusted to tell them apart, since people lend
their API member to other programs.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from functions.receiving import connection_named
from functions.wiring import Runtime, flows_in_use
from shared.aws.http_api import Post
from shared.sync.clock import stamp
from shared.sync.told import told
from shared.systems.callbacks import (
    Keyring,
    Refused,
    connectwise_key,
    fetch_signing_key,
    from_base64,
    own_key_url,
    signed,
)

SYSTEM = "connectwise_psa"
HEADER = "x-content-signature"

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Metadata(_Part):
    """Where the key is; unproved like all of the body."""

    key_url: str


class Callback(_Part):
    """What we read of a callback. Servers differ in what they leave out; `MessageId` is missing on older ones."""

    type: Text = Field("", alias="Type")
    record: int | None = Field(None, alias="ID", ge=1, lt=2**63)
    message: Text = Field("", alias="MessageId")
    metadata: Metadata = Field(alias="Metadata")


def take(here: Runtime, keys: Keyring, post: Post) -> int:
    """Queues what a callback says; how many changes, 0 where no flow in use wants to know. Refused unless proved."""
    signature = from_base64(post.headers.get(HEADER, ""))
    if signature is None:
        raise Refused(403, f"it has no {HEADER}")
    callback = _read(post.body)
    connection = connection_named(here, post)
    settings = connection.systems.get(SYSTEM)
    if settings is None:
        raise Refused(404, "the connection has no ConnectWise")
    url = own_key_url(callback.metadata.key_url, settings)
    if not keys.fits(
        connection.id,
        url,
        lambda key: signed(connectwise_key(key), post.body, signature),
        lambda: fetch_signing_key(here.http, url),
    ):
        raise Refused(403, "its signature does not fit")
    if callback.record is None:
        return 0
    now = here.clock.now()
    changes = told(
        connection.id,
        flows_in_use(connection),
        SYSTEM,
        callback.type.casefold(),
        str(callback.record),
        occasion=callback.message or _occasion(post.body, now),
        at=now,
    )
    if changes:
        here.queue.send(changes)
    return len(changes)


def _read(body: bytes) -> Callback:
    try:
        return Callback.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in error.errors(include_input=False)
        )
    raise Refused(400, f"it is no callback ({faults})")


def _occasion(body: bytes, now: datetime) -> str:
    """What stands in for a MessageId: the same body may well come again, for a second change."""
    return f"{hashlib.sha256(body).hexdigest()[:32]}@{stamp(now)}"
