"""callback_registration: what is missing is made, what differs repaired, what is not ours left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from functions import wiring
from functions.callback_registration.entries import MARK, address, compare, needed
from functions.callback_registration.keeping import can_call
from infra.local.cloud import Cloud, LocalClock
from infra.local.simulators.psa import PsaSimulator
from shared.sync.connection import Connection
from shared.sync.issue import OpenIssue
from shared.systems.connectwise_psa.callback_entries import CallbackEntry
from tests.callbacks.conftest import START

PUBLIC = "https://abc123.execute-api.us-east-1.amazonaws.com"
KEYS = {"public_key": "public", "private_key": "private", "client_id": "0a4a7d3c-5f0e-4f1b-9d1c-2f6f3c1b7a90"}
PATH = "system/callbacks"


# Which work there is


def entry(number: int = 1, type_: str = "company", connection: str = "acme", **changes: Any) -> CallbackEntry:
    """An entry that is just as it must be, but for these changes."""
    return CallbackEntry(**{"id": number, **needed(PUBLIC, connection, type_), **changes})


def test_what_is_missing_is_made() -> None:
    work = compare([], PUBLIC, "acme", ["company", "ticket"])
    assert [fields["type"] for fields in work.create] == ["company", "ticket"]
    assert work.create[0] == {
        "type": "company",
        "level": "owner",
        "object_id": 1,
        "url": f"{PUBLIC}/callbacks/acme?recordId=",
        "description": "Crosswise: tells of every company that changes. Kept by itself; do not edit.",
        "inactive": False,
        "soap": False,
        "self_suppressed": False,
    }
    assert (work.repair, work.remove, work.kept) == ((), (), ())


def test_a_description_fits_its_field() -> None:
    assert all(len(needed(PUBLIC, "acme", "x" * 20)["description"]) <= 100 for _ in "x")


@pytest.mark.parametrize("change", [{}, {"type": "Company"}, {"level": "Owner"}])
def test_what_is_right_is_left_alone(change: dict[str, Any]) -> None:
    work = compare([entry(**change)], PUBLIC, "acme", ["company"])
    assert [kept.id for kept in work.kept] == [1]
    assert (work.create, work.repair, work.remove) == ((), (), ())


@pytest.mark.parametrize(
    "change",
    [
        {"inactive": True},
        {"level": "status", "object_id": 7},
        {"object_id": 0},
        {"url": f"{PUBLIC}/callbacks/acme"},
        {"url": f"{PUBLIC}/callbacks/acme/?id="},
        {"description": f"{MARK}, an older version"},
        {"soap": True},
        {"self_suppressed": True},
        {"description": ""},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_is_repaired_in_just_that(change: dict[str, Any]) -> None:
    work = compare([entry(**change)], PUBLIC, "acme", ["company"])
    (repair,) = work.repair
    assert repair.fields == {name: needed(PUBLIC, "acme", "company")[name] for name in change}
    assert repair.reactivates == ("inactive" in change)
    assert (work.create, work.remove, work.kept) == ((), (), ())


@pytest.mark.parametrize(
    "other",
    [
        entry(connection="acme-2"),
        entry(connection="acm"),
        entry(url="https://other.example/callbacks/acme?recordId="),
        entry(url=f"{PUBLIC}/callbacks?connection=acme&recordId=", description=MARK),
        entry(url=f"{PUBLIC}/callbacks/acme/extra?recordId="),
        entry(description="mine", level="status", object_id=3),
        entry(description="mine", url=f"{PUBLIC}/callbacks/acme?x=1&recordId="),
        entry(type_="ticket", description="mine"),
    ],
    ids=lambda other: f"{other.url.removeprefix(PUBLIC)} {other.description[:9]} {other.level}",
)
@pytest.mark.parametrize("types", [[], ["company"]])
def test_what_is_not_ours_is_neither_repaired_nor_removed(other: CallbackEntry, types: list[str]) -> None:
    work = compare([other], PUBLIC, "acme", types)
    assert (work.repair, work.remove, work.kept) == ((), (), ())
    assert len(work.create) == len(types)


def test_of_two_the_right_one_stays() -> None:
    older = entry(1, url=f"{PUBLIC}/callbacks/acme?id=")
    work = compare([older, entry(2), entry(3, level="status", object_id=5)], PUBLIC, "acme", ["company"])
    assert [kept.id for kept in work.kept] == [2]
    assert [gone.id for gone in work.remove] == [1, 3]
    assert (work.create, work.repair) == ((), ())


def test_a_type_that_nobody_wants_any_more_is_removed_but_in_preview_it_stays() -> None:
    assert [gone.id for gone in compare([entry()], PUBLIC, "acme", []).remove] == [1]
    assert compare([entry()], PUBLIC, "acme", [], may_stay=["company"]).remove == ()


def test_the_address_ends_where_connectwise_glues_the_id() -> None:
    assert needed(PUBLIC, "acme", "company")["url"] == f"{address(PUBLIC, 'acme')}?recordId="


# Done on a ConnectWise


@dataclass
class Psa:
    """A connection with a simulated ConnectWise, on a cloud that listens."""

    cloud: Cloud
    simulator: PsaSimulator

    def connect(self, name: str = "demo", flows: Mapping[str, Any] | None = None) -> None:
        systems = {"connectwise_psa": {"base_url": self.simulator.url, "company": "demo"}}
        flows = {"eautomate_customers": {}} if flows is None else flows
        connection = Connection.model_validate({"id": name, "name": "Demo MSP", "systems": systems, "flows": flows})
        self.cloud.put_secret(f"crosswise/connectwise_psa/{name}", KEYS)
        with self.inside():
            wiring.runtime().store.flows.put_connection(connection)

    def inside(self) -> Any:
        return self.cloud.settings_of("callback_registration")

    def keep(self, connection: str | None = "demo") -> dict[str, Any]:
        """What the function says that it did, for one connection or all."""
        event = {} if connection is None else {"connection": connection}
        invocation = self.cloud.invoke("callback_registration", event)
        assert not invocation.failed, invocation.trace
        done: dict[str, Any] = invocation.answer["connections"]
        return done if connection is None else done[connection]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return self.simulator.records(PATH)

    @property
    def issues(self) -> list[OpenIssue]:
        with self.inside():
            return list(wiring.runtime().store.issues.of_connection("demo"))

    @property
    def url(self) -> str:
        return f"{self.cloud.url}/callbacks/demo?recordId="

    def writes(self) -> int:
        """How many writes ConnectWise has seen."""
        return sum(number for name, number in self.simulator.requests.items() if not name.startswith("GET"))


@pytest.fixture
def psa() -> Iterator[Psa]:
    with Cloud(clock=LocalClock(START, still=True), http=0) as cloud, PsaSimulator(clock=cloud.clock.now) as simulator:
        made = Psa(cloud, simulator)
        made.connect()
        yield made
        assert simulator.crashes == []


NOTHING = {"created": [], "repaired": [], "reactivated": [], "removed": [], "kept": [], "elsewhere": [], "error": ""}


def test_every_entry_is_made_and_then_kept(psa: Psa) -> None:
    assert psa.keep() == {**NOTHING, "created": ["company"]}
    (made,) = psa.entries
    assert (made["url"], made["type"], made["level"], made["objectId"]) == (psa.url, "company", "owner", 1)
    assert not made["inactiveFlag"]
    before = psa.writes()
    assert psa.keep() == {**NOTHING, "kept": ["company"]}
    assert psa.writes() == before, "what is right costs no write"
    assert psa.simulator.ignored == []


def test_what_connectwise_disabled_is_activated_again(psa: Psa) -> None:
    psa.keep()
    psa.simulator.edit(PATH, psa.entries[0]["id"], inactiveFlag=True)
    assert psa.keep() == {**NOTHING, "reactivated": ["company"]}
    assert [one["inactiveFlag"] for one in psa.entries] == [False]


def test_what_somebody_changed_is_put_right(psa: Psa) -> None:
    psa.keep()
    psa.simulator.edit(PATH, psa.entries[0]["id"], url=psa.url.replace("?", "?old=1&"), description="Crosswise!")
    assert psa.keep() == {**NOTHING, "repaired": ["company"]}
    assert [one["url"] for one in psa.entries] == [psa.url]


def test_what_is_ours_and_not_needed_is_removed_and_nothing_else(psa: Psa) -> None:
    psa.keep()
    others = [
        {"url": "https://other.example/hook?recordId=", "description": "somebody else's"},
        {"url": "https://old.example/callbacks/demo?recordId=", "description": "Crosswise: of another stack"},
        {"url": psa.url.replace("demo", "demo-2"), "description": "Crosswise: of another connection"},
        {"url": psa.url.replace("recordId", "id"), "description": "somebody's who listens to us"},
    ]
    ids = [psa.simulator.add(PATH, type="company", level="owner", objectId=1, **other)["id"] for other in others]
    twin = psa.simulator.add(PATH, type="ticket", level="owner", objectId=1, url=psa.url, description="Crosswise: old")
    assert psa.keep() == {**NOTHING, "kept": ["company"], "removed": [twin["id"]], "elsewhere": ids[1:3]}
    psa.connect(flows={})
    done = psa.keep()
    assert len(done["removed"]) == 1
    assert [one["id"] for one in psa.entries] == ids


def test_in_preview_nothing_is_registered_and_nothing_taken_away(psa: Psa) -> None:
    psa.connect(flows={"eautomate_customers": {"preview": True}})
    assert psa.keep() == NOTHING
    psa.connect()
    psa.keep()
    psa.connect(flows={"eautomate_customers": {"preview": True}})
    assert psa.keep() == NOTHING
    assert len(psa.entries) == 1


def test_an_entry_with_our_address_but_a_persons_description_is_taken_over(psa: Psa) -> None:
    psa.keep()
    psa.simulator.edit(PATH, psa.entries[0]["id"], description="a person's", level="Owner", inactiveFlag=True)
    assert psa.keep()["reactivated"] == ["company"], "ConnectWise takes no second of its kind"
    (one,) = psa.entries
    assert one["description"].startswith(MARK)


class _ShowsNoEntries(httpx.BaseTransport):
    """A ConnectWise that shows each member the entries of its own only."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/system/callbacks"):
            return httpx.Response(200, json=[])
        return self._inner.handle_request(request)


def test_an_entry_that_we_are_not_shown_is_as_good(psa: Psa) -> None:
    psa.keep()
    wiring.runtime().http.transport_wrapper = _ShowsNoEntries
    assert psa.keep() == {**NOTHING, "kept": ["company"]}
    assert len(psa.entries) == 1
    assert psa.issues == []


def test_where_it_cannot_be_done_an_issue_says_what_to_do(psa: Psa) -> None:
    psa.simulator.api_member("Reader", "public", "private", {"System: My Company": "Inquire"})
    done = psa.keep()
    assert done["error"]
    (open_,) = psa.issues
    assert open_.issue.code == "CALLBACKS_NOT_KEPT"
    assert open_.due is None, "nothing retries it but the function itself"
    assert not open_.issue.blocks
    assert "Nothing is lost" in open_.issue.message
    assert "System: Table Setup" in open_.issue.fix
    psa.cloud.clock.turn(days=1)
    psa.keep()
    (again,) = psa.issues
    assert (again.attempts, again.first_seen) == (1, open_.first_seen)
    psa.simulator.api_member("Writer", "public", "private")
    assert psa.keep()["created"] == ["company"]
    assert psa.issues == []


@pytest.mark.parametrize("kind", ["status", "cut", "lost_answer"])
def test_what_was_cut_short_is_done_the_next_time(psa: Psa, kind: str) -> None:
    psa.simulator.faults.order(kind, operation="^POST /system/callbacks$")
    assert psa.keep()["error"]
    assert [one.issue.code for one in psa.issues] == ["CALLBACKS_NOT_KEPT"]
    assert psa.keep()["error"] == ""
    assert [one["url"] for one in psa.entries] == [psa.url]
    assert psa.issues == []


def test_who_asks_for_fewer_requests_gets_none_for_a_while(psa: Psa) -> None:
    psa.simulator.faults.order("status", status=429, retry_after=90)
    assert "Too many requests" in psa.keep()["error"]
    with psa.inside():
        now = psa.cloud.clock.now()
        pace = wiring.runtime().store.leases.pace(f"{psa.simulator.url.removeprefix('http://')}#demo", now)
    assert pace == now + timedelta(seconds=90)


def test_one_connection_in_trouble_does_not_keep_the_others_waiting(psa: Psa) -> None:
    psa.connect("another")
    psa.cloud.put_secret("crosswise/connectwise_psa/another", {**KEYS, "private_key": "wrong"})
    psa.connect("third")
    done = psa.keep(None)
    assert {name: one["created"] for name, one in done.items()} == {
        "another": [],
        "demo": ["company"],
        "third": ["company"],
    }
    assert "keys" in done["another"]["error"]
    assert len(psa.entries) == 2


def test_a_connection_that_is_not_there_is_told(psa: Psa) -> None:
    invocation = psa.cloud.invoke("callback_registration", {"connection": "nobody"})
    assert (invocation.error_type, "nobody" in invocation.error) == ("ConfigurationWrong", True)


def test_every_day_it_runs_by_itself() -> None:
    early = LocalClock(datetime(2026, 11, 2, 5, 19, tzinfo=UTC), still=True)
    with Cloud(clock=early, http=0) as cloud, PsaSimulator(clock=early.now) as simulator:
        psa = Psa(cloud, simulator)
        psa.connect()
        report = cloud.wait(minutes=2)
        assert report.runs()["CallbackRegistration"] == 1
        assert report.errors == []
        assert [one["url"] for one in psa.entries] == [psa.url]


def test_where_nothing_listens_nothing_is_registered() -> None:
    with Cloud(clock=LocalClock(START, still=True)) as cloud, PsaSimulator(clock=cloud.clock.now) as simulator:
        psa = Psa(cloud, simulator)
        psa.connect()
        assert psa.keep(None) == {}
        assert psa.simulator.requests == {}


@pytest.mark.parametrize(
    ("site", "public", "reachable"),
    [
        ("https://api-na.myconnectwise.net", "http://127.0.0.1:8080", False),
        ("https://api-na.myconnectwise.net", "http://localhost:8080", False),
        ("https://api-na.myconnectwise.net", PUBLIC, True),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8080", True),
    ],
)
def test_a_real_connectwise_is_never_told_to_call_this_machine(site: str, public: str, reachable: bool) -> None:
    connection = Connection.model_validate({"id": "acme", "systems": {"connectwise_psa": {"base_url": site}}})
    assert can_call(connection, public) is reachable
