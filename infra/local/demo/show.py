"""Runs the demo and prints it: a table of runs, the issues with what to do, where the mail is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from infra.local.cloud import Cloud, Tally
from infra.local.cloud.connections import Connected, connect
from infra.local.config import Known, check
from infra.local.demo.stage import COMPANIES, CUSTOMERS, EDITS, Stage
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.sync.issue import OpenIssue

FLOW = "eautomate_customers"
ENDS = ("applied", "in_step", "skipped", "issue")
COLUMNS = {
    "scanned": "records read by the scan",
    "queued": "of them worth a look",
    "applied": "applied",
    "in_step": "already in step",
    "skipped": "skipped, with a reason",
    "issue": "issues",
}
SHOWN = 3
"""Issues of one cause that are printed; the rest are counted."""

CONFIG = {
    "connection": [
        {
            "id": "demo",
            "name": "Demo Dealer",
            "time_zone": "America/New_York",
            "mail": {"recipients": ["service-desk@example.com"], "hours": list(range(24))},
            "flows": {FLOW: {"create_missing": True}},
        }
    ]
}


@dataclass(frozen=True)
class Round:
    """One run: what it was, what it did, how long it took in seconds."""

    title: str
    tally: Tally
    seconds: float
    errors: list[str]


def demo(console: Console, mail: Path) -> int:
    """The whole demo; 0 if everything came out as it must."""
    began = time.monotonic()
    with Cloud() as cloud:
        console.print(
            f"Simulators start: ConnectWise with {COMPANIES} companies, e-automate with {CUSTOMERS} customers."
        )
        sizes = {"connectwise_psa": {"companies": COMPANIES}, "eautomate": {"customers": CUSTOMERS}}
        connected = connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sizes))
        stage = _stage(connected)
        rounds = [
            _round(console, connected, "First sync", stage.set),
            _round(console, connected, f"{EDITS} edits", lambda: stage.edit(random.Random(7))),
            _round(console, connected, "No change", lambda: None),
        ]
        console.print(_table(rounds))
        issues = connected.store().issues.of_connection("demo")
        console.print(_issues(issues))
        sent = cloud.invoke("ErrorDigest", {})
        for path in cloud.save_mail(mail):
            console.print(f"Mail: {path}", markup=False, highlight=False)
    console.print(f"{time.monotonic() - began:.0f} seconds in all.")
    quiet = rounds[-1].tally.counts()
    if sent.failed or any(one.errors for one in rounds) or quiet["queued"] or quiet["applied"]:
        console.print("Something did not come out as it must: see above.", style="bold red")
        return 1
    return 0


def _stage(connected: Connected) -> Stage:
    psa = connected.simulators["demo", "connectwise_psa"]
    eautomate = connected.simulators["demo", "eautomate"]
    assert isinstance(psa, PsaSimulator)
    assert isinstance(eautomate, EautomateSimulator)
    return Stage(psa, eautomate)


def _round(console: Console, connected: Connected, title: str, prepare: Callable[[], None]) -> Round:
    """Makes the flow due and lets two minutes pass: the scan, its changes, and what waited for them."""
    prepare()
    cloud = connected.cloud
    before, began = cloud.tally(), time.monotonic()
    with console.status(f"{title} ..."):
        connected.make_due()
        report = cloud.wait(minutes=2)
    found = Round(
        title, cloud.tally() - before, time.monotonic() - began, [f"{h.function}: {h.error}" for h in report.errors]
    )
    console.print(
        f"{title}: {sum(found.tally.counts()[o] for o in ENDS)} changes brought to their end in {found.seconds:.1f} s"
    )
    for error in found.errors:
        console.print(error, style="red", markup=False)
    return found


def _table(rounds: list[Round]) -> Table:
    table = Table(title="What each run did, and what it cost", title_justify="left")
    table.add_column("")
    for one in rounds:
        table.add_column(one.title, justify="right")
    counts = [one.tally.counts() for one in rounds]
    for outcome, words in COLUMNS.items():
        table.add_row(words, *(str(count[outcome]) for count in counts), end_section=outcome in ("queued", ENDS[-1]))
    systems = sorted({system for one in rounds for system in one.tally.requests_by_system()})
    for system in systems:
        table.add_row(f"requests to {system}", *(str(one.tally.requests_by_system()[system]) for one in rounds))
    table.add_row("seconds", *(f"{one.seconds:.1f}" for one in rounds))
    return table


def _issues(issues: Sequence[OpenIssue]) -> Group:
    """The open issues by cause: what to do once, then the first few records."""
    by_cause: dict[str, list[OpenIssue]] = {}
    for open_ in sorted(issues, key=lambda one: (one.issue.code, one.issue.name.text)):
        by_cause.setdefault(open_.issue.code, []).append(open_)
    parts: list[RenderableType] = [Text(f"\n{len(issues)} open issues", style="bold")]
    for code, rows in by_cause.items():
        parts.append(Text(f"\n{code} ({len(rows)})", style="bold yellow"))
        parts.append(_indented(Text(f"What to do: {rows[0].issue.fix}", style="green")))
        parts += [_indented(Text(row.issue.message)) for row in rows[:SHOWN]]
        if len(rows) > SHOWN:
            parts.append(_indented(Text(f"and {len(rows) - SHOWN} more")))
    return Group(*parts, Text())


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))
