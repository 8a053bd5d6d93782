"""Agreements, invoices, catalogue, products, opportunities with their forecast, and orders."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from tests.simulators.conftest import TurnableClock

ITEM = {
    "identifier": "LAP-1",
    "description": "Laptop",
    "customerDescription": "A laptop",
    "subcategory": {"name": "Workstations"},
    "type": {"name": "Hardware"},
    "price": 1200.0,
    "cost": 900.0,
    "taxableFlag": True,
}


def replace(path: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": path, "value": value}]


@pytest.fixture
def item(api: httpx.Client) -> dict[str, Any]:
    answer = api.post("/procurement/catalog", json=ITEM)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def contact(psa: PsaSimulator) -> dict[str, Any]:
    return psa.add("company/contacts", firstName="Jo", lastName="Doe", company={"id": 250})


@pytest.fixture
def agreement(api: httpx.Client, contact: dict[str, Any]) -> dict[str, Any]:
    body = {
        "name": "Gold",
        "type": {"name": "Managed Services Gold"},
        "company": {"id": 250},
        "contact": {"id": contact["id"]},
        "endDate": "2026-12-31T00:00:00Z",
    }
    made: dict[str, Any] = api.post("/finance/agreements", json=body).json()
    return made


@pytest.fixture
def opportunity(api: httpx.Client, contact: dict[str, Any]) -> dict[str, Any]:
    body = {
        "name": "Ten laptops",
        "company": {"id": 250},
        "contact": {"id": contact["id"]},
        "primarySalesRep": {"identifier": "Admin1"},
        "expectedCloseDate": "2026-12-01T00:00:00Z",
        "stage": {"name": "2. Proposal"},
    }
    answer = api.post("/sales/opportunities", json=body)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def test_an_agreement_ends(api: httpx.Client, agreement: dict[str, Any], clock: TurnableClock) -> None:
    path = f"/finance/agreements/{agreement['id']}"
    assert agreement["agreementStatus"] == "Active"
    assert agreement["billToCompany"]["id"] == 250
    clock.turn(days=90)
    assert api.patch(path, json=replace("name", "Gold 2026")).json()["agreementStatus"] == "Expired"
    assert api.patch(path, json=replace("cancelledFlag", True)).json()["agreementStatus"] == "Cancelled"


def test_an_addition_takes_price_and_adds_up(
    api: httpx.Client, agreement: dict[str, Any], item: dict[str, Any]
) -> None:
    path = f"/finance/agreements/{agreement['id']}/additions"
    body = {"product": {"id": item["id"]}, "billCustomer": "Billable", "quantity": 5, "lessIncluded": 2}
    made = api.post(path, json=body).json()
    assert (made["agreementId"], made["unitPrice"], made["billedQuantity"], made["extPrice"]) == (
        agreement["id"],
        1200.0,
        3,
        3600.0,
    )
    assert api.patch(f"{path}/{made['id']}", json=replace("quantity", 4)).json()["extPrice"] == 2400.0


def test_an_agreement_invoice_shows_its_agreement_and_its_balance(
    psa: PsaSimulator, api: httpx.Client, agreement: dict[str, Any]
) -> None:
    body = {
        "type": "Agreement",
        "company": {"id": 250},
        "applyToType": "Agreement",
        "applyToId": agreement["id"],
        "agreementAmount": 500.0,
        "salesTax": 37.5,
    }
    invoice = psa.add("finance/invoices", **body)
    assert (invoice["agreement"]["id"], invoice["total"], invoice["balance"]) == (agreement["id"], 537.5, 537.5)
    assert invoice["invoiceNumber"].isdigit()
    assert invoice["status"]["name"] == "New"
    path = f"/finance/invoices/{invoice['id']}"
    assert api.post(f"{path}/payments", json={"amount": 100.5}).status_code == 201
    paid = api.get(path).json()
    assert (paid["payments"], paid["balance"]) == (100.5, 437.0)
    found = api.get("/finance/invoices", params={"conditions": f"agreement/id={agreement['id']} and status/id=1"})
    assert [row["id"] for row in found.json()] == [invoice["id"]]
    taken = {"type": "Miscellaneous", "company": {"id": 250}, "invoiceNumber": invoice["invoiceNumber"]}
    assert api.post("/finance/invoices", json=taken).json()["errors"][0]["code"] == "ObjectExists"
    nowhere = {"type": "Agreement", "company": {"id": 250}, "applyToType": "Agreement", "applyToId": 9}
    assert api.post("/finance/invoices", json=nowhere).status_code == 400


def test_a_second_catalogue_item_of_one_identifier_becomes_a_copy(api: httpx.Client, item: dict[str, Any]) -> None:
    assert item["category"]["name"] == "Computers"
    names = [api.post("/procurement/catalog", json=ITEM).json()["identifier"] for _ in range(2)]
    assert names == ["LAP-1-Copy0", "LAP-1-Copy1"]


def test_an_opportunity_is_won_and_reopened(
    api: httpx.Client, opportunity: dict[str, Any], clock: TurnableClock
) -> None:
    path = f"/sales/opportunities/{opportunity['id']}"
    assert (opportunity["status"]["name"], opportunity["probability"]["name"]) == ("Open", "50")
    clock.turn(days=1)
    won = api.patch(path, json=replace("status", {"name": "Won"})).json()
    assert (won["closedDate"], won["closedBy"]["identifier"]) == ("2026-11-03T09:00:00Z", "Integration")
    assert "closedDate" not in api.patch(path, json=replace("status", {"name": "Open"})).json()


def test_what_is_required_on_updates_only(api: httpx.Client, contact: dict[str, Any]) -> None:
    body = {
        "name": "No date",
        "company": {"id": 250},
        "contact": {"id": contact["id"]},
        "primarySalesRep": {"id": 140},
    }
    made = api.post("/sales/opportunities", json=body)
    assert made.status_code == 201
    refused = api.patch(f"/sales/opportunities/{made.json()['id']}", json=replace("name", "x"))
    assert [error["field"] for error in refused.json()["errors"]] == ["expectedCloseDate"]


def test_the_forecast_holds_lines_and_sums(
    api: httpx.Client, opportunity: dict[str, Any], item: dict[str, Any]
) -> None:
    path = f"/sales/opportunities/{opportunity['id']}/forecast"
    lines = [
        {"forecastType": "Product", "catalogItem": {"id": item["id"]}, "quantity": 10},
        {"forecastType": "Service", "forecastDescription": "Set-up", "revenue": 500.0, "cost": 200.0},
    ]
    whole = api.post(path, json={"forecastItems": lines})
    assert whole.status_code == 201
    forecast = api.get(path).json()[0]
    assert forecast == whole.json()
    first, second = forecast["forecastItems"]
    assert (first["revenue"], first["cost"], first["status"]["name"]) == (12000.0, 9000.0, "Open")
    assert forecast["productRevenue"] == {"revenue": 12000.0, "cost": 9000.0, "margin": 3000.0, "percentage": 25.0}
    assert forecast["forecastRevenueTotals"]["revenue"] == forecast["openRevenue"]["revenue"] == 12500.0
    one = api.patch(f"{path}/{second['id']}", json=replace("revenue", 700.0)).json()
    assert (one["revenue"], one["margin"]) == (700.0, 500.0)
    assert api.get(f"{path}/{second['id']}").json()["revenue"] == 700.0
    assert api.delete(f"{path}/{second['id']}").status_code == 204
    added = api.post(f"{path}/{forecast['id']}", json={"forecastType": "Other1", "revenue": 1.0})
    assert added.status_code == 201
    kept = api.put(f"{path}/", json={"forecastItems": [first]}).json()["forecastItems"]
    assert [line["id"] for line in kept] == [first["id"]]
    patched = api.patch(f"{path}/", json=replace("forecastItems/0/quantity", 5)).json()
    assert patched["forecastItems"][0]["quantity"] == 5
    assert api.delete(f"{path}/").status_code == 204
    assert api.get(path).json()[0]["forecastItems"] == []
    assert api.get(f"{path}/count").json() == {"count": 1}
    assert api.post(path, json={"forecastItems": [{"revenue": 5.0}]}).status_code == 400


def test_a_product_sold_on_an_opportunity_is_a_line_of_its_forecast(
    api: httpx.Client, opportunity: dict[str, Any], item: dict[str, Any]
) -> None:
    body = {
        "catalogItem": {"id": item["id"]},
        "quantity": 2,
        "billableOption": "Billable",
        "opportunity": {"id": opportunity["id"]},
    }
    product = api.post("/procurement/products", json=body).json()
    assert (product["price"], product["extPrice"], product["company"]["id"]) == (1200.0, 2400.0, 250)
    line = api.get(f"/sales/opportunities/{opportunity['id']}/forecast").json()[0]["forecastItems"][0]
    assert (line["id"], line["revenue"], line["linkFlag"]) == (product["forecastDetailId"], 2400.0, True)
    path = f"/procurement/products/{product['id']}/components"
    made = api.post(path, json={"catalogItem": {"id": item["id"]}, "quantity": 1})
    assert made.status_code == 200
    assert made.json()[0]["parentProductItem"]["id"] == product["id"]


def test_an_order_adds_up_its_products(api: httpx.Client, item: dict[str, Any]) -> None:
    body = {"company": {"id": 250}, "status": {"name": "New"}, "salesRep": {"identifier": "Admin1"}}
    answer = api.post("/sales/orders", json=body)
    assert answer.status_code == 200
    order = answer.json()
    assert order["site"]["name"] == "Main"
    sold = {"catalogItem": {"id": item["id"]}, "billableOption": "Billable", "salesOrder": {"id": order["id"]}}
    product = api.post("/procurement/products", json={**sold, "quantity": 3}).json()
    shown = api.get(f"/sales/orders/{order['id']}").json()
    assert (shown["productIds"], shown["total"]) == ([product["id"]], 3600.0)
    api.delete(f"/procurement/products/{product['id']}")
    assert api.get(f"/sales/orders/{order['id']}").json()["total"] == 0
