"""The flow of companies from end to end: both directions, both modes, first contact, cuts, webhooks, what is gone."""

from __future__ import annotations

from typing import Any

import pytest

from shared.sync.clock import RandomIds
from shared.sync.link import Intent
from shared.sync.operating import Operator
from shared.sync.record import Ref
from tests.flows.rig import Rig
from tests.flows.zomentum import COMPANIES, ID_FIELD, THEIR_COMPANIES, Msp

FLOW = "zomentum_companies"
KIND = "company-company"
pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def msp(rig: Rig) -> Msp:
    return Msp(rig)


def cw(id_: str) -> Ref:
    return Ref(KIND, "cw", id_)


@pytest.mark.rule("ZM-05", "ZM-07")
def test_what_is_new_on_one_side_is_made_on_the_other_once(rig: Rig, msp: Msp) -> None:
    alder = msp.company("Alder Dental", city="Tampa", phoneNumber="813-555-0100", website="https://www.alder.example/")
    birch = msp.zomentum.add_company("Birch Bakery", address={"city": "Ocala", "state": "FL"}, website="birch.example")
    assert rig.sync()["applied"] == 2
    assert msp.names() == msp.names_there() == ["Alder Dental", "Birch Bakery"]
    there = msp.zomentum.find(THEIR_COMPANIES, "Alder Dental")
    assert (there["phone"], there["website"], there["address"]["city"]) == ("813-555-0100", "alder.example", "Tampa")
    assert msp.zomentum.custom(THEIR_COMPANIES, there["id"]) == alder
    here = next(row for row in msp.companies() if row["name"] == "Birch Bakery")
    assert (here["identifier"], here["city"], here["state"], here["status"]["name"]) == (
        "BIRCHBAKERY", "Ocala", "FL", "Active",
    )  # fmt: skip
    assert {field["caption"]: field["value"] for field in here["customFields"]}[ID_FIELD] == birch
    assert msp.pairs() == sorted([(alder, there["id"]), (str(here["id"]), birch)])
    assert rig.issues() == {}


@pytest.fixture
def alder(rig: Rig, msp: Msp) -> tuple[str, str]:
    """One company on both sides, in step; its ids, ConnectWise's first."""
    id_ = msp.company("Alder Dental", city="Tampa", phoneNumber="813-555-0100")
    rig.sync()
    return id_, msp.zomentum.find(THEIR_COMPANIES, "Alder Dental")["id"]


def test_neither_sides_echo_comes_back_and_nothing_costs_a_look_twice(rig: Rig, msp: Msp, alder: Any) -> None:
    msp.zomentum.add_company("Birch Bakery", address={"city": "Ocala"})
    rig.sync()
    assert rig.sync()["queued"] == 0
    assert rig.sync("comprehensive")["queued"] == 0


@pytest.mark.rule("ZM-07", "ZM-08")
def test_what_either_side_changes_is_on_the_other_after_the_next_scan(rig: Rig, msp: Msp, alder: Any) -> None:
    id_, other = alder
    msp.edit(id_, city="Sarasota")
    msp.edit_there(other, phone="813-555-0199", website="alder.example")
    assert rig.sync()["applied"] >= 1
    row, there = msp.row(id_), msp.zomentum.record(THEIR_COMPANIES, other)
    assert (row["city"], row["phoneNumber"], row["website"]) == ("Sarasota", "813-555-0199", "alder.example")
    assert there["address"]["city"] == "Sarasota"
    assert msp.lost(cw(id_)) == []
    rig.sync()
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-08")
def test_it_is_scanned_every_fifteen_minutes_by_itself(rig: Rig, msp: Msp, alder: Any) -> None:
    msp.edit(alder[0], city="Sarasota")
    rig.tick(minutes=14)
    assert msp.zomentum.record(THEIR_COMPANIES, alder[1])["address"]["city"] == "Tampa"
    rig.tick(minutes=2)
    assert msp.zomentum.record(THEIR_COMPANIES, alder[1])["address"]["city"] == "Sarasota"


@pytest.mark.rule("ZM-04")
@pytest.mark.parametrize(("owners", "kept"), [({}, "Ocala"), ({"city": "cw"}, "Naples")])
def test_of_two_changes_of_a_field_the_owners_stands_and_the_history_has_both(
    rig: Rig, msp: Msp, alder: Any, owners: dict[str, str], kept: str
) -> None:
    id_, other = alder
    rig.settings(owners=owners)
    msp.edit(id_, city="Naples")
    msp.edit_there(other, address={"city": "Ocala"})
    rig.sync()
    assert msp.row(id_)["city"] == msp.zomentum.record(THEIR_COMPANIES, other)["address"]["city"] == kept
    lost = "Naples" if kept == "Ocala" else "Ocala"
    assert msp.lost(cw(id_)) == [({"city": lost}, {"city": kept})]
    rig.sync()
    assert len(msp.lost(cw(id_))) == 1


@pytest.mark.rule("ZM-04")
@pytest.mark.parametrize("arrived", [True, False])
def test_what_may_have_been_set_back_after_a_lost_answer_is_not_overwritten_in_silence(
    rig: Rig, msp: Msp, alder: Any, arrived: bool
) -> None:
    id_, other = alder
    msp.edit_there(other, address={"city": "Ocala"})
    fault, operation = "lost_answer" if arrived else "status", "PATCH /company/companies/{id}"
    rig.simulators["connectwise_psa"].faults.order(fault, operation=operation, times=9)
    rig.sync()
    assert msp.row(id_)["city"] == ("Ocala" if arrived else "Tampa")
    assert msp.lost(cw(id_)) == []
    rig.simulators["connectwise_psa"].faults.clear()
    msp.edit(id_, city="Tampa", phoneNumber="1")
    rig.tick(minutes=20)
    assert msp.row(id_)["city"] == msp.zomentum.record(THEIR_COMPANIES, other)["address"]["city"] == "Ocala"
    assert msp.lost(cw(id_)) == [({"city": "Tampa"}, {"city": "Ocala"})]
    assert msp.zomentum.record(THEIR_COMPANIES, other)["phone"] == "1"
    msp.edit_there(other, address={"city": "Naples"})
    rig.tick(minutes=20)
    assert msp.row(id_)["city"] == "Naples"
    assert len(msp.lost(cw(id_))) == 1, "the doubt is over"


@pytest.mark.rule("ZM-04")
def test_what_only_connectwise_changed_is_put_back_or_reported_as_set(rig: Rig, msp: Msp, alder: Any) -> None:
    id_, other = alder
    rig.settings(owners={"city": "partner_only"}, drift="report")
    msp.edit(id_, city="Naples", phoneNumber="1")
    rig.sync()
    assert (msp.row(id_)["city"], rig.codes()) == ("Naples", ["DRIFT"])
    assert "city is 'Naples' instead of 'Tampa'" in rig.issues()["DRIFT", "company Alder Dental"].issue.message
    assert msp.zomentum.record(THEIR_COMPANIES, other)["phone"] == "1", "whatever else was changed is carried"
    rig.settings(owners={"city": "partner_only"})
    rig.sync()
    assert (msp.row(id_)["city"], rig.codes()) == ("Tampa", [])
    assert msp.lost(cw(id_)) == [({"city": "Naples"}, {"city": "Tampa"})]


@pytest.mark.rule("ZM-06", "ZM-05")
def test_in_the_first_mode_a_record_is_carried_when_it_is_new_and_never_again(rig: Rig, msp: Msp) -> None:
    rig.settings(create_only=True)
    id_, other = msp.company("Alder Dental", phoneNumber="1"), msp.there("Birch Bakery", phone="2")
    rig.sync()
    birch = next(row for row in msp.companies() if row["name"] == "Birch Bakery")
    there = msp.zomentum.find(THEIR_COMPANIES, "Alder Dental")
    msp.edit(id_, phoneNumber="3")
    msp.edit_there(other, phone="4")
    msp.edit_there(there["id"], name="Alder & Sons")
    rig.sync()
    rig.sync("comprehensive")
    assert (msp.row(id_)["phoneNumber"], msp.row(id_)["name"]) == ("3", "Alder Dental")
    assert msp.zomentum.record(THEIR_COMPANIES, there["id"])["phone"] == "1"
    assert msp.row(str(birch["id"]))["phoneNumber"] == "2"
    assert msp.lost(cw(id_)) == []
    assert rig.codes() == []
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-34")
def test_after_first_contact_the_link_decides_never_the_name(rig: Rig, msp: Msp, alder: Any) -> None:
    id_, other = alder
    msp.edit_there(other, name="Alder Group")
    rig.sync()
    assert msp.row(id_)["name"] == "Alder Group"
    msp.edit(id_, name="Cedar Clinic")
    new = msp.there("Alder Dental")
    rig.sync()
    assert msp.pairs()[0] == (id_, other)
    assert msp.zomentum.record(THEIR_COMPANIES, other)["name"] == "Cedar Clinic"
    assert new in [partner for _, partner in msp.pairs()]
    assert len(msp.names()) == 2


@pytest.mark.rule("ZM-34")
def test_first_contact_is_by_name_and_empty_fields_give_way(rig: Rig, msp: Msp) -> None:
    id_ = msp.company("Alder Dental", city="Tampa", website="alder.example")
    other = msp.zomentum.add_company("ALDER dental ", phone="813-555-0100", website="http://www.alder.example")
    rig.sync()
    assert msp.pairs() == [(id_, other)]
    row, there = msp.row(id_), msp.zomentum.record(THEIR_COMPANIES, other)
    assert (row["phoneNumber"], there["address"]["city"]) == ("813-555-0100", "Tampa")
    assert rig.links()[KIND, other].how == "Both have this name, and websites of one domain."
    assert any(entry.what.startswith("Linked. Both have this name") for entry in rig.history(cw(id_)))
    rig.sync()
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-36")
def test_a_second_company_of_one_name_is_an_issue_that_names_the_first(rig: Rig, msp: Msp, alder: Any) -> None:
    second = msp.company("Alder Dental", city="Miami")
    rig.sync()
    assert rig.codes() == ["NAME_TAKEN"]
    issue = rig.issues()["NAME_TAKEN", "company Alder Dental"].issue
    assert "linked to company Alder Dental already" in issue.message
    assert issue.name.url.endswith(second)
    assert [name.url.endswith(alder[1]) for name in issue.about] == [True], "it can be opened"
    assert msp.names_there() == ["Alder Dental"]
    msp.edit(second, name="Alder Dental Miami")
    rig.sync()
    assert (rig.codes(), msp.names_there()) == ([], ["Alder Dental", "Alder Dental Miami"])


@pytest.mark.rule("ZM-36")
def test_two_twins_and_one_company_there_are_for_a_person(rig: Rig, msp: Msp) -> None:
    first, second = msp.company("Alder Dental"), msp.company("Alder Dental")
    other = msp.zomentum.add_company("Alder Dental")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 3
    assert any(
        f"(ID {first}); company Alder Dental (ID {second})" in one.issue.message for one in rig.issues().values()
    )
    assert msp.pairs() == []
    with_operator(rig).relink(rig.key, cw(first), other)
    rig.deliver()
    rig.tick(minutes=6)
    assert msp.pairs() == [(first, other)]
    assert rig.codes() == ["NAME_TAKEN"], f"{second} is still one too many"


@pytest.mark.rule("ZM-12")
def test_only_what_the_filters_admit_is_carried_and_leaving_them_deletes_nothing(rig: Rig, msp: Msp) -> None:
    rig.settings(filters={"company_type": ["Client"], "company_status": ["Active"]})
    client = msp.company("Alder Dental", types=[{"name": "Prospect"}, {"name": "Client"}])
    msp.company("Birch Bakery", types=[{"name": "Vendor"}])
    msp.company("Cedar Clinic", types=[{"name": "Client"}], status={"name": "Inactive"})
    msp.there("Dogwood Design")
    rig.sync()
    assert msp.names_there() == ["Alder Dental", "Dogwood Design"]
    msp.edit(client, status={"name": "Inactive"}, city="Largo")
    rig.sync()
    there = msp.zomentum.find(THEIR_COMPANIES, "Alder Dental")
    assert there["address"].get("city", "") != "Largo"
    assert rig.codes() == []
    msp.edit(client, status={"name": "Active"})
    rig.sync()
    assert msp.zomentum.find(THEIR_COMPANIES, "Alder Dental")["address"]["city"] == "Largo"


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_what_is_gone_on_one_side_is_told_and_deletes_nothing(rig: Rig, msp: Msp, alder: Any, side: str) -> None:
    id_, other = alder
    if side == "cw":
        msp.psa.delete(COMPANIES, int(id_))
    else:
        msp.zomentum.delete(THEIR_COMPANIES, other)
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    assert rig.codes() == ["COUNTERPART_GONE"]
    (open_,) = rig.issues().values()
    assert ("deleted in ConnectWise" if side == "cw" else "deleted in Zomentum") in open_.issue.message
    assert len(msp.names()) + len(msp.names_there()) == 1
    rig.sync("comprehensive")
    assert msp.pairs() == [(id_, other)]
    with_operator(rig).unlink(rig.key, cw(id_), anew=True)
    rig.deliver()
    assert msp.names() == msp.names_there() == ["Alder Dental"]
    assert rig.codes() == []


def test_a_company_that_connectwise_only_marks_as_deleted_is_gone_as_well(rig: Rig, msp: Msp, alder: Any) -> None:
    msp.edit(alder[0], deletedFlag=True)
    rig.sync()
    assert rig.codes() == ["COUNTERPART_GONE"]
    assert msp.names_there() == ["Alder Dental"]


def test_a_value_too_long_for_connectwise_is_left_out_and_told(rig: Rig, msp: Msp, alder: Any) -> None:
    id_, other = alder
    msp.edit_there(other, phone="8" * 31, website="alder.example")
    rig.sync()
    assert (msp.row(id_)["phoneNumber"], msp.row(id_)["website"]) == ("813-555-0100", "alder.example")
    assert rig.codes() == ["VALUE_TOO_LONG"]
    msp.edit_there(other, phone="8" * 30)
    rig.sync()
    assert (msp.row(id_)["phoneNumber"], rig.codes()) == ("8" * 30, [])


def test_what_connectwise_refuses_is_told_in_its_words(rig: Rig, msp: Msp) -> None:
    msp.zomentum.add_company("Birch Bakery")
    rig.sync()
    assert rig.codes() == ["REFUSED"], "a company without any address"
    msp.edit_there(msp.zomentum.find(THEIR_COMPANIES, "Birch Bakery")["id"], address={"city": "Ocala"})
    rig.sync()
    assert (rig.codes(), msp.names()) == ([], ["Birch Bakery"])


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_a_create_whose_answer_was_lost_is_found_by_its_marker(rig: Rig, msp: Msp, side: str) -> None:
    """Although it was renamed meanwhile, on the side where people made it."""
    if side == "cw":
        id_ = msp.company("Alder Dental")
        rig.simulators["zomentum"].faults.order("lost_answer", operation="POST client/companies")
    else:
        id_ = msp.zomentum.add_company("Alder Dental", address={"city": "Tampa"})
        rig.simulators["connectwise_psa"].faults.order("lost_answer", operation="POST /company/companies")
    rig.sync()
    home = Ref(KIND, side, id_)  # type: ignore[arg-type]  # it is a side
    assert isinstance(rig.state(home), Intent)
    if side == "cw":
        msp.edit(id_, name="Alder Group")
    else:
        msp.edit_there(id_, name="Alder Group")
    rig.tick(minutes=1)
    rig.tick(minutes=6)
    rig.sync()
    assert msp.names() == msp.names_there() == ["Alder Group"]
    assert len(msp.pairs()) == 1
    assert rig.links()[KIND, msp.pairs()[0][1]].how.startswith("It carries the company's id")


@pytest.mark.rule("ZM-28")
def test_the_log_has_what_was_done_with_both_ids_and_an_error_its_reason_with_a_link(
    rig: Rig, msp: Msp, alder: Any
) -> None:
    id_, other = alder
    rig.clock.turn(minutes=1)  # history is in the order of time
    msp.edit(id_, city="Sarasota")
    rig.clock.turn(minutes=1)
    rig.sync()
    made, changed = sorted(rig.history(cw(id_)), key=lambda entry: entry.id)
    assert made.what.startswith("Created company in Zomentum and linked.")
    assert (made.after["cw"], made.after["partner"]) == (id_, other)
    assert (dict(changed.before), dict(changed.after)) == ({"city": "Tampa"}, {"city": "Sarasota"})
    msp.zomentum.delete(THEIR_COMPANIES, other)
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    (open_,) = rig.issues().values()
    assert "was deleted in Zomentum" in open_.issue.message
    assert "recordType=CompanyFV" in open_.issue.name.url


def with_operator(rig: Rig) -> Operator:
    return Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim")
