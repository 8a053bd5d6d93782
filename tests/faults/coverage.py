"""The coverage flow in the fault harness: lists filled, put back and rewritten, a client linked anew, issues settled.

What is in doubt stays as it was listed, and what it was depends on when it was seen: nothing here is in doubt.
"""

from __future__ import annotations

import random
from typing import Any

from tests.faults.world import Scenario, World

PLUS, PREMIUM = "BizCare Plus", "BizCare Premium"


def _ground(world: World) -> None:
    """Groups that no client has yet."""
    _, pcrt = world.sides
    for place in range(5):
        pcrt.add_group(f"Customer {place + 1}", 301 + place)


def _client(world: World, place: int) -> int:
    """A client with its group, and subscriptions for two plans, which list nobody yet."""
    automate, pcrt = world.sides
    for plan in (PLUS, PREMIUM):
        pcrt.add_subscription(plan, 300 + place, cwa_group=automate.groups[plan])
    return int(automate.add_client(f"Customer {place}", str(300 + place)))


def _computer(world: World, client: int, plan: str, group: int, *, serial: str = "") -> None:
    """The next computer, and its PCID of the same serial number unless told otherwise."""
    automate, pcrt = world.sides
    place = len(automate.records("Computers")) + len(automate.records("RetiredAssets")) + 1
    automate.add_computer(client, f"WS-{place}", serial=f"SER{place:03}", groups=(plan,))
    pcrt.add_pc(f"WS-{place}", group, serial or f"ser{place:03}", id_=1000 + place)


def _seed(world: World) -> None:
    automate, pcrt = world.sides
    _ground(world)
    first, second = _client(world, 1), _client(world, 2)
    for plan in (PLUS, PLUS, PLUS, PREMIUM):
        _computer(world, first, plan, 301)
    _computer(world, second, PREMIUM, 302)
    _computer(world, second, PREMIUM, 302, serial="mistyped")
    automate.add_client("Customer 3", "ask Dana")
    pcrt.set_members(2, [1001, 4711])


def _edit(world: World) -> None:
    automate, pcrt = world.sides
    computers = [int(row["Id"]) for row in automate.records("Computers")]
    automate.retire(computers[0])
    automate.leave(computers[1], PLUS)
    automate.join(computers[1], PREMIUM)
    pcrt.set_members(3, "1001,1006")
    pcrt.set_serial(1006, "SER006")
    pcrt.move_pc(1003, 0)
    automate.edit_client(3, ExternalId="303")


def _random_edit(world: World, rng: random.Random) -> None:
    automate, pcrt = world.sides
    computer = rng.choice(automate.records("Computers"))
    id_, place = int(computer["Id"]), int(computer["ComputerName"].removeprefix("WS-"))
    match rng.randrange(7):
        case 0:
            _computer(world, rng.choice((1, 2)), rng.choice((PLUS, PREMIUM)), rng.choice((301, 302)))
        case 1:
            for plan in (PLUS, PREMIUM):
                automate.leave(id_, plan)
            if plan := rng.choice((PLUS, PREMIUM, "")):
                automate.join(id_, plan)
        case 2:
            automate.edit_computer(id_, SerialNumber=rng.choice((f"SER{place:03}", "None", f"OTHER{place}")))
        case 3:
            automate.edit_computer(id_, AssetTag=rng.choice(("", str(1000 + place), "front desk")))
        case 4:
            pcrt.move_pc(1000 + place, rng.choice((0, 301, 302)))
        case 5:
            pcrt.set_serial(1000 + place, rng.choice(("", f"ser{place:03}")))
        case _:
            pcrt.set_members(rng.randrange(1, 5), sorted(rng.sample(range(1001, 1010), 3)))


def _state(world: World) -> dict[str, Any]:
    _, pcrt = world.sides
    return {
        "lists": {row["scid"]: row["additionalmembers"] for row in pcrt.rows("servicecontracts")},
        "links": sorted((link.cw_id, link.partner_id) for link in world.links),
    }


def _add(world: World, number: int) -> None:
    """A client with one computer of either plan: a subscription for nobody would be an issue."""
    client = _client(world, number)
    for plan in (PLUS, PREMIUM):
        _computer(world, client, plan, 300 + number)


def _change(world: World, number: int) -> None:
    """It gets one computer more."""
    automate, _ = world.sides
    client = int(automate.records("Clients")[number - 1]["Id"])
    _computer(world, client, PLUS, 300 + number)


SCENARIO = Scenario(
    flow="pcrt_coverage",
    settings={"shrink_limit": 100},
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
