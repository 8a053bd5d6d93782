"""Turns in the table: every field comes back, whoever read an older one loses, and what is due is found."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.aws.table import Store
from shared.sync.errors import Conflict
from shared.sync.ports import Due
from shared.sync.record import FlowKey, Ref
from shared.sync.turns import Turn

KEY = FlowKey("acme", "moovila_projects")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SCOPE = Ref("project", "cw", "25#0")


def full() -> Turn:
    """A turn with something in every field."""
    times = {
        one.name: NOW + timedelta(minutes=number) for number, one in enumerate(fields(Turn)) if "datetime" in one.type
    }
    words = {"status": "Syncing", "mode": "comprehensive", "by": "kim", "again": "delta", "disabled": "a break"}
    return Turn(
        SCOPE, ticket="turn-1", tries=2, anew=True, archived=True, facts={"board": "Projects"}, **times, **words
    )  # type: ignore[arg-type]


def test_a_turn_comes_back_as_it_was_put(store: Store) -> None:
    for turn in (Turn(SCOPE), full()):
        for known in store.turns.find(KEY, [SCOPE]).values():
            store.turns.remove(KEY, known)
        put = store.turns.put(KEY, turn)
        assert put == replace(turn, revision=1)
        assert store.turns.find(KEY, [SCOPE, Ref("project", "cw", "26")]) == {SCOPE: put}
        assert list(store.turns.of_flow(KEY)) == [put]


def test_whoever_read_an_older_turn_loses(store: Store) -> None:
    first = store.turns.put(KEY, Turn(SCOPE))
    second = store.turns.put(KEY, first.trigger(NOW))
    for stale in (Turn(SCOPE), first):
        with pytest.raises(Conflict):
            store.turns.put(KEY, stale.trigger(NOW))
    with pytest.raises(Conflict):
        store.turns.remove(KEY, first)
    assert store.turns.find(KEY, [SCOPE]) == {SCOPE: second}


def test_what_is_due_is_found_whatever_it_waits_for(store: Store) -> None:
    asked = store.turns.put(KEY, Turn(SCOPE).trigger(NOW))
    assert list(store.flows.due(NOW)) == [Due(KEY, NOW, SCOPE, turn=True)]
    assert list(store.flows.due(NOW - timedelta(seconds=1))) == []
    idle = store.turns.put(KEY, replace(asked, status="Idle", due=None))
    assert list(store.flows.due(NOW)) == []
    store.turns.put(KEY, replace(idle, wake=NOW))
    assert len(list(store.flows.due(NOW))) == 1
