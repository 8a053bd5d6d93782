"""One post of a partner's: proved by the shared secret, then queued for every flow that asked for its type.

As with ConnectWise's callbacks, the content is a hint: the flow reads the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from functions.partner_webhook.partners import PARTNERS, SECRET
from functions.receiving import connection_named
from functions.wiring import Runtime, flows_in_use
from shared.aws.http_api import Post
from shared.sync.change import Change
from shared.sync.clock import stamp
from shared.sync.errors import ConfigurationWrong
from shared.sync.told import told, types_told
from shared.systems.callbacks import Keyring, Refused, signed

MOST = 100
"""Events in one post, at most."""


def take(here: Runtime, keys: Keyring, post: Post) -> int:
    """Queues what a post says; how many changes. Refused unless proved, and where no flow in use wants to know."""
    name = post.path.get("partner", "")
    partner = PARTNERS.get(name)
    if partner is None:
        raise Refused(404, "there is no such partner that pushes")
    signature = partner.written(post.headers.get(partner.header, ""))
    if signature is None:
        raise Refused(403, f"it has no {partner.header}")
    connection = connection_named(here, post)
    flows = flows_in_use(connection)
    if not types_told(flows, name):
        raise Refused(404, "no flow of the connection wants to be told by this partner")
    secret = here.secrets.keys(name, connection.id)
    if not keys.fits(
        connection.id,
        f"{name}/{connection.id}",
        lambda key: signed(key.encode(), post.body, signature),
        lambda: _shared_secret(secret),
    ):
        raise Refused(403, "its signature does not fit")
    now = here.clock.now()
    changes: list[Change] = []
    for place, event in enumerate(_events(post.body)):
        type_, record, message = (_text(event, key) for key in (partner.type, partner.record, partner.message))
        occasion = message or f"{hashlib.sha256(post.body).hexdigest()[:32]}.{place}@{stamp(now)}"
        changes += (
            told(connection.id, flows, name, type_.casefold(), record, occasion=occasion, at=now) if record else ()
        )
    if changes:
        here.queue.send(changes)
    return len(changes)


def _shared_secret(keys: Callable[..., Mapping[str, str]]) -> str:
    """The entry, read anew; ConfigurationWrong where it is empty, since anybody can sign by nothing."""
    secret = keys(fresh=True)[SECRET]
    if not secret.strip():
        raise ConfigurationWrong(f"{SECRET} is empty", where="the partner's secret", fix="Enter what the partner has.")
    return secret


def _events(body: bytes) -> list[Mapping[str, Any]]:
    """The events of a post; Refused (400) where it is anything else."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "it is no JSON") from None
    events = said if isinstance(said, list) else [said]
    if len(events) > MOST or not all(isinstance(event, dict) for event in events):
        raise Refused(400, f"it is no event, and no array of at most {MOST} of them")
    return events


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
