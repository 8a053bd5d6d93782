"""The flow of products from end to end: found before they are made, in both directions, mapped, kept in step."""

from __future__ import annotations

from typing import Any

import pytest

from functions import wiring
from functions.zomentum_products.settings import ProductSettings
from infra.local.simulators.zomentum.entities import FIELDS, ITEMS
from shared.partners.zomentum import PRODUCT
from shared.sync.clock import RandomIds
from shared.sync.glance import glances
from shared.sync.operating import Operator
from shared.sync.record import Ref
from tests.flows.rig import Rig
from tests.flows.zomentum import ID_FIELD
from tests.flows.zomentum_catalogue import CATALOG, add_item, add_product, ground

KIND = PRODUCT.kind
MAPPED = {"types": {"service": "Service"}}
pytestmark = pytest.mark.flow("zomentum_products")


class Shop:
    """Both catalogues, empty, and short ways to fill them and to see what came of it."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.zomentum = rig, rig.psa, rig.zomentum
        ground(self.psa)

    def item(self, identifier: str, description: str = "", **fields: Any) -> str:
        """An item of ConnectWise's catalogue; its id."""
        return str(add_item(self.psa, identifier, description, **fields)["id"])

    def product(self, name: str, price: float = 10, **fields: Any) -> str:
        """A product of Zomentum's; its id."""
        return add_product(self.zomentum, name, price, **fields)

    def here(self, item: str) -> dict[str, Any]:
        return self.psa.record(CATALOG, int(item))

    def there(self, product: str) -> dict[str, Any]:
        return self.zomentum.record(ITEMS, product)

    def identifiers(self) -> list[str]:
        return sorted(row["identifier"] for row in self.psa.records(CATALOG) if row["identifier"] != "OLD")

    def names(self) -> list[str]:
        return sorted(row["name"] for row in self.zomentum.records(ITEMS))

    def pairs(self) -> list[tuple[str, str]]:
        return sorted((link.cw_id, link.partner_id) for link in self.rig.links().values())


@pytest.fixture
def shop(rig: Rig) -> Shop:
    return Shop(rig)


def cw(id_: str) -> Ref:
    return Ref(KIND, "cw", id_)


@pytest.mark.rule("ZM-21", "ZM-05", "ZM-07")
def test_what_is_new_on_one_side_is_made_on_the_other_once_with_the_standard_pairs(rig: Rig, shop: Shop) -> None:
    rig.settings(**MAPPED)
    item = shop.item(
        "SW-24", "24-Port Switch", price=480, cost=350.5, taxableFlag=True, manufacturerPartNumber="S24",
        customerDescription="A switch\r\nwith 24 ports",
    )  # fmt: skip
    product = shop.product(
        "Backup", 9.99, type="service", category="Services", subcategory="Managed Services", is_taxable=True,
        manufacturer_part_number="BKP-1", description="Backup of a computer",
    )  # fmt: skip
    assert rig.sync()["applied"] == 2
    there = shop.zomentum.find(ITEMS, "SW-24")
    (pricing,) = there["pricing"]
    assert (there["description"], there["type"]) == ("A switch\nwith 24 ports", "Hardware")
    assert (there["category"], there["subcategory"]) == ("Computers", "Workstations")
    assert (there["manufacturer_part_number"], there["is_taxable"]) == ("S24", True)
    assert (pricing["name"], pricing["sell_price"], pricing["cost_price"]) == ("Standard", 480, 350.5)
    assert shop.zomentum.custom(ITEMS, there["id"]) == item
    here = next(row for row in shop.psa.records(CATALOG) if row["identifier"] == "Backup")
    assert (here["description"], here["customerDescription"]) == ("Backup", "Backup of a computer")
    assert (here["type"]["name"], here["category"]["name"]) == ("Service", "Services")
    assert (here["subcategory"]["name"], here["productClass"]) == ("Managed Services", "NonInventory")
    assert (here["price"], here["cost"], here["taxableFlag"]) == (9.99, 4, True)
    assert here["manufacturerPartNumber"] == "BKP-1"
    assert {field["caption"]: field["value"] for field in here["customFields"]}[ID_FIELD] == product
    assert shop.pairs() == sorted([(item, there["id"]), (str(here["id"]), product)])
    assert rig.codes() == []
    rig.sync()
    assert rig.sync()["queued"] == 0
    assert rig.sync("comprehensive")["queued"] == 0


@pytest.fixture
def switch(rig: Rig, shop: Shop) -> tuple[str, str]:
    """One product on both sides, in step; its ids, ConnectWise's first."""
    item = shop.item("SW-24", "24-Port Switch")
    rig.sync()
    return item, shop.zomentum.find(ITEMS, "SW-24")["id"]


@pytest.mark.rule("ZM-07", "ZM-34")
def test_what_either_side_changes_is_on_the_other_after_the_next_scan(rig: Rig, shop: Shop, switch: Any) -> None:
    item, product = switch
    pricing = shop.there(product)["pricing"]
    shop.zomentum.edit(ITEMS, product, name="Switch 24", pricing=[{**pricing[0], "sell_price": 12.5, "tier": "Gold"}])
    shop.psa.edit(CATALOG, int(item), cost=5, subcategory={"name": "Printers"}, manufacturerPartNumber="S24")
    rig.sync()
    here, there = shop.here(item), shop.there(product)
    assert (here["identifier"], here["price"], here["description"]) == ("Switch 24", 12.5, "24-Port Switch")
    assert (there["subcategory"], there["manufacturer_part_number"]) == ("Printers", "S24")
    assert (there["pricing"][0]["cost_price"], there["pricing"][0]["tier"]) == (5, "Gold")
    shop.zomentum.edit(ITEMS, product, category="Services", subcategory="managed services", manufacturer_part_number="")
    rig.sync()
    here = shop.here(item)
    assert (here["category"]["name"], here.get("manufacturerPartNumber", "")) == ("Services", "")
    rig.sync()
    assert (rig.sync()["queued"], rig.codes(), shop.pairs()) == (0, [], [switch])


@pytest.mark.rule("ZM-06")
def test_in_the_first_mode_only_new_products_are_carried(rig: Rig, shop: Shop, switch: Any) -> None:
    rig.settings(create_only=True)
    item, product = switch
    shop.psa.edit(CATALOG, int(item), identifier="SW-25", price=11, subcategory={"name": "Printers"})
    shop.zomentum.edit(ITEMS, product, description="Other")
    shop.item("FW-60")
    rig.sync()
    rig.sync("comprehensive")
    assert shop.names() == ["FW-60", "SW-24"]
    assert (shop.there(product)["subcategory"], shop.here(item)["customerDescription"]) == ("Workstations", "Text")
    assert (rig.codes(), rig.sync()["queued"]) == ([], 0)


@pytest.mark.rule("ZM-04")
def test_of_two_changes_the_owners_stands_with_both_in_the_history(rig: Rig, shop: Shop, switch: Any) -> None:
    item, product = switch
    rig.settings(owners={"price": "cw"}, exclude_fields=["name"])
    shop.psa.edit(CATALOG, int(item), price=11, identifier="SW-25")
    shop.zomentum.edit(ITEMS, product, pricing=[{**shop.there(product)["pricing"][0], "sell_price": 12}])
    rig.sync()
    assert shop.there(product)["pricing"][0]["sell_price"] == 11
    assert [(one.before, one.after) for one in rig.history(cw(item)) if one.conflict] == [
        ({"price": 12}, {"price": 11})
    ]
    assert shop.there(product)["name"] == "SW-24", "an excluded field is never updated"


# Found before it is made


@pytest.mark.rule("ZM-36", "ZM-34")
@pytest.mark.parametrize("settings", [{}, {"name_maps_to": "description", "product_id_field": "product_id"}])
def test_a_product_of_the_product_id_is_linked_and_never_made_again(
    rig: Rig, shop: Shop, settings: dict[str, Any]
) -> None:
    rig.settings(**settings)
    item = shop.item("sw-24", "Switch", manufacturerPartNumber="S24")
    product = shop.product("Switch 24" if settings else "SW-24", product_id="SW-24", manufacturer_part_number="")
    rig.sync()
    rig.sync()
    assert shop.pairs() == [(item, product)]
    assert len(shop.identifiers()) == len(shop.names()) == 1
    assert shop.there(product)["manufacturer_part_number"] == "S24"


DESCRIBED = {"name_maps_to": "description", "product_id_field": "SKU"}


@pytest.fixture
def described(rig: Rig, shop: Shop) -> Shop:
    """Names are descriptions, and a custom field holds the Product ID."""
    shop.zomentum.add(FIELDS, name="SKU", field_type="text", entity_type="item")
    rig.settings(**DESCRIBED)
    return shop


def sku(shop: Shop, value: str) -> list[dict[str, Any]]:
    return [{"id": shop.zomentum.field_id(ITEMS, "SKU"), "values": [value]}]


@pytest.mark.rule("ZM-23", "ZM-22")
def test_the_name_may_be_the_description_and_another_field_the_product_id(rig: Rig, described: Shop) -> None:
    shop = described
    item = shop.item("SW-24", "24-Port Switch")
    product = shop.product("Backup", custom_fields=sku(shop, "BKP"))
    bare = shop.product("Bare")
    rig.sync()
    there = shop.zomentum.find(ITEMS, "24-Port Switch")
    assert shop.zomentum.custom(ITEMS, there["id"], "SKU") == "SW-24"
    assert shop.identifiers() == ["BKP", "SW-24"]
    here = next(row for row in shop.psa.records(CATALOG) if row["identifier"] == "BKP")
    assert here["description"] == "Backup"
    assert rig.codes() == ["PRODUCT_ID_MISSING"]
    shop.zomentum.edit(ITEMS, bare, custom_fields=sku(shop, "BARE"))
    shop.zomentum.edit(ITEMS, there["id"], name="Switch 24", custom_fields=[*there["custom_fields"]])
    rig.sync()
    assert (shop.here(item)["description"], shop.here(item)["identifier"]) == ("Switch 24", "SW-24")
    assert (shop.identifiers(), rig.codes()) == (["BARE", "BKP", "SW-24"], [])
    assert (str(here["id"]), product) in shop.pairs()
    rig.sync()
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-34")
def test_a_part_number_or_a_name_tells_where_no_product_id_speaks_against_it(rig: Rig, described: Shop) -> None:
    shop = described
    one, other = shop.item("SW-24", "Switch", manufacturerPartNumber="S24"), shop.item("FW-60", "Firewall 60F")
    switch, firewall = shop.product("24-Port Switch", manufacturer_part_number="s24"), shop.product("firewall 60f")
    rig.sync()
    assert shop.pairs() == sorted([(one, switch), (other, firewall)])
    assert shop.zomentum.custom(ITEMS, switch, "SKU") == "SW-24"
    assert shop.here(one)["description"] == "24-Port Switch", "Zomentum's name stands, unless owners say otherwise"


@pytest.mark.rule("ZM-36")
def test_one_part_number_and_two_product_ids_are_for_a_person(rig: Rig, shop: Shop) -> None:
    item, product = (
        shop.item("M365-Y", manufacturerPartNumber="M365"),
        shop.product("M365", manufacturer_part_number="M365"),
    )
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 2
    assert (shop.identifiers(), shop.names(), shop.pairs()) == (["M365-Y"], ["M365"], [])
    rig.settings(match_by=[])
    rig.sync()
    assert shop.identifiers() == ["M365", "M365-Y"] == shop.names()
    assert rig.codes() == []
    assert (item, product) not in shop.pairs()


@pytest.mark.rule("ZM-36")
def test_a_second_product_of_one_description_is_an_issue_that_advises_the_product_id(rig: Rig, described: Shop) -> None:
    described.item("M365-M", "Microsoft 365")
    rig.sync()
    described.item("M365-Y", "Microsoft 365")
    rig.sync()
    assert (rig.codes(), described.names()) == (["NAME_TAKEN"], ["Microsoft 365"])
    (open_,) = rig.issues().values()
    assert "name_maps_to = product_id" in open_.issue.fix
    assert "linked to product M365-M already" in open_.issue.message


@pytest.mark.rule("ZM-36")
def test_two_products_of_one_product_id_never_become_a_copy(rig: Rig, described: Shop) -> None:
    for name in ("One", "Two"):
        described.product(name, custom_fields=sku(described, "TWIN"))
    rig.sync()
    assert (rig.codes(), described.identifiers()) == (["NAME_TAKEN"] * 2, [])


@pytest.mark.rule("ZM-36")
def test_a_name_that_another_product_has_is_not_taken_from_it(rig: Rig, shop: Shop, switch: Any) -> None:
    item, product = switch
    shop.item("FW-60")
    rig.sync()
    shop.psa.edit(CATALOG, int(item), price=11)
    shop.zomentum.delete(ITEMS, shop.zomentum.find(ITEMS, "FW-60")["id"])
    shop.zomentum.edit(ITEMS, product, name="fw-60")
    rig.forget()
    rig.sync()
    assert rig.codes() == ["NAME_TAKEN"]
    assert (shop.here(item)["identifier"], shop.there(product)["pricing"][0]["sell_price"]) == ("SW-24", 11)
    assert rig.written("connectwise_psa") == {}


def test_what_connectwise_made_under_another_product_id_is_told(
    rig: Rig, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody makes the same item between our search and our create."""
    shop.product("SW-24")
    answer, made = shop.psa.handle, []

    def handle(request: Any) -> Any:
        if request.method == "POST" and request.path.endswith(CATALOG) and not made:
            made.append(shop.item("SW-24", "Made meanwhile"))
        return answer(request)

    monkeypatch.setattr(shop.psa, "handle", handle)
    rig.sync()
    assert shop.identifiers() == ["SW-24", "SW-24-Copy0"]
    rig.sync()
    assert "NAME_TAKEN" in rig.codes()


# Mapping


@pytest.mark.rule("ZM-22")
def test_what_is_not_mapped_waits_and_says_what_to_do(rig: Rig, shop: Shop) -> None:
    shop.product("Backup", type="subscription", category="Cloud", subcategory="")
    shop.product("Bare", category="", subcategory="")
    rig.sync()
    assert rig.codes() == ["PRODUCT_CATEGORY_NOT_MAPPED", "PRODUCT_CATEGORY_NOT_MAPPED", "PRODUCT_TYPE_NOT_MAPPED"]
    assert "types" in rig.issues()["PRODUCT_TYPE_NOT_MAPPED", "product Backup"].issue.fix
    rig.settings(
        types={"Subscription": "Service"}, categories={"Cloud": "Services / Managed Services"},
        default_category="Computers / Printers",
    )  # fmt: skip
    rig.sync()
    assert rig.codes() == []
    rows = {row["identifier"]: row for row in shop.psa.records(CATALOG)}
    assert (rows["Backup"]["type"]["name"], rows["Backup"]["subcategory"]["name"]) == ("Service", "Managed Services")
    assert rows["Bare"]["subcategory"]["name"] == "Printers"
    shop.psa.edit(CATALOG, rows["Backup"]["id"], price=11)
    shop.item("Mail", type={"name": "Service"}, subcategory={"name": "Managed Services"})
    rig.sync()
    mail = shop.zomentum.find(ITEMS, "Mail")
    assert (mail["type"], mail["category"], mail["subcategory"]) == ("Subscription", "Cloud", "")
    shop.zomentum.edit(ITEMS, mail["id"], type="Gadget", description="New text")
    rig.sync()
    assert rig.codes() == ["PRODUCT_TYPE_NOT_MAPPED"]
    row = next(row for row in shop.psa.records(CATALOG) if row["identifier"] == "Mail")
    assert (row["type"]["name"], row["customerDescription"]) == ("Service", "New text")


@pytest.mark.rule("ZM-22")
def test_the_product_class_stands_in_a_custom_field(rig: Rig, shop: Shop) -> None:
    shop.zomentum.add(FIELDS, name="Class", field_type="text", entity_type="item")
    rig.settings(class_field="class", classes={"Recurring": "Agreement"})
    field = shop.zomentum.field_id(ITEMS, "Class")
    product = shop.product("Backup", custom_fields=[{"id": field, "values": ["recurring"]}])
    item = shop.item("SW-24", productClass="Inventory")
    shop.product("Odd", custom_fields=[{"id": field, "values": ["Strange"]}])
    rig.sync()
    rows = {row["identifier"]: row for row in shop.psa.records(CATALOG)}
    assert rows["Backup"]["productClass"] == "Agreement"
    assert shop.zomentum.custom(ITEMS, shop.zomentum.find(ITEMS, "SW-24")["id"], "Class") == "Inventory"
    assert rig.codes() == ["PRODUCT_CLASS_NOT_MAPPED"]
    shop.psa.edit(CATALOG, int(item), productClass="Agreement")
    shop.zomentum.edit(ITEMS, product, custom_fields=[{"id": field, "values": ["Service"]}])
    rig.sync()
    assert shop.zomentum.custom(ITEMS, shop.zomentum.find(ITEMS, "SW-24")["id"], "Class") == "Recurring"
    assert shop.psa.record(CATALOG, rows["Backup"]["id"])["productClass"] == "Service"


@pytest.mark.rule("ZM-21")
def test_without_the_standard_mapping_only_what_is_chosen_is_kept_in_step(rig: Rig, shop: Shop) -> None:
    rig.settings(standard_mapping=False, mapped_fields=["price"])
    product = shop.product("Backup")
    rig.sync()
    (here,) = (row for row in shop.psa.records(CATALOG) if row["identifier"] == "Backup")
    assert (here["type"]["name"], here["subcategory"]["name"]) == ("Hardware", "Workstations")
    pricing = shop.there(product)["pricing"][0]
    shop.zomentum.edit(ITEMS, product, description="Other", pricing=[{**pricing, "sell_price": 12, "cost_price": 6}])
    shop.item("SW-24")
    rig.sync()
    here = shop.here(str(here["id"]))
    assert (here["price"], here.get("cost", 0)) == (12, 0)
    assert here["customerDescription"] != "Other"
    assert "SW-24" in shop.names()


@pytest.mark.rule("ZM-12")
def test_a_filter_says_which_categories_are_carried(rig: Rig, shop: Shop) -> None:
    rig.settings(
        filters={"product_category": ["Computers / Printers", "services"]},
        categories={"Cloud": "Services / Managed Services"},
    )
    shop.item("P-1", subcategory={"name": "Printers"})
    shop.item("W-1")
    shop.product("Backup", category="Cloud", subcategory="")
    shop.product("Laptop")
    rig.sync()
    assert shop.names() == ["Backup", "Laptop", "P-1"]
    assert shop.identifiers() == ["Backup", "P-1", "W-1"]
    assert rig.codes() == []


@pytest.mark.rule("ZM-09", "ZM-10", "ZM-11")
@pytest.mark.parametrize(
    ("bundles", "identifiers", "class_", "codes"),
    [
        ("single", ["Desk", "Laptop", "Set"], "NonInventory", []),
        ("children", ["Laptop", "Set"], "", []),
        ("bundle", ["Desk", "Laptop", "Set"], "Bundle", ["BUNDLE_UNKNOWN"]),
    ],
)
def test_what_a_bundle_is_in_the_catalogue(
    rig: Rig, shop: Shop, bundles: str, identifiers: list[str], class_: str, codes: list[str]
) -> None:
    rig.settings(bundles=bundles)
    shop.product("Desk", bundle_items=[{"item_id": shop.product("Laptop"), "quantity": 2}])
    shop.item("Set", productClass="Bundle")
    rig.sync()
    assert shop.identifiers() == identifiers
    assert rig.codes() == codes
    assert ("Set" in shop.names()) == (bundles == "single")
    rows = {row["identifier"]: row for row in shop.psa.records(CATALOG)}
    assert rows.get("Desk", {}).get("productClass", "") == class_


def test_what_is_too_long_for_connectwise_is_told(rig: Rig, shop: Shop) -> None:
    shop.product("N" * 76)
    long = shop.product("L" * 70, manufacturer_part_number="M" * 51, description="D" * 6001)
    rig.sync()
    assert [(code, codes.issue.blocks) for (code, _), codes in sorted(rig.issues().items())] == [
        ("VALUE_TOO_LONG", False), ("VALUE_TOO_LONG", True),
    ]  # fmt: skip
    assert shop.identifiers() == ["L" * 70]
    row = next(row for row in shop.psa.records(CATALOG) if row["identifier"] == "L" * 70)
    assert (row["description"], row["customerDescription"]) == ("L" * 60, "L" * 70)
    assert [partner for _, partner in shop.pairs()] == [long]


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_what_is_gone_on_one_side_is_told_and_deletes_nothing(rig: Rig, shop: Shop, switch: Any, side: str) -> None:
    item, product = switch
    _ = shop.psa.delete(CATALOG, int(item)) if side == "cw" else shop.zomentum.delete(ITEMS, product)
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    assert (rig.codes(), len(shop.names()) + len(shop.identifiers())) == (["COUNTERPART_GONE"], 1)
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").unlink(rig.key, cw(item), anew=True)
    rig.deliver()
    assert (shop.names(), shop.identifiers(), rig.codes()) == (["SW-24"], ["SW-24"], [])


def test_inactive_items_are_not_carried_and_preview_writes_nothing(rig: Rig, shop: Shop) -> None:
    rig.settings(preview=True)
    shop.item("GONE", inactiveFlag=True)
    shop.item("SW-24")
    shop.product("Backup")
    rig.forget()
    assert rig.sync()["proposed"] == 2
    assert rig.written("connectwise_psa") == rig.written("zomentum") == {}
    connection = rig.store.flows.connection("demo")
    assert connection is not None
    flow = rig.runtime.flow(wiring.flow_class(rig.flow), connection)
    assert [found.steps for found in glances(flow, "sw-24", rig.clock.now())] == [("create item",)]
    assert [found.outcome for found in glances(flow, "backup", rig.clock.now())] == ["applied"]


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({"name_maps_to": "description"}, ["needs product_id_field"]),
        ({"product_id_field": "SKU"}, ["the name is the Product ID already"]),
        ({"types": {"a": "Service", "b": " service"}}, ["mapped twice; each can be chosen once"]),
        ({"categories": {"a": "X / Y", "A ": "X / Z"}}, ["A is mapped twice"]),
        ({"categories": {"a": "Computers"}}, ["demands Category / Subcategory, and there is Computers"]),
        ({"default_category": "Computers"}, ["demands Category / Subcategory"]),
        ({"classes": {"a": "Gadget"}, "class_field": "Class"}, ["no product class Gadget"]),
        ({"classes": {"a": "Service", "b": "Service"}, "class_field": "Class"}, ["Service is mapped twice"]),
        (
            {"classes": {"a": "Service"}, "mapped_fields": ["price"], "name_maps_to": "description"},
            ["classes needs class_field", "standard_mapping = false", "needs product_id_field"],
        ),
        ({"standard_mapping": False, "mapped_fields": ["colour"]}, ["no pairs of the standard mapping: colour"]),
        ({"filters": {"size": ["L"]}}, ["there is no fact size"]),
    ],
)
@pytest.mark.rule("ZM-22", "ZM-23")
def test_settings_that_contradict_themselves_are_refused_with_each_fault(
    settings: dict[str, Any], faults: list[str]
) -> None:
    with pytest.raises(ValueError, match="validation error") as refused:
        ProductSettings.model_validate(settings)
    assert [fault for fault in faults if fault not in str(refused.value)] == []
