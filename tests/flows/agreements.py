"""Builds situations of the agreement flow: invoice 30001 for November, its agreement, and what became of it so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.eautomate_agreements.billing import Billing
from functions.eautomate_agreements.order import Other
from functions.eautomate_agreements.periods import Period
from functions.eautomate_agreements.rules import decide
from functions.eautomate_agreements.settings import AgreementSettings
from functions.eautomate_agreements.situations import (
    AGREEMENT,
    INVOICE,
    InvoiceSituation,
    Payer,
    agreement_ref,
    invoice_name,
    invoice_ref,
    watched,
)
from shared.sync.link import Link, Pair, State
from shared.sync.needed import Found
from shared.sync.plan import Plan, Step
from shared.sync.record import Name, Ref
from shared.systems.connectwise_psa import Addition, Agreement, Invoice
from shared.systems.eautomate import Contract, ContractImport, ContractInvoice

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
TEMPLATE = "**CW Gold"
ACTIVE = Contract("7001", "5100", "MS", active=True, number="CN1", status="A")


def settings(**given: Any) -> AgreementSettings:
    return AgreementSettings.model_validate(given)


def invoice(number: str = "30001", id_: int = 3200, **given: Any) -> Invoice:
    """500.00 of the agreement's own and 125.00 of additions, without tax unless it is given."""
    fields = {
        "id": id_,
        "number": number,
        "type": "Agreement",
        "status": {"id": 1, "name": "New"},
        "company": {"id": 250, "identifier": "ACME", "name": "Acme"},
        "bill_to": {"id": 250, "identifier": "ACME", "name": "Acme"},
        "agreement": {"id": 300, "name": "Acme Gold"},
        "date": "2026-11-01T00:00:00Z",
        "agreement_amount": Decimal(500),
        "products": Decimal(125),
        "total": Decimal(625),
    }
    return Invoice.model_validate({**fields, **given})


def agreement(**given: Any) -> Agreement:
    fields = {"id": 300, "name": "Acme Gold", "type": {"name": "Gold"}, "bill_amount": Decimal(500)}
    return Agreement.model_validate({**fields, **given})


def addition(quantity: str = "10", price: str = "12.50", amount: str | None = None, **given: Any) -> Addition:
    """Ten licences of 12.50 each."""
    fields = {
        "id": 800,
        "product": {"identifier": "MIT"},
        "billed": Decimal(quantity),
        "price": Decimal(price),
        "amount": Decimal(quantity) * Decimal(price) if amount is None else Decimal(amount),
        "how": "Billable",
        "effective": "2026-01-01T00:00:00Z",
    }
    return Addition.model_validate({**fields, **given})


def payer(company: str = "Acme", number: str = "C100", **found: Any) -> Payer:
    """A company; without a number it is not mapped."""
    ref = Ref("customer-company", "cw", "250")
    link = (
        Link("customer-company", "250", "5100", partner_name="customer C100")
        if number or found.pop("linked", 0)
        else None
    )
    return Payer(Name(company), Found(ref, link, **found), number)


def imported(state: str = "applied", *errors: str, minutes: float = 1, **given: Any) -> ContractImport:
    """What the gateway says of the invoice's import, received so many minutes ago."""
    fields: dict[str, Any] = {
        "id": "9001",
        "state": state,
        "source_invoice": "3200",
        "source_agreement": "300",
        "customer": "C100",
        "bill_to": "C100",
        "template_number": TEMPLATE,
        "po_number": "30001",
        "period_start": NOVEMBER.start,
        "period_end": NOVEMBER.end,
        "lines": [{"item": "X", "quantity": "1", "price": "625.00"}],
        "received_at": NOW - timedelta(minutes=minutes),
        "contract": {"id": "7001", "number": "CN1"} if state == "applied" else None,
        "errors": [{"code": code, "message": f"The gateway says {code}."} for code in errors],
    }
    return ContractImport.model_validate({**fields, **given})


def billed(number: str = "30001", total: str = "625.00", **given: Any) -> ContractInvoice:
    """A contract invoice for November."""
    fields = {"po_number": "30001", "billed_at": NOW, "start": NOVEMBER.start, "end": NOVEMBER.end}
    return ContractInvoice.model_validate({"number": number, "total": total, **fields, **given})


def by(how: Any, one: ContractInvoice | None = None, **given: Any) -> Billing:
    return Billing(one or billed(**given), how)


def other(number: str = "29001", day: str = "2026-10-01", *, linked: bool = True, **given: Any) -> Other:
    """Another invoice of the agreement, by default October's, imported and not billed."""
    id_ = int(number) - 26_801
    state = Link(INVOICE, str(id_), f"90{id_}", linked_at=NOW - timedelta(days=30)) if linked else None
    return replace(Other(invoice(number, id_, date=f"{day}T00:00:00Z"), state), **given)


def linked_contract(**given: Any) -> Link:
    return replace(Link(AGREEMENT, "300", "7001", rules="1", partner_name="contract CN1"), **given)


def situation(
    *imports: ContractImport,
    link: State | None = None,
    contract_link: State | None = None,
    given_invoice: Invoice | None = None,
    **given: Any,
) -> InvoiceSituation:
    """The invoice with its last import; linked to it, if it has one, unless `link` says otherwise."""
    said = given_invoice or invoice()
    set_ = given.pop("settings", settings())
    if imports and link is None:
        link = Link(INVOICE, said.key, imports[0].id, rules="1")
    home = invoice_ref(said)
    pairs = (
        Pair(home, link, cw=watched(said, set_)),
        Pair(agreement_ref("300"), contract_link, cw={"name": "Acme Gold"}),
    )
    taken = any(one.contract for one in imports)
    fields: dict[str, Any] = {
        "invoice": said,
        "agreement": agreement(),
        "period": NOVEMBER,
        "payers": (payer(),),
        "additions": (addition(),),
        "templates": frozenset({TEMPLATE}),
        "contract": ACTIVE if contract_link else None,
        "taken_by": ACTIVE if taken else None,
        "at": NOW,
    }
    return InvoiceSituation(
        home=home, name=invoice_name(said), pairs=pairs, settings=set_, imports=imports,
        **{**fields, **given},
    )  # fmt: skip


def plan(*imports: ContractImport, **given: Any) -> Plan:
    return decide(situation(*imports, **given))


def codes(made: Plan) -> list[str]:
    return [issue.code for issue in made.issues]


def step(made: Plan, kind: str) -> Step:
    (found,) = [one for one in made.steps if one.kind == kind and one.verb != "link"] or [
        one for one in made.steps if one.kind == kind
    ]
    return found


def fields(made: Any) -> dict[str, Any]:
    """What is handed in of an invoice."""
    return dict(step(made, "contract_import").fields)


def kinds(steps: Sequence[Step]) -> list[str]:
    return [f"{one.verb} {one.kind}" for one in steps]
