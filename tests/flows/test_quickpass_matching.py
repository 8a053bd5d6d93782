"""Whom an account may be, and what follows: situation in, match or plan out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.quickpass_contacts.communication import Types, types_of
from functions.quickpass_contacts.matching import folded, matches, name_of
from functions.quickpass_contacts.resolving import Asked, resolve
from functions.quickpass_contacts.rules import decide
from functions.quickpass_contacts.settings import MatchSettings
from functions.quickpass_contacts.situations import MATCH, MatchSituation, Person, account_ref, customer_ref
from shared.sync.link import Intent, Link, Pair, Seen
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import CommunicationType, Company
from shared.systems.quickpass import Account, Customer
from tests.flows.rig import START

HOME = customer_ref("g")
COMPANY = Company(id=250, name="Alder")


def account(id_: str, name: str = "", email: str = "", **more: Any) -> Account:
    first, _, last = name.partition(" ")
    return Account(id=id_, customer="g", first_name=first, last_name=last, email=email, **more)


def person(id_: int, name: str = "", *emails: str, **more: Any) -> Person:
    first, _, last = name.partition(" ")
    return Person(str(id_), first, last, emails, company=more.pop("company", "250"), **more)


def situation(
    accounts: list[Account], people: list[Person], states: Mapping[str, Any] | None = None, **more: Any
) -> MatchSituation:
    known = states or {}
    home = Link("customer-company", "250", "g", rules="1")
    pairs = (Pair(HOME, home), *(Pair(account_ref(one.key), known.get(one.id)) for one in accounts))
    return MatchSituation(
        home=HOME,
        name=Name("customer Alder"),
        pairs=pairs,
        settings=more.pop("settings", MatchSettings()),
        customer=Customer(id="g", name="Alder"),
        company=COMPANY,
        accounts={one.key: one for one in accounts},
        contacts={one.id: one for one in people},
        types=more.pop("types", Types(1, 4, frozenset({4, 5}))),
        **more,
    )


def found(s: MatchSituation) -> dict[str, tuple[str, list[str]]]:
    """By account, how the matching stands, and which contacts it is about."""
    return {key.partition("/")[2]: (one.outcome, [p.id for p in one.people]) for key, one in matches(s).items()}


@pytest.mark.rule("QP-05")
@pytest.mark.parametrize(
    ("mine", "people", "expected"),
    [
        (("Ada Stone", " ADA@x "), [person(1, "Eve Else", "ada@x"), person(2, "Ada Stone")], ("found", ["1"])),
        (("Ada Stone", "new@x"), [person(2, "ada  STONE", "old@x")], ("found", ["2"])),
        (("Zoë Ångström", ""), [person(2, "Zoe Angstrom")], ("found", ["2"])),
        (("Ada Stone", "ada@x"), [person(1, "A B", "ada@x"), person(2, "C D", "ada@x"), person(3, "Ada Stone")],
         ("several", ["1", "2"])),
        (("Ada Stone", "ada@x"), [person(1, "A B", "ada@x", inactive=True)], ("inactive", ["1"])),
        (("Ada Stone", "ada@x"), [person(1, "A B", "ada@x", company="7")], ("nobody", [])),
        (("Ada", ""), [person(1, "Ada"), person(2, "")], ("nobody", [])),
        (("", ""), [person(1, ""), person(2, "", "")], ("nobody", [])),
        (("Ada Stone", "ada@x"), [person(1, "A B", "first@x", "ada@x")], ("found", ["1"])),
        (("Ada Stone", "ada@x"), [person(1, "A B", "ada@x", linked_to="g/9")], ("several", ["1"])),
        (("Ada Stone", ""), [person(1, "Ada Stone"), person(2, "Ada Stone")], ("several", ["1", "2"])),
    ],
)  # fmt: skip
def test_address_first_then_both_names(
    mine: tuple[str, str], people: list[Person], expected: tuple[str, list[str]]
) -> None:
    assert found(situation([account("a", *mine)], people))["a"] == expected


@pytest.mark.rule("QP-05")
def test_an_address_says_more_than_a_name_and_neither_is_shared() -> None:
    people = [person(1, "Ada Stone", "ada@x")]
    by_both = [account("a", "Ada Other", "ada@x"), account("b", "Ada Stone", "else@x")]
    assert found(situation(by_both, people)) == {"a": ("found", ["1"]), "b": ("several", ["1"])}
    twice = [account("a", "Ada One", "ada@x"), account("b", "Ada Two", "ada@x")]
    assert found(situation(twice, people)) == {"a": ("several", ["1"]), "b": ("several", ["1"])}


@pytest.mark.rule("QP-22")
def test_whom_a_person_parted_has_no_claim_and_gets_no_second_contact() -> None:
    parted = Seen(account_ref("g/a"), "", "", "skipped", "", parted="1")
    accounts, people = [account("a", "Ada Stone", "ada@x"), account("b", "A", "ada@x")], [person(1, "E", "ada@x")]
    assert found(situation(accounts, people, {"a": parted})) == {"a": ("parted", ["1"]), "b": ("found", ["1"])}


def test_a_cancelled_account_has_no_claim() -> None:
    held = Seen(account_ref("g/a"), "", "", "skipped", "", held="Cancelled by kim: a robot")
    accounts = [account("a", "Ada Stone", "ada@x"), account("b", "A B", "ada@x")]
    assert found(situation(accounts, [person(1, "E", "ada@x")], {"a": held}))["b"] == ("found", ["1"])


def test_names_are_compared_without_case_accents_and_blanks() -> None:
    assert folded("  Søren   ÉMILE ") == "søren emile"
    assert name_of("Ada", " ") is None


# Plans


@pytest.mark.rule("QP-06", "QP-13")
def test_every_step_asks_and_belongs_to_its_account() -> None:
    s = situation([account("a", "Ada Stone", "ada@x"), account("b", "Ben Stone", "ben@x")], [person(1, "E", "ada@x")])
    plan = decide(s)
    assert [(step.verb, step.ask, step.record) for step in plan.steps] == [
        ("link", True, account_ref("g/a")), ("create", True, account_ref("g/b")), ("link", True, account_ref("g/b")),
    ]  # fmt: skip


def test_what_came_of_a_create_that_was_approved_is_linked_without_asking_again() -> None:
    intent = Intent(account_ref("g/a"), "t", START, START)
    s = situation([account("a", "Ada Stone", "ada@x")], [person(1, "Ada Stone", "ada@x")], {"a": intent})
    assert [(step.verb, step.ask) for step in decide(s).steps] == [("link", False)]


@pytest.mark.rule("QP-06")
def test_a_match_is_another_proposal_once_the_contact_or_the_account_reads_otherwise() -> None:
    mine, theirs = account("a", "Ada Stone", "ada@x"), person(1, "Ada Stone", "ada@x")

    def shown(mine: Account, theirs: Person) -> Any:
        return decide(situation([mine], [theirs])).steps[0].fields

    same = replace(theirs, phones=((2, "1"),), emails=("ada@x", "more@x"))
    assert shown(mine, theirs) == shown(mine, same)
    assert shown(mine, theirs) != shown(mine, replace(theirs, last_name="Married"))
    assert shown(mine, theirs) != shown(account("a", "Eve Stone", "ada@x"), theirs)


@pytest.mark.rule("QP-14")
def test_a_name_that_is_missing_does_not_keep_a_contact_from_being_made() -> None:
    steps = [decide(situation([account("a", name, "ada@x")], [])).steps[0] for name in ("", " Stone", "Ada")]
    assert [(step.fields["first_name"], step.fields.get("last_name")) for step in steps] == [
        ("ada@x", None), ("Stone", None), ("Ada", None),
    ]  # fmt: skip


def types(*rows: tuple[str, str]) -> list[CommunicationType]:
    return [
        CommunicationType(id=number, name=name, phone=kind == "phone", email=kind == "email")
        for number, (name, kind) in enumerate(rows, 1)
    ]


@pytest.mark.rule("QP-17", "QP-19")
@pytest.mark.parametrize(
    ("rows", "chosen", "expected"),
    [
        ([("Email", "email"), ("Cell", "phone"), ("Mobile", "phone")], {}, (1, 3)),
        ([(" email ", "email"), ("CELL", "phone")], {}, (1, 2)),
        ([("Email", "phone"), ("Mobile", "email")], {}, (None, None)),
        ([("Email - Work", "email"), ("End User Mobile", "phone")], {}, (None, None)),
        ([("Email", "email"), ("Work", "email"), ("Mobile", "phone"), ("Handy", "phone")],
         {"email": "work", "mobile": " HANDY "}, (2, 4)),
        ([("Email", "email")], {"email": "Work"}, (None, None)),
    ],
)  # fmt: skip
def test_types_are_found_by_flag_and_name_those_of_the_settings_first(
    rows: list[tuple[str, str]], chosen: dict[str, str], expected: tuple[int | None, int | None]
) -> None:
    found_types = types_of(types(*rows), chosen)
    assert (found_types.email, found_types.mobile) == expected


# Tickets


@pytest.mark.rule("QP-21")
def test_a_contact_leads_to_its_account_or_to_what_to_do() -> None:
    ada, link = person(55, "Ada Stone", "ada@x"), Link(MATCH, "55", "g/a", partner_name="Ada Stone (ada@x)")
    whole = Asked("ticket 1", contact="55", person=ada, customer="g", link=link, account=account("a", "Ada Stone"))
    assert resolve(whole).account == whole.account
    for asked, reason, fix in (
        (Asked("ticket 1", missing=True), "no ticket 1", "number"),
        (Asked("ticket 1"), "has no contact", "Choose its contact"),
        (replace(whole, person=None), "no contact 55", "Choose another"),
        (replace(whole, link=None), "linked to no account", f"crosswise look {HOME}"),
        (replace(whole, link=None, customer=""), "no customer of Quickpass", "crosswise matches"),
        (replace(whole, account=None), "not in Quickpass any more", "crosswise look"),
        (replace(whole, person=replace(ada, inactive=True)), "is inactive", "crosswise unlink"),
    ):
        answer = resolve(asked)
        assert answer.account is None
        assert reason in answer.reason
        assert fix in answer.fix


def test_what_belongs_to_nobody_is_left_alone() -> None:
    stranger = Ref(MATCH, "cw", "9")
    plan = decide(MatchSituation(home=stranger, pairs=(Pair(stranger),), settings=MatchSettings()))
    assert plan.skipped
    assert plan.steps == ()
