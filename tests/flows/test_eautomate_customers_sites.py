"""Locations from end to end: they wait for their parent, follow it within a minute, and find or get their site."""

from __future__ import annotations

from typing import Any

import pytest

from shared.sync.link import Link
from shared.sync.record import Ref
from tests.flows.rig import Rig

pytestmark = [pytest.mark.flow("eautomate_customers", create_missing=True), pytest.mark.rule("EA-22")]

COMPANIES, COMPANY, SITE = "company/companies", "customer-company", "location-site"
ADDRESS = {"Address": "9 Oak Ave", "City": "Tampa", "State": "FL", "Zip": "33601"}


@pytest.fixture(autouse=True)
def _marker(rig: Rig) -> None:
    """The site custom field that carries the location's number."""
    rig.psa.define_custom_field("company/companies/*/sites", "EA Location")


def parent(rig: Rig, number: str = "A1") -> Ref:
    return Ref(COMPANY, "partner", str(rig.eautomate.add_customer(number, f"Acme {number}", **ADDRESS).id))


def location(rig: Rig, number: str = "A1-1", name: str = "North", parent: str = "A1", **fields: str) -> Ref:
    row = rig.eautomate.add_customer(number, name, parent=parent, **{**ADDRESS, **fields})
    return Ref(SITE, "partner", str(row.id))


def sites(rig: Rig, *, primary: bool = False) -> list[dict[str, Any]]:
    """The sites of all companies; without the primary ones, which come with every company."""
    return [one for one in rig.psa.records("company/companies/*/sites") if primary or not one["primaryAddressFlag"]]


def linked_to(rig: Rig, ref: Ref) -> int | None:
    state = rig.state(ref)
    return int(state.cw_id) if isinstance(state, Link) else None


def in_step(rig: Rig) -> Rig:
    """Syncs, and lets what waited follow."""
    rig.sync()
    rig.tick()
    return rig


def resting(rig: Rig, mode: str) -> bool:
    rig.clock.turn(minutes=15)
    rig.forget()
    return set(rig.sync(mode)) <= {"scanned"} and rig.written("connectwise_psa") == rig.written("eautomate") == {}


def test_a_location_waits_for_its_parent_and_follows_within_a_minute(rig: Rig) -> None:
    parent(rig)
    ref = location(rig)
    rig.eautomate.set_property("A1", "ZCJ_SyncToCW", "No")
    rig.sync()
    issue = rig.issues()["PARENT_NOT_MAPPED", "customer A1-1 North"].issue
    assert "customer A1, which is not linked" in issue.message
    rig.clock.turn(hours=1)
    rig.eautomate.set_property("A1", "ZCJ_SyncToCW", "")
    rig.sync("delta")
    rig.tick(seconds=60)
    assert rig.codes() == []
    (made,) = sites(rig)
    assert linked_to(rig, ref) == made["id"]
    assert rig.eautomate.customers["A1-1"].properties["ZCJ_CW_SiteAddressRecID"] == str(made["id"])
    assert made["customFields"][0]["value"] == "A1-1"
    assert (made["name"], made["city"]) == ("North", "Tampa")
    assert resting(rig, "delta")
    assert resting(rig, "comprehensive")


def test_parent_and_location_in_one_batch(rig: Rig) -> None:
    parent(rig)
    ref = location(rig)
    assert rig.sync()["queued"] == 2
    rig.tick()
    assert linked_to(rig, ref) == sites(rig)[0]["id"]
    assert rig.codes() == []


def test_a_site_that_is_there_is_linked_by_name_and_address(rig: Rig) -> None:
    parent(rig)
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    there = rig.psa.add(
        f"{COMPANIES}/{company['id']}/sites",
        name="North", addressLine1="9 Oak Ave", city="Tampa", stateReference={"identifier": "FL"}, zip="33601",
    )  # fmt: skip
    ref = location(rig)
    in_step(rig)
    assert linked_to(rig, ref) == there["id"]
    assert [site["id"] for site in sites(rig)] == [there["id"]]
    assert sites(rig)[0]["customFields"][0]["value"] == "A1-1"


def test_several_locations_alike_get_a_site_each_and_none_takes_anothers(rig: Rig) -> None:
    parent(rig)
    refs = [location(rig, f"A1-{n}", "Same") for n in range(4)]
    in_step(rig)
    made = {site["id"]: site["customFields"][0]["value"] for site in sites(rig)}
    assert {linked_to(rig, ref): f"A1-{n}" for n, ref in enumerate(refs)} == made
    assert resting(rig, "comprehensive")


def test_two_sites_alike_are_for_a_person(rig: Rig) -> None:
    parent(rig)
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    for _ in range(2):
        rig.psa.add(
            f"{COMPANIES}/{company['id']}/sites",
            name="North", addressLine1="9 Oak Ave", city="Tampa", stateReference={"identifier": "FL"}, zip="33601",
        )  # fmt: skip
    ref = location(rig)
    in_step(rig)
    assert rig.codes() == ["AMBIGUOUS_MATCH"]
    assert linked_to(rig, ref) is None


def test_a_property_that_names_another_locations_site_is_for_a_person(rig: Rig) -> None:
    parent(rig)
    location(rig)
    in_step(rig)
    (made,) = sites(rig)
    second = location(rig, "A1-2", "South")
    rig.eautomate.set_property("A1-2", "ZCJ_CW_SiteAddressRecID", str(made["id"]))
    in_step(rig)
    assert list(rig.issues()) == [("AMBIGUOUS_MATCH", "customer A1-2 South")]
    assert linked_to(rig, second) is None


def test_a_site_changed_in_connectwise_is_put_back_by_a_comprehensive_scan(rig: Rig) -> None:
    parent(rig)
    location(rig)
    in_step(rig)
    (made,) = sites(rig)
    rig.psa.edit(f"{COMPANIES}/{made['company']['id']}/sites", made["id"], city="Miami")
    assert "queued" not in rig.sync("delta")
    rig.sync("comprehensive")
    assert sites(rig)[0]["city"] == "Tampa"
    assert resting(rig, "comprehensive")


def test_a_site_deleted_in_connectwise_is_reported_and_not_made_again(rig: Rig) -> None:
    parent(rig)
    ref = location(rig)
    in_step(rig)
    (made,) = sites(rig)
    rig.psa.delete(f"{COMPANIES}/{made['company']['id']}/sites", made["id"])
    rig.sync("comprehensive")
    assert rig.codes() == ["SITE_GONE"]
    assert (linked_to(rig, ref), sites(rig)) == (made["id"], [])
    assert resting(rig, "comprehensive")


def test_a_location_moved_to_another_customer_is_reported(rig: Rig) -> None:
    parent(rig)
    parent(rig, "B2")
    location(rig)
    in_step(rig)
    rig.eautomate.edit_customer("A1-1", ParentLocationNumber="B2")
    in_step(rig)
    assert rig.codes() == ["SITE_GONE"]
    assert len(sites(rig)) == 1


def test_a_company_removed_with_its_sites_is_found_by_a_comprehensive_scan(rig: Rig) -> None:
    parent(rig)
    location(rig)
    in_step(rig)
    (company,) = rig.psa.records(COMPANIES)
    for site in sites(rig):
        rig.psa.delete(f"{COMPANIES}/{company['id']}/sites", site["id"])
    rig.psa.delete(COMPANIES, company["id"])
    rig.sync("comprehensive")
    assert rig.codes() == ["COMPANY_GONE", "COMPANY_GONE"]
    assert resting(rig, "comprehensive")


def test_a_location_of_a_location_is_a_site_of_the_customer_at_the_top(rig: Rig) -> None:
    parent(rig)
    location(rig)
    below = location(rig, "A1-1-1", "North, first floor", parent="A1-1")
    in_step(rig)
    assert linked_to(rig, below) is not None
    assert {site["company"]["id"] for site in sites(rig)} == {rig.psa.records(COMPANIES)[0]["id"]}
    assert rig.codes() == []
    assert resting(rig, "comprehensive")


def test_a_location_that_becomes_a_customer_is_left_to_a_person(rig: Rig) -> None:
    parent(rig)
    ref = location(rig)
    in_step(rig)
    before = linked_to(rig, ref)
    rig.eautomate.edit_customer("A1-1", ParentLocationNumber=None)
    in_step(rig)
    assert rig.codes() == ["CHANGED_KIND"]
    assert linked_to(rig, ref) == before
    assert len(rig.psa.records(COMPANIES)) == 1
    assert resting(rig, "comprehensive")


def test_without_leave_to_create_a_site_made_by_hand_is_linked_by_a_comprehensive_scan(rig: Rig) -> None:
    parent(rig)
    rig.sync()
    rig.settings(create_missing=False)
    ref = location(rig)
    in_step(rig)
    assert (rig.codes(), sites(rig)) == ([], [])
    assert resting(rig, "comprehensive")
    (company,) = rig.psa.records(COMPANIES)
    there = rig.psa.add(
        f"{COMPANIES}/{company['id']}/sites",
        name="North", addressLine1="9 Oak Ave", city="Tampa", stateReference={"identifier": "FL"}, zip="33601",
    )  # fmt: skip
    rig.sync("comprehensive")
    assert linked_to(rig, ref) == there["id"]


def test_a_site_that_lacks_the_custom_field_is_told_as_a_setting_to_make(rig: Rig) -> None:
    rig.settings(create_missing=True, location_number_field="Number there")
    parent(rig)
    location(rig)
    in_step(rig)
    ((code, name), issue), *more = rig.issues().items()
    assert (code, name, more) == ("CONFIGURATION_WRONG", "customer A1-1 North", [])
    assert "'Number there'" in issue.issue.message


def test_one_read_of_sites_serves_all_locations_of_a_company(rig: Rig) -> None:
    parent(rig)
    rig.sync()
    for n in range(8):
        location(rig, f"A1-{n}", f"Floor {n}")
    rig.forget()
    in_step(rig)
    assert rig.psa.requests["GET /company/companies/{id}/sites"] == 1
    assert rig.psa.requests["POST /company/companies/{id}/sites"] == 8
