"""The invented fleet: the same for the same seed, healthy where it should be, with every trouble where it is said."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.local.simulators import catalog
from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.fleet import (
    CLIENT_TROUBLES,
    COMPUTER_TROUBLES,
    GENERIC_SERIALS,
    NO_GROUP_ID,
    NO_PCID,
    PLANS,
    Fleet,
    FleetComputer,
    Trouble,
    fleet,
)


@pytest.fixture(scope="module")
def whole() -> Fleet:
    return fleet()


def test_a_fleet_is_of_the_size_asked_for_and_the_same_for_the_same_seed(whole: Fleet) -> None:
    assert (len(whole.clients), len(whole.computers)) == (50, 2000)
    assert whole == fleet(7, 50, 2000)
    assert whole != fleet(8, 50, 2000)
    assert fleet(clients=0, computers=0) == Fleet((), ())
    assert {computer.client_id for computer in fleet(clients=1, computers=25).computers} == {1}
    with pytest.raises(ValueError, match="computers need clients"):
        fleet(clients=0)


def test_without_troubles_all_is_as_it_should_be() -> None:
    healthy = fleet(troubles=False)
    groups = {client.id: client.group_id for client in healthy.clients}
    assert len(set(groups.values())) == 50
    assert all(
        (client.external_id, client.name) == (str(client.group_id), client.group_name) for client in healthy.clients
    )
    assert len({computer.serial.casefold() for computer in healthy.computers}) == 2000
    assert len({computer.pcid for computer in healthy.computers}) == 2000
    for computer in healthy.computers:
        assert (computer.pc_serial, computer.pc_name, computer.asset_tag) == (computer.serial, computer.name, "")
        assert len(computer.plans) == 1
        assert computer.plans[0] in PLANS
        assert computer.client_id in groups


def test_the_first_client_is_the_example_of_the_source(whole: Fleet) -> None:
    own = [computer for computer in whole.computers if computer.client_id == 1]
    assert Counter(computer.plans for computer in own) == {("BizCare Plus",): 8, ("BizCare Premium",): 2}
    assert {computer.trouble for computer in own} == {whole.clients[0].trouble} == {None}


def test_every_trouble_is_there_and_is_what_it_says(whole: Fleet) -> None:
    healthy = {computer.id: computer for computer in fleet(troubles=False).computers}
    clients = {client.id: client for client in whole.clients}
    computers = {computer.id: computer for computer in whole.computers}
    assert set(Trouble) == {*CLIENT_TROUBLES, *COMPUTER_TROUBLES}
    assert all(whole.having(trouble) for trouble in Trouble)
    external = {trouble: [clients[each].external_id for each in whole.having(trouble)] for trouble in CLIENT_TROUBLES}
    assert set(external[Trouble.NO_EXTERNAL_ID]) == {""}
    assert not any(text.isdigit() for text in external[Trouble.EXTERNAL_ID_IS_TEXT])
    assert set(external[Trouble.EXTERNAL_ID_IS_ZERO]) == {"0"}
    assert set(external[Trouble.EXTERNAL_ID_OF_NO_GROUP]) == {str(NO_GROUP_ID)}
    counted = Counter(client.external_id for client in whole.clients)
    assert all(counted[text] == 2 for text in external[Trouble.EXTERNAL_ID_SHARED])
    for number in whole.having(Trouble.CLIENT_NAME_DIFFERS):
        assert clients[number].name != clients[number].group_name

    def all_of(trouble: Trouble) -> list[FleetComputer]:
        return [computers[number] for number in whole.having(trouble)]

    serials = Counter(computer.serial for computer in whole.computers)
    pcids = {str(computer.pcid) for computer in whole.computers}
    assert {computer.serial for computer in all_of(Trouble.SERIAL_MISSING)} == {""}
    assert {computer.serial for computer in all_of(Trouble.SERIAL_GENERIC)} <= set(GENERIC_SERIALS)
    assert {computer.pcid for computer in all_of(Trouble.SERIAL_UNKNOWN)} == {None}
    assert {serials[computer.serial] for computer in all_of(Trouble.SERIAL_SHARED)} == {2}
    for computer in all_of(Trouble.SERIAL_UNTIDY):
        assert computer.serial != computer.pc_serial == computer.serial.strip().upper()
    for computer in all_of(Trouble.TAG_OVERRIDES):
        assert (computer.serial in GENERIC_SERIALS, computer.asset_tag) == (True, str(computer.pcid))
    for computer in all_of(Trouble.TAG_NEEDLESS):
        assert computer.asset_tag == str(computer.old_pcid) not in pcids
    assert {computer.asset_tag for computer in all_of(Trouble.TAG_OF_NO_PCID)} == {str(NO_PCID)}
    assert not any(computer.asset_tag.isdigit() for computer in all_of(Trouble.TAG_IS_TEXT))
    assert {computer.asset_tag for computer in all_of(Trouble.TAG_BLANK)} == {" "}
    assert {computer.plans for computer in all_of(Trouble.NO_PLAN)} == {()}
    assert {len(computer.plans) for computer in all_of(Trouble.SEVERAL_PLANS)} == {2}
    assert {computer.retired for computer in all_of(Trouble.RETIRED)} == {True}
    for computer in all_of(Trouble.COMPUTER_NAME_DIFFERS):
        assert computer.name != computer.pc_name
    assert all(computer == healthy[computer.id] for computer in whole.computers if computer.trouble is None)


def test_the_server_holds_what_the_fleet_says() -> None:
    server = catalog.SIMULATORS["connectwise-automate"]({"seed": 9, "clients": 20, "computers": 400})
    assert isinstance(server, AutomateSimulator)
    assert server.fleet == fleet(9, 20, 400)
    shown = {int(row["Id"]): row for row in server.records("Computers")}
    for computer in server.fleet.computers:
        if computer.retired:
            assert computer.id not in shown
            continue
        row = shown.pop(computer.id)
        assert (
            row["SerialNumber"],
            row["AssetTag"],
            row["LastUserName"],
            row["ComputerName"],
            row["Client"]["Id"],
        ) == (
            computer.serial,
            computer.asset_tag,
            computer.last_user,
            computer.name,
            str(computer.client_id),
        )
        assert tuple(group["Name"] for group in row["Groups"] if group["Name"] in PLANS) == computer.plans
    assert shown == {}
    owners = [(int(row["Id"]), row["Name"], row["ExternalId"]) for row in server.records("Clients")]
    assert owners == [(client.id, client.name, client.external_id) for client in server.fleet.clients]
    with pytest.raises(ValueError, match="not --companies"):
        catalog.SIMULATORS["connectwise-automate"]({"companies": 5})
