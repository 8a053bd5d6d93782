"""Plays the month: flows come into use, records and failures arise, flows sync, people repair, and time passes."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.local.cloud import Cloud, Report, Tally
from infra.local.cloud.connections import Connected
from infra.local.demo.failures import FAILURES, Failure, Made, Scene
from infra.local.demo.failures.agreements import bill_all
from infra.local.demo.failures.failure import CONNECTION
from infra.local.demo.money import Sum, reconcile
from infra.local.demo.month import Customer, Dealer
from infra.local.demo.settings import FIRST, OTHERS
from infra.local.demo.sizes import Sizes
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.aws.queues import Queues
from shared.partners.eautomate import CALL_TRANSFERS, CUSTOMER, CUSTOMERS, SERVICE_CALLS
from shared.sync.clock import RandomIds
from shared.sync.connection import Connection
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, Seen
from shared.sync.operating import Operator
from shared.sync.record import FlowKey, Ref

PERSON = "kim"
PATIENCE = 45
"""Minutes that a repaired record may take to sync by itself: an issue that is some hours old is retried so late."""

A_DAY = 25
"""Hours until every flow has compared everything, and every contract's billing was looked at."""


@dataclass
class Case:
    """A failure and what became of it; `problem` says what did not come out as it must."""

    failure: Failure
    made: Made
    message: str = ""
    repaired: datetime | None = None
    minutes: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Synced:
    """What one flow did when it first saw the month: outcomes and requests, in so many seconds."""

    flow: str
    tally: Tally
    seconds: float


@dataclass
class Play:
    """One run of the month on a cloud whose customers are in step."""

    connected: Connected
    sizes: Sizes
    synced: list[Synced] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    scene: Scene = field(init=False)

    def __post_init__(self) -> None:
        cloud, store = self.cloud, self.connected.store()
        urls = {flow: cloud.queue_url(cloud.stack.queue_of(flow).id) for flow in (*FIRST, *OTHERS)}
        operator = Operator(store, Queues(cloud.client("sqs"), urls.__getitem__), cloud.clock, RandomIds(), PERSON)
        self.scene = Scene(self._dealer(), store, operator)
        self.known = {open_.key for open_ in self._issues()}

    @property
    def cloud(self) -> Cloud:
        return self.connected.cloud

    def begin(self) -> None:
        """The other flows come into use; a month's records are there, and the failures that a month brings."""
        store, dealer = self.scene.store, self.scene.dealer
        used = store.flows.connection(CONNECTION)
        assert used is not None
        used = Connection.model_validate({**used.model_dump(), "flows": {**used.flows, **OTHERS}})
        self.connected.connections[CONNECTION] = used
        store.flows.put_connection(used)
        dealer.furnish()
        dealer.set(self.sizes)
        self._fail(failure for failure in FAILURES if not failure.late)

    def sync(self, flow: str) -> Synced:
        """One flow looks at all of it."""
        before, began = self.cloud.tally(), time.monotonic()
        self.connected.ask(FlowKey(CONNECTION, flow))
        self._watch(self.cloud.wait(minutes=2))
        self.synced.append(Synced(flow, self.cloud.tally() - before, time.monotonic() - began))
        return self.synced[-1]

    def month_ends(self) -> None:
        """Contracts are billed, moved calls are worked on in ConnectWise, time comes late; then a day passes."""
        scene, moved = self.scene, max(self.sizes.calls // 4, 1)
        scene.dealer.finish(int(scene.synced(CALL_TRANSFERS, "call-ticket").cw_id) for _ in range(moved))
        scene.dealer.works(int(scene.synced(SERVICE_CALLS, "ticket-call").cw_id), 0.75)
        self._fail(failure for failure in FAILURES if failure.late)
        bill_all(scene)
        self.cloud.clock.turn(hours=A_DAY)
        self._watch(self.cloud.wait(minutes=3))

    def look(self) -> None:
        """Finds what each failure ended as."""
        issues = self._issues()
        for case in self._open():
            case.message, case.problem = self._found(case, issues)

    def repair(self) -> None:
        """Repairs minute by minute, then only time, until every record has synced by itself."""
        waiting = self._open()
        ahead = list(waiting)
        for _ in range(len(waiting) + PATIENCE):
            for case in ahead[: self.sizes.repairs]:
                case.repaired = self.cloud.clock.now()
                case.made.repair()
            del ahead[: self.sizes.repairs]
            self._watch(self.cloud.wait(minutes=1))
            open_ = {(one.flow.flow, one.issue.record, one.issue.code) for one in self._issues()}
            for case in list(waiting):
                if case.repaired and self._is_well(case, open_):
                    case.minutes = self._minutes_since(case.repaired)
                    waiting.remove(case)
            if not waiting:
                return
        for case in waiting:
            case.problem = case.problem or f"did not sync within {PATIENCE} minutes"

    def left_over(self) -> list[OpenIssue]:
        """Open issues that were not there before the month; what the daily check had found, it finds mended."""
        self.cloud.invoke("Preflight", {})
        return [one for one in self._issues() if one.key not in self.known]

    def money(self) -> list[Sum]:
        cancelled = [int(case.made.record.id) for case in self.cases if case.failure.ends == "cancelled"]
        return reconcile(self.scene.dealer, cancelled)

    # In detail

    def _dealer(self) -> Dealer:
        psa = self.connected.simulators[CONNECTION, "connectwise_psa"]
        eautomate = self.connected.simulators[CONNECTION, "eautomate"]
        assert isinstance(psa, PsaSimulator)
        assert isinstance(eautomate, EautomateSimulator)
        numbers = {str(row.id): row.number for row in eautomate.customers}
        troubled = {open_.scope for open_ in self._issues()}
        links = self.connected.store().links.all_links(FlowKey(CONNECTION, CUSTOMERS))
        mapped = [link for link in links if link.kind == CUSTOMER.kind and link.ref("partner") not in troubled]
        customers = [Customer(int(link.cw_id), numbers[link.partner_id]) for link in mapped]
        customers.sort(key=lambda one: one.company)
        return Dealer(psa, eautomate, self.cloud.clock.now, customers, random.Random(7))

    def _issues(self) -> Sequence[OpenIssue]:
        return self.connected.store().issues.of_connection(CONNECTION)

    def _watch(self, report: Report) -> None:
        self.errors += [f"{each.function}: {each.error}" for each in report.errors]

    def _fail(self, failures: Iterable[Failure]) -> None:
        self.cases += [Case(failure, failure.make(self.scene)) for failure in failures]

    def _open(self) -> list[Case]:
        return [case for case in self.cases if case.repaired is None]

    def _found(self, case: Case, issues: Iterable[OpenIssue]) -> tuple[str, str]:
        """What the failure ended as, in words; and what is wrong with that."""
        failure, record = case.failure, case.made.record
        if failure.code:
            theirs = [one for one in issues if (one.flow.flow, one.issue.record) == (failure.flow, record)]
            found = next((one for one in theirs if one.issue.code == failure.code), None)
            others = ", ".join(one.issue.code for one in theirs) or "no issue"
            return (found.issue.message, "") if found else ("", f"ended as {others}")
        state = self.scene.store.links.find(FlowKey(CONNECTION, failure.flow), [record]).get(record)
        reason = state.reason if isinstance(state, Seen) else ""
        told = f"{state.name}: {reason}" if isinstance(state, Seen) else ""
        return told[:1].upper() + told[1:], "" if failure.told in reason else f"ended as {state}"

    def _is_well(self, case: Case, open_: Collection[tuple[str, Ref, str]]) -> bool:
        """Whether the issue is closed and the record synced, or left alone for good where that was wanted."""
        failure, record = case.failure, case.made.record
        if (failure.flow, record, failure.code) in open_:
            return False
        state = self.scene.store.links.find(FlowKey(CONNECTION, failure.flow), [record]).get(record)
        if failure.ends == "cancelled":
            return isinstance(state, Seen) and bool(state.held)
        if failure.ends == "by hand":
            return isinstance(state, Seen) and failure.told in state.reason
        return isinstance(state, Link) and not state.waiting

    def _minutes_since(self, moment: datetime) -> int:
        return max(round((self.cloud.clock.now() - moment).total_seconds() / 60), 1)
