"""PCRT on this machine: its tables fit the fleet in Automate, hold every trouble, change as technicians change them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.simulators import catalog
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import fleet
from infra.local.simulators.pcrt import MariaDb, NoMariaDb, PcrtSimulator, Trouble
from infra.local.simulators.pcrt.seed import OTHER_SUBSCRIPTION, PLAN_GROUPS, SERIAL_FIELD, serialized

RUN = "from infra.local.simulators.catalog import simulate; simulate('pcrt', 0, 7, clients=3, computers=30)"
NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole() -> PcrtSimulator:
    return PcrtSimulator(clock=lambda: NOW)


def test_it_fits_what_the_same_seed_puts_into_automate(whole: PcrtSimulator) -> None:
    groups = {row["pcgroupid"]: row["pcgroupname"] for row in whole.rows("pc_group")}
    pcs = {row["pcid"]: row for row in whole.rows("pc_owner")}
    seeded = fleet()
    assert groups == {client.group_id: client.group_name for client in seeded.clients}
    owners = {client.id: client.group_id for client in seeded.clients}
    sound = [one for one in seeded.computers if one.pcid and one.id not in whole.seeded.computers]
    assert len(sound) > 1900
    for computer in sound:
        assert pcs[computer.pcid]["pcgroupid"] == owners[computer.client_id]
        assert computer.pc_serial in pcs[computer.pcid]["pcextra"]
    assert AutomateSimulator(clients=1, computers=10).groups.items() >= PLAN_GROUPS.items()


def test_the_first_client_is_the_example_of_the_source(whole: PcrtSimulator) -> None:
    """Eight computers on Plus, two on Premium, and every one of them on both lists: the defect of old (PC-11)."""
    first = [row for row in whole.rows("servicecontracts") if row["groupid"] == 301]
    everyone = ",".join(str(1000 + place) for place in range(10))
    assert [(row["scname"], row["cwagroup"], row["additionalmembers"]) for row in first] == [
        ("BizCare Plus", "3", everyone),
        ("BizCare Premium", "4", everyone),
    ]


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_is_there(whole: PcrtSimulator, trouble: Trouble) -> None:
    assert whole.seeded.having(trouble)


def test_troubles_are_what_they_say(whole: PcrtSimulator) -> None:
    groups = {client.id: client.group_id for client in whole.fleet.clients}
    sold: dict[int, list[str]] = {}
    for row in whole.rows("servicecontracts"):
        if row["scname"] != OTHER_SUBSCRIPTION:
            sold.setdefault(row["groupid"], []).append(row["cwagroup"])

    def of(trouble: Trouble) -> list[list[str]]:
        return [sold.get(groups[client], []) for client in whole.seeded.having(trouble)]

    assert not any(of(Trouble.NO_SUBSCRIPTION))
    assert all(set(linked) == {""} for linked in of(Trouble.NONE_LINKED))
    assert all(linked[-1] == "999" for linked in of(Trouble.UNKNOWN_CWA_GROUP))
    pcids = {one.id: one.pcid for one in whole.fleet.computers}
    pcs = {row["pcid"]: row for row in whole.rows("pc_owner")}
    serials = Counter(row["pcextra"] for row in pcs.values())
    computers = {one.id: one for one in whole.fleet.computers}
    for computer in whole.seeded.having(Trouble.NO_GROUP):
        assert pcs[pcids[computer]]["pcgroupid"] == 0
    for computer in whole.seeded.having(Trouble.WRONG_GROUP):
        assert pcs[pcids[computer]]["pcgroupid"] not in (0, groups[computers[computer].client_id])
    for computer in whole.seeded.having(Trouble.TWO_PCIDS):
        assert serials[pcs[pcids[computer]]["pcextra"]] == 2


def test_without_troubles_all_is_well_but_for_the_defect_of_old() -> None:
    shop = PcrtSimulator(clients=10, computers=100, troubles=False)
    assert (shop.seeded.clients, shop.seeded.computers) == ({}, {})
    assert all(row["pcgroupid"] and "i:104;" in row["pcextra"] for row in shop.rows("pc_owner"))


def test_the_same_seed_gives_the_same_shop() -> None:
    one, same, other = (PcrtSimulator(clock=lambda: NOW, seed=seed, clients=9, computers=99) for seed in (1, 1, 2))
    tables = ("pc_group", "pc_owner", "servicecontracts")
    assert [one.rows(table) for table in tables] == [same.rows(table) for table in tables]
    assert one.rows("pc_owner") != other.rows("pc_owner")


@pytest.mark.parametrize("kind", ["sqlite", "MariaDB"])
def test_technicians_change_it(kind: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("mariadb") if kind == "MariaDB" else None
    shop = PcrtSimulator(clock=lambda: NOW, clients=0, computers=0, server=server)
    group = shop.add_group("Zoë's Café")
    pcid = shop.add_pc("ZC-WS-1", group, "325JVNA", "Dell")
    of_group = shop.add_subscription("BizCare Plus", group, cwa_group=3, members=[pcid])
    of_pcid = shop.add_subscription("BizCare Basic", pcid=pcid)
    assert (group, pcid, of_group, of_pcid) == (100, 1000, 1, 2)
    assert shop.row("pc_group", group)["pcgroupname"] == "Zoë's Café"
    shop.set_serial(pcid, "Größe 7?%s")
    shop.move_pc(pcid, 0)
    shop.set_cwa_group(of_group, 4)
    shop.set_members(of_group, "1000, 1001")
    row = shop.row("pc_owner", pcid)
    assert (row["pcgroupid"], row["scid"]) == (0, of_pcid)
    assert row["pcextra"] == serialized({2: "Windows 11 Pro", SERIAL_FIELD: "Größe 7?%s"})
    contract = shop.row("servicecontracts", of_group)
    assert (contract["cwagroup"], contract["additionalmembers"]) == ("4", "1000, 1001")
    assert str(contract["scexpdate"]) == "2027-11-21"
    shop.delete("pc_owner", pcid)
    with pytest.raises(KeyError):
        shop.set_serial(pcid, "gone")


def test_what_was_edited_while_it_stood_is_there_when_it_starts_again() -> None:
    shop = PcrtSimulator(clients=0, computers=0)
    url = shop.start()
    shop.stop()
    shop.add_group("Alder Dental")
    assert shop.start() == url == shop.url
    shop.stop()
    shop.stop()
    assert len(shop.rows("pc_group")) == 1


def test_its_file_goes_with_it() -> None:
    shop = PcrtSimulator(clients=0, computers=0)
    file = Path(shop.url.removeprefix("sqlite:///"))
    assert file.is_file()
    del shop
    assert not file.parent.exists()


def test_it_runs_by_name_until_it_is_interrupted() -> None:
    with subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        file = Path(ready[1].removeprefix("sqlite:///"))
        connection = sqlite3.connect(file)
        assert connection.execute("SELECT COUNT(*) FROM pc_group").fetchall() == [(3,)]
        connection.close()
        process.terminate()
        assert process.wait(10) == 0
    assert (ready[0], file.exists()) == ("ready", False)


def test_it_takes_the_sizes_of_the_fleet_only() -> None:
    with pytest.raises(ValueError, match="takes --clients, --computers and --seed, not --customers"):
        catalog.SIMULATORS["pcrt"]({"customers": 3})


# MariaDB


def test_a_server_that_does_not_come_up_says_why() -> None:
    if shutil.which("mariadbd", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("mariadbd is not installed (Debian: apt-get install mariadb-server)")
    with pytest.raises(NoMariaDb, match="does not come up"):
        MariaDb("--no-such-option").start()


def test_a_server_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoMariaDb, match="apt-get install mariadb-server"):
        MariaDb().start()
