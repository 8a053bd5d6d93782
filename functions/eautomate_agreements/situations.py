"""What a decision about an agreement invoice needs, read and frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.eautomate_agreements.billing import Billing
from functions.eautomate_agreements.order import Other
from functions.eautomate_agreements.periods import Period
from functions.eautomate_agreements.settings import AgreementSettings
from shared.partners.eautomate import AGREEMENTS, CONTRACT
from shared.sync.flow import Situation
from shared.sync.link import Link, Pair
from shared.sync.needed import Found
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import Addition, Agreement, Invoice, Reference
from shared.systems.eautomate import Contract, ContractImport

FLOW = AGREEMENTS
INVOICE = "invoice-import"
AGREEMENT = CONTRACT.kind


@dataclass(frozen=True)
class Payer:
    """A company of the invoice, and the e-automate customer that it is linked to: `number` is empty for none."""

    name: Name
    found: Found
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceSituation(Situation):
    """An invoice (None: there is none to look at), its agreement, and what became of it in e-automate so far.

    `payers` are the company and the bill-to company, one where they are the same. `imports` are all of this invoice,
    oldest first, at the gateway's time `at`. `contract` is the one that the agreement is linked to, `taken_by` the one
    that an import came to last, mostly the same; None where e-automate does not give it back. `billing` is the
    contract invoice that bills this one, `others` are the agreement's other invoices. `additions` and `templates` (the
    numbers of all contracts) are read only where an import is due. `asked` says that a person wants the look.
    """

    settings: AgreementSettings
    invoice: Invoice | None = None
    agreement: Agreement | None = None
    period: Period | None = None
    payers: tuple[Payer, ...] = ()
    imports: tuple[ContractImport, ...] = ()
    at: datetime | None = None
    contract: Contract | None = None
    taken_by: Contract | None = None
    billing: Billing | None = None
    others: tuple[Other, ...] = ()
    additions: tuple[Addition, ...] = ()
    templates: frozenset[str] = field(default_factory=frozenset)
    asked: bool = False

    @property
    def latest(self) -> ContractImport | None:
        """The last import of this invoice, which is the one that counts."""
        return self.imports[-1] if self.imports else None

    @property
    def other_numbers(self) -> frozenset[str]:
        """The numbers of the agreement's other invoices."""
        return frozenset(other.invoice.number for other in self.others)

    @property
    def applied(self) -> ContractImport | None:
        """The last import that came to a contract."""
        return applied(self.imports)

    @property
    def waited(self) -> timedelta:
        """How long ago the gateway received the last import."""
        return self.at - self.latest.received_at if self.at and self.latest else timedelta(0)

    @property
    def agreement_pair(self) -> Pair:
        return self.pairs[-1]

    @property
    def contract_link(self) -> Link | None:
        """The link of the agreement with its contract."""
        return self.agreement_pair.link


def applied(imports: Sequence[ContractImport]) -> ContractImport | None:
    """The last of these imports that came to a contract."""
    return next((one for one in imports[::-1] if one.state == "applied" and one.contract), None)


def invoice_ref(invoice: Invoice) -> Ref:
    return Ref(INVOICE, "cw", invoice.key)


def agreement_ref(agreement_id: str) -> Ref:
    return Ref(AGREEMENT, "cw", agreement_id)


def invoice_name(invoice: Invoice) -> Name:
    company = invoice.company.name if invoice.company else ""
    return Name(f"invoice {invoice.number} of {company}" if company else f"invoice {invoice.number}", invoice.url)


def agreement_name(agreement: Agreement) -> Name:
    return Name(f"agreement {agreement.name}", agreement.url)


def company_name(company: Reference) -> Name:
    return Name(f"{company.name or company.identifier} ({company.identifier})" if company.identifier else company.name)


def watched(invoice: Invoice, settings: AgreementSettings) -> dict[str, object]:
    """All of an invoice that a decision depends on: its hash tells whether another look is owed."""
    fields = {"invoice_number_field": settings.invoice_number_field, "paid_field": settings.paid_field}
    return {
        "number": invoice.number,
        "type": invoice.type,
        "status": invoice.status.name,
        "closed": invoice.status.closed,
        "company": invoice.company.id if invoice.company else None,
        "bill_to": invoice.bill_to.id if invoice.bill_to else None,
        "agreement": invoice.agreement.id if invoice.agreement else None,
        "date": invoice.date,
        "amounts": [invoice.agreement_amount, invoice.products, invoice.time, invoice.expenses],
        "tax": invoice.tax,
        "total": invoice.total,
        **{name: invoice.custom_field(caption) for name, caption in fields.items() if caption},
    }


def watched_agreement(agreement: Agreement, settings: AgreementSettings) -> dict[str, object]:
    """What the link with its contract keeps of an agreement."""
    caption = settings.contract_number_field
    number = {"contract_number_field": agreement.custom_field(caption)} if caption else {}
    return {"name": agreement.name, "type": agreement.type, **number}


def watched_import(one: ContractImport) -> dict[str, object]:
    """What the link of an invoice keeps of its last import."""
    return {"import": one.id, "state": one.state}


def watched_contract(contract: Contract) -> dict[str, object]:
    """What the link of an agreement keeps of its contract."""
    return {"number": contract.number, "active": contract.active}
