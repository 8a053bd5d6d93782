"""First contact, pure: whom a company or a contact is on the other side, and when that is for a person."""

from __future__ import annotations

from typing import Any

import pytest

from functions.zomentum_companies import matching as companies
from functions.zomentum_companies.situations import site
from functions.zomentum_contacts import matching as contacts
from shared.partners.zomentum_records import Match
from shared.systems import zomentum
from shared.systems.connectwise_psa import Company, Contact


def ours(name: str, website: str = "", id_: int = 250) -> Company:
    return Company(id=id_, identifier="X", name=name, website=website)


def theirs(name: str, website: str = "", id_: str = "z1", linked_to: str = "") -> companies.Other:
    return companies.Other(zomentum.Company(id=id_, name=name, website=website), linked_to)


def ids(match: Match) -> tuple[str | None, list[str], bool]:
    return match.found.id if match.found else None, [one.id for one in match.doubts], match.taken


@pytest.mark.rule("ZM-34", "ZM-36")
@pytest.mark.parametrize(
    ("mine", "others", "wanted"),
    [
        (ours("Acme"), [theirs("ACME ")], ("z1", [], False)),
        (ours("Acme", "acme.com"), [theirs("Acme")], ("z1", [], False)),
        (ours("Acme", "https://www.acme.com/"), [theirs("Acme", "acme.com/home")], ("z1", [], False)),
        (ours("Acme", "acme.com"), [theirs("Acme", "acme.org")], (None, ["z1"], True)),
        (ours("Acme", "acme.com"), [theirs("Acme Inc", "acme.com")], (None, ["z1"], False)),
        (ours("Acme East", "acme.com"), [theirs("Acme West", "acme.com", linked_to="company X")], (None, [], False)),
        (ours("Acme"), [theirs("Acme", linked_to="company X")], (None, ["z1"], True)),
        (ours("Acme"), [theirs("Acme"), theirs("acme", id_="z2")], (None, ["z1", "z2"], False)),
        (ours("Acme", "acme.com"), [theirs("Acme"), theirs("acme", "acme.com", "z2")], ("z2", [], False)),
        (ours("Acme"), [theirs("Birch")], (None, [], False)),
        (ours("Acme"), [], (None, [], False)),
    ],
)
def test_a_company_is_found_by_name_and_its_domain_does_not_speak_against_it(
    mine: Company, others: list[companies.Other], wanted: Any
) -> None:
    assert ids(companies.match(mine, others, [])) == wanted


@pytest.mark.rule("ZM-36")
def test_of_two_companies_of_one_name_neither_is_joined_by_guess() -> None:
    twin = companies.Other(ours("Acme", id_=251))
    assert ids(companies.match(ours("Acme"), [theirs("Acme")], [twin])) == (None, ["z1"], False)
    linked = companies.Other(ours("Acme", id_=251), "company Acme")
    assert ids(companies.match(ours("Acme"), [theirs("Acme")], [linked])) == ("z1", [], False)
    told_apart = companies.Other(ours("Acme", "acme.org", id_=251))
    assert ids(companies.match(ours("Acme", "acme.com"), [theirs("Acme", "acme.com")], [told_apart])) == (
        "z1",
        [],
        False,
    )


@pytest.mark.parametrize("written", ["acme.com", "https://www.ACME.com/", "http://acme.com", "www.acme.com"])
def test_a_website_is_one_word_however_it_is_written(written: str) -> None:
    assert site(written) == "acme.com"
    assert site(f"{written.rstrip('/')}/Shop?x=1") == "acme.com/Shop?x=1"


def me(
    first: str = "Ada", last: str = "Byron", email: str = "ada@acme.example", company: str = "250"
) -> contacts.Other:
    items = [{"value": email, "communicationType": "Email", "defaultFlag": True}] if email else []
    contact = Contact.model_validate({"id": 1, "firstName": first, "lastName": last, "communicationItems": items})
    return contacts.Other(contact, company, "company Acme")


def them(
    first: str = "Ada", last: str = "Byron", email: str = "ada@acme.example", id_: str = "z1", company: str = "250",
    linked_to: str = "",
) -> contacts.Other:  # fmt: skip
    row = {"id": id_, "name": {"first": first, "last": last}, "email": email}
    return contacts.Other(zomentum.Contact.model_validate(row), company, "company Acme", linked_to)


@pytest.mark.rule("ZM-34")
@pytest.mark.parametrize(
    ("mine", "others", "wanted"),
    [
        (me(), [them(email="ADA@acme.example")], ("z1", [])),
        (me(), [them(last="Lovelace")], ("z1", [])),
        (me(), [them("Bob", "Stone")], (None, ["z1"])),
        (me(), [them("", "")], ("z1", [])),
        (me(), [them(company="251")], (None, ["z1"])),
        (me(), [them(linked_to="contact X")], (None, ["z1"])),
        (me(), [them("Bob", "Stone", linked_to="contact Bob")], (None, [])),
        (me(), [them(), them("Ada", "King", id_="z2")], ("z1", [])),
        (me(), [them(), them(id_="z2")], (None, ["z1", "z2"])),
        (me(), [them(email="other@acme.example")], (None, [])),
        (me(email=""), [them()], (None, ["z1"])),
        (me(), [them(email="")], (None, ["z1"])),
        (me(email=""), [them(company="251")], (None, [])),
        (me(), [], (None, [])),
    ],
)
def test_a_contact_is_found_by_its_address_at_its_company(
    mine: contacts.Other, others: list[contacts.Other], wanted: Any
) -> None:
    assert ids(contacts.match(mine, others, []))[:2] == wanted


def test_of_two_who_share_an_address_the_name_decides_or_nobody() -> None:
    bob = me("Bob", "Stone", "office@acme.example")
    ada = me("Ada", "Byron", "office@acme.example")
    theirs_ = them("Bob", "Stone", "office@acme.example")
    assert ids(contacts.match(bob, [theirs_], [ada]))[0] == "z1"
    assert ids(contacts.match(ada, [theirs_], [bob])) == (None, [], False)
    assert ids(contacts.match(bob, [theirs_], [bob])) == (None, ["z1"], False)
