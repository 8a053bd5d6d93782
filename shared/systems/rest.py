"""What adapters of JSON APIs have in common: where keys come from, requests, server times, answers read into models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from shared.sync.clock import Clock
from shared.sync.errors import OutcomeUnknown, RetryLater
from shared.sync.plan import Step
from shared.systems.http import Answer, Http

R = TypeVar("R")
Read = Callable[[Mapping[str, Any]], R]
"""Makes a model of an object that was answered; pydantic's ValidationError where it is none."""

TIME_HOLDS = timedelta(seconds=15)
"""How long the time in an answer counts as the server's time now; being late is the safe side."""


class Keys(Protocol):
    """Where an adapter's keys come from: the mapping that is its secret."""

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        """The keys, which may be minutes old; with `fresh` they are read anew, for all later calls too.

        ConfigurationWrong where there are none.
        """
        ...


@dataclass(frozen=True)
class Request:
    """One request below an API's root; `query` is encoded already. `asks`: it changes nothing, whatever its method.

    `content` is a body that is no JSON, in place of `body`; the headers say what it is.
    """

    method: str
    path: str
    query: str = ""
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False
    content: bytes | None = field(default=None, repr=False)

    @property
    def what(self) -> str:
        """Its name in messages, which holds no condition and no key."""
        return f"{self.method} {self.path}"

    @property
    def write(self) -> bool:
        return self.method != "GET" and not self.asks


def send(
    http: Http,
    system: str,
    url: str,
    request: Request,
    headers: Mapping[str, str],
    content: bytes | None,
    read_timeout: float | None = None,
) -> Answer:
    """Sends a request once; `content` is its body as JSON, None for one without."""
    if content is not None:
        headers = {**headers, "Content-Type": "application/json"}
    return http.send(
        system,
        request.method,
        url,
        write=request.write,
        headers={**headers, **request.headers},
        content=content,
        what=request.what,
        read_timeout=read_timeout,
    )


def encoded(safe: str, **parameters: str) -> str:
    """A query in which all but letters, digits and what is `safe` is encoded."""
    return "&".join(f"{name}={quote(value, safe=safe)}" for name, value in parameters.items())


def json_body(body: object) -> bytes:
    """A body as it is sent; TypeError for what JSON has no word for."""
    return json.dumps(body, ensure_ascii=False, default=_number).encode()


def _number(value: object) -> object:
    """Money as a number, for which JSON has no exact word in Python."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent as JSON")


def changed(step: Step) -> dict[str, Any]:
    """The fields of an update that differ from what stands there."""
    return {name: value for name, value in step.fields.items() if name not in step.before or step.before[name] != value}


class ServerTime:
    """A server's clock as its answers tell it, in UTC, to the second; up to 15 seconds late, never early."""

    def __init__(self, system: str, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._told: tuple[datetime, datetime] | None = None

    def note(self, answer: Answer) -> None:
        """Keeps what an answer tells."""
        if answer.date is not None:
            self._told = self._clock.now(), answer.date

    def now(self, ask: Callable[[], object]) -> datetime:
        """The server's time; `ask` makes a request whose answer is noted, where the last one is too old to serve.

        RetryLater where no answer tells it.
        """
        if self._told is None or not timedelta(0) <= self._clock.now() - self._told[0] <= TIME_HOLDS:
            self._told = None
            ask()
        if self._told is None:
            raise RetryLater(f"{self._system} does not say what time it is there", system=self._system)
        return self._told[1]


@dataclass(frozen=True)
class Reader:
    """Reads a system's answers; RetryLater for one that cannot be read, OutcomeUnknown where it was a write's."""

    system: str
    id_field: str = "id"

    def rows(self, request: Request, answer: Answer, read: Read[R]) -> list[R]:
        """The records of a list."""
        rows = answer.json() if answer.is_json else None
        if not isinstance(rows, list):
            raise self._unreadable(request)
        return [self.row(request, row, read) for row in rows]

    def record(self, request: Request, answer: Answer, read: Read[R]) -> R:
        """The one record that was answered."""
        return self.row(request, answer.json() if answer.is_json else None, read)

    def check_order(self, request: Request, behind: int, ids: Iterable[int]) -> None:
        """RetryLater unless a page, read on from behind an id, goes up from there: else records would be missed."""
        if any(later <= earlier for earlier, later in pairwise([behind, *ids])):
            raise RetryLater(f"{self.system} answered {request.what} out of order", system=self.system)

    def row(self, request: Request, row: object, read: Read[R]) -> R:
        """One record of what was answered, where it stands within something else."""
        if not isinstance(row, Mapping):
            raise self._unreadable(request)
        try:
            return read(row)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise self._unreadable(request, f" (record {row.get(self.id_field)}: {faults})")

    def _unreadable(self, request: Request, faults: str = "") -> RetryLater:
        text = f"{self.system} answered {request.what} with something unreadable{faults}"
        error = OutcomeUnknown if request.write else RetryLater
        return error(text, system=self.system)
