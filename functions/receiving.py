"""The Lambda handler of a route that outside systems post to: takes the post, and says what became of it.

The answer is never a 5xx: ConnectWise would not repeat it, and the event were lost. 429 asks for it again.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from typing import Any

from functions.wiring import Handler, Runtime, runtime
from shared.aws.http_api import Post, answer, read
from shared.sync.connection import Connection
from shared.sync.errors import SyncError
from shared.systems.callbacks import Keyring, Refused

logger = logging.getLogger("crosswise")

LARGEST = 1024 * 1024
"""Bytes of a body; a callback has a few thousand."""

SECONDS = 3.5
"""Time for a post: who posts waits five seconds, of which a cold start may take one. Queued after all, it is the same
occasion when it comes again."""

AGAIN = 429
SAID = {
    200: "Taken.",
    400: "This cannot be read.",
    403: "This is not signed by whom it should be.",
    404: "Nobody is known here by this name.",
    413: "This is too large.",
    AGAIN: "Not now: post it again.",
}
"""What strangers are told; the log says more."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""What can be a connection's id; the table is not asked for anything else."""

Take = Callable[[Runtime, Keyring, Post], int]
"""Proves a post and queues what it says; how many changes. Refused where it is not to be taken."""


def receiver(take: Take) -> Handler:
    """The handler of a route whose posts `take` takes."""
    keyring = lru_cache(maxsize=1)(lambda here: Keyring(here.clock))

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        here = runtime()
        done: Future[int] = Future()

        def work() -> None:
            try:
                done.set_result(_outcome(event, lambda post: take(here, keyring(here), post)))
            except BaseException as end:  # noqa: BLE001 (raised on in the handler's own thread)
                done.set_exception(end)

        threading.Thread(target=work, name="take", daemon=True).start()
        try:
            status = done.result(SECONDS)
        except TimeoutError:
            logger.warning("a post took too long", extra={"path": event.get("rawPath", "")[:100]})
            status = AGAIN
        return answer(status, SAID[status])

    return handler


def connection_named(here: Runtime, post: Post) -> Connection:
    """The connection that the route's path names; Refused (404) if there is none."""
    name = post.path.get("connection", "")
    connection = here.store.flows.connection(name) if _NAME.fullmatch(name) else None
    if connection is None:
        raise Refused(404, "there is no such connection")
    return connection


def _outcome(event: dict[str, Any], take: Callable[[Post], int]) -> int:
    """The status to answer with; the log has the reason."""
    told: dict[str, Any] = {"path": event.get("rawPath", "")[:100]}
    try:
        queued = take(_post(event))
    except Refused as refusal:
        logger.info("a post is refused", extra={**told, "status": refusal.status, "why": str(refusal)})
        return refusal.status
    except SyncError as error:
        logger.warning("a post cannot be taken now", extra={**told, "why": str(error)})
        return AGAIN
    except Exception:
        logger.exception("a post could not be taken", extra=told)
        return AGAIN
    logger.info("a post is taken", extra={**told, "queued": queued})
    return 200


def _post(event: dict[str, Any]) -> Post:
    try:
        post = read(event)
    except ValueError:
        raise Refused(400, "its body is not encoded as it says") from None
    if len(post.body) > LARGEST:
        raise Refused(413, f"its body has {len(post.body)} bytes")
    return post
