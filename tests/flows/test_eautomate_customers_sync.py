"""The customer flow from end to end: first sync, then changes of either side, and nothing where nothing changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.local.simulators.psa.seed import Seeder
from infra.local.simulators.server import Request, Response
from shared.sync.errors import ConfigurationWrong
from shared.sync.flow import View
from shared.sync.link import Link, Seen
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig
from tests.local_aws import TEMPLATE

pytestmark = pytest.mark.flow("eautomate_customers", create_missing=True)

COMPANIES, COMPANY = "company/companies", "customer-company"
ACME = {"Address": "1 Main St", "City": "Tampa", "State": "FL", "Zip": "33601", "Phone1": "813-555-0100"}


RIGHTS = {"Companies: Company Maintenance": "inquire add edit", "System: My Company": "inquire"}
"""What the API member's security role must grant for this flow."""


def acme(rig: Rig, number: str = "C100", name: str = "Acme Dental", **fields: str) -> str:
    """Adds a customer; its e-automate ID."""
    return str(rig.eautomate.add_customer(number, name, **{**ACME, **fields}).id)


def added(rig: Rig, identifier: str, name: str = "Acme Dental", **fields: str) -> int:
    """Adds a company as a person would; its RecID."""
    given = {"addressLine1": "1 Main St", "city": "Tampa", "state": "FL", "zip": "33601", "phoneNumber": "813-555-0100"}
    return int(rig.psa.add(COMPANIES, identifier=identifier, name=name, **{**given, **fields})["id"])


@contextmanager
def before_the_first(simulator: Any, method: str, happening: Callable[[], object]) -> Iterator[None]:
    """Something that happens in a system just before the first request of this method."""
    answer, waiting = simulator.handle, [happening]

    def disturbed(request: Request) -> Response:
        if request.method == method and waiting:
            waiting.pop()()
        return answer(request)  # type: ignore[no-any-return]

    simulator.handle = disturbed
    yield
    del simulator.handle
    assert not waiting, f"there was no {method}"


def recid(rig: Rig, number: str) -> str:
    """What the customer's custom property says."""
    return str(rig.eautomate.customers[number].properties["ZCJ_CW_CompanyID"])


@pytest.mark.rule("EA-08")
@pytest.mark.rule("EA-14")
def test_a_missing_company_is_made_linked_and_shown_in_e_automate(rig: Rig) -> None:
    customer = acme(rig)
    assert rig.sync() == {"scanned": 1, "queued": 1, "applied": 1}
    (company,) = rig.psa.records(COMPANIES)
    assert (company["name"], company["accountNumber"], company["city"]) == ("Acme Dental", "C100", "Tampa")
    assert rig.links()[COMPANY, customer].cw_id == str(company["id"]) == recid(rig, "C100")
    assert rig.links()[COMPANY, customer].cw_name == "company Acme Dental (ACMEDENTAL)"
    assert rig.issues() == {}


@pytest.mark.rule("EA-13")
@pytest.mark.parametrize(
    ("identifier", "account"), [("C100", ""), ("ACME", "C100"), ("ACME", "c100"), ("ACME", " C100"), ("ACME", "C100 ")]
)
def test_a_company_that_carries_the_number_is_linked_not_made_again(rig: Rig, identifier: str, account: str) -> None:
    record = added(rig, identifier, accountNumber=account)
    customer = acme(rig)
    rig.sync()
    assert [company["id"] for company in rig.psa.records(COMPANIES)] == [record]
    assert rig.links()[COMPANY, customer].cw_id == str(record) == recid(rig, "C100")


@pytest.mark.rule("EA-19")
def test_the_audit_trail_shows_that_the_api_user_wrote(rig: Rig) -> None:
    record = added(rig, "C100", name="Acme")
    acme(rig)
    rig.sync()
    trail = rig.psa.data.audit.of("Company", record)
    assert {entry["enteredBy"] for entry in trail if "Acme Dental" in entry["text"]} == {"Integration"}
    assert rig.history(Ref(COMPANY, "partner", str(rig.eautomate.customers["C100"].id)))


def test_where_nothing_changed_nothing_is_sent_and_nothing_is_written(rig: Rig) -> None:
    for place in range(30):
        acme(rig, f"C{place}", f"Customer {place}", City=f"Town {place}")
    assert rig.sync()["applied"] == 30
    for mode in (None, None, "comprehensive", "comprehensive"):
        rig.clock.turn(minutes=15)
        rig.forget()
        assert set(rig.sync(mode)) <= {"scanned"}
        assert rig.sent() == []
        assert sum(rig.psa.requests.values()) <= 1 + 2
        assert rig.written("connectwise_psa") == rig.written("eautomate") == {}


def test_writing_the_recid_back_does_not_come_back_as_a_change(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.forget()
    rig.sync("delta")
    assert rig.eautomate.requests["getCustomerDataList"] == 1
    assert rig.sent() == []


@pytest.mark.rule("EA-14")
def test_a_property_that_was_cleared_is_written_again(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    written = recid(rig, "C100")
    rig.eautomate.set_property("C100", "ZCJ_CW_CompanyID", "")
    assert rig.sync("delta")["applied"] == 1
    assert recid(rig, "C100") == written


def test_a_change_in_e_automate_reaches_the_company_with_one_write(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    rig.eautomate.edit_customer("C100", City="Ocala", Fax="352-555-0199")
    rig.forget()
    assert rig.sync()["applied"] == 1
    (company,) = rig.psa.records(COMPANIES)
    assert (company["city"], company["faxNumber"]) == ("Ocala", "352-555-0199")
    assert rig.written("connectwise_psa") == {"PATCH /company/companies/{id}": 1}


def test_what_is_no_field_of_ours_is_no_change(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    rig.eautomate.edit_customer("C100", Remarks="likes tea")
    (company,) = rig.psa.records(COMPANIES)
    rig.psa.edit(COMPANIES, company["id"], numberOfEmployees=12)
    rig.forget()
    assert "queued" not in rig.sync()


def test_a_company_renamed_in_connectwise_gets_its_name_back(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    (company,) = rig.psa.records(COMPANIES)
    rig.psa.edit(COMPANIES, company["id"], name="Acme of Tampa")
    assert rig.sync()["applied"] == 1
    assert rig.psa.record(COMPANIES, company["id"])["name"] == "Acme Dental"
    rig.forget()
    assert "queued" not in rig.sync()


def test_a_company_renamed_in_connectwise_is_reported_as_long_as_it_stays_so_where_the_setting_says_that(
    rig: Rig,
) -> None:
    rig.settings(create_missing=True, drift="report")
    acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    (company,) = rig.psa.records(COMPANIES)
    rig.psa.edit(COMPANIES, company["id"], name="Acme of Tampa")
    rig.sync()
    rig.tick(minutes=10)
    assert rig.codes() == ["DRIFT"]
    assert rig.psa.record(COMPANIES, company["id"])["name"] == "Acme of Tampa"
    rig.psa.edit(COMPANIES, company["id"], name="Acme Dental")
    rig.sync()
    assert rig.codes() == []


def test_what_somebody_changes_between_our_look_and_our_write_is_not_taken_for_seen(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    (company,) = rig.psa.records(COMPANIES)
    rig.eautomate.edit_customer("C100", City="Ocala")
    with before_the_first(rig.psa, "PATCH", lambda: rig.psa.edit(COMPANIES, company["id"], name="Acme of Tampa")):
        rig.sync()
    there = rig.psa.record(COMPANIES, company["id"])
    assert (there["name"], there["city"]) == ("Acme of Tampa", "Ocala")
    rig.clock.turn(minutes=15)
    rig.sync()
    assert rig.psa.record(COMPANIES, company["id"])["name"] == "Acme Dental"


def test_a_refused_change_is_not_taken_for_drift_when_it_is_tried_again(rig: Rig) -> None:
    rig.settings(create_missing=True, drift="report")
    acme(rig)
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    rig.eautomate.edit_customer("C100", City="Ocala")
    rig.psa.faults.order("status", operation="PATCH", status=400)
    rig.sync()
    assert rig.codes() == ["REFUSED"]
    rig.tick(minutes=6)
    assert rig.psa.record(COMPANIES, company["id"])["city"] == "Ocala"
    assert rig.codes() == []


def test_what_connectwise_refuses_is_told_in_its_words_and_the_rest_goes_on(rig: Rig) -> None:
    acme(rig, "C1", "First", State="FL")
    rig.eautomate.add_customer("C2", "No Address")
    acme(rig, "C3", "Third")
    assert rig.sync()["applied"] == 2
    ((code, name), issue), *more = rig.issues().items()
    assert (code, name, more) == ("REFUSED", "customer C2 No Address", [])
    assert "At least one address field is required" in issue.issue.message
    rig.eautomate.edit_customer("C2", City="Ocala")
    rig.sync()
    assert rig.issues() == {}
    assert len(rig.links()) == 3


@pytest.mark.rule("EA-15")
def test_a_customer_without_the_property_is_linked_and_reported_until_it_has_one(rig: Rig) -> None:
    customer = str(rig.eautomate.add_customer("C100", "Acme Dental", configured=False, **ACME).id)
    rig.sync()
    assert rig.codes() == ["CUSTOM_PROPERTY_MISSING"]
    link = rig.links()[COMPANY, customer]
    rig.eautomate.customers.configure("C100", True)
    rig.sync()
    assert rig.codes() == []
    assert recid(rig, "C100") == link.cw_id


@pytest.mark.rule("EA-17")
def test_an_opted_out_customer_is_neither_made_nor_changed_and_comes_in_when_it_opts_in(rig: Rig) -> None:
    customer = acme(rig)
    rig.eautomate.set_property("C100", "ZCJ_SyncToCW", "no")
    assert rig.sync()["skipped"] == 1
    assert rig.psa.records(COMPANIES) == []
    seen = rig.state(Ref(COMPANY, "partner", customer))
    assert isinstance(seen, Seen)
    assert "ZCJ_SyncToCW" in seen.reason
    rig.eautomate.set_property("C100", "ZCJ_SyncToCW", "Yes")
    rig.sync()
    rig.eautomate.set_property("C100", "ZCJ_SyncToCW", "No")
    rig.eautomate.edit_customer("C100", City="Ocala")
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    assert company["city"] == "Tampa"


@pytest.mark.rule("EA-18")
def test_excluded_fields_stay_as_connectwise_has_them_custom_fields_too(rig: Rig) -> None:
    for caption in ("Sales Rep", "On Hold"):
        rig.psa.define_custom_field(COMPANIES, caption)
    named: dict[str, Any] = {"sales_rep_field": "Sales Rep", "on_hold_field": "on hold"}
    rig.settings(create_missing=True, exclude_fields=["phone", "sales_rep"], **named)
    added(rig, "OURSELVES", "The MSP itself")
    acme(rig, SalesRep="MORGAN", OnHoldCode="CREDIT")
    rig.sync()
    _, company = rig.psa.records(COMPANIES)
    assert _custom(company) == {"Sales Rep": "MORGAN", "On Hold": "CREDIT"}
    rig.eautomate.edit_customer("C100", Phone1="813-555-0177", SalesRep="ELLIS", OnHoldCode=None, City="Ocala")
    rig.sync()
    _, company = rig.psa.records(COMPANIES)
    assert (company["phoneNumber"], company["city"]) == ("813-555-0100", "Ocala")
    assert _custom(company) == {"Sales Rep": "MORGAN", "On Hold": None}
    rig.forget()
    assert "queued" not in rig.sync("comprehensive")


def _custom(company: dict[str, object]) -> dict[str, object]:
    fields = company["customFields"]
    assert isinstance(fields, list)
    return {field["caption"]: field["value"] for field in fields}


def test_a_value_that_is_too_long_is_left_out_and_reported(rig: Rig) -> None:
    acme(rig, Zip="33601-1234-56")
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    assert "zip" not in company
    assert rig.codes() == ["VALUE_TOO_LONG"]
    rig.eautomate.edit_customer("C100", Zip="33601")
    rig.sync()
    assert rig.codes() == []


def test_territory_is_set_on_create_only(rig: Rig) -> None:
    rig.settings(create_missing=True, territories={"NORTH": "Boston Office", "SOUTH": "Tampa Office"})
    acme(rig, TerritoryCode="NORTH")
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    assert company["territory"]["name"] == "Boston Office"
    rig.eautomate.edit_customer("C100", TerritoryCode="SOUTH", City="Ocala")
    rig.sync()
    (company,) = rig.psa.records(COMPANIES)
    assert (company["territory"]["name"], company["city"]) == ("Boston Office", "Ocala")


@pytest.mark.rule("EA-23")
def test_customers_of_one_name_get_companies_of_their_own_whatever_the_batch(rig: Rig) -> None:
    for place in range(15):
        acme(rig, f"C{place}", "Acme Dental")
    assert rig.sync()["applied"] == 15
    companies = rig.psa.records(COMPANIES)
    assert len({company["identifier"] for company in companies}) == 15
    assert {company["accountNumber"] for company in companies} == {f"C{place}" for place in range(15)}


@pytest.mark.rule("EA-23")
def test_a_made_company_never_has_another_customers_number_as_its_id(rig: Rig) -> None:
    acme(rig, "C1", "Bolt")
    acme(rig, "BOLT", "Other name")
    acme(rig, "C3", "Other Name C1")
    rig.sync()
    assert rig.codes() == []
    assert {c["accountNumber"]: c["identifier"] for c in rig.psa.records(COMPANIES)} == {
        "C1": "BOLTC1",
        "BOLT": "OTHERNAME",
        "C3": "OTHERNAMEC1",
    }


def test_nothing_is_made_unless_the_setting_says_so(rig: Rig) -> None:
    rig.settings(create_missing=False)
    acme(rig)
    assert rig.sync()["skipped"] == 1
    rig.forget()
    assert "queued" not in rig.sync("comprehensive")
    rig.settings(create_missing=True)
    assert rig.sync()["applied"] == 1, "new settings ask for a comprehensive scan"


def test_a_company_made_by_hand_is_linked_when_it_appears(rig: Rig) -> None:
    rig.settings(create_missing=False)
    customer = acme(rig)
    rig.sync()
    rig.clock.turn(minutes=15)
    record = added(rig, "ACME", accountNumber="c100")
    assert rig.sync()["applied"] == 1
    assert rig.links()[COMPANY, customer].cw_id == str(record)


def test_an_inactive_customer_is_not_made_until_it_is_active(rig: Rig) -> None:
    acme(rig)
    rig.eautomate.edit_customer("C100", Active=False)
    assert rig.sync()["skipped"] == 1
    rig.eautomate.edit_customer("C100", Active=True)
    assert rig.sync()["applied"] == 1


# How much it asks for


def test_a_first_sync_asks_once_a_page_once_a_batch_and_once_for_each_company_made(rig: Rig) -> None:
    Seeder(rig.psa.data, rig.psa.random).companies(2100)
    for place in range(25):
        acme(rig, f"C{place}", f"Customer number {place}")
    assert rig.sync()["applied"] == 25
    assert rig.psa.requests == {
        "GET /login/companyinfo/{company}": 1,
        "GET /company/companies": 3 + 3,
        "POST /company/companies": 25,
    }
    assert rig.psa.connections == rig.eautomate.connections == 1


def test_looking_at_thousands_of_companies_again_asks_once_a_thousand(rig: Rig) -> None:
    Seeder(rig.psa.data, rig.psa.random).companies(2100)
    for place in range(25):
        acme(rig, f"C{place}", f"Customer number {place}")
    rig.sync()
    for mode in ("delta", "comprehensive"):
        rig.clock.turn(minutes=15)
        rig.forget()
        assert set(rig.sync(mode)) <= {"scanned"}
        assert sum(rig.psa.requests.values()) <= 3 + 2
        assert rig.sent() == []


# Filters


@pytest.mark.rule("EA-16")
def test_filters_by_type_and_branch(rig: Rig) -> None:
    rig.settings(create_missing=True, filters={"customer_type": ["MSP"], "branch": ["1"]})
    acme(rig, "C1", "First", CustomerTypeCode="MSP", BranchNumber="1")
    acme(rig, "C2", "Second", CustomerTypeCode="COPY", BranchNumber="1")
    acme(rig, "C3", "Third", CustomerTypeCode="MSP", BranchNumber="2")
    assert rig.sync() == {"scanned": 3, "queued": 3, "applied": 1, "skipped": 2}
    assert [company["name"] for company in rig.psa.records(COMPANIES)] == ["First"]
    assert rig.eautomate.requests["getContractListForCustomer"] == 0


@pytest.mark.rule("EA-16")
def test_a_filter_by_contract_type_notices_a_contract_that_comes_later(rig: Rig) -> None:
    rig.settings(create_missing=True, filters={"contract_type": ["MS"]})
    acme(rig, "C1", "First")
    acme(rig, "C2", "Second")
    acme(rig, "C3", "Third")
    rig.eautomate.contracts.add("K1", "C1", Type="MS")
    rig.eautomate.contracts.add("K2", "C2", Type="MAINT")
    rig.eautomate.contracts.add("K3", "C3", Type="MS")
    rig.eautomate.contracts.deactivate("K3")
    assert rig.sync()["applied"] == 1
    rig.clock.turn(minutes=15)
    rig.eautomate.contracts.add("K4", "C2", Type="MS")
    rig.clock.turn(seconds=1)
    rig.forget()
    assert rig.sync()["applied"] == 1
    assert sorted(company["name"] for company in rig.psa.records(COMPANIES)) == ["First", "Second"]
    rig.clock.turn(minutes=15)
    rig.forget()
    assert "queued" not in rig.sync()
    assert "queued" not in rig.sync("comprehensive")


# Where it runs, and with which keys


@pytest.mark.rule("EA-02")
def test_hosted_systems_are_reached_by_their_hosts_alone(rig: Rig) -> None:
    acme(rig)
    assert rig.sync()["applied"] == 1


@pytest.mark.rule("EA-02")
def test_systems_on_premise_are_reached_at_their_own_addresses(rig: Rig) -> None:
    rig.psa.settings.codebase = "v4_6_release/"
    rig.psa.settings.cloud = False
    own = {"base_url": f"{rig.eautomate.url}/pip/PublicAPIService.asmx", "company": "1"}
    rig.settings(create_missing=True, systems={"eautomate": own})
    acme(rig)
    assert rig.sync()["applied"] == 1


@pytest.mark.rule("EA-04")
def test_another_flow_finds_the_company_of_a_customer_by_either_side(rig: Rig) -> None:
    customer = acme(rig)
    rig.sync()
    theirs = View(rig.store.links, FlowKey("demo", "eautomate_service_calls"))
    ours = Ref(COMPANY, "partner", customer)
    (link,) = theirs.find([ours], flow="eautomate_customers").values()
    assert isinstance(link, Link)
    assert theirs.find([link.ref("cw")], flow="eautomate_customers") == {link.ref("cw"): link}
    assert theirs.find([ours]) == {}


@pytest.mark.rule("EA-10")
def test_keys_are_no_setting_only_who_may_write_secrets_enters_them(rig: Rig) -> None:
    own = {"base_url": rig.psa.url, "company": "demo", "private_key": "private"}
    with pytest.raises(ConfigurationWrong, match="keys, which are never kept in the table"):
        rig.settings(systems={"connectwise_psa": own})
    template = TEMPLATE.read_text()
    assert "secretsmanager:GetSecretValue" in template
    assert not re.search(r"secretsmanager:(Create|Update|Delete|\*)", template)


@pytest.mark.rule("EA-11")
def test_new_keys_are_taken_up_by_themselves(rig: Rig) -> None:
    acme(rig)
    rig.sync()
    rig.psa.keys.clear()
    rig.psa.api_member("Integration", "public2", "private2")
    rig.put_keys("connectwise_psa", {"public_key": "public2", "private_key": "private2", "client_id": "x" * 36})
    rig.eautomate.edit_customer("C100", City="Ocala")
    assert rig.sync()["applied"] == 1
    assert rig.codes() == []


@pytest.mark.rule("EA-12")
def test_the_few_rights_that_it_needs_are_enough_and_a_missing_one_is_named(rig: Rig) -> None:
    rig.psa.api_member("Integration", "public", "private", RIGHTS)
    rig.clock.turn(minutes=1)
    acme(rig)
    assert rig.sync()["applied"] == 1
    rig.psa.api_member("Integration", "public", "private", {**RIGHTS, "Companies: Company Maintenance": "inquire add"})
    rig.eautomate.edit_customer("C100", City="Ocala")
    rig.sync()
    ((code, _), issue), *_ = rig.issues().items()
    assert code == "CONFIGURATION_WRONG"
    assert "edit" in issue.issue.message
    assert "Companies: Company Maintenance" in issue.issue.message
    rig.psa.api_member("Integration", "public", "private", RIGHTS)
    rig.tick(minutes=6)
    assert rig.codes() == []
