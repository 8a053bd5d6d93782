"""What every call has in common: its number at the head, its lines, its contract, and that they add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from shared.partners.eautomate import CONTRACT, CUSTOMER
from shared.partners.eautomate_calls import (
    Cover,
    Sums,
    cover,
    labor,
    leads,
    mark,
    marks,
    of_labors,
    of_lines,
    unfit,
)
from shared.sync.link import Link
from shared.sync.needed import Found
from shared.sync.record import Ref
from shared.systems.connectwise_psa import TimeEntry
from shared.systems.eautomate import Item, Labor


@pytest.mark.rule("EA-42")
@pytest.mark.parametrize(
    ("number", "description", "found"),
    [
        ("30017", "30017 Rollout", True),
        ("30017", "  #30017: Rollout", True),
        (" A-30017 ", "a-30017 Rollout", True),
        ("3001", "30017 Rollout", False),
        ("30017", "30017-2 Rollout", False),
        ("30017", "30017A Rollout", False),
        ("30017", "Rollout 30017", False),
        ("30.17", "30017", False),
        ("", "30017", False),
    ],
)
def test_a_number_leads_a_description_only_as_a_whole(number: str, description: str, found: bool) -> None:
    assert leads(number, description) is found


def entry(**given: object) -> TimeEntry:
    return TimeEntry.model_validate({"id": 501, "billed_hours": "1.25", "rate": "99.99", "how": "Billable", **given})


def test_a_time_entry_is_a_line_with_its_hours_and_its_amount_in_cents() -> None:
    line = labor(entry(start="2026-10-05T13:00:00Z"), "31.146")
    assert line == {
        "technician_id": "31",
        "arrival": entry(start="2026-10-05T13:00:00Z").start,
        "hours": Decimal("1.25"),
        "rate": Decimal("99.99"),
        "charge": Decimal("124.99"),
        "remarks": mark("501"),
    }
    assert of_lines([line, line]) == Sums(Decimal("2.50"), Decimal("249.98"))


def test_lines_of_a_call_come_to_what_they_charge_else_hours_times_rate() -> None:
    lines = [
        Labor("31", "REED", hours=Decimal(2), charge=Decimal(250), rate=Decimal(1)),
        Labor("31", "REED", hours=Decimal("0.333"), rate=Decimal(100), remarks=f" {mark('7')} "),
        Labor("31", "REED"),
    ]
    assert of_labors(lines) == Sums(Decimal("2.333"), Decimal("283.30"))
    assert marks(lines) == {mark("7")}


def test_hours_are_compared_in_hundredths_and_money_in_cents() -> None:
    assert Sums(Decimal("1.333"), Decimal("10.004")).same_hours(Sums(Decimal("1.33")))
    assert Sums(Decimal("1.333"), Decimal("10.004")).same_amount(Sums(amount=Decimal("10.00")))
    assert not Sums(Decimal("1.33")).same_hours(Sums(Decimal("1.34")))
    assert not Sums(amount=Decimal("10.00")).same_amount(Sums(amount=Decimal("10.01")))


@pytest.mark.rule("EA-06")
def test_the_contract_is_found_by_the_agreement_else_by_the_customer() -> None:
    at = Ref(CONTRACT.kind, "cw", "301")
    linked, alone = Found(at, Link(CONTRACT.kind, "301", "77")), Found(at)
    assert _cover(linked, on=True) == _cover(linked, on=False) == Cover("77")
    assert _cover(alone, on=True).waits is alone
    assert _cover(alone, on=False, active=("78",)) == Cover("78")
    assert _cover(alone, on=False, active=("78", "79")) == Cover(unsure=True, candidates=("78", "79"))
    assert _cover(alone, on=False).unsure
    assert _cover(None, on=True) == Cover()
    unmapped = Found(Ref(CUSTOMER.kind, "cw", "250"))
    assert cover(alone, unmapped, agreements_on=False, active=lambda _: ("78",)).unsure, "of no customer, none is read"


def test_only_an_item_that_carries_an_amount_must_cost_one() -> None:
    priced = Item("1", "X", price=Decimal("2.50"))
    assert unfit(priced, carries=False) == ""
    assert "2.50 in place of 1.00" in unfit(priced, carries=True)
    assert unfit(Item("1", "X"), carries=True) == ""
    assert "inactive" in unfit(Item("1", "X", active=False), carries=False)
    assert "does not have" in unfit(None, carries=False)


def _cover(agreement: Found | None, *, on: bool, active: Sequence[str] = ()) -> Cover:
    customer = Found(Ref(CUSTOMER.kind, "cw", "250"), Link(CUSTOMER.kind, "250", "9"))
    return cover(agreement, customer, agreements_on=on, active={"9": active}.__getitem__)
