"""Joins a config to a running cloud: simulators for the systems that have none, keys as secrets, connections kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from infra.local.cloud.cloud import Cloud
from infra.local.config import Config, ConnectionConfig
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.partner import PartnerSimulator
from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.seed_plans import PlanSeeder
from infra.local.simulators.quickpass import QuickpassSimulator
from infra.local.simulators.server import Simulator
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.aws.table import Store
from shared.sync.change import Scan
from shared.sync.connection import Connection
from shared.sync.record import FlowKey
from shared.sync.turns import Mode

ASKED_BY = "command"


@dataclass
class Connected:
    """A cloud with its connections and the simulators that play their systems, by `(connection, system)`."""

    cloud: Cloud
    connections: dict[str, Connection] = field(default_factory=dict)
    simulators: dict[tuple[str, str], Simulator] = field(default_factory=dict)

    def store(self) -> Store:
        """The table, as the engine's ports."""
        return Store(self.cloud.client("dynamodb"), self.cloud.table)

    def flows(self) -> list[FlowKey]:
        """Every flow that a connection uses."""
        return [FlowKey(name, flow) for name, connection in self.connections.items() for flow in connection.flows]

    def make_due(self) -> None:
        """Lets the clock find every flow due, as after a first deployment."""
        store = self.store()
        for key in self.flows():
            store.flows.set_due(key, self.cloud.clock.now())

    def ask(self, key: FlowKey, mode: Mode | None = None) -> None:
        """Queues a scan, as a person asks for one; its mode is the flow's own choice if None."""
        now = self.cloud.clock.now()
        scan = Scan(
            connection=key.connection, flow=key.flow, occasion=f"{ASKED_BY} {now.isoformat()}", at=now, mode=mode
        )
        queue = self.cloud.stack.queue_of(key.flow)
        self.cloud.client("sqs").send_message(
            QueueUrl=self.cloud.queue_url(queue.id),
            MessageBody=scan.body(),
            MessageGroupId=scan.group,
            MessageDeduplicationId=scan.deduplication,
        )


def connect(cloud: Cloud, config: Config, *, seed: int = 7) -> Connected:
    """Starts what must be simulated, keeps keys and connections. All of it ends when the cloud stops."""
    connected = Connected(cloud)
    store = connected.store()
    for item in config.connections:
        connection = _with_simulators(connected, item, config.sizes, seed)
        for system, keys in item.keys.items():
            company = {"company": connection.systems[system].company} if connection.systems[system].company else {}
            cloud.put_secret(f"{cloud.stack.parameters['SecretPrefix']}/{system}/{connection.id}", {**company, **keys})
        cloud.verify(connection.mail.sender)
        store.flows.put_connection(connection)
        connected.connections[connection.id] = connection
    return connected


def _with_simulators(
    connected: Connected, item: ConnectionConfig, sizes: Mapping[str, Mapping[str, int]], seed: int
) -> Connection:
    connection = item.connection
    systems = dict(connection.systems)
    for system in item.simulated:
        size = sizes.get("connectwise_automate" if system == "pcrt" else system, {})
        simulator = _simulator(system, connected.cloud.clock.now, seed, size)
        if isinstance(simulator, PsaSimulator) and "zomentum" in item.simulated:
            paths = ("company/companies", "company/contacts", "procurement/catalog", "sales/opportunities")
            for path in paths:  # as deploy.md asks for
                simulator.define_custom_field(path, "Zomentum ID")
            # ConnectWise shows which fields there are on a record only.
            desk = simulator.add("company/contacts", firstName="Front", lastName="Desk")
            simulator.add(
                "procurement/catalog", identifier="Laptop 14", description="Laptop, 14 inch", price=1290, cost=1010,
                customerDescription="Laptop 14", type={"name": "Hardware"}, subcategory={"name": "Workstations"},
            )  # fmt: skip
            if companies := simulator.records("company/companies"):
                simulator.add(
                    "sales/opportunities",
                    name="Old opportunity",
                    company={"id": companies[0]["id"]},
                    contact={"id": desk["id"]},
                    primarySalesRep={"id": simulator.records("system/members")[0]["id"]},
                )
        if isinstance(simulator, PsaSimulator) and "moovila" in item.simulated:
            for path in ("project/projects", "project/tickets", "time/entries"):
                simulator.define_custom_field(path, "Moovila ID")
            PlanSeeder(simulator.data, simulator.random).projects(sizes.get("moovila", {}).get("projects", 1))
        if connected.cloud.url and isinstance(simulator, PartnerSimulator):
            simulator.webhooks.url = f"{connected.cloud.url}/webhooks/{system}/{connection.id}"
        url = simulator.start()
        connected.cloud.at_stop(simulator.stop)
        connected.simulators[connection.id, system] = simulator
        systems[system] = systems[system].model_copy(update={"base_url": url})
    return connection.model_copy(update={"systems": systems})


def _simulator(system: str, clock: Callable[[], datetime], seed: int, sizes: Mapping[str, int]) -> Simulator:
    simulator = _class_of(system)(clock=clock, seed=seed, **sizes)
    if isinstance(simulator, PsaSimulator):
        # As the guide asks of a tenant before the first sync: the site field that carries a location's number.
        simulator.define_custom_field("company/companies/*/sites", "EA Location")
    return simulator


def _class_of(system: str) -> Callable[..., Simulator]:
    match system:
        case "connectwise_psa":
            return PsaSimulator
        case "eautomate":
            return EautomateSimulator
        case "connectwise_automate":
            return AutomateSimulator
        case "moovila":
            return MoovilaSimulator
        case "zomentum":
            return ZomentumSimulator
        case "quickpass":
            return QuickpassSimulator
        case "pcrt":
            from infra.local.simulators.pcrt import PcrtSimulator  # noqa: PLC0415 (brings SQLAlchemy)

            return PcrtSimulator
        case _:
            raise ValueError(f"there is no simulator of {system}")
