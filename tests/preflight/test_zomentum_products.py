"""The flow of products: every name in its settings is looked up in both systems."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from infra.local.simulators.zomentum.entities import FIELDS
from tests.flows.rig import Rig, rigged
from tests.flows.zomentum_catalogue import add_product, ground
from tests.preflight.conftest import checks, failed, is_named_when_missing

GRANTED = {"Procurement: Product Catalog": "inquire add edit", "System: Table Setup": "inquire",
           "System: My Company": "inquire"}  # fmt: skip


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    with rigged("zomentum_products", stack) as rig:
        ground(rig.psa)
        yield rig


@pytest.mark.rule("ZM-03", "ZM-22", "ZM-23")
def test_each_name_that_a_system_does_not_have_is_named(rig: Rig) -> None:
    rig.connect()
    assert failed(rig) == []
    rig.connect(
        types={"a": "Hardware", "b": "Gadgets"}, categories={"c": "Computers / Printers", "d": "Computers / Phones"},
        default_category="Cloud / Mail", filters={"product_category": ["Services", "Toys"]}, cw_id_field="Number",
        name_maps_to="description", product_id_field="SKU", class_field="Class", classes={"x": "Service"},
    )  # fmt: skip
    rig.zomentum.add(FIELDS, name="Class", field_type="text", entity_type="item")
    assert failed(rig) == [
        ("PRODUCT_TYPE", "gadgets"), ("PRODUCT_CATEGORY", "computers / phones"), ("PRODUCT_CATEGORY", "cloud / mail"),
        ("PRODUCT_CATEGORY", "toys"), ("CUSTOM_FIELD", "product/number"), ("PRODUCT_FIELD", "sku"),
    ]  # fmt: skip


def test_names_that_zomentum_lists_nowhere_are_looked_for_on_its_products(rig: Rig) -> None:
    rig.connect(types={"HW": "Hardware", "SW": "Software"}, categories={"Cloud / Mail": "Services / Managed Services"})
    add_product(rig.zomentum, "Laptop", type="hw", category="Cloud", subcategory="mail")
    told = {check["about"]: check["passed"] for check in checks(rig) if check["code"].startswith("ZOMENTUM_")}
    assert told == {"hw": True, "sw": None, "cloud / mail": True}


def test_both_sides_need_the_field_that_carries_the_others_id(rig: Rig) -> None:
    rig.connect()
    for row in rig.zomentum.records(FIELDS):
        if row["entity_type"] == "item":
            rig.zomentum.delete(FIELDS, row["id"])
    assert failed(rig) == [("SYNC_FIELD", "product")]


@pytest.mark.parametrize("right", ["Procurement: Product Catalog", "System: Table Setup"])
def test_a_right_that_is_missing_is_named(rig: Rig, right: str) -> None:
    rig.connect()
    assert is_named_when_missing(rig, right, GRANTED)
