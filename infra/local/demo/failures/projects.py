"""Failures of project invoices: items without an amount, unmapped customers, totals, what is changed too late."""

from __future__ import annotations

from decimal import Decimal

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import INVOICES, PRODUCT_ITEM
from shared.partners.eautomate import PROJECT_INVOICES
from shared.sync.record import Ref

KIND = "project-invoice-call"


def item_at_another_price(scene: Scene) -> Made:
    invoice = scene.dealer.project(scene.customer(), 900.0, productTotal=250.5)
    return Made(_ref(invoice["id"]), lambda: scene.eautomate.items.edit(PRODUCT_ITEM, MSRP=Decimal(1)))


def no_customer(scene: Scene) -> Made:
    one = scene.dealer.stranger()
    return Made(_ref(scene.dealer.project(one, 1200.0)["id"]), lambda: scene.dealer.map(one))


def fixed_fee_at_actual_rates(scene: Scene) -> Made:
    """A project that was sold for a fixed fee stands at actual rates, and nobody has entered any time."""
    invoice = scene.dealer.project(scene.customer(), 4500.25, "ActualRates")
    project = invoice["project"]["id"]
    return Made(_ref(invoice["id"]), lambda: scene.psa.edit("project/projects", project, billingMethod="FixedFee"))


def down_payment(scene: Scene) -> Made:
    """Half of the price is invoiced before the work begins."""
    of = scene.customer()
    invoice = scene.dealer.project(of, 2000.0)
    scene.psa.edit(INVOICES, invoice["id"], type="DownPayment")
    by_hand = f"Down payment, ConnectWise invoice {invoice['invoiceNumber']}"
    return Made(_ref(invoice["id"]), lambda: scene.dealer.call(of, "PROJ", Description=by_hand))


def invoice_changed(scene: Scene) -> Made:
    link = scene.synced(PROJECT_INVOICES, KIND)
    invoice = int(link.cw_id)
    was = scene.psa.record(INVOICES, invoice)["serviceTotal"]
    scene.psa.edit(INVOICES, invoice, serviceTotal=was + 100)
    return Made(link.ref("cw"), lambda: scene.psa.edit(INVOICES, invoice, serviceTotal=was))


def _ref(invoice: int) -> Ref:
    return Ref(KIND, "cw", str(invoice))


FAILURES = (
    Failure("EA-52", PROJECT_INVOICES, "ITEM_UNFIT", item_at_another_price, "sets the item's list price to 1.00"),
    Failure("EA-04", PROJECT_INVOICES, "CUSTOMER_NOT_MAPPED", no_customer, "gives the company its customer number"),
    Failure("EA-52", PROJECT_INVOICES, "TOTALS_DIFFER", fixed_fee_at_actual_rates, "corrects the billing method"),
    Failure(
        "EA-53",
        PROJECT_INVOICES,
        "",
        down_payment,
        "makes it by hand in e-automate",
        late=True,
        told="Down-payment invoices are not synced",
        ends="by hand",
    ),
    Failure(
        "EA-54", PROJECT_INVOICES, "INVOICE_CHANGED_AFTER_CALL", invoice_changed, "sets the invoice back", late=True
    ),
)
