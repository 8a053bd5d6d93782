"""What a failure is made of, and what whoever makes and repairs one works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from infra.local.demo.month import Customer, Dealer
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.aws.table import Store
from shared.sync.issue import OpenIssue
from shared.sync.link import Link
from shared.sync.operating import Operator
from shared.sync.record import FlowKey, Ref

CONNECTION = "demo"


@dataclass
class Scene:
    """The dealer, the table, and `operator`: the person who settles what the flows cannot."""

    dealer: Dealer
    store: Store
    operator: Operator
    _used: set[tuple[str, Ref]] = field(default_factory=set)

    @property
    def psa(self) -> PsaSimulator:
        return self.dealer.psa

    @property
    def eautomate(self) -> EautomateSimulator:
        return self.dealer.eautomate

    def customer(self) -> Customer:
        return self.dealer.customer()

    def relink(self, flow: str, record: Ref, other: int | str) -> None:
        self.operator.relink(FlowKey(CONNECTION, flow), record, str(other))

    def unlink(self, flow: str, record: Ref) -> None:
        self.operator.unlink(FlowKey(CONNECTION, flow), record)

    def cancel(self, flow: str, record: Ref, reason: str) -> None:
        self.operator.cancel(FlowKey(CONNECTION, flow), record, reason)

    def retry(self, flow: str, record: Ref) -> None:
        for open_ in self.store.issues.of_scope(FlowKey(CONNECTION, flow), record):
            self.operator.retry(open_)

    def open_issues(self, flow: str, code: str) -> list[OpenIssue]:
        """The issues of a flow that are open already, by one code."""
        found = self.store.issues.of_connection(CONNECTION)
        return [one for one in found if (one.flow.flow, one.issue.code) == (flow, code)]

    def synced(self, flow: str, kind: str) -> Link:
        """A link of the month that no other failure has spoiled."""
        return next(self._synced(flow, kind))

    def _synced(self, flow: str, kind: str) -> Iterator[Link]:
        links = self.store.links.all_links(FlowKey(CONNECTION, flow))
        waits = {open_.scope for open_ in self.store.issues.of_connection(CONNECTION)}
        for link in sorted(links, key=lambda link: int(link.cw_id)):
            at = link.ref("cw")
            if link.kind == kind and (flow, at) not in self._used and not link.waiting and at not in waits:
                self._used.add((flow, at))
                yield link


@dataclass(frozen=True)
class Made:
    """A failure that came about: the record of which there must be an issue now, and what repairs it."""

    record: Ref
    repair: Callable[[], object]


@dataclass(frozen=True)
class Failure:
    """One way in which a sync fails.

    `rule` is that of the vendor's FAQ; empty for a failure that it does not know. `code` is that of the issue it must
    end as; where it is empty, the record must be left alone for a reason that says `told`. `fix` is what the person
    does who repairs it. A `late` one can happen only to what was synced before. Once repaired, the record must be
    linked; or, where that `ends` it, left alone for good, as a person wanted, or as it was: he did the work by hand.
    """

    rule: str
    flow: str
    code: str
    make: Callable[[Scene], Made]
    fix: str
    late: bool = False
    told: str = ""
    ends: Literal["linked", "cancelled", "by hand"] = "linked"
