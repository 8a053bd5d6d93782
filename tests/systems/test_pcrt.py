"""The PCRT adapter against its tables, in SQLite and in MariaDB with both of its engines: what it reads and writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy.event
from sqlalchemy.engine import Engine

from infra.local.simulators.automate.fleet import FIRST_PCID
from infra.local.simulators.pcrt import MariaDb, PcrtSimulator, seed
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, Conflict, OutcomeUnknown, RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.sync.ports import System
from shared.systems.http import Http
from shared.systems.pcrt import Asset, Group, Pcrt, Subscription, client, serial_key

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
BACKENDS = ("sqlite", "MyISAM", "InnoDB")


class Clock:
    def now(self) -> datetime:
        return NOW

    def __call__(self) -> datetime:
        return NOW


def keys(*, fresh: bool) -> Mapping[str, str]:
    return {"user": "demo", "password": "demo"}


@pytest.fixture(params=BACKENDS)
def shop(request: pytest.FixtureRequest) -> Iterator[PcrtSimulator]:
    """A PCRT with nothing in it, in each kind of database."""
    server: MariaDb | None = None if request.param == "sqlite" else request.getfixturevalue("mariadb")
    engine = "MyISAM" if request.param == "sqlite" else request.param
    with PcrtSimulator(clock=Clock(), clients=0, computers=0, server=server, engine=engine) as simulator:
        yield simulator


@pytest.fixture
def pcrt(shop: PcrtSimulator, http: Http) -> Pcrt:
    return connected(shop, http)


def connected(shop: PcrtSimulator, http: Http, **settings: str) -> Pcrt:
    return Pcrt(SystemSettings.model_validate({"base_url": shop.url, **settings}), keys, Clock(), http)


def rewrite(subscription: int, before: Any, after: Any) -> Step:
    fields, was = {"members": after}, {"members": before}
    return Step("members", "pcrt", "subscription", "update", str(subscription), fields, "", was)


@contextmanager
def just_before(statement: str, happens: Any) -> Iterator[None]:
    """Lets something happen once, just before a statement that begins so is carried out."""
    waiting = [happens]

    def watch(_cursor: Any, text: str, *_: Any) -> bool:
        if waiting and text.startswith(statement):
            waiting.pop()()
        return False

    sqlalchemy.event.listen(Engine, "do_execute", watch)
    try:
        yield
    finally:
        sqlalchemy.event.remove(Engine, "do_execute", watch)
    assert not waiting, f"there was no {statement}"


# The system


def test_it_is_a_system_of_the_engines(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    system: System = pcrt
    system.check()
    assert system.name == "pcrt"
    assert system.pace_key == shop.url.partition("://")[2].replace("/", "#", 1)


def test_its_time_is_the_database_servers(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    """SQLite has no server, whose clock could differ from ours."""
    said = pcrt.server_time()
    if shop.url.startswith("sqlite"):
        assert said == NOW
    else:
        assert abs(said - datetime.now(UTC)) < timedelta(seconds=5)


def test_statements_are_counted_as_requests(pcrt: Pcrt, http: Http) -> None:
    pcrt.all_groups()
    pcrt.all_subscriptions()
    assert http.requests == {"pcrt": 2}


# Groups


def test_groups_are_found_by_their_ids(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_group("Alder Dental", 301)
    shop.add_group("Zoë's Café", 302)
    assert pcrt.groups([302, 999, 302]) == {302: Group(302, "Zoë's Café")}
    assert [group.key for group in pcrt.all_groups()] == ["301", "302"]
    assert pcrt.groups([]) == {}


def test_links_lead_to_the_pages_of_pcrt(shop: PcrtSimulator, http: Http) -> None:
    group = shop.add_group("Alder Dental", 301)
    pcid = shop.add_pc("AD-WS-1", group, id_=1000)
    shop.add_subscription("BizCare Plus", group, id_=7)
    pcrt = connected(shop, http, web_url="https://pcrt.example.com/pcrt/")
    top = "https://pcrt.example.com/pcrt/repair"
    assert pcrt.groups([group])[group].url == f"{top}/group.php?func=viewgroup&pcgroupid=301"
    assert pcrt.assets_by_id([pcid])[pcid].url == f"{top}/pc.php?func=showpc&pcid=1000"
    assert pcrt.all_subscriptions()[0].url == f"{top}/msp.php?func=viewservicecontract&scid=7"


# PCIDs


def test_a_pcid_is_read_with_its_serial_number(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_pc("AD-WS-1", 301, "325JVNA", "Dell OptiPlex 7010", id_=1000)
    extra: dict[int | str, str] = {2: "Windows 11 Pro", 100: "16 GB", 104: "325JVNA"}
    asset = Asset(1000, "AD-WS-1", 301, "325JVNA", "Dell OptiPlex 7010", extra)
    assert pcrt.assets_by_id([1000, 1001]) == {1000: asset}
    assert asset.key == "1000"


@pytest.mark.rule("PC-32")
def test_group_0_is_none(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    pcid = shop.add_pc("AD-WS-1", 0)
    assert pcrt.assets_by_id([pcid])[pcid].group is None


def test_the_assets_of_groups_come_by_group(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    one, other, lost = (shop.add_pc(name, group) for name, group in (("A", 301), ("B", 302), ("C", 0)))
    second = shop.add_pc("D", 301)
    found = pcrt.assets_of_groups([301, 302, 303])
    assert {group: [asset.id for asset in assets] for group, assets in found.items()} == {
        301: [one, second],
        302: [other],
        303: [],
    }
    assert lost not in [asset.id for assets in found.values() for asset in assets]


@pytest.mark.rule("PC-07", "PC-22")
def test_serial_numbers_are_found_trimmed_and_in_any_letter_case(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    plain = shop.add_pc("A", 301, "325JVNA")
    untidy = shop.add_pc("B", 302, " 325jvna ")
    shop.add_pc("C", 301, "325JVNA2")
    shop.add_pc("D", 301, "Serial: 325JVNA")
    shop.add_pc("E", 301)
    found = pcrt.assets_by_serial([" 325Jvna", "NONE-SUCH", "", "  "])
    assert {key: [asset.id for asset in assets] for key, assets in found.items()} == {"325jvna": [plain, untidy]}


@pytest.mark.parametrize("serial", ["100%", "5_5", "a|b", "O'Brien\"", "back\\slash", "............", "Zoë-1", "ÄÖ 7"])
def test_no_sign_of_a_serial_number_means_more_than_itself(pcrt: Pcrt, shop: PcrtSimulator, serial: str) -> None:
    pcid = shop.add_pc("A", 301, serial)
    shop.add_pc("B", 301, "1000 and 505 and acb and O and back and ............. and Zo-1 and Stra")
    found = pcrt.assets_by_serial([serial.upper()])
    assert {key: [asset.id for asset in assets] for key, assets in found.items()} == {serial_key(serial): [pcid]}


def test_every_asset_is_read_in_pages_by_key(
    pcrt: Pcrt, shop: PcrtSimulator, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 3)
    pcids = [shop.add_pc(f"PC {number}") for number in range(7)]
    pcrt.serial_field()
    http.requests.clear()
    assert [asset.id for asset in pcrt.all_assets()] == pcids
    assert http.requests["pcrt"] == 3


def test_what_is_deleted_while_pages_are_read_hides_no_other(
    pcrt: Pcrt, shop: PcrtSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 3)
    pcids = [shop.add_pc(f"PC {number}") for number in range(7)]
    assets = pcrt.all_assets()
    first = [next(assets).id for _ in range(2)]
    for pcid in pcids[:2]:
        shop.delete("pc_owner", pcid)
    assert [*first, *(asset.id for asset in assets)] == pcids


def test_one_that_cannot_be_read_is_told_and_the_rest_goes_on(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    good, bad = shop.add_pc("A", 301, "325JVNA"), shop.add_pc("B", 301, "4GX2")
    shop.edit("pc_owner", bad, pcextra=shop.row("pc_owner", bad)["pcextra"][:-9])
    found = {asset.id: asset for asset in pcrt.all_assets()}
    assert (found[good].serial, found[good].unreadable) == ("325JVNA", "")
    assert found[bad].serial == ""
    assert "no array that PHP can have written" in found[bad].unreadable
    assert pcrt.assets_by_serial(["4GX2"]) == {}


def test_the_field_of_serial_numbers_is_found_by_its_matchword(shop: PcrtSimulator, http: Http) -> None:
    pcid = shop.add_pc("A", 301, "325JVNA")
    shop.edit("mainassetinfofields", 104, matchword="")
    shop.edit("mainassetinfofields", 100, matchword="serial")
    pcrt = connected(shop, http)
    assert (pcrt.serial_field(), pcrt.assets_by_id([pcid])[pcid].serial) == (100, "16 GB")
    shop.edit("mainassetinfofields", 100, matchword="")
    with pytest.raises(ConfigurationWrong, match="No asset field") as caught:
        connected(shop, http).assets_by_id([pcid])
    assert "mainassetinfofields" in caught.value.where


# Subscriptions


def test_a_subscription_is_read_with_its_group_and_its_members(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_subscription(
        "BizCare Plus", 301, cwa_group=3, members=(1001, 1000), expires=date(2027, 1, 31), id_=7, active=True
    )
    assert pcrt.all_subscriptions() == [
        Subscription(
            7, "BizCare Plus", 301, None, True, date(2027, 1, 31), 3, "3", (1000, 1001), "1001,1000"
        )
    ]  # fmt: skip


@pytest.mark.rule("PC-18")
def test_one_of_a_pcid_counts_for_that_pcids_group(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    pcid = shop.add_pc("A", 301)
    of_pcid = shop.add_subscription("BizCare Basic", pcid=pcid)
    of_group = shop.add_subscription("BizCare Plus", 301)
    nowhere = shop.add_subscription("BizCare Plus")
    found = pcrt.subscriptions_of([301, 302])
    assert [(one.id, one.group, one.pcid) for one in found[301]] == [(of_pcid, 301, pcid), (of_group, 301, None)]
    assert found[302] == []
    assert [one.id for one in pcrt.all_subscriptions()] == [of_pcid, of_group, nowhere]
    shop.move_pc(pcid, 0)
    assert [one.id for one in pcrt.subscriptions_of([301])[301]] == [of_group]


def test_of_several_pcids_that_name_a_subscription_the_first_counts(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    first, second = shop.add_pc("A", 301), shop.add_pc("B", 302)
    subscription = shop.add_subscription("BizCare Basic", pcid=second)
    shop.edit("pc_owner", first, scid=subscription)
    (found,) = pcrt.all_subscriptions()
    assert (found.pcid, found.group) == (first, 301)
    assert pcrt.subscriptions_of([302]) == {302: []}


def test_stock_pcrt_lists_the_machines_of_a_groups_contract_too(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    pcid = shop.add_pc("A", 302)
    subscription = shop.add_subscription("BizCare Basic", 301)
    shop.edit("pc_owner", pcid, scid=subscription)
    (found,) = pcrt.all_subscriptions()
    assert (found.group, found.pcid) == (301, None)


@pytest.mark.rule("PC-39")
@pytest.mark.parametrize(
    ("stored", "read", "text"),
    [("3", 3, "3"), (" 12 ", 12, " 12 "), ("", None, ""), (None, None, ""), ("0", None, "0"), ("Plus", None, "Plus")],
)
def test_a_cwa_group_is_a_number_above_0(
    pcrt: Pcrt, shop: PcrtSimulator, stored: str | None, read: int | None, text: str
) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    shop.edit("servicecontracts", subscription, cwagroup=stored)
    (found,) = pcrt.all_subscriptions()
    assert (found.cwa_group, found.cwa_group_text) == (read, text)


def test_an_inactive_subscription_and_one_without_an_end_are_told(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_subscription("BizCare Plus", 301, active=False)
    endless = shop.add_subscription("BizCare Premium", 301)
    shop.edit("servicecontracts", endless, scexpdate="0000-00-00")
    ended, found = pcrt.all_subscriptions()
    assert (ended.active, ended.expires) == (False, date(2027, 11, 21))
    assert (found.active, found.expires) == (True, None)


def test_what_is_no_pcid_in_a_list_is_told_apart(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_subscription("BizCare Plus", 301, members=" 1002, 1001;1001,Front desk,0,-5\n")
    (found,) = pcrt.all_subscriptions()
    assert (found.members, found.unread) == ((1001, 1002), ("Front", "desk", "0", "-5"))


# The private columns


def test_the_private_columns_may_be_called_otherwise_and_stand_elsewhere(shop: PcrtSimulator, http: Http) -> None:
    shop.store.write("CREATE TABLE bizcare (scid int, pcids text)")
    shop.store.write("ALTER TABLE servicecontracts ADD COLUMN automate_group int")
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1, 2))
    shop.edit("servicecontracts", subscription, automate_group=5)
    shop.store.insert("bizcare", [{"scid": subscription, "pcids": "1000"}, {"scid": 99, "pcids": "1000"}])
    pcrt = connected(shop, http, cwa_group_column="servicecontracts.automate_group", members_column="bizcare.pcids")
    (found,) = pcrt.subscriptions_of([301])[301]
    assert (found.cwa_group, found.members) == (5, (1000,))
    pcrt.apply(rewrite(subscription, (1000,), (1001,)))
    assert shop.store.rows("SELECT pcids FROM bizcare ORDER BY scid") == [{"pcids": "1001"}, {"pcids": "1000"}]
    assert shop.members(subscription) == "1,2"
    shop.store.insert("bizcare", [{"scid": subscription, "pcids": "1001"}])
    for ask in (lambda: pcrt.apply(rewrite(subscription, (1001,), (1002,))), pcrt.all_subscriptions):
        with pytest.raises(ConfigurationWrong, match="several times"):
            ask()
    with pytest.raises(RecordRejected, match="not there"):
        pcrt.apply(rewrite(100, (), (1002,)))


@pytest.mark.parametrize("setting", ["cwa_group_column", "members_column"])
@pytest.mark.parametrize("place", ["servicecontracts.plan", "bizcare.plan"])
def test_a_private_column_that_is_not_there_is_named_with_its_setting(
    shop: PcrtSimulator, http: Http, setting: str, place: str
) -> None:
    pcrt = connected(shop, http, **{setting: place})
    with pytest.raises(ConfigurationWrong) as caught:
        pcrt.all_subscriptions()
    assert caught.value.where == f"systems.pcrt.{setting}"
    assert place.split(".")[0 if "bizcare" in place else 1] in caught.value.what
    assert pcrt.columns() == {"cwa_group_column": True, "members_column": True} | {setting: False}


def test_tables_that_are_not_pcrts_are_told(shop: PcrtSimulator, http: Http) -> None:
    shop.store.write("ALTER TABLE pc_owner RENAME TO pc_owners")
    pcrt = connected(shop, http)
    for ask in (lambda: pcrt.assets_of_groups([1]), lambda: pcrt.may_read("pc_owner")):
        with pytest.raises(ConfigurationWrong, match="pc_owner") as caught:
            ask()
        assert caught.value.where == "systems.pcrt.base_url"
    pcrt.may_read("pc_group")


# Writing


@pytest.mark.rule("PC-09")
def test_members_are_replaced_and_nothing_else_is_touched(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1000, 1001))
    shop.add_subscription("BizCare Premium", 301, members=(1000, 1001))
    before = shop.rows("servicecontracts")
    applied = pcrt.apply(rewrite(subscription, (1000, 1001), (1003, 1002, 1003)))
    assert (applied.id, applied.record) == (str(subscription), {"members": (1002, 1003)})
    expected = [{**row} for row in before]
    expected[0]["additionalmembers"] = "1002,1003"
    assert shop.rows("servicecontracts") == expected


@pytest.mark.parametrize(
    ("stored", "before"), [(None, ()), ("", ()), ("1001, 1000", (1000, 1001)), ("1000,ask Dana", (1000,))]
)
def test_however_the_list_is_stored_it_is_replaced_whole(
    pcrt: Pcrt, shop: PcrtSimulator, stored: str | None, before: tuple[int, ...]
) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    shop.edit("servicecontracts", subscription, additionalmembers=stored)
    pcrt.apply(rewrite(subscription, before, (1005,)))
    assert shop.members(subscription) == "1005"


def test_a_list_may_become_empty(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1000,))
    pcrt.apply(rewrite(subscription, (1000,), ()))
    assert shop.members(subscription) == ""


def test_a_list_that_is_right_already_is_not_written(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1000,))
    pcrt.apply(rewrite(subscription, (1000,), (1000,)))
    assert not [asked for asked in shop.requests if asked.startswith("UPDATE")]


@pytest.mark.rule("PC-10")
def test_a_list_that_changed_since_it_was_read_is_not_written(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1000,))
    shop.set_members(subscription, (1000, 1009))
    with pytest.raises(Conflict):
        pcrt.apply(rewrite(subscription, (1000,), (1001,)))
    assert shop.members(subscription) == "1000,1009"
    assert not [asked for asked in shop.requests if asked.startswith("UPDATE")]


@pytest.mark.parametrize(
    ("stored", "then"),
    [("1000", "1000,1009"), ("1000,x", "1000,X"), ("1000", "1000 "), ("1000,é", "1000,e"), ("1000", None), ("", "7")],
)
def test_a_list_that_changes_in_the_very_moment_is_not_written(
    pcrt: Pcrt, shop: PcrtSimulator, stored: str, then: str | None
) -> None:
    """MySQL would take letters of any case, with or without accents, and blanks at the end for the same."""
    subscription = shop.add_subscription("BizCare Plus", 301, members=stored)
    edit = {"additionalmembers": then}
    with just_before("UPDATE", lambda: shop.edit("servicecontracts", subscription, **edit)), pytest.raises(Conflict):
        pcrt.apply(rewrite(subscription, (1000,) if stored else (), (1001,)))
    assert shop.row("servicecontracts", subscription)["additionalmembers"] == then


def test_of_many_that_write_at_once_one_wins(shop: PcrtSimulator, http: Http) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301, members=(1000,))
    start, outcomes = threading.Barrier(4), []

    def write(number: int) -> None:
        pcrt = connected(shop, http)
        pcrt.check()
        start.wait(10)
        try:
            pcrt.apply(rewrite(subscription, (1000,), (number,)))
            outcomes.append(number)
        except (Conflict, RetryLater):
            outcomes.append(0)

    threads = [threading.Thread(target=write, args=(2000 + number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = sum(outcomes)
    assert sorted(outcomes) == [0, 0, 0, winner]
    assert shop.members(subscription) == str(winner)


def test_a_subscription_that_is_gone_is_told(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    shop.delete("servicecontracts", subscription)
    with pytest.raises(RecordRejected, match=f"of subscription {subscription} is not there") as caught:
        pcrt.apply(rewrite(subscription, (), (1001,)))
    assert caught.value.code == "NotFound"


def test_only_members_are_ever_written_and_only_of_one_subscription(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    good = rewrite(subscription, (), (1001,))
    for wrong in (
        replace(good, kind="asset"),
        replace(good, verb="create", key=None),
        replace(good, verb="delete"),
        replace(good, key=None),
        replace(good, key=""),
        replace(good, key="0"),
        replace(good, key="1 OR 1"),
        replace(good, before={}),
        replace(good, fields={}),
        replace(good, fields={"members": (1001,), "cwa_group": 3}),
    ):
        with pytest.raises(ValueError, match=r"PCRT cannot|names its subscription"):
            pcrt.apply(wrong)
    assert not shop.requests


def test_asking_whether_one_may_write_writes_nothing(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    shop.add_subscription("BizCare Plus", 301, members=(1000,))
    before = shop.rows("servicecontracts")
    pcrt.may_write()
    assert shop.rows("servicecontracts") == before


def test_a_write_whose_answer_is_lost_is_an_outcome_unknown(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    shop.faults.order("lost_answer", operation="UPDATE")
    with pytest.raises(OutcomeUnknown, match="may have been carried out"):
        pcrt.apply(rewrite(subscription, (), (1001,)))
    assert shop.members(subscription) == "1001"
    pcrt.apply(rewrite(subscription, (1001,), (1001,)))


@pytest.mark.parametrize("kind", ["status", "cut", "lost_answer"])
def test_a_read_that_fails_is_asked_again_later(pcrt: Pcrt, shop: PcrtSimulator, kind: str) -> None:
    shop.faults.order(kind, operation="SELECT pc_group")
    with pytest.raises(RetryLater) as caught:
        pcrt.all_groups()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert pcrt.all_groups() == []


def test_a_lock_that_is_not_had_leaves_nothing_done(pcrt: Pcrt, shop: PcrtSimulator) -> None:
    subscription = shop.add_subscription("BizCare Plus", 301)
    shop.faults.order("status", operation="UPDATE")
    with pytest.raises(RetryLater) as caught:
        pcrt.apply(rewrite(subscription, (), (1001,)))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert shop.members(subscription) == ""


def test_the_whole_of_a_seeded_shop_is_read(http: Http) -> None:
    with PcrtSimulator(clock=Clock(), clients=20, computers=400) as shop:
        pcrt = connected(shop, http)
        assets = list(pcrt.all_assets())
        assert len(assets) == len(shop.rows("pc_owner"))
        assert {asset.id for asset in assets if asset.unreadable} == {
            FIRST_PCID + computer - 101 for computer in shop.seeded.having(seed.Trouble.UNREADABLE)
        }
        assert all(one.members and one.group for one in pcrt.all_subscriptions() if one.name.startswith("BizCare"))
