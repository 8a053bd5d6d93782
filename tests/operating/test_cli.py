"""The commands of a person, against a local cloud that runs: the customer flow between two simulators."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.local import config as configs
from infra.local.cli import app, asked, control
from infra.local.cli.screen import Failed
from infra.local.cloud import Cloud
from infra.local.cloud.connections import Connected, connect
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.again import NOWHERE
from shared.sync.issue import Issue, OpenIssue
from shared.sync.record import FlowKey, Name, Ref

CONFIG = """
[simulated.eautomate]
customers = 6
[simulated.connectwise_psa]
companies = 4
[[connection]]
id = "acme"
[connection.flows.eautomate_customers]
create_missing = true
preview = {preview}
"""
TWO_WAY = """
[simulated.zomentum]
companies = 2
opportunities = 0
[simulated.connectwise_psa]
companies = 2
[[connection]]
id = "acme"
[connection.flows.zomentum_companies]
"""
KEY = FlowKey("acme", "eautomate_customers")


class Desk:
    """A cloud that runs, and the command line beside it."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        self.store = connected.store()

    def __call__(self, *words: str) -> str:
        """What a command prints; its complaint is raised."""
        done = CliRunner().invoke(app, list(words), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return str(done.stdout)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def refused(self, *words: str) -> str:
        with pytest.raises(Failed) as failed:
            CliRunner().invoke(app, list(words), catch_exceptions=False)
        return str(failed.value)

    def work(self) -> None:
        self.connected.cloud.run_until_quiet(patience=timedelta(seconds=5))

    def sync(self) -> None:
        asked.sync(self.connected, {"flow": KEY.flow, "connection": None, "mode": "comprehensive"}, lambda _: None)


def opened(tmp_path: Path, patch: pytest.MonkeyPatch, config: str) -> Iterator[Desk]:
    patch.setenv(control.FOLDER, str(tmp_path / "local"))
    patch.setenv("LOGNAME", "kim")
    file = tmp_path / "config.toml"
    file.write_text(config)
    with Cloud() as cloud:
        connected = connect(cloud, configs.load(file, {}, configs.Known.of_functions()))
        invoke = functools.partial(asked.invoke, connected)
        served = control.Control({"status": lambda _request, _tell: {}, "invoke": invoke})
        cloud.at_stop(served.stop)
        control.Up(1, cloud.serve(), served.start(), served.token, cloud.table).write()
        yield Desk(connected)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for desk in opened(tmp_path, monkeypatch, CONFIG.format(preview="false")):
        desk.sync()
        yield desk


@pytest.fixture
def previewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for desk in opened(tmp_path, monkeypatch, CONFIG.format(preview="true")):
        desk.sync()
        yield desk


@pytest.fixture
def two_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    yield from opened(tmp_path, monkeypatch, TWO_WAY)


def test_why_tells_of_a_linked_customer_by_number_and_by_company(desk: Desk) -> None:
    link = next(link for link in desk.store.links.all_links(KEY) if link.kind == "customer-company")
    number = link.partner_name.split()[1]
    (answer,) = desk.json("why", number)
    assert answer["status"] == "in step"
    assert answer["record"] == str(link.ref("partner"))
    text = desk("why", str(link.ref("cw")))
    assert link.partner_name in text
    assert "last written" in text
    assert "it was looked for by id, number and name among the links" in desk.refused("why", "no such thing")


def test_cancel_unlink_relink_and_their_history(desk: Desk) -> None:
    first, second = [link for link in desk.store.links.all_links(KEY) if link.kind == "customer-company"][:2]
    customer = str(first.ref("partner"))
    assert "linked to" in desk.refused("relink", customer, second.cw_id)
    desk("cancel", customer, "--reason", "a trial")
    desk.work()
    assert desk.json("why", customer)[0]["status"] == "cancelled"
    assert "Uncancel it first" in desk.refused("relink", customer, "99999")
    desk("uncancel", customer, "--by", "sam")
    desk.work()
    assert desk.json("why", customer)[0]["status"] == "in step"
    desk("unlink", customer)
    desk("relink", customer, first.cw_id)
    desk.work()
    assert desk.json("why", customer)[0]["linked"]["how"] == "kim linked them."
    said = [(entry["by"], entry["what"]) for entry in json.loads(desk("history", customer, "--json"))]
    wanted = [("kim", "Cancelled: a trial"), ("sam", "Uncancelled."), ("kim", "Unlinked."), ("kim", "Linked.")]
    assert [one for one in said if one in wanted] == wanted


def test_a_record_is_not_linked_to_an_id_that_nobody_has(two_way: Desk) -> None:
    psa, zomentum = (two_way.connected.simulators["acme", name] for name in ("connectwise_psa", "zomentum"))
    assert isinstance(psa, PsaSimulator)
    assert isinstance(zomentum, ZomentumSimulator)
    company = psa.records("company/companies")[-1]["id"]
    there = zomentum.records("client/companies")[0]["id"]
    assert "crosswise why" in two_way.refused("relink", f"cw#company-company#{company}", "nobody")
    assert "there is no cw#company-company#99999" in two_way.refused(
        "relink", f"partner#company-company#{there}", "99999"
    )
    assert list(two_way.store.links.all_links(FlowKey("acme", "zomentum_companies"))) == []
    assert "are linked" in two_way("relink", f"cw#company-company#{company}", str(there))


def test_pause_and_resume(desk: Desk) -> None:
    assert "is paused" in desk("pause", "acme", "--reason", "We move house.")
    assert desk.store.flows.state(KEY).paused_by == "kim"
    assert "goes on" in desk("resume", "acme", "eautomate_customers")
    assert "nothing of it was paused" in desk("resume", "acme")
    assert "there is no connection 'acne'; there is acme" in desk.refused("pause", "acne", "--reason", "x")


def test_mute_and_retry(desk: Desk) -> None:
    ref = Ref("function", "cw", "crosswise-Clock")
    issue = Issue("FUNCTION_FAILED", ref, Name("function crosswise-Clock"), "It failed.", "Mend it.", "system")
    key = FlowKey(NOWHERE, "crosswise-Clock")
    desk.store.issues.keep(OpenIssue(key, ref, issue, first_seen=desk.connected.cloud.clock.now()))
    assert "FUNCTION_FAILED" in desk("issues")
    desk("mute", str(ref))
    assert desk.store.issues.of_connection(NOWHERE)[0].muted == "kim"
    desk("unmute", str(ref))
    assert "nothing to be tried again" in desk("retry", str(ref))
    assert desk.store.issues.of_connection(NOWHERE) == []
    link = next(iter(desk.store.links.all_links(KEY)))
    assert "has no open issue NONE" in desk.refused("retry", str(link.ref("cw")), "--code", "NONE")


def test_preview_shows_what_would_be_written_and_approve_and_reject_settle_it(previewed: Desk) -> None:
    shown = previewed.json("preview", KEY.flow)
    assert any(count[:3] == ["connectwise_psa", "company", "create"] for count in shown["counts"])
    assert all(record["reason"] and record["fingerprint"] for record in shown["records"])
    created = [one for one in shown["records"] if any(step["verb"] == "create" for step in one["steps"])]
    named = {change["field"]: change for change in created[0]["steps"][0]["fields"]}
    assert named["name"]["before"] is None
    assert named["name"]["after"]
    text = previewed("preview", KEY.flow)
    assert f"{len(shown['records'])} records" in text
    assert created[0]["name"] in text
    psa = previewed.connected.simulators["acme", "connectwise_psa"]
    assert not [request for request in psa.requests if request.startswith(("POST", "PATCH"))]
    first, second = created[0]["record"], created[1]["record"]
    assert "no proposal is of a record 'nobody'" in previewed.refused("approve", KEY.flow, first, "nobody")
    assert "1 record approved" in previewed("approve", KEY.flow, first)
    assert "1 record rejected" in previewed("reject", KEY.flow, second, "--reason", "a test customer")
    previewed.work()
    assert previewed.json("why", first)[0]["status"] == "in step"
    assert previewed.json("why", second)[0]["because"] == "kim rejected it: a test customer."
    assert "name records, or give --all" in previewed.refused("approve", KEY.flow)
    previewed("approve", KEY.flow, "--all")
    previewed.work()
    assert [one["verdict"] for one in previewed.json("preview", KEY.flow)["records"] if one["record"] == second] == [
        "rejected"
    ]
