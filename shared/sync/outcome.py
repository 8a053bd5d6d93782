"""What is kept after a look: issues opened, kept and closed, waiters woken, records remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.sync.flow import Flow, Situation
from shared.sync.issue import Issue, OpenIssue, delay
from shared.sync.link import Link, Pair, Seen
from shared.sync.plan import Plan
from shared.sync.ports import Store
from shared.sync.record import SIDES, FlowKey, Ref, fields_hash


def keep_issues(store: Store, key: FlowKey, scope: Ref, issues: Sequence[Issue], now: datetime) -> Sequence[OpenIssue]:
    """Makes the table's open issues of this scope exactly these; those that stay keep their age and their count.

    Returns those that are settled.
    """
    before = {(o.issue.record, o.issue.code): o for o in store.issues.of_scope(key, scope)}
    for issue in issues:
        known = before.pop((issue.record, issue.code), None)
        if known is None:
            _keep(store, OpenIssue(key, scope, issue, first_seen=now, due=now + delay(0)), now)
        elif known.due is None or known.due <= now:
            _keep(store, known.tried_again(issue, now), now)
        elif known.issue != issue:
            _keep(store, replace(known, issue=issue), now)
    for gone in before.values():
        store.issues.close(gone)
    return list(before.values())


def _keep(store: Store, issue: OpenIssue, now: datetime) -> None:
    """Writes the issue with its waiters, then looks whether what it waits on came to be linked meanwhile."""
    store.issues.keep(issue)
    for awaited in issue.issue.waits_on:
        flow = FlowKey(issue.flow.connection, awaited.flow)
        if isinstance(store.links.find(flow, [awaited.ref]).get(awaited.ref), Link):
            store.issues.make_due(issue, now)


def wake_waiters(store: Store, key: FlowKey, link: Link, now: datetime) -> None:
    """Makes every issue due that waits on this new link, from either side."""
    for issue in store.issues.waiting_on(key, [link.ref(side) for side in SIDES]):
        store.issues.make_due(issue, now)


def remember(
    store: Store, flow: Flow[Situation], pairs: Sequence[Pair], plan: Plan, troubles: Mapping[Ref, str]
) -> None:
    """Keeps half a link for each of these unlinked pairs, so that an unchanged record costs nothing next time.

    `troubles` say why a record of the scope is not in step; the plan's own reason holds for its home and the others.
    """
    waiting = plan.outcome == "issue"
    for pair in pairs:
        seen = Seen(
            pair.home,
            fields_hash(pair.fields(pair.home.side)),
            flow.rules,
            "waiting" if waiting else "skipped",
            plan.reason if pair.home == plan.home else troubles.get(pair.home, plan.reason),
            _name(pair) or plan.name.text,
            plan.home,
            pair.held,
            pair.parted,
        )
        if pair.state != seen:
            store.links.remember(flow.key, seen)


def _name(pair: Pair) -> str:
    return pair.cw_name if pair.home.side == "cw" else pair.partner_name


def raise_issue(
    store: Store, key: FlowKey, scope: Ref, issue: Issue, now: datetime, *, due: datetime | None = None
) -> None:
    """Opens one issue, or counts another try of it, and leaves the scope's others as they are."""
    for known in store.issues.of_scope(key, scope):
        if (known.issue.record, known.issue.code) == (issue.record, issue.code):
            again = known.tried_again(issue, now)
            break
    else:
        again = OpenIssue(key, scope, issue, first_seen=now, due=now + delay(0))
    _keep(store, replace(again, due=max(due, again.due)) if due and again.due else again, now)
