"""What the PSA does with opportunities and their forecast, sales orders, products and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records


class Opportunity(Rule):
    """A closed opportunity tells when and by whom."""

    def complete(self, draft: Draft) -> None:
        company = draft.referred("company", "company")
        if company is not None and "site" not in draft.body:
            draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
        draft.fill(dateBecameLead=draft.records.now())

    def derive(self, draft: Draft) -> None:
        row = draft.row
        status = draft.referred("status", "opportunityStatus") or {}
        if not status.get("closedFlag"):
            row.pop("closedDate", None)
            row.pop("closedBy", None)
        elif "closedDate" not in row:
            members = draft.records.store.rows("member").find(("identifier",), [draft.by])
            row["closedDate"] = draft.records.now()
            draft.refer("closedBy", "member", min(members, default=None))
        stage = draft.referred("stage", "opportunityStage")
        if stage is not None and stage.get("probability"):
            row.setdefault("probability", stage["probability"])


class ForecastItem(Rule):
    """A line of the forecast is of the opportunity's status unless it says otherwise."""

    def complete(self, draft: Draft) -> None:
        opportunity = draft.referred("opportunity", "opportunity") or {}
        draft.refer("status", "opportunityStatus", (opportunity.get("status") or {}).get("id"))
        product = draft.referred("catalogItem", "catalogItem") or {}
        draft.fill(
            forecastDescription=product.get("description"),
            productDescription=product.get("description"),
            productClass=product.get("productClass"),
            revenue=round(product.get("price", 0) * draft.row.get("quantity", 1), 2),
            cost=round(product.get("cost", 0) * draft.row.get("quantity", 1), 2),
            percentage=100,
            sequenceNumber=len(draft.records.store.rows("forecastItem").children(draft.parent or 0)) + 1,
        )

    def derive(self, draft: Draft) -> None:
        draft.row["margin"] = round(draft.row.get("revenue", 0) - draft.row.get("cost", 0), 2)


class CatalogItem(Rule):
    """A second item of one identifier gets an appendix; that an item is refused another's later is assumed."""

    def complete(self, draft: Draft) -> None:
        rows, identifier = draft.records.store.rows("catalogItem"), draft.row.get("identifier")
        number = 0
        while identifier and rows.find(("identifier",), [draft.row["identifier"]]):
            draft.row["identifier"] = f"{identifier}-Copy{number}"
            number += 1

    def derive(self, draft: Draft) -> None:
        sub_category = draft.referred("subcategory", "subCategory")
        if sub_category is not None and sub_category.get("category"):
            draft.row["category"] = sub_category["category"]

    def check(self, draft: Draft) -> list[Violation]:
        if draft.old is None:
            return []
        same = draft.records.store.rows("catalogItem").find(("identifier",), [draft.row.get("identifier")])
        if same <= {draft.old["id"]}:
            return []
        return [Violation("ObjectExists", "A matching catalogItem already exists", "identifier")]


class ProductItem(Rule):
    """A product takes description and price from the catalogue, and its company from what it is sold with.

    In an opportunity's forecast it has a line, which follows it, and goes with it.
    """

    def complete(self, draft: Draft) -> None:
        product = draft.referred("catalogItem", "catalogItem") or {}
        draft.fill(
            description=product.get("description"),
            customerDescription=product.get("customerDescription"),
            price=product.get("price", 0),
            cost=product.get("cost", 0),
            productClass=product.get("productClass"),
            taxableFlag=product.get("taxableFlag"),
        )
        draft.refer("unitOfMeasure", "unitOfMeasure", (product.get("unitOfMeasure") or {}).get("id"))
        for name, resource in (
            ("ticket", "ticket"),
            ("project", "project"),
            ("salesOrder", "order"),
            ("opportunity", "opportunity"),
            ("invoice", "invoice"),
        ):
            sold_with = draft.referred(name, resource)
            if sold_with is not None and sold_with.get("company"):
                draft.row.setdefault("company", sold_with["company"])

    def derive(self, draft: Draft) -> None:
        row = draft.row
        quantity = row.get("quantity", 1) - row.get("quantityCancelled", 0)
        row["extPrice"] = round(quantity * row.get("price", 0), 2)
        row["extCost"] = round(quantity * row.get("cost", 0), 2)
        row["margin"] = round(row["extPrice"] - row["extCost"], 2)

    def after(self, records: Records, change: Change) -> None:
        for row in (change.old, change.new):
            if row is not None and "salesOrder" in row:
                add_up(records, row["salesOrder"]["id"])
        row = change.new
        line_id = (change.old or {}).get("forecastDetailId", 0)
        if line_id in records.store.rows("forecastItem"):
            if row is None:
                records.delete(records.table["forecastItem"], line_id, change.by)
            else:
                now = {"quantity": row["quantity"], "revenue": row["extPrice"], "cost": row["extCost"]}
                records.amend("forecastItem", line_id, now)
            return
        if change.old is not None or row is None or "opportunity" not in row or row.get("bypassForecastUpdate"):
            return
        line = {
            "catalogItem": row["catalogItem"],
            "forecastDescription": row.get("description", "")[:50],
            "forecastType": "Agreement" if row.get("productClass") == "Agreement" else "Product",
            "quantity": row["quantity"],
            "revenue": row["extPrice"],
            "cost": row["extCost"],
            "linkFlag": True,
        }
        made = records.create(
            records.table["forecastItem"], line, change.by, parent=row["opportunity"]["id"], trusted=True
        )
        records.amend("productItem", change.record, {"forecastDetailId": made["id"]})


class Order(Rule):
    """An order adds up its products."""

    def complete(self, draft: Draft) -> None:
        company = draft.referred("company", "company")
        if company is not None and "site" not in draft.body:
            draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
        draft.fill(orderDate=draft.records.now()[:10] + "T00:00:00Z", productIds=[], total=0, subTotal=0, taxTotal=0)


def add_up(records: Records, order: int) -> None:
    """Bring an order's products and sums in line."""
    rows = records.store.rows("productItem")
    if order not in records.store.rows("order"):
        return
    products = sorted(rows.find(("salesOrder", "id"), [order]))
    total = round(sum(rows[each]["extPrice"] for each in products), 2)
    records.amend("order", order, {"productIds": products, "subTotal": total, "total": total})


RULES: Mapping[str, Rule] = {
    "opportunity": Opportunity(),
    "forecastItem": ForecastItem(),
    "catalogItem": CatalogItem(),
    "productItem": ProductItem(),
    "order": Order(),
}
