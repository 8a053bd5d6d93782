"""The list of projects and the commands on them, beside a local cloud that runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.local.cli import app
from infra.local.cli.screen import Failed
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.errors import FailedRequest
from shared.sync.history import Entry
from shared.sync.link import Link
from shared.sync.ports import FlowState, Run
from shared.sync.record import FlowKey, Ref
from shared.sync.turn_list import turn_list
from shared.sync.turns import Turn

KEY = FlowKey("acme", "zomentum_companies")
"""Any flow that has a queue; the table does not care."""
AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def scope(number: int) -> Ref:
    return Ref("project", "cw", str(number))


@pytest.fixture
def table(served: Store) -> Store:
    """Four projects: one in step, one that waits, one that is disabled, one that is archived."""
    psa = {"base_url": "https://api-na.myconnectwise.net", "company": "acme"}
    systems = {"connectwise_psa": psa}
    config = {"id": "acme", "time_zone": "America/Chicago", "flows": {KEY.flow: {}}, "systems": systems}
    served.flows.put_connection(Connection.model_validate(config))
    put(served, 7, "Office move", board="Moves", customer="Alder", last_delta=AT, last_comprehensive=AT - HOUR)
    waits = {"status": "Requested", "due": AT + HOUR, "last_comprehensive": AT, "last_import": AT}
    put(served, 9, "Backup", board="Cloud", customer="Birch", **waits)
    put(served, 11, "Archive server", board="Moves", customer="Cedar", disabled="kim disabled it: a break")
    put(served, 13, "Zebra wall", board="Cloud", customer="Alder", disabled="It is archived.", archived=True)
    return served


def put(store: Store, number: int, name: str, *, board: str, customer: str, **more: Any) -> None:
    link = Link("project", str(number), f"m{number}", cw_name=name, partner_name=name, linked_at=AT - 9 * HOUR)
    store.links.link(KEY, link)
    facts = {"board": board, "customer": customer}
    store.turns.put(KEY, replace(Turn(scope(number), facts=facts), **more))


def run(*words: str) -> list[str]:
    return CliRunner().invoke(app, list(words), catch_exceptions=False).stdout.splitlines()


def names(*words: str) -> list[str]:
    return [row["cw_name"] for row in json.loads("\n".join(run("projects", "acme", "--json", *words)))]


@pytest.mark.rule("MV-01")
@pytest.mark.rule("MV-07")
@pytest.mark.rule("MV-11")
@pytest.mark.rule("MV-13")
@pytest.mark.rule("MV-28")
@pytest.mark.rule("MV-30")
def test_the_list_has_customer_names_id_state_and_times_of_the_connections_zone(table: Store) -> None:
    head, *rows, last, _ = run("projects", "acme")
    assert head.split("\t")[:6] == ["customer", "in Moovila", "in ConnectWise", "id", "sync", "status"]
    assert [row.split("\t") for row in rows] == [
        ["Birch", "Backup", "Backup", "9", "enabled", "Requested (due 2026-11-02 10:00)",
         "2026-11-02 09:00 (Comprehensive)", "", "2026-11-02 09:00", "2026-11-02 09:00"],
        ["Alder", "Office move", "Office move", "7", "enabled", "Idle",
         "2026-11-02 09:00 (Delta)", "2026-11-02 09:00", "2026-11-02 08:00", ""],
    ]  # fmt: skip
    assert last == "2 projects; disabled or archived: 2 more"


@pytest.mark.rule("MV-06")
@pytest.mark.rule("MV-07")
@pytest.mark.rule("MV-08")
@pytest.mark.rule("MV-09")
def test_what_is_hidden_is_shown_if_asked_for_filtered_and_board_by_board(table: Store) -> None:
    assert names() == ["Backup", "Office move"]
    assert names("--disabled") == ["Archive server", "Backup", "Office move"]
    assert names("--archived") == ["Backup", "Office move", "Zebra wall"]
    assert names("--filter", "ALD", "--archived") == ["Office move", "Zebra wall"]
    assert names("--filter", "9") == ["Backup"]
    boards = [line for line in run("projects", "acme", "--by-board", "--archived") if "\t" not in line]
    assert boards == [
        "Cloud",
        "Moves",
        "3 projects; disabled or archived: 1 more",
        "ConnectWise: https://na.myconnectwise.net",
    ]


@pytest.mark.rule("MV-04")
def test_the_list_tells_where_the_connectwise_is_opened(table: Store) -> None:
    assert run("projects", "acme")[-1] == "ConnectWise: https://na.myconnectwise.net"


@pytest.mark.rule("MV-32")
def test_a_run_that_found_no_difference_counts_as_a_comparison_of_the_pair(table: Store) -> None:
    began = Run("run", "comprehensive", AT + HOUR, AT + 2 * HOUR)
    assert table.flows.claim(KEY, began, AT + HOUR)
    table.flows.finish(KEY, began, cursor={}, at=AT + HOUR, due=AT + 9 * HOUR, counts={})
    shown = {row.cw_name: row.last_comprehensive for row in turn_list(table, KEY)}
    assert (shown["Office move"], shown["Archive server"]) == (AT + HOUR, None)
    turn = table.turns.find(KEY, [scope(7)])[scope(7)]
    table.turns.put(KEY, replace(turn, differed=AT + HOUR))
    shown = {row.cw_name: row.last_comprehensive for row in turn_list(table, KEY)}
    assert shown["Office move"] == AT - HOUR, "it differed, and has not been compared since"
    assert isinstance(table.flows.state(KEY), FlowState)


@pytest.mark.rule("MV-01")
@pytest.mark.rule("MV-27")
@pytest.mark.rule("MV-28")
def test_one_project_is_shown_with_its_name_id_state_and_times(table: Store) -> None:
    lines = run("project", "Backup")
    assert lines[:6] == [
        "customer: Birch", "in Moovila: Backup", "in ConnectWise: Backup", "id: 9", "sync: enabled",
        "status: Requested (due 2026-11-02 10:00)",
    ]  # fmt: skip
    assert "last sync completed: 2026-11-02 09:00 (Comprehensive)" in lines
    assert "sync: disabled: kim disabled it: a break" in run("project", "11")
    with pytest.raises(Failed, match="no project that is kept in step"):
        run("project", "cw#project#99")


@pytest.mark.rule("MV-33")
@pytest.mark.rule("MV-35")
def test_a_person_syncs_disables_and_enables_a_project_by_its_name(table: Store) -> None:
    assert run("refresh", "Office move") == ["Office move is synced now"]
    with pytest.raises(Failed, match="Backup is Requested: a sync can be asked for once it is Idle"):
        run("refresh", "Backup")
    with pytest.raises(Failed, match="kim disabled it: a break"):
        run("refresh", "Archive server")
    assert run("enable", "Archive server", "--by", "ann")[0].startswith("Archive server is enabled")
    assert run("disable", "9", "--reason", "on hold") == ["Backup is disabled: nothing flows either way"]
    with pytest.raises(Failed, match="disabled"):
        run("disable", "9", "--reason", "on hold")
    assert names() == ["Archive server", "Office move"]
    (entry,) = table.journal.of_record(KEY, scope(11))
    assert (entry.by, entry.what) == ("ann", "Enabled its sync.")


@pytest.mark.rule("MV-10")
@pytest.mark.rule("MV-21")
def test_disconnecting_asks_for_the_name_and_disabling_all_tells_which(table: Store) -> None:
    with pytest.raises(Failed, match="repeat its name, Office move"):
        run("disconnect", "Office move", "--name", "Office")
    assert run("disconnect", "Office move", "--name", "office move")[0].startswith("Office move is disconnected")
    with pytest.raises(Failed, match="cannot be connected again"):
        run("enable", "Office move")
    assert run("pair-anew", "Office move")[0].startswith("Office move is a new pair")
    told = run("disable-all", "acme", "--reason", "a break")
    assert sorted(told[:-1]) == ["Backup is disabled", "Office move is disabled"]
    assert names() == []


def test_what_has_no_sync_of_its_own_is_said_to_have_none(table: Store) -> None:
    table.links.link(KEY, Link("ticket", "88", "m88", cw_name="A ticket", partner_name="A task"))
    with pytest.raises(Failed, match="A ticket has no sync of its own"):
        run("refresh", "A ticket")


def test_a_part_of_a_project_means_the_project(table: Store) -> None:
    link = Link("ticket", "89", "m89", cw_name="A ticket", partner_name="A task", scope=scope(7))
    table.links.link(KEY, link)
    assert run("refresh", "A ticket") == ["Office move is synced now"]


@pytest.mark.rule("MV-27")
def test_why_tells_that_a_project_is_disabled_and_how_it_stood(table: Store) -> None:
    told = "\n".join(run("why", "cw#project#11"))
    assert "Its sync is disabled until a person enables it: kim disabled it: a break." in told


@pytest.mark.rule("MV-05")
@pytest.mark.rule("MV-18")
@pytest.mark.rule("MV-34")
def test_the_log_is_of_the_connection_or_of_one_project_with_its_parts(table: Store) -> None:
    table.links.link(KEY, Link("ticket", "89", "m89", cw_name="A ticket", partner_name="A task", scope=scope(7)))
    now = datetime.now(UTC)
    request = FailedRequest.of("moovila", "GET projects/m7", 503, "Come back later.")
    told = {
        scope(7): Entry(KEY, scope(7), "1", now, "sync", "Moovila did not answer", request=request),
        Ref("ticket", "cw", "89"): Entry(KEY, Ref("ticket", "cw", "89"), "2", now, "sync", "Deleted ticket 89."),
        scope(9): Entry(KEY, scope(9), "3", now, "kim", "Asked for a sync."),
    }
    old = Entry(KEY, scope(9), "0", now - timedelta(days=91), "sync", "Long ago.")
    table.journal.record([*told.values(), old])

    def records(*words: str) -> list[str]:
        return [line.split("\t")[1] for line in run("log", "acme", *words)[1:-1]]

    assert records() == [str(ref) for ref in told]
    assert records("--record", "A ticket") == [str(ref) for ref in told][:2]
    (line,) = run("log", "acme", "--failed")[1:-1]
    assert line.split("\t")[2:] == ["moovila", "GET", "projects/m7", "503", "Come back later."]
