"""What people make and edit in ConnectWise and in Zomentum, by the words that both systems have for it.

Each kind of record says where its mapped fields stand in either side's rows, so that a walk can compare the two without
asking what it tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any, ClassVar

from shared.partners.zomentum import COMPANY, CONTACT, PRODUCT
from shared.sync.link import Link
from shared.sync.needed import Needed
from shared.sync.record import FlowKey, Side
from tests.flows.opportunities import FLOW, KIND, SETTINGS
from tests.flows.zomentum import (
    COMPANIES,
    CONTACTS,
    DIRECT,
    EMAIL,
    THEIR_COMPANIES,
    THEIR_CONTACTS,
    Msp,
    sales_rep,
)
from tests.flows.zomentum_catalogue import CATALOG, add_item, add_product

OPPORTUNITIES, THEIR_OPPORTUNITIES, DOCUMENTS = "sales/opportunities", "opportunities", "documents"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a mapped field stands in ConnectWise's and in Zomentum's rows, and what people enter there.

    `values`: one of a `few`, so that both sides come to mean the same; of their `own`, which nobody else enters; an
    amount, a flag, a day; nothing where they leave it, or do it in a way of its own.
    """

    cw: str
    partner: str
    values: str = ""


class Records:
    """One kind of record, in both systems."""

    needed: ClassVar[Needed]
    noun: ClassVar[str]
    """What the adapters call it."""
    ours: ClassVar[str]
    theirs: ClassVar[str]
    gone: ClassVar[str] = ""
    """The flag by which ConnectWise has done with one."""
    places: ClassVar[Mapping[str, Place]]

    def __init__(self, msp: Msp) -> None:
        self.msp = msp
        self.count = itertools.count(1)

    @property
    def key(self) -> FlowKey:
        return FlowKey("demo", self.needed.flow)

    def links(self) -> list[Link]:
        return list(self.msp.rig.store.links.all_links(self.key))

    def rows(self, side: Side) -> dict[str, Row]:
        """The records of a side, by id."""
        if side == "partner":
            return {row["id"]: row for row in self.msp.zomentum.records(self.theirs)}
        return {str(row["id"]): row for row in self.msp.psa.records(self.ours) if self.is_there(row)}

    def is_there(self, row: Row) -> bool:
        """Whether it is one of today's."""
        return not row.get(self.gone)

    def said(self, side: Side, row: Row) -> dict[str, str]:
        """Its mapped fields as a side says them, as texts."""
        return {
            name: plain(at(row, place.cw if side == "cw" else place.partner)) for name, place in self.places.items()
        }

    def make(self, side: Side, chance: Random) -> None:
        """Makes one, if what it needs is there."""
        raise NotImplementedError

    def edit(self, side: Side, id_: str, row: Row, chance: Random) -> None:
        """Changes one field."""
        name = chance.choice([name for name, place in self.places.items() if place.values])
        self.write(side, id_, row, name, self.value(name, row, side, chance))

    def value(self, name: str, row: Row, side: Side, chance: Random) -> Any:
        place = self.places[name]
        match place.values:
            case "few":
                return chance.choice("1234")
            case "own":
                return f"{name} {next(self.count)}"
            case "amount":
                return chance.randrange(1, 100)
            case "flag":
                return not at(row, place.cw if side == "cw" else place.partner)
            case _:
                return f"2027-01-{chance.randrange(1, 29):02}"

    def write(self, side: Side, id_: str, row: Row, name: str, value: Any) -> None:
        place = self.places[name]
        if side == "cw":
            self.msp.psa.edit(self.ours, int(id_), **{place.cw: value})
        else:
            outer, _, inner = place.partner.partition(".")
            self.msp.zomentum.edit(self.theirs, id_, **{outer: {inner: value} if inner else value})


class Companies(Records):
    needed, noun, ours, theirs, gone = COMPANY, "company", COMPANIES, THEIR_COMPANIES, "deletedFlag"
    places: ClassVar[Mapping[str, Place]] = {
        "name": Place("name", "name", "own"),
        "phone": Place("phoneNumber", "phone", "few"),
        "website": Place("website", "website"),
        "address_line1": Place("addressLine1", "address.address_line_1", "few"),
        "address_line2": Place("addressLine2", "address.address_line_2"),
        "city": Place("city", "address.city", "few"),
        "state": Place("state", "address.state"),
        "zip": Place("zip", "address.zip_code", "own"),
        "country": Place("country.name", "address.country"),
    }

    def make(self, side: Side, chance: Random) -> None:
        name = f"{side}{next(self.count)}"
        _ = self.msp.company(name, city="1") if side == "cw" else self.msp.there(name, address={"city": "1"})


class Contacts(Records):
    needed, noun, ours, theirs, gone = CONTACT, "contact", CONTACTS, THEIR_CONTACTS, "inactiveFlag"
    places: ClassVar[Mapping[str, Place]] = {
        "first_name": Place("firstName", "name.first", "own"),
        "last_name": Place("lastName", "name.last", "few"),
        "title": Place("title", "title", "few"),
        "phone": Place("defaultPhoneNbr", "phone", "few"),
        "email": Place("email", "email", "own"),
        "company": Place("company.id", "client_company_id", "company"),
    }

    def __init__(self, msp: Msp) -> None:
        super().__init__(msp)
        self.companies = Companies(msp)

    def rows(self, side: Side) -> dict[str, Row]:
        return {
            id_: {**row, "email": next((one["value"] for one in items(row) if is_of(one, "Email")), "")}
            if side == "cw"
            else row
            for id_, row in super().rows(side).items()
        }

    def make(self, side: Side, chance: Random) -> None:
        companies = sorted(self.companies.rows(side))
        if not companies:
            return
        at, name = chance.choice(companies), f"{side}{next(self.count)}"
        if side == "cw":
            self.msp.contact(at, name, "Stone", f"{name}@acme.example")
        else:
            self.msp.zomentum.add_contact(at, name, "Stone", f"{name}@acme.example")

    def value(self, name: str, row: Row, side: Side, chance: Random) -> Any:
        if name == "company":
            return chance.choice(sorted(self.companies.rows(side)))
        value = super().value(name, row, side, chance)
        return f"{value.replace(' ', '')}@{side}.example" if name == "email" else value

    def write(self, side: Side, id_: str, row: Row, name: str, value: Any) -> None:
        if side == "cw" and name in ("email", "phone"):
            of, type_ = ("Email", EMAIL) if name == "email" else ("Phone", DIRECT)
            told = [*(one for one in items(row) if not is_of(one, of)), {"type": type_, "value": value}]
            self.msp.psa.edit(self.ours, int(id_), communicationItems=told)
        elif side == "cw" and name == "company":
            self.msp.psa.edit(self.ours, int(id_), company={"id": int(value)})
        else:
            super().write(side, id_, row, name, value)


class Products(Records):
    needed, noun, ours, theirs, gone = PRODUCT, "item", CATALOG, "items", "inactiveFlag"
    places: ClassVar[Mapping[str, Place]] = {
        "name": Place("identifier", "name", "own"),
        "description": Place("customerDescription", "description", "few"),
        "price": Place("price", "pricing.0.sell_price", "amount"),
        "cost": Place("cost", "pricing.0.cost_price", "amount"),
        "type": Place("type.name", "type"),
        "category": Place("subcategory.name", "subcategory", "shelf"),
        "manufacturer_part_number": Place("manufacturerPartNumber", "manufacturer_part_number", "own"),
        "taxable": Place("taxableFlag", "is_taxable", "flag"),
    }

    def said(self, side: Side, row: Row) -> dict[str, str]:
        """The category with the subcategory."""
        category = at(row, "category.name" if side == "cw" else "category")
        said = super().said(side, row)
        return {**said, "category": f"{category} / {said['category']}"}

    def make(self, side: Side, chance: Random) -> None:
        name = f"{side}{next(self.count)}"
        _ = add_item(self.msp.psa, name) if side == "cw" else add_product(self.msp.zomentum, name)

    def value(self, name: str, row: Row, side: Side, chance: Random) -> Any:
        if name == "category":
            value = chance.choice(("Workstations", "Printers"))
            return {"name": value} if side == "cw" else value
        return super().value(name, row, side, chance)

    def write(self, side: Side, id_: str, row: Row, name: str, value: Any) -> None:
        if side == "cw":
            self.msp.psa.edit(self.ours, int(id_), **{self.places[name].cw.partition(".")[0]: value})
        elif name in ("price", "cost"):
            told = {**row["pricing"][0], self.places[name].partner.rpartition(".")[2]: value}
            self.msp.zomentum.edit(self.theirs, id_, pricing=[told, *row["pricing"][1:]])
        else:
            super().write(side, id_, row, name, value)


class Opportunities(Records):
    """People of ConnectWise's leave the status alone, and the stage of what is closed: that is Zomentum's (ZM-04)."""

    needed, noun, ours, theirs = replace(COMPANY, flow=FLOW, kind=KIND), "opportunity", OPPORTUNITIES, "opportunities"
    places: ClassVar[Mapping[str, Place]] = {
        "name": Place("name", "name", "own"),
        "description": Place("notes", "description", "few"),
        "close_date": Place("expectedCloseDate", "close_date", "day"),
        "company": Place("company.id", "client_company_id"),
        "contact": Place("contact.id", "linked_client_user_ids.0", "contact"),
        "stage": Place("stage.name", "opportunity_pipeline_stage_id", "stage"),
        "status": Place("status.name", "status"),
    }

    def __init__(self, msp: Msp) -> None:
        super().__init__(msp)
        self.contacts, self.products = Contacts(msp), Products(msp)
        (sales,) = (row for row in msp.zomentum.records("pipelines") if row["is_default"])
        self.stages = {one["id"]: one["name"] for one in sales["stages"]}

    def is_there(self, row: Row) -> bool:
        return row["name"] != "Old"

    def said(self, side: Side, row: Row) -> dict[str, str]:
        """Stage and status by ConnectWise's names."""
        said = super().said(side, row)
        if side == "cw":
            return {**said, "close_date": said["close_date"][:10]}
        ended = {"won": "Won", "lost": "Lost"}.get(row["status"], "")
        stage = SETTINGS["stages"].get(ended) or SETTINGS["stages"].get(self.stages[said["stage"]])
        return {**said, "stage": stage or SETTINGS["default_stage"], "status": ended or "Open"}

    def make(self, side: Side, chance: Random) -> None:
        somebody = self._somebody(side, chance)
        if somebody is None:
            return
        (company, contact), name = somebody, f"{side}{next(self.count)}"
        if side == "cw":
            self.msp.psa.add(
                self.ours, name=name, company={"id": int(company)}, contact={"id": int(contact)},
                primarySalesRep=sales_rep(self.msp.psa), stage={"id": chance.choice((1, 2))},
                expectedCloseDate="2026-12-01T00:00:00Z",
            )  # fmt: skip
        else:
            stage = chance.choice(("Prospect", "Proposal", "Negotiation"))
            self.msp.zomentum.add_opportunity(
                company, name, contacts=[contact], stage=stage, close_date="2026-12-01", description=""
            )

    def _somebody(self, side: Side, chance: Random) -> tuple[str, str] | None:
        """A contact with its company."""
        there = self.contacts.rows(side)
        if not there:
            return None
        id_ = chance.choice(sorted(there))
        return self.contacts.said(side, there[id_])["company"], id_

    def edit(self, side: Side, id_: str, row: Row, chance: Random) -> None:
        if side == "partner" and chance.random() < 0.5:
            self._sell(id_, row, chance)
        else:
            super().edit(side, id_, row, chance)

    def value(self, name: str, row: Row, side: Side, chance: Random) -> Any:
        if name == "contact":
            return self._somebody(side, chance)
        if name == "stage":
            return {"id": chance.choice((1, 2))} if side == "cw" else chance.choice(list(self.stages)[:4])
        value = super().value(name, row, side, chance)
        return f"{value}T00:00:00Z" if name == "close_date" and side == "cw" else value

    def write(self, side: Side, id_: str, row: Row, name: str, value: Any) -> None:
        if name == "stage" and self.said(side, row)["status"] != "Open":
            return
        if name == "contact":
            company, contact = value
            told: Row = (
                {"company": {"id": int(company)}, "contact": {"id": int(contact)}}
                if side == "cw"
                else {"client_company_id": company, "linked_client_user_ids": [contact]}
            )
            if side == "cw":
                self.msp.psa.edit(self.ours, int(id_), **told)
            else:
                self.msp.zomentum.edit(self.theirs, id_, **told)
        elif name == "stage" and side == "cw":
            self.msp.psa.edit(self.ours, int(id_), stage=value)
        else:
            super().write(side, id_, row, name, value)

    # What is sold

    def _sell(self, id_: str, row: Row, chance: Random) -> None:
        """Wins it with a document, or a new revision of one; or loses it, or opens it again."""
        zomentum, documents = self.msp.zomentum, self.documents(id_)
        what = chance.choice(("win", "win", "revise", "revise", "another", "reopen", "lose"))
        if what == "revise" and row["status"] != "won":
            what = "win"
        if what == "another" or (what == "win" and not documents):
            documents.append(zomentum.add_document(id_, f"Quote {next(self.count)}", self._lines(chance)))
        if what == "revise" and documents:
            zomentum.revise(chance.choice(documents), self._lines(chance))
        elif what == "win":
            zomentum.win(id_)
        elif what == "lose":
            zomentum.lose(id_)
        elif what == "reopen" and row["status"] != "open":
            zomentum.reopen(id_)

    def _lines(self, chance: Random) -> list[dict[str, Any]]:
        there = sorted(self.products.rows("partner"))
        number = chance.randrange(4) if there else 0
        return [self.msp.zomentum.line(chance.choice(there), chance.randrange(1, 9)) for _ in range(number)]

    def documents(self, opportunity: str, *, won: bool = False) -> list[str]:
        """The documents of an opportunity of Zomentum's, or only those that it won."""
        return [
            row["id"]
            for row in self.msp.zomentum.store.lists[DOCUMENTS].values()
            if row["opportunity_id"] == opportunity and (not won or row["status"] == "won")
        ]

    def revisions(self, document: str) -> list[list[tuple[str, float, float]]]:
        """By revision, its lines: Zomentum's product, quantity, revenue."""
        row = self.msp.zomentum.store.lists[DOCUMENTS][document]
        every = [row["_lines"][one["id"]] for one in row["revisions"]]
        return [[(line["item_id"], line["quantity"], line["quantity"] * line["sell_price"]) for line in lines]
                for lines in every]  # fmt: skip

    def uploads(self, opportunity: str) -> Iterator[str]:
        """The titles of what is attached to an opportunity of ConnectWise's."""
        ids = self.msp.psa.documents.of("opportunity", int(opportunity))
        return (row["title"] for row in self.msp.psa.records("system/documents") if row["id"] in ids)


def at(row: Any, path: str) -> Any:
    """What stands in a row under a path with dots; None where nothing does."""
    for name in path.split("."):
        row = dict(enumerate(row)).get(int(name)) if isinstance(row, Sequence) else (row or {}).get(name)
    return row


def plain(value: Any) -> str:
    """A value as a text that is the same for either side."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value or "")


def items(row: Row) -> Sequence[Row]:
    found: Sequence[Row] = row.get("communicationItems", [])
    return found


def is_of(item: Row, type_: str) -> bool:
    return bool(item["communicationType"] == type_)
