"""Who is covered by what, and every issue of a client's coverage: made by its cause, gone with it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.pcrt_coverage.matching import cover
from functions.pcrt_coverage.settings import BLACKLIST, CoverageSettings
from functions.pcrt_coverage.situations import CoverageSituation, Machine, Owner, covered
from shared.sync.record import Name, Ref
from shared.systems.pcrt import Group
from tests.effort import effort
from tests.flows.coverage import (
    ALDER,
    BASIC,
    GROUP,
    LINKED,
    PLANS,
    PLUS,
    PREMIUM,
    asked,
    codes,
    lists,
    machine,
    pcid,
    plan,
    settings,
    situation,
    subscription,
    the,
)

EIGHT = [machine(number) for number in range(1, 9)]
TWO = [machine(number, PREMIUM) for number in (9, 10)]


# The lists


@pytest.mark.rule("PC-41", "PC-16", "PC-11")
def test_each_subscription_lists_exactly_the_computers_of_its_plan() -> None:
    """The example of the source: ten computers, eight on Plus and two on Premium."""
    seen = situation([*EIGHT, *TWO], subscriptions=[subscription(17), subscription(18, PREMIUM)])
    assert lists(plan(seen)) == {"17": (1, 2, 3, 4, 5, 6, 7, 8), "18": (9, 10)}
    assert codes(plan(seen)) == []


@pytest.mark.rule("PC-09", "PC-10")
def test_a_list_edited_by_hand_is_put_back() -> None:
    seen = situation([machine(1), machine(2)], subscriptions=[subscription(17, members=(2, 5))])
    assert lists(plan(seen)) == {"17": (1, 2)}
    (step,) = plan(seen).steps
    assert step.before == {"members": (1002, 1005)}
    right = situation([machine(1), machine(2)], subscriptions=[subscription(17, members=(1, 2))])
    assert plan(right).steps == (), "what is right is not written"
    odd = situation([machine(1)], subscriptions=[subscription(17, members=(1,), unread=("front desk",))])
    assert lists(plan(odd)) == {"17": (1,)}, "what is no PCID goes as well"


@pytest.mark.rule("PC-19")
def test_the_cwa_group_of_a_subscription_ties_it_to_a_plan() -> None:
    seen = situation([machine(1)], subscriptions=[subscription(17, PLUS, name="BizCare, whatever it is called")])
    assert lists(plan(seen)) == {"17": (1,)}


@pytest.mark.rule("PC-09")
def test_many_losses_at_once_are_asked_for() -> None:
    seen = situation([*EIGHT[:5]], subscriptions=[subscription(17, members=range(1, 9))])
    assert (lists(plan(seen)), asked(plan(seen))) == ({}, {"members 17"})
    (issue,) = plan(seen).asks
    assert (issue.code, issue.record) == ("COVERAGE_SHRANK", Ref("subscription", "partner", "17"))
    assert "Subscription 17 BizCare Plus of client Alder Dental would lose 3 of its 8 members at once" in issue.message
    few = situation([*EIGHT[:6]], subscriptions=[subscription(17, members=range(1, 9))])
    assert lists(plan(few)) == {"17": (1, 2, 3, 4, 5, 6)}, "fewer than three may go"


def test_a_list_of_which_a_fifth_goes_is_written() -> None:
    twenty = [machine(number) for number in range(1, 21)]
    sixteen = situation(twenty[:16], subscriptions=[subscription(17, members=range(1, 21))])
    assert asked(plan(sixteen)) == set(), "four of twenty are 20%, not more"
    fifteen = situation(twenty[:15], subscriptions=[subscription(17, members=range(1, 21))])
    assert asked(plan(fifteen)) == {"members 17"}


# Links


@pytest.mark.rule("PC-06")
def test_client_and_group_are_linked_by_the_external_id() -> None:
    (step,) = plan(situation(state=None)).steps
    assert (step.verb, step.fields) == ("link", {"cw": "7", "partner": "301"})


@pytest.mark.rule("PC-06", "PC-31")
def test_another_external_id_links_the_client_anew() -> None:
    moved = situation(client=replace(ALDER, external_id="302"), group=Group(302, "Alder North"))
    assert [(step.verb, step.fields["partner"]) for step in plan(moved).steps] == [("unlink", "301"), ("link", "302")]
    none = situation(client=replace(ALDER, external_id=""), group=None)
    assert [step.verb for step in plan(none).steps] == ["unlink"]


# Clients


@pytest.mark.rule("PC-20", "PC-44")
@pytest.mark.parametrize(
    ("external_id", "why"),
    [
        ("", "has no External ID"),
        ("  ", "has no External ID"),
        ("ask Dana", "“ask Dana”, which is no number"),
        ("12a", "“12a”, which is no number"),
        ("-5", "“-5”, which is no number"),
        ("٣", "which is no number"),
        ("0", "External ID 0"),
        ("99001", "External ID 99001, and PCRT has no group of that number"),
    ],
)
def test_an_external_id_that_names_no_group_is_told_with_its_reason(external_id: str, why: str) -> None:
    client = replace(ALDER, external_id=external_id)
    seen = plan(situation([machine(1)], client=client, group=None, state=None))
    issue = the(seen, "CLIENT_WITHOUT_GROUP")
    assert why in issue.message
    assert issue.blocks
    assert (issue.record, issue.name.url) == (Ref("client-group", "cw", "7"), ALDER.url)
    for step in ("find the client's group, or create it", "Group ID", "External ID, and save", "next run, at 02:00"):
        assert step in issue.fix
    assert client.group_id == (99001 if external_id == "99001" else None)
    assert "CLIENT_WITHOUT_GROUP" not in codes(plan(situation([machine(1)])))


@pytest.mark.rule("PC-44")
def test_of_two_clients_of_one_group_neither_has_its_list_written() -> None:
    birch = Name("client Birch Bakery", "https://automate.example/client/8")
    seen = situation([machine(1)], subscriptions=[subscription(17, members=(1, 2))], sharing=(birch,))
    issue = the(plan(seen), "CLIENTS_SHARE_GROUP")
    assert (lists(plan(seen)), plan(seen).steps) == ({}, ())
    assert "Client Alder Dental has the External ID of group 301" in issue.message
    assert "client Birch Bakery" in issue.message
    assert birch in issue.about
    assert codes(plan(seen)) == ["CLIENTS_SHARE_GROUP"], "what the group lacks cannot be told of one of them alone"
    assert [step.verb for step in plan(replace(seen, pairs=(replace(seen.pair, state=None),))).steps] == []


def test_the_lists_of_a_client_that_is_gone_stay_until_a_person_says_so() -> None:
    some = [subscription(17, members=(1,)), subscription(18, PREMIUM, members=(2, 3, 4)), subscription(19, BASIC)]
    gone = situation(client=None, subscriptions=some)
    assert asked(plan(gone)) == {"members 17", "members 18"}
    assert {issue.code for issue in plan(gone).asks} == {"CLIENT_GONE", "COVERAGE_SHRANK"}
    assert "same External ID" in next(one.fix for one in plan(gone).asks if one.code == "CLIENT_GONE")
    emptied = situation(client=None, subscriptions=[subscription(17)])
    assert [step.verb for step in plan(emptied).steps] == ["unlink"]
    replaced = situation(client=None, subscriptions=some, sharing=(Name("client Alder Dental"),))
    assert [step.verb for step in plan(replaced).steps] == ["unlink"], "the new one takes the lists over"
    assert plan(situation(client=None, state=None)).skipped


# Which PCID a computer is


@pytest.mark.rule("PC-07", "PC-27")
@pytest.mark.parametrize("serial", ["325JVNA", " 325jvna ", "325jvna\t"])
def test_serial_numbers_match_whatever_their_case_and_outer_blanks(serial: str) -> None:
    seen = situation([machine(1, serial=serial)], [pcid(1, serial="325JVNA ")], [subscription(17)])
    assert lists(plan(seen)) == {"17": (1,)}


@pytest.mark.rule("PC-07", "PC-08", "PC-43")
def test_the_asset_tag_beats_the_serial_number_and_a_needless_override_is_told() -> None:
    seen = situation([machine(1, tag=" 1002 ")], [pcid(1), pcid(2, serial="")], [subscription(17)])
    assert lists(plan(seen)) == {"17": (2,)}
    issue = the(plan(seen), "NEEDLESS_OVERRIDE")
    assert "Asset Tag 1002, which is PCID 1002" in issue.message
    assert "serial number S1 is that of PCID 1001" in issue.message
    assert not issue.blocks


@pytest.mark.rule("PC-43")
@pytest.mark.parametrize(
    ("serial", "tag"), [("S1", "1001"), ("None", "1002"), ("unknown", "1002"), ("S1", " "), ("S1", "")]
)
def test_an_override_that_is_needed_or_changes_nothing_is_not_told(serial: str, tag: str) -> None:
    seen = situation([machine(1, serial=serial, tag=tag)], [pcid(1), pcid(2, serial="")], [subscription(17)])
    assert codes(plan(seen)) == []
    assert lists(plan(seen)) == {"17": (2,) if tag == "1002" else (1,)}


@pytest.mark.rule("PC-33", "PC-43")
@pytest.mark.parametrize("tag", ["990001", "front desk", "0", "1001b", "1.5", "99999999999999999999"])
def test_an_asset_tag_that_is_no_pcid_is_told_and_the_serial_number_not_looked_at(tag: str) -> None:
    seen = situation([machine(1, tag=tag)], [pcid(1)], [subscription(17, members=(1,))])
    issue = the(plan(seen), "ASSET_TAG_IS_NO_PCID")
    assert f"Asset Tag “{tag}”, and PCRT has no such PCID" in issue.message
    assert "Asset Tag, and save" in issue.fix
    assert lists(plan(seen)) == {"17": ()}
    assert codes(plan(seen)) == ["ASSET_TAG_IS_NO_PCID"]


@pytest.mark.rule("PC-21", "PC-23")
def test_a_serial_number_that_no_pcid_has_is_told_with_the_search_for_it() -> None:
    seen = situation([machine(1, serial=" 325JVNA ")], [], [subscription(17)])
    issue = the(plan(seen), "NO_MATCHING_PCID")
    assert "Search PCRT for: serial: 325JVNA" in issue.message
    assert "Bulk Add" in issue.fix
    assert "logged in last" in issue.fix
    assert lists(plan(seen)) == {}
    assert codes(plan(situation([machine(1, serial="325JVNA")], [pcid(1, serial="325jvna")], [subscription(17)]))) == []


@pytest.mark.rule("PC-21", "PC-27", "PC-28")
@pytest.mark.parametrize("serial", [*BLACKLIST, "To be filled by O.E.M.", " DEFAULT STRING ", "   ", "none"])
def test_a_serial_number_of_the_blacklist_matches_nothing(serial: str) -> None:
    seen = situation([machine(1, serial=serial)], [pcid(1, serial=serial)], [subscription(17)])
    issue = the(plan(seen), "SERIAL_ON_BLACKLIST")
    assert ("has no serial number" in issue.message) == (not serial.strip())
    assert "Asset Tag" in issue.fix
    assert lists(plan(seen)) == {}
    overridden = situation([machine(1, serial=serial, tag="1001")], [pcid(1, serial=serial)], [subscription(17)])
    assert (codes(plan(overridden)), lists(plan(overridden))) == ([], {"17": (1,)})


@pytest.mark.rule("PC-27", "PC-25")
def test_the_blacklist_is_a_setting_and_the_empty_serial_number_is_always_on_it() -> None:
    wanted = settings(serial_blacklist=["s1"])
    seen = situation([machine(1), machine(2, serial="")], [pcid(1), pcid(2, serial="")], wanted=wanted)
    assert codes(plan(seen)).count("SERIAL_ON_BLACKLIST") == 2
    assert tuple(settings().serial_blacklist) == (
        "To Be Filled By O.E.M.", "System Serial Number", "Default string", "............", "0123456789", "None", "",
    )  # fmt: skip


@pytest.mark.rule("PC-21", "PC-22", "PC-25")
def test_of_several_pcids_with_one_serial_number_none_is_guessed_and_nothing_changes() -> None:
    both = [pcid(1), pcid(2, serial="s1 ")]
    seen = situation([machine(1), machine(3)], [*both, pcid(3)], [subscription(17, members=(1,))])
    issue = the(plan(seen), "SERIAL_OF_SEVERAL_PCIDS")
    assert "PCID 1001 (WS-1) and PCID 1002 (WS-2)" in issue.message
    assert "serial_blacklist" in issue.fix
    assert lists(plan(seen)) == {"17": (1, 3)}, "the one that is listed stays"
    new = situation([machine(1)], both, [subscription(17)])
    assert lists(plan(new)) == {}, "and none is listed anew"
    elsewhere = situation([machine(1)], [pcid(1), pcid(2, serial="S1", group=9)], [subscription(17)])
    assert lists(plan(elsewhere)) == {}, "a PCID of another group is as good a guess"
    told = situation([machine(1, tag="1002")], both, [subscription(17)])
    assert (codes(plan(told)), lists(plan(told))) == ([], {"17": (2,)})


# Where the PCID is


@pytest.mark.rule("PC-29", "PC-31", "PC-40")
def test_a_pcid_in_another_group_is_not_covered_and_either_group_may_be_wrong() -> None:
    seen = situation([machine(1)], [pcid(1, group=310)], [subscription(17, members=(1,))])
    issue = the(plan(seen), "PCID_IN_WRONG_GROUP")
    assert "group 310, not in the client's group 301 Alder Dental" in issue.message
    assert issue.fix.startswith("Confer with a colleague first")
    assert "External ID" in issue.fix
    assert lists(plan(seen)) == {"17": ()}
    assert codes(plan(situation([machine(1)], [pcid(1)], [subscription(17, members=(1,))]))) == []


@pytest.mark.rule("PC-32")
def test_a_pcid_in_no_group_is_not_covered() -> None:
    seen = situation([machine(1)], [pcid(1, group=None)], [subscription(17)])
    issue = the(plan(seen), "PCID_IN_NO_GROUP")
    assert "Bulk Add" in issue.fix
    assert lists(plan(seen)) == {}


@pytest.mark.rule("PC-45")
def test_two_computers_of_one_pcid_and_plan_are_listed_once_and_both_named() -> None:
    seen = situation([machine(1), machine(2, serial="S1")], [pcid(1)], [subscription(17)])
    assert (lists(plan(seen)), codes(plan(seen))) == ({"17": (1,)}, [])
    (step,) = plan(seen).steps
    assert "PCID 1001 is WS-1 and WS-2 in Automate, and is listed once." in step.why


@pytest.mark.rule("PC-45")
def test_two_computers_of_one_pcid_in_different_plans_are_an_issue_of_both() -> None:
    two = [machine(1), machine(2, PREMIUM, serial="S1")]
    seen = situation(two, [pcid(1)], [subscription(17, members=(1,)), subscription(18, PREMIUM)])
    found = [issue for issue in plan(seen).issues if issue.code == "ONE_PCID_TWICE"]
    assert {issue.record.id for issue in found} == {"101", "102"}
    assert "computer WS-2 of Alder Dental" in found[0].message
    assert lists(plan(seen)) == {}, "where it is listed it stays, and it is listed nowhere else"
    one = situation([machine(1)], [pcid(1)], [subscription(17, members=(1,)), subscription(18, PREMIUM)])
    assert "ONE_PCID_TWICE" not in codes(plan(one))


@pytest.mark.rule("PC-45")
def test_computers_of_two_clients_that_are_one_pcid_are_an_issue() -> None:
    other = Name("computer OLD-1 of Birch Bakery", "https://automate.example/computer/900")
    seen = situation([machine(1)], [pcid(1)], [subscription(17)], rivals={"101": (other,)})
    issue = the(plan(seen), "ONE_PCID_TWICE")
    assert other in issue.about
    assert lists(plan(seen)) == {"17": (1,)}, "it is in this client's group"
    theirs = situation([machine(1)], [pcid(1, group=310)], [subscription(17)], rivals={"101": (other,)})
    assert codes(plan(theirs)) == ["ONE_PCID_TWICE"], "moving the PCID would be the wrong advice"


# Plans


@pytest.mark.rule("PC-34", "PC-46")
def test_a_computer_in_no_plan_group_is_told_and_not_covered() -> None:
    seen = situation([machine(1), machine(2, "")], subscriptions=[subscription(17)])
    issue = the(plan(seen), "NO_CWA_GROUP")
    assert issue.record.id == "102"
    assert "BizCare Premium Non-Profit" in issue.fix
    assert lists(plan(seen)) == {"17": (1,)}


def test_a_computer_in_two_plans_stays_where_it_is_listed_and_is_listed_nowhere_else() -> None:
    both = machine(1, plans=(PLUS, PREMIUM))
    subscriptions = [subscription(17, members=(1, 2)), subscription(18, PREMIUM)]
    seen = situation([both, machine(2)], subscriptions=subscriptions)
    issue = the(plan(seen), "SEVERAL_CWA_GROUPS")
    assert "BizCare Plus and BizCare Premium" in issue.message
    assert (lists(plan(seen)), codes(plan(seen))) == ({}, ["SEVERAL_CWA_GROUPS"])
    new = situation([both, machine(2)], subscriptions=[subscription(17, members=(2,)), subscription(18, PREMIUM)])
    assert lists(plan(new)) == {}
    moved = situation([both], [pcid(1, group=None)], subscriptions=[subscription(17, members=(1,))])
    assert lists(plan(moved)) == {"17": ()}, "a PCID that left the group is covered no more"


@pytest.mark.rule("PC-15", "PC-46")
def test_plan_groups_are_a_setting_whose_default_are_the_six() -> None:
    default = settings()
    for name in ("BizCare Basic", "BizCare Plus", "BizCare Premium"):
        assert default.is_plan(name)
        assert default.is_plan(f"{name.upper()} non-profit ")
    assert not default.is_plan("All Servers")
    assert settings(plan_groups=["Gold"]).is_plan("gold")
    assert not settings(plan_groups=["Gold"]).is_plan("BizCare Plus")


# Groups


@pytest.mark.rule("PC-36")
def test_a_group_without_any_subscription_is_told_in_the_words_of_its_cause() -> None:
    none = the(plan(situation([machine(1)])), "GROUP_WITHOUT_CWA_SUBSCRIPTION")
    assert "has computers in BizCare Plus, but no subscription." in none.message
    assert "Stripe" in none.fix
    unlinked = situation([machine(1)], subscriptions=[subscription(17, "")])
    issue = the(plan(unlinked), "GROUP_WITHOUT_CWA_SUBSCRIPTION")
    assert "none of its subscriptions is tied to a plan group: subscription 17 BizCare" in issue.message
    assert (issue.record, issue.name.url) == (Ref("group", "partner", "301"), GROUP.url)
    assert codes(plan(situation([machine(1)], subscriptions=[subscription(17)]))) == []
    assert codes(plan(situation([machine(1, "")]))) == ["NO_CWA_GROUP"], "nothing is to be covered"


@pytest.mark.rule("PC-37")
def test_fewer_subscriptions_than_plans_are_told_with_the_plans_that_lack_one() -> None:
    seen = situation([*EIGHT, *TWO], subscriptions=[subscription(17)])
    issue = the(plan(seen), "TOO_FEW_SUBSCRIPTIONS")
    assert "there is none for BizCare Premium" in issue.message
    assert "correct their groups in Automate" in issue.fix
    assert codes(plan(seen)) == ["TOO_FEW_SUBSCRIPTIONS"]
    assert lists(plan(seen)) == {"17": (1, 2, 3, 4, 5, 6, 7, 8)}, "the one that is there is kept"


@pytest.mark.rule("PC-38")
def test_a_slip_in_the_cwa_group_is_told_with_the_plan_that_lacks_one_and_its_list_stays() -> None:
    seen = situation(
        [*EIGHT, *TWO],
        subscriptions=[subscription(17), subscription(18, BASIC, members=(9, 10), name="BizCare Premium")],
    )
    issue = the(plan(seen), "SUBSCRIPTION_WITH_WRONG_CWA_GROUP")
    assert codes(plan(seen)) == ["SUBSCRIPTION_WITH_WRONG_CWA_GROUP"], "as many as plans, so it is a slip"
    assert "is tied to BizCare Basic, in which none of its computers is" in issue.message
    assert "No subscription is tied to BizCare Premium" in issue.message
    assert issue.record == Ref("subscription", "partner", "18")
    assert "18" not in lists(plan(seen))


@pytest.mark.rule("PC-38", "PC-41")
def test_a_subscription_of_a_plan_that_nobody_is_in_any_more_lists_nobody() -> None:
    seen = situation([machine(1)], subscriptions=[subscription(17), subscription(18, PREMIUM, members=(9, 10))])
    assert lists(plan(seen)) == {"17": (1,), "18": ()}
    assert (
        "Every plan of the client has its subscription." in the(plan(seen), "SUBSCRIPTION_WITH_WRONG_CWA_GROUP").message
    )


@pytest.mark.rule("PC-37", "PC-38")
def test_more_plans_without_subscription_than_subscriptions_without_computers_is_both() -> None:
    """G - S has two plans, S - G has one: one is missing, one is a slip."""
    three = [machine(1), machine(2, PREMIUM), machine(3, "5")]
    seen = situation(three, subscriptions=[subscription(17, PLUS), subscription(18, BASIC)])
    seen = replace(seen, plans={**PLANS, "5": "BizCare Plus Non-Profit"})
    assert codes(plan(seen)) == ["SUBSCRIPTION_WITH_WRONG_CWA_GROUP", "TOO_FEW_SUBSCRIPTIONS"]
    assert "BizCare Plus Non-Profit and BizCare Premium" in the(plan(seen), "TOO_FEW_SUBSCRIPTIONS").message


@pytest.mark.rule("PC-39")
@pytest.mark.parametrize(
    ("text", "told"), [("", "has no CWA Group."), ("0", "has no CWA Group."), ("999", "has the CWA Group “999”, which")]
)
def test_a_subscription_without_a_valid_cwa_group_is_told_and_left_as_it_is(text: str, told: str) -> None:
    odd = subscription(18, text, members=(4,), cwa_group=int(text) or None if text else None)
    seen = situation([machine(1)], subscriptions=[subscription(17, members=(1,)), odd])
    assert told in the(plan(seen), "SUBSCRIPTION_WITHOUT_CWA_GROUP").message
    assert (codes(plan(seen)), lists(plan(seen))) == (["SUBSCRIPTION_WITHOUT_CWA_GROUP"], {})


@pytest.mark.rule("PC-41")
def test_two_subscriptions_of_one_plan_list_the_same_computers_and_are_told() -> None:
    seen = situation([machine(1)], subscriptions=[subscription(17), subscription(18)])
    assert lists(plan(seen)) == {"17": (1,), "18": (1,)}
    assert "and so is subscription 18 BizCare Plus" in the(plan(seen), "SEVERAL_SUBSCRIPTIONS_OF_ONE_PLAN").message


def test_a_computer_in_two_plans_makes_no_subscription_wrong_and_none_missing() -> None:
    both = machine(1, plans=(PLUS, PREMIUM))
    only = situation([both], subscriptions=[subscription(17)])
    assert codes(plan(only)) == ["SEVERAL_CWA_GROUPS"]
    two = situation([both], subscriptions=[subscription(17), subscription(18, PREMIUM)])
    assert codes(plan(two)) == ["SEVERAL_CWA_GROUPS"]


@pytest.mark.rule("PC-40")
def test_what_is_told_of_a_groups_subscriptions_says_to_read_it_all_first() -> None:
    seen = situation(
        [machine(1), machine(2, PREMIUM), machine(3, BASIC)],
        subscriptions=[subscription(17, "999", cwa_group=999), subscription(18)],
    )
    group_issues = [issue for issue in plan(seen).issues if issue.record.kind in ("group", "subscription")]
    assert {issue.code for issue in group_issues} == {"SUBSCRIPTION_WITHOUT_CWA_GROUP", "TOO_FEW_SUBSCRIPTIONS"}
    assert all("Read all that is told of the client" in issue.fix for issue in group_issues)


# Every issue


def test_every_issue_is_told_for_someone_who_never_settled_one() -> None:
    """It names its record with a link, says what to do in which system, and when that takes effect."""
    seen = situation(
        [
            machine(1, serial="none"),
            machine(2, tag="x"),
            machine(3),
            machine(4),
            machine(5, ""),
            machine(6, plans=(PLUS, PREMIUM)),
            machine(7),
        ],
        [pcid(3), pcid(8, serial="S3"), pcid(5, group=None), pcid(6, group=310)],
        [subscription(17, url="https://pcrt.example/17"), subscription(18, "", url="https://pcrt.example/18")],
    )
    seen = replace(
        seen, machines=tuple(replace(one, url=f"https://automate.example/{one.id}") for one in seen.machines)
    )
    found = plan(seen).issues
    assert len({issue.code for issue in found}) == 9
    for issue in found:
        assert issue.name.url, issue.code
        assert issue.message.startswith(issue.name.text[:1].upper() + issue.name.text[1:])
        assert issue.fix.endswith("It takes effect with the next run, at 02:00, at the latest.")
        assert "PCRT" in issue.fix or "Automate" in issue.fix


def test_instructions_are_the_same_for_every_record_of_a_code() -> None:
    seen = plan(situation([machine(1), machine(2)], []))
    fixes = {issue.fix for issue in seen.issues if issue.code == "NO_MATCHING_PCID"}
    assert len(fixes) == 1, "so that they stand once above the section"


# What a set hashes to


@pytest.mark.parametrize(
    "change",
    [
        lambda s: replace(s, machines=(*s.machines, machine(5))),
        lambda s: replace(s, machines=(machine(1, serial="other"),)),
        lambda s: replace(s, machines=(machine(1, tag="1001"),)),
        lambda s: replace(s, machines=(machine(1, PREMIUM),)),
        lambda s: replace(s, sharing=(Name("client Birch Bakery"),)),
        lambda s: replace(s, rivals={"101": (Name("computer X"),)}),
        lambda s: replace(s, client=replace(ALDER, external_id="302")),
    ],
)
def test_whatever_automate_changes_makes_the_set_another(change: Callable[[CoverageSituation], Any]) -> None:
    seen = situation([machine(1)])
    assert covered(change(seen)) != covered(seen)


def test_who_was_logged_in_last_makes_no_set_another() -> None:
    assert covered(situation([machine(1, last_user="anna")])) == covered(situation([machine(1, last_user="kim")]))


def test_a_client_without_a_group_is_another_when_its_pcids_change() -> None:
    """It has no link whose PCRT side could tell."""
    lonely = {"client": replace(ALDER, external_id=""), "group": None, "state": None}
    assert covered(situation([machine(1)], [], **lonely)) != covered(situation([machine(1)], [pcid(1)], **lonely))


# Over all sets

MACHINES = st.builds(
    lambda number, serial, tag, plans: machine(number, serial=serial, tag=tag, plans=tuple(sorted(plans))),
    st.integers(1, 6),
    st.sampled_from(["S1", "S2", "S3", "none", ""]),
    st.sampled_from(["", " ", "1001", "1002", "7", "x"]),
    st.sets(st.sampled_from([PLUS, PREMIUM]), max_size=2),
)
PCIDS = st.builds(
    lambda number, serial, group: pcid(number, serial=serial, group=group),
    st.integers(1, 4),
    st.sampled_from(["S1", "S2", "S3", ""]),
    st.sampled_from([301, 301, 310, None]),
)


@effort(60, 5000)
@given(
    st.lists(MACHINES, max_size=6, unique_by=lambda one: one.id),
    st.lists(PCIDS, max_size=4, unique_by=lambda one: one.id),
    st.sets(st.integers(1, 5)),
)
def test_a_pcid_is_listed_at_most_for_one_plan_and_only_from_the_clients_group(
    machines: list[Machine], pcids: list[Any], listed: set[int]
) -> None:
    seen = situation(machines, pcids, [subscription(17, members=sorted(listed)), subscription(18, PREMIUM)])
    coverage = cover(seen)
    every = [one for members in coverage.members.values() for one in members]
    assert len(every) == len(set(every))
    assert all(seen.pcids.by_id[one].group == 301 for one in every)
    assert coverage.doubtful.isdisjoint(every)
    for step in plan(seen).steps:
        if step.kind == "subscription":
            before, after = set(step.before["members"]), set(step.fields["members"])
            assert after - before <= set(every), "a doubt lists nobody anew"
            assert before - after == before - set(coverage.members.get(PLUS if step.key == "17" else PREMIUM, ())) - (
                coverage.doubtful
            )
    for one in machines:
        if coverage.matches[one.id].pcid is None:
            assert any(issue.record.id == one.id for issue in plan(seen).issues), "whoever is not matched is told"


def test_settings_refuse_a_filter_that_they_do_not_know() -> None:
    with pytest.raises(ValueError, match="filters know client"):
        CoverageSettings(filters={"serial": ["x"]})


def test_a_client_that_the_filter_leaves_out_is_left_alone() -> None:
    seen = situation([machine(1)], [], wanted=settings(filters={"client": ["Birch Bakery"]}))
    assert plan(seen).skipped
    assert LINKED.kind == "client-group"


def test_the_owner_of_a_number_with_leading_zeros_is_the_group_of_that_number() -> None:
    assert Owner("1", "x", " 0301 ").group_id == 301
