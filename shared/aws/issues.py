"""Open issues in the table, and under each record that one of them waits for, a waiter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pydantic import TypeAdapter

from shared.aws.dynamo import Delete, Key, Put, Table, Update
from shared.aws.items import Item
from shared.sync.clock import moment
from shared.sync.errors import Conflict
from shared.sync.issue import Awaited, Issue, OpenIssue
from shared.sync.record import FlowKey, Ref, quote

_ISSUE: TypeAdapter[Issue] = TypeAdapter(Issue)
_KEPT = (
    "SET #type = :type, #flow = :flow, #scope = :scope, #issue = :issue, #attempts = :attempts, "
    # these may have been set by others since the issue was read
    "#first_seen = if_not_exists(#first_seen, :first_seen), #times_mailed = if_not_exists(#times_mailed, :times_mailed)"
)


class Issues:
    """`shared.sync.ports.Issues` on the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_scope(self, key: FlowKey, scope: Ref) -> Sequence[OpenIssue]:
        return list(self._starting(key.connection, f"issue#{key.flow}#{quote(str(scope))}#"))

    def of_connection(self, connection: str) -> Sequence[OpenIssue]:
        return list(self._starting(connection, "issue#"))

    def keep(self, issue: OpenIssue) -> None:
        """See the port. `first_seen`, the count of mails and who muted it stay as the table has them, if it has it."""
        self._table.write_each(Put(_waiter(issue, awaited)) for awaited in issue.issue.waits_on)
        values = {
            "type": "issue",
            "flow": issue.flow.flow,
            "scope": str(issue.scope),
            "issue": _ISSUE.dump_json(issue.issue).decode(),
            "attempts": issue.attempts,
            "first_seen": issue.first_seen,
            "times_mailed": issue.times_mailed,
        }
        change = _KEPT
        if issue.last_mailed:
            change += ", #last_mailed = if_not_exists(#last_mailed, :last_mailed)"
            values["last_mailed"] = issue.last_mailed
        if issue.due:
            change += ", #due_pk = :due, #due_at = :at"
            values |= {"due": "due", "at": issue.due}
        else:
            change += " REMOVE #due_pk, #due_at"
        before = self._table.write(Update(_key(issue), change, values=values))
        if before:
            self._take_waiters(issue, set(_open(before).issue.waits_on) - set(issue.issue.waits_on))

    def close(self, issue: OpenIssue) -> None:
        before = self._table.write(Delete(_key(issue)))
        waited = set(issue.issue.waits_on) | (set(_open(before).issue.waits_on) if before else set())
        self._take_waiters(issue, waited)

    def waiting_on(self, key: FlowKey, refs: Iterable[Ref]) -> Sequence[OpenIssue]:
        awaited = {_awaited(key.connection, Awaited(key.flow, ref)) for ref in refs}
        issues = {
            (f"connection#{key.connection}", waiter["sk"])
            for partition in sorted(awaited)
            for waiter in self._table.query("#pk = :awaited", awaited=partition)
        }
        found = map(_open, self._table.read(sorted(issues)).values())
        return [issue for issue in found if any(_awaited(key.connection, a) in awaited for a in issue.issue.waits_on)]

    def make_due(self, issue: OpenIssue, at: datetime) -> None:
        self._if_open(issue, "SET #due_pk = :due, #due_at = :at", due="due", at=at)

    def mailed(self, issues: Sequence[OpenIssue], at: datetime) -> None:
        """See the port. Counted from what was read, so that a repeated call counts one mailing once."""
        for issue in issues:
            self._if_open(issue, "SET #times_mailed = :n, #last_mailed = :at", n=issue.times_mailed + 1, at=at)

    def mute(self, issue: OpenIssue, by: str) -> None:
        if by:
            self._if_open(issue, "SET #muted = :by", by=by)
        else:
            self._if_open(issue, "REMOVE #muted")

    def _starting(self, connection: str, start: str) -> Iterator[OpenIssue]:
        pk = f"connection#{connection}"
        return map(_open, self._table.query("#pk = :pk AND begins_with(#sk, :start)", pk=pk, start=start))

    def _if_open(self, issue: OpenIssue, change: str, **values: str | int | datetime) -> None:
        try:
            self._table.write(Update(_key(issue), change, "attribute_exists(#pk)", values))
        except Conflict:  # closed meanwhile
            return

    def _take_waiters(self, issue: OpenIssue, awaited: Iterable[Awaited]) -> None:
        self._table.write_each(Delete((_awaited(issue.flow.connection, one), issue.key)) for one in awaited)


def _key(issue: OpenIssue) -> Key:
    return f"connection#{issue.flow.connection}", issue.key


def _awaited(connection: str, awaited: Awaited) -> str:
    return f"waits#{connection}#{awaited.flow}#{awaited.ref}"


def _waiter(issue: OpenIssue, awaited: Awaited) -> Item:
    return {"pk": _awaited(issue.flow.connection, awaited), "sk": issue.key, "type": "waiter"}


def _open(item: Item) -> OpenIssue:
    return OpenIssue(
        flow=FlowKey(item["pk"].removeprefix("connection#"), item["flow"]),
        scope=Ref.parse(item["scope"]),
        issue=_ISSUE.validate_json(item["issue"]),
        first_seen=moment(item["first_seen"]),
        attempts=item["attempts"],
        due=moment(item["due_at"]) if "due_at" in item else None,
        times_mailed=item["times_mailed"],
        last_mailed=moment(item["last_mailed"]) if "last_mailed" in item else None,
        muted=item.get("muted", ""),
    )
