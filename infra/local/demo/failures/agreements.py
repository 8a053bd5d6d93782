"""Failures of agreement invoices: payers, templates, money; contracts inactive, terminated or billed too early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import AGREEMENTS as PATH
from infra.local.demo.month import BLOCK, DEFAULT_TEMPLATE, HOSTING, INVOICES
from infra.local.simulators.eautomate.contracts import Line, Terms
from shared.partners.eautomate import AGREEMENTS, CONTRACT
from shared.sync.record import Ref

INVOICE = "invoice-import"


def no_customer(scene: Scene) -> Made:
    one = scene.dealer.stranger()
    return _invoiced(scene, scene.dealer.agreement(one), lambda: scene.dealer.map(one))


def bill_to_opted_out(scene: Scene) -> Made:
    """The invoice goes to a holding, whose customer is kept out of the sync."""
    holding = scene.dealer.stranger("Holding")
    scene.dealer.map(holding)
    scene.eautomate.set_property(holding.number, "ZCJ_SyncToCW", "No")
    agreement = scene.dealer.agreement(scene.customer())
    return _invoiced(
        scene,
        agreement,
        lambda: scene.eautomate.set_property(holding.number, "ZCJ_SyncToCW", "Yes"),
        billToCompany={"id": holding.company},
    )


def inactive(scene: Scene) -> Made:
    agreement, contract = _contract(scene, "MS-1001")
    scene.eautomate.contracts.deactivate(contract)
    return _invoiced(scene, agreement, lambda: scene.eautomate.contracts.edit(contract, Active=True, Status="A"))


def billed_before(scene: Scene) -> Made:
    agreement, contract = _contract(scene, "MS-1002")
    billed = scene.eautomate.contracts.bill(contract, *scene.dealer.month)
    return _invoiced(scene, agreement, lambda: scene.eautomate.contracts.void(billed.number))


def terminated(scene: Scene) -> Made:
    agreement, contract = _contract(scene, "MS-1003")
    scene.eautomate.contracts.terminate(contract)
    return _invoiced(scene, agreement, lambda: scene.unlink(AGREEMENTS, Ref(CONTRACT.kind, "cw", str(agreement))))


def no_template(scene: Scene) -> Made:
    agreement = scene.dealer.agreement(scene.customer(), BLOCK)
    add = scene.eautomate.contracts.add_template
    return _invoiced(scene, agreement, lambda: add(f"**CW {BLOCK}", "HOUSE", Type="MS", BillingCycle="MONTHLY"))


def default_template(scene: Scene) -> Made:
    """A type without a template of its own; who has seen the contract bills it."""
    scene.eautomate.contracts.add_template(DEFAULT_TEMPLATE, "HOUSE", Type="MS", BillingCycle="MONTHLY")
    agreement = scene.dealer.agreement(scene.customer(), HOSTING)
    return _invoiced(
        scene, agreement, lambda: scene.eautomate.contracts.bill(_made(scene, agreement), *scene.dealer.month)
    )


def unbalanced(scene: Scene) -> Made:
    agreement = scene.dealer.agreement(scene.customer())
    free = scene.dealer.adds(agreement, 4, billCustomer="NoCharge")
    return _invoiced(scene, agreement, lambda: scene.psa.edit(f"{PATH}/{agreement}/additions", free, unitPrice=0.0))


def total_differs(scene: Scene) -> Made:
    """Ten licences are in force, eight were invoiced."""
    agreement = scene.dealer.agreement(scene.customer(), licences=10)
    invoice = scene.dealer.bills(agreement, productTotal=100.0)
    return Made(_ref(invoice["id"]), lambda: scene.psa.edit(INVOICES, invoice["id"], productTotal=125.0))


def rejected(scene: Scene) -> Made:
    scene.dealer.product("CLOUD-PBX", 89.0)
    agreement = scene.dealer.agreement(scene.customer())
    scene.dealer.adds(agreement, 1, "CLOUD-PBX", 89.0)
    return _invoiced(scene, agreement, lambda: scene.dealer.service_item("CLOUD-PBX"))


def occupied(scene: Scene) -> Made:
    """The next month's invoice comes before this month's is billed."""
    agreement = scene.dealer.agreement(scene.customer())
    scene.dealer.bills(agreement)
    following = scene.dealer.month[1] + timedelta(days=1)
    bill = scene.eautomate.contracts.bill
    return _invoiced(
        scene, agreement, lambda: bill(_made(scene, agreement), *scene.dealer.month), date=f"{following}T00:00:00Z"
    )


def billed_under_an_old_number(scene: Scene) -> Made:
    """EA-35: somebody types last month's invoice number into the contract's PO number, and bills."""
    link = scene.synced(AGREEMENTS, INVOICE)
    invoice = scene.psa.record(INVOICES, int(link.cw_id))
    contract, contracts = _made(scene, invoice["agreement"]["id"]), scene.eautomate.contracts
    contracts.change_terms(contract, po_number="29871")
    billed = contracts.bill(contract, *scene.dealer.month)

    def repair() -> None:
        contracts.void(billed.number)
        contracts.change_terms(contract, po_number=invoice["invoiceNumber"])
        contracts.bill(contract, *scene.dealer.month)

    return Made(link.ref("cw"), repair)


def bill_all(scene: Scene) -> None:
    """The end of the month: every contract that carries an invoice's number is billed for that invoice's period."""
    contracts = scene.eautomate.contracts
    carrying = {terms.po_number: id_ for id_, terms in contracts.terms.items() if terms.po_number}
    numbers = {row.id: row.number for row in contracts if row.values["Active"]}
    for invoice in scene.psa.records(INVOICES):
        contract = numbers.get(carrying.get(invoice["invoiceNumber"], 0))
        day = date.fromisoformat(invoice["date"][:10])
        period = (day, (day + timedelta(days=31)).replace(day=1) - timedelta(days=1))
        if contract and contracts.invoices.standing(contract, *period) is None:
            contracts.bill(contract, *period)


def _contract(scene: Scene, number: str) -> tuple[int, str]:
    """An agreement whose contract is older than the sync: a person has linked the two."""
    of = scene.customer()
    agreement = scene.dealer.agreement(of)
    amount = Decimal(str(scene.psa.record(PATH, agreement)["billAmount"]))
    terms = Terms(source_agreement=str(agreement), lines=(Line("LICENCE", Decimal(1), amount),))
    row = scene.eautomate.contracts.add(number, of.number, Type="MS", terms=terms)
    scene.relink(AGREEMENTS, Ref(CONTRACT.kind, "cw", str(agreement)), row.id)
    return agreement, number


def _made(scene: Scene, agreement: int) -> str:
    """The number of the contract that is there for an agreement."""
    rows = scene.eautomate.contracts.of_agreement(str(agreement))
    return next(row.number for row in rows if row.values["Active"])


def _invoiced(scene: Scene, agreement: int, repair: Callable[[], object], **fields: object) -> Made:
    return Made(_ref(scene.dealer.bills(agreement, **fields)["id"]), repair)


def _ref(invoice: int) -> Ref:
    return Ref(INVOICE, "cw", str(invoice))


_ALL = (
    Failure("EA-28", AGREEMENTS, "CUSTOMER_NOT_MAPPED", no_customer, "gives the company its customer number"),
    Failure("EA-28", AGREEMENTS, "BILL_TO_NOT_MAPPED", bill_to_opted_out, "lets the holding take part in the sync"),
    Failure("EA-31", AGREEMENTS, "CONTRACT_INACTIVE", inactive, "activates the contract"),
    Failure("EA-33", AGREEMENTS, "BILLED_BEFORE_SYNC", billed_before, "voids and resets the contract invoice"),
    Failure("EA-36", AGREEMENTS, "CONTRACT_TERMINATED", terminated, "unlinks agreement and contract"),
    Failure("EA-37", AGREEMENTS, "TEMPLATE_MISSING", no_template, "makes the template contract"),
    Failure("EA-29", AGREEMENTS, "IMPORT_REJECTED", rejected, "adds the item in e-automate"),
    Failure("", AGREEMENTS, "UNBALANCED_LINE", unbalanced, "sets the addition's price to 0"),
    Failure("", AGREEMENTS, "TOTALS_DIFFER", total_differs, "corrects the invoice"),
    Failure("", AGREEMENTS, "CONTRACT_OCCUPIED", occupied, "bills the contract for this month"),
)
_LATE = (
    Failure("EA-37", AGREEMENTS, "DEFAULT_TEMPLATE_USED", default_template, "sees to the contract, and bills it"),
    Failure("EA-34", AGREEMENTS, "NOT_RENUMBERED", billed_under_an_old_number, "voids it, corrects the PO, rebills"),
)
FAILURES = (*_ALL, *(replace(one, late=True) for one in _LATE))
