"""What adapters of JSON APIs have in common: where keys come from, requests, and answers read into models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from shared.sync.errors import OutcomeUnknown, RetryLater
from shared.systems.http import Answer, Http

R = TypeVar("R")
Read = Callable[[Mapping[str, Any]], R]
"""Makes a model of an object that was answered; pydantic's ValidationError where it is none."""


class Keys(Protocol):
    """Where an adapter's keys come from: the mapping that is its secret."""

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        """The keys, which may be minutes old; with `fresh` they are read anew, for all later calls too.

        ConfigurationWrong where there are none.
        """
        ...


@dataclass(frozen=True)
class Request:
    """One request below an API's root; `query` is encoded already. `asks`: it changes nothing, whatever its method."""

    method: str
    path: str
    query: str = ""
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False

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
