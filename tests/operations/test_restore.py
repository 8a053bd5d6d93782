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
from tests.operating.stack_api import STACK, StackApi

KEY = FlowKey("acme", "eautomate_customers")
PAUSED = FlowKey("bolt", "eautomate_customers")
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A deployed stack, as `--stack` finds it."""
    monkeypatch.delenv("CROSSWISE_STACK", raising=False)
    with Cloud(clock=LocalClock(NOW, still=True)) as started, StackApi(started) as api:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", api.url)
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
    assert main(["--stack", STACK, "--copy", restored]) == 0
    assert contents(cloud, cloud.table).keys() == contents(cloud, restored).keys()
    assert store.flows.connection("later") is None
    assert store.flows.state(KEY).paused_by == "restore"
    assert list(store.flows.due(NOW)) == []


def test_going_on_begins_with_everything_and_leaves_a_persons_pause(cloud: Cloud, restored: str) -> None:
    store = Store(cloud.client("dynamodb"), cloud.table)
    main(["--stack", STACK, "--copy", restored])
    assert main(["--stack", STACK, "--go-on"]) == 0
    state = store.flows.state(KEY)
    assert (state.paused, state.rules) == ("", "")
    assert state.due is not None
    assert (store.flows.state(PAUSED).paused, store.flows.state(PAUSED).paused_by) == ("their move", "ann")


def test_a_copy_broken_off_may_be_begun_again(cloud: Cloud, restored: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--stack", STACK, "--copy", restored])
    capsys.readouterr()
    main(["--stack", STACK, "--copy", restored])
    told = capsys.readouterr().out
    assert "0 removed" in told
    assert "is paused" in told


def test_the_stack_may_be_named_by_the_environment_as_for_crosswise(
    cloud: Cloud, restored: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as unnamed:
        main(["--copy", restored])
    assert unnamed.value.code == 2
    assert "CROSSWISE_STACK" in capsys.readouterr().err
    monkeypatch.setenv("CROSSWISE_STACK", STACK)
    assert main(["--copy", restored]) == 0
    assert contents(cloud, cloud.table).keys() == contents(cloud, restored).keys()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--stack", "other", "--copy", "copy"], 2, "there is no stack 'other'"),
        (["--stack", STACK, "--copy", "crosswise-Table"], 2, "is the table of stack acme-sync itself"),
        (["--stack", STACK, "--copy", "none"], 1, "AWS answered Scan with ResourceNotFoundException"),
    ],
)
def test_what_cannot_be_restored_is_said_in_a_line_and_nothing_changes(
    cloud: Cloud, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(cloud.client("dynamodb"), cloud.table)
    store.flows.put_connection(Connection(id="acme", flows={KEY.flow: {}}))
    before = contents(cloud, cloud.table)
    assert main(arguments) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1
    assert contents(cloud, cloud.table) == before
