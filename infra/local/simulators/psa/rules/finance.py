"""What the PSA does with agreements and their additions, and with invoices and their payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

APPLIED = {
    "Agreement": ("agreement", "agreement"),
    "Project": ("project", "project"),
    "ProjectPhase": ("phase", "projectPhase"),
    "SalesOrder": ("salesOrder", "order"),
    "Ticket": ("ticket", "ticket"),
}
AMOUNTS = ("serviceTotal", "expenseTotal", "productTotal", "agreementAmount", "serviceAdjustmentAmount")
TAKEN_OFF = ("downpaymentApplied", "previousProgressApplied")
"""What earlier invoices have billed already; assumed to be said as what it takes off."""


class Agreement(Rule):
    """Whether an agreement is active follows from its dates and its cancellation."""

    def complete(self, draft: Draft) -> None:
        company = draft.referred("company", "company")
        if company is not None:
            if "site" not in draft.body:
                draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
            draft.refer("billToCompany", "company", company["id"])
        draft.refer("location", "location", 1)
        draft.refer("department", "department", 1)

    def derive(self, draft: Draft) -> None:
        row = draft.row
        ended = row.get("endDate") and not row.get("noEndingDateFlag") and row["endDate"] < draft.records.now()
        row["agreementStatus"] = "Cancelled" if row.get("cancelledFlag") else "Expired" if ended else "Active"


class Addition(Rule):
    """An addition takes price and cost of its product."""

    def complete(self, draft: Draft) -> None:
        product = draft.referred("product", "catalogItem") or {}
        draft.fill(
            quantity=1,
            lessIncluded=0,
            unitPrice=product.get("price", 0),
            unitCost=product.get("cost", 0),
            description=product.get("description"),
            invoiceDescription=product.get("customerDescription"),
            effectiveDate=draft.records.now()[:10] + "T00:00:00Z",
        )

    def derive(self, draft: Draft) -> None:
        row = draft.row
        billed = max(0, row.get("quantity", 0) - row.get("lessIncluded", 0))
        row["billedQuantity"] = billed
        row["extPrice"] = round(billed * row.get("unitPrice", 0), 2)
        row["extCost"] = round(billed * row.get("unitCost", 0), 2)
        agreement = draft.records.store.rows("agreement").get(draft.parent or 0) or {}
        draft.fill(agreementStatus=agreement.get("agreementStatus"))


class Invoice(Rule):
    """An invoice is numbered, shows what it is applied to, and adds itself up."""

    def complete(self, draft: Draft) -> None:
        row, records = draft.row, draft.records
        today = records.now()[:10] + "T00:00:00Z"
        draft.fill(invoiceNumber=self._number(records), date=today, dueDate=row.get("date", today))
        company = draft.referred("company", "company")
        if company is not None:
            draft.refer("billToCompany", "company", company["id"])
            draft.refer("billingSite", "companySite", (company.get("site") or {}).get("id"))
            draft.fill(accountNumber=company.get("accountNumber"))
        draft.refer("billingTerms", "billingTerm", 1)

    def derive(self, draft: Draft) -> None:
        row = draft.row
        name, resource = APPLIED.get(row.get("applyToType", ""), ("", ""))
        if name and name not in row:
            draft.refer(name, resource, row.get("applyToId"))
        phase = draft.referred("phase", "projectPhase")
        if phase is not None and "project" not in row:
            draft.refer("project", "project", phase["projectId"])
        subtotal = sum(row.get(each, 0) for each in AMOUNTS)
        row["subtotal"] = round(subtotal, 2) if subtotal else row.get("subtotal", 0)
        taken_off = sum(row.get(each, 0) for each in TAKEN_OFF)
        row["total"] = round(row["subtotal"] - taken_off + row.get("salesTax", 0), 2)
        row["balance"] = round(row["total"] - row.get("payments", 0) - row.get("credits", 0), 2)

    def check(self, draft: Draft) -> list[Violation]:
        row = draft.row
        name, resource = APPLIED.get(row.get("applyToType", ""), ("", ""))
        if name and draft.records.store.holder(resource, row.get("applyToId", 0)) is None:
            text = f"The {resource} {row.get('applyToId')} does not exist."
            return [Violation("InvalidField", text, "applyToId")]
        return []

    def _number(self, records: Records) -> str:
        rows = records.store.rows("invoice")
        return str(30_000 + (rows.ids[-1] if rows.ids else 0) + 1)


class Payment(Rule):
    """Payments reduce the invoice's balance."""

    def after(self, records: Records, change: Change) -> None:
        rows, payments = records.store.rows("invoice"), records.store.rows("invoicePayment")
        invoice = rows.get(change.parent or 0)
        if invoice is None:
            return
        paid = round(sum(payments[each].get("amount", 0) for each in payments.children(invoice["id"])), 2)
        balance = round(invoice["total"] - paid - invoice.get("credits", 0), 2)
        changed = {**invoice, "payments": paid, "balance": balance}
        records.write(records.table["invoice"], invoice["id"], changed, change.by)


RULES: Mapping[str, Rule] = {
    "agreement": Agreement(),
    "addition": Addition(),
    "invoice": Invoice(),
    "invoicePayment": Payment(),
}
