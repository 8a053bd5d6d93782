"""The list of sales orders (EA-55), and the command that shows it, beside a local cloud that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from functions.eautomate_sales_orders.order_list import Listed, order_list
from functions.eautomate_sales_orders.situations import ORDER, order_ref
from infra.local.cli import app
from infra.local.cli.screen import Failed
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.issue import Issue, OpenIssue
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.record import FlowKey, Name, Ref

pytestmark = pytest.mark.rule("EA-55")

KEY = FlowKey("acme", "eautomate_sales_orders")
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def seen(id_: str, state: str, reason: str, held: str = "") -> Seen:
    return Seen(order_ref(id_), "hash", "rules", state, reason, f"sales order {id_} of Acme", None, held)  # type: ignore[arg-type]


def issue(id_: str, message: str, *, blocks: bool = True) -> OpenIssue:
    ref = order_ref(id_)
    told = Issue("SOME", ref, Name(f"sales order {id_} of Acme"), message, "Mend it.", blocks=blocks)
    return OpenIssue(KEY, ref, told, AT)


STATES: tuple[State, ...] = (
    Link(ORDER, "1705", "9", cw_name="sales order 1705 of Acme", partner_name="e-automate order CW1705", linked_at=AT),
    seen("1702", "skipped", "Not picked up: its status is New."),
    seen("1701", "waiting", "Company Acme is not mapped."),
    Intent(order_ref("1706"), "token", AT, AT),
    seen("1704", "skipped", "", "Cancelled by kim: twice the same"),
    Seen(Ref(ORDER, "partner", "77"), "hash", "rules", "skipped", "It is no ConnectWise order's."),
)
ISSUES = (
    issue("1701", "Company Acme is not mapped yet."),
    issue("1705", "It has the error item.", blocks=False),
    issue("1703", "ConnectWise did not answer."),
)


def test_every_order_stands_in_its_stage_with_the_reason_and_what_must_be_settled_comes_first() -> None:
    assert order_list(STATES, ISSUES) == [
        Listed("reached, not inserted", "sales order 1701 of Acme", "1701", reason="Company Acme is not mapped yet."),
        Listed("reached, not inserted", "sales order 1703 of Acme", "1703", reason="ConnectWise did not answer."),
        Listed("being inserted", "sales order 1706", "1706"),
        Listed("not picked up", "sales order 1702 of Acme", "1702", reason="Not picked up: its status is New."),
        Listed("cancelled", "sales order 1704 of Acme", "1704", reason="Cancelled by kim: twice the same"),
        Listed(
            "inserted", "sales order 1705 of Acme", "1705", "e-automate order CW1705", "2026-11-02T09:00:00.000000Z",
            "It has the error item.",
        ),
    ]  # fmt: skip


@pytest.fixture
def table(served: Store) -> Store:
    settings = {"statuses": ["Ready"], "error_item": "ERR"}
    served.flows.put_connection(Connection.model_validate({"id": "acme", "flows": {KEY.flow: settings}}))
    return served


def test_the_command_shows_them_and_can_show_one_stage_only(table: Store) -> None:
    for state in (STATES[1], STATES[2]):
        assert isinstance(state, Seen)
        table.links.remember(KEY, state)
    table.issues.keep(ISSUES[0])
    run = CliRunner()
    lines = run.invoke(app, ["orders"], catch_exceptions=False).stdout.splitlines()
    assert lines == [
        "connection\tstage\torder\tin e-automate\tsince\twhy",
        "acme\treached, not inserted\tsales order 1701 of Acme\t\t\tCompany Acme is not mapped yet.",
        "acme\tnot picked up\tsales order 1702 of Acme\t\t\tNot picked up: its status is New.",
        "2 orders",
    ]
    (row,) = json.loads(run.invoke(app, ["orders", "--stage", "not picked up", "--json"]).stdout)
    assert (row["connection"], row["order_id"], row["stage"]) == ("acme", "1702", "not picked up")
    with pytest.raises(Failed, match="no stage 'lost'"):
        run.invoke(app, ["orders", "--stage", "lost"], catch_exceptions=False)
