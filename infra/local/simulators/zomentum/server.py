"""The Zomentum tenant: who may call, what is there, and short ways for tests and demos to change it as people do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from infra.local.simulators.partner import PAGE, PartnerSimulator
from infra.local.simulators.refusals import forbidden, no_such_address, unauthorized
from infra.local.simulators.server import Fault, Request, Response, json_response, utc_now
from infra.local.simulators.tokens import Tokens
from infra.local.simulators.zomentum import seed as seeding
from infra.local.simulators.zomentum.api import SYNC_DATA, Api
from infra.local.simulators.zomentum.entities import (
    COMPANIES,
    CONTACTS,
    DOCUMENTS,
    ENTITIES,
    FIELDS,
    ITEMS,
    OPPORTUNITIES,
    PIPELINES,
)
from infra.local.simulators.zomentum.query import in_order
from infra.local.simulators.zomentum.settings import Settings
from infra.local.simulators.zomentum.store import Row, Store
from infra.local.simulators.zomentum.webhooks import Webhooks

ROOT = "/v2/"
_ID = re.compile(r"[0-9a-f]{24}")


class ZomentumSimulator(PartnerSimulator):
    """One tenant of Zomentum's, of refresh token `demo`, with pipelines, taxes and custom fields set up.

    `companies` and `opportunities` say how many are invented. Records are as the API shows them, by the path of their
    list (`client/companies`). Requests are counted, and faults ordered, by names like `GET client/companies/{id}`.
    More kinds of faults: "html" answers 200 with a page in place of the answer; "drift" deletes the record that comes
    first in a list just before it is answered, "touch" changes the one that comes last, so that it comes first.
    """

    name: ClassVar[str] = "zomentum"
    fault_kinds: ClassVar[frozenset[str]] = PartnerSimulator.fault_kinds | {"html", "drift", "touch"}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        companies: int = 0,
        opportunities: int = 0,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.settings = settings or Settings()
        self.store = Store(self._now, self.random, lambda: self.settings.missing)
        self.tokens = Tokens(self.settings, self._now, self.random)
        self.api = Api(self.store, self.settings, self.random)
        self.webhooks = Webhooks()
        self.store.listeners.append(self.webhooks.note)
        seeding.set_up(self)
        seeding.settle(self, companies, opportunities, self.random)

    # What is there

    def records(self, path: str) -> list[Row]:
        """The records of a list, in the order in which they were made, with all that is ever shown of them."""
        entity = ENTITIES[path]
        everything = ",".join(entity.shown_with.values())
        with self.lock:
            return [self.api.shown(entity, row, everything) for row in self.store.lists[path].values()]

    def record(self, path: str, record_id: str) -> Row:
        """One record. Raises Refusal where there is none."""
        entity = ENTITIES[path]
        with self.lock:
            return self.api.shown(entity, self.store.row(path, record_id), ",".join(entity.shown_with.values()))

    def find(self, path: str, name: str) -> Row:
        """The record of this name (that of a contact: both its names); KeyError where there is none."""
        for row in self.records(path):
            told = row.get("name")
            if (" ".join(told.values()) if isinstance(told, dict) else told) == name:
                return row
        raise KeyError(name)

    def custom(self, path: str, record_id: str, field: str = seeding.SYNC_FIELD) -> str:
        """The value of a custom field of a record, by the field's name; empty where it has none."""
        field_id = self.field_id(path, field)
        entries = self.record(path, record_id)["custom_fields"]
        return next((entry["values"][0] for entry in entries if entry["id"] == field_id), "")

    def field_id(self, path: str, field: str = seeding.SYNC_FIELD) -> str:
        """The id of a custom field by its name; KeyError where it is not defined."""
        for row in self.records(FIELDS):
            if (row["entity_type"], row["name"]) == (ENTITIES[path].name, field):
                return str(row["id"])
        raise KeyError(field)

    def stage(self, name: str, pipeline: str = "Sales") -> str:
        """The id of a stage by its name."""
        return next(str(one["id"]) for one in self.find(PIPELINES, pipeline)["stages"] if one["name"] == name)

    # What people do

    def add(self, path: str, **fields: Any) -> str:
        """A record as somebody enters it, by the API's names; returns its id. Raises Refusal."""
        with self.lock:
            if not ENTITIES[path].writable:
                return self.store.add(path, fields)
            return self.api.create(ENTITIES[path], fields)

    def edit(self, path: str, record_id: str, **fields: Any) -> None:
        """Changes fields of a record; of an object (a name, an address) only what is given. Raises Refusal."""
        with self.lock:
            row = self.store.row(path, record_id)
            merged = {
                name: {**row[name], **value} if isinstance(value, dict) and isinstance(row.get(name), dict) else value
                for name, value in fields.items()
            }
            if ENTITIES[path].writable:
                self.api.update(ENTITIES[path], record_id, merged)
            else:
                self.store.edit(path, record_id, merged)

    def delete(self, path: str, record_id: str) -> None:
        """Deletes a record in the web application; what names it is left as it is. Raises Refusal."""
        with self.lock:
            self.store.remove(path, record_id)

    def add_company(self, name: str, **fields: Any) -> str:
        """A client company; returns its id."""
        return self.add(COMPANIES, name=name, **fields)

    def add_contact(self, company: str, first: str, last: str, email: str = "", **fields: Any) -> str:
        """A contact of a client company; returns its id."""
        given = {"contact_type": "Primary", "email": email, **fields}
        return self.add(CONTACTS, client_company_id=company, name={"first": first, "last": last}, **given)

    def add_item(self, name: str, price: float = 0, cost: float = 0, **fields: Any) -> str:
        """A product with one pricing; returns its id."""
        pricing = {"name": "Standard", "billing_period": "one_time", "sell_price": price, "setup_price": 0,
                   "cost_price": cost}  # fmt: skip
        given = {"type": "product", "description": name, "pricing": [pricing], **fields}
        return self.add(ITEMS, name=name, **given)

    def add_opportunity(
        self,
        company: str,
        name: str,
        *,
        stage: str = "Prospect",
        pipeline: str = "Sales",
        contacts: Sequence[str] | None = None,
        **fields: Any,
    ) -> str:
        """An opportunity of a client company and its first contact (one is made where it has none); returns its id."""
        with self.lock:
            people = self.store.lists[CONTACTS].values()
            first = [row["id"] for row in people if row["client_company_id"] == company][:1]
            linked = list(contacts or first) or [self.add_contact(company, "Pat", "Contact")]
            return self.add(
                OPPORTUNITIES,
                name=name,
                client_company_id=company,
                linked_client_user_ids=linked,
                opportunity_pipeline_id=self.find(PIPELINES, pipeline)["id"],
                opportunity_pipeline_stage_id=self.stage(stage, pipeline),
                **fields,
            )

    def line(self, item: str, quantity: float = 1, bundle: str = "", **fields: Any) -> dict[str, Any]:
        """A line item for an item of the catalogue, priced as it is; `bundle` is the item it is a part of."""
        row = self.record(ITEMS, item)
        pricing = row["pricing"][0]
        return {
            "item_id": item, "name": row["name"], "description": row["description"], "product_id": row["product_id"],
            "manufacturer_part_number": row["manufacturer_part_number"], "quantity": quantity,
            "billing_period": pricing["billing_period"], "sell_price": pricing["sell_price"],
            "cost_price": pricing.get("cost_price", 0), "bundle_item_id": bundle, **fields,
        }  # fmt: skip

    def add_document(self, opportunity: str, name: str, lines: Iterable[Mapping[str, Any]] = ()) -> str:
        """A document with its first revision; returns its id."""
        with self.lock:
            row = self.store.row(OPPORTUNITIES, opportunity)
            document = self.store.add(
                DOCUMENTS,
                {"name": name, "status": "draft", "opportunity_id": opportunity, "revisions": [], "custom_fields": [],
                 "client_company_id": row["client_company_id"], "_lines": {}},
            )  # fmt: skip
            self.revise(document, lines)
            return document

    def revise(self, document: str, lines: Iterable[Mapping[str, Any]]) -> str:
        """A new revision of a document, which counts from now on; returns its id."""
        with self.lock:
            row = self.store.row(DOCUMENTS, document)
            revision = {"id": self.new_id(), "revision_number": len(row["revisions"]) + 1, "status": row["status"]}
            self.store.edit(
                DOCUMENTS,
                document,
                {"revisions": [*row["revisions"], revision],
                 "_lines": {**row["_lines"], revision["id"]: [dict(line) for line in lines]}},
            )  # fmt: skip
            return str(revision["id"])

    def win(self, opportunity: str, stage: str = "Won") -> None:
        """Wins an opportunity with all its documents, as the client's signature does."""
        self._close(opportunity, "won", stage)

    def lose(self, opportunity: str, stage: str = "Lost") -> None:
        """Loses an opportunity with all its documents."""
        self._close(opportunity, "lost", stage)

    def reopen(self, opportunity: str, stage: str = "Negotiation") -> None:
        """Opens a won or lost opportunity again; its documents are drafts again."""
        self._close(opportunity, "open", stage)

    def set_psa_id(self, path: str, record_id: str, psa_id: str) -> None:
        """What Zomentum's own ConnectWise integration notes on a record."""
        with self.lock:
            self.store.edit(path, record_id, {SYNC_DATA: [{"psa": "connectwise", "psa_id": psa_id}]})

    def new_id(self) -> str:
        """An id never given before."""
        return f"{self.random.getrandbits(96):024x}"

    def _close(self, opportunity: str, status: str, stage: str) -> None:
        with self.lock:
            row = self.store.row(OPPORTUNITIES, opportunity)
            stages = self.store.row(PIPELINES, row["opportunity_pipeline_id"])["stages"]
            at = next((one["id"] for one in stages if one["name"] == stage), row["opportunity_pipeline_stage_id"])
            for document in list(self.store.lists[DOCUMENTS].values()):
                if document["opportunity_id"] == opportunity:
                    self.store.edit(DOCUMENTS, document["id"], {"status": "draft" if status == "open" else status})
            self.store.edit(OPPORTUNITIES, opportunity, {"status": status, "opportunity_pipeline_stage_id": at})

    # For the server

    def operation(self, request: Request) -> str:
        """The path below the API's root, ids as `{id}`: "GET client/companies/{id}"."""
        if not request.path.startswith(ROOT):
            return super().operation(request)
        words = ["{id}" if _ID.fullmatch(word) else word for word in request.path[len(ROOT) :].strip("/").split("/")]
        return f"{request.method} {'/'.join(words)}"

    def fault(self, fault: Fault, request: Request) -> Response:
        if fault.kind == "html":
            return PAGE
        path = request.path.removeprefix(ROOT).strip("/")
        rows = in_order(list(self.store.lists.get(path, {}).values()), self.settings, self.random)
        if rows and fault.kind == "drift":
            self.store.remove(path, rows[0]["id"])
        elif rows:
            self.store.edit(path, rows[-1]["id"], {})
        return self.handle(request)

    def _now(self) -> datetime:
        return self.clock()

    def answer(self, request: Request) -> Response:
        if not request.path.startswith(ROOT):
            raise no_such_address(request.path)
        path = request.path[len(ROOT) :]
        if (request.method, path) == ("GET", "auth0/access_token"):
            return json_response(self.tokens.refresh(request.query.get("refresh_token", "")))
        if not self.tokens.holds(request.headers.get("authorization", "")):
            raise unauthorized()
        if self.operation(request) in self.settings.may_not:
            raise forbidden()
        return self.api.handle(request, path)
