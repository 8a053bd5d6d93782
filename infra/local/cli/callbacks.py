"""What commands do so that ConnectWise tells of changes from now on, and what they say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.cli.control import Tell
from infra.local.cli.screen import complain, say

CALLBACKS = "callback_registration"
DONE = ("created", "repaired", "reactivated", "removed", "kept")
"""What its answer tells of a connection, each a list."""

Invoke = Callable[[Mapping[str, Any], Tell], dict[str, Any]]
"""Runs a function: `Place.ask` for `invoke`."""


def keep_callbacks(invoke: Invoke, connections: Iterable[str], tell: Tell = lambda _: None) -> bool:
    """Has ConnectWise tell of changes from now on, not from the next daily run on; whether it let itself be told."""
    well = True
    for name in connections:
        result = invoke({"function": CALLBACKS, "event": {"connection": name}}, tell)
        done = {} if result["error"] else result["answer"]["connections"].get(name, {})
        made = [f"{what} {', '.join(map(str, done[what]))}" for what in DONE if done.get(what)]
        if made:
            say(f"callbacks {name}: {'; '.join(made)}")
        if error := result["error"] or done.get("error"):
            complain(f"crosswise: callbacks {name}: {error}")
            well = False
    return well
