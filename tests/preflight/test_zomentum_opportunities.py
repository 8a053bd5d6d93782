"""The settings of Zomentum's opportunities as one document: refused with each fault, or looked up in both systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from functions.preflight.running import preflight
from functions.zomentum_opportunities.settings import OpportunitySettings
from infra.local.cloud.stack import Stack
from infra.local.simulators.zomentum.entities import FIELDS
from tests.flows.opportunities import FLOW, SETTINGS, Sellers
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import ALL, Desk


class Candidate(Desk):
    """The flow of opportunities, set up as it should be, and not started."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.psa = rig.psa
        self.msp = Sellers(rig)
        self.settings = dict(SETTINGS)
        self.set()

    def set(self, **settings: Any) -> None:
        self.rig.connect(**{**self.settings, **settings})

    def checks(self, code: str) -> dict[str, tuple[bool | None, str]]:
        """The checks of a code: by what each is about, whether it passed, and what was found."""
        found = self.run()["checks"]
        return {one["about"]: (one["passed"], one["found"]) for one in found if one["code"] == code}


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[Candidate]:
    with rigged(FLOW, stack) as rig:
        yield Candidate(rig)


@pytest.mark.rule("ZM-14", "ZM-15", "ZM-16", "ZM-35")
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stages": {"Prospect": "2. Proposal", "Proposal": "2. proposal "}}, "2. proposal is mapped twice"),
        ({"statuses": {"Won": "Won", "Lost": "Won"}}, "Won is mapped twice"),
        ({"stages": {"Won": "1", "won ": "2"}}, "won is mapped twice"),
        ({"stages": {"Won": "1"}, "map_by": "status"}, "stages cannot be used while map_by is status"),
        ({"statuses": {"Won": "1"}, "map_by": "stage"}, "statuses cannot be used while map_by is stage"),
        ({"statuses": {"Won": "1"}, "map_by": "status_field"}, "statuses cannot be used while map_by is status_field"),
        ({"default_status": ""}, "default_status"),
        ({"bundles": "parts"}, "bundles"),
        ({"owners": {"colour": "cw"}}, "no shared fields: colour"),
    ],
)
def test_a_document_that_does_not_hold_is_refused_by_name(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace(".", r"\.")):
        OpportunitySettings(**settings)


def test_every_fault_of_a_document_is_named_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        OpportunitySettings(
            stages={"Prospect": "A", "Proposal": "A"}, statuses={"Won": "B", "Lost": "B"}, filters={"size": ["L"]}
        )
    said = str(refused.value)
    assert all(each in said for each in ("A is mapped twice", "B is mapped twice", "there is no fact size"))


@pytest.mark.rule("ZM-12", "ZM-13", "ZM-14", "ZM-17", "ZM-18")
def test_each_name_of_the_document_is_looked_up_in_both_systems(desk: Candidate) -> None:
    assert desk.failed() == []
    desk.set(
        stages={"Nowhere": "9. None"},
        statuses={"Won": "Gone", "Elsewhere": "Lost"},
        default_stage="0. Never",
        default_status="Closed",
        sales_rep="Nobody",
        location="Atlantis",
        department="Magic",
        rating="Lukewarm",
        pipeline="Oil",
        filters={"pipeline": ["Gas"], "stage": ["Limbo"]},
    )
    assert set(desk.failed()) == {
        ("STAGE", "9. none"), ("STAGE", "0. never"), ("STATUS", "gone"), ("STATUS", "closed"), ("RATING", "lukewarm"),
        ("SALES_REP", "nobody"), ("LOCATION", "atlantis"), ("DEPARTMENT", "magic"), ("PIPELINE", "oil"),
        ("PIPELINE", "gas"), ("ZOMENTUM_STAGE", "nowhere"), ("ZOMENTUM_STAGE", "elsewhere"),
        ("ZOMENTUM_STAGE", "limbo"),
    }  # fmt: skip


@pytest.mark.rule("ZM-33")
def test_the_default_status_is_an_open_one(desk: Candidate) -> None:
    desk.set(default_status="No Decision")
    assert desk.failed() == [("DEFAULT_STATUS", "")]


def test_a_sales_rep_must_be_named(desk: Candidate) -> None:
    desk.set(sales_rep="")
    assert desk.failed() == [("SALES_REP", "")]


def test_the_first_stage_of_new_ones_is_of_their_pipeline(desk: Candidate) -> None:
    desk.set(pipeline="Renewals", zomentum_stage="Quoted")
    assert desk.failed() == []
    desk.set(pipeline="Renewals", zomentum_stage="Prospect")
    assert desk.failed() == [("ZOMENTUM_STAGE", "new/prospect")]


@pytest.mark.rule("ZM-18")
def test_won_or_lost_that_is_not_mapped_is_a_warning_and_no_failure(desk: Candidate) -> None:
    ends = desk.checks("ENDS_MAPPED")
    assert {name: passed for name, (passed, _) in ends.items()} == {
        "stages/won": True, "stages/lost": None, "statuses/won": True, "statuses/lost": True,
    }  # fmt: skip
    assert "it has 1. Prospecting" in ends["stages/lost"][1]
    desk.set(map_by="status", stages={}, statuses={})
    ends = desk.checks("ENDS_MAPPED")
    assert {name: passed for name, (passed, _) in ends.items()} == {"statuses/won": None, "statuses/lost": None}
    answer = preflight(desk.rig.runtime, "demo", lambda: 100.0, start="kim")["connections"]["demo"]
    assert answer["started"] == [FLOW]


@pytest.mark.rule("ZM-17")
def test_the_field_for_the_status_must_be_there_only_if_it_is_used(desk: Candidate) -> None:
    assert desk.checks("CW_STATUS_FIELD") == {}
    desk.set(map_by="status_field", statuses={})
    assert desk.failed() == [("CW_STATUS_FIELD", "cw status")]
    desk.rig.zomentum.add(FIELDS, name="cw status", field_type="text", entity_type="opportunity")
    assert desk.failed() == []


def test_both_sides_need_the_field_that_carries_the_others_id(desk: Candidate) -> None:
    for row in desk.rig.zomentum.records(FIELDS):
        if row["entity_type"] == "opportunity":
            desk.rig.zomentum.delete(FIELDS, row["id"])
    desk.set(cw_id_field="Number")
    assert desk.failed() == [("CUSTOM_FIELD", "opportunity/number"), ("SYNC_FIELD", "opportunity")]


def test_rights_that_are_missing_are_named(desk: Candidate) -> None:
    desk.grant({name: right for name, right in ALL.items() if name != "Sales: Opportunities"})
    assert ("RIGHT", "connectwise_psa/Sales: Opportunities: inquire") in desk.failed()
    desk.grant(ALL)
    assert desk.failed() == []
    desk.rig.zomentum.settings.may_not = frozenset({"GET documents"})
    assert desk.failed() == [("RIGHT", "zomentum/Documents: inquire")]
