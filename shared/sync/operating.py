"""What a person does to records, issues, flows and proposals; all of it goes into the history with who did it.

Nothing here writes to an outside system: after the table says what the person wants, the record is queued as changed,
and the flow looks at it as at any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.sync.again import PLACE, message_for
from shared.sync.change import change
from shared.sync.clock import Clock, Ids, stamp
from shared.sync.connection import Connection
from shared.sync.errors import Conflict, SyncError
from shared.sync.history import BY_HAND, Entry
from shared.sync.issue import OpenIssue
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.pausing import CONNECTION
from shared.sync.ports import Queue, Store
from shared.sync.proposal import Proposal, approve, reject
from shared.sync.record import OTHER, Fields, FlowKey, Ref, Side, fold
from shared.sync.turning import Turning
from shared.sync.turns import Turn


class NotPossible(SyncError):
    """What a person asked for cannot be done; the text says why, and what to do instead."""


@dataclass(frozen=True)
class Operator:
    """The person `by`, at work on a store and its queues.

    Raises NotPossible for what cannot be done, Conflict where the record changed meanwhile, RetryLater where the table
    or a queue does not answer. Whatever was half done then is completed by asking again.
    """

    store: Store
    queue: Queue
    clock: Clock
    ids: Ids
    by: str

    # Issues

    def retry(self, issue: OpenIssue) -> bool:
        """Looks again now. False where there is nothing to look at: then the issue is closed, as read."""
        used = self.store.flows.connection(issue.flow.connection)
        if issue.scope.kind not in PLACE and (used is None or issue.flow.flow not in used.flows):
            raise NotPossible(f"{issue.flow.flow} is no flow that looks at records again: {issue.issue.fix}")
        again = message_for(issue.flow, issue.scope, f"{self.by} {self.ids.token()}", self.clock.now(), self.by)
        if again is not None:
            self._record(issue.flow, issue.scope, f"Asked for another try of {issue.issue.code}.")
            self.queue.send([again])
        if again is None or issue.scope.kind in PLACE:
            self.store.issues.close(issue)
        return again is not None

    def mute(self, issue: OpenIssue) -> None:
        """Keeps the issue out of the mail; it is retried and counted all the same."""
        self.store.issues.mute(issue, self.by)
        self._record(issue.flow, issue.scope, f"Muted {issue.issue.code}.")

    def unmute(self, issue: OpenIssue) -> None:
        """Lets the issue be mailed again."""
        self.store.issues.mute(issue, "")
        self._record(issue.flow, issue.scope, f"Unmuted {issue.issue.code}.")

    # Records

    def look(self, key: FlowKey, record: Ref) -> None:
        """Has the record looked at now, with its whole scope, whatever the next scan is due."""
        self._record(key, record, "Asked for a look.")
        self._look(key, record)

    def cancel(self, key: FlowKey, record: Ref, reason: str) -> None:
        """EA-44: the record is left alone from now on, linked or not, until `uncancel`."""
        link = self._link(key, record, "cancelled")
        self._hold(key, record, f"Cancelled by {self.by}: {reason}", link, reason)
        for proposal in self.store.proposals.of_scope(key, record):
            self.store.proposals.remove(proposal)
        self._look(key, record)

    def uncancel(self, key: FlowKey, record: Ref) -> None:
        """Lets a cancelled record take part again, and looks at it."""
        state = self._state(key, record)
        if not isinstance(state, Link | Seen) or not state.held:
            raise NotPossible(f"{_called(record, state)} is not cancelled.")
        self._hold(key, record, "", state if isinstance(state, Link) else None, "")
        self._look(key, record)

    def unlink(self, key: FlowKey, record: Ref, *, anew: bool = False) -> Link:
        """Removes the record's link, which it returns, and has both records looked at.

        Either may be linked to another record then; to each other only where `anew` says so, or by `relink`.
        """
        link = self._link(key, record, "unlinked")
        if link is None:
            raise NotPossible(f"{_called(record, self._state(key, record))} is not linked to anything.")
        self._unlink(key, record, link, apart=not anew)
        self._look(key, link.ref("partner"), link.ref("cw"))
        return link

    def relink(self, key: FlowKey, record: Ref, other_id: str) -> Link:
        """Links the record to the other system's record of this id, in place of what it is linked to."""
        other_side = OTHER[record.side]
        other = Ref(record.kind, other_side, other_id)
        old, theirs = self._link(key, record, "linked"), self._link(key, other, "linked")
        for ref in (record, other):
            state = self._state(key, ref)
            if isinstance(state, Link | Seen) and state.held:
                raise NotPossible(f"{_called(ref, state)} is cancelled ({state.held}). Uncancel it first.")
        if theirs is not None:
            if theirs.ref(record.side) == record:
                raise NotPossible(f"{_called(record, old)} is linked to {_called(other, theirs)} already.")
            owner = _called(theirs.ref(record.side), theirs)
            raise NotPossible(f"{_called(other, theirs)} is linked to {owner}. Unlink or relink that one first.")
        names = {
            record.side: _name(old or self._state(key, record), record.side),
            other.side: _name(self._state(key, other), other.side),
        }
        link = Link(
            record.kind,
            cw_id=record.id if record.side == "cw" else other_id,
            partner_id=other_id if record.side == "cw" else record.id,
            how=f"{self.by} linked them.",
            cw_name=names["cw"],
            partner_name=names["partner"],
            linked_at=self.clock.now(),
        )
        if old is not None:
            self._unlink(key, record, old, apart=True)
        self.store.links.link(key, link, entry=self._entry(key, record, "Linked.", {}, _ids(link)))
        left = [old.ref(other_side)] if old else []
        self._look(key, link.ref("partner"), *left)
        return link

    # Flows

    def pause(self, connection: Connection, flow: str | None, reason: str) -> list[FlowKey]:
        """Pauses one flow of a connection, or all; the engine lets none of them go on by itself. Returns which."""
        keys = _flows(connection, flow)
        for key in keys:
            self.store.flows.pause(key, reason, by=self.by)
            self._record(key, _place(key), f"Paused: {reason}")
        return keys

    def resume(self, connection: Connection, flow: str | None) -> list[FlowKey]:
        """Lets one flow or all go on, each with a comprehensive scan, whoever paused it. Returns those that were."""
        resumed = [key for key in _flows(connection, flow) if self.store.flows.state(key).paused]
        for key in resumed:
            self._record(key, _place(key), "Resumed.")
            self.store.flows.resume(key, self.clock.now(), by=self.by)
        return resumed

    def tell(self, key: FlowKey, what: str) -> None:
        """Keeps in the flow's own history what this person did with the flow."""
        self._record(key, _place(key), what)

    # Scopes that take turns (ADR-0015)

    def sync(self, key: FlowKey, scope: Ref) -> Turn:
        """MV-14, MV-33: asks for a sync of the scope, both ways; only while nothing is outstanding."""
        turn = self._turn(key, scope)
        if not turn.enabled:
            then = "" if turn.disconnected else " Enable it first."
            raise NotPossible(f"{self.named(key, scope)} is {_stands(turn)}{then}")
        if turn.status != "Idle":
            raise NotPossible(
                f"{self.named(key, scope)} is {turn.status}: a sync can be asked for once it is Idle. What is changed "
                "by now comes with the one that is on its way."
            )
        self._record(key, scope, "Asked for a sync.")
        return self._turning(key).trigger(turn, by=self.by)

    def enable(self, key: FlowKey, scope: Ref) -> Turn:
        """MV-35: lets the scope take part again; everything of it is compared once."""
        turn, now = self._turn(key, scope), self.clock.now()
        if turn.disconnected:
            raise NotPossible(f"{self.named(key, scope)} is {_stands(turn)}")
        if turn.enabled:
            raise NotPossible(f"{self.named(key, scope)} is enabled already.")
        self._record(key, scope, "Enabled its sync.")
        return self._turning(key).ask(turn, lambda one: one if one.enabled else one.enable(now, self.by))

    def disable(self, key: FlowKey, scope: Ref, reason: str) -> Turn:
        """MV-35: leaves the scope alone until it is enabled; what is under way ends first."""
        turn = self._turn(key, scope)
        if not turn.enabled:
            raise NotPossible(f"{self.named(key, scope)} is {_stands(turn)}")
        return self._disable(key, turn, reason)

    def disable_all(self, key: FlowKey, reason: str) -> list[str]:
        """MV-10: disables every scope that takes part, one after the other; returns their names."""
        enabled = [turn for turn in self.store.turns.of_flow(key) if turn.enabled]
        for turn in enabled:
            self._disable(key, turn, reason)
        return [self.named(key, turn.scope) for turn in enabled]

    def disconnect(self, key: FlowKey, scope: Ref, name: str) -> Turn:
        """MV-21: ends the sync of this pair for good; `name` repeats what the scope is called, to confirm it."""
        turn, now = self._turn(key, scope), self.clock.now()
        called = self.named(key, scope)
        if fold(name) != fold(called):
            raise NotPossible(f"This cannot be undone: to confirm it, repeat its name, {called}, in place of {name!r}.")
        if turn.disconnected:
            raise NotPossible(f"{called} is {_stands(turn)}")
        self._record(key, scope, "Disconnected for good.")
        return self._turning(key).ask(turn, lambda one: one.disconnect(now, f"{self.by} disconnected it."))

    def pair_anew(self, key: FlowKey, scope: Ref) -> Turn:
        """Makes a new pair of a disconnected scope's two records; nothing is written before it is approved."""
        turn, now = self._turn(key, scope), self.clock.now()
        if not turn.disconnected:
            raise NotPossible(f"{self.named(key, scope)} is not disconnected; enable it, if it is disabled.")
        self._record(key, scope, "Made a new pair of what was disconnected.")
        return self._turning(key).ask(turn, lambda one: one.pair_anew(now, self.by) if one.disconnected else one)

    def _disable(self, key: FlowKey, turn: Turn, reason: str) -> Turn:
        now, why = self.clock.now(), f"{self.by} disabled it: {reason}"
        self._record(key, turn.scope, f"Disabled its sync: {reason}")
        return self._turning(key).ask(turn, lambda one: one.disable(now, why) if one.enabled else one)

    def _turn(self, key: FlowKey, scope: Ref) -> Turn:
        turn = self._turning(key).of([scope])[scope]
        if not turn.revision:
            raise NotPossible(f"{self.named(key, scope)} has no sync of its own: no scan has come across it so far.")
        return turn

    def _turning(self, key: FlowKey) -> Turning:
        return Turning(key, self.store, self.queue, self.clock)

    def named(self, key: FlowKey, scope: Ref) -> str:
        """A record as people call it, as far as the table knows."""
        return _called(scope, self._state(key, scope))

    # Proposals

    def approve(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Has just these steps carried out. Returns the proposals that were changed meanwhile and are asked anew."""
        now = self.clock.now()
        return self._judge([approve(one, self.by, now) for one in proposals], "Approved what was proposed.")

    def reject(self, proposals: Sequence[Proposal], reason: str) -> list[Proposal]:
        """Has just these steps left undone. Returns the proposals that were changed meanwhile and are asked anew."""
        now = self.clock.now()
        return self._judge(
            [reject(one, self.by, now, reason) for one in proposals], f"Rejected what was proposed: {reason}"
        )

    def _judge(self, verdicts: Sequence[Proposal], what: str) -> list[Proposal]:
        changed: list[Proposal] = []
        scopes: dict[tuple[FlowKey, Ref], None] = {}
        for one in verdicts:
            try:
                self.store.proposals.judge(one)
            except Conflict:
                changed.append(one)
                continue
            self._record(one.flow, one.record, what)
            scopes[one.flow, one.scope] = None
        for key, scope in scopes:
            self._look(key, scope)
        return changed

    # What they have in common

    def _state(self, key: FlowKey, record: Ref) -> State | None:
        return self.store.links.find(key, [record]).get(record)

    def _link(self, key: FlowKey, record: Ref, wanted: str) -> Link | None:
        state = self._state(key, record)
        if isinstance(state, Intent):
            raise NotPossible(
                f"{_called(record, state)} is being created in the other system just now, so it cannot be {wanted}. "
                f"That ends by {stamp(state.due)}; ask again then."
            )
        return state if isinstance(state, Link) else None

    def _hold(self, key: FlowKey, record: Ref, held: str, link: Link | None, reason: str) -> None:
        what = f"Cancelled: {reason}" if held else "Uncancelled."
        self.store.links.hold(key, record, held, link=link, entry=self._entry(key, record, what))

    def _unlink(self, key: FlowKey, record: Ref, link: Link, *, apart: bool) -> None:
        self.store.links.unlink(key, link, entry=self._entry(key, record, "Unlinked.", _ids(link)), apart=apart)

    def _look(self, key: FlowKey, *records: Ref) -> None:
        """Has the records looked at, in this person's name."""
        occasion, now = f"{self.by} {self.ids.token()}", self.clock.now()
        changes = [change(key, record, occasion, now) for record in records]
        self.queue.send([one.model_copy(update={"by": self.by}) for one in changes])

    def _record(self, key: FlowKey, record: Ref, what: str) -> None:
        self.store.journal.record([self._entry(key, record, what)])

    def _entry(
        self, key: FlowKey, record: Ref, what: str, before: Fields | None = None, after: Fields | None = None
    ) -> Entry:
        at = self.clock.now()
        entry_id = f"{stamp(at)}-{self.ids.token()}"
        return Entry(key, record, entry_id, at, self.by, what, before or {}, after or {}, BY_HAND)


def _ids(link: Link) -> Fields:
    return {"cw": link.cw_id, "partner": link.partner_id}


def _place(key: FlowKey) -> Ref:
    """Where the history of a whole flow stands."""
    return Ref(CONNECTION, "cw", key.flow)


def _flows(connection: Connection, flow: str | None) -> list[FlowKey]:
    if flow is not None and flow not in connection.flows:
        raise NotPossible(
            f"{connection.title} does not use {flow}; it uses {', '.join(connection.flows) or 'no flow'}."
        )
    return [FlowKey(connection.id, name) for name in connection.flows if flow in (None, name)]


def _name(state: State | None, side: Side) -> str:
    if isinstance(state, Link):
        return state.cw_name if side == "cw" else state.partner_name
    return state.name if isinstance(state, Seen) else ""


def _stands(turn: Turn) -> str:
    """Why a scope takes no turns, to go on with."""
    if turn.disconnected:
        return f"disconnected for good ({turn.disabled}), and cannot be connected again; a new pair can be made of it."
    return f"disabled: {turn.disabled}."


def _called(record: Ref, state: State | None) -> str:
    """A record as people call it, as far as the table knows."""
    where = "ConnectWise" if record.side == "cw" else "the partner's"
    return _name(state, record.side) or f"{where} record {record.id}"
