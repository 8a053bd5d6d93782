"""The matching from end to end: companies first, then accounts; what is saved, changed, taken apart, created."""

from __future__ import annotations

import pytest

from shared.sync.link import Seen
from shared.sync.operating import NotPossible
from shared.sync.record import Ref
from tests.flows.quickpass import CELL, COMPANIES, CONTACTS, CUSTOMER, DIRECT, EMAIL, MATCH, MOBILE, TYPES, HelpDesk
from tests.flows.rig import Rig

FLOW = "quickpass_contacts"
pytestmark = pytest.mark.flow(FLOW, auto_match=["*"])


@pytest.fixture
def bare(rig: Rig) -> HelpDesk:
    return HelpDesk(rig)


@pytest.fixture
def desk(bare: HelpDesk) -> HelpDesk:
    """With the company matched."""
    bare.match_company()
    return bare


# The company


@pytest.mark.rule("QP-01")
def test_a_company_of_just_the_name_is_proposed_and_accounts_wait_for_it(bare: HelpDesk) -> None:
    ada, stone = bare.account("Ada"), bare.contact("Ada")
    assert bare.rig.sync()["proposed"] == 1
    assert bare.suggested() == {bare.customer: bare.company}
    assert bare.rig.sync()["queued"] == 0, "asked once"
    bare.save()
    assert bare.linked_company() == bare.company
    bare.rig.sync()
    assert bare.suggested() == {ada: stone}


@pytest.mark.rule("QP-01")
def test_another_spelling_is_no_match_and_a_person_chooses(bare: HelpDesk) -> None:
    bare.quickpass.rename(bare.customer, "alder dental")
    bare.rig.sync()
    assert bare.suggested() == {}
    assert f"crosswise relink {bare.home} COMPANY" in bare.told("COMPANY_NOT_MATCHED")
    bare.by().relink(bare.rig.key, bare.home, bare.company)
    bare.rig.deliver()
    assert bare.linked_company() == bare.company
    assert bare.rig.codes() == []


@pytest.mark.rule("QP-01")
def test_a_company_that_is_not_there_is_not_kept_as_chosen(bare: HelpDesk) -> None:
    bare.by().relink(bare.rig.key, bare.home, "99999")
    bare.rig.deliver()
    assert bare.linked_company() == ""
    assert "company 99999, which ConnectWise does not have" in bare.told("CHOICE_REFUSED")


@pytest.mark.rule("QP-01")
def test_two_companies_of_one_name_are_for_a_person(bare: HelpDesk) -> None:
    other = bare.add_company("Alder Dental")
    bare.rig.sync()
    assert bare.suggested() == {}
    assert f"({bare.company})" in bare.told("COMPANY_AMBIGUOUS")
    assert f"({other})" in bare.told("COMPANY_AMBIGUOUS")


@pytest.mark.rule("QP-01")
def test_a_company_is_created_for_a_customer_once_somebody_approves(bare: HelpDesk) -> None:
    bare.rig.settings(auto_match=["*"], create_companies=True)
    birch = bare.quickpass.add_customer("Birch Bakery")
    bare.rig.sync()
    assert set(bare.suggested().values()) == {bare.company, "new"}
    assert [row["name"] for row in bare.psa.records(COMPANIES)] == ["Alder Dental"]
    bare.psa.faults.order("lost_answer", operation="POST /company/companies")
    bare.save()
    for _ in range(3):
        bare.rig.tick(minutes=6)
    made = {row["name"]: str(row["id"]) for row in bare.psa.records(COMPANIES)}
    assert set(made) == {"Alder Dental", "Birch Bakery"}, "once, though its answer was lost"
    assert bare.rig.links()[CUSTOMER, birch].cw_id == made["Birch Bakery"]


# Proposals


@pytest.mark.rule("QP-05", "QP-06")
def test_a_match_is_proposed_by_address_first_and_kept_only_when_it_is_saved(desk: HelpDesk) -> None:
    ada, ben = desk.account("Ada"), desk.account("Zoë", "Ångström", "")
    by_address = desk.contact("Adelaide", "Byron", " ADA@Alder.example ")
    desk.contact("Ada", "Stone", "other@alder.example")
    by_name = desk.contact("zoe", "angstrom", "z@alder.example")
    desk.look()
    assert desk.suggested() == {ada: by_address, ben: by_name}
    assert "e-mail address ada@alder.example" in desk.proposals()[ada].why
    assert "first and last name" in desk.proposals()[ben].why
    assert desk.matched() == {}
    desk.save(ada)
    assert desk.matched() == {ada: by_address}
    assert set(desk.suggested()) == {ben}
    desk.save()
    assert desk.matched() == {ada: by_address, ben: by_name}
    link = desk.rig.links()[MATCH, ada]
    assert (link.cw_name, link.partner_name) == (
        "contact Adelaide Byron (ada@alder.example)", "Ada Stone (ada@alder.example)",
    )  # fmt: skip
    assert desk.rig.history(Ref(MATCH, "partner", ada))[-1].by == "kim"


@pytest.mark.rule("QP-06")
def test_save_reads_both_again_and_refuses_only_the_row_that_changed(desk: HelpDesk) -> None:
    keys = {name: desk.account(name) for name in ("Ada", "Ben", "Cleo", "Dan", "Eva")}
    ids = {name: desk.contact(name) for name in keys}
    desk.look()
    birch = desk.add_company("Birch")
    desk.edit_contact(ids["Ada"], inactiveFlag=True)
    desk.edit_contact(ids["Ben"], company={"id": int(birch)})
    desk.edit_contact(ids["Cleo"], lastName="Married")
    desk.edit_account(keys["Dan"], email="dan.stone@alder.example", firstName="Daniel")
    desk.save()
    assert desk.matched() == {keys["Eva"]: ids["Eva"]}
    assert desk.suggested()[keys["Cleo"]] == ids["Cleo"], "asked anew, as it reads now"
    assert "an inactive one has its e-mail address" in desk.told("CONTACT_INACTIVE", keys["Ada"])
    for name in ("Ben", "Cleo", "Dan"):
        told = [entry.what for entry in desk.rig.history(Ref(MATCH, "partner", keys[name]))]
        assert "Asked anew: what kim approved is not what would be done by now." in told, name
    desk.save(keys["Cleo"])
    assert desk.matched()[keys["Cleo"]] == ids["Cleo"]


@pytest.mark.rule("QP-07")
def test_a_proposed_match_that_was_removed_is_not_proposed_again(desk: HelpDesk) -> None:
    ada, _ = desk.account("Ada"), desk.contact("Ada")
    desk.look()
    desk.by().reject([desk.proposals()[ada]], "somebody else")
    desk.rig.deliver()
    desk.rig.clock.turn(hours=24)
    desk.rig.sync("comprehensive")
    assert desk.suggested() == {}
    assert desk.matched() == {}


@pytest.mark.rule("QP-07", "QP-22")
def test_a_match_that_was_taken_apart_is_not_proposed_again_by_the_daily_run(desk: HelpDesk) -> None:
    ada, contact = desk.account("Ada"), desk.contact("Ada")
    desk.look()
    desk.save()
    desk.unmatch(ada)
    assert desk.matched() == {}
    for _ in range(2):
        desk.rig.clock.turn(hours=24)
        desk.rig.sync("comprehensive")
    assert desk.suggested() == {}, "neither the contact, nor a second one for the same person"
    state = desk.rig.state(Ref(MATCH, "partner", ada))
    assert isinstance(state, Seen)
    assert state.parted == contact
    other = desk.account("Adelaide", email="ada@alder.example")
    desk.look()
    assert desk.suggested() == {other: contact}, "the contact is free for another account"
    desk.choose(ada, contact)
    assert desk.matched() == {ada: contact}


@pytest.mark.rule("QP-08", "QP-12")
def test_a_match_is_changed_and_one_is_chosen_by_hand(desk: HelpDesk) -> None:
    ada, ben = desk.account("Ada"), desk.account("Ben", email="")
    first, second = desk.contact("Ada"), desk.contact("Robert", "Smith")
    desk.look()
    desk.save(ada)
    desk.choose(ada, second)
    assert desk.matched() == {ada: second}
    assert ada not in desk.suggested(), "the one it had stays apart from it"
    desk.choose(ben, first)
    assert desk.matched() == {ada: second, ben: first}
    with pytest.raises(NotPossible, match="is linked to"):
        desk.by().relink(desk.rig.key, Ref(MATCH, "partner", ada), first)


@pytest.mark.rule("QP-06", "QP-12")
@pytest.mark.parametrize("why", ["inactive", "elsewhere", "nobody"])
def test_a_choice_that_cannot_be_matched_is_not_kept(desk: HelpDesk, why: str) -> None:
    ada = desk.account("Ada", email="")
    company = desk.add_company("Birch") if why == "elsewhere" else ""
    contact = "99999" if why == "nobody" else desk.contact("Eve", company=company, inactiveFlag=why == "inactive")
    desk.choose(ada, contact)
    assert desk.matched() == {}
    told = [entry.what for entry in desk.rig.history(Ref(MATCH, "partner", ada))]
    expected = "There is no contact 99999 in ConnectWise" if why == "nobody" else "It was not saved: the contact is"
    assert any(expected in one for one in told)


@pytest.mark.rule("QP-10", "QP-11")
def test_several_candidates_are_shown_and_what_is_settled_is_matched_anew(desk: HelpDesk) -> None:
    ada = desk.account("Ada")
    one, two = desk.contact("Ada"), desk.contact("Adelaide", "Byron", "ada@alder.example")
    desk.contact("Ada", "Stone", "private@example.com", ignoreDuplicates=True)
    desk.look()
    assert desk.suggested() == {}
    told = desk.told("AMBIGUOUS_MATCH", ada)
    assert f"number {one}" in told
    assert f"number {two}" in told
    assert "have its e-mail address" in told, "the name is not even looked at"
    desk.edit_contact(two, inactiveFlag=True)
    desk.rig.tick(minutes=6)
    assert desk.suggested() == {ada: one}
    assert desk.rig.codes() == []


@pytest.mark.rule("QP-05")
def test_two_accounts_never_get_one_contact(desk: HelpDesk) -> None:
    first, second = desk.account("Ada"), desk.account("Ada", upn="ada.admin")
    contact = desk.contact("Ada")
    desk.look()
    assert desk.suggested() == {}
    assert "is not the only account" in desk.told("AMBIGUOUS_MATCH", first)
    desk.choose(first, contact)
    assert desk.matched() == {first: contact}
    assert "which is linked already" in desk.told("AMBIGUOUS_MATCH", second)
    assert desk.suggested() == {}


@pytest.mark.rule("QP-09", "QP-13")
def test_contacts_are_created_for_those_that_are_ticked(desk: HelpDesk) -> None:
    ada, ben = desk.account("Ada", mobile="512-555-0100"), desk.account("Ben")
    desk.look()
    assert desk.suggested() == {ada: "new", ben: "new"}
    assert desk.contacts() == {}
    desk.save(ada)
    made = str(desk.contacts()["Ada Stone"]["id"])
    assert desk.matched() == {ada: made}
    assert desk.items(made) == [("Email", "ada@alder.example"), ("Mobile", "512-555-0100")]
    assert set(desk.contacts()) == {"Ada Stone"}
    assert desk.suggested() == {ben: "new"}
    desk.rig.sync("comprehensive")
    assert desk.rig.sync("comprehensive")["queued"] == 0


@pytest.mark.rule("QP-13")
def test_all_means_only_those_without_link_proposal_or_candidates(desk: HelpDesk) -> None:
    linked, proposed, doubtful, alone = (desk.account(name) for name in ("Ada", "Ben", "Cleo", "Dan"))
    nameless = desk.account("Eva", email="")
    desk.contact("Ada")
    desk.look()
    desk.save(linked)
    for name, email in (("Ben", "ben@alder.example"), ("Cleo", "cleo@alder.example"), ("Clea", "cleo@alder.example")):
        desk.contact(name, email=email)
    desk.look()
    creates = [one for one in desk.proposals().values() if any(step.verb == "create" for step in one.steps)]
    assert [one.record.id for one in creates] == [alone]
    assert set(desk.suggested()) == {proposed, alone}
    assert desk.told("AMBIGUOUS_MATCH", doubtful)
    assert desk.told("ACCOUNT_WITHOUT_EMAIL", nameless)


@pytest.mark.rule("QP-13")
def test_accounts_that_may_be_one_person_get_no_contact_each(desk: HelpDesk) -> None:
    one, two = desk.account("Ada"), desk.account("Ada", upn="admin", email="ada.admin@alder.example")
    desk.look()
    assert desk.suggested() == {}
    assert "may be the same person" in desk.told("ACCOUNTS_ALIKE", one)
    assert desk.told("ACCOUNTS_ALIKE", two)


@pytest.mark.rule("QP-13")
def test_a_contact_is_created_once_though_the_answer_was_lost(desk: HelpDesk) -> None:
    ada = desk.account("Ada")
    desk.look()
    desk.psa.faults.order("lost_answer", operation="POST /company/contacts")
    desk.save()
    for _ in range(3):
        desk.rig.tick(minutes=6)
    assert [row["firstName"] for row in desk.psa.records(CONTACTS)] == ["Ada"]
    assert desk.matched() == {ada: str(desk.contacts()["Ada Stone"]["id"])}
    assert desk.proposals() == {}


@pytest.mark.rule("QP-05", "QP-13")
def test_beside_an_inactive_contact_no_second_one_is_created(desk: HelpDesk) -> None:
    ada = desk.account("Ada")
    contact = desk.contact("Ada", inactiveFlag=True)
    desk.look()
    assert desk.proposals() == {}
    assert f"number {contact}" in desk.told("CONTACT_INACTIVE", ada)
    desk.edit_contact(contact, inactiveFlag=False)
    desk.look()
    desk.save()
    assert desk.matched() == {ada: contact}


@pytest.mark.rule("QP-14")
def test_an_account_without_an_address_gets_no_contact(desk: HelpDesk) -> None:
    ada = desk.account("Ada", email=" ")
    desk.look()
    assert desk.suggested() == {}
    assert "no e-mail address" in desk.told("ACCOUNT_WITHOUT_EMAIL", ada)
    desk.edit_account(ada, email="ada@alder.example")
    desk.rig.tick(minutes=6)
    assert desk.suggested() == {ada: "new"}
    assert desk.rig.codes() == []


@pytest.mark.rule("QP-15")
def test_a_mobile_number_that_came_later_is_offered(desk: HelpDesk) -> None:
    ada = desk.account("Ada")
    contact = desk.contact("Ada", items=[{"type": DIRECT, "value": "1"}, {"type": EMAIL, "value": "ada@alder.example"}])
    desk.look()
    desk.save()
    desk.edit_account(ada, mobile="+1 512 555 0100")
    desk.rig.sync()
    assert "has no mobile number" in desk.proposals()[ada].why
    assert len(desk.items(contact)) == 2
    desk.save()
    assert desk.items(contact)[2:] == [("Mobile", "+1 512 555 0100")]
    desk.rig.sync()
    assert desk.proposals() == {}


@pytest.mark.rule("QP-15")
@pytest.mark.parametrize("there", [{"type": CELL, "value": "9"}, {"type": DIRECT, "value": "(512) 555-0100"}])
def test_no_mobile_number_is_offered_where_there_is_one(desk: HelpDesk, there: dict[str, object]) -> None:
    desk.account("Ada", mobile="512 555 0100")
    desk.contact("Ada", items=[there, {"type": EMAIL, "value": "ada@alder.example"}])
    desk.look()
    desk.save()
    desk.look()
    assert desk.proposals() == {}


@pytest.mark.rule("QP-17", "QP-18")
def test_mobile_comes_before_cell_and_blanks_do_not_matter(desk: HelpDesk) -> None:
    desk.account("Ada", mobile="1")
    desk.psa.edit(TYPES, MOBILE["id"], description=" Mobile ")
    desk.look()
    desk.save()
    assert desk.items(str(desk.contacts()["Ada Stone"]["id"]))[1] == (" Mobile ", "1")
    desk.psa.edit(TYPES, MOBILE["id"], description="End User Mobile")
    desk.account("Ben", mobile="2")
    desk.look()
    desk.save()
    assert desk.items(str(desk.contacts()["Ben Stone"]["id"]))[1] == ("Cell", "2")


@pytest.mark.rule("QP-17", "QP-18")
def test_without_a_type_the_issue_names_table_and_row_and_the_operator_decides(desk: HelpDesk) -> None:
    ada = desk.account("Ada", mobile="1")
    ben = desk.account("Ben")
    desk.psa.edit(TYPES, MOBILE["id"], description="End User Mobile")
    desk.psa.edit(TYPES, CELL["id"], description="Personal Cell")
    desk.look()
    assert desk.suggested() == {ben: "new"}
    told = desk.told("COMMUNICATION_TYPE_MISSING")
    assert "System > Setup Tables > Contacts > Communication Type" in told
    assert "a row Mobile or Cell" in told
    desk.rig.settings(auto_match=["*"], create_without_type=True)
    desk.look()
    desk.save(ada)
    assert desk.items(str(desk.contacts()["Ada Stone"]["id"])) == [("Email", "ada@alder.example")]
    desk.rig.settings(auto_match=["*"], communication_types={"mobile": "personal cell"})
    desk.look()
    assert "has no mobile number" in desk.proposals()[ada].why
    desk.save()
    assert desk.items(desk.matched()[ada])[1] == ("Personal Cell", "1")


@pytest.mark.rule("QP-19")
def test_an_address_is_found_whatever_its_type_is_called_but_a_new_one_needs_the_type(desk: HelpDesk) -> None:
    desk.psa.edit(TYPES, EMAIL["id"], description="Email - Work")
    ada, ben = desk.account("Ada"), desk.account("Ben")
    contact = desk.contact("Ada")
    desk.look()
    assert desk.suggested() == {ada: contact}
    assert "a row Email" in desk.told("COMMUNICATION_TYPE_MISSING")
    desk.rig.settings(auto_match=["*"], communication_types={"email": "Email - Work"})
    desk.look()
    desk.save(ben)
    assert desk.items(desk.matched()[ben]) == [("Email - Work", "ben@alder.example")]


# Afterwards


@pytest.mark.rule("QP-16")
def test_the_contact_is_noted_in_quickpass_where_that_is_wanted(desk: HelpDesk) -> None:
    desk.rig.settings(auto_match=["*"], write_back=True)
    ada, ben = desk.account("Ada"), desk.account("Ben")
    contact = desk.contact("Ada")
    desk.look()
    desk.save()
    noted = {row["firstName"]: row["psaContactId"] for row in desk.quickpass.accounts(desk.customer)}
    assert noted == {"Ada": contact, "Ben": desk.matched()[ben]}
    desk.edit_account(ada, psaContactId="7")
    desk.rig.sync()
    assert desk.quickpass.account(desk.customer, "Ada")["psaContactId"] == contact


def test_a_contact_that_left_is_told_and_stays_linked_until_a_person_says_otherwise(desk: HelpDesk) -> None:
    ada, contact = desk.account("Ada"), desk.contact("Ada")
    desk.look()
    desk.save()
    desk.edit_contact(contact, inactiveFlag=True)
    desk.rig.sync()
    assert "the contact is inactive" in desk.told("CONTACT_LEFT", ada)
    assert desk.matched() == {ada: contact}
    birch = desk.add_company("Birch")
    desk.edit_contact(contact, inactiveFlag=False, company={"id": int(birch)})
    desk.rig.sync("comprehensive")
    assert "not at Alder Dental" in desk.told("CONTACT_LEFT", ada)
    desk.unmatch(ada)
    assert desk.rig.codes() == []


def test_only_a_404_ends_a_match(desk: HelpDesk) -> None:
    ada, ben = desk.account("Ada"), desk.account("Ben")
    ids = [desk.contact(name) for name in ("Ada", "Ben")]
    desk.look()
    desk.save()
    desk.quickpass.faults.order("drift", operation="end-users$")
    desk.remove_account(ben)
    desk.look()
    assert desk.matched() == {}, "both are gone by now"
    cleo, contact = desk.account("Cleo"), desk.contact("Cleo")
    desk.look()
    desk.save()
    desk.psa.delete(CONTACTS, int(contact))
    desk.look()
    assert desk.matched() == {}
    desk.rig.sync("comprehensive")
    assert desk.suggested() == {cleo: "new"}
    assert {ids[0], ids[1]} <= {str(row["id"]) for row in desk.psa.records(CONTACTS)}, "nothing is deleted"
    assert ada


def test_a_customer_that_is_gone_keeps_its_matches(desk: HelpDesk) -> None:
    ada, contact = desk.account("Ada"), desk.contact("Ada")
    desk.look()
    desk.save()
    desk.quickpass.remove_customer(desk.customer)
    desk.look()
    assert desk.told("CUSTOMER_GONE")
    assert desk.matched() == {ada: contact}


def test_a_company_that_is_gone_stops_everything(desk: HelpDesk) -> None:
    desk.account("Ada")
    desk.psa.edit(COMPANIES, int(desk.company), deletedFlag=True)
    desk.look()
    assert desk.told("COMPANY_GONE")
    assert desk.proposals() == {}


# When it runs


@pytest.mark.rule("QP-04")
def test_only_customers_with_auto_match_are_matched_daily_others_when_somebody_asks(desk: HelpDesk) -> None:
    desk.rig.settings(auto_match=[])
    ada, contact = desk.account("Ada"), desk.contact("Ada")
    desk.rig.sync("comprehensive")
    assert desk.suggested() == {}
    desk.look()
    assert desk.suggested() == {ada: contact}
    desk.rig.sync("comprehensive")
    assert desk.suggested() == {ada: contact}, "it waits for as long as it takes"
    desk.save()
    desk.rig.settings(auto_match=["alder DENTAL"])
    ben = desk.account("Ben")
    desk.rig.sync("comprehensive")
    assert desk.suggested() == {ben: "new"}


def test_what_is_kept_of_an_account_changes_only_with_it(desk: HelpDesk) -> None:
    for name in ("Ada", "Ben"):
        desk.account(name, email="")
    desk.look()
    before = desk.rig.state(Ref(MATCH, "partner", desk.accounts()["Ben"]))
    desk.choose(desk.accounts()["Ada"], desk.contact("Ada"))
    assert desk.rig.state(Ref(MATCH, "partner", desk.accounts()["Ben"])) == before


def test_a_run_that_finds_nothing_new_reads_no_contacts_and_writes_nothing(desk: HelpDesk) -> None:
    desk.account("Ada")
    desk.contact("Ada")
    desk.rig.sync("comprehensive")
    desk.save()
    desk.rig.sync("comprehensive")
    desk.rig.clock.turn(hours=1)
    desk.rig.sync("comprehensive")
    desk.rig.clock.turn(hours=1)
    desk.rig.forget()
    assert desk.rig.sync("delta")["queued"] == 0
    asked = dict(desk.rig.psa.requests)
    assert asked == {"GET /system/info": 1, "GET /company/contacts": 1}, "the time, and who changed since"
    assert desk.rig.sync("comprehensive")["queued"] == 0
    assert desk.rig.sent() == []
    desk.contact("Ben")
    assert desk.rig.sync("delta")["queued"] == 1


def test_customers_are_read_in_parts(desk: HelpDesk) -> None:
    for number in range(25):
        desk.quickpass.add_customer(f"Customer {number:02}")
    found = desk.rig.sync("comprehensive")
    assert found["scanned"] == 26
    assert len([code for code in desk.rig.codes() if code == "COMPANY_NOT_MATCHED"]) == 25


def test_a_customer_of_many_accounts_is_sorted_by_what_is_to_be_done(desk: HelpDesk) -> None:
    for number in range(20):
        desk.account(f"Found{number}")
        desk.contact(f"Found{number}")
    for number in range(3):
        desk.account(f"Doubt{number}")
        for place in ("A", "B"):
            desk.contact(f"{place}{number}", email=f"doubt{number}@alder.example")
    for number in range(4):
        desk.account(f"Alone{number}")
    for number in range(2):
        desk.account(f"Silent{number}", email="")
    desk.rig.sync("comprehensive")
    suggested = list(desk.suggested().values())
    assert (len(suggested), suggested.count("new")) == (24, 4)
    codes = desk.rig.codes()
    assert (codes.count("AMBIGUOUS_MATCH"), codes.count("ACCOUNT_WITHOUT_EMAIL"), len(codes)) == (3, 2, 5)
    desk.save(*(key for key, contact in desk.suggested().items() if contact != "new"))
    assert len(desk.matched()) == 20


def test_many_customers_are_looked_at_together(desk: HelpDesk) -> None:
    homes = []
    for number in range(5):
        name = f"Customer {number}"
        company, guid = desk.add_company(name), desk.quickpass.add_customer(name)
        homes.append(Ref(CUSTOMER, "partner", guid))
        desk.by().relink(desk.rig.key, homes[-1], company)
    desk.rig.forget()
    desk.rig.deliver()
    asked = desk.psa.requests
    lists = ("companies", "contacts", "communicationTypes")
    assert [asked[f"GET /company/{one}"] for one in lists] == [1, 1, 1]
    assert desk.quickpass.requests["GET customers"] == 1


def test_a_tenant_without_end_users_pauses_the_flow_and_names_the_setting(desk: HelpDesk) -> None:
    desk.quickpass.settings.end_users = False
    desk.look()
    state = desk.rig.store.flows.state(desk.rig.key)
    assert "end users" in state.paused
    assert any("accounts import" in one.issue.fix for one in desk.rig.store.issues.of_connection("demo"))


def test_a_cancelled_account_is_left_alone(desk: HelpDesk) -> None:
    ada, _ = desk.account("Ada"), desk.contact("Ada")
    desk.look()
    desk.by().cancel(desk.rig.key, Ref(MATCH, "partner", ada), "a robot")
    desk.rig.deliver()
    assert desk.proposals() == {}
    twin = desk.account("Ada", upn="ada2")
    desk.look()
    assert set(desk.suggested()) == {twin}, "it has no claim on anybody"
