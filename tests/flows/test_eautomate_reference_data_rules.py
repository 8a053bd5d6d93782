"""Reference data: who is linked with whom, what stands, and what a person is told. Situation in, plan out."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from functions.eautomate_reference_data.matching import BY_HAND
from functions.eautomate_reference_data.rules import decide
from functions.eautomate_reference_data.settings import ReferenceSettings
from functions.eautomate_reference_data.situations import Entry, Found
from shared.partners.eautomate import code_id, shared_code
from shared.sync.link import Seen
from tests.flows.reference_data import (
    BY_ITSELF,
    TECHNICIANS,
    coded,
    jordan,
    linked,
    named,
    pairs,
    plan,
    register,
    technician,
    told,
)

BILL_CODES = "work-type-bill-code"
CALL_TYPES = "service-type-call-type"
BY_KIM = "kim linked them."


# Who is who


@pytest.mark.rule("EA-39")
@pytest.mark.parametrize(("number", "how"), [
    (technician("jreed "), "Matched by identifier or employee number."),
    (technician("0042"), "Matched by identifier or employee number."),
    (technician("J.Reed@example.com"), "Matched by e-mail address."),
    (technician("T9", "jordan", " Reed"), "Matched by full name."),
    (technician("Jordan  Reed"), "Matched by full name."),
])  # fmt: skip
def test_a_member_is_the_one_technician_with_its_identifier_address_or_name(number: Entry, how: str) -> None:
    one = jordan(employee_id="0042", office_email="j.reed@example.com")
    made = plan(register([one], [technician("OTHER", "Pat", "Other", "51"), number]))
    assert pairs(made) == [("link", "7", "50")]
    assert made.reason == how
    assert made.issues == ()


@pytest.mark.rule("EA-39")
def test_an_earlier_step_wins_over_a_later_one() -> None:
    """Who has the number is the technician, though another one has the name."""
    made = plan(register([jordan()], [technician("T9", "Jordan", "Reed", "51"), technician("JREED", "J.", "R.")]))
    assert pairs(made) == [("link", "7", "50")]


def test_who_fits_nobody_is_left_alone_with_the_reason() -> None:
    made = plan(register([jordan()], [technician("LOPEZ", "Marta", "Lopez")]))
    assert (made.outcome, made.steps, made.issues) == ("skipped", (), ())
    assert made.reason == (
        "No technician has its identifier or employee number, e-mail address or full name; "
        "flows.eautomate_reference_data.technicians can name one."
    )


def test_blank_names_and_addresses_match_nobody() -> None:
    """A sales rep has no name in the PublicAPI, and a member may have no address."""
    made = plan(register([jordan(first_name="", last_name="", employee_id="")], [technician("", "", "")]))
    assert made.outcome == "skipped"


@pytest.mark.rule("EA-39")
def test_two_technicians_of_the_name_are_for_a_person_who_gets_them_named() -> None:
    made = plan(register([jordan()], [technician("T1", "Jordan", "Reed"), technician("T2", "Jordan", "Reed", "51")]))
    assert (made.outcome, made.steps) == ("issue", ())
    assert told(made) == {
        "AMBIGUOUS_MATCH": "Member JReed (Jordan Reed) could be: technician T1 (Jordan Reed) (ID 50); technician T2 "
        "(Jordan Reed) (ID 51). Nothing was linked."
    }
    assert [str(name) for name in made.issues[0].about] == [
        "technician T1 (Jordan Reed)",
        "technician T2 (Jordan Reed)",
    ]
    assert made.issues[0].category == "mapping"
    assert "flows.eautomate_reference_data.technicians" in made.issues[0].fix


@pytest.mark.rule("EA-39")
def test_two_members_of_the_name_share_no_technician() -> None:
    both = [jordan(), jordan(8, identifier="JReed2")]
    of = register(both, [technician("T1", "Jordan", "Reed")])
    for id_, other in (("7", "JReed2"), ("8", "JReed")):
        assert f"which may as well be member {other} (Jordan Reed)" in told(plan(of, id_))["AMBIGUOUS_MATCH"]


def test_a_namesake_is_out_of_it_once_the_number_tells_who_is_meant() -> None:
    """One of two Jordan Reeds has the number; the other's only namesake is gone by then."""
    of = register([jordan(), jordan(8, identifier="JReed2")], [technician("JREED2", "Jordan", "Reed")])
    assert pairs(plan(of, "8")) == [("link", "8", "50")]
    alone = plan(of, "7")
    assert alone.outcome == "skipped"
    assert alone.reason == "Technician JREED2 (Jordan Reed) fits, but another member fits better."


def test_who_is_linked_already_is_never_linked_twice() -> None:
    of = register([jordan(), jordan(8, identifier="T1")], [technician("T1", "Jordan", "Reed")], linked("8"))
    made = plan(of)
    assert (made.outcome, made.issues) == ("skipped", ())
    assert made.reason == "Technician T1 (Jordan Reed) fits, but is linked to member 8."


def test_what_fits_does_not_depend_on_the_order_of_the_lists() -> None:
    members = [jordan(1, identifier="T2"), jordan(2, identifier="B", first_name="Pat"), jordan(3, identifier="C")]
    technicians = [
        technician("T1", "Jordan", "Reed", "51"),
        technician("T2", "Pat", "Reed", "52"),
        technician("T3", id_="53"),
    ]
    outcomes = [
        {id_: plan(register(some, others), id_).steps for id_ in ("1", "2", "3")}
        for some in permutations(members)
        for others in permutations(technicians)
    ]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert [step.fields["partner"] for step in outcomes[0]["1"]] == ["52"]


KEYS = st.tuples(*[st.frozensets(st.sampled_from("abc"), max_size=2)] * 3)
HALVES = st.lists(KEYS, max_size=6)


@given(HALVES, HALVES)
def test_nobody_is_ever_found_for_two(ours: list[Any], theirs: list[Any]) -> None:
    cw, partner = ([Entry(str(n), f"E{n}", keys, ()) for n, keys in enumerate(half)] for half in (ours, theirs))
    outcomes = register(cw, partner).outcomes
    found = {id_: one.entry for id_, one in outcomes.items() if isinstance(one, Found)}
    assert len({entry.id for entry in found.values()}) == len(found)
    assert len(outcomes) == len(cw)
    for id_, entry in found.items():
        assert any(one & other for one, other in zip(ours[int(id_)], entry.keys, strict=True))


@pytest.mark.parametrize(("one", "reason"), [
    (jordan(inactive=True), "In ConnectWise it is inactive."),
    (jordan(license="A"), "In ConnectWise it is an API member, no person."),
])  # fmt: skip
def test_inactive_members_and_programs_are_left_alone(one: Entry, reason: str) -> None:
    made = plan(register([one], [technician("JREED")]))
    assert (made.outcome, made.reason) == ("skipped", reason)


def test_an_inactive_technician_is_not_matched() -> None:
    made = plan(register([jordan()], [technician("JREED", active=False)]))
    assert (made.outcome, made.reason) == ("skipped", "Technician JREED fits, but it is inactive.")


# Codes


@pytest.mark.parametrize("one", [coded("regular"), coded("R1", "Regular ")])
def test_a_code_matches_by_its_code_or_its_description(one: Entry) -> None:
    of = register([named("Regular")], [coded("TM", "Time and materials", "91"), one], kind=BILL_CODES)
    assert pairs(plan(of)) == [("link", "7", "90")]


def test_two_codes_of_the_description_are_for_a_person() -> None:
    codes = [coded("R1", "Regular"), coded("R2", "Regular", "91")]
    made = plan(register([named("Regular")], codes, kind=BILL_CODES))
    assert "bill code R1 (Regular) (ID 90); bill code R2 (Regular) (ID 91)" in told(made)["AMBIGUOUS_MATCH"]
    assert made.steps == ()


def test_a_tax_code_goes_by_its_code_or_its_description() -> None:
    for one in (coded("FL-TPA"), coded("X", "Tampa, Florida")):
        of = register([named("FL-TPA", "Tampa, Florida")], [one], kind="tax-code-tax-code")
        assert pairs(plan(of)) == [("link", "7", "90")]


def test_a_code_that_nothing_fits_says_what_to_do() -> None:
    made = plan(register([named("Regular")], [coded("TM", "Time and materials")], kind=BILL_CODES))
    assert (made.outcome, made.reason) == (
        "skipped",
        "No bill code has its name as code or description; flows.eautomate_reference_data.bill_codes can name one.",
    )


def test_one_code_serves_many_and_each_has_a_link_of_its_own() -> None:
    """Each board has its own types, and the table has one link for each id."""
    types = [named("Help Desk/Remote", "Remote"), named("Field/Remote", "Remote", id_="8")]
    codes = [coded("REM", "Remote")]
    of = register(types, codes, linked("8", "90", kind=CALL_TYPES), kind=CALL_TYPES)
    (step,) = plan(of).steps
    assert step.fields["partner"] == shared_code("90", "7") == "90.7"
    assert code_id(step.fields["partner"]) == code_id("90") == "90"
    of = register(
        types, codes, *(linked(cw, id_, kind=CALL_TYPES) for cw, id_ in (("8", "90"), ("7", "90.7"))), kind=CALL_TYPES
    )
    made = plan(of)
    assert (made.outcome, made.issues) == ("in_step", ())
    assert of.situation(of.kind.partner_ref("90.7")).home.id == "7"
    assert of.in_use == {"90"}


# By hand


@pytest.mark.rule("EA-39")
@pytest.mark.parametrize("name", [" jreed", "Jordan Reed"])
def test_settings_name_a_pair_and_win(name: str) -> None:
    of = register([jordan()], [technician("JREED"), technician("T9", id_="51")], technicians={name: "t9"})
    made = plan(of)
    assert (pairs(made), made.reason) == ([("link", "7", "51")], BY_HAND)


def test_whom_settings_give_to_one_is_matched_with_no_other() -> None:
    of = register(
        [jordan(), jordan(8, identifier="X", first_name="Pat")], [technician("JREED")], technicians={"X": "JREED"}
    )
    assert pairs(plan(of, "8")) == [("link", "8", "50")]
    assert plan(of).reason == "Technician JREED fits, but another member fits better."


def test_a_code_that_settings_name_and_nobody_has_is_an_issue() -> None:
    made = plan(register([jordan()], [technician("JREED")], technicians={"JReed": "REID"}))
    assert made.steps == ()
    assert told(made) == {
        "PAIR_UNKNOWN": "The settings say that member JReed (Jordan Reed) is the technician REID, which e-automate "
        "does not have. Nothing was linked."
    }


def test_a_full_name_that_two_members_have_gives_the_technician_to_neither() -> None:
    both = [jordan(), jordan(8, identifier="JReed2")]
    of = register(both, [technician("T9")], technicians={"Jordan Reed": "T9"})
    assert [list(told(plan(of, id_))) for id_ in ("7", "8")] == [["AMBIGUOUS_MATCH"], ["AMBIGUOUS_MATCH"]]
    of = register(
        both, [technician("T9"), technician("JREED", id_="51")], linked("7", "51"), technicians=of.settings.technicians
    )
    made = plan(of)
    assert (made.outcome, made.steps) == ("in_step", ())
    assert told(made)["AMBIGUOUS_MATCH"].endswith("It stays linked to technician 51.")
    of = register(both, [technician("T9")], linked("7", "50", how=BY_KIM), technicians=of.settings.technicians)
    assert [list(told(plan(of, id_))) for id_ in ("7", "8")] == [[], ["PAIR_TAKEN"]]


def test_a_type_is_named_with_its_board_or_for_all_boards() -> None:
    types = [named("Help Desk/Remote", "Remote"), named("Field/Remote", "Remote", id_="8")]
    codes = [coded("REM"), coded("ONS", id_="91")]
    of = register(types, codes, kind=CALL_TYPES, call_types={"Remote": "REM", "field/remote": "ONS"})
    assert [plan(of, id_).steps[0].fields["partner"] for id_ in ("7", "8")] == ["90", "91"]


def test_settings_let_go_of_what_the_flow_itself_found() -> None:
    people = [technician("JREED"), technician("T9", id_="51")]
    made = plan(register([jordan()], people, linked(), technicians={"JReed": "T9"}))
    assert pairs(made) == [("unlink", "7", "50"), ("link", "7", "51")]


@pytest.mark.rule("EA-24")
def test_what_a_person_linked_stands_against_the_settings_and_is_told() -> None:
    people = [technician("JREED"), technician("T9", id_="51")]
    made = plan(register([jordan()], people, linked(how=BY_KIM), technicians={"JReed": "T9"}))
    assert (made.outcome, made.steps) == ("in_step", ())
    assert told(made) == {
        "LINK_DISAGREES": "The settings say that member JReed (Jordan Reed) is technician T9. It stays linked to "
        "technician 50: kim linked them."
    }


def test_settings_that_say_what_is_linked_say_nothing_new() -> None:
    for how in (BY_ITSELF, BY_HAND, BY_KIM):
        made = plan(register([jordan()], [technician("JREED")], linked(how=how), technicians={"JReed": "JREED"}))
        assert (made.outcome, made.issues) == ("in_step", ())


def test_a_technician_that_settings_give_away_is_let_go_and_then_linked() -> None:
    both = [jordan(), jordan(8, identifier="JREED2")]
    people = [technician("JREED2"), technician("T9", "Jordan", "Reed", "51")]
    hand = {"JReed": "JREED2"}
    of = register(both, people, linked("8"), technicians=hand)
    assert told(plan(of)) == {
        "PAIR_TAKEN": "The settings say that member JReed (Jordan Reed) is technician JREED2, which is linked to "
        "member 8. Nothing was linked."
    }
    assert pairs(plan(of, "8")) == [("unlink", "8", "50"), ("link", "8", "51")]
    of = register(both, people, linked("8", "51"), technicians=hand)
    assert pairs(plan(of)) == [("link", "7", "50")]


def test_a_member_whose_technician_is_given_away_may_end_up_alone() -> None:
    both = [jordan(), jordan(8, identifier="REED")]
    made = plan(register(both, [technician("REED")], linked("8"), technicians={"JReed": "REED"}), "8")
    assert pairs(made) == [("unlink", "8", "50")]
    assert made.reason == "The settings give what it was linked to to another record."


def test_what_a_person_linked_is_not_given_away() -> None:
    both = [jordan(), jordan(8, identifier="REED")]
    of = register(both, [technician("REED")], linked("8", how=BY_KIM), technicians={"JReed": "REED"})
    assert plan(of, "8").steps == ()
    assert "PAIR_TAKEN" in told(plan(of))


def test_no_technician_is_given_to_two_members() -> None:
    with pytest.raises(ValidationError, match="t9 is given to two members"):
        ReferenceSettings(technicians={"A": "T9", "B": " t9"})
    assert ReferenceSettings(bill_codes={"Regular": "TM", "Travel": "TM"}).bill_codes


def test_settings_that_mean_nothing_here_are_refused() -> None:
    refused: list[dict[str, Any]] = [{"kinds": []}, {"kinds": ["member-contact"]}, {"filters": {"branch": ["1"]}}]
    for wrong in refused:
        with pytest.raises(ValidationError):
            ReferenceSettings.model_validate(wrong)
    assert ReferenceSettings(kinds=[TECHNICIANS, TECHNICIANS]).kinds == [TECHNICIANS]
    assert ReferenceSettings().every_minutes == 60


# What stands


@pytest.mark.rule("EA-24")
def test_a_link_stands_whatever_the_fields_say_by_now() -> None:
    of = register([jordan()], [technician("OTHER"), technician("JREED", id_="51")], linked())
    assert (plan(of).outcome, plan(of).steps) == ("in_step", ())


@pytest.mark.rule("EA-39")
def test_a_technician_who_turns_inactive_stays_linked_with_a_warning() -> None:
    made = plan(register([jordan()], [technician("REED", active=False)], linked()))
    assert (made.outcome, made.steps) == ("in_step", ())
    assert told(made) == {
        "INACTIVE_IN_EAUTOMATE": "Technician REED, to which member JReed (Jordan Reed) is linked, is inactive in "
        "e-automate. The link stands; e-automate may refuse what names it."
    }
    assert not made.issues[0].blocks


def test_nobody_is_told_of_a_technician_whose_member_has_left_too() -> None:
    made = plan(register([jordan(inactive=True)], [technician("REED", active=False)], linked()))
    assert (made.outcome, made.issues) == ("in_step", ())


@pytest.mark.rule("EA-39")
def test_a_technician_who_is_gone_stays_linked_with_a_warning() -> None:
    made = plan(register([jordan()], [technician("LOPEZ", id_="51")], linked()))
    assert (made.outcome, made.steps) == ("in_step", ())
    assert told(made)["GONE_FROM_EAUTOMATE"].startswith(
        "Technician 50, to which member JReed (Jordan Reed) is linked, is not in e-automate any more. The link stands"
    )
    assert not made.issues[0].blocks


def test_an_inactive_technician_that_settings_name_is_linked_with_a_warning() -> None:
    made = plan(register([jordan()], [technician("T9", active=False)], technicians={"JReed": "T9"}))
    assert pairs(made) == [("link", "7", "50")]
    assert list(told(made)) == ["INACTIVE_IN_EAUTOMATE"]


def test_a_member_that_connectwise_lists_no_more_keeps_its_link() -> None:
    made = plan(register([], [technician("REED")], linked()))
    assert (made.outcome, made.steps, made.issues) == ("skipped", (), ())
    assert made.reason.endswith("The link stands.")
    assert not plan(register([], [technician("REED")])).reason.endswith("stands.")


@pytest.mark.rule("EA-44")
def test_a_cancelled_technician_is_not_linked() -> None:
    of = register([jordan()], [technician("JREED")])
    ref = of.kind.partner_ref("50")
    held = Seen(ref, "", "", "skipped", "", held="Cancelled by kim: left the company")
    made = plan(of, states={ref: held})
    assert (made.outcome, made.steps, made.reason) == ("skipped", (), "Cancelled by kim: left the company")


# What is seen


def test_what_is_seen_of_a_pair_is_the_same_before_and_after_it_is_linked() -> None:
    """Else the first scan after a link would look again at everything."""
    lists = [jordan()], [technician("JREED")]
    before, after = register(*lists), register(*lists, linked())
    assert before.watched(before.rows[0]) == after.watched(after.rows[0])


@pytest.mark.parametrize("change", [
    [technician("JREED", active=False)],
    [technician("JREED", "New", "Name")],
    [],
])  # fmt: skip
def test_what_becomes_of_the_technician_is_seen_at_the_member(change: list[Entry]) -> None:
    before, after = register([jordan()], [technician("JREED")], linked()), register([jordan()], change, linked())
    assert before.watched(before.rows[0]) != after.watched(after.rows[0])


def test_a_technician_who_comes_is_seen_at_the_member_that_it_fits() -> None:
    others = [technician("LOPEZ", id_="51")]
    before, after = register([jordan()], others), register([jordan()], [*others, technician("JREED")])
    assert before.watched(before.rows[0]) != after.watched(after.rows[0])
    same = register([jordan()], [*others, technician("PATEL", id_="52")])
    assert before.watched(before.rows[0]) == same.watched(same.rows[0])


def test_a_record_of_e_automate_that_nothing_is_linked_to_says_so() -> None:
    of = register([jordan()], [technician("LOPEZ")])
    situation = of.situation(of.kind.partner_ref("50"))
    assert (str(situation.name), situation.home.side) == ("technician LOPEZ", "partner")
    assert decide(situation).reason == "No member is linked to it."
    assert decide(of.situation(of.kind.partner_ref("51"))).reason == "e-automate lists no such technician."
