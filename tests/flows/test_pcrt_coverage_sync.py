"""The coverage flow over the whole way: Automate and PCRT on this machine, night after night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from functions import wiring
from functions.error_digest.rendering import digest
from functions.error_digest.report import reports
from infra.local.cloud.clock import LocalClock
from infra.local.cloud.stack import Stack
from infra.local.simulators.automate.fleet import Trouble as Fleet
from infra.local.simulators.pcrt import MariaDb
from infra.local.simulators.pcrt import Trouble as Seeded
from infra.local.simulators.pcrt.seed import PC_TROUBLES
from shared.sync.link import Link
from shared.sync.record import Ref
from tests.flows.coverage import Shop
from tests.flows.rig import SIMULATORS, START, Rig, rigged

FLOW = "pcrt_coverage"
EIGHT, TWO = [1, 2, 3, 4, 5, 6, 7, 8], [9, 10]
pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def shop(rig: Rig) -> Shop:
    """The example, before its first night."""
    return Shop(rig)


@pytest.fixture
def listed(shop: Shop) -> Shop:
    """The example, after it."""
    assert shop.rig.sync()["applied"] == 1
    return shop


@pytest.mark.rule("PC-01", "PC-09", "PC-16", "PC-41")
def test_one_client_of_ten_computers_has_two_subscriptions_with_exactly_their_members(shop: Shop) -> None:
    assert shop.rig.sync()["applied"] == 1
    assert (shop.listed(shop.plus), shop.listed(shop.premium)) == (EIGHT, TWO)
    assert shop.rig.issues() == {}
    assert [(link.cw_id, link.partner_id) for link in shop.rig.links().values()] == [(str(shop.client), "301")]
    assert shop.rig.written("connectwise_automate") == {"POST APIToken": 1}, "Automate is only read"


def test_it_holds_on_a_real_database_server_as_well(
    stack: Stack, aws: None, mariadb: MariaDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, company, keys = SIMULATORS["pcrt"]
    pcrt = (partial(make, server=mariadb), company, keys)
    monkeypatch.setattr("tests.flows.rig.SIMULATORS", {**SIMULATORS, "pcrt": pcrt})
    with rigged(FLOW, stack) as rig:
        shop = Shop(rig)
        shop.pcrt.set_members(shop.premium, [1001])
        assert rig.sync()["applied"] == 1
        assert (shop.listed(shop.plus), shop.listed(shop.premium)) == (EIGHT, TWO)
        shop.automate.retire(shop.computers[1])
        shop.pcrt.set_serial(1009, "")
        shop.night()
        assert (shop.listed(shop.plus), shop.listed(shop.premium)) == ([2, 3, 4, 5, 6, 7, 8], [10])
        assert rig.codes() == ["NO_MATCHING_PCID"]
        rig.tick(minutes=6)
        assert shop.night()["queued"] == 0, "a look that asks for serial numbers finds the same"


@pytest.mark.rule("PC-11", "PC-41")
def test_what_the_defect_of_old_left_is_put_right_once_a_person_approves_it(shop: Shop) -> None:
    every = [1000 + number for number in range(1, 11)]
    for subscription in (shop.plus, shop.premium):
        shop.pcrt.set_members(subscription, every)
    shop.rig.sync()
    assert shop.listed(shop.plus) == EIGHT, "two of ten may go"
    assert len(shop.listed(shop.premium)) == 10, "eight of ten are asked for"
    assert shop.rig.codes() == ["COVERAGE_SHRANK"]
    shop.approve()
    assert (shop.listed(shop.plus), shop.listed(shop.premium)) == (EIGHT, TWO)
    assert shop.rig.issues() == {}


def test_a_second_night_without_changes_looks_at_nothing(listed: Shop) -> None:
    listed.rig.forget()
    counts = listed.night()
    assert (counts["scanned"], counts["queued"]) == (2, 0)
    assert listed.rig.written("pcrt") == {}
    assert dict(listed.automate.requests) == {
        "POST APIToken": 1, "GET Clients": 1, "GET Groups": 1, "GET Computers": 1, "GET GroupComputers": 1,
    }  # fmt: skip


def test_a_look_after_a_scan_asks_nothing_of_automate(listed: Shop) -> None:
    """What the scan read travels with the change, whichever side it was on."""
    listed.pcrt.set_members(listed.premium, [1009])
    listed.automate.leave(listed.computers[1], "BizCare Plus")
    listed.automate.join(listed.computers[1], "BizCare Premium")
    listed.rig.forget()
    assert listed.night()["applied"] == 1
    assert sum(listed.automate.requests.values()) == 5
    listed.pcrt.set_members(listed.plus, [])
    listed.rig.forget()
    assert listed.night()["applied"] == 1
    assert sum(listed.automate.requests.values()) == 5
    assert (listed.listed(listed.plus), listed.listed(listed.premium)) == ([2, 3, 4, 5, 6, 7, 8], [1, 9, 10])


@pytest.mark.rule("PC-10")
def test_members_edited_by_hand_last_until_the_next_night(listed: Shop) -> None:
    listed.pcrt.set_members(listed.plus, [1001, 1009, 4711])
    listed.night()
    assert listed.listed(listed.plus) == EIGHT
    (entry,) = [
        one for one in listed.rig.history(Ref("subscription", "partner", str(listed.plus))) if 4711 in _was(one)
    ]
    assert entry.after == {"members": tuple(1000 + number for number in EIGHT)}


def _was(entry: object) -> list[int]:
    return list(getattr(entry, "before", {}).get("members", ()))


@pytest.mark.rule("PC-04")
def test_what_changes_after_a_run_began_appears_with_the_next_one(listed: Shop) -> None:
    listed.rig.clock.turn(hours=24)
    listed.rig.scan()
    listed.rig.deliver()
    listed.computer(11, "BizCare Premium")
    listed.rig.deliver()
    assert listed.listed(listed.premium) == TWO
    listed.night()
    assert listed.listed(listed.premium) == [9, 10, 11]


@pytest.mark.rule("PC-03")
def test_it_runs_once_a_day_at_two_in_the_shops_own_time(stack: Stack, aws: None) -> None:
    clock = LocalClock(datetime(2027, 3, 12, 20, 0, tzinfo=UTC), still=True)
    with rigged(FLOW, stack, clock=clock) as rig:
        shop = Shop(rig)
        connection = rig.store.flows.connection("demo")
        assert connection is not None
        rig.store.flows.put_connection(connection.model_copy(update={"time_zone": "America/Chicago"}))
        rig.sync()
        dues = []
        for _ in range(4):
            due = rig.store.flows.state(rig.key).due
            assert due is not None
            dues.append(f"{due:%m-%d %H:%M}")
            rig.clock.turn(seconds=(due - rig.clock.now()).total_seconds())
            rig.tick(minutes=1)
        assert dues == ["03-13 08:00", "03-14 08:00", "03-15 07:00", "03-16 07:00"], "summer time begins on the 14th"
        assert shop.listed(shop.plus) == EIGHT


@pytest.mark.rule("PC-05")
def test_one_client_is_looked_at_on_request(listed: Shop) -> None:
    birch = listed.automate.add_client("Birch Bakery", "302")
    listed.computer(11, "BizCare Plus")
    listed.computer(12, client=birch)
    assert listed.rig.look(Ref("client-group", "cw", str(listed.client)))["applied"] == 1
    assert listed.listed(listed.plus) == [*EIGHT, 11]
    assert listed.rig.state(Ref("client-group", "cw", str(birch))) is None
    listed.automate.delete_client(birch)
    assert listed.night()["queued"] == 0, "what it came to is what the scan finds"


@pytest.mark.rule("PC-09")
@pytest.mark.parametrize("operation", ["GET Clients", "GET GroupComputers", "GET Computers"])
def test_a_reading_that_broke_off_writes_nothing(listed: Shop, operation: str) -> None:
    listed.automate.retire(listed.computers[1])
    listed.automate.faults.order("html", operation=f"^{operation}$")
    assert listed.night()["handed_back"] == 1
    assert listed.listed(listed.plus) == EIGHT
    listed.rig.tick()
    assert (listed.listed(listed.plus), listed.rig.codes()) == ([2, 3, 4, 5, 6, 7, 8], [])


def test_a_client_too_large_to_travel_is_read_again(shop: Shop) -> None:
    shop.automate.edit_client(shop.client, Name="Alder Dental and all its many branches")
    for number in range(11, 500):
        shop.computer(number, "BizCare Plus", user=f"ALDER\\a.very.long.name.of.a.user.{number}")
    shop.rig.sync()
    assert len(shop.listed(shop.plus)) == 497
    asked = dict(shop.automate.requests)
    assert (asked["GET Clients"], asked["GET Groups"]) == (2, 2)
    assert asked["GET Computers"] == 10, "the scan, the client's own, and eight to find who else is one of its PCIDs"
    shop.rig.forget()
    assert shop.night()["queued"] == 0


# Every issue is there when its cause is made, and goes when it is repaired

Act = Callable[[Shop], object]


def _serial(number: int, serial: str) -> Act:
    return lambda shop: shop.automate.edit_computer(shop.computers[number], SerialNumber=serial)


def _tag(number: int, tag: str) -> Act:
    return lambda shop: shop.automate.edit_computer(shop.computers[number], AssetTag=tag)


def _external(text: str) -> Act:
    return lambda shop: shop.automate.edit_client(shop.client, ExternalId=text)


def _end(subscription: str) -> Act:
    return lambda shop: shop.pcrt.edit("servicecontracts", getattr(shop, subscription), scactive=0)


def _begin(subscription: str) -> Act:
    return lambda shop: shop.pcrt.edit("servicecontracts", getattr(shop, subscription), scactive=1)


def _tie(subscription: str, plan: str) -> Act:
    def tie(shop: Shop) -> None:
        shop.pcrt.set_cwa_group(getattr(shop, subscription), shop.automate.groups.get(plan, plan))

    return tie


def _move(number: int, group: int) -> Act:
    return lambda shop: shop.pcrt.move_pc(1000 + number, group)


def _join(number: int, group: str) -> Act:
    return lambda shop: shop.automate.join(shop.computers[number], group)


def _leave(number: int, group: str) -> Act:
    return lambda shop: shop.automate.leave(shop.computers[number], group)


def _all(*acts: Act) -> Act:
    return lambda shop: [act(shop) for act in acts]


def _second_client(shop: Shop) -> None:
    shop.pcrt.add_group("Alder Annex", 303)
    shop.automate.add_client("Alder Annex", "301")


def _second_machine(shop: Shop) -> None:
    shop.automate.add_computer(shop.client, "COPY", serial="SER009", groups=("BizCare Plus",))


def _last_computer_goes(shop: Shop) -> None:
    shop.automate.retire(max(int(row["Id"]) for row in shop.automate.records("Computers")))


CAUSES: dict[str, tuple[Act, list[str], Act]] = {
    "PC-20 empty": (_external(""), ["CLIENT_WITHOUT_GROUP"], _external("301")),
    "PC-20 of no group": (_external("9999"), ["CLIENT_WITHOUT_GROUP"], _external("301")),
    "PC-44": (
        _second_client,
        ["CLIENTS_SHARE_GROUP"] * 2,
        lambda shop: shop.automate.edit_client(shop.client + 1, ExternalId="303"),
    ),
    "PC-21a": (_serial(9, "325JVNA"), ["NO_MATCHING_PCID"], lambda shop: shop.pcrt.set_serial(1009, "325jvna")),
    "PC-21b": (_serial(9, "To be filled by O.E.M."), ["SERIAL_ON_BLACKLIST"], _tag(9, "1009")),
    "PC-21c": (
        lambda shop: shop.pcrt.add_pc("WS-9 again", 301, "ser009", id_=2009),
        ["SERIAL_OF_SEVERAL_PCIDS"],
        lambda shop: shop.pcrt.set_serial(2009, ""),
    ),
    "PC-29": (
        _all(lambda shop: shop.pcrt.add_group("Birch Bakery", 302), _move(9, 302)),
        ["PCID_IN_WRONG_GROUP"],
        _move(9, 301),
    ),
    "PC-32": (_move(9, 0), ["PCID_IN_NO_GROUP"], _move(9, 301)),
    "PC-33": (_tag(9, "front desk"), ["ASSET_TAG_IS_NO_PCID"], _tag(9, "")),
    "PC-34": (_leave(9, "BizCare Premium"), ["NO_CWA_GROUP"], _join(9, "BizCare Premium")),
    "several": (_join(9, "BizCare Plus"), ["SEVERAL_CWA_GROUPS"], _leave(9, "BizCare Plus")),
    "PC-43": (
        _all(lambda shop: shop.pcrt.add_pc("WS-9 (old)", 301, id_=3009), _tag(9, "3009")),
        ["NEEDLESS_OVERRIDE"],
        _tag(9, ""),
    ),
    "PC-45": (_second_machine, ["ONE_PCID_TWICE"] * 2, _last_computer_goes),
    "PC-36 none": (_all(_end("plus"), _end("premium")), ["GROUP_WITHOUT_CWA_SUBSCRIPTION"],
                   _all(_begin("plus"), _begin("premium"))),
    "PC-36 none linked": (
        _all(_tie("plus", ""), _tie("premium", "0")),
        ["GROUP_WITHOUT_CWA_SUBSCRIPTION", *["SUBSCRIPTION_WITHOUT_CWA_GROUP"] * 2],
        _all(_tie("plus", "BizCare Plus"), _tie("premium", "BizCare Premium")),
    ),
    "PC-37": (_end("premium"), ["TOO_FEW_SUBSCRIPTIONS"], _begin("premium")),
    "PC-38": (
        _tie("premium", "BizCare Basic"),
        ["SUBSCRIPTION_WITH_WRONG_CWA_GROUP"],
        _tie("premium", "BizCare Premium"),
    ),
    "PC-39": (
        lambda shop: shop.subscription("BizCare Basic", cwa_group="999", id_=77),
        ["SUBSCRIPTION_WITHOUT_CWA_GROUP"],
        lambda shop: shop.pcrt.delete("servicecontracts", 77),
    ),
}  # fmt: skip


@pytest.mark.rule("PC-02", "PC-20", "PC-21", "PC-22", "PC-29", "PC-32", "PC-33", "PC-34", "PC-36", "PC-37", "PC-38")
@pytest.mark.rule("PC-39", "PC-43", "PC-44", "PC-45")
@pytest.mark.parametrize("cause", CAUSES)
def test_an_issue_is_there_when_its_cause_is_made_and_goes_when_it_is_repaired(listed: Shop, cause: str) -> None:
    make, expected, repair = CAUSES[cause]
    make(listed)
    listed.night()
    assert listed.rig.codes() == expected
    listed.night()
    assert listed.night()["queued"] == 0, "it is told once"
    repair(listed)
    listed.night()
    assert listed.rig.codes() == []
    assert (listed.listed(listed.plus), listed.listed(listed.premium)) == (EIGHT, TWO)
    assert listed.night()["queued"] == 0
    history = listed.rig.store.journal.of_flow(listed.rig.key, START)
    assert sorted(entry.before["issue"] for entry in history if "issue" in entry.before) == expected


def test_a_look_without_what_a_scan_read_comes_to_the_same(listed: Shop) -> None:
    """Issues are tried again by day; the next night finds nothing new in that."""
    birch = listed.automate.add_client("Birch Bakery", "302")
    listed.pcrt.add_group("Birch Bakery", 302)
    listed.automate.add_computer(birch, "OLD", serial="ser001", groups=("BizCare Plus",))
    listed.automate.add_computer(birch, "TAGGED", serial='5" disk', tag="1002", groups=("BizCare Plus",))
    listed.automate.add_computer(birch, "ODD", serial="""'6"'""", groups=("BizCare Plus",))
    listed.night()
    codes = listed.rig.codes()
    assert codes == [
        "GROUP_WITHOUT_CWA_SUBSCRIPTION", "NO_MATCHING_PCID", *["ONE_PCID_TWICE"] * 4,
    ]  # fmt: skip
    listed.rig.tick(minutes=6)
    assert listed.rig.tally.counts["handed_back"] == 0
    assert {one.attempts for one in listed.rig.issues().values()} == {1}
    assert (listed.rig.codes(), listed.night()["queued"]) == (codes, 0)


@pytest.mark.rule("PC-02")
def test_the_digest_has_a_section_for_each_kind_with_what_to_do_once(listed: Shop) -> None:
    for number in (1, 2):
        listed.pcrt.set_serial(1000 + number, "")
    listed.automate.edit_computer(listed.computers[9], SerialNumber="None")
    listed.night()
    connection = listed.rig.store.flows.connection("demo")
    assert connection is not None
    (report,) = reports(connection, listed.rig.store.issues.of_connection("demo"), listed.rig.clock.now())
    body = digest(connection, report, listed.rig.clock.now()).get_body(("plain",))
    assert body is not None
    told = body.get_content()
    assert "No matching PCID (2)\nWhat to do: Search PCRT as the issue says." in told
    assert told.count("What to do: Search PCRT") == 1
    assert "Serial on blacklist (1)" in told
    assert "Computer WS-1 of Alder Dental has the serial number SER001, which no PCID has." in told
    assert f"/automate/computer/{listed.computers[1]}/" in told


# When a client goes


def test_a_client_deleted_by_accident_is_asked_for_and_comes_back_as_it_was(listed: Shop) -> None:
    listed.automate.delete_client(listed.client)
    listed.night()
    assert (listed.listed(listed.plus), listed.listed(listed.premium)) == (EIGHT, TWO)
    assert listed.rig.codes() == ["CLIENT_GONE", "COVERAGE_SHRANK"]
    assert listed.night()["queued"] == 0, "it is asked once"
    again = listed.automate.add_client("Alder Dental", "301")
    for number in range(1, 11):
        plan = "BizCare Plus" if number < 9 else "BizCare Premium"
        listed.automate.add_computer(again, f"WS-{number}", serial=f"SER{number:03}", groups=(plan,))
    listed.night()
    listed.rig.tick(minutes=2)
    listed.night()
    assert (listed.listed(listed.plus), listed.listed(listed.premium)) == (EIGHT, TWO)
    assert listed.rig.codes() == []
    assert listed.rig.store.proposals.of_flow(listed.rig.key) == []
    (link,) = listed.rig.links().values()
    assert link.cw_id == str(again)


def test_a_client_that_left_has_its_lists_emptied_once_a_person_approves(listed: Shop) -> None:
    listed.automate.delete_client(listed.client)
    listed.night()
    listed.approve()
    assert (listed.listed(listed.plus), listed.listed(listed.premium)) == ([], [])
    assert listed.rig.codes() == []
    listed.rig.tick(hours=24)
    assert listed.rig.links() == {}


def test_the_issues_of_a_client_without_a_group_go_with_it(listed: Shop) -> None:
    birch = listed.automate.add_client("Birch Bakery")
    listed.night()
    assert listed.rig.codes() == ["CLIENT_WITHOUT_GROUP"]
    listed.automate.delete_client(birch)
    listed.rig.tick(hours=1)
    assert listed.rig.codes() == []


def test_two_clients_that_swap_their_groups_are_linked_anew(listed: Shop) -> None:
    listed.pcrt.add_group("Birch Bakery", 302)
    birch = listed.automate.add_client("Birch Bakery", "302")
    listed.night()
    listed.automate.edit_client(listed.client, ExternalId="302")
    listed.automate.edit_client(birch, ExternalId="301")
    listed.night()
    for _ in range(3):
        listed.rig.tick(minutes=1)
    links = {link.cw_id: link.partner_id for link in listed.rig.links().values()}
    assert links == {str(listed.client): "302", str(birch): "301"}


# Proposals


@pytest.mark.rule("PC-40", "PC-42", "PC-06")
def test_an_external_id_is_proposed_with_its_evidence_and_written_once_approved(shop: Shop) -> None:
    rig = shop.rig
    rig.settings(propose_fixes=True)
    shop.automate.edit_client(shop.client, ExternalId="")
    rig.sync()
    (proposal,) = rig.store.proposals.of_flow(rig.key)
    assert (
        "client Alder Dental is group 301 Alder Dental: 10 of its 10 computers are PCIDs of that group" in proposal.why
    )
    assert "WS-1, serial number SER001, user1 was logged in last, is PCID 1001 (WS-1)" in proposal.why
    assert "It is called alike, too." in proposal.why
    assert shop.automate.record("Clients", shop.client)["ExternalId"] == ""
    shop.approve()
    assert shop.automate.record("Clients", shop.client)["ExternalId"] == "301"
    shop.night()
    assert (shop.listed(shop.plus), rig.codes()) == (EIGHT, [])


@pytest.mark.rule("PC-42")
def test_nothing_is_proposed_unless_somebody_wants_it(shop: Shop) -> None:
    shop.automate.edit_client(shop.client, ExternalId="")
    shop.rig.sync()
    assert shop.rig.store.proposals.of_flow(shop.rig.key) == []


def test_a_group_that_another_client_has_is_not_proposed(listed: Shop) -> None:
    listed.rig.settings(propose_fixes=True)
    annex = listed.automate.add_client("Alder Dental", "")
    listed.automate.add_computer(annex, "WS-1", serial="SER001", groups=("BizCare Plus",))
    listed.night()
    assert listed.rig.store.proposals.of_flow(listed.rig.key) == []


@pytest.mark.rule("PC-35", "PC-24")
def test_an_asset_tag_is_proposed_as_steps_with_the_evidence_for_it(listed: Shop) -> None:
    listed.rig.settings(propose_fixes=True)
    listed.pcrt.set_serial(1009, "")
    listed.automate.edit_computer(listed.computers[10], SerialNumber="None", ComputerName="DESKTOP-7")
    listed.pcrt.edit("pc_owner", 1010, pcname="Laptop of user10")
    listed.night()
    fixes = {name: one.issue.fix for (_, name), one in listed.rig.issues().items()}
    assert (
        "Probably it is PCID 1009 (WS-9) of the client's group, with no serial number, which has the same name"
        in (fixes["computer WS-9 of Alder Dental"])
    )
    assert "as Asset Tag, and save: 1009." in fixes["computer WS-9 of Alder Dental"]
    assert "PCID 1010 (Laptop of user10)" in fixes["computer DESKTOP-7 of Alder Dental"]
    assert listed.rig.store.proposals.of_flow(listed.rig.key) == []


# Others


def test_subscriptions_of_a_pcid_count_for_its_group_and_those_not_in_force_count_for_nothing(listed: Shop) -> None:
    """PC-18: a subscription may be attached to a PCID."""
    listed.pcrt.edit("servicecontracts", listed.premium, scexpdate="2026-11-02")
    own = listed.subscription("BizCare Premium", pcid=1009)
    listed.pcrt.edit("servicecontracts", own, groupid=0)
    other = listed.subscription("Cloud Backup", cwa_group=listed.automate.groups["BizCare Premium"])
    listed.night()
    assert (listed.listed(own), listed.listed(other), listed.rig.codes()) == (TWO, [], [])


def test_a_computer_is_found_by_its_name_or_serial_number(listed: Shop) -> None:
    connection = listed.rig.store.flows.connection("demo")
    assert connection is not None
    flow = listed.rig.runtime.flow(wiring.flow_class(FLOW), connection)
    home = Ref("client-group", "cw", str(listed.client))
    assert list(flow.find("ws-3")) == list(flow.find("SER003")) == [home]
    assert list(flow.find("nobody")) == []
    assert isinstance(listed.rig.state(home), Link)


# A whole fleet


OF_FLEET = {
    Fleet.NO_EXTERNAL_ID: "CLIENT_WITHOUT_GROUP",
    Fleet.EXTERNAL_ID_IS_TEXT: "CLIENT_WITHOUT_GROUP",
    Fleet.EXTERNAL_ID_IS_ZERO: "CLIENT_WITHOUT_GROUP",
    Fleet.EXTERNAL_ID_OF_NO_GROUP: "CLIENT_WITHOUT_GROUP",
    Fleet.EXTERNAL_ID_SHARED: "CLIENTS_SHARE_GROUP",
    Fleet.CLIENT_NAME_DIFFERS: "",
    Fleet.SERIAL_MISSING: "SERIAL_ON_BLACKLIST",
    Fleet.SERIAL_GENERIC: "SERIAL_ON_BLACKLIST",
    Fleet.SERIAL_UNKNOWN: "NO_MATCHING_PCID",
    Fleet.SERIAL_UNTIDY: "",
    Fleet.TAG_OVERRIDES: "",
    Fleet.TAG_NEEDLESS: "NEEDLESS_OVERRIDE",
    Fleet.TAG_OF_NO_PCID: "ASSET_TAG_IS_NO_PCID",
    Fleet.TAG_IS_TEXT: "ASSET_TAG_IS_NO_PCID",
    Fleet.TAG_BLANK: "",
    Fleet.NO_PLAN: "NO_CWA_GROUP",
    Fleet.SEVERAL_PLANS: "SEVERAL_CWA_GROUPS",
    Fleet.RETIRED: "",
    Fleet.COMPUTER_NAME_DIFFERS: "",
}
"""By what is wrong with a client or computer in Automate, the code that tells it, if it is told."""

OF_PCRT = {
    Seeded.NO_SUBSCRIPTION: "GROUP_WITHOUT_CWA_SUBSCRIPTION",
    Seeded.NONE_LINKED: "GROUP_WITHOUT_CWA_SUBSCRIPTION",
    Seeded.TOO_FEW: "",
    Seeded.WRONG_CWA_GROUP: "SUBSCRIPTION_WITH_WRONG_CWA_GROUP",
    Seeded.UNKNOWN_CWA_GROUP: "SUBSCRIPTION_WITHOUT_CWA_GROUP",
    Seeded.WRONG_GROUP: "PCID_IN_WRONG_GROUP",
    Seeded.NO_GROUP: "PCID_IN_NO_GROUP",
    Seeded.TWO_PCIDS: "SERIAL_OF_SEVERAL_PCIDS",
    Seeded.NO_SERIAL: "NO_MATCHING_PCID",
    Seeded.UNREADABLE: "NO_MATCHING_PCID",
}


def test_every_trouble_of_a_fleet_is_told_of_its_record_and_a_second_night_finds_nothing(
    stack: Stack, aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"clients": 50, "computers": 700}
    simulators = {
        name: (partial(make.func, **sizes), company, keys)
        for name, (make, company, keys) in SIMULATORS.items()
        if isinstance(make, partial)
    }
    monkeypatch.setattr("tests.flows.rig.SIMULATORS", {**SIMULATORS, **simulators})
    with rigged(FLOW, stack) as rig:
        rig.sync()
        told: dict[tuple[str, str], set[str]] = defaultdict(set)
        for open_ in rig.store.issues.of_connection("demo"):
            told[open_.scope.id, ""].add(open_.issue.code)
            told[open_.issue.record.kind, open_.issue.record.id].add(open_.issue.code)
        fleet, seeded = rig.automate.fleet, rig.pcrt.seeded
        for trouble, code in OF_FLEET.items():
            clients = [one for one in fleet.clients if one.trouble is trouble]
            computers = [one for one in fleet.computers if one.trouble is trouble]
            assert clients or computers, trouble
            for client in clients:
                found = told["client-group", str(client.id)]
                assert code in found if code else not found, (trouble, client)
            for computer in computers:
                found = told["computer", str(computer.id)]
                assert code in found if code else not found & {*OF_FLEET.values()}, (trouble, computer)
        for own, code in OF_PCRT.items():
            having = seeded.having(own)
            assert having, own
            for id_ in having:
                key = ("computer", str(id_)) if own in PC_TROUBLES else (str(id_), "")
                assert code in told[key] or not code, (own, id_)
        assert rig.sync()["queued"] == 0
