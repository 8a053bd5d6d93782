"""Environment variables, set for a while, by several threads at once."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping

_lock = threading.Lock()
_layers: list[Mapping[str, str | None]] = []
"""What is set now, the latest last: threads end theirs in any order."""

_before: dict[str, str | None] = {}
"""What the variables in the layers were before any of them."""


@contextlib.contextmanager
def environment(settings: Mapping[str, str | None]) -> Iterator[None]:
    """Sets environment variables for a while, and puts back what was; None takes one away."""
    layer = dict(settings)
    with _lock:
        for name in layer:
            _before.setdefault(name, os.environ.get(name))
        _layers.append(layer)
        _show(layer)
    try:
        yield
    finally:
        with _lock:
            # By identity: two threads may set the very same.
            del _layers[next(place for place, each in enumerate(_layers) if each is layer)]
            _show(layer)


def _show(names: Mapping[str, str | None]) -> None:
    """Sets these variables to what the latest layer says, or to what they were before any."""
    for name in names:
        said = [layer[name] for layer in _layers if name in layer]
        value = said[-1] if said else _before.pop(name)
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
