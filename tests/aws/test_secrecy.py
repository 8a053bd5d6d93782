"""Nothing secret is ever in the table, and boto3 in no other package."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.aws.clients import Clients
from shared.aws.secrets import Secrets
from shared.aws.table import Store
from shared.sync.clock import SystemClock
from shared.sync.connection import Connection, SystemSettings
from shared.sync.history import Entry
from shared.sync.issue import Awaited, Issue, OpenIssue
from shared.sync.link import Intent, Link, Seen
from shared.sync.ports import Run
from shared.sync.record import FlowKey, Name, Ref

ROOT = Path(__file__).parents[2]
KEY = FlowKey("acme", "eautomate_customers")
KNOWN = {
    "agreed", "after", "at", "attempts", "before", "by", "config", "conflict", "counts", "cursor", "cw_hash", "cw_id",
    "cw_name", "due_at", "due_pk", "expires", "first_seen", "flow", "hash", "holder", "how", "issue", "kind",
    "last_comprehensive", "last_delta", "last_mailed", "linked_at", "log_pk", "log_sk", "name", "occasion",
    "partner_hash", "partner_id", "partner_name", "paused", "pk", "reason", "record", "revision", "rules", "run",
    "scope", "sk", "state", "times_mailed", "token", "type", "until", "waiting", "what",
}  # fmt: skip
"""Every attribute that an item may have. `token` names a try to create, and opens nothing."""


def test_no_item_holds_keys(store: Store, clients: Clients, items: Callable[[], list[Any]], now: datetime) -> None:
    clients.secretsmanager.create_secret(
        Name="crosswise/eautomate/acme", SecretString=json.dumps({"user": "demo", "password": "hunter2"})
    )
    assert Secrets(clients.secretsmanager, SystemClock()).keys("eautomate", "acme")()["password"] == "hunter2"
    cw, partner = Ref("k", "cw", "1"), Ref("k", "partner", "A")
    entry = Entry(KEY, partner, "e1", now, "sync", "Linked.", {}, {"name": "Acme"}, "run1")
    settings = SystemSettings(base_url="https://e.example", company="1")
    store.flows.put_connection(Connection(id="acme", systems={"eautomate": settings}))
    store.flows.claim(KEY, Run("r", "delta", now, now + timedelta(minutes=1)), now)
    store.links.link(KEY, Link("k", "1", "A", linked_at=now, agreed={"name": "Acme"}), entry=entry)
    store.links.intend(KEY, Intent(Ref("k", "cw", "2"), "t", now, now))
    store.links.remember(KEY, Seen(Ref("k", "cw", "3"), "h", "r", "waiting", "Waits."))
    issue = Issue("X", cw, Name("Acme"), "It waits.", "Link it.", waits_on=(Awaited(KEY.flow, partner),))
    store.issues.keep(OpenIssue(KEY, cw, issue, now, due=now))
    store.leases.acquire("l", "me", now, now)
    store.leases.slow_down("e.example#1", now)
    found = items()
    assert {item["type"]["S"] for item in found} == {
        "connection", "flow", "history", "intent", "issue", "lease", "link", "listed", "pace", "pointer", "seen",
        "waiter",
    }  # fmt: skip
    assert {name for item in found for name in item} <= KNOWN
    assert "hunter2" not in json.dumps(found)


def test_boto3_is_imported_in_one_package_only() -> None:
    importing = {
        path.relative_to(ROOT).parent.as_posix()
        for folder in ("functions", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imported(node)
        if name.split(".")[0] in ("boto3", "botocore")
    }
    assert importing == {"shared/aws"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
