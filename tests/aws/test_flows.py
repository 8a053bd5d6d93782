"""Connections and flow states: one run at a time, a cursor that only its run moves, and what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.aws.table import Store
from shared.sync.connection import Connection, SystemSettings
from shared.sync.errors import ConfigurationWrong
from shared.sync.link import Intent
from shared.sync.ports import Due, FlowState, Run
from shared.sync.record import FlowKey, Ref
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = FlowKey("acme", "eautomate_customers")
HOUR = timedelta(hours=1)


def run_of(now: datetime, id_: str = "run1", mode: Any = "comprehensive") -> Run:
    return Run(id_, mode, started=now, expires=now + timedelta(minutes=15), rules="r1")


def finish(store: Store, run: Run, at: datetime) -> bool:
    return store.flows.finish(
        KEY, run, cursor={"customers": "2026"}, at=at, due=at + HOUR, counts={"scanned": 3, "queued": 1}
    )


def connection(id_: str = "acme", **systems: SystemSettings) -> Connection:
    return Connection(id=id_, name="Acme", flows={KEY.flow: {"create": True}}, systems=systems)


def test_a_connection_comes_back_as_it_was_put(store: Store) -> None:
    acme = connection(eautomate=SystemSettings(base_url="https://e.example", company="1"))
    store.flows.put_connection(acme)
    assert store.flows.connection("acme") == acme
    assert store.flows.connection("nobody") is None


def test_connections_are_listed_however_many_there_are(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    made = [connection(f"c{number:03}") for number in range(105)]
    for one in made:
        store.flows.put_connection(one)
    store.flows.put_connection(made[0])
    answers.keep_back(dynamodb, "Query", lambda params: params | {"Limit": 40}, times=99)
    assert store.flows.connections() == made


@pytest.mark.parametrize("name", ["password", "private_key", "client_secret", "access-token", "apiKey"])
def test_keys_among_the_settings_never_reach_the_table(
    store: Store, items: Callable[[], list[dict[str, Any]]], name: str
) -> None:
    settings = SystemSettings.model_validate({"base_url": "https://e.example", name: "hunter2"})
    with pytest.raises(ConfigurationWrong) as failure:
        store.flows.put_connection(connection(eautomate=settings))
    assert failure.value.where == f"systems.eautomate.{name}"
    assert "eautomate/acme" in failure.value.fix
    assert "hunter2" not in repr(failure.value) + failure.value.fix
    assert items() == []


def test_settings_that_cannot_be_read_any_more_name_their_place(
    store: Store, dynamodb: DynamoDBClient, table: str
) -> None:
    store.flows.put_connection(connection())
    dynamodb.update_item(
        TableName=table, Key={"pk": {"S": "connection#acme"}, "sk": {"S": "config"}},
        UpdateExpression="SET config = :c", ExpressionAttributeValues={":c": {"S": '{"id": "acme", "time_zone": 3}'}},
    )  # fmt: skip
    with pytest.raises(ConfigurationWrong, match="connection acme cannot be read: time_zone"):
        store.flows.connection("acme")


def test_a_flow_of_which_nothing_is_known_has_an_empty_state(store: Store) -> None:
    assert store.flows.state(KEY) == FlowState(KEY)


def test_only_one_run_is_claimed_until_the_claim_runs_out(store: Store, now: datetime) -> None:
    first, second = run_of(now), run_of(now, "run2")
    assert store.flows.claim(KEY, first, now)
    assert store.flows.claim(KEY, first, now), "the same run again"
    assert not store.flows.claim(KEY, second, first.expires - timedelta(seconds=1))
    assert store.flows.state(KEY).run == first
    assert store.flows.claim(KEY, second, first.expires)
    assert store.flows.state(KEY).run == second


def test_a_run_is_extended_as_long_as_it_is_the_current_one(store: Store, now: datetime) -> None:
    run = run_of(now)
    assert not store.flows.extend(KEY, run.id, now)
    store.flows.claim(KEY, run, now)
    assert store.flows.extend(KEY, run.id, now + HOUR)
    assert not store.flows.claim(KEY, run_of(now, "run2"), now + HOUR - timedelta(seconds=1))
    assert not store.flows.extend(KEY, "run2", now + HOUR)


def test_finishing_moves_the_cursor_and_makes_the_next_run_due(store: Store, now: datetime) -> None:
    run = run_of(now)
    store.flows.claim(KEY, run, now)
    assert finish(store, run, now + timedelta(minutes=1))
    assert store.flows.state(KEY) == FlowState(
        KEY,
        cursor={"customers": "2026"},
        last_comprehensive=now + timedelta(minutes=1),
        due=now + timedelta(minutes=61),
        rules="r1",
        counts={"scanned": 3, "queued": 1},
    )


def test_a_delta_leaves_the_comprehensive_scans_time_and_rules(store: Store, now: datetime) -> None:
    for run in (run_of(now), Run("run2", "delta", now, now + HOUR, rules="r2")):
        store.flows.claim(KEY, run, now)
        finish(store, run, now + HOUR if run.mode == "delta" else now)
    state = store.flows.state(KEY)
    assert (state.last_comprehensive, state.last_delta, state.rules) == (now, now + HOUR, "r1")


def test_a_run_that_lost_its_claim_moves_nothing(store: Store, now: datetime) -> None:
    late, current = run_of(now), run_of(now, "run2")
    store.flows.claim(KEY, late, now)
    store.flows.claim(KEY, current, late.expires)
    before = store.flows.state(KEY)
    assert not finish(store, late, now + HOUR)
    store.flows.abandon(KEY, late, due=now)
    assert store.flows.state(KEY) == before


def test_finishing_twice_counts_once(store: Store, now: datetime) -> None:
    run = run_of(now)
    store.flows.claim(KEY, run, now)
    assert [finish(store, run, now), finish(store, run, now)] == [True, False]


def test_an_abandoned_run_leaves_the_cursor(store: Store, now: datetime) -> None:
    first, second = run_of(now), run_of(now, "run2")
    store.flows.claim(KEY, first, now)
    finish(store, first, now)
    store.flows.claim(KEY, second, now)
    store.flows.abandon(KEY, second, due=now + timedelta(minutes=5))
    state = store.flows.state(KEY)
    assert (dict(state.cursor), state.run, state.due) == ({"customers": "2026"}, None, now + timedelta(minutes=5))


def test_a_flow_is_due_from_its_time_on(store: Store, now: datetime) -> None:
    store.flows.set_due(KEY, now)
    assert list(store.flows.due(now - timedelta(microseconds=1))) == []
    assert list(store.flows.due(now)) == [Due(KEY, now, None, "2026-11-02T09:00:00.000000Z")]


def test_a_paused_flow_is_not_due_and_takes_no_run(store: Store, now: datetime) -> None:
    run = run_of(now)
    store.flows.set_due(KEY, now)
    store.flows.claim(KEY, run, now)
    store.flows.pause(KEY, "The keys are refused.")
    store.flows.set_due(KEY, now)
    assert not store.flows.claim(KEY, run, now)
    assert not store.flows.extend(KEY, run.id, now)
    assert not finish(store, run, now)
    assert store.flows.state(KEY) == FlowState(KEY, paused="The keys are refused.")
    assert list(store.flows.due(now + HOUR)) == []


def test_a_flow_that_goes_on_is_due_at_once_and_compares_everything(store: Store, now: datetime) -> None:
    run = run_of(now)
    store.flows.claim(KEY, run, now)
    finish(store, run, now)
    store.flows.pause(KEY, "The keys are refused.")
    assert store.flows.resume(KEY, now)
    state = store.flows.state(KEY)
    assert (state.paused, state.rules, dict(state.cursor)) == ("", "", {"customers": "2026"})
    assert [due.flow for due in store.flows.due(now)] == [KEY]


def test_letting_go_on_what_was_not_paused_changes_nothing(store: Store, now: datetime) -> None:
    assert not store.flows.resume(FlowKey("acme", "unknown"), now)
    store.flows.set_due(KEY, now + HOUR)
    assert not store.flows.resume(KEY, now)
    assert store.flows.state(KEY).due == now + HOUR
    assert store.flows.state(FlowKey("acme", "unknown")) == FlowState(FlowKey("acme", "unknown"))


def test_everything_due_comes_oldest_first_over_all_pages(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    ref = Ref("customer-company", "partner", "A#1")
    store.links.intend(KEY, Intent(ref, "t1", at=now, due=now - timedelta(minutes=2)))
    keys = [FlowKey(f"c{number}", KEY.flow) for number in range(5)]
    for minutes, key in enumerate(keys):
        store.flows.set_due(key, now - timedelta(minutes=minutes))
    store.flows.set_due(FlowKey("later", KEY.flow), now + HOUR)
    answers.keep_back(dynamodb, "Query", lambda params: params | {"Limit": 2}, times=99)
    found = list(store.flows.due(now))
    assert [due.at for due in found] == sorted(due.at for due in found)
    assert {due.flow for due in found} == {KEY, *keys}
    assert Due(KEY, now - timedelta(minutes=2), ref, "intent#t1") in found


def test_what_a_person_paused_only_a_person_lets_go_on(store: Store, now: datetime) -> None:
    assert store.flows.pause(KEY, "We move house.", by="kim")
    assert not store.flows.pause(KEY, "The keys are refused.")
    assert not store.flows.resume(KEY, now)
    state = store.flows.state(KEY)
    assert (state.paused, state.paused_by) == ("We move house.", "kim")
    assert store.flows.resume(KEY, now, by="sam")
    assert store.flows.state(KEY) == FlowState(KEY, due=now)


def test_a_second_resume_is_due_anew(store: Store, now: datetime) -> None:
    """A flow's due time is its scan's occasion: the queue must not take the second for the first."""
    occasions = []
    for minute in range(2):
        store.flows.pause(KEY, "A trial.", by="kim")
        store.flows.resume(KEY, now + timedelta(minutes=minute), by="kim")
        occasions += [due.occasion for due in store.flows.due(now + HOUR)]
    assert len(set(occasions)) == 2
