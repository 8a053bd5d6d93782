"""What a won opportunity brings along: forecast lines, bundles in three ways, documents and notes, each once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey, Ref
from tests.flows.opportunities import FLOW, THEIRS, Sellers, cw
from tests.flows.rig import Rig

pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def msp(rig: Rig) -> Sellers:
    return Sellers(rig)


def won(msp: Sellers, *lines: Any, name: str = "Quote 7") -> tuple[str, str]:
    """A won opportunity of Zomentum's with one document; the ids of both."""
    deal = msp.deal_there("Refresh")
    quote = msp.zomentum.add_document(deal, name, lines)
    msp.zomentum.win(deal)
    return deal, quote


def only(msp: Sellers) -> str:
    """The one opportunity of ConnectWise's."""
    (row,) = msp.rows()
    return str(row["id"])


@pytest.mark.rule("ZM-05", "ZM-30")
def test_a_won_opportunity_has_its_lines_its_document_and_a_note_with_the_address(rig: Rig, msp: Sellers) -> None:
    switch, laptop = msp.product("SW-24", 480, 350), msp.product("LT-14", 1290, 1010, productClass="Service")
    line = msp.zomentum.line
    deal, quote = won(msp, line(switch, 2), line(laptop, 3, sell_price=1199.99), line(switch, 1))
    rig.sync()
    ours = only(msp)
    assert msp.lines(ours) == [("SW-24", 2, 960), ("LT-14", 3, 3599.97), ("SW-24", 1, 480)]
    rows = msp.psa.records(f"sales/opportunities/{ours}/forecast")
    assert [(row["forecastType"], row["cost"], row["status"]["name"]) for row in rows] == [
        ("Product", 700, "Won"), ("Service", 3030, "Won"), ("Product", 350, "Won"),
    ]  # fmt: skip
    assert msp.titles(ours) == [f"Quote 7 (Zomentum {quote[-8:]}, revision 1)"]
    (content,) = msp.psa.documents.contents.values()
    assert content == ("application/pdf", f"%PDF-1.4\n% Quote 7 ({quote})\n%%EOF\n".encode())
    (note,) = msp.notes(ours)
    assert note.startswith("Quote 7 was won in Zomentum: http")
    assert note.endswith(f"/documents/{quote}")
    assert rig.codes() == []
    rig.forget()
    rig.sync("comprehensive")
    rig.look(Ref("opportunity-opportunity", "partner", deal))
    assert not rig.written("connectwise_psa")


def test_a_draft_and_a_lost_document_bring_nothing(rig: Rig, msp: Sellers) -> None:
    switch = msp.product("SW-24")
    deal, _ = won(msp, msp.zomentum.line(switch, 1))
    other = msp.zomentum.add_document(deal, "Option B", [msp.zomentum.line(switch, 9)])
    msp.zomentum.edit("documents", other, status="lost")
    rig.sync()
    assert (msp.lines(only(msp)), len(msp.titles(only(msp)))) == ([("SW-24", 1, 100)], 1)


@pytest.mark.rule("ZM-30")
def test_a_document_that_is_won_later_is_found_by_the_scan_and_by_zomentums_post(rig: Rig, msp: Sellers) -> None:
    switch = msp.product("SW-24")
    deal, _ = won(msp)
    rig.sync()
    second = msp.zomentum.add_document(deal, "Quote 8", [msp.zomentum.line(switch, 1)])
    third = msp.zomentum.add_document(deal, "Quote 8", [msp.zomentum.line(switch, 2)])
    msp.zomentum.edit("documents", second, status="won")
    rig.clock.turn(minutes=6)
    rig.sync()
    ours = only(msp)
    assert msp.lines(ours) == [("SW-24", 1, 100)]
    msp.zomentum.edit("documents", third, status="won")
    assert rig.look(Ref("document", "partner", third)) == {"applied": 1}
    assert msp.lines(ours) == [("SW-24", 1, 100), ("SW-24", 2, 200)]
    assert (len(msp.titles(ours)), len(msp.notes(ours))) == (3, 3)


def test_a_new_revision_replaces_its_lines_and_is_attached_too(rig: Rig, msp: Sellers) -> None:
    switch, laptop, rack = (msp.product(code) for code in ("SW-24", "LT-14", "RK-1"))
    line = msp.zomentum.line
    _, quote = won(msp, line(switch, 2), line(laptop, 1), line(rack, 1))
    rig.sync()
    ours = only(msp)
    by_hand = {"opportunity": {"id": int(ours)}, "status": {"id": 1}, "forecastType": "Service"}
    msp.psa.add(f"sales/opportunities/{ours}/forecast", **by_hand, forecastDescription="Labour", revenue=75)
    msp.zomentum.revise(quote, [line(laptop, 4), line(switch, 2)])
    rig.sync()
    assert sorted(msp.lines(ours)) == [("LT-14", 4, 400), ("Labour", 1, 75), ("SW-24", 2, 200)]
    assert [title.rpartition(", ")[2] for title in msp.titles(ours)] == ["revision 1)", "revision 2)"]
    assert len(msp.notes(ours)) == 1
    assert rig.codes() == []
    written = [entry.what for entry in rig.history(cw(ours))]
    assert any("no longer has it" in what for what in written)


def test_another_document_that_is_won_in_place_of_the_first_replaces_its_lines(rig: Rig, msp: Sellers) -> None:
    switch, laptop = msp.product("SW-24"), msp.product("LT-14")
    deal, quote = won(msp, msp.zomentum.line(switch, 2))
    rig.sync()
    msp.zomentum.reopen(deal)
    other = msp.zomentum.add_document(deal, "Quote 8", [msp.zomentum.line(laptop, 1)])
    msp.zomentum.win(deal)
    msp.zomentum.edit("documents", quote, status="lost")
    rig.sync()
    assert msp.lines(only(msp)) == [("LT-14", 1, 100)]
    assert [other[-8:] in title for title in msp.titles(only(msp))] == [False, True]


def test_what_people_change_in_a_line_is_put_back_and_what_they_add_stays(rig: Rig, msp: Sellers) -> None:
    switch = msp.product("SW-24")
    won(msp, msp.zomentum.line(switch, 2))
    rig.sync()
    ours = only(msp)
    (row,) = msp.psa.records(f"sales/opportunities/{ours}/forecast")
    msp.psa.edit(f"sales/opportunities/{ours}/forecast", row["id"], revenue=1)
    rig.look(cw(ours))
    assert msp.lines(ours) == [("SW-24", 2, 200)]
    (entry,) = [one for one in rig.history(cw(ours)) if "says otherwise" in one.what]
    assert (entry.before["revenue"], entry.after["revenue"]) == (1, 200)


def test_a_line_of_no_product_is_known_by_its_description(rig: Rig, msp: Sellers) -> None:
    line = {"item_id": "", "name": "Freight", "quantity": 1, "sell_price": 49.9}
    _, quote = won(msp, line)
    rig.sync()
    rig.look(cw(only(msp)))
    assert msp.lines(only(msp)) == [("Freight", 1, 49.9)]
    msp.zomentum.revise(quote, [])
    rig.sync()
    assert msp.lines(only(msp)) == []


def test_lines_of_products_that_are_not_linked_wait_and_follow(rig: Rig, msp: Sellers) -> None:
    switch, laptop = msp.product("SW-24"), msp.product("LT-14", linked=False)
    won(msp, msp.zomentum.line(laptop, 1), msp.zomentum.line(switch, 2))
    rig.sync()
    ours = only(msp)
    assert (msp.lines(ours), rig.codes()) == ([("SW-24", 2, 200)], ["PRODUCT_NOT_MAPPED"])
    assert len(msp.titles(ours)) == 1
    (((_, _), issue),) = rig.issues().items()
    assert "product LT-14" in issue.issue.message
    msp.link_product("LT-14", laptop)
    link = next(
        one for one in rig.store.links.all_links(FlowKey("demo", "zomentum_products")) if one.partner_id == laptop
    )
    wake_waiters(rig.store, FlowKey("demo", "zomentum_products"), link, rig.clock.now())
    rig.tick(minutes=1)
    assert sorted(msp.lines(ours)) == [("LT-14", 1, 100), ("SW-24", 2, 200)]
    assert rig.codes() == []


@pytest.fixture
def kit(msp: Sellers) -> Sequence[Any]:
    """The lines of a bundle of two laptops and a switch, and of a rack beside it."""
    kit, laptop, switch, rack = (msp.product(code, price) for code, price in (
        ("KIT", 500), ("LT-14", 0), ("SW-24", 10), ("RK-1", 100),
    ))  # fmt: skip
    line = msp.zomentum.line
    return [line(kit, 2), line(laptop, 4, bundle=kit), line(switch, 2, bundle=kit), line(rack, 1)]


@pytest.mark.rule("ZM-09")
def test_a_bundle_as_one_product(rig: Rig, msp: Sellers, kit: Any) -> None:
    won(msp, *kit)
    rig.sync()
    assert msp.lines(only(msp)) == [("KIT", 2, 1000), ("RK-1", 1, 100)]


@pytest.mark.rule("ZM-09")
def test_a_bundle_that_the_document_names_by_its_children_only_is_one_product_too(
    rig: Rig, msp: Sellers, kit: Any
) -> None:
    won(msp, *kit[1:])
    rig.sync()
    assert sorted(msp.lines(only(msp))) == [("KIT", 1, 20), ("RK-1", 1, 100)]


@pytest.mark.rule("ZM-10")
def test_a_bundle_as_its_children(rig: Rig, msp: Sellers, kit: Any) -> None:
    msp.set(bundles="children")
    won(msp, *kit)
    rig.sync()
    assert msp.lines(only(msp)) == [("LT-14", 4, 0), ("SW-24", 2, 20), ("RK-1", 1, 100)]
    msp.set(bundles="single")
    rig.sync()
    assert sorted(msp.lines(only(msp))) == [("KIT", 2, 1000), ("RK-1", 1, 100)], "another mode does not add to it"


@pytest.mark.rule("ZM-11")
def test_a_bundle_as_a_bundle_with_components(rig: Rig, msp: Sellers, kit: Any) -> None:
    msp.set(bundles="bundle")
    deal, quote = won(msp, *kit)
    rig.sync()
    ours = only(msp)
    assert sorted(msp.lines(ours)) == [("KIT", 2, 1000), ("RK-1", 1, 100)]
    (product,) = msp.psa.records("procurement/products")
    assert (product["opportunity"]["id"], product["quantity"], product["price"]) == (int(ours), 2, 500)
    parts = msp.psa.records(f"procurement/products/{product['id']}/components")
    assert [(part["catalogItem"]["identifier"], part["quantity"]) for part in parts] == [("LT-14", 4), ("SW-24", 2)]
    rig.forget()
    rig.look(cw(ours))
    assert not rig.written("connectwise_psa")
    kit[0]["quantity"] = 3
    msp.zomentum.revise(quote, kit)
    rig.sync()
    assert sorted(msp.lines(ours)) == [("KIT", 3, 1500), ("RK-1", 1, 100)]
    msp.zomentum.revise(quote, kit[3:])
    rig.sync()
    assert (msp.lines(ours), msp.psa.records("procurement/products")) == ([("RK-1", 1, 100)], [])
    assert msp.theirs()[0][2] == "won"
    assert deal


@pytest.mark.rule("ZM-11")
def test_where_there_are_no_components_that_is_told_and_nothing_else_is_made_of_it(
    rig: Rig, msp: Sellers, kit: Any
) -> None:
    msp.set(bundles="bundle")
    won(msp, *kit)
    msp.psa.faults.order("status", status=403, operation="components", times=99)
    rig.sync()
    rig.tick(minutes=6)
    assert rig.codes() == ["BUNDLE_NOT_SUPPORTED"]
    assert sorted(msp.lines(only(msp))) == [("KIT", 2, 1000), ("RK-1", 1, 100)]
    assert len(msp.psa.records("procurement/products")) == 1
    msp.psa.faults.clear()
    rig.look(cw(only(msp)))
    assert rig.codes() == []
    assert len(msp.psa.records("procurement/products/*/components")) == 2


@pytest.mark.rule("ZM-30")
@pytest.mark.parametrize(
    "operation",
    ["POST /system/documents", "POST /sales/opportunities/{id}/notes", "POST /sales/opportunities/{id}/forecast"],
)
def test_a_step_whose_answer_is_lost_is_not_repeated(rig: Rig, msp: Sellers, operation: str) -> None:
    switch = msp.product("SW-24")
    won(msp, msp.zomentum.line(switch, 2))
    rig.psa.faults.order("lost_answer", operation=operation)
    for _ in range(4):
        rig.sync()
        rig.tick(minutes=10)
    assert rig.psa.faults.pending() == []
    ours = only(msp)
    assert (msp.lines(ours), len(msp.titles(ours)), len(msp.notes(ours))) == ([("SW-24", 2, 200)], 1, 1)
    assert rig.codes() == []


@pytest.mark.rule("ZM-30")
def test_a_file_that_cannot_be_had_leaves_the_rest_for_later(rig: Rig, msp: Sellers) -> None:
    switch = msp.product("SW-24")
    won(msp, msp.zomentum.line(switch, 2))
    rig.zomentum.faults.order("html", operation="GET documents/download", times=1)
    rig.sync()
    for _ in range(3):
        rig.tick(minutes=10)
    assert rig.zomentum.faults.pending() == []
    assert (len(msp.titles(only(msp))), len(msp.notes(only(msp)))) == (1, 1)
    assert msp.zomentum.records(THEIRS)
