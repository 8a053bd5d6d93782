"""A restored copy takes the place of what the table holds, and no flow runs before a person lets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.cloud import Cloud, LocalClock
from infra.restore import main
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.record import FlowKey

KEY = FlowKey("acme", "eautomate_customers")
PAUSED = FlowKey("bolt", "eautomate_customers")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(clock=LocalClock(NOW, still=True)) as started:
        yield started


@pytest.fixture
def restored(cloud: Cloud) -> str:
    """A copy of the table as it was: two connections, one of them paused by a person."""
    client = cloud.client("dynamodb")
    schema = client.describe_table(TableName=cloud.table)["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in schema["GlobalSecondaryIndexes"]
    ]
    client.create_table(
        TableName="copy",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=schema["AttributeDefinitions"],
        KeySchema=schema["KeySchema"],
        GlobalSecondaryIndexes=indexes,
    )
    then = Store(client, "copy")
    for key in (KEY, PAUSED):
        then.flows.put_connection(Connection(id=key.connection, flows={key.flow: {}}))
        then.flows.set_due(key, NOW)
    then.flows.pause(PAUSED, "their move", by="ann")
    return "copy"


def contents(cloud: Cloud, table: str) -> dict[tuple[str, str], Any]:
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def test_the_table_holds_what_the_copy_holds_and_nothing_runs(cloud: Cloud, restored: str) -> None:
    store = Store(cloud.client("dynamodb"), cloud.table)
    store.flows.put_connection(Connection(id="later", flows={KEY.flow: {}}))
    assert main(["--table", cloud.table, "--copy", restored]) == 0
    assert contents(cloud, cloud.table).keys() == contents(cloud, restored).keys()
    assert store.flows.connection("later") is None
    assert store.flows.state(KEY).paused_by == "restore"
    assert list(store.flows.due(NOW)) == []


def test_going_on_begins_with_everything_and_leaves_a_persons_pause(cloud: Cloud, restored: str) -> None:
    store = Store(cloud.client("dynamodb"), cloud.table)
    main(["--table", cloud.table, "--copy", restored])
    assert main(["--table", cloud.table, "--go-on"]) == 0
    state = store.flows.state(KEY)
    assert (state.paused, state.rules) == ("", "")
    assert state.due is not None
    assert (store.flows.state(PAUSED).paused, store.flows.state(PAUSED).paused_by) == ("their move", "ann")


def test_a_copy_broken_off_may_be_begun_again(cloud: Cloud, restored: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--table", cloud.table, "--copy", restored])
    capsys.readouterr()
    main(["--table", cloud.table, "--copy", restored])
    told = capsys.readouterr().out
    assert "0 removed" in told
    assert "is paused" in told
