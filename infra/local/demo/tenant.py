"""One connection of the demo: its simulated systems, the person who works on it, and time that passes for both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

from infra.local.cloud import Report
from infra.local.cloud.connections import Connected
from infra.local.simulators.partner import PartnerSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.server import Simulator
from shared.aws.queues import Queues
from shared.sync.clock import RandomIds
from shared.sync.operating import Operator

PERSON = "kim"
"""Who starts, approves, links and repairs in all of the demo."""

S = TypeVar("S", bound=Simulator)


@dataclass
class Tenant:
    """A connection of the id `connection` on a running cloud. `errors` are those of its functions."""

    connection: ClassVar[str]
    connected: Connected
    errors: list[str] = field(default_factory=list, kw_only=True)

    @property
    def psa(self) -> PsaSimulator:
        return self.simulator("connectwise_psa", PsaSimulator)

    def simulator(self, system: str, kind: type[S]) -> S:
        """The system that a simulator plays."""
        found = self.connected.simulators[self.connection, system]
        assert isinstance(found, kind)
        return found

    def operator(self, flow: str) -> Operator:
        """What the person can do with records of this flow."""
        cloud = self.connected.cloud
        url = cloud.queue_url(cloud.stack.queue_of(flow).id)
        queues = Queues(cloud.client("sqs"), lambda _: url)
        return Operator(self.connected.store(), queues, cloud.clock, RandomIds(), PERSON)

    def wait(self, minutes: float = 2) -> None:
        """Lets what people did be told by callback and webhook, as our own writes are; then so many minutes pass."""
        while self._tell().happenings:
            pass
        self.watch(self.connected.cloud.wait(minutes=minutes))

    def _tell(self) -> Report:
        for (connection, _), simulator in self.connected.simulators.items():
            if connection == self.connection and isinstance(simulator, PsaSimulator):
                simulator.callbacks.settled()
            elif connection == self.connection and isinstance(simulator, PartnerSimulator):
                simulator.webhooks.settled()
        report = self.connected.cloud.run_until_quiet()
        self.watch(report)
        return report

    def watch(self, report: Report) -> None:
        """Keeps what went wrong in functions."""
        self.errors += [f"{each.function}: {each.error}" for each in report.errors]
