"""What the e-automate adapter reads of code lists and of the dealer's own people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from shared.systems.eautomate import Code, Eautomate, Person
from shared.systems.eautomate.codes import Codes, find
from tests.serving import serving

LISTS: dict[str, Callable[[Codes], list[Code]]] = {
    "hold_codes": Codes.hold,
    "on_hold_codes": Codes.on_hold,
    "bill_codes": Codes.bill,
    "call_types": Codes.call_types,
    "sales_codes": Codes.sales,
    "inventory_codes": Codes.inventory,
    "expense_codes": Codes.expense,
    "territories": Codes.territories,
    "terms": Codes.terms,
    "tax_codes": Codes.tax,
}
"""By the simulator's name of a list, the method that reads it."""


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        yield simulator


@pytest.mark.rule("EA-56")
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_gives_every_code_with_its_description_and_whether_it_is_active(
    simulator: EautomateSimulator, eautomate: Eautomate, kind: str
) -> None:
    row = simulator.codes.add(kind, " Z9 ", "Something else", active=False)
    listed = LISTS[kind](eautomate.codes)
    assert len(listed) > 1
    assert Code(str(row.id), "Z9", "Something else", active=False) in listed
    assert all(code.id and code.code and code.description for code in listed)
    assert [code for code in listed if not code.active] == [find(listed, "z9")]
    assert sum(simulator.requests.values()) == 1


def test_a_code_is_found_whatever_its_case_and_blanks() -> None:
    codes = [Code("1", "CW"), Code("2", "PARTS")]
    assert find(codes, " cw ") == codes[0]
    assert find(codes, "C W") is None


def test_technicians_come_with_their_names(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    gone = simulator.codes.add_technician("OLD", " Ida ", "Gone", Active=False)
    found = eautomate.people.technicians()
    assert found[-1] == Person(str(gone.id), "OLD", "Ida", "Gone", active=False)
    assert [person.full_name for person in found] == ["Jordan Reed", "Asha Patel", "Marta Lopez", "Ida Gone"]
    assert str(found[0]) == "REED (Jordan Reed)"


def test_sales_reps_come_with_their_numbers_only(simulator: EautomateSimulator, eautomate: Eautomate) -> None:
    simulator.codes.edit("sales_reps", "HOUSE", active=False)
    found = eautomate.people.sales_reps()
    assert [(person.number, person.full_name, person.active) for person in found] == [
        ("MORGAN", "", True),
        ("ELLIS", "", True),
        ("HOUSE", "", False),
    ]
    assert str(found[0]) == "MORGAN"
