"""A dealer's two systems and all seven flows in one local cloud, where each cause of a check list comes about once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.cli import asked, asking
from infra.local.cli.asking import told
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import Connected, connect
from infra.local.config import Known, check
from infra.local.demo.failures import Made, Scene
from infra.local.demo.failures.failure import CONNECTION
from infra.local.demo.month import COMPANIES, INVOICES, TIME
from infra.local.demo.playing import A_DAY, Play
from infra.local.demo.settings import CONFIG, FIRST, OTHERS, ZONE
from infra.local.demo.sizes import Sizes
from infra.local.demo.stage import Stage
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.aws.table import Store
from shared.partners.eautomate import (
    AGREEMENTS,
    CALL_TRANSFERS,
    CUSTOMERS,
    PROJECT_INVOICES,
    SALES_ORDERS,
    SERVICE_CALLS,
)
from shared.sync.connection import Connection
from shared.sync.ports import Queue
from shared.sync.record import Ref
from shared.sync.why import Answer

OTHER = "other"
"""A connection of the same two systems, in which nothing is ever scanned: its flows can only be asked."""

STRICT: Mapping[str, Mapping[str, Any]] = {
    CUSTOMERS: {"filters": {"customer_type": ["MSP"], "branch": ["1"], "contract_type": ["MS"]}},
    AGREEMENTS: {**OTHERS[AGREEMENTS], "agreement_types": ["Block Time"], "first_day": "2026-10-01"},
    SERVICE_CALLS: {"mode": "invoice", "invoice_statuses": ["Ready"]},
    CALL_TRANSFERS: {"filters": {}},
    PROJECT_INVOICES: OTHERS[PROJECT_INVOICES],
    SALES_ORDERS: OTHERS[SALES_ORDERS],
}
"""How its flows are set: what only other settings keep out."""

KEPT_OUT, LOCATION = "K90001", "K90002"
"""Numbers of a customer that takes no part, and of its location."""

SIZES = Sizes(
    companies=14, customers=34, matched=4, ambiguous=1, two_numbers=0, opted_out=1, refused=1, edits=0,
    agreements=3, tickets=6, calls=2, projects=2, orders=3,
)  # fmt: skip
START = datetime(2026, 11, 30, 9, 5, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True)
class Line:
    """One line of a list: what to check, in which flow, how it comes about, and what the answer must say.

    `about` makes the cause, or is what a person types for a record that is there from the start. `cause` and `fix` are
    words of the answer.
    """

    rule: str
    check: str
    flow: str
    about: Callable[[Scene], Made] | str
    cause: str
    fix: str
    connection: str = CONNECTION

    def __str__(self) -> str:
        return f"{self.rule} {self.flow.removeprefix('eautomate_')}: {self.check}"


@dataclass
class World:
    """The cloud, the dealer at work in it, what was made to go wrong, and what `why` said of each line."""

    connected: Connected
    play: Play
    made: dict[Callable[[Scene], Made], Made] = field(default_factory=dict)
    said: dict[Line, list[str]] = field(default_factory=dict)
    agreement_said: list[str] = field(default_factory=list)

    @property
    def scene(self) -> Scene:
        return self.play.scene

    def make(self, lines: Iterable[Line]) -> None:
        """Lets the causes of these lines come about, in order; each once, however many lines it has."""
        for line in lines:
            if not isinstance(line.about, str) and line.about not in self.made:
                self.made[line.about] = line.about(self.scene)

    def sync(self) -> None:
        """Every flow of the first connection scans, customers first."""
        for flow in (*FIRST, *OTHERS):
            self.play.sync(flow)
        assert self.play.errors == []

    def mail(self) -> None:
        """All issues are mailed as often as they ever are."""
        store = self.scene.store
        for _ in range(3):
            store.issues.mailed(store.issues.of_connection(CONNECTION), self.connected.cloud.clock.now())

    def pass_a_day(self) -> None:
        """Every flow compares everything; every issue is tried again."""
        cloud = self.connected.cloud
        cloud.clock.turn(hours=A_DAY)
        report = cloud.wait(minutes=3)
        assert report.errors == []

    def ask(self, lines: Iterable[Line]) -> None:
        """What `crosswise why` prints, answer by answer, of each line's record."""
        for line in lines:
            text = line.about if isinstance(line.about, str) else self.typed(self.made[line.about].record)
            self.said[line] = list(map(told, self.why(text, line.flow, line.connection)))

    def ask_agreement(self, cause: Callable[[Scene], Made]) -> None:
        """What it prints of the agreement of an invoice."""
        invoice = self.scene.psa.record(INVOICES, int(self.made[cause].record.id))
        address = f"cw#agreement-contract#{invoice['agreement']['id']}"
        self.agreement_said = list(map(told, self.why(address, AGREEMENTS)))

    def why(self, text: str, flow: str, connection: str = CONNECTION) -> list[Answer]:
        """What `crosswise why TEXT --flow FLOW --connection CONNECTION` answers."""
        answers, hindered = self.asked(text, flow, connection)
        assert hindered == []
        return answers

    def asked(self, text: str, flow: str, connection: str | None) -> tuple[list[Answer], list[str]]:
        """What it answers, and what it complains of."""
        return asking.answers(_Here(self.connected), connection, flow, text, lambda _: None)

    def facts(self, record: Ref) -> dict[str, str]:
        """Numbers of a record that people know beside that one."""
        psa = self.scene.psa
        match record.kind:
            case "project-invoice-call":
                return {"ticket": str(psa.record(INVOICES, int(record.id))["ticket"]["id"])}
            case "customer-company":
                return {"identifier": str(psa.record(COMPANIES, int(record.id))["identifier"])}
            case "call-ticket":
                return {"number": self.typed(record)}
            case _:
                return {"id": record.id}

    def typed(self, record: Ref) -> str:
        """The number or name by which people know a record."""
        psa, eautomate = self.scene.psa, self.scene.eautomate
        match record.kind, record.side:
            case (("customer-company" | "location-site"), "partner"):
                return next(row.number for row in eautomate.customers if str(row.id) == record.id)
            case "customer-company", "cw":
                return str(psa.record(COMPANIES, int(record.id))["name"])
            case "member-technician", "cw":
                row = psa.record("system/members", int(record.id))
                return f"{row['firstName']} {row['lastName']}"
            case (("invoice-import" | "project-invoice-call"), "cw"):
                return str(psa.record(INVOICES, int(record.id))["invoiceNumber"])
            case "agreement-contract", "cw":
                return str(psa.record("finance/agreements", int(record.id))["name"])
            case "call-ticket", "partner":
                return next(row.number for row in eautomate.calls if str(row.id) == record.id)
            case "project", "cw":
                return str(psa.record("project/projects", int(record.id))["name"])
            case "time-labor", "cw":
                return str(psa.record(TIME, int(record.id))["chargeToId"])
            case _:
                return record.id


@dataclass(frozen=True)
class _Here:
    """The cloud of this process, as a place for commands."""

    connected: Connected
    name: str = "the cloud of this test"

    @property
    def store(self) -> Store:
        return self.connected.store()

    @property
    def queue(self) -> Queue:
        raise NotImplementedError

    def ask(self, command: str, request: Mapping[str, Any], tell: Callable[[str], object]) -> dict[str, Any]:
        assert command == "invoke"
        return asked.invoke(self.connected, request, tell)


@contextmanager
def dealers_world() -> Iterator[World]:
    """The dealer with its customers in step; then all flows in use, with all failures of the demo that a month brings,
    none of them scanned yet; and the other connection beside it.
    """
    with Cloud(clock=LocalClock(START, still=True)) as cloud:
        sized = {"connectwise_psa": {"companies": SIZES.companies}, "eautomate": {"customers": SIZES.customers}}
        connected = connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized))
        psa, eautomate = (connected.simulators[CONNECTION, one] for one in ("connectwise_psa", "eautomate"))
        assert isinstance(psa, PsaSimulator)
        assert isinstance(eautomate, EautomateSimulator)
        Stage(psa, eautomate, SIZES).set()
        spoil(eautomate)
        connected.make_due()
        cloud.wait(minutes=2)
        world = World(connected, Play(connected, SIZES))
        world.play.begin()
        world.made = {case.failure.make: case.made for case in world.play.cases}
        _add_other(connected)
        yield world


def spoil(eautomate: EautomateSimulator) -> None:
    """Customers that the first scan leaves alone: one that is kept out, and its location."""
    eautomate.add_customer(KEPT_OUT, "Old Mill Inc")
    eautomate.set_property(KEPT_OUT, "ZCJ_SyncToCW", "No")
    eautomate.add_customer(LOCATION, "Old Mill Warehouse", parent=KEPT_OUT)


def _add_other(connected: Connected) -> None:
    """The connection of which nothing is ever scanned, to the same two systems."""
    cloud, store = connected.cloud, connected.store()
    secrets = cloud.client("secretsmanager")
    first = connected.connections[CONNECTION]
    for system in first.systems:
        prefix = f"{cloud.stack.parameters['SecretPrefix']}/{system}"
        keys = json.loads(secrets.get_secret_value(SecretId=f"{prefix}/{CONNECTION}")["SecretString"])
        cloud.put_secret(f"{prefix}/{OTHER}", keys)
    store.flows.put_connection(Connection.model_validate({**first.model_dump(), "id": OTHER, "flows": STRICT}))
