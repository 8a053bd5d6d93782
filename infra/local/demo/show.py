"""Runs the demo and prints it: the customers, the month by flow, failures and repairs, the money, a shop's nights."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from infra.local.cloud import Cloud, LocalClock, Tally
from infra.local.cloud.connections import Connected, connect
from infra.local.config import Known, check
from infra.local.demo import matching, nights, projects, sales
from infra.local.demo.money import Sum
from infra.local.demo.playing import Case, Play, Synced
from infra.local.demo.settings import CONFIG, FIRST, HOUR, OTHERS, ZONE
from infra.local.demo.sizes import WHOLE, Sizes
from infra.local.demo.stage import Stage
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.partners.eautomate import money
from shared.sync.issue import OpenIssue

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

OTHER_COLUMNS = 72
"""What the table of failures needs beside the messages."""

SHORT = 70
"""To fewer characters no message is cut beside its code; where there is no room for so many, it stands below."""


NARROW = 28
"""To fewer characters no message is cut at all."""

AROUND = 30
"""What rule, minutes and lines take of the table's width; what happened and the repair have the rest."""


@dataclass(frozen=True)
class Round:
    """One run: what it was, what it did, how long it took in seconds."""

    title: str
    tally: Tally
    seconds: float
    errors: list[str]


def demo(console: Console, mail: Path, sizes: Sizes = WHOLE, *, today: date | None = None) -> int:
    """The whole demo; 0 if everything came out as it must. It plays `today`, which is the machine's day if None."""
    began = time.monotonic()
    with Cloud(clock=LocalClock(_morning(today))) as cloud:
        console.print(
            f"Simulators start: ConnectWise with {sizes.companies} companies, e-automate with {sizes.customers} "
            "customers."
        )
        sized = {"connectwise_psa": {"companies": sizes.companies}, "eautomate": {"customers": sizes.customers}}
        connected = connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized))
        wrong = [*_customers(console, connected, sizes), *_month(console, connected, sizes)]
        _save_mail(console, cloud, mail)
    wrong += nights.play(console, sizes, mail, today=today)
    wrong += sales.play(console, sizes, today=today)
    wrong += projects.play(console, sizes, today=today)
    wrong += matching.play(console, sizes, today=today)
    console.print(f"{time.monotonic() - began:.0f} seconds in all.")
    for each in wrong:
        console.print(f"Something did not come out as it must: {each}", style="bold red", markup=False)
    return 1 if wrong else 0


def _morning(today: date | None) -> datetime:
    """Shortly after nine o'clock, where the dealer is."""
    zone = ZoneInfo(ZONE)
    return datetime.combine(today or datetime.now(zone).date(), time_of_day(HOUR, 5), zone)


# Customers


def _customers(console: Console, connected: Connected, sizes: Sizes) -> list[str]:
    """Customers become companies; what did not come out as it must."""
    stage = _stage(connected, sizes)
    rounds = [
        _round(console, connected, "First sync", stage.set),
        _round(console, connected, f"{sizes.edits} edits", lambda: stage.edit(random.Random(7))),
        _round(console, connected, "No change", lambda: None),
    ]
    console.print(_table(rounds))
    console.print(_issues(connected.store().issues.of_connection("demo")))
    quiet = rounds[-1].tally.counts()
    wrong = [error for one in rounds for error in one.errors]
    return [*wrong, *(["a run without changes found some"] if quiet["queued"] or quiet["applied"] else [])]


def _stage(connected: Connected, sizes: Sizes) -> Stage:
    psa = connected.simulators["demo", "connectwise_psa"]
    eautomate = connected.simulators["demo", "eautomate"]
    assert isinstance(psa, PsaSimulator)
    assert isinstance(eautomate, EautomateSimulator)
    return Stage(psa, eautomate, sizes)


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


# The month


def _month(console: Console, connected: Connected, sizes: Sizes) -> list[str]:
    """A month of all flows, with its failures and their repairs; what did not come out as it must."""
    play = Play(connected, sizes)
    console.print(
        f"The other six flows come into use. A month: {sizes.agreements} agreements invoiced, {sizes.tickets} tickets "
        f"closed, {sizes.calls} calls to move, {sizes.projects} projects, {sizes.orders} orders; and what goes wrong."
    )
    play.begin()
    with console.status("The month ...") as status:
        for flow in (*FIRST, *OTHERS):
            status.update(f"{flow} ...")
            play.sync(flow)
        play.look()
        sent = connected.cloud.invoke("ErrorDigest", {})
        console.print(_flows(play.synced))
        status.update("Repairs, one after the other ...")
        play.repair()
        status.update("The month ends: contracts are billed, records are changed that were synced ...")
        play.month_ends()
        play.look()
        play.repair()
    console.print(failures_table(play.cases, console.width))
    sums = play.money()
    console.print(_money(sums))
    wrong = [*play.errors, *(["the digests were not sent"] if sent.failed else [])]
    wrong += [
        f"{case.failure.flow} {case.failure.code or case.failure.told}: {case.problem}"
        for case in play.cases
        if case.problem
    ]
    wrong += [f"{one.flow.flow} {one.issue.code} is open: {one.issue.message}" for one in play.left_over()]
    return wrong + [f"the money of {one.what} differs" for one in sums if not one.agrees]


def _flows(synced: Iterable[Synced]) -> Table:
    title = "What each flow did in the month, and what it cost: requests to ConnectWise + to e-automate"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("eautomate_", no_wrap=True)
    for heading in ("applied", "in step", "skipped", "issues", "requests", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in synced:
        counts, requests = one.tally.counts(one.flow), one.tally.requests_by_system()
        asked = f"{requests['connectwise_psa']} + {requests['eautomate']}"
        ends = (str(counts[end]) for end in ENDS)
        table.add_row(one.flow.removeprefix("eautomate_"), *ends, asked, f"{one.seconds:.1f}")
    return table


def failures_table(cases: Sequence[Case], width: int) -> Table:
    """A line for each, flow by flow, two where the screen is narrow; messages are cut to them."""
    is_wide = width - OTHER_COLUMNS >= SHORT
    between = "  " if is_wide else "\n"
    room = width - OTHER_COLUMNS if is_wide else max(width - 62, NARROW)
    table = Table(
        title="What went wrong, and how it was settled (`make rules` tells the rules)",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    table.add_column("rule", min_width=5)
    table.add_column("what happened", min_width=room)
    table.add_column("a person ...", max_width=width - AROUND - room)
    table.add_column("synced", min_width=12)
    for flow in (*FIRST, *OTHERS):
        table.add_row("", Text(flow, style="bold"))
        for case in [case for case in cases if case.failure.flow == flow]:
            failure = case.failure
            well = {"cancelled": "never again", "by hand": "by hand"}.get(failure.ends, f"after {case.minutes} min")
            after = Text("no" if case.problem else well, style="red" if case.problem else "green")
            told, code = Text(case.message), failure.code or "left alone"
            told.truncate(room - len(code) - len(between) if is_wide else room, overflow="ellipsis")
            table.add_row(failure.rule, Text.assemble((code, "yellow"), between, told), failure.fix, after)
    return table


def _money(sums: Iterable[Sum]) -> Table:
    title = "What ConnectWise bills, and what e-automate was given"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("", "records", "ConnectWise", "e-automate", "difference", "hours", "hours given"):
        table.add_column(heading, justify="right" if heading else "left")
    for one in sums:
        hours = [money(one.hours_said), money(one.hours_given)] if one.hours_said else ["", ""]
        row = [one.what, str(one.records), money(one.said), money(one.given), money(one.said - one.given), *hours]
        table.add_row(*row)
    return table


# Mail


def _save_mail(console: Console, cloud: Cloud, folder: Path) -> None:
    """Both digests and a mail for every attempt to move a call, in place of those of an earlier demo."""
    for old in [*folder.glob("[0-9][0-9]*-*.eml"), *folder.glob("[0-9][0-9]*-*.html")]:
        old.unlink()
    paths = cloud.save_mail(folder)
    digests = [path for path in paths if "-ok-" not in path.name and "-fail-" not in path.name]
    for path in digests:
        console.print(f"Mail: {path}", markup=False, highlight=False)
    console.print(f"And {(len(paths) - len(digests)) // 2} mails of attempts to move a call, OK or FAIL, in {folder}.")
