"""The reference data flow's own checks, each failing and passing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import checks, grant, untouched

ALL = {
    "System: Member Maintenance": "inquire",
    "System: Table Setup": "inquire add edit delete",
    "System: My Company": "inquire",
}
"""What the table of rights asks for, by the names of the simulator's roles."""


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("eautomate_reference_data", stack) as rig:
        yield rig


def failed(rig: Rig) -> list[dict[str, Any]]:
    """The failed checks of one preflight."""
    return [check for check in checks(rig) if check["passed"] is False]


def test_a_connection_set_up_as_it_should_be_passes(rig: Rig) -> None:
    assert failed(rig) == []
    assert untouched(rig)


@pytest.mark.rule("EA-12")
def test_a_role_with_the_listed_rights_is_enough_to_sync(rig: Rig) -> None:
    grant(rig, ALL)
    assert failed(rig) == []
    assert rig.sync()["applied"] > 0
    assert rig.codes() == []


@pytest.mark.rule("EA-12")
@pytest.mark.parametrize(("right", "kinds"), [
    ("System: Member Maintenance", ["territory-territory"]),
    ("System: My Company", ["member-technician", "terms-terms"]),
    ("System: Table Setup", ["member-sales-rep", "territory-territory"]),
])  # fmt: skip
def test_each_missing_right_is_named_unless_no_kind_needs_it(rig: Rig, right: str, kinds: list[str]) -> None:
    grant(rig, {name: rights for name, rights in ALL.items() if name != right})
    mine = [check for check in failed(rig) if check["of"] == "eautomate_reference_data"]
    assert [check["about"] for check in mine] == [f"connectwise_psa/{right}: inquire"]
    assert right in mine[0]["where"]
    rig.settings(kinds=kinds)
    assert [check for check in failed(rig) if check["of"] == "eautomate_reference_data"] == []


@pytest.mark.parametrize(("pairs", "about", "found"), [
    ({"technicians": {"Nobody": "REED"}}, "technicians/ConnectWise/nobody", "there is none of that name"),
    ({"technicians": {"LEllis": "RIED"}}, "technicians/e-automate/ried", "there is none of that name"),
    ({"technicians": {"LEllis": "OLD"}}, "technicians/e-automate/old", "it is inactive"),
    ({"bill_codes": {"Regular": "NONE"}}, "bill_codes/e-automate/none", "there is none of that name"),
    ({"call_types": {"Projects/Errand": "SC"}}, "call_types/ConnectWise/projects/errand", "there is none of that name"),
    ({"technicians": {"Pat Twin": "REED"}}, "technicians/ConnectWise/pat twin",
     "there are several of that name: twin1 (Pat Twin), twin2 (Pat Twin)"),
])  # fmt: skip
def test_a_pair_by_hand_that_is_not_there_is_named(rig: Rig, pairs: dict[str, Any], about: str, found: str) -> None:
    rig.eautomate.codes.add_technician("OLD", "Old", "Hand", Active=False)
    for identifier in ("twin1", "twin2"):
        rig.psa.add(
            "system/members", identifier=identifier, firstName="Pat", lastName="Twin", licenseClass="F",
            hireDate="2020-01-01T00:00:00Z", defaultEmail="Office", defaultPhone="Office", securityRole={"id": 1},
        )  # fmt: skip
    rig.settings(**pairs)
    (check,) = failed(rig)
    assert (check["code"], check["about"], check["found"]) == ("PAIR", about, found)
    assert check["where"].endswith(next(iter(pairs)))
    (issue,) = rig.store.issues.of_connection("demo")
    assert issue.issue.code == "PREFLIGHT_PAIR"


def test_pairs_by_hand_that_are_there_pass_also_where_several_boards_have_the_type(rig: Rig) -> None:
    rig.settings(
        technicians={"lellis": "reed"}, bill_codes={"Regular": "TM"},
        call_types={"Request": "SC", "Help Desk/Request": "REM"},
        territories={"Tampa Office": "NORTH"}, terms={"Net 30 days": "NET30"}, tax_codes={"Tampa, Florida": "CITY"},
    )  # fmt: skip
    assert failed(rig) == []
    rig.sync()
    assert rig.codes() == []
    how = {link.cw_name: link.partner_name for link in rig.links().values()}
    assert how["service type Help Desk/Request"] == "call type REM (Remote support)"
    assert how["service type Projects/Request"] == "call type SC (Service call)"
    assert how["tax code FL-TPA"] == "e-automate tax code CITY (State and city sales tax)"
