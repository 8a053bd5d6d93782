"""Links that are doubtful, wrong or gone, from end to end: nothing is guessed, everything is told."""

from __future__ import annotations

from itertools import permutations

import pytest

from infra.local.simulators.psa.seed import Seeder
from shared.sync.clock import RandomIds
from shared.sync.link import Link, Seen
from shared.sync.operating import Operator
from shared.sync.record import Ref
from tests.flows.rig import Rig

pytestmark = pytest.mark.flow("eautomate_customers", create_missing=True)

COMPANIES, COMPANY = "company/companies", "customer-company"
ADDRESS = {"Address": "1 Main St", "City": "Tampa", "State": "FL", "Zip": "33601"}


def customer(rig: Rig, number: str, name: str = "Acme Dental") -> Ref:
    """Adds a customer; its address in the flow."""
    return Ref(COMPANY, "partner", str(rig.eautomate.add_customer(number, name, **ADDRESS).id))


def company(rig: Rig, identifier: str, account: str = "", name: str = "Acme Dental") -> int:
    """Adds a company; its RecID."""
    made = rig.psa.add(COMPANIES, identifier=identifier, name=name, accountNumber=account, city="Tampa", state="FL")
    return int(made["id"])


def linked_to(rig: Rig, ref: Ref) -> int | None:
    state = rig.state(ref)
    return int(state.cw_id) if isinstance(state, Link) else None


def resting(rig: Rig) -> bool:
    """Whether another look at everything finds nothing to look at, to send or to write."""
    rig.clock.turn(minutes=1)
    rig.forget()
    quiet = "queued" not in rig.sync("comprehensive")
    return quiet and rig.written("connectwise_psa") == rig.written("eautomate") == {}


# Doubtful, so that nothing is linked


@pytest.mark.rule("EA-23")
@pytest.mark.parametrize("order", list(permutations(["A1", "B2"])), ids="-".join)
def test_a_company_with_two_customers_numbers_is_linked_to_neither_whoever_comes_first(
    rig: Rig, order: tuple[str, str]
) -> None:
    record = company(rig, "A1", "B2")
    refs = {number: customer(rig, number, f"Customer {number}") for number in ("A1", "B2")}
    for number in order:
        rig.look(refs[number])
        assert rig.links() == {}
    rig.sync()
    rig.look(Ref(COMPANY, "cw", str(record)))
    assert rig.links() == {}
    assert rig.codes() == ["AMBIGUOUS_MATCH", "AMBIGUOUS_MATCH"]
    assert [c["id"] for c in rig.psa.records(COMPANIES)] == [record]
    assert resting(rig)


@pytest.mark.rule("EA-23")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_companies_with_one_number_are_linked_to_nobody_whichever_comes_first(
    rig: Rig, order: tuple[int, int]
) -> None:
    records = [company(rig, "A1"), company(rig, "ACME", "A1")]
    ref = customer(rig, "A1")
    for place in order:
        rig.look(Ref(COMPANY, "cw", str(records[place])))
        assert rig.links() == {}
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"]
    assert isinstance(rig.state(ref), Seen)
    assert resting(rig)


def test_a_doubt_that_is_settled_in_connectwise_is_noticed_at_the_next_scan(rig: Rig) -> None:
    right, wrong = company(rig, "ACME", "A1"), company(rig, "A1")
    ref = customer(rig, "A1")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"]
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, wrong, identifier="OTHER")
    rig.sync()
    assert linked_to(rig, ref) == right
    assert rig.codes() == []
    assert resting(rig)


@pytest.mark.rule("EA-23")
def test_a_second_customer_is_not_linked_to_a_company_that_has_one(rig: Rig) -> None:
    record = company(rig, "A1")
    first = customer(rig, "A1")
    rig.sync()
    second = customer(rig, "A2")
    rig.eautomate.set_property("A2", "ZCJ_CW_CompanyID", str(record))
    rig.sync()
    assert (linked_to(rig, first), linked_to(rig, second)) == (record, None)
    assert ("AMBIGUOUS_MATCH", "customer A2 Acme Dental") in rig.issues()


@pytest.mark.rule("EA-23")
@pytest.mark.parametrize("order", [("A1", "COPY"), ("COPY", "A1")])
def test_a_copied_customer_does_not_take_the_company_whoever_comes_first(rig: Rig, order: tuple[str, str]) -> None:
    rig.settings(create_missing=False)
    record = company(rig, "ACME", "A1")
    refs = {number: customer(rig, number) for number in ("A1", "COPY")}
    for number in refs:
        rig.eautomate.set_property(number, "ZCJ_CW_CompanyID", str(record))
    for number in order:
        rig.look(refs[number])
    assert {number: linked_to(rig, ref) for number, ref in refs.items()} == {"A1": record, "COPY": None}
    rig.sync()
    assert list(rig.issues()) == [("AMBIGUOUS_MATCH", "customer COPY Acme Dental")]


@pytest.mark.rule("EA-21")
def test_a_customer_whose_property_names_a_company_is_linked_to_it_before_any_number_counts(rig: Rig) -> None:
    named = company(rig, "NAMED")
    company(rig, "A1", name="Another one")
    ref = customer(rig, "A1")
    rig.eautomate.set_property("A1", "ZCJ_CW_CompanyID", str(named))
    rig.sync()
    assert linked_to(rig, ref) == named


@pytest.mark.rule("EA-13")
@pytest.mark.parametrize("typed", ["8135550100", "12345678901234567890", "n/a", "-1", "0", "²"])
def test_what_is_no_recid_in_the_property_does_not_matter(rig: Rig, typed: str) -> None:
    record = company(rig, "A1")
    ref = customer(rig, "A1")
    rig.eautomate.set_property("A1", "ZCJ_CW_CompanyID", typed)
    assert rig.sync()["applied"] == 1
    assert linked_to(rig, ref) == record
    assert rig.eautomate.customers["A1"].properties["ZCJ_CW_CompanyID"] == str(record)


# Wrong, and yet the link stands


@pytest.mark.rule("EA-23")
@pytest.mark.rule("EA-24")
def test_a_number_moved_to_another_company_is_reported_and_the_link_stands(rig: Rig) -> None:
    wrong, right = company(rig, "WRONG", "A1"), company(rig, "RIGHT", name="The right one")
    ref = customer(rig, "A1")
    rig.sync()
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, wrong, accountNumber="")
    rig.psa.edit(COMPANIES, right, accountNumber="A1")
    rig.sync()
    assert linked_to(rig, ref) == wrong
    assert rig.codes() == ["LINK_DISAGREES"]
    assert rig.psa.record(COMPANIES, right)["name"] == "The right one"
    assert not rig.psa.record(COMPANIES, wrong).get("accountNumber")
    assert resting(rig)
    rig.psa.edit(COMPANIES, wrong, accountNumber="A1")
    rig.psa.edit(COMPANIES, right, accountNumber="")
    rig.sync()
    assert rig.codes() == []


@pytest.mark.rule("EA-24")
def test_a_wrong_link_is_mended_in_two_steps_the_field_and_then_the_link(rig: Rig) -> None:
    wrong, right = company(rig, "WRONG", "A1"), company(rig, "RIGHT", name="The right one")
    ref = customer(rig, "A1")
    rig.sync()
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, wrong, accountNumber="their own")
    rig.psa.edit(COMPANIES, right, accountNumber="A1")
    rig.sync()
    assert (linked_to(rig, ref), rig.codes()) == (wrong, ["LINK_DISAGREES"])
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "pat").relink(rig.key, ref, str(right))
    rig.deliver()
    assert (linked_to(rig, ref), rig.codes()) == (right, [])
    assert rig.eautomate.customers["A1"].properties["ZCJ_CW_CompanyID"] == str(right)
    assert rig.psa.record(COMPANIES, right)["name"] == "Acme Dental"
    assert "pat" in {entry.by for entry in rig.history(ref)}
    assert resting(rig)


@pytest.mark.rule("EA-23")
def test_a_linked_company_that_gets_another_customers_number_is_reported(rig: Rig) -> None:
    record = company(rig, "ACME", "A1")
    first, second = customer(rig, "A1"), customer(rig, "B2", "Bolt")
    rig.sync()
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, record, identifier="B2")
    rig.sync()
    assert linked_to(rig, first) == record
    assert linked_to(rig, second) != record
    issue = rig.issues()["LINK_DISAGREES", "customer A1 Acme Dental"].issue
    assert "carries B2, the number of another customer" in issue.message
    assert issue.about[0].url


@pytest.mark.rule("EA-24")
def test_a_customer_renumbered_keeps_its_company(rig: Rig) -> None:
    ref = customer(rig, "A1")
    rig.sync()
    before = linked_to(rig, ref)
    row = rig.eautomate.customers["A1"]
    row.number = "A999"
    rig.eautomate.customers.table.touch(row)
    rig.sync()
    assert linked_to(rig, ref) == before
    assert rig.codes() == ["LINK_DISAGREES"]
    assert len(rig.psa.records(COMPANIES)) == 1
    assert resting(rig)


@pytest.mark.rule("EA-24")
def test_what_a_person_unlinked_is_not_linked_by_the_property_that_we_wrote(rig: Rig) -> None:
    wrong, ref = company(rig, "WRONG", "A1"), customer(rig, "A1")
    rig.sync()
    assert linked_to(rig, ref) == wrong
    kim = Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim")
    kim.unlink(rig.key, ref)
    rig.deliver()
    assert linked_to(rig, ref) is None
    assert rig.eautomate.customers["A1"].properties["ZCJ_CW_CompanyID"] == str(wrong)
    assert resting(rig)
    state = rig.state(ref)
    assert isinstance(state, Seen)
    assert "A person unlinked it from company Acme Dental (WRONG)" in state.reason
    assert f"crosswise relink {ref} {wrong}" in state.reason
    right = company(rig, "RIGHT")
    kim.relink(rig.key, ref, str(right))
    rig.deliver()
    assert linked_to(rig, ref) == right
    assert rig.eautomate.customers["A1"].properties["ZCJ_CW_CompanyID"] == str(right)


# Gone


def test_a_company_marked_as_deleted_is_reported_and_not_made_again(rig: Rig) -> None:
    ref = customer(rig, "A1")
    rig.sync()
    record = linked_to(rig, ref)
    assert record is not None
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, record, deletedFlag=True)
    rig.sync("delta")
    assert rig.codes() == ["COMPANY_GONE"]
    assert linked_to(rig, ref) == record
    assert len(rig.psa.records(COMPANIES)) == 1
    assert resting(rig)


@pytest.mark.parametrize("remaining", [100, 40], ids=["in one go", "handed over after every page"])
@pytest.mark.parametrize("companies", [0, 1001], ids=["one page", "two pages"])
def test_a_company_removed_is_missed_by_a_comprehensive_scan_and_not_made_again(
    rig: Rig, companies: int, remaining: float
) -> None:
    rig.remaining = remaining
    refs = [customer(rig, number, f"Customer {number}") for number in ("A1", "B2", "C3")]
    rig.sync()
    Seeder(rig.psa.data, rig.psa.random).companies(companies)
    for gone in (refs[0], refs[2]):
        rig.psa.delete(COMPANIES, linked_to(rig, gone) or 0)
    rig.sync("delta")
    assert rig.codes() == []
    rig.sync("comprehensive")
    assert sorted(rig.issues()) == [
        ("COMPANY_GONE", "customer A1 Customer A1"),
        ("COMPANY_GONE", "customer C3 Customer C3"),
    ]
    assert len(rig.psa.records(COMPANIES)) == 1 + companies
    assert resting(rig)


def test_a_customer_that_e_automate_gives_no_more_is_reported(rig: Rig) -> None:
    ref = customer(rig, "A1")
    rig.sync()
    record = linked_to(rig, ref)
    table = rig.eautomate.customers.table
    del table._by_id[int(ref.id)], table._by_number["a1"]
    rig.clock.turn(minutes=15)
    rig.psa.edit(COMPANIES, record or 0, name="Changed")
    rig.sync()
    assert rig.codes() == ["CUSTOMER_GONE"]
    assert rig.psa.record(COMPANIES, record or 0)["name"] == "Changed"


def test_a_customer_that_becomes_a_location_is_left_to_a_person(rig: Rig) -> None:
    ref = customer(rig, "A1")
    customer(rig, "B2", "Bolt")
    rig.sync()
    rig.eautomate.edit_customer("A1", ParentLocationNumber="B2")
    rig.forget()
    rig.sync()
    assert rig.codes() == ["CHANGED_KIND"]
    assert linked_to(rig, ref) is not None
    assert rig.written("connectwise_psa") == {}
    assert resting(rig)
    rig.eautomate.edit_customer("A1", ParentLocationNumber=None)
    rig.sync()
    rig.tick(minutes=6)
    assert rig.codes() == []


# Shown


@pytest.mark.rule("EA-20")
def test_the_mapped_list_tells_numbers_names_and_how_each_was_found(rig: Rig) -> None:
    record = company(rig, "ACME", "A1")
    customer(rig, "A1")
    customer(rig, "B2", "Bolt")
    rig.sync()
    told = sorted((link.partner_name, link.cw_name, link.how) for link in rig.links().values())
    assert told == [
        ("customer A1 Acme Dental", "company Acme Dental (ACME)", "The company's Account ID is the customer number."),
        (
            "customer B2 Bolt",
            "company Bolt (BOLT)",
            "No company carried the customer number; this one was created for it.",
        ),
    ]
    assert str(record) in {link.cw_id for link in rig.links().values()}
