"""What the ConnectWise adapter reads of sales orders, their products and documents, and what it writes to orders."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.errors import RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import (
    CatalogItem,
    Document,
    Order,
    OrderProduct,
    OrderStatus,
    Product,
    ProductSubcategory,
    ProductType,
    Psa,
    Record,
    SalesTax,
)
from shared.systems.connectwise_psa.sales import (
    CATALOG,
    DOCUMENTS,
    ORDER_STATUSES,
    ORDERS,
    PRODUCT_SUBCATEGORIES,
    PRODUCT_TYPES,
    PRODUCTS,
)

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "connectwise-psa.openapi.json"


@pytest.fixture
def order(simulator: PsaSimulator) -> int:
    simulator.define_custom_field(ORDERS, "EA Order")
    company = simulator.add("company/companies", identifier="ACME", name="Acme")
    switch = simulator.add(
        CATALOG, identifier="SW-24", description="Switch", price=99.95,
        subcategory={"name": "Workstations"}, type={"name": "Hardware"}, customerDescription="Switch",
    )  # fmt: skip
    made = simulator.add(
        ORDERS, company={"id": company["id"]}, salesRep={"identifier": "Admin1"}, status={"name": "Ready to Order"},
        orderDate="2026-11-01T00:00:00Z", poNumber="PO-7", description="New office",
        billingTerms={"name": "Net 30 days"}, taxCode={"name": "Massachusetts"},
    )  # fmt: skip
    kinds: tuple[tuple[float, dict[str, Any]], ...] = (
        (2.5, {"billableOption": "Billable"}),
        (3, {"quantityCancelled": 1, "billableOption": "NoCharge"}),
    )
    for quantity, more in kinds:
        simulator.add(
            PRODUCTS,
            catalogItem={"id": switch["id"]},
            quantity=quantity,
            salesOrder={"id": made["id"]},
            **more,
        )
    return int(made["id"])


def test_an_order_is_read_with_what_it_refers_to(simulator: PsaSimulator, psa: Psa, order: int) -> None:
    read = psa.record(f"{ORDERS}/{order}", Order)
    assert read is not None
    assert (read.status, read.date, read.due, read.po_number) == ("Ready to Order", date(2026, 11, 1), None, "PO-7")
    assert read.company is not None
    assert (read.company.identifier, read.company.name, read.bill_to) == ("ACME", "Acme", None)
    assert [read.sales_rep and read.sales_rep.identifier, read.terms and read.terms.name] == ["Admin1", "Net 30 days"]
    assert read.tax_code is not None
    assert read.tax_code.name == "Massachusetts"
    assert (read.total, read.tax, len(read.product_ids)) == (Decimal("449.78"), Decimal(0), 2)
    assert (read.has_custom_field("ea order"), read.custom_field("EA Order")) == (True, None)
    assert read.url.endswith(f"recordType=SalesOrderFV&recid={order}")
    assert Order.model_validate(read.model_dump(mode="json")) == read, "a change may carry it"


def test_products_are_read_by_order_and_their_items_by_identifier(psa: Psa, order: int) -> None:
    products = psa.records(PRODUCTS, is_in("salesOrder/id", [order]), OrderProduct)
    assert [(p.item, p.quantity, p.price, p.amount, p.how) for p in products] == [
        ("SW-24", Decimal("2.5"), Decimal("99.95"), Decimal("249.88"), "Billable"),
        ("SW-24", Decimal(3), Decimal("99.95"), Decimal("199.9"), "NoCharge"),
    ]
    assert [p.quantity_cancelled for p in products] == [Decimal(0), Decimal(1)]
    assert [p.order and p.order.id for p in products] == [order, order]
    (item,) = psa.records(CATALOG, is_in("identifier", ["SW-24", "none"]), CatalogItem)
    assert (item.identifier, item.type, item.description) == ("SW-24", "Hardware", "Switch")


def test_statuses_are_read_by_name(psa: Psa) -> None:
    rows = psa.records(ORDER_STATUSES, None, OrderStatus)
    assert [(row.name, row.closed, row.inactive) for row in rows] == [
        ("New", False, False),
        ("Ready to Order", False, False),
        ("Closed", True, False),
    ]


def upload(simulator: PsaSimulator, order: int, **fields: str) -> None:
    form = {"recordType": (None, "SalesOrder"), "recordId": (None, str(order))}
    files: dict[str, Any] = form | {name: (None, value) for name, value in fields.items()}
    if "url" not in fields:
        files["file"] = ("quote.pdf", b"%PDF")
    httpx.post(
        f"{simulator.url}/v4_6_release/apis/3.0/{DOCUMENTS}",
        files=files,
        auth=("demo+public", "private"),
        headers={"clientId": "x"},
    ).raise_for_status()


def test_documents_of_an_order_are_listed(simulator: PsaSimulator, psa: Psa, order: int) -> None:
    assert psa.documents("SalesOrder", order) == []
    upload(simulator, order, title="Signed quote")
    upload(simulator, order, title="Drawing", url="https://files.example/1")
    assert [(d.title, d.file_name, d.is_link) for d in psa.documents("SalesOrder", order)] == [
        ("Signed quote", "quote.pdf", False),
        ("Drawing", "https://files.example/1", True),
    ]


def test_more_documents_than_are_read_is_an_error(
    simulator: PsaSimulator, psa: Psa, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 1)
    upload(simulator, order, title="Signed quote")
    with pytest.raises(RetryLater, match="more documents"):
        psa.documents("SalesOrder", order)


def test_a_custom_field_of_an_order_is_written_and_nothing_else(simulator: PsaSimulator, psa: Psa, order: int) -> None:
    written = Step(
        "state", "connectwise_psa", "order", "update", str(order), {"custom_fields": {"EA Order": "CW1 OPEN"}}
    )
    applied = psa.apply(written)
    assert isinstance(applied.record, Order)
    assert applied.record.custom_field("EA Order") == "CW1 OPEN"
    assert simulator.record(ORDERS, order)["poNumber"] == "PO-7"
    with pytest.raises(ValueError, match="no fields"):
        psa.apply(Step("state", "connectwise_psa", "order", "update", str(order), {"status": "Closed"}))


def test_an_item_of_the_catalogue_is_made_and_changed(simulator: PsaSimulator, psa: Psa) -> None:
    simulator.define_custom_field(CATALOG, "Zomentum ID")
    (service,) = (row.id for row in psa.records(PRODUCT_TYPES, None, ProductType) if row.name == "Service")
    rows = psa.records(PRODUCT_SUBCATEGORIES, None, ProductSubcategory)
    (managed,) = (row.id for row in rows if (row.category, row.name) == ("Services", "Managed Services"))
    known = simulator.add(
        CATALOG, identifier="OLD", description="Old", subcategory={"name": "Workstations"}, type={"name": "Hardware"},
        customerDescription="Old",
    )["id"]  # fmt: skip
    fields = {
        "identifier": "BKP", "description": "Backup", "customer_description": "Backup of a computer", "type": service,
        "subcategory": managed, "price": Decimal("9.50"), "cost": Decimal(3), "taxable": True,
        "product_class": "Service", "manufacturer_part_number": "B-1", "custom_fields": {"Zomentum ID": "z1"},
    }  # fmt: skip
    made = psa.apply(Step("make", "connectwise_psa", "item", "create", fields=fields)).record
    assert isinstance(made, Product)
    assert (made.type, made.category, made.subcategory) == ("Service", "Services", "Managed Services")
    assert (made.price, made.cost, made.taxable, made.inactive) == (Decimal("9.5"), 3, True, False)
    assert (made.product_class, made.custom_field("zomentum id")) == ("Service", "z1")
    assert made.url.endswith(f"recid={made.id}") or str(made.id) in made.url
    psa.apply(Step("edit", "connectwise_psa", "item", "update", made.key, {"price": Decimal(10)}, before={"price": 9}))
    assert psa.products(is_in("identifier", ["BKP"])) == [psa.product(made.key)]
    assert simulator.record(CATALOG, made.id)["price"] == 10
    taken = Step("edit", "connectwise_psa", "item", "update", str(known), {"identifier": "BKP"})
    with pytest.raises(RecordRejected, match="already exists"):
        psa.apply(taken)


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (Order, "Order"),
        (OrderStatus, "OrderStatus"),
        (OrderProduct, "ProductItem"),
        (CatalogItem, "CatalogItem"),
        (Product, "CatalogItem"),
        (ProductType, "ProductType"),
        (ProductType, "Category"),
        (ProductSubcategory, "SubCategory"),
        (SalesTax, "TaxCode"),
        (Document, "DocumentInfo"),
    ],
)
def test_every_field_read_is_one_of_the_vendors(model: type[Record], schema: str) -> None:
    if not CONTRACT.is_file():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    properties = json.loads(CONTRACT.read_text())["components"]["schemas"][schema]["properties"]
    assert {name.split("/")[0] for name in model.wire_fields.split(",")} <= properties.keys()
