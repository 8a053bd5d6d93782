"""A server that answers on this machine while a test lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar


class Server(AbstractContextManager[object], Protocol):
    """What serves in its context, and keeps what it failed at."""

    crashes: Sequence[Exception]


S = TypeVar("S", bound=Server)


@contextmanager
def serving(server: S) -> Iterator[S]:
    """Serves; a request that made it crash fails the test."""
    with server:
        yield server
    assert server.crashes == []
