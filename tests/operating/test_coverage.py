"""The report of coverage (PC-02), and the command that shows it, beside a local cloud that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from functions.pcrt_coverage.report import SECTIONS, Change, Settled, report
from functions.pcrt_coverage.situations import CLIENT
from infra.local.cli import app
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.history import Entry
from shared.sync.issue import Issue, OpenIssue
from shared.sync.link import Link, Seen, State
from shared.sync.ports import FlowState
from shared.sync.record import FlowKey, Name, Ref
from tests.preflight.test_documents import ROOT, codes

pytestmark = pytest.mark.rule("PC-02")

KEY = FlowKey("acme", "pcrt_coverage")
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(hours=24)
FIX = "Search PCRT as the issue says."
STATES: tuple[State, ...] = (
    Link(CLIENT, "1", "301", cw_name="Alder Dental"),
    Seen(Ref(CLIENT, "cw", "2"), "hash", "rules", "waiting", "It has no External ID."),
    Seen(Ref(CLIENT, "cw", "3"), "hash", "rules", "skipped", "The filter leaves it out."),
    Seen(Ref(CLIENT, "partner", "9"), "hash", "rules", "skipped", "No client names it."),
)


def issue(number: int, code: str = "NO_MATCHING_PCID", fix: str = FIX, *, since: datetime = YESTERDAY) -> OpenIssue:
    name = Name(f"computer WS-{number} of Alder Dental", f"https://automate.example/{number}")
    told = Issue(code, Ref("computer", "cw", f"{number}"), name, f"Computer WS-{number} is not covered.", fix)
    return OpenIssue(KEY, Ref(CLIENT, "cw", "1"), told, since)


def rewritten(at: datetime, before: tuple[int, ...], after: tuple[int, ...], by: str = "sync") -> Entry:
    what = "Updated subscription 17 in PCRT. 2 computers are in BizCare Plus."
    record = Ref("subscription", "partner", "17")
    return Entry(KEY, record, f"{at:%Y%m%dT%H%M%S}", at, by, what, {"members": before}, {"members": after})


def test_it_says_what_was_synced_what_changed_and_what_to_settle() -> None:
    issues = [
        issue(2),
        issue(1, fix=f"Probably it is PCID 1001. {FIX}", since=NOW),
        issue(3, "REFUSED", "Correct it."),
        OpenIssue(FlowKey("acme", "other"), Ref("x", "cw", "1"), issue(4).issue, NOW),
    ]
    unlinked = Entry(KEY, Ref(CLIENT, "cw", "1"), "0", NOW, "sync", "Linked. Its External ID says so.")
    settled = Entry(
        KEY, Ref("computer", "cw", "9"), "1", NOW, "sync", "Settled: Computer WS-9 is not covered.",
        before={"issue": "NO_CWA_GROUP"},
    )  # fmt: skip
    state = FlowState(KEY, last_delta=NOW, last_comprehensive=YESTERDAY, due=NOW + timedelta(days=1))
    found = report(
        state, STATES, issues, [], [rewritten(NOW, (1001, 1002), (1002, 1003)), unlinked, settled], YESTERDAY
    )
    assert (found.clients, found.waiting, found.asked, found.issues) == (1, 1, 0, 3)
    assert (found.last_run, found.next_run) == (NOW, NOW + timedelta(days=1))
    assert found.changes == (Change("17", (1003,), (1001,), NOW, "sync", "2 computers are in BizCare Plus."),)
    assert found.settled == (Settled("NO_CWA_GROUP", "cw#computer#9", "Computer WS-9 is not covered.", NOW),)
    first, last = found.sections
    assert (first.title, first.fix, len(first.rows)) == (
        "Computers with no matching PCID: no PCID has the serial number", FIX, 2,
    )  # fmt: skip
    assert [(row.name, row.fix) for row in first.rows] == [
        ("computer WS-1 of Alder Dental", "Probably it is PCID 1001."),
        ("computer WS-2 of Alder Dental", ""),
    ]
    assert (last.code, last.title) == ("REFUSED", "Refused")


def test_what_was_there_yesterday_is_not_new() -> None:
    old = issue(1, since=YESTERDAY - timedelta(hours=1))
    (section,) = report(FlowState(KEY), (), [old, issue(2, since=NOW)], [], (), YESTERDAY).sections
    assert ([row.new for row in section.rows], section.new) == ([False, True], 1)


def test_every_issue_of_the_flow_has_its_section() -> None:
    raised = {code for path in (ROOT / "functions" / "pcrt_coverage").glob("*.py") for code in codes(path)}
    raised = {code for code in raised if not code.startswith("PREFLIGHT_")}
    assert raised == {code for _, code, _ in SECTIONS}


@pytest.fixture
def table(served: Store) -> Store:
    served.flows.put_connection(Connection.model_validate({"id": "acme", "flows": {KEY.flow: {}}}))
    return served


def test_the_command_shows_it(table: Store) -> None:
    table.links.link(KEY, Link(CLIENT, "1", "301", cw_name="Alder Dental"))
    now = datetime.now(UTC)
    table.issues.keep(issue(1, since=now))
    table.journal.record([rewritten(now, (1001,), (1001, 1002))])
    run = CliRunner()
    told = run.invoke(app, ["coverage"], catch_exceptions=False).stdout
    for line in (
        "acme: clients linked 1, without a group of their own 0",
        "  lists rewritten since",
        "    subscription 17: added 1002. 2 computers are in BizCare Plus. (sync",
        "Computers with no matching PCID: no PCID has the serial number (1, 1 new)",
        f"  What to do: {FIX}",
        "  * new Computer WS-1 is not covered.",
        "    https://automate.example/1",
    ):
        assert line in told
    (one,) = json.loads(run.invoke(app, ["coverage", "--json"], catch_exceptions=False).stdout)
    assert one["sections"][0]["rows"][0]["record"] == "cw#computer#1"


@pytest.mark.rule("PC-05")
def test_a_person_asks_for_a_look_at_one_client(table: Store) -> None:
    table.links.link(KEY, Link(CLIENT, "1", "301", cw_name="Alder Dental"))
    said = CliRunner().invoke(app, ["look", "Alder Dental", "--by", "kim"], catch_exceptions=False).stdout
    assert "Alder Dental (cw#client-group#1) is looked at now" in said
    (entry,) = table.journal.of_record(KEY, Ref(CLIENT, "cw", "1"))
    assert (entry.by, entry.what) == ("kim", "Asked for a look.")
