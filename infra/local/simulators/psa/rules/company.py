"""What the PSA does with companies and what hangs on them: the primary site, its address on the company, types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.local.simulators.psa.errors import Refusal, Violation
from infra.local.simulators.psa.rules.base import Draft, Rule
from infra.local.simulators.psa.store import Row

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

MAIN_SITE: Mapping[str, bool] = {
    "primaryAddressFlag": True,
    "defaultShippingFlag": True,
    "defaultBillingFlag": True,
    "defaultMailingFlag": True,
    "inactiveFlag": False,
    "billSeparateFlag": False,
}
"""What holds of the site that is made with a company."""

ADDRESS = ("addressLine1", "addressLine2", "city", "zip", "country")


class Company(Rule):
    """A company's address is that of its primary site, which is made with it."""

    made_after_create = frozenset({"site"})

    def check(self, draft: Draft) -> list[Violation]:
        entity = draft.records.table["company"]
        if not draft.records.settings.address_required or any(draft.row.get(name) for name in entity.one_of):
            return []
        text = f"At least one address field is required: {', '.join(entity.one_of)}."
        return [Violation("MissingRequiredField", text, "addressLine1")]

    def after(self, records: Records, change: Change) -> None:
        if change.new is None:
            return
        if change.old is None:
            self._created(records, change)
        elif any(change.old.get(name) != change.new.get(name) for name in (*ADDRESS, "state")):
            site = records.store.rows("companySite").get((change.new.get("site") or {}).get("id", 0))
            if site is not None:
                moved = {**site, **_site_address(records, change.new)}
                moved = {key: value for key, value in moved.items() if value is not None}
                records.write(records.table["companySite"], site["id"], moved, change.by)

    def _created(self, records: Records, change: Change) -> None:
        row, sites = dict(change.row), records.table["companySite"]
        types = row.get("types", [])
        name = (change.body.get("site") or {}).get("name") or "Main"
        site = {
            "name": name,
            **_site_address(records, row),
            "phoneNumber": row.get("phoneNumber"),
            "faxNumber": row.get("faxNumber"),
            **MAIN_SITE,
            "company": records.store.reference("company", row["id"]),
        }
        site = {key: value for key, value in site.items() if value is not None}
        made = records.write(sites, records.store.next_id(sites), site, change.by, parent=row["id"], quiet=True)
        row["site"] = records.store.reference("companySite", made["id"])
        records.store.put(records.table["company"], row["id"], row)
        for kind in types:
            association = {"type": kind, "company": records.store.reference("company", row["id"])}
            entity = records.table["companyTypeAssociation"]
            records.write(entity, records.store.next_id(entity), association, change.by, parent=row["id"], quiet=True)


class CompanySite(Rule):
    """One site of a company is its primary one."""

    def check(self, draft: Draft) -> list[Violation]:
        was_primary = draft.old is not None and draft.old.get("primaryAddressFlag")
        if was_primary and not draft.row.get("primaryAddressFlag"):
            text = "Make another site the primary one instead."
            return [Violation("InvalidField", text, "primaryAddressFlag")]
        return []

    def after(self, records: Records, change: Change) -> None:
        row = change.new
        if row is None or not row.get("primaryAddressFlag"):
            return
        rows, entity = records.store.rows("companySite"), records.table["companySite"]
        company_id = rows.parent(row["id"])
        if company_id is None:
            return
        for other in rows.children(company_id):
            if other != row["id"] and rows[other].get("primaryAddressFlag"):
                records.write(entity, other, {**rows[other], "primaryAddressFlag": False}, change.by)
        company = records.store.rows("company").get(company_id)
        if company is not None:
            shown = {name: row.get(name) for name in ADDRESS}
            shown["state"] = (row.get("stateReference") or {}).get("identifier")
            shown["site"] = records.store.reference("companySite", row["id"])
            if any(company.get(name) != value for name, value in shown.items()):
                merged = {key: value for key, value in {**company, **shown}.items() if value is not None}
                records.write(records.table["company"], company_id, merged, change.by)

    def before_delete(self, records: Records, row: Row) -> None:
        del records
        if row.get("primaryAddressFlag"):
            message = f"CompanySite {row['id']} is the primary site and cannot be deleted."
            raise Refusal(409, {"code": "RecordInUse", "message": message})


class TypeAssociation(Rule):
    """Types of a company are kept as associations; the company shows them."""

    def after(self, records: Records, change: Change) -> None:
        company_id = change.parent
        company = records.store.rows("company").get(company_id or 0)
        if company is None:
            return
        rows = records.store.rows("companyTypeAssociation")
        types = [rows[record]["type"] for record in rows.children(company["id"])]
        records.write(records.table["company"], company["id"], {**company, "types": types}, change.by)


def _site_address(records: Records, company: Row) -> dict[str, Any]:
    address = {name: company.get(name) for name in ADDRESS}
    state = records.store.by_name("state", {"identifier": company.get("state") or ""}, None)
    address["stateReference"] = None if state is None else records.store.reference("state", state)
    return address


RULES: Mapping[str, Rule] = {
    "company": Company(),
    "companySite": CompanySite(),
    "companyTypeAssociation": TypeAssociation(),
}
