"""Which partners push, how each proves who it is, and how each says what changed: one row a partner.

All of it is assumed. Moovila's webhooks are spoken of, their form is not; of Zomentum's nothing was seen at all. When
the first real one arrives, its row here is what changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.systems.callbacks import from_hex

SECRET = "webhook_secret"  # noqa: S105 (the entry's name)
"""The entry, in the partner's own secret, by which its posts are signed."""


@dataclass(frozen=True)
class Partner:
    """One partner's posts: HMAC-SHA256 of the raw body by the shared secret, written in `header` as `written` reads.

    The body is a JSON object, or an array of several, in which `type`, `record` and `message` name the kind of record,
    its id, and, where there is one, the event's own id.
    """

    header: str
    written: Callable[[str], bytes | None] = from_hex
    type: str = "entity"
    record: str = "id"
    message: str = "eventId"


PARTNERS: Mapping[str, Partner] = {
    "moovila": Partner("x-moovila-signature"),
    "zomentum": Partner("x-zomentum-signature"),
}
