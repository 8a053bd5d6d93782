"""The command `orders`: sales orders that went in, that were reached and not inserted, that were not picked up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from functions.eautomate_sales_orders.order_list import STAGES, order_list
from infra.local.cli.flows import flows_meant
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import WRONG_USE, Failed, say, say_json, say_table
from infra.local.cli.showing import AsJson, ConnectionId
from shared.partners.eautomate import SALES_ORDERS

OnlyStage = Annotated[str | None, typer.Option("--stage", metavar="STAGE", help=f"Only: {', '.join(STAGES)}.")]


def orders(
    connection: ConnectionId = None, stage: OnlyStage = None, json: AsJson = False, stack: OnStack = None
) -> None:
    """Show which sales orders went in, which were reached and not inserted, and which were not picked up, and why."""
    if stage is not None and stage not in STAGES:
        raise Failed(f"there is no stage {stage!r}; there is {', '.join(STAGES)}", WRONG_USE)
    store = open_place(stack).store
    found = [
        (key.connection, row)
        for key in flows_meant(store.flows.connections(), connection, SALES_ORDERS)
        for row in order_list(store.links.everything(key), store.issues.of_connection(key.connection))
        if stage in (None, row.stage)
    ]
    if json:
        say_json([{"connection": name, **asdict(row)} for name, row in found])
        return
    say_table(
        ("connection", "stage", "order", "in e-automate", "since", "why"),
        [(name, row.stage, row.order, row.made, row.since, row.reason) for name, row in found],
    )
    say(f"{len(found)} orders")
