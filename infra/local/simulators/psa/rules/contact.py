"""What the PSA does with contacts and the ways to reach them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule
from infra.local.simulators.psa.store import Row

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

KINDS = {"emailFlag": "Email", "phoneFlag": "Phone", "faxFlag": "Fax"}


class Contact(Rule):
    """One communication item of each kind is the default one, and the default phone shows on the contact."""

    def complete(self, draft: Draft) -> None:
        company = draft.referred("company", "company")
        if company is not None:
            draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
        types = draft.body.get("typeIds")
        if isinstance(types, list) and "types" not in draft.row:
            references = [draft.records.store.reference("contactType", each) for each in types]
            draft.row["types"] = [reference for reference in references if reference is not None]

    def derive(self, draft: Draft) -> None:
        row = draft.row
        if "communicationItems" not in row:
            return
        before = {} if draft.old is None else {each["id"]: each for each in draft.old.get("communicationItems", [])}
        sent: dict[str, Any] = {}
        items = []
        for given in row["communicationItems"]:
            item = self._item(draft, given)
            if item.get("defaultFlag") and not before.get(item["id"], {}).get("defaultFlag"):
                sent[item["communicationType"]] = item["id"]
            items.append(item)
        row["communicationItems"] = [self._one_default(item, items, sent) for item in items]
        phone: Mapping[str, Any] = next((each for each in row["communicationItems"] if _is_default(each, "Phone")), {})
        for name, value in (
            ("defaultPhoneType", (phone.get("type") or {}).get("name")),
            ("defaultPhoneNbr", phone.get("value")),
            ("defaultPhoneExtension", phone.get("extension")),
        ):
            row.pop(name, None)
            draft.fill(**{name: value})

    def check(self, draft: Draft) -> list[Violation]:
        row, wrong = draft.row, []
        for item in row.get("communicationItems", []):
            if not item.get("value") or not item.get("type"):
                text = "A communication item needs a type and a value."
                wrong.append(Violation("MissingRequiredField", text, "communicationItems"))
        if draft.old is None and not draft.body.get("ignoreDuplicates") and self._twin(draft):
            wrong.append(Violation("ObjectExists", "A matching contact already exists", "firstName"))
        return wrong

    def after(self, records: Records, change: Change) -> None:
        if change.new is None:
            return
        entity, rows = records.table["contactCommunication"], records.store.rows("contactCommunication")
        items = {item["id"]: item for item in change.new.get("communicationItems", [])}
        for gone in set(rows.children(change.record)) - items.keys():
            records.store.remove(entity, gone)
        for record, item in items.items():
            info = {"lastUpdated": records.now(), "updatedBy": change.by}
            row = {**item, "contactId": change.record, "_info": info}
            records.store.put(entity, record, row, change.record)

    def _item(self, draft: Draft, given: Mapping[str, Any]) -> dict[str, Any]:
        store = draft.records.store
        item = {"defaultFlag": False, **given}
        known = {} if draft.old is None else {each["id"] for each in draft.old.get("communicationItems", [])}
        if item.get("id") not in known:
            item["id"] = store.next_id(draft.records.table["contactCommunication"])
        kind = store.rows("communicationType").get((item.get("type") or {}).get("id", 0))
        if kind is not None:
            item["communicationType"] = next((name for flag, name in KINDS.items() if kind.get(flag)), "Phone")
        item.setdefault("communicationType", "Phone")
        if item["communicationType"] == "Email" and "@" in item.get("value", ""):
            item["domain"] = "@" + item["value"].rsplit("@", 1)[1]
        return item

    def _one_default(
        self, item: dict[str, Any], items: list[dict[str, Any]], sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        kind = item["communicationType"]
        alike = [each for each in items if each["communicationType"] == kind]
        marked = [each["id"] for each in alike if each["defaultFlag"]]
        chosen = sent.get(kind) or (marked or [alike[0]["id"]])[0]
        return {**item, "defaultFlag": item["id"] == chosen}

    def _twin(self, draft: Draft) -> bool:
        if not draft.records.settings.duplicate_contacts_refused:
            return False
        rows = draft.records.store.rows("contact")

        def same(name: str, other: Row) -> bool:
            return str(other.get(name, "")).casefold() == str(draft.row.get(name, "")).casefold()

        company = (draft.row.get("company") or {}).get("id")
        alike = rows.find(("lastName",), [draft.row.get("lastName")])
        return any(
            same("firstName", rows[other]) and (rows[other].get("company") or {}).get("id") == company
            for other in alike
        )


class Communication(Rule):
    """`contacts/{id}/communications` is another door to the contact's communication items."""

    def derive(self, draft: Draft) -> None:
        kind = draft.referred("type", "communicationType")
        if kind is not None:
            draft.row["communicationType"] = next((name for flag, name in KINDS.items() if kind.get(flag)), "Phone")

    def after(self, records: Records, change: Change) -> None:
        contact = records.store.rows("contact").get(change.parent or 0)
        if contact is None:
            return
        items = [each for each in contact.get("communicationItems", []) if each["id"] != change.record]
        if change.new is not None:
            item = {name: value for name, value in change.new.items() if name not in {"contactId", "_info"}}
            if item.get("defaultFlag"):
                kind = item["communicationType"]
                items = [
                    {**each, "defaultFlag": each["defaultFlag"] and each["communicationType"] != kind} for each in items
                ]
            items.append(item)
            items.sort(key=lambda each: each["id"])
        records.write(records.table["contact"], contact["id"], {**contact, "communicationItems": items}, change.by)


class TypeAssociation(Rule):
    """Types of a contact are kept as its `types`; associations change them."""

    def after(self, records: Records, change: Change) -> None:
        contact = records.store.rows("contact").get(change.parent or 0)
        if contact is None:
            return
        rows = records.store.rows("contactTypeAssociation")
        types = [rows[record]["type"] for record in rows.children(contact["id"])]
        records.write(records.table["contact"], contact["id"], {**contact, "types": types}, change.by)


class Note(Rule):
    """Who wrote a note is filled in."""

    def complete(self, draft: Draft) -> None:
        draft.fill(enteredBy=draft.by)


def _is_default(item: Mapping[str, Any], kind: str) -> bool:
    return item["communicationType"] == kind and bool(item.get("defaultFlag"))


RULES: Mapping[str, Rule] = {
    "contact": Contact(),
    "contactCommunication": Communication(),
    "contactTypeAssociation": TypeAssociation(),
    "companyNote": Note(),
    "contactNote": Note(),
    "opportunityNote": Note(),
}
