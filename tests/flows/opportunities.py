"""An MSP that has companies, contacts and products on both sides: where tests of the opportunity flow begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig
from tests.flows.zomentum import Msp, prepare_opportunities, sales_rep

FLOW = "zomentum_opportunities"
KIND = "opportunity-opportunity"
OURS, THEIRS = "sales/opportunities", "opportunities"
SETTINGS: Mapping[str, Any] = {
    "sales_rep": "Admin1",
    "stages": {
        "Prospect": "1. Prospecting",
        "Proposal": "2. Proposal",
        "Won": "3. Closing",
    },
    "statuses": {"Won": "Won", "Lost": "Lost"},
    "default_stage": "1. Prospecting",
}


class Sellers(Msp):
    """Acme is on both sides with its contact Ada; two products are, too."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig)
        rig.store.links.remember(FlowKey("demo", "zomentum_companies"), prepare_opportunities(self.psa))
        self.acme, self.acme_there = self.company("Acme"), self.there("Acme")
        self.map(self.acme, self.acme_there)
        self.ada = self.contact(self.acme, "Ada", "Byron", "ada@acme.example")
        self.ada_there = self.zomentum.add_contact(self.acme_there, "Ada", "Byron", "ada@acme.example")
        self.map(self.ada, self.ada_there, "zomentum_contacts", "contact-contact")
        rig.settings(**SETTINGS)

    def set(self, **settings: Any) -> None:
        """Settings of the flow beside the usual ones."""
        self.rig.settings(**{**SETTINGS, **settings})

    # Both sides

    def product(self, code: str, price: float = 100, cost: float = 60, *, linked: bool = True, **fields: Any) -> str:
        """A product on both sides, linked; Zomentum's id."""
        there = self.zomentum.add_item(code, price, cost, product_id=code)
        if linked:
            self.link_product(code, there, price=price, cost=cost, **fields)
        return there

    def link_product(self, code: str, there: str, **fields: Any) -> None:
        row = self.psa.add(
            "procurement/catalog", identifier=code, description=code, customerDescription=code,
            subcategory={"id": 1}, type={"id": 1}, **fields,
        )  # fmt: skip
        self.map(str(row["id"]), there, "zomentum_products", "item-item")

    # ConnectWise

    def deal(self, name: str, **fields: Any) -> str:
        """An opportunity of ConnectWise's; its id."""
        given = {
            "company": {"id": int(self.acme)}, "contact": {"id": int(self.ada)}, "primarySalesRep": sales_rep(self.psa),
            "stage": {"id": 1}, "expectedCloseDate": "2026-12-01T00:00:00Z", **fields,
        }  # fmt: skip
        return str(self.psa.add(OURS, name=name, **given)["id"])

    def change(self, deal: str, **fields: Any) -> None:
        self.psa.edit(OURS, int(deal), **fields)

    def rows(self) -> list[dict[str, Any]]:
        """ConnectWise's opportunities, but for the old one."""
        return [row for row in self.psa.records(OURS) if row["name"] != "Old"]

    def ours(self) -> list[tuple[str, str, str]]:
        """Name, stage and status of each of them."""
        return sorted((row["name"], row.get("stage", {}).get("name", ""), row["status"]["name"]) for row in self.rows())

    def lines(self, deal: str | int) -> list[tuple[str, float, float]]:
        """Product, quantity and revenue of each line of its forecast, in their order."""
        rows = sorted(self.psa.records(f"{OURS}/{deal}/forecast"), key=lambda row: row["sequenceNumber"])
        named = [row.get("catalogItem", {}).get("identifier") or row["forecastDescription"] for row in rows]
        return [(name, row["quantity"], row["revenue"]) for name, row in zip(named, rows, strict=True)]

    def notes(self, deal: str | int) -> list[str]:
        return [row["text"] for row in self.psa.records(f"{OURS}/{deal}/notes")]

    def titles(self, deal: str | int) -> list[str]:
        """The titles of the documents that it has."""
        ids = self.psa.documents.of("opportunity", int(deal))
        return [row["title"] for row in self.psa.records("system/documents") if row["id"] in ids]

    # Zomentum

    def deal_there(self, name: str, **fields: Any) -> str:
        """An opportunity of Zomentum's; its id."""
        return self.zomentum.add_opportunity(self.acme_there, name, contacts=[self.ada_there], **fields)

    def change_there(self, deal: str, **fields: Any) -> None:
        self.zomentum.edit(THEIRS, deal, **fields)

    def theirs(self) -> list[tuple[str, str, str]]:
        """Name, stage and status of each of Zomentum's opportunities."""
        stages = {one["id"]: one["name"] for row in self.zomentum.records("pipelines") for one in row["stages"]}
        return sorted(
            (row["name"], stages[row["opportunity_pipeline_stage_id"]], row["status"])
            for row in self.zomentum.records(THEIRS)
        )


def cw(id_: str) -> Ref:
    return Ref(KIND, "cw", id_)
