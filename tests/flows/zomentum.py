"""An MSP that sells in Zomentum and delivers in ConnectWise: where tests of the Zomentum flows begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.psa import PsaSimulator
from shared.sync.link import Link, Seen
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig

COMPANIES, CONTACTS = "company/companies", "company/contacts"
THEIR_COMPANIES, THEIR_CONTACTS = "client/companies", "client/users"
ID_FIELD = "Zomentum ID"
EMAIL, DIRECT = {"id": 1}, {"id": 2}


def prepare(psa: PsaSimulator) -> None:
    """As the guide asks of a tenant before the first sync. It has one company and one contact, both long gone."""
    psa.define_custom_field(COMPANIES, ID_FIELD)
    psa.define_custom_field(CONTACTS, ID_FIELD)
    psa.add(COMPANIES, identifier="OLD", name="Old", addressLine1="1 Main St", deletedFlag=True)
    psa.add(CONTACTS, firstName="Old", inactiveFlag=True)


def prepare_opportunities(psa: PsaSimulator) -> Seen:
    """The same for opportunities: it has one, of its old company; what the table has of that, which is left out."""
    psa.define_custom_field("sales/opportunities", ID_FIELD)
    company, contact = psa.records(COMPANIES)[0]["id"], psa.records(CONTACTS)[0]["id"]
    old = {"company": {"id": company}, "contact": {"id": contact}, "primarySalesRep": sales_rep(psa)}
    psa.add("sales/opportunities", name="Old", **old)
    return Seen(Ref("company-company", "cw", str(company)), "", "1", "skipped", "It is deleted.", "company Old")


def sales_rep(psa: PsaSimulator) -> Mapping[str, Any]:
    """The member whom opportunities have, as they name him."""
    return {"id": psa.records("system/members")[0]["id"]}


class Msp:
    """Both systems, empty, and short ways to fill them and to see what came of it."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.zomentum = rig, rig.psa, rig.zomentum
        prepare(self.psa)

    # ConnectWise

    def company(self, name: str, **fields: Any) -> str:
        """A company of ConnectWise's; its id."""
        identifier = "".join(name.split()) + str(len(self.psa.records(COMPANIES)))
        given = {"identifier": identifier, "addressLine1": "1 Main St", **fields}
        return str(self.psa.add(COMPANIES, name=name, **given)["id"])

    def contact(self, company: str | None, first: str, last: str = "", email: str = "", **fields: Any) -> str:
        """A contact of ConnectWise's; its id."""
        items = [{"type": EMAIL, "value": email}] if email else []
        items += [{"type": DIRECT, "value": fields.pop("phone")}] if "phone" in fields else []
        at = {"company": {"id": int(company)}} if company else {}
        made = self.psa.add(CONTACTS, firstName=first, lastName=last, communicationItems=items, **at, **fields)
        return str(made["id"])

    def edit(self, company: str, **fields: Any) -> None:
        self.psa.edit(COMPANIES, int(company), **fields)

    def row(self, company: str) -> Mapping[str, Any]:
        return next(row for row in self.psa.records(COMPANIES) if str(row["id"]) == company)

    def names(self) -> list[str]:
        return sorted(row["name"] for row in self.companies())

    def companies(self) -> list[dict[str, Any]]:
        """Those of today."""
        return [row for row in self.psa.records(COMPANIES) if not row.get("deletedFlag")]

    # Zomentum

    def there(self, name: str, **fields: Any) -> str:
        """A company of Zomentum's, in some town; its id."""
        return self.zomentum.add_company(name, **{"address": {"city": "Ocala"}, **fields})

    def edit_there(self, company: str, **fields: Any) -> None:
        self.zomentum.edit(THEIR_COMPANIES, company, **fields)

    def names_there(self) -> list[str]:
        return sorted(row["name"] for row in self.zomentum.records(THEIR_COMPANIES))

    # Both

    def map(self, company: str, other: str, flow: str = "zomentum_companies", kind: str = "company-company") -> None:
        """Links two records as their flow does."""
        self.rig.store.links.link(FlowKey("demo", flow), self.linked(company, other, kind))

    def linked(self, company: str, other: str, kind: str = "company-company") -> Link:
        """The link of two records as their flow makes it."""
        return Link(kind, company, other, rules="1", cw_name=f"company {company}", partner_name=f"company {other}")

    def pairs(self) -> list[tuple[str, str]]:
        """The linked ids, ConnectWise's first."""
        return sorted((link.cw_id, link.partner_id) for link in self.rig.links().values())

    def lost(self, ref: Ref) -> list[tuple[Any, Any]]:
        """The conflicts in the history of a record: what was given up, and what stands instead."""
        return [(entry.before, entry.after) for entry in self.rig.history(ref) if entry.conflict]
