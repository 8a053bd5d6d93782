"""What Zomentum posts by itself is in ConnectWise at once, without a scan (ZM-08); the form of its posts is assumed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import zomentum_companies, zomentum_contacts, zomentum_opportunities
from tests.faults.running import CALM
from tests.faults.world import Scenario, World
from tests.flows.zomentum import COMPANIES, CONTACTS, THEIR_COMPANIES, THEIR_CONTACTS


def _listens(scenario: Scenario) -> World:
    return World(scenario, http=0)


@pytest.mark.rule("ZM-08")
@pytest.mark.parametrize(
    ("scenario", "path", "name", "mine"),
    [
        (zomentum_companies.SCENARIO, THEIR_COMPANIES, "Dogwood Design", (COMPANIES, "phoneNumber")),
        (zomentum_contacts.SCENARIO, THEIR_CONTACTS, "Dora Stone", (CONTACTS, "defaultPhoneNbr")),
    ],
    ids=["company", "contact"],
)
def test_a_change_in_zomentum_is_carried_at_once(
    scenario: Scenario, path: str, name: str, mine: tuple[str, str]
) -> None:
    with _listens(scenario) as world:
        world.turn(*CALM)
        zomentum: Any = world.simulators["zomentum"]
        zomentum.webhooks.url = f"{world.cloud.url}/webhooks/zomentum/demo"
        zomentum.edit(path, zomentum.find(path, name)["id"], phone="727-555-0100")
        assert zomentum.webhooks.settled()
        assert [event.status for event in zomentum.webhooks.done] == [200]
        world.cloud.run_until_quiet()
        told = [row.get(mine[1]) for row in world.simulators["connectwise_psa"].records(mine[0])]
        assert "727-555-0100" in told


@pytest.mark.rule("ZM-08", "ZM-30")
def test_a_win_and_a_new_revision_are_carried_at_once() -> None:
    with _listens(zomentum_opportunities.SCENARIO) as world:
        world.turn(*CALM)
        psa, zomentum = world.simulators["connectwise_psa"], world.simulators["zomentum"]
        ours = next(row["id"] for row in psa.records("sales/opportunities") if row["name"] == "Refresh")
        quote = zomentum.find("documents", "Quote 7")["id"]
        switch = zomentum.find("items", "SW-24")["id"]
        zomentum.webhooks.url = f"{world.cloud.url}/webhooks/zomentum/demo"
        zomentum.revise(quote, [zomentum.line(switch, 9)])
        zomentum.win(zomentum.find("opportunities", "Move")["id"])
        assert zomentum.webhooks.settled()
        assert {event.told["entity"] for event in zomentum.webhooks.done} == {"document", "opportunity"}
        world.cloud.run_until_quiet()
        assert [row["quantity"] for row in psa.records(f"sales/opportunities/{ours}/forecast")] == [9]
        status = {row["name"]: row["status"]["name"] for row in psa.records("sales/opportunities")}
        assert status == {"Old": "Open", "Refresh": "Won", "Move": "Won"}


def test_a_post_that_somebody_else_signed_changes_nothing() -> None:
    with _listens(zomentum_companies.SCENARIO) as world:
        world.turn(*CALM)
        zomentum: Any = world.simulators["zomentum"]
        zomentum.webhooks.url, zomentum.webhooks.secret = f"{world.cloud.url}/webhooks/zomentum/demo", "forged"
        zomentum.edit(THEIR_COMPANIES, zomentum.find(THEIR_COMPANIES, "Dogwood Design")["id"], phone="1")
        assert zomentum.webhooks.settled()
        assert {event.status for event in zomentum.webhooks.done} == {403}
        assert world.cloud.waiting() == {}
