"""What projects refer to, from ConnectWise into Moovila: both systems on sockets, the table in moto."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.simulators.moovila import MoovilaSimulator
from infra.local.simulators.psa import PsaSimulator
from shared.partners.moovila import CUSTOMER
from shared.sync.link import Link
from shared.sync.record import Ref
from tests.flows.rig import Rig

FLOW = "moovila_reference_data"
COMPANIES, MEMBERS, WORK_TYPES = "company/companies", "system/members", "time/workTypes"
pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def psa(rig: Rig) -> PsaSimulator:
    return rig.psa


@pytest.fixture
def moovila(rig: Rig) -> MoovilaSimulator:
    return rig.moovila


def company(psa: PsaSimulator, name: str, **fields: Any) -> int:
    return int(psa.add(COMPANIES, identifier=name.upper()[:15], name=name, **fields)["id"])


def names(moovila: MoovilaSimulator, path: str) -> set[str]:
    return {row["name"] for row in moovila.records(path)}


@pytest.mark.rule("MV-22")
def test_companies_statuses_note_categories_and_work_types_come_to_moovila(
    rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator
) -> None:
    ours = company(psa, "Alder")
    rig.sync()
    assert names(moovila, "customers") == {"Alder"}
    statuses = psa.records("company/companies/statuses")
    assert {row["name"] for row in statuses if not row.get("inactiveFlag")} == names(moovila, "customer-statuses")
    assert {row["name"] for row in psa.records("company/noteTypes")} == names(moovila, "note-categories")
    active = {row["name"] for row in psa.records(WORK_TYPES) if not row.get("inactiveFlag")}
    assert active <= names(moovila, "work-types")
    assert moovila.find("customers", "Alder")["externalId"] == str(ours)
    assert isinstance(rig.state(Ref(CUSTOMER.kind, "cw", str(ours))), Link)
    assert rig.codes() == []
    rig.forget()
    assert rig.sync("delta")["queued"] == rig.sync("comprehensive")["queued"] == 0
    assert rig.written("moovila") == {}


@pytest.mark.rule("MV-22")
def test_it_runs_every_four_hours(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    rig.sync()
    company(psa, "Late")
    rig.tick(hours=3, minutes=58)
    assert "Late" not in names(moovila, "customers")
    rig.tick(minutes=3)
    assert "Late" in names(moovila, "customers")


def test_whoever_has_the_name_already_is_linked_and_told_what_connectwise_says(
    rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator
) -> None:
    company(psa, "Alder", status={"name": "Active"})
    there = moovila.add("customers", name="ALDER ")
    rig.sync()
    (row,) = moovila.records("customers")
    assert (row["id"], row["name"], row["status"]) == (there, "Alder", "Active")


def test_of_two_companies_of_a_name_nobody_chooses(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    ours = [company(psa, "Alder") for _ in range(2)]
    there = moovila.add("customers", name="Alder")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH", "AMBIGUOUS_MATCH"]
    assert (CUSTOMER.kind, there) not in rig.links()
    late = company(psa, "Alder")
    rig.look(Ref(CUSTOMER.kind, "cw", str(late)))
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 3, "a look at one asks for its namesakes"
    assert len({*ours, late}) == 3


def test_what_moovila_changes_is_put_right_and_what_connectwise_changes_follows(
    rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator
) -> None:
    ours = company(psa, "Alder")
    rig.sync()
    there = moovila.find("customers", "Alder")["id"]
    moovila.edit("customers", there, name="Elder")
    rig.sync("comprehensive")
    assert moovila.record("customers", there)["name"] == "Alder"
    psa.edit(COMPANIES, ours, name="Alder North", deletedFlag=True)
    rig.clock.turn(minutes=5)
    rig.sync("delta")
    assert (moovila.record("customers", there)["name"], moovila.record("customers", there)["active"]) == (
        "Alder North",
        False,
    )


def test_a_customer_that_was_deleted_there_is_told_and_not_made_anew(
    rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator
) -> None:
    company(psa, "Alder")
    rig.sync()
    moovila.delete("customers", moovila.find("customers", "Alder")["id"])
    rig.clock.turn(minutes=5)
    rig.sync("comprehensive")
    assert (rig.codes(), moovila.records("customers")) == (["COUNTERPART_GONE"], [])


def test_companies_that_the_filter_leaves_out_stay_out(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    rig.settings(filters={"status": ["Active"]})
    company(psa, "Alder", status={"name": "Active"})
    company(psa, "Birch", status={"name": "Inactive"})
    rig.sync()
    assert names(moovila, "customers") == {"Alder"}


def test_a_lost_answer_makes_no_twin(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    company(psa, "Alder")
    moovila.faults.order("lost_answer", operation="POST customers")
    rig.sync()
    rig.tick(minutes=6)
    rig.tick(minutes=6)
    assert len(moovila.records("customers")) == 1
    assert rig.codes() == []


@pytest.mark.rule("MV-24")
def test_user_status_follows_connectwise_both_ways_if_ticked(
    rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator
) -> None:
    rig.settings(sync_user_status=True)
    mail = "ana.reyes@msp.example.com"
    ours = int(psa.add(MEMBERS, identifier="ana", firstName="Ana", lastName="Reyes", officeEmail=mail.upper())["id"])
    rig.sync()
    there = next(row["id"] for row in moovila.records("users") if row["email"] == mail)
    for inactive in (True, False):
        psa.edit(MEMBERS, ours, inactiveFlag=inactive)
        rig.sync("delta")
        assert moovila.record("users", there)["active"] is not inactive
    assert len(moovila.records("users")) == 3, "users are made by people there"


@pytest.mark.rule("MV-24")
def test_unticked_users_are_never_touched(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    mail = "ana.reyes@msp.example.com"
    psa.add(MEMBERS, identifier="ana", firstName="Ana", lastName="Reyes", officeEmail=mail, inactiveFlag=True)
    rig.sync()
    assert all(row["active"] for row in moovila.records("users"))
    assert moovila.requests["GET users"] == 0


@pytest.mark.rule("MV-26")
def test_settings_hold_as_soon_as_they_are_saved(rig: Rig, psa: PsaSimulator, moovila: MoovilaSimulator) -> None:
    rig.settings(kinds=["work-type"])
    company(psa, "Alder")
    rig.sync()
    assert names(moovila, "customers") == set()
    rig.settings()
    rig.sync()
    assert names(moovila, "customers") == {"Alder"}
