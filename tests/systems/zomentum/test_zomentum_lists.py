"""Lists lose nothing while people work, in whatever order Zomentum gives them, and never end early."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.clock import stamp
from shared.sync.errors import RetryLater
from shared.systems.zomentum import Company, Zomentum, changed_since, created_since, equals, is_in
from shared.systems.zomentum.client import PAGE_SIZE
from shared.systems.zomentum.filters import Filter
from shared.systems.zomentum.lists import Lists, Part
from tests.systems.vault import START, TurnableClock
from tests.systems.watching import Watch

PATH = "client/companies"
TICK = timedelta(milliseconds=1)


class Moving:
    """A list in an order of its own; if `restless`, of which something changes before each of the first 80 answers."""

    def __init__(self, seed: int, ticks: Sequence[int], limit: int, *, restless: bool) -> None:
        self.rng = random.Random(seed)
        self.limit = limit
        self.restless = restless
        self.rows: dict[str, dict[str, Any]] = {}
        self.asked = self.made = 0
        for tick in ticks:
            self.add(tick)
        self.stayed = set(self.rows)

    def add(self, tick: int) -> None:
        self.made += 1
        record_id = f"{self.rng.randrange(1000)}-{self.made}"
        at = stamp(START + tick * TICK)
        self.rows[record_id] = {"id": record_id, "created_at": at, "updated_at": at, "wanted": self.rng.random() < 0.7}

    def ask(self, where: Sequence[Filter], page: int) -> Part:
        self.asked += 1
        if self.restless and self.rows and self.asked <= 80:
            gone = self.rng.choice(sorted(self.rows))
            del self.rows[gone]
            self.stayed.discard(gone)
            self.add(10_000 + self.asked)
        found = [row for row in self.rows.values() if all(one.met_by(row) for one in where)]
        if self.restless:
            self.rng.shuffle(found)
        else:
            found.sort(key=lambda row: str(row["id"]))
        return Part(found[(page - 1) * self.limit : page * self.limit], len(found))

    def lists(self) -> Lists:
        return Lists(self.ask, system="zomentum", what="GET list", limit=self.limit)


TICKS = st.lists(st.integers(0, 40), max_size=60)


@given(seed=st.integers(0, 2**16), ticks=TICKS, limit=st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_whatever_the_order_every_record_comes_once(seed: int, ticks: list[int], limit: int) -> None:
    tenant = Moving(seed, ticks, limit, restless=False)
    ids = [row["id"] for rows, _ in tenant.lists().pages(()) for row in rows]
    assert sorted(ids) == sorted(tenant.rows)


@given(seed=st.integers(0, 2**16), ticks=st.sets(st.integers(0, 400), max_size=60), limit=st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_what_stays_is_found_while_others_come_and_go_and_a_scan_may_stop_anywhere(
    seed: int, ticks: set[int], limit: int
) -> None:
    tenant = Moving(seed, sorted(ticks), limit, restless=True)
    ids: list[str] = []
    after: str | None = None
    while True:
        rows, after = next(tenant.lists().pages((), after))
        ids += [row["id"] for row in rows]
        if after is None:
            break
    assert len(ids) == len(set(ids))
    assert tenant.stayed <= set(ids)


@pytest.mark.parametrize("order", ["updated", "newest", "oldest", "shuffled"])
@pytest.mark.parametrize("apart", [0, 1])
def test_a_list_of_many_answers_is_whole(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock, order: Any, apart: int
) -> None:
    server.settings.order = order
    server.settings.largest_page = 40
    for number in range(170):
        server.add_company(f"Company {number}")
        clock.turn(seconds=apart)
    assert sorted(one.name for one in zomentum.companies()) == sorted(f"Company {number}" for number in range(170))
    assert server.requests["GET client/companies"] < (60 if order == "shuffled" else 20)


def test_a_list_of_one_answer_costs_one_request(zomentum: Zomentum, server: ZomentumSimulator, watch: Watch) -> None:
    server.add_company("Acme")
    zomentum.companies()
    assert watch.queries(PATH) == [
        {
            "count_query_flag": ["true"],
            "page": ["1"],
            "limit": [str(PAGE_SIZE)],
            "included_child_entities": ["client_details:sync_data"],
        }
    ]


@pytest.mark.parametrize("fault", ["drift", "touch"])
def test_nothing_is_lost_to_what_moves_between_two_answers(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock, fault: str
) -> None:
    server.settings.largest_page = 10
    for number in range(60):
        server.add_company(f"Company {number}")
        clock.turn(seconds=1)
    there = {row["id"] for row in server.records(PATH)}
    server.faults.order(fault, operation="GET client/companies", times=8, after=1)
    found = [one.id for one in zomentum.companies()]
    assert len(found) == len(set(found))
    assert {row["id"] for row in server.records(PATH)} <= set(found) <= there


def import_at_once(server: ZomentumSimulator, number: int = 30) -> None:
    server.settings.largest_page = 10
    for one in range(number):
        server.add_company(f"Company {one}")


@pytest.mark.parametrize("after", range(3, 7))
def test_records_of_one_moment_are_read_again_when_one_is_deleted_meanwhile(
    zomentum: Zomentum, server: ZomentumSimulator, after: int
) -> None:
    import_at_once(server)
    server.settings.order = "newest"
    server.faults.order("drift", operation="GET client/companies", after=after)
    assert {one.id for one in zomentum.companies()} == {row["id"] for row in server.records(PATH)}
    assert len(server.records(PATH)) == 29


@pytest.mark.parametrize("counts", [(3, 4), (3, 3)], ids=["it shrinks and grows", "it repeats a page for ever"])
def test_records_of_one_moment_that_never_rest_are_an_error(counts: tuple[int, int]) -> None:
    asked = []

    def ask(where: Sequence[Filter], page: int) -> Part:
        asked.append(page)
        rows = [each for each in (row(1), row(2)) if all(test.met_by(each) for test in where)]
        return Part(rows, counts[len(asked) % 2])

    lists = Lists(ask, system="zomentum", what="GET list", limit=2)
    with pytest.raises(RetryLater, match="it moves while it is read"):
        next(lists.pages((), "2026-11-21T08:30:00.000Z,2026-11-21T08:30:00.001Z,"))
    assert len(asked) < 30


def test_a_filter_by_what_changes_is_not_trusted_among_records_of_one_moment(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock, watch: Watch
) -> None:
    import_at_once(server)
    clock.turn(hours=1)
    changed = [row["id"] for row in server.records(PATH)][3:20]
    for one in changed:
        server.edit(PATH, one, phone="1")
    found = zomentum.companies(changed_since(clock.now() - timedelta(minutes=1)))
    assert sorted(one.id for one in found) == sorted(changed)
    paged = [query["filters"][0] for query in watch.queries(PATH) if query["page"] != ["1"]]
    assert paged
    assert not any("updated_at" in text for text in paged)


# Filters


def test_filters_find_what_they_say(zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock) -> None:
    old = server.add_company("Old, Inc.")
    clock.turn(hours=1)
    new = server.add_company("New; Ltd")
    since = clock.now()
    assert [one.id for one in zomentum.companies(created_since(since))] == [new]
    clock.turn(minutes=1)
    server.edit(PATH, old, phone="1")
    assert [one.id for one in zomentum.companies(changed_since(clock.now()))] == [old]
    assert [one.id for one in zomentum.companies(equals("name", "old, inc."))] == [old]
    assert [one.id for one in zomentum.companies(equals("name", "New; Ltd"))] == [new]
    assert {one.id for one in zomentum.companies(is_in("name", ["New; Ltd", "Old, Inc.", "Other"]))} == {old, new}
    assert zomentum.companies(is_in("id", [])) == []
    assert set(zomentum.by_ids(Company, [old, new, "0" * 24, ""])) == {old, new}


def test_a_semicolon_or_a_comma_is_never_sent_where_it_would_mean_something_else(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch
) -> None:
    zomentum.companies(is_in("name", ["a", "b;id:eq:1", "c,d", "e"]))
    sent = [query.get("filters", [""])[0] for query in watch.queries(PATH)]
    assert sorted(sent) == ["", "name:eq:c,d;", "name:in:a,e;"]


def test_moments_are_written_in_utc_to_the_millisecond(zomentum: Zomentum, watch: Watch) -> None:
    at = START + timedelta(microseconds=123_999)
    zomentum.companies(changed_since(at), equals("id", "abc"))
    assert watch.queries(PATH)[0]["filters"] == ["updated_at:gte:2026-11-21T08:30:00.123Z;id:eq:abc;"]


def test_a_filter_that_is_not_heeded_costs_and_loses_nothing(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    server.settings.heeds = frozenset({"created_at"})
    server.settings.largest_page = 5
    for number in range(20):
        server.add_company(f"Company {number}")
        clock.turn(seconds=1)
    assert [one.name for one in zomentum.companies(equals("name", "company 7"))] == ["Company 7"]


def test_without_a_filter_by_created_at_a_long_list_cannot_be_read(
    zomentum: Zomentum, server: ZomentumSimulator, clock: TurnableClock
) -> None:
    server.settings.heeds = frozenset()
    server.settings.largest_page = 5
    for number in range(6):
        server.add_company(f"Company {number}")
        clock.turn(seconds=1)
    with pytest.raises(RetryLater, match="does not heed the filter by created_at"):
        zomentum.companies()


def test_many_values_are_asked_for_in_parts_that_fit(
    zomentum: Zomentum, server: ZomentumSimulator, watch: Watch
) -> None:
    ids = [server.add_company(f"Company {number}") for number in range(150)]
    assert set(zomentum.by_ids(Company, ids)) == set(ids)
    asked = [request for request in watch.requests if request.url.path == "/v2/client/companies"]
    assert 2 <= len(asked) <= 6
    assert max(len(str(request.url)) for request in asked) <= 2000


# Answers that cannot be trusted


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "created_at": "2026-11-21T08:30:00.000Z", **more}


def told(*rows: dict[str, Any], count: object) -> dict[str, Any]:
    return {"data": list(rows), "filtered_count_map": {"all": count}}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"data": [row(1)]}, "how long it is"),
        (told(row(1), count=None), "how long it is"),
        (told(row(1), count="1"), "how long it is"),
        (told(count=3), "it counts 3 records and gives 0"),
        (told(row(1), row(2), count=1), "it counts 1 record and gives 2"),
        (told(row(1), row(1), count=2), "names a record twice"),
        (told(row(1), {"id": "2"}, count=5), "not every record tells created_at"),
        (told(row(1), row(2, created_at="noon"), count=5), "not every record tells created_at"),
        (told("1", count=1), "something unreadable"),  # type: ignore[arg-type]
        ({"data": {}}, "something unreadable"),
        ([], "something unreadable"),
        (told({"name": "Acme"}, count=1), "something unreadable"),
        (told(row(1, custom_fields=5), count=1), r"something unreadable \(record 1: custom_fields"),
    ],
)
def test_a_list_that_contradicts_itself_is_an_error(zomentum: Zomentum, watch: Watch, answer: Any, why: str) -> None:
    watch.answer(PATH, answer)
    with pytest.raises(RetryLater, match=why):
        zomentum.companies()


def test_a_page_in_the_place_of_a_list_is_no_empty_list(zomentum: Zomentum, server: ZomentumSimulator) -> None:
    server.faults.order("html", operation=f"GET {PATH}")
    with pytest.raises(RetryLater):
        zomentum.companies()


def test_custom_fields_need_no_count_unless_there_may_be_more(zomentum: Zomentum, watch: Watch) -> None:
    watch.answer("custom/fields", {"data": [row(1, name="Crosswise ID")]})
    assert [one.name for one in zomentum.custom_fields(Company)] == ["Crosswise ID"]
    watch.answer("custom/fields", {"data": [row(number) for number in range(PAGE_SIZE)]})
    with pytest.raises(RetryLater, match="how long it is"):
        zomentum.custom_fields(Company)
