"""What the ConnectWise adapter reads of agreements and invoices, and the custom fields that it writes on them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.errors import ConfigurationWrong
from shared.sync.plan import Step
from shared.systems.connectwise_psa import Addition, Agreement, BillingCycle, BillingStatus, Invoice, Psa
from shared.systems.connectwise_psa.finance import ADDITIONS, AGREEMENTS, BILLING_CYCLES, BILLING_STATUSES, INVOICES
from shared.systems.connectwise_psa.models import Record

OPENAPI = Path(__file__).parents[3] / "shared" / "contract" / "connectwise-psa.openapi.json"


@pytest.fixture
def simulator(simulator: PsaSimulator) -> PsaSimulator:
    company = simulator.add("company/companies", identifier="ACME", name="Acme Dental")
    contact = simulator.add("company/contacts", firstName="Ann", company={"id": company["id"]})
    simulator.add(
        AGREEMENTS, name="Acme Gold", type={"name": "Managed Services Gold"}, company={"identifier": "ACME"},
        billingCycle={"name": "Monthly"}, billAmount=500.1, periodType="Future", invoicingCycle="ContractYear",
        startDate="2024-03-15T00:00:00Z",
        contact={"id": contact["id"]},
    )  # fmt: skip
    return simulator


def bill(simulator: PsaSimulator, **fields: Any) -> dict[str, Any]:
    (agreement,) = simulator.records(AGREEMENTS)
    of_agreement = {"applyToType": "Agreement", "applyToId": agreement["id"]}
    return simulator.add(INVOICES, type="Agreement", company={"identifier": "ACME"}, **of_agreement, **fields)


def test_an_agreement_says_what_it_bills_and_when(psa: Psa) -> None:
    (agreement,) = psa.records(AGREEMENTS, None, Agreement)
    assert (agreement.name, agreement.type) == ("Acme Gold", "Managed Services Gold")
    assert agreement.bill_amount == Decimal("500.1")
    assert (agreement.period, agreement.invoicing, agreement.start) == ("Future", "ContractYear", date(2024, 3, 15))
    assert agreement.billing_cycle is not None
    cycles = {cycle.id: cycle.every for cycle in psa.records(BILLING_CYCLES, None, BillingCycle)}
    assert cycles[agreement.billing_cycle.id or 0] == "Monthly"
    assert "AgreementFV" in agreement.url


def test_an_addition_says_what_it_bills_and_since_when(simulator: PsaSimulator, psa: Psa) -> None:
    product = simulator.add("procurement/catalog", identifier="MIT", description="Licence", price=12.345)
    (agreement,) = simulator.records(AGREEMENTS)
    path = ADDITIONS.format(agreement=agreement["id"])
    simulator.add(
        path, product={"id": product["id"]}, quantity=10, lessIncluded=2, billCustomer="NoCharge",
        effectiveDate="2026-01-01T00:00:00Z", cancelledDate="2026-12-01T00:00:00Z",
    )  # fmt: skip
    (addition,) = psa.records(path, None, Addition)
    assert (addition.product, addition.billed, addition.price) == ("MIT", Decimal(8), Decimal("12.345"))
    assert (addition.amount, addition.how) == (Decimal("98.76"), "NoCharge")
    assert (addition.effective, addition.ended) == (date(2026, 1, 1), date(2026, 12, 1))


def test_an_invoice_says_whose_it_is_and_its_totals_exactly(simulator: PsaSimulator, psa: Psa) -> None:
    made = bill(simulator, agreementAmount=100.1, productTotal=0.2, salesTax=7.53, date="2026-11-01T00:00:00Z")
    (invoice,) = psa.records(INVOICES, None, Invoice)
    assert (invoice.number, invoice.type, invoice.date) == (made["invoiceNumber"], "Agreement", date(2026, 11, 1))
    assert (invoice.total, invoice.tax, invoice.before_tax) == (Decimal("107.83"), Decimal("7.53"), Decimal("100.30"))
    assert (invoice.agreement_amount, invoice.products, invoice.time) == (Decimal("100.1"), Decimal("0.2"), Decimal(0))
    assert invoice.agreement is not None
    assert invoice.agreement.name == "Acme Gold"
    assert invoice.company is not None
    assert invoice.bill_to is not None
    assert (invoice.company.identifier, invoice.bill_to.name) == ("ACME", "Acme Dental")
    assert (invoice.status.name, invoice.status.closed) == ("New", False)


def test_a_status_says_whether_it_is_closed(simulator: PsaSimulator, psa: Psa) -> None:
    assert [(row.name, row.closed) for row in psa.records(BILLING_STATUSES, None, BillingStatus)] == [
        ("New", False), ("Ready", False), ("Closed", True),
    ]  # fmt: skip
    bill(simulator, status={"name": "Closed"})
    assert psa.records(INVOICES, None, Invoice)[0].status.closed


def test_nulls_of_older_servers_are_blanks() -> None:
    invoice = Invoice.model_validate({"id": 1, "status": None, "date": None, "total": None, "company": None})
    assert (invoice.status.name, invoice.total) == ("", Decimal(0))
    assert invoice.date is None
    assert invoice.company is None


@pytest.mark.parametrize(("kind", "path"), [("invoice", INVOICES), ("agreement", AGREEMENTS)])
def test_custom_fields_are_all_that_is_written(simulator: PsaSimulator, psa: Psa, kind: str, path: str) -> None:
    bill(simulator)
    simulator.define_custom_field(path, "EA Number")
    (record,) = simulator.records(path)
    step = Step("push", "connectwise_psa", kind, "update", str(record["id"]), {"custom_fields": {"ea number": "K1"}})
    applied = psa.apply(step)
    assert isinstance(applied.record, Invoice | Agreement)
    assert applied.record.custom_field("EA Number") == "K1"
    (after,) = simulator.records(path)
    assert {name for name in after if after[name] != record[name]} <= {"customFields", "_info"}
    with pytest.raises(ConfigurationWrong, match="has no custom field 'Other'"):
        psa.apply(Step("push", "connectwise_psa", kind, "update", step.key, {"custom_fields": {"Other": "K1"}}))
    with pytest.raises(ValueError, match="has no fields"):
        psa.apply(Step("push", "connectwise_psa", kind, "update", step.key, {"total": Decimal(1)}))


@pytest.mark.parametrize(
    ("model", "schema"),
    [(Invoice, "Invoice"), (Agreement, "Agreement"), (Addition, "Addition"), (BillingStatus, "BillingStatus"),
     (BillingCycle, "BillingCycle")],
)  # fmt: skip
def test_every_field_asked_for_is_one_of_the_vendors(model: type[Record], schema: str) -> None:
    if not OPENAPI.is_file():
        pytest.skip("the vendor's OpenAPI (../shared/contract/connectwise-psa.openapi.json) is not here")
    schemas = json.loads(OPENAPI.read_text())["components"]["schemas"]
    for asked in model.wire_fields.split(","):
        name, _, below = asked.partition("/")
        field = schemas[schema]["properties"][name]
        if below and "$ref" in field:
            assert below in schemas[field["$ref"].rpartition("/")[2]]["properties"], asked
