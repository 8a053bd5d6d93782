"""The only module that joins the engine with its adapters; each is built when first used, and kept while warm."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import ValidationError

from shared.aws.clients import Clients
from shared.aws.environment import Environment
from shared.aws.mail import Mailer
from shared.aws.queues import Queues
from shared.aws.secrets import Secrets, SharedKeys
from shared.aws.table import Store
from shared.sync.batch import Delivery, Tools
from shared.sync.clock import Clock, RandomIds, SystemClock
from shared.sync.connection import Connection, SystemSettings
from shared.sync.engine import Engine
from shared.sync.errors import ConfigurationWrong, SyncError
from shared.sync.flow import Context, Flow, FlowSettings, View
from shared.sync.glance import glances
from shared.sync.ports import System
from shared.sync.record import FlowKey

if TYPE_CHECKING:
    from shared.systems.http import Http

FLOWS = (
    "eautomate_customers",
    "eautomate_reference_data",
    "eautomate_agreements",
    "eautomate_service_calls",
    "eautomate_call_transfers",
    "eautomate_project_invoices",
    "eautomate_sales_orders",
    "pcrt_coverage",
    "quickpass_contacts",
    "zomentum_companies",
    "zomentum_contacts",
    "zomentum_opportunities",
    "zomentum_taxes",
    "zomentum_products",
    "moovila_projects",
    "moovila_reference_data",
)
"""Every flow, by the name of its folder."""

ADAPTERS = {
    "connectwise_psa": "Psa",
    "connectwise_automate": "Automate",
    "eautomate": "Eautomate",
    "moovila": "Moovila",
    "pcrt": "Pcrt",
    "quickpass": "Quickpass",
    "zomentum": "Zomentum",
}
"""Every outside system, by the name of its package in shared/systems, with the class of its adapter."""

TOKEN_SHARED = frozenset({"quickpass", "zomentum"})
"""Systems of which all workers share one token: a new one kills the old one, or may."""

Handler = Callable[[dict[str, Any], Any], Any]

logger = Logger(service="crosswise")
logging.getLogger("crosswise").propagate = True


def flow_class(name: str) -> type[Flow[Any]]:
    """The class of a flow, from its folder's `flow` module."""
    found: type[Flow[Any]] = importlib.import_module(f"functions.{name}.flow").FLOW
    return found


def flows_in_use(connection: Connection) -> list[type[Flow[Any]]]:
    """The classes of the flows that a connection uses."""
    return [flow_class(name) for name in FLOWS if name in connection.flows]


def settings_models() -> dict[str, type[FlowSettings]]:
    """The model of each flow's settings."""
    return {name: flow_class(name).Settings for name in FLOWS}


def check_settings(flow: type[Flow[Any]], connection: Connection) -> FlowSettings:
    """The connection's settings of this flow; ConfigurationWrong names every fault with its place."""
    try:
        return flow.Settings.model_validate(connection.flows.get(flow.name, {}))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationWrong(
            f"The settings of {flow.name} do not hold: {faults}",
            where=f"connection {connection.id}, flows.{flow.name}",
            fix="Correct the settings; the flow goes on by itself.",
        ) from None


class LogTally:
    """Counts go to the log, one line a batch, and to CloudWatch in its embedded metric format.

    Metrics: each outcome by `flow`, `requests` by `system`, and `paused`, the flows of all connections that stand.
    """

    def __init__(self, http: Callable[[], Http]) -> None:
        self._http = http
        self._metrics = Metrics(service="crosswise")

    def batch(self, key: FlowKey, counts: Mapping[str, int]) -> None:
        http = self._http()
        requests = dict(http.requests)
        http.requests.clear()
        counted = {name: number for name, number in counts.items() if number}
        logger.info(
            "batch", extra={"connection": key.connection, "flow": key.flow, "counts": counted, "requests": requests}
        )
        self._emit(counted, flow=key.flow)
        for system, number in requests.items():
            self._emit({"requests": number}, system=system)

    def paused(self, flows: int) -> None:
        """How many flows are paused; an alarm waits for more than none."""
        self._emit({"paused": flows})

    def malformed(self, flow: str, message: str, faults: str) -> None:
        logger.warning("a message cannot be read", extra={"flow": flow, "message_id": message, "faults": faults})

    def _emit(self, counts: Mapping[str, int], **dimensions: str) -> None:
        if not counts:
            return
        for name, value in dimensions.items():
            self._metrics.add_dimension(name, value)
        for name, number in counts.items():
            self._metrics.add_metric(name, MetricUnit.Count, number)
        self._metrics.flush_metrics()


@dataclass(frozen=True)
class Systems(Mapping[str, System]):
    """The adapters of one connection, each built when first asked for."""

    connection: Connection
    runtime: Runtime
    names: tuple[str, ...]

    def __getitem__(self, name: str) -> System:
        if name not in self.names:
            raise KeyError(name)
        return self.runtime.system(self.connection, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


class Runtime:
    """All that a warm process keeps: clients, the table, the queues, one adapter per system and connection."""

    def __init__(self, clock: Clock, clients: Clients | None = None) -> None:
        self.clock = clock
        self.clients = clients or Clients()
        self._systems: dict[tuple[str, str, str], System] = {}

    def close(self) -> None:
        """Ends what holds connections."""
        if "http" in self.__dict__:
            self.http.close()

    @property
    def environment(self) -> Environment:
        """Never kept: in the local cloud one process plays every function in turn, each with its own."""
        return Environment.read(os.environ)

    @cached_property
    def http(self) -> Http:
        from shared.systems.http import Http

        return Http()

    @cached_property
    def store(self) -> Store:
        return Store(self.clients.dynamodb, self.environment.table)

    @property
    def queue(self) -> Queues:
        environment = self.environment

        def queue_of(flow: str) -> str:
            if flow not in FLOWS:
                raise ConfigurationWrong(
                    f"There is no flow {flow!r}.",
                    where="FLOWS of functions/wiring.py",
                    fix="Correct the flow's name, or deploy the version that has it.",
                )
            return environment.queue(flow)

        return Queues(self.clients.sqs, queue_of)

    def connections(self, name: str | None) -> list[Connection]:
        """The connection that an event names, or all; ConfigurationWrong where there is none of that name."""
        if name is None:
            return list(self.store.flows.connections())
        connection = self.store.flows.connection(name)
        if connection is None:
            raise ConfigurationWrong(f"There is no connection {name!r}", where="the event's `connection`")
        return [connection]

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.clients.secretsmanager, self.clock, self.environment.secret_prefix)

    @cached_property
    def mailer(self) -> Mailer:
        return Mailer(self.clients.ses)

    @property
    def tally(self) -> LogTally:
        return LogTally(lambda: self.http)

    @property
    def tools(self) -> Tools:
        return Tools(self.store, self.queue, self.clock, RandomIds(), self.tally)

    def flow(self, flow: type[Flow[Any]], connection: Connection) -> Flow[Any]:
        """The flow for one connection, its settings checked."""
        settings = check_settings(flow, connection)
        key, store = FlowKey(connection.id, flow.name), self.store
        systems, links = Systems(connection, self, flow.systems), View(store.links, key)
        return flow(Context(connection, settings, systems, links, lambda scope: store.imported.rows(key, scope)))

    def system(self, connection: Connection, name: str) -> System:
        """The adapter of one system of one connection, kept while its settings stay."""
        settings = connection.systems.get(name)
        if settings is None:
            raise ConfigurationWrong(
                f"Connection {connection.id} has no system {name}",
                where=f"connection {connection.id}, systems.{name}",
                fix=f"Name its base_url and company under systems.{name}.",
            )
        key = (connection.id, name, settings.model_dump_json())
        if key not in self._systems:
            self._systems[key] = _adapter(name)(settings, self._keys(name, connection.id), self.clock, self.http)
        return self._systems[key]

    def _keys(self, system: str, connection: str) -> Any:
        """The keys of one system of one connection, as its adapter takes them."""
        if system not in TOKEN_SHARED:
            return self.secrets.keys(system, connection)
        return SharedKeys(self.secrets, lambda: self.store.leases, self.clock, RandomIds(), system, connection)


def _adapter(name: str) -> Callable[[SystemSettings, Any, Clock, Http], System]:
    if name not in ADAPTERS:
        raise ConfigurationWrong(f"No adapter is called {name}")
    found: Callable[[SystemSettings, Any, Clock, Http], System]
    found = getattr(importlib.import_module(f"shared.systems.{name}"), ADAPTERS[name])
    return found


_runtime: Runtime | None = None


def runtime() -> Runtime:
    """The process's runtime, made on first use."""
    global _runtime  # noqa: PLW0603 - the one thing a warm Lambda keeps
    if _runtime is None:
        _runtime = Runtime(SystemClock())
    return _runtime


def use(clock: Clock | None = None, clients: Clients | None = None) -> Runtime:
    """Starts anew, with this clock: for the local cloud and tests, whose time can be turned.

    `clients` are those that another runtime has already: they keep nothing of what it did.
    """
    global _runtime  # noqa: PLW0603
    if _runtime is not None:
        _runtime.close()
    _runtime = Runtime(clock or SystemClock(), clients)
    return _runtime


Answering = Callable[[Any, Mapping[str, str]], Mapping[str, Any]]
"""Answers a question of a person's to a flow, as JSON; whatever hinders it is a SyncError."""


def worker(flow: type[Flow[Any]], **questions: Answering) -> Handler:
    """The Lambda handler of a flow's queue: answers which messages must be delivered again.

    A person's question, `{"why": {"connection": "acme", "record": "1700"}}`, is answered without any write; so are
    further `questions` of the flow's own, each by its name in the event. An answer that is `hindered` says why.
    """
    known: Mapping[str, Answering] = {"why": _glances, **questions}

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        here = runtime()
        for name, answering in known.items():
            if name in event:
                return _answer(here, flow, event[name], answering)
        engine = Engine(flow.name, lambda connection: here.flow(flow, connection), here.tools)
        deliveries = [_delivery(record) for record in event["Records"]]
        failed = engine.handle(deliveries, lambda: context.get_remaining_time_in_millis() / 1000)
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

    return handler


def _answer(here: Runtime, flow: type[Flow[Any]], question: Mapping[str, str], answering: Answering) -> dict[str, Any]:
    """What the flow of that connection answers, or else `hindered`, why nobody can tell now."""
    name = question["connection"]
    connection = here.store.flows.connection(name)
    if connection is None or flow.name not in connection.flows:
        return {"hindered": f"Connection {name!r} does not use {flow.name}."}
    try:
        return dict(answering(here.flow(flow, connection), question))
    except SyncError as error:
        return {"hindered": str(error)}


def _glances(flow: Flow[Any], question: Mapping[str, str]) -> dict[str, Any]:
    """What looks would come to."""
    found = glances(flow, question["record"], runtime().clock.now())
    return {"glances": [glance.model_dump(mode="json") for glance in found]}


def _delivery(record: Mapping[str, Any]) -> Delivery:
    attributes = record.get("attributes", {})
    return Delivery(
        id=record["messageId"],
        body=record["body"],
        receipt=record.get("receiptHandle", ""),
        received=int(attributes.get("ApproximateReceiveCount", 1)),
        group=attributes.get("MessageGroupId", record["messageId"]),
    )
