"""A lease is one holder's until its time, which everybody compares; pace is never shortened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shared.aws.table import Store

MINUTE = timedelta(minutes=1)


def test_a_lease_is_one_holders_until_its_time(store: Store, now: datetime) -> None:
    until = now + MINUTE
    assert not store.leases.held("digest#acme", now)
    assert store.leases.acquire("digest#acme", "me", now, until)
    assert store.leases.acquire("digest#acme", "me", now, until), "it was mine already"
    assert not store.leases.acquire("digest#acme", "you", until - timedelta(seconds=1), until + MINUTE)
    assert store.leases.held("digest#acme", until - timedelta(seconds=1))
    assert store.leases.acquire("digest#other", "you", now, until)


def test_a_lease_whose_time_is_over_is_free_though_its_item_is_still_there(store: Store, now: datetime) -> None:
    store.leases.acquire("l", "me", now, now + MINUTE)
    assert not store.leases.held("l", now + MINUTE)
    assert store.leases.acquire("l", "you", now + MINUTE, now + 2 * MINUTE)
    assert not store.leases.acquire("l", "me", now + MINUTE, now + 2 * MINUTE)


def test_many_leases_are_asked_for_together(store: Store, now: datetime) -> None:
    names = [f"l{number}" for number in range(120)]
    for name in names[:110]:
        store.leases.acquire(name, "me", now, now + MINUTE)
    store.leases.acquire("l5", "me", now, now)
    assert store.leases.all_held(names, now) == set(names[:110]) - {"l5"}
    assert store.leases.all_held([], now) == frozenset()


def test_only_the_holder_releases(store: Store, now: datetime) -> None:
    store.leases.acquire("l", "me", now, now + MINUTE)
    store.leases.release("l", "you")
    assert store.leases.held("l", now)
    store.leases.release("l", "me")
    store.leases.release("l", "me")
    assert store.leases.acquire("l", "you", now, now + MINUTE)


def test_a_tenant_is_slowed_down_until_its_time(store: Store, now: datetime) -> None:
    tenant = "api.example#acme"
    assert store.leases.pace(tenant, now) is None
    store.leases.slow_down(tenant, now + MINUTE)
    assert store.leases.pace(tenant, now) == now + MINUTE
    assert store.leases.pace("api.example#other", now) is None
    assert store.leases.pace(tenant, now + MINUTE) is None


def test_a_longer_wait_is_never_made_shorter(store: Store, now: datetime) -> None:
    store.leases.slow_down("t", now + 2 * MINUTE)
    store.leases.slow_down("t", now + MINUTE)
    assert store.leases.pace("t", now) == now + 2 * MINUTE
    store.leases.slow_down("t", now + 3 * MINUTE)
    assert store.leases.pace("t", now) == now + 3 * MINUTE


def test_leases_and_paces_are_removed_some_time_after_their_end(
    store: Store, items: Callable[[], list[dict[str, Any]]], now: datetime
) -> None:
    store.leases.acquire("l", "me", now, now + MINUTE)
    store.leases.slow_down("t", now + MINUTE)
    day_after = int((now + MINUTE + timedelta(days=1)).timestamp())
    assert [int(item["expires"]["N"]) for item in items()] == [day_after, day_after]
