"""What ConnectWise is told of contract and contract invoice: custom fields alone, no status and no payment (ID964)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from functions.eautomate_agreements.situations import InvoiceSituation
from shared.sync.plan import Step
from shared.systems.connectwise_psa import Agreement, Invoice
from shared.systems.connectwise_psa.models import same_caption

PSA = "connectwise_psa"


def of_billing(situation: InvoiceSituation, invoice: Invoice) -> dict[str, object]:
    """What ConnectWise is told once the contract has billed the invoice."""
    settings, found = situation.settings, situation.billing
    pushed: dict[str, object] = {settings.invoice_number_field: found.invoice.number if found else ""}
    if found and found.invoice.paid:
        ticked = any(
            one.type == "Checkbox" for one in invoice.custom_fields if same_caption(one.caption, settings.paid_field)
        )
        pushed[settings.paid_field] = True if ticked else "Yes"
    return pushed


def push(situation: InvoiceSituation, record: Invoice | Agreement, wanted: Mapping[str, object]) -> Iterator[Step]:
    """Custom fields, which are all that is written to ConnectWise: no status, and no payment (ID964)."""
    now = {caption: record.custom_field(caption) for caption in wanted if caption}
    new = {caption: wanted[caption] for caption in now if now[caption] != wanted[caption]}
    if new:
        of_invoice = isinstance(record, Invoice)
        kind, ref = ("invoice", situation.home) if of_invoice else ("agreement", situation.agreement_pair.home)
        before = {"custom_fields": {caption: now[caption] for caption in new}}
        why = "ConnectWise shows what e-automate made of it."
        yield Step(f"push_{kind}", PSA, kind, "update", record.key, {"custom_fields": new}, why, before, ref)
