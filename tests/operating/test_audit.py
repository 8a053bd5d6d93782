"""The command that shows the audit log of Zomentum's flows, beside a local cloud that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from infra.local.cli import app
from infra.local.cli.screen import Failed
from shared.aws.table import Store
from shared.sync.connection import Connection
from shared.sync.issue import Issue, OpenIssue
from shared.sync.link import Link
from shared.sync.record import FlowKey, Name, Ref

pytestmark = pytest.mark.rule("ZM-28", "ZM-29")

KEY = FlowKey("acme", "zomentum_companies")
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def table(served: Store) -> Store:
    systems = {
        "connectwise_psa": {"base_url": "https://api-na.example.com", "company": "acme"},
        "zomentum": {"base_url": "https://api.zomentum.example", "company": "acme"},
    }
    connection = {"id": "acme", "systems": systems, "flows": {KEY.flow: {}, "eautomate_customers": {}}}
    served.flows.put_connection(Connection.model_validate(connection))
    served.links.link(KEY, Link("company-company", "250", "a1", cw_name="company Acme", linked_at=AT))
    ref = Ref("company-company", "cw", "251")
    served.issues.keep(OpenIssue(KEY, ref, Issue("SOME", ref, Name("company Birch"), "Two are alike.", "Mend it."), AT))
    return served


def run(*args: str) -> str:
    result = CliRunner().invoke(app, ["audit", *args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_success_has_where_to_go_and_an_error_its_reason(table: Store) -> None:
    first, second = json.loads(run("--json"))
    assert first["in_zomentum"] == "https://app.zomentum.example/client/companies/a1"
    assert first["in_connectwise"] == first["client"]
    assert "https://na.example.com" in first["client"]
    assert (first["ok"], second["ok"], second["reason"]) == (True, False, "Two are alike.")
    said = run()
    assert "error: Two are alike." in said
    assert said.endswith("2 records\n")
    assert run("--failed", "--flow", KEY.flow).endswith("1 records\n")


def test_a_flow_without_a_log_is_refused(table: Store) -> None:
    with pytest.raises(Failed, match="there is no audit log of 'eautomate_customers'"):
        run("--flow", "eautomate_customers")
