"""The flow of opportunities from end to end: both directions, stages and statuses, both modes, what waits."""

from __future__ import annotations

from typing import Any

import pytest

from shared.partners.zomentum_audit import audit
from shared.sync.clock import RandomIds
from shared.sync.link import Intent
from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey, Ref
from tests.flows.opportunities import FLOW, KIND, THEIRS, Sellers, cw
from tests.flows.rig import Rig
from tests.flows.zomentum import ID_FIELD

pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def msp(rig: Rig) -> Sellers:
    return Sellers(rig)


@pytest.fixture
def refresh(rig: Rig, msp: Sellers) -> tuple[str, str]:
    """One opportunity on both sides, in step; the ids."""
    there = msp.deal_there("Refresh", stage="Proposal", description="Laptops", close_date="2026-12-24")
    rig.sync()
    return str(msp.rows()[0]["id"]), there


@pytest.mark.rule("ZM-05", "ZM-07", "ZM-13", "ZM-18", "ZM-33")
def test_what_is_new_on_one_side_is_made_on_the_other_once(rig: Rig, msp: Sellers) -> None:
    msp.set(rating="Hot", location="Boston Office", department="Managed Services")
    there = msp.deal_there("Refresh", stage="Proposal", description="Laptops", close_date="2026-12-24")
    msp.deal_there("Audit", stage="Negotiation")
    msp.deal("Move", stage={"id": 2}, expectedCloseDate="2026-11-30T00:00:00Z", notes="Two floors")
    assert rig.sync()["applied"] == 3
    assert msp.ours() == [
        ("Audit", "1. Prospecting", "Open"), ("Move", "2. Proposal", "Open"), ("Refresh", "2. Proposal", "Open"),
    ]  # fmt: skip
    assert msp.theirs() == [
        ("Audit", "Negotiation", "open"), ("Move", "Proposal", "open"), ("Refresh", "Proposal", "open"),
    ]  # fmt: skip
    row = next(row for row in msp.rows() if row["name"] == "Refresh")
    assert (row["company"]["name"], row["contact"]["id"], row["notes"]) == ("Acme", int(msp.ada), "Laptops")
    assert (row["expectedCloseDate"][:10], row["primarySalesRep"]["identifier"]) == ("2026-12-24", "Admin1")
    assert (row["rating"]["name"], row["locationId"], row["businessUnitId"]) == ("Hot", 2, 2)
    assert {field["caption"]: field["value"] for field in row["customFields"]}[ID_FIELD] == there
    made = msp.zomentum.find(THEIRS, "Move")
    assert (made["description"], made["close_date"]) == ("Two floors", "2026-11-30")
    assert (made["client_company_id"], made["linked_client_user_ids"]) == (msp.acme_there, [msp.ada_there])
    assert msp.zomentum.custom(THEIRS, made["id"]) == str(next(r["id"] for r in msp.rows() if r["name"] == "Move"))
    assert rig.codes() == []
    rig.sync()
    rig.forget()
    assert rig.sync()["queued"] == 0
    assert rig.sync("comprehensive")["queued"] == 0
    assert not rig.written("connectwise_psa")
    assert not rig.written("zomentum")


@pytest.mark.rule("ZM-07", "ZM-08", "ZM-15", "ZM-16")
def test_what_either_side_changes_is_on_the_other_after_the_next_scan(rig: Rig, msp: Sellers, refresh: Any) -> None:
    ours, there = refresh
    ben = msp.contact(msp.acme, "Ben", "Stone", "ben@acme.example")
    ben_there = msp.zomentum.add_contact(msp.acme_there, "Ben", "Stone", "ben@acme.example")
    msp.map(ben, ben_there, "zomentum_contacts", "contact-contact")
    msp.change(ours, name="Big refresh", contact={"id": int(ben)}, stage={"id": 1})
    msp.change_there(there, description="Laptops and docks", close_date="2027-01-15")
    rig.sync()
    row, other = msp.rows()[0], msp.zomentum.record(THEIRS, there)
    assert (row["name"], row["notes"], row["expectedCloseDate"][:10]) == (
        "Big refresh", "Laptops and docks", "2027-01-15",
    )  # fmt: skip
    assert (other["name"], other["linked_client_user_ids"]) == ("Big refresh", [ben_there])
    assert msp.theirs() == [("Big refresh", "Prospect", "open")]
    msp.change_there(there, opportunity_pipeline_stage_id=msp.zomentum.stage("Proposal"))
    rig.sync()
    assert msp.ours() == [("Big refresh", "2. Proposal", "Open")]
    assert msp.lost(cw(ours)) == []
    rig.sync()
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-04")
def test_of_two_changes_zomentums_stands_and_the_history_has_both(rig: Rig, msp: Sellers, refresh: Any) -> None:
    msp.change(refresh[0], name="Here")
    msp.change_there(refresh[1], name="There")
    rig.sync()
    assert msp.rows()[0]["name"] == "There"
    assert msp.lost(cw(refresh[0])) == [({"name": "Here"}, {"name": "There"})]


@pytest.mark.rule("ZM-04")
def test_a_field_that_zomentum_alone_owns_is_put_back_or_reported(rig: Rig, msp: Sellers, refresh: Any) -> None:
    msp.set(owners={"name": "partner_only"}, drift="report")
    msp.change(refresh[0], name="Here")
    rig.sync()
    assert (msp.rows()[0]["name"], rig.codes()) == ("Here", ["DRIFT"])
    msp.set(owners={"name": "partner_only"})
    rig.sync()
    assert (msp.rows()[0]["name"], rig.codes()) == ("Refresh", [])


@pytest.mark.rule("ZM-16", "ZM-18")
def test_won_and_reopened_it_follows_and_nothing_is_made_twice(rig: Rig, msp: Sellers, refresh: Any) -> None:
    ours, there = refresh
    switch = msp.product("SW-24", 480)
    quote = msp.zomentum.add_document(there, "Quote 7", [msp.zomentum.line(switch, 2)])
    for _ in range(2):
        msp.zomentum.win(there)
        rig.sync()
        assert msp.ours() == [("Refresh", "3. Closing", "Won")]
        msp.zomentum.reopen(there)
        rig.sync()
        assert msp.ours() == [("Refresh", "1. Prospecting", "Open")]
    assert msp.lines(ours) == [("SW-24", 2, 960)]
    assert (len(msp.titles(ours)), len(msp.notes(ours))) == (1, 1)
    msp.zomentum.lose(there)
    rig.sync()
    assert msp.ours() == [("Refresh", "1. Prospecting", "Lost")]
    assert quote in msp.notes(ours)[0]


@pytest.mark.rule("ZM-20")
def test_on_the_way_in_the_stage_wins_over_the_status(rig: Rig, msp: Sellers) -> None:
    msp.set(statuses={"Won": "Won", "Lost": "Lost", "Negotiation": "No Decision"})
    msp.deal("Both", stage={"id": 2}, status={"id": 4})
    msp.deal("Status", stage={"id": 3}, status={"id": 4})
    rig.sync()
    assert msp.theirs() == [("Both", "Proposal", "open"), ("Status", "Won", "won")]
    msp.set(stages={}, default_stage="", statuses={"Won": "Won", "Lost": "Lost", "Negotiation": "No Decision"})
    msp.deal("Third", stage={"id": 2}, status={"id": 4})
    rig.sync()
    assert ("Third", "Negotiation", "open") in msp.theirs()


@pytest.mark.rule("ZM-04", "ZM-20")
def test_what_zomentum_closed_is_opened_again_in_zomentum_only(rig: Rig, msp: Sellers, refresh: Any) -> None:
    msp.zomentum.win(refresh[1])
    rig.sync()
    msp.change(refresh[0], stage={"id": 2}, status={"id": 1})
    rig.sync()
    assert msp.theirs() == [("Refresh", "Won", "won")]
    assert msp.ours() == [("Refresh", "2. Proposal", "Open")]
    rig.forget()
    rig.sync("comprehensive")
    assert not rig.written("zomentum")


@pytest.mark.rule("ZM-17", "ZM-33", "ZM-35")
def test_a_custom_field_of_zomentums_can_hold_the_status(rig: Rig, msp: Sellers) -> None:
    msp.zomentum.add("custom/fields", name="CW Status", field_type="text", entity_type="opportunity")
    msp.set(map_by="status_field", statuses={})
    there = msp.deal_there("Refresh", stage="Proposal")
    ours = msp.deal("Move", status={"id": 4})
    rig.sync()
    assert {row[0]: row[2] for row in msp.ours()} == {"Move": "No Decision", "Refresh": "Open"}
    move = msp.zomentum.find(THEIRS, "Move")["id"]
    assert msp.zomentum.custom(THEIRS, move, "CW Status") == "No Decision"
    field = msp.zomentum.field_id(THEIRS, "CW Status")
    kept = [entry for entry in msp.zomentum.record(THEIRS, there)["custom_fields"] if entry["id"] != field]
    msp.change_there(there, custom_fields=[*kept, {"id": field, "values": ["Won"]}])
    msp.change(ours, status={"id": 3})
    rig.sync()
    assert {row[0]: row[2] for row in msp.ours()} == {"Move": "Lost", "Refresh": "Won"}
    assert msp.zomentum.custom(THEIRS, move, "CW Status") == "Lost"
    assert {row[2] for row in msp.theirs()} == {"open"}
    rig.sync()
    assert rig.sync("comprehensive")["queued"] == 0


@pytest.mark.rule("ZM-33", "ZM-35")
def test_mapped_by_stage_alone_opportunities_go_out_as_open(rig: Rig, msp: Sellers) -> None:
    msp.set(map_by="stage", statuses={})
    there = msp.deal_there("Refresh", stage="Proposal")
    rig.sync()
    msp.zomentum.win(there)
    rig.sync()
    assert msp.ours() == [("Refresh", "3. Closing", "Open")]
    assert rig.sync("comprehensive")["queued"] == 0


@pytest.mark.rule("ZM-35")
def test_mapped_by_status_alone_stages_stay(rig: Rig, msp: Sellers) -> None:
    msp.set(map_by="status", stages={}, statuses={"Prospect": "Open", "Won": "Won", "Proposal": "No Decision"})
    there = msp.deal_there("Refresh", stage="Proposal")
    rig.sync()
    assert msp.ours() == [("Refresh", "1. Prospecting", "No Decision")]
    msp.change(str(msp.rows()[0]["id"]), status={"id": 1}, stage={"id": 3})
    rig.sync()
    assert msp.theirs() == [("Refresh", "Prospect", "open")]
    msp.zomentum.win(there)
    rig.sync()
    assert msp.ours() == [("Refresh", "3. Closing", "Won")]


@pytest.mark.rule("ZM-12")
def test_filters_admit_pipelines_and_stages_and_leaving_one_deletes_nothing(rig: Rig, msp: Sellers) -> None:
    msp.set(filters={"pipeline": ["sales"], "stage": ["Proposal", "Prospect"]})
    there = msp.deal_there("In", stage="Proposal")
    msp.deal_there("Stage", stage="Negotiation")
    msp.deal_there("Pipeline", stage="Quoted", pipeline="Renewals")
    msp.deal("Ours in", stage={"id": 1})
    msp.deal("Ours out", stage={"id": 3})
    rig.sync()
    assert [row[0] for row in msp.ours()] == ["In", "Ours in", "Ours out"]
    assert [row[0] for row in msp.theirs()] == ["In", "Ours in", "Pipeline", "Stage"]
    assert rig.sync("comprehensive")["queued"] == 0
    msp.change_there(there, opportunity_pipeline_stage_id=msp.zomentum.stage("Negotiation"), name="Out")
    rig.sync()
    assert [row[0] for row in msp.ours()] == ["In", "Ours in", "Ours out"]


@pytest.mark.rule("ZM-05", "ZM-06")
def test_in_the_first_mode_only_what_is_won_is_pushed_and_no_later_change_is(rig: Rig, msp: Sellers) -> None:
    msp.set(create_only=True)
    there, other = msp.deal_there("Refresh"), msp.deal_there("Audit")
    ours = msp.deal("Move", stage={"id": 2})
    rig.sync()
    assert [row[0] for row in msp.ours()] == ["Move"]
    assert [row[0] for row in msp.theirs()] == ["Audit", "Move", "Refresh"]
    msp.zomentum.win(there)
    rig.sync()
    assert msp.ours() == [("Move", "2. Proposal", "Open"), ("Refresh", "3. Closing", "Won")]
    refresh = str(next(row["id"] for row in msp.rows() if row["name"] == "Refresh"))
    msp.change(ours, name="Moved", expectedCloseDate="2027-01-01T00:00:00Z")
    msp.change(refresh, name="Ours")
    msp.change_there(there, name="Theirs")
    msp.zomentum.reopen(there)
    msp.change_there(other, name="Audits")
    rig.sync()
    rig.sync("comprehensive")
    assert msp.ours() == [("Moved", "2. Proposal", "Open"), ("Ours", "3. Closing", "Won")]
    assert [row[0] for row in msp.theirs()] == ["Audits", "Move", "Theirs"]
    assert rig.codes() == []


@pytest.mark.rule("ZM-05", "ZM-06")
def test_in_the_first_mode_the_win_of_what_was_pulled_is_pushed_with_what_it_sold(rig: Rig, msp: Sellers) -> None:
    msp.set(create_only=True)
    ours = msp.deal("Move", stage={"id": 2})
    rig.sync()
    move = msp.zomentum.find(THEIRS, "Move")["id"]
    switch = msp.product("SW-24", 480)
    quote = msp.zomentum.add_document(move, "Quote 7", [msp.zomentum.line(switch, 2)])
    msp.change_there(move, name="Moves")
    msp.zomentum.win(move)
    rig.sync()
    assert msp.ours() == [("Move", "3. Closing", "Won")]
    assert (msp.lines(ours), len(msp.titles(ours)), len(msp.notes(ours))) == ([("SW-24", 2, 960)], 1, 1)
    msp.zomentum.revise(quote, [msp.zomentum.line(switch, 5)])
    msp.change(ours, status={"id": 4})
    rig.sync()
    rig.sync("comprehensive")
    assert msp.ours() == [("Move", "3. Closing", "No Decision")]
    assert (msp.lines(ours), len(msp.titles(ours)), len(msp.notes(ours))) == ([("SW-24", 2, 960)], 1, 1)


def test_an_opportunity_waits_for_company_and_contact_and_follows(rig: Rig, msp: Sellers) -> None:
    birch, birch_there = msp.company("Birch"), msp.there("Birch")
    bob, bob_there = msp.contact(birch, "Bob"), msp.zomentum.add_contact(birch_there, "Bob", "Birch")
    msp.deal("Ours", company={"id": int(birch)}, contact={"id": int(bob)})
    msp.zomentum.add_opportunity(birch_there, "Theirs", contacts=[bob_there])
    rig.sync()
    assert rig.codes() == ["COMPANY_NOT_MAPPED"] * 2, "once each: the contact waits for the company itself"
    for flow, kind, ids in (
        ("zomentum_companies", "company-company", (birch, birch_there)),
        ("zomentum_contacts", "contact-contact", (bob, bob_there)),
    ):
        msp.map(*ids, flow, kind)
        wake_waiters(rig.store, FlowKey("demo", flow), msp.linked(*ids, kind), rig.clock.now())
    rig.tick(minutes=1)
    assert rig.codes() == []
    assert [row[0] for row in msp.ours()] == [row[0] for row in msp.theirs()] == ["Ours", "Theirs"]


def test_without_a_contact_it_waits_for_a_person(rig: Rig, msp: Sellers) -> None:
    there = msp.deal_there("Refresh")
    with msp.zomentum.lock:
        msp.zomentum.store.edit(THEIRS, there, {"linked_client_user_ids": []})
    rig.sync()
    assert rig.codes() == ["OPPORTUNITY_WITHOUT_CONTACT"]
    msp.change_there(there, linked_client_user_ids=[msp.ada_there])
    rig.sync()
    assert (rig.codes(), len(msp.ours())) == ([], 1)


def test_a_contact_that_the_other_side_has_not_got_stays_until_it_has(rig: Rig, msp: Sellers, refresh: Any) -> None:
    eve = msp.contact(msp.acme, "Eve")
    msp.change(refresh[0], contact={"id": int(eve)}, name="Refreshed")
    rig.sync()
    assert rig.codes() == ["CONTACT_NOT_MAPPED"]
    row = msp.zomentum.record(THEIRS, refresh[1])
    assert (row["name"], row["linked_client_user_ids"]) == ("Refreshed", [msp.ada_there])
    eve_there = msp.zomentum.add_contact(msp.acme_there, "Eve", "Acme")
    msp.map(eve, eve_there, "zomentum_contacts", "contact-contact")
    rig.tick(minutes=10)
    assert rig.codes() == []
    assert msp.zomentum.record(THEIRS, refresh[1])["linked_client_user_ids"] == [eve_there]


@pytest.mark.rule("ZM-34")
def test_at_first_contact_the_name_counts_at_one_company_and_later_the_link(rig: Rig, msp: Sellers) -> None:
    ours, there = msp.deal("refresh ", stage={"id": 2}), msp.deal_there("Refresh", stage="Proposal")
    rig.sync()
    assert msp.pairs() == [(ours, there)]
    msp.change(ours, name="Else")
    msp.deal_there("Other name", stage="Proposal")
    rig.sync()
    assert len(msp.pairs()) == 2
    assert ("Else", "Proposal", "open") in msp.theirs()


def test_two_of_one_name_are_for_a_person(rig: Rig, msp: Sellers) -> None:
    msp.deal("Refresh")
    msp.deal("Refresh")
    msp.deal_there("Refresh")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 3
    assert len(msp.ours()) == 2


def test_a_deleted_opportunity_is_told_and_the_other_stays(rig: Rig, msp: Sellers, refresh: Any) -> None:
    msp.zomentum.delete(THEIRS, refresh[1])
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    assert rig.codes() == ["COUNTERPART_GONE"]
    assert len(msp.ours()) == 1


def test_a_name_that_is_too_long_is_left_out_and_told(rig: Rig, msp: Sellers, refresh: Any) -> None:
    msp.change_there(refresh[1], name="x" * 101, description="new")
    rig.sync()
    assert rig.codes() == ["VALUE_TOO_LONG"]
    assert (msp.rows()[0]["name"], msp.rows()[0]["notes"]) == ("Refresh", "new")


def test_what_an_earlier_try_made_is_found_by_its_id(rig: Rig, msp: Sellers) -> None:
    there = msp.deal_there("Refresh", stage="Proposal")
    ours = msp.deal("Move")
    ids = RandomIds()
    for side, id_ in (("partner", there), ("cw", ours)):
        ref = Ref(KIND, side, id_)  # type: ignore[arg-type]
        rig.store.links.intend(rig.key, Intent(ref, ids.token(), rig.clock.now(), rig.clock.now()))
    marker = msp.psa.records("sales/opportunities")[0]["customFields"][0]["id"]
    made = msp.deal("Refresh", stage={"id": 2}, customFields=[{"id": marker, "value": there}])
    field = msp.zomentum.field_id(THEIRS)
    made_there = msp.deal_there("Move", custom_fields=[{"id": field, "values": [ours]}])
    rig.clock.turn(minutes=10)
    rig.sync()
    assert msp.pairs() == sorted([(ours, made_there), (made, there)])
    assert {row[0] for row in msp.ours()} == {row[0] for row in msp.theirs()} == {"Refresh", "Move"}


@pytest.mark.rule("ZM-28", "ZM-29")
def test_the_log_has_the_pages_of_what_synced_and_the_reason_of_what_did_not(
    rig: Rig, msp: Sellers, refresh: Any
) -> None:
    ours, there = refresh
    alone = msp.company("Alone")
    stuck = msp.deal("Stuck", company={"id": int(alone)})
    rig.sync()
    connection = rig.store.flows.connection("demo")
    assert connection is not None
    issues = list(rig.store.issues.of_connection("demo"))
    error, success = audit(connection, rig.key, rig.links().values(), issues)[::-1]
    assert (success.name, success.ok, success.reason) == ("opportunity Refresh", True, "")
    assert success.in_connectwise.endswith(f"recordType=OpportunityFV&recid={ours}")
    assert success.client.endswith(f"recordType=CompanyFV&recid={msp.acme}")
    assert success.in_zomentum == f"{msp.zomentum.url}/opportunities/{there}"
    assert (error.name, error.ok, error.record) == ("opportunity Stuck", False, str(cw(stuck)))
    assert "needs the company Alone, which is not mapped yet" in error.reason
    assert error.in_connectwise.endswith(f"recordType=OpportunityFV&recid={stuck}")
    msp.zomentum.delete(THEIRS, there)
    rig.look(cw(ours))
    (gone, *_) = [one for one in rig.store.issues.of_connection("demo") if one.issue.code == "COUNTERPART_GONE"]
    lines = audit(connection, rig.key, rig.links().values(), [gone])
    assert [(line.ok, line.client) for line in lines] == [(False, success.client)]


@pytest.mark.rule("ZM-32")
def test_the_history_of_an_opportunity_is_the_trail_of_its_sync(rig: Rig, msp: Sellers, refresh: Any) -> None:
    switch = msp.product("SW-24")
    msp.zomentum.add_document(refresh[1], "Quote 7", [msp.zomentum.line(switch, 1)])
    rig.clock.turn(minutes=1)
    msp.zomentum.win(refresh[1])
    rig.clock.turn(minutes=1)
    rig.sync()
    told = [entry.what for entry in [*rig.history(Ref(KIND, "partner", refresh[1])), *rig.history(cw(refresh[0]))]]
    assert len(told) == 5
    for what in (
        "Created opportunity in ConnectWise and linked.", "Updated opportunity", "Created forecast_item",
        "Attached document", "Noted opportunity_note",
    ):  # fmt: skip
        assert any(each.startswith(what) for each in told), what


def test_a_document_that_is_gone_is_no_reason_to_fail(rig: Rig, msp: Sellers) -> None:
    assert rig.look(Ref("document", "partner", "f" * 24)) == {"skipped": 1}
    assert rig.codes() == []
