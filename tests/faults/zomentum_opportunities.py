"""The flow of opportunities in the fault harness: made on either side, won with all that is sold, revised, edited.

Companies, contacts and products are in the table from the start, as the flows that map them would have left them. As
with companies, no field is edited by both sides at random.
"""

from __future__ import annotations

import random
from typing import Any

from shared.partners.zomentum import COMPANY, CONTACT, PRODUCT
from shared.sync.link import Link
from shared.sync.needed import Needed
from shared.sync.record import FlowKey
from tests.effort import SOAK
from tests.faults.world import Scenario, World
from tests.flows.zomentum import COMPANIES, CONTACTS, THEIR_COMPANIES, THEIR_CONTACTS, prepare, prepare_opportunities
from tests.flows.zomentum import sales_rep as some_sales_rep

OURS, THEIRS = "sales/opportunities", "opportunities"
PRODUCTS = (("SW-24", 480, 350), ("LT-14", 1290, 1010), ("KIT", 50, 20))
SETTINGS = {
    "sales_rep": "Admin1",
    "stages": {"Prospect": "1. Prospecting", "Proposal": "2. Proposal", "Won": "3. Closing"},
    "statuses": {"Won": "Won", "Lost": "Lost"},
    "default_stage": "1. Prospecting",
    "bundles": "bundle" if SOAK else "single",
}


def _ground(world: World) -> None:
    psa, zomentum = world.sides
    prepare(psa)
    old = prepare_opportunities(psa)
    company = psa.add(COMPANIES, identifier="ACME", name="Acme", city="Tampa")["id"]
    contact = psa.add(CONTACTS, firstName="Ada", company={"id": company})["id"]
    acme = zomentum.add_company("Acme")
    with world.inside():
        world.store.links.remember(FlowKey("demo", COMPANY.flow), old)
    _map(world, COMPANY, company, acme)
    _map(world, CONTACT, contact, zomentum.add_contact(acme, "Ada", "Acme"))
    for code, price, cost in PRODUCTS:
        _map(world, PRODUCT, _item(world, code, price), zomentum.add_item(code, price, cost, product_id=code))


def _item(world: World, code: str, price: int) -> int:
    row = world.sides[0].add(
        "procurement/catalog", identifier=code, description=code, customerDescription=code, price=price,
        subcategory={"id": 1}, type={"id": 1},
    )  # fmt: skip
    return int(row["id"])


def _map(world: World, needed: Needed, cw: int, partner: str) -> None:
    link = Link(needed.kind, str(cw), partner, rules="1", cw_name=f"{needed.noun} {cw}")
    with world.inside():
        world.store.links.link(FlowKey("demo", needed.flow), link)


def _deal(world: World, name: str, stage: int = 1) -> None:
    psa, _ = world.sides
    company = next(row for row in psa.records(COMPANIES) if row["name"] == "Acme")["id"]
    contact = next(row for row in psa.records(CONTACTS) if row["firstName"] == "Ada")["id"]
    psa.add(
        OURS, name=name, company={"id": company}, contact={"id": contact}, primarySalesRep=some_sales_rep(psa),
        stage={"id": stage}, expectedCloseDate="2026-12-01T00:00:00Z",
    )  # fmt: skip


def _there(world: World, name: str, **fields: Any) -> str:
    _, zomentum = world.sides
    ada = zomentum.find(THEIR_CONTACTS, "Ada Acme")["id"]
    return str(zomentum.add_opportunity(zomentum.find(THEIR_COMPANIES, "Acme")["id"], name, contacts=[ada], **fields))


def _line(world: World, code: str, quantity: int, bundle: str = "") -> Any:
    zomentum = world.sides[1]
    ids = {row["name"]: row["id"] for row in zomentum.records("items")}
    return zomentum.line(ids[code], quantity, bundle=ids.get(bundle, ""))


def _seed(world: World) -> None:
    _ground(world)
    _, zomentum = world.sides
    _deal(world, "Move")
    refresh = _there(world, "Refresh", stage="Proposal")
    lines = [_line(world, code, quantity) for code, quantity in (("SW-24", 2), ("SW-24", 3), ("KIT", 1))]
    lines.append(_line(world, "LT-14", 4, "KIT"))
    zomentum.add_document(refresh, "Quote 7", lines)
    zomentum.win(refresh)


def _edit(world: World) -> None:
    """A new revision of what was won, without its bundle; a win of what was pulled, and an edit of it."""
    psa, zomentum = world.sides
    quote = zomentum.find("documents", "Quote 7")["id"]
    zomentum.revise(quote, [_line(world, "LT-14", 5), _line(world, "SW-24", 2)])
    move = zomentum.find(THEIRS, "Move")["id"]
    zomentum.add_document(move, "Quote 8", [_line(world, "LT-14", 1)])
    zomentum.win(move)
    psa.edit(OURS, _ours(world, "Move"), notes="Two floors")


def _random_edit(world: World, rng: random.Random) -> None:
    psa, zomentum = world.sides
    match rng.randrange(6):
        case 0:
            _deal(world, f"Deal {rng.randrange(10**6)}")
        case 1:
            _there(world, f"Offer {rng.randrange(10**6)}")
        case 2:
            psa.edit(OURS, _ours(world, "Move"), notes=f"Note {rng.randrange(100)}")
        case 3:
            quote = zomentum.find("documents", "Quote 7")["id"]
            zomentum.revise(quote, [_line(world, "LT-14", rng.randrange(1, 9)), _line(world, "SW-24", 2)])
        case _:
            zomentum.edit(
                THEIRS, zomentum.find(THEIRS, "Refresh")["id"], close_date=f"2027-01-{rng.randrange(1, 29):02}"
            )


def _ours(world: World, name: str) -> int:
    return next(int(row["id"]) for row in world.sides[0].records(OURS) if row["name"] == name)


def _state(world: World) -> dict[str, Any]:
    psa, zomentum = world.sides
    ours = {str(row["id"]): row for row in psa.records(OURS)}
    theirs = {row["id"]: row for row in zomentum.records(THEIRS)}
    stages = {one["id"]: one["name"] for row in zomentum.records("pipelines") for one in row["stages"]}
    return {
        "ours": sorted(
            (
                row["name"],
                row.get("notes") or "",
                row.get("expectedCloseDate", "")[:10],
                row.get("stage", {}).get("name"),
                row["status"]["name"],
                _sold(world, int(id_)),
            )
            for id_, row in ours.items()
        ),
        "theirs": sorted(
            (
                row["name"],
                row["description"],
                row["close_date"],
                stages[row["opportunity_pipeline_stage_id"]],
                row["status"],
            )
            for row in theirs.values()
        ),
        "links": sorted(
            (ours[link.cw_id]["name"], theirs[link.partner_id]["name"])
            for link in world.store.links.all_links(world.key)
        ),
        "issues": sorted(
            (open_.issue.code, open_.issue.name.text) for open_ in world.store.issues.of_connection("demo")
        ),
    }


def _sold(world: World, opportunity: int) -> dict[str, Any]:
    """One set of lines, each document and each note once: that is what the harness is about."""
    psa, _ = world.sides
    lines = psa.records(f"{OURS}/{opportunity}/forecast")
    documents = psa.documents.of("opportunity", opportunity)
    titles = sorted(_title(row["title"]) for row in psa.records("system/documents") if row["id"] in documents)
    products = [row for row in psa.records("procurement/products") if row["opportunity"]["id"] == opportunity]
    return {
        "lines": sorted((row["catalogItem"]["identifier"], row["quantity"], row["revenue"]) for row in lines),
        # A revision that was replaced before anybody looked is not attached: only the newest one surely is.
        "documents": {title.partition(" (")[0]: max(t for t in titles if _same(t, title)) for title in titles},
        "attached twice": len(titles) - len(set(titles)),
        "notes": sorted(row["text"].partition(" was")[0] for row in psa.records(f"{OURS}/{opportunity}/notes")),
        "bundles": sorted(
            (
                row["catalogItem"]["identifier"],
                sorted(
                    (part["catalogItem"]["identifier"], part["quantity"])
                    for part in psa.records(f"procurement/products/{row['id']}/components")
                ),
            )
            for row in products
        ),
    }


def _title(title: str) -> str:
    """Without the document's id, its revision of two digits."""
    name, _, revision = title.partition(" (Zomentum ")
    return f"{name} ({int(revision.rstrip(')').rpartition(' ')[2]):02})"


def _same(one: str, other: str) -> bool:
    return one.partition(" (")[0] == other.partition(" (")[0]


def _add(world: World, number: int) -> None:
    _there(world, f"Offer {number}")


def _change(world: World, number: int) -> None:
    _, zomentum = world.sides
    zomentum.edit(THEIRS, zomentum.find(THEIRS, f"Offer {number}")["id"], description="More of it")


SCENARIO = Scenario(
    flow="zomentum_opportunities",
    settings=SETTINGS,
    seed=_seed,
    edit=_edit,
    state=_state,
    random_edit=_random_edit,
    ground=_ground,
    add=_add,
    change=_change,
)
