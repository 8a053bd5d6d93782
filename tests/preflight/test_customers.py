"""The customer flow's own checks, each failing and passing."""

from __future__ import annotations

import pytest

from tests.preflight.conftest import ALL, Desk, untouched

COMPANIES, TABLES, MY_COMPANY, *_ = ALL


def test_a_connection_set_up_as_it_should_be_passes(desk: Desk) -> None:
    found = desk.run()
    assert [check["title"] for check in found["checks"] if check["passed"] is False] == []
    assert (found["failed"], found["unanswered"], found["resumed"]) == (0, [], [])
    assert {check["of"] for check in found["checks"]} == {"connectwise_psa", "eautomate", "eautomate_customers"}


def test_nothing_is_written_outside(desk: Desk) -> None:
    desk.grant({})
    desk.run()
    desk.grant(None)
    desk.run()
    assert untouched(desk.rig)


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize(("right", "about"), [
    (COMPANIES, f"connectwise_psa/{COMPANIES}: inquire"),
    (TABLES, f"connectwise_psa/{TABLES}: inquire"),
    (MY_COMPANY, f"connectwise_psa/{MY_COMPANY}: inquire"),
])  # fmt: skip
def test_each_missing_right_is_named(desk: Desk, right: str, about: str) -> None:
    desk.set(territories={"1": "North"})
    desk.psa.add("system/locations", name="North")
    desk.grant({name: rights for name, rights in ALL.items() if name != right})
    assert set(desk.failed()) == {("RIGHT", about)}, "what needs it is not asked besides"
    issue = desk.issues()["PREFLIGHT_RIGHT"].issue
    assert right in issue.message
    assert issue.fix.startswith(
        f"System > Security Roles, the role of the API member, row {right}: Set inquire to All."
    )
    desk.grant(ALL)
    desk.mended()


@pytest.mark.rule("EA-12")
def test_a_role_with_the_listed_rights_is_enough_to_sync(desk: Desk) -> None:
    desk.grant(ALL)
    desk.mended()
    desk.eautomate.add_customer("C1", "Gulf Coast Dental", Address="1 Main St", City="Tampa")
    assert desk.rig.sync()["applied"] == 1
    assert desk.rig.codes() == []


@pytest.mark.rule("EA-12")
def test_a_right_to_write_is_not_claimed_before_the_first_write(desk: Desk) -> None:
    desk.grant({COMPANIES: "inquire", TABLES: "inquire", MY_COMPANY: "inquire"})
    open_ = {check["title"]: check["found"] for check in desk.run()["checks"] if check["passed"] is None}
    assert open_ == {
        f"ConnectWise right {COMPANIES}: add": "only the first write tells whether it is there",
        f"ConnectWise right {COMPANIES}: edit": "only the first write tells whether it is there",
        "e-automate right Customers: edit": "only the first write tells whether it is there",
    }


def test_a_company_status_must_be_there_and_active(desk: Desk) -> None:
    desk.set(company_status="Customer")
    desk.status_must_be_active("company/companies/statuses", "Customer", "COMPANY_STATUS", "Company Status")


def test_a_company_type_must_be_there(desk: Desk) -> None:
    desk.set(company_type="Dealer")
    assert desk.failed() == [("COMPANY_TYPE", "dealer")]
    assert "there is none of that name" in desk.issues()["PREFLIGHT_COMPANY_TYPE"].issue.message
    desk.psa.add("company/companies/types", name="Dealer")
    desk.mended()


def test_status_and_type_do_not_matter_where_nothing_is_created(desk: Desk) -> None:
    desk.psa.edit("company/companies/statuses", 1, name="Something else")
    desk.rig.settings(create_missing=False)
    assert desk.failed() == []
    desk.rig.settings(create_missing=True)
    assert desk.failed() == [("COMPANY_STATUS", "active")]


def test_every_territory_must_be_there(desk: Desk) -> None:
    desk.set(territories={"1": "North", "2": "South", "3": "North"})
    assert desk.failed() == [("TERRITORY", "north"), ("TERRITORY", "south")]
    desk.psa.add("system/locations", name="South")
    assert desk.failed() == [("TERRITORY", "north")]
    desk.psa.add("system/locations", name="North")
    desk.mended()


@pytest.mark.parametrize(("path", "setting", "about"), [
    ("company/companies", "sales_rep_field", "company/vip"),
    ("company/companies", "on_hold_field", "company/vip"),
    ("company/companies/1/sites", "location_number_field", "site/vip"),
])  # fmt: skip
def test_every_custom_field_must_be_there(desk: Desk, path: str, setting: str, about: str) -> None:
    desk.set(**{setting: "VIP"})
    assert desk.failed() == [("CUSTOM_FIELD", about)]
    assert "System > Setup Tables > Custom Fields" in desk.issues()["PREFLIGHT_CUSTOM_FIELD"].issue.fix
    desk.psa.define_custom_field(path, "vip")
    desk.mended()


def test_custom_fields_without_a_record_to_see_them_on_are_left_open(desk: Desk) -> None:
    for company in desk.psa.records("company/companies"):
        desk.psa.delete("company/companies", company["id"])
    checks = [check for check in desk.run()["checks"] if check["code"] == "CUSTOM_FIELD"]
    assert [check["passed"] for check in checks] == [None, None, None]
    assert desk.issues() == {}


@pytest.mark.rule("EA-15")
@pytest.mark.parametrize("setting", ["company_property", "site_property", "opt_out_property"])
def test_every_custom_property_must_be_there(desk: Desk, setting: str) -> None:
    desk.set(**{setting: "OTHER_NAME"})
    desk.eautomate.add_customer("C1", "Gulf Coast Dental")
    assert desk.failed() == [("CUSTOM_PROPERTY", "OTHER_NAME")]
    issue = desk.issues()["PREFLIGHT_CUSTOM_PROPERTY"].issue
    assert "none of 1 customers looked at has it" in issue.message
    assert "custom property configurations" in issue.fix
    desk.eautomate.add_customer("C2", "Bay Legal", configured=["OTHER_NAME"])
    desk.mended()


def test_a_server_that_cannot_tell_of_properties_is_asked_for_customers(desk: Desk) -> None:
    desk.eautomate.add_customer("C1", "Gulf Coast Dental", configured=["ZCJ_CW_CompanyID"])
    desk.eautomate.faults.order("status", operation="getSHAttribute", times=100)
    assert desk.failed() == [("CUSTOM_PROPERTY", "ZCJ_CW_SiteAddressRecID")]
    desk.eautomate.add_customer("C2", "Bay Legal")
    desk.mended()
