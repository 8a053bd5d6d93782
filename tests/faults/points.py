"""Every place where a process can die: before and after each outside call and each write to AWS, counted in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import botocore.client
import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine

from functions import wiring

When = Literal["before", "after"]

Sort = tuple[str, str]
"""A sort of place in a run: after an effect that follows a certain effect, both by their names without ids."""

WRITES = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
    "SendMessage",
    "SendMessageBatch",
    "ChangeMessageVisibility",
    "SendRawEmail",
}


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4,12}){4}|\b[0-9a-f]{24}\b|\d+")
"""Ids in the names of calls: of AWS's and Quickpass's form, of Zomentum's, and numbers."""


REFUSED = "refused"
"""What stands before the name of a call that came to nothing."""


class Cut(BaseException):
    """The process dies here: nothing in it may catch this."""


@dataclass
class Points:
    """Counts the calls of a round; at the `at`-th (from 0) it dies, `when` says on which side of it.

    Or it dies at the first place of a `sort`, or before each call that is `deadly`, as often as `times` says. `fired`
    says where it died.
    """

    at: int | None = None
    when: When = "before"
    sort: Sort | None = None
    passed: list[str] = field(default_factory=list)
    fired: str = ""
    deadly: Callable[[str], bool] | None = None
    times: int = 0
    deaths: int = 0
    _effect: str = ""
    watching: ClassVar[bool] = True
    """Whether calls are those of the process that is to die; see `elsewhere`."""

    @property
    def deathly(self) -> bool:
        """Whether it is to die once."""
        return self.at is not None or self.sort is not None

    def call(self, name: str, go: Any) -> Any:
        """Makes one call, unless the process dies before it; dies after it if it is to."""
        if not Points.watching:
            return go()
        index = len(self.passed)
        self.passed.append(name)
        if self.deadly and self.deaths < self.times and self.deadly(name):
            self.deaths += 1
            raise Cut(f"death {self.deaths}: {name}")
        here = index == self.at and not self.fired
        if here and self.when == "before":
            self._die(f"before call {index}: {name}")
        before = self._effect
        place = self._place(name)
        try:
            answer = go()
        except Exception:
            # Refused (a condition did not hold), and so no effect after which the process could die.
            self.passed[index], self._effect = f"{REFUSED} {name}", before
            raise
        if here or (place is not None and place == self.sort and not self.fired):
            self._die(f"after call {index}: {name}")
        return answer

    def _place(self, name: str) -> Sort | None:
        if not is_effect(name):
            return None
        before, self._effect = self._effect, _ID.sub("#", name)
        return before, self._effect

    def _die(self, where: str) -> None:
        self.fired = where
        raise Cut(where)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Counts (and cuts) what functions do in here."""
        real = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
            if operation not in WRITES:
                return real(client, operation, parameters)
            return self.call(f"aws {operation}", lambda: real(client, operation, parameters))

        def execute(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
            self.call(_sql(statement), lambda: cursor.execute(statement, parameters))
            return True

        http = wiring.runtime().http
        http.transport_wrapper = lambda inner: _Transport(inner, self)
        event.listen(Engine, "do_execute", execute)
        botocore.client.BaseClient._make_api_call = make_api_call  # type: ignore[attr-defined]
        try:
            yield
        finally:
            botocore.client.BaseClient._make_api_call = real  # type: ignore[attr-defined]
            http.transport_wrapper = None
            event.remove(Engine, "do_execute", execute)


@contextmanager
def elsewhere() -> Iterator[None]:
    """What is done in here is done by another process, which does not die."""
    Points.watching = False
    try:
        yield
    finally:
        Points.watching = True


def is_effect(call: str) -> bool:
    """Whether a call of this name changes anything outside the process; a SOAP service is read by POST, too.

    A login changes nothing that matters.
    """
    method, _, what = call.partition(" ")
    if method == REFUSED:
        return False
    reads = method in ("GET", "SELECT") or re.match("get|exists|authorize|item|generic", what, re.IGNORECASE)
    return method == "aws" or not (reads or re.search("(apitoken(/refresh)?|oauth/token)$", what, re.IGNORECASE))


def sorts(passed: Iterable[str]) -> list[Sort]:
    """Every sort of place in a round of these calls, in the order in which they came."""
    points = Points()
    places = [points._place(name) for name in passed]
    return list(dict.fromkeys(place for place in places if place is not None))


def _sql(statement: str) -> str:
    """A statement's verb and its table."""
    table = re.search(r"(?:FROM|UPDATE)\s+(\w+)", statement)
    return f"{statement.split(None, 1)[0].upper()} {table[1] if table else ''}"


class _Transport(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, points: Points) -> None:
        self._inner = inner
        self._points = points

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        operation = request.headers.get("SOAPAction", "").strip('"').rpartition("/")[2]
        name = f"{request.method} {operation or request.url.path}"
        response: httpx.Response = self._points.call(name, lambda: self._inner.handle_request(request))
        return response
