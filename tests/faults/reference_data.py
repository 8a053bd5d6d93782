"""The reference data flow in the fault harness: matched, ambiguous, nobody's, come later, turned inactive.

Technicians only, among the members that every ConnectWise has at first: ten records, one batch.
"""

from __future__ import annotations

import random
from typing import Any

from tests.faults.world import Scenario, World

MEMBERS = "system/members"


def _edit_member(world: World, who: str, /, **fields: Any) -> None:
    psa = world.simulators["connectwise_psa"]
    (member,) = (one for one in psa.records(MEMBERS) if one["identifier"] == who)
    psa.edit(MEMBERS, member["id"], **fields)


def _seed(world: World) -> None:
    codes = world.simulators["eautomate"].codes
    codes.remove("technicians", "PATEL")
    codes.add_technician("LOPEZ2", "Marta", "Lopez")
    _edit_member(world, "LEllis", identifier="reed")
    _edit_member(world, "OYoung", firstName="Marta", lastName="Lopez")


def _edit(world: World) -> None:
    codes = world.simulators["eautomate"].codes
    codes.edit_technician("REED", Active=False)
    codes.add_technician("COLE", "T.", "C.")
    _edit_member(world, "OYoung", employeeIdentifer="LOPEZ2")
    _edit_member(world, "TCole", identifier="Cole")


def _add_member(world: World, identifier: str) -> None:
    world.simulators["connectwise_psa"].add(
        MEMBERS, identifier=identifier, firstName="Member", lastName=identifier, licenseClass="F",
        hireDate="2020-01-01T00:00:00Z", defaultEmail="Office", defaultPhone="Office", securityRole={"id": 1},
    )  # fmt: skip


def _add(world: World, number: int) -> None:
    world.simulators["eautomate"].codes.add_technician(f"N{number}", "Tech", f"N{number}")
    _add_member(world, f"N{number}")


def _change(world: World, number: int) -> None:
    _edit_member(world, f"N{number}", lastName=f"Name {number}")


def _random_edit(world: World, rng: random.Random) -> None:
    """What is linked stays linked, so that the end does not depend on which of these a scan came to see."""
    codes = world.simulators["eautomate"].codes
    match rng.randrange(4):
        case 0:
            number = f"T{len(codes.technicians)}"
            codes.add_technician(number, "Tech", number)
            if rng.random() < 0.7:
                _add_member(world, number)
        case 1:
            _edit_member(world, "CReyes", officeEmail=f"creyes{rng.randrange(100)}@example.com")
        case _:
            codes.edit_technician("REED", Active=rng.random() < 0.5)


def _state(world: World) -> dict[str, Any]:
    return {
        "links": sorted((link.kind, link.cw_name, link.partner_name, link.how) for link in world.links),
    }


SCENARIO = Scenario(
    flow="eautomate_reference_data",
    settings={"kinds": ["member-technician"]},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    add=_add,
    change=_change,
    only_links=True,
)
