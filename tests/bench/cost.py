"""Writes infra/docs/cost.md from what is measured: `python -m tests.bench.cost`. A test holds the two equal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shared.sync.names import title
from tests.bench import prices
from tests.bench.costs import Costs, costs_of
from tests.bench.meter import MAILS, READ, RECEIVED, REQUESTS, RUN, SENT, WRITTEN, Cost
from tests.faults.scenarios import SCENARIOS

PATH = Path(__file__).parents[2] / "infra" / "docs" / "cost.md"

COLUMNS = {
    READ: "Read request units of the table: 4 KB read consistently are one, 4 KB of an index half of one.",
    WRITTEN: "Write request units of the table and its indexes: 1 KB is one, in a transaction two.",
    SENT: "Messages put into the flow's queue.",
    RECEIVED: "Messages that the flow's function got from it, up to ten at a time.",
    RUN: "Runs of the flow's function; the clock runs every minute anyway.",
}
"""What is counted beside requests, with its sentence."""

ROWS = {
    "nothing": "a run that finds nothing changed",
    "unchanged": "+ each record in step",
    "changed": "**one changed record**",
    "changed_too": "+ each further one",
    "new": "**one new record**",
    "new_too": "+ each further one",
    "everything": "a comprehensive run that finds nothing",
    "compared": "+ each record in step",
    "waiting": "a day beside runs, each record in step",
}
"""What is told of a flow, by its name in `Costs`."""

_HEAD = """\
# What being up to date costs

Written by `python -m tests.bench.cost`, which runs each flow of the fault harness on the local cloud without a record,
with one and with two, and takes the differences; a test measures again and compares. A number that changed is a change
of what people pay: look why before you write it anew.

Of each flow is told what a run costs, what the records that are there add to it, and what comes on top when a record
was changed or is new. To a change belongs what the next run sees of it, and what the other side finishes meanwhile;
each further one comes in the same batch, of ten at most. Where a flow's scope is a set, a record is a small one.

**In a run a record in step costs no request, no message and no write**; where it is compared, it is read from the
table. What the other side is to finish in its own time (a contract that is to be billed) is looked at every few hours
until it is, which the row of a day tells. Each further page of a source is one request more; most have 1,000 records.

The columns:

"""

_MONEY = """\

## In money

An example, by list prices of {region} of **{as_of}**. Prices change: look them up before you rely on a sum. No free
tier is taken off. The dealer has 10,000 customers, one connection, the flows' default cadence, and this much to do a
month. Each change comes by itself, what is looked at by the day is so all month, each metric is told every hour: that
costs most. *Assumed*: a function runs {request} seconds for each outside request, {invocation} beside, and {record} for
each record that it compares; a run logs {logged:,} bytes.

"""

_STANDING = """\

Beside that, the stack stands there, whether there is work or not. That Lambda asks each queue while nothing is in it,
five at a time for 20 seconds each, is *assumed*.

"""

_PRICES = """\

No record sends a mail by itself; issues go out together, at the hours of the digest. What the table keeps of a record
comes to some 0.5 KB, and 1 KB for each entry of its history with its index, for 400 days: for 10,000 customers some
$0.03 a month with its backup. Posts from ConnectWise, a KMS key of your own and private subnets come on top.

The prices:

"""


def document(every: Sequence[Costs]) -> str:
    """The whole of cost.md."""
    return assembled([flow_section(costs) for costs in every], [money_row(costs) for costs in every])


def assembled(sections: Sequence[str], rows: Sequence[str]) -> str:
    """The document around what was measured: `flow_section` and `money_row` of each flow."""
    return "".join((_HEAD, *_meanings(), *sections, *_money(rows)))


def _meanings() -> Iterator[str]:
    yield "- *to ConnectWise* and the like: requests to that system, those that only read as well.\n"
    for name, meaning in COLUMNS.items():
        yield f"- *{name}*: {meaning}\n"


def flow_section(costs: Costs) -> str:
    """What one flow costs, as its part of the document."""
    head = ["", *(f"to {title(system)}" for system in costs.systems), *COLUMNS]
    lines = [[what, *_cells(costs, getattr(costs, name))] for name, what in ROWS.items()]
    return f"\n## {costs.flow}\n\n{_table(head, lines)}"


def _cells(costs: Costs, cost: Cost) -> Iterator[str]:
    if cost.get(MAILS):
        raise ValueError(f"{costs.flow} sends mail for a record, which no column tells")
    for name in (*(f"{REQUESTS}{system}" for system in costs.systems), *COLUMNS):
        yield f"{cost.get(name, 0):g}"


def money_row(costs: Costs) -> str:
    """What one flow comes to in a month, as its row of that table."""
    one = prices.month(costs)
    numbers = (one.traffic.records, one.traffic.new, one.traffic.changed, one.runs)
    sums = (one.dollars(*names) for names in prices.GROUPS.values())
    return _row([costs.flow, *(f"{n:,}" for n in numbers), *(f"{each:.2f}" for each in sums), f"{one.dollars():.2f}"])


def _money(rows: Sequence[str]) -> Iterator[str]:
    yield _MONEY.format(
        region=prices.REGION,
        as_of=prices.AS_OF,
        request=prices.A_REQUEST,
        invocation=prices.AN_INVOCATION,
        record=prices.A_RECORD,
        logged=prices.LOGGED,
    )
    head = ["flow", "records", "new", "changed", "runs", *(f"{group}, $" for group in prices.GROUPS), "a month, $"]
    total = sum(float(row.split("|")[-2]) for row in rows)
    yield _table(head, [])
    yield from rows
    yield _row(["all of them", *[""] * (len(head) - 2), f"**{total:.2f}**"])
    yield _STANDING
    there = [(one, prices.dollars(one.price, one.number)) for one in prices.standing()]
    lines = [[one.what, f"{one.number:,.0f}", f"{each:.2f}"] for one, each in there]
    yield _table(["what", "how many", "a month, $"], [*lines, ["all of it", "", f"**{sum(e for _, e in there):.2f}**"]])
    yield _PRICES
    listed = [[name, f"{each:g}", f"{so_many:,}"] for name, (each, so_many) in prices.PRICES.items()]
    yield _table(["what", "$", "for so many"], listed)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(map(_row, (head, ["---", *["---:"] * (len(head) - 1)], *rows)))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def main() -> int:
    PATH.write_text(document([costs_of(scenario) for scenario in SCENARIOS]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
