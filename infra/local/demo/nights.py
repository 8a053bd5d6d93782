"""Three nights of a repair shop: as found, after a technician settled six issues, after a client was deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from functions.pcrt_coverage.report import Report, report
from functions.pcrt_coverage.situations import FLOW
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from infra.local.demo.sizes import Sizes
from infra.local.demo.tenant import Tenant
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import PLANS, FleetComputer
from infra.local.simulators.pcrt import PcrtSimulator
from shared.sync.issue import OpenIssue
from shared.sync.record import FlowKey

SHOP = "shop"
KEY = FlowKey(SHOP, FLOW)
ZONE = "America/Chicago"
HOUR, MORNING = 2, 7
"""When the flow runs, and when the technicians get their digest."""

CONFIG: Mapping[str, object] = {
    "connection": [
        {
            "id": SHOP,
            "name": "Demo Repair Shop",
            "time_zone": ZONE,
            "mail": {"recipients": ["technicians@example.com"], "hours": [MORNING]},
            "systems": {"pcrt": {"simulated": True, "web_url": "https://pcrt.example.com"}},
            "flows": {FLOW: {"at_hour": HOUR}},
        }
    ]
}


@dataclass(frozen=True)
class Night:
    """What a night came to by the time that it was over, since the night before, and what it asked of Automate."""

    title: str
    at: datetime
    report: Report
    requests: int
    covered: int


@dataclass
class Shop(Tenant):
    """Both systems of the shop, and its people."""

    connection = SHOP
    nights: list[Night] = field(default_factory=list)
    settled: list[tuple[OpenIssue, str]] = field(default_factory=list)

    @property
    def automate(self) -> AutomateSimulator:
        return self.simulator("connectwise_automate", AutomateSimulator)

    @property
    def pcrt(self) -> PcrtSimulator:
        return self.simulator("pcrt", PcrtSimulator)

    def night(self, title: str) -> Night:
        """Time passes until the flow is due, at two o'clock; all that comes of its run."""
        cloud, store = self.connected.cloud, self.connected.store()
        began = store.flows.state(KEY).due or cloud.clock.now()
        if began > cloud.clock.now():
            cloud.clock.turn_to(began - timedelta(minutes=2))
            self.watch(cloud.run_until_quiet())  # issues that were tried again by day
        self.automate.forget_requests()
        self.watch(cloud.wait(minutes=4))
        since = self.nights[-1].at if self.nights else began
        found = report(
            store.flows.state(KEY),
            store.links.everything(KEY),
            store.issues.of_connection(SHOP),
            store.proposals.of_flow(KEY),
            store.journal.of_flow(KEY, since),
            since,
        )
        asked = sum(self.automate.requests.values())
        self.nights.append(Night(title, cloud.clock.now(), found, asked, self.covered()))
        return self.nights[-1]

    def mail(self) -> None:
        """In the morning the technicians get their digest."""
        cloud = self.connected.cloud
        morning = cloud.clock.now().astimezone(ZoneInfo(ZONE)).replace(hour=MORNING, minute=0)
        for minutes in (-5, 5):  # issues are tried again before they are told
            cloud.clock.turn_to(morning + timedelta(minutes=minutes))
            self.watch(cloud.run_until_quiet())
        cloud.invoke("ErrorDigest", {})

    def approve(self) -> int:
        """Kim approves all that waits; how many lists that is."""
        cloud, store = self.connected.cloud, self.connected.store()
        asked = [one for one in store.proposals.of_flow(KEY) if one.verdict == "open"]
        self.operator(FLOW).approve(asked)
        self.watch(cloud.run_until_quiet())
        return len(asked)

    def settle(self) -> None:
        """A technician settles one issue each of six kinds, in Automate or in PCRT, by day."""
        issues = self.connected.store().issues.of_connection(SHOP)
        for code, repair in REPAIRS.items():
            open_ = next(one for one in issues if one.issue.code == code)
            self.settled.append((open_, repair(self, int(open_.issue.record.id))))

    def is_open(self, open_: OpenIssue) -> bool:
        return any(one.key == open_.key for one in self.connected.store().issues.of_connection(SHOP))

    def members(self, group: int) -> dict[str, list[int]]:
        """Whom the subscriptions of a group list, by their names."""
        rows = (row for row in self.pcrt.rows("servicecontracts") if row["groupid"] == group)
        return {row["scname"]: [int(one) for one in (row["additionalmembers"] or "").split(",") if one] for row in rows}

    def covered(self) -> int:
        """The computers that any subscription lists."""
        groups = {row["groupid"] for row in self.pcrt.rows("servicecontracts")}
        return len({pcid for group in groups for listed in self.members(group).values() for pcid in listed})

    def computer(self, id_: int) -> FleetComputer:
        """What is true of a computer of Automate's, by its id there."""
        return next(one for one in self.automate.fleet.computers if one.id == id_)


# What a technician does about six of them


def _set_external_id(shop: Shop, client: int) -> str:
    group = next(one.group_id for one in shop.automate.fleet.clients if one.id == client)
    shop.automate.edit_client(client, ExternalId=str(group))
    return f"enters the Group ID {group} as External ID in Automate"


def _create_pcid(shop: Shop, id_: int) -> str:
    computer = shop.computer(id_)
    group = next(one.group_id for one in shop.automate.fleet.clients if one.id == computer.client_id)
    serial = str(shop.automate.record("Computers", id_)["SerialNumber"])
    made = shop.pcrt.add_pc(computer.name, group, serial)
    return f"creates PCID {made} in the group by Bulk Add, with the serial number"


def _override(shop: Shop, id_: int) -> str:
    pcid = shop.computer(id_).pcid
    shop.automate.edit_computer(id_, AssetTag=str(pcid))
    return f"enters PCID {pcid} as Asset Tag in Automate"


def _empty_tag(shop: Shop, id_: int) -> str:
    shop.automate.edit_computer(id_, AssetTag="")
    return "empties the Asset Tag in Automate: the serial number matches"


def _join_plan(shop: Shop, id_: int) -> str:
    plan = max(PLANS, key=_plans_of_others(shop, id_).count)
    shop.automate.join(id_, plan)
    return f"puts it into the group {plan} in Automate"


def _leave_plan(shop: Shop, id_: int) -> str:
    """That of the plan which others of the client are in still, so that no subscription loses its last computer."""
    plan = max(shop.computer(id_).plans, key=_plans_of_others(shop, id_).count)
    shop.automate.leave(id_, plan)
    return f"takes it out of the group {plan} in Automate"


def _plans_of_others(shop: Shop, id_: int) -> list[str]:
    """The plan of each computer of the same client, but for those in several."""
    owner = shop.computer(id_).client_id
    return [one.plans[0] for one in shop.automate.fleet.computers if one.client_id == owner and len(one.plans) == 1]


REPAIRS: Mapping[str, Callable[[Shop, int], str]] = {
    "CLIENT_WITHOUT_GROUP": _set_external_id,
    "NO_MATCHING_PCID": _create_pcid,
    "SERIAL_ON_BLACKLIST": _override,
    "ASSET_TAG_IS_NO_PCID": _empty_tag,
    "NO_CWA_GROUP": _join_plan,
    "SEVERAL_CWA_GROUPS": _leave_plan,
}
"""By code, how a technician settles one such issue."""


def play(console: Console, sizes: Sizes, mail: Path, *, today: date | None = None) -> list[str]:
    """The three nights, printed; what did not come out as it must. The digest lies below `mail`, in `shop`."""
    zone = ZoneInfo(ZONE)
    night = datetime.combine(today or datetime.now(zone).date(), time_of_day(HOUR), zone)
    console.print(
        f"\nA repair shop: Automate with {sizes.clients} clients and {sizes.computers} computers, and PCRT's database, "
        "in which an old defect has listed every computer of a client on each of its subscriptions."
    )
    with Cloud(clock=LocalClock(night, still=True)) as cloud:
        sized = {"connectwise_automate": {"clients": sizes.clients, "computers": sizes.computers}}
        shop = Shop(connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized)))
        shop.connected.make_due()
        with console.status("Three nights ..."):
            wrong = [*_first(shop), *_second(shop), *_third(shop), *shop.errors]
        console.print(_nights(shop.nights))
        console.print(_settled(shop))
        console.print(_asked(shop.nights[-1].report, console.width))
        for old in [*(mail / "shop").glob("*.eml"), *(mail / "shop").glob("*.html")]:
            old.unlink()
        saved = cloud.save_mail(mail / "shop")
        console.print(f"The technicians' digest: {saved[0] if saved else 'none'}", markup=False, highlight=False)
    return wrong if saved else [*wrong, "the technicians' digest was not sent"]


def _first(shop: Shop) -> Iterable[str]:
    """As found: Kim approves that lists lose many computers, the rest is for technicians."""
    found = shop.night("1: as found").report
    if missing := REPAIRS.keys() - {section.code for section in found.sections}:
        yield f"the first night told nothing of {', '.join(sorted(missing))}"
    if not shop.approve():
        yield "nobody was asked before lists lost most of their computers"
    shop.mail()


def _second(shop: Shop) -> Iterable[str]:
    """Six issues are settled; nothing else is told but what the client shows that has its group now."""
    store = shop.connected.store()
    before = {one.key for one in store.issues.of_connection(SHOP)}
    shop.settle()
    shop.night("2: six issues settled")
    yield from (f"{one.issue.code} of {one.issue.name} is open still" for one, _ in shop.settled if shop.is_open(one))
    grouped = {one.scope for one, _ in shop.settled if one.issue.code == "CLIENT_WITHOUT_GROUP"}
    new = [one for one in store.issues.of_connection(SHOP) if one.key not in before and one.scope not in grouped]
    yield from (f"the second night found what was not there before: {one.issue.message}" for one in new)
    shop.approve()


def _third(shop: Shop) -> Iterable[str]:
    """A client is deleted by accident: its lists stay, and a person is asked."""
    example, covered = shop.automate.fleet.clients[0], shop.covered()
    listed = shop.members(example.group_id)
    shop.automate.delete_client(example.id)
    found = shop.night("3: a client deleted").report
    if not {"CLIENT_GONE", "COVERAGE_SHRANK"} <= {section.code for section in found.sections} or not found.asked:
        yield "nobody was asked about a client that was deleted"
    if shop.members(example.group_id) != listed or shop.covered() != covered:
        yield "a list was emptied because its client was deleted"


def _nights(nights: Sequence[Night]) -> Table:
    """A column for each night: what it wrote, and what is left to settle, section by section."""
    table = Table(title="Three nights of computer coverage", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for night in nights:
        table.add_column(night.title, justify="right", no_wrap=True)
    rows: list[tuple[str, Callable[[Night], object]]] = [
        ("lists rewritten since the night before", lambda night: len(night.report.changes)),
        ("computers that are listed", lambda night: night.covered),
        ("issues settled since the night before", lambda night: len(night.report.settled)),
        ("requests to Automate that night", lambda night: night.requests),
        ("lists that wait for a person", lambda night: night.report.asked),
        ("open issues", lambda night: night.report.issues),
    ]
    for words, count in rows:
        table.add_row(words, *(f"{count(night)}" for night in nights), end_section=words == "open issues")
    titles = dict.fromkeys((section.code, section.title) for night in nights for section in night.report.sections)
    for code, title in titles:
        counts = ({one.code: len(one.rows) for one in night.report.sections} for night in nights)
        table.add_row(f"  {title}", *(str(count.get(code, "")) for count in counts))
    return table


def _settled(shop: Shop) -> Table:
    title = "What a technician settled by day"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("issue", "the technician ...", "settled"):
        table.add_column(heading)
    for open_, what in shop.settled:
        table.add_row(f"{open_.issue.code}  {open_.issue.name}", what, "no" if shop.is_open(open_) else "yes")
    return table


def _asked(found: Report, width: int) -> Text:
    """What is asked about the client that was deleted; cut to the screen."""
    told = [row.message for one in found.sections if one.code in ("CLIENT_GONE", "COVERAGE_SHRANK") for row in one.rows]
    lines = [Text(f"  {message}") for message in told]
    for line in lines:
        line.truncate(max(width, 80), overflow="ellipsis")
    begin = Text("A client was deleted by accident. Nothing is written; a person is asked:")
    return Text("\n").join([begin, *lines, Text()])
