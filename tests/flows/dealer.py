"""A dealer whose customer has an agreement in ConnectWise, and templates in e-automate: where agreement tests begin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from infra.local.simulators.eautomate.contract_imports import ContractImport
from infra.local.simulators.eautomate.contracts import ContractInvoice
from shared.sync.link import Link
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig

INVOICES, AGREEMENTS = "finance/invoices", "finance/agreements"
GOLD = "Managed Services Gold"
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))


class Dealer:
    """Acme, customer C100, with one agreement of 500.00 a month, and ten licences of 12.50 beside it."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.eautomate = rig, rig.psa, rig.eautomate
        self.company = self.customer("C100", "Acme Dental")
        self.eautomate.add_customer("HOUSE", "The dealer")
        for number in (f"**CWBase {GOLD}", "MIT", "TIME"):
            self.eautomate.items.add(number, number, SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
        self.eautomate.contracts.add_template(f"**CW {GOLD}", "HOUSE", Type="MS", BillingCycle="MONTHLY")
        self.product = self.psa.add("procurement/catalog", identifier="MIT", description="Licence", price=12.5)["id"]
        self.agreement = self.agrees()
        self.adds(self.agreement)

    def customer(self, number: str, name: str, *, mapped: bool = True) -> int:
        """A company, and its e-automate customer; `mapped` as the customer flow links them."""
        company = int(self.psa.add("company/companies", identifier=number, name=name)["id"])
        self.eautomate.add_customer(number, name)
        if mapped:
            self.map(company, number)
        return company

    def map(self, company: int, number: str) -> None:
        link = Link("customer-company", str(company), str(self.eautomate.customers[number].id), rules="1")
        self.rig.store.links.link(FlowKey("demo", "eautomate_customers"), link)

    def agrees(self, name: str = "Acme Gold", type_: str = GOLD, amount: float = 500, **fields: Any) -> int:
        """An agreement of Acme; its id."""
        contact = self.psa.add("company/contacts", firstName="Ann", company={"id": self.company})["id"]
        given = {
            "company": {"id": self.company},
            "contact": {"id": contact},
            "billingCycle": {"name": "Monthly"},
            "billAmount": amount,
        }
        made = self.psa.add(AGREEMENTS, name=name, type={"name": type_}, **{**given, **fields})
        return int(made["id"])

    def adds(
        self, agreement: int, quantity: float = 10, price: float = 12.5, how: str = "Billable", **fields: Any
    ) -> int:
        """An addition that has been in force for long; its id."""
        given = {"product": {"id": self.product}, "quantity": quantity, "unitPrice": price, "billCustomer": how}
        since = {"effectiveDate": "2026-01-01T00:00:00Z"}
        made = self.psa.add(f"{AGREEMENTS}/{agreement}/additions", **{**given, **since, **fields})
        return int(made["id"])

    def bills(self, agreement: int = 0, *, base: float = 500, products: float = 125, **fields: Any) -> dict[str, Any]:
        """An invoice of an agreement, for November unless told otherwise."""
        given = {
            "type": "Agreement",
            "company": {"id": self.company},
            "applyToType": "Agreement",
            "applyToId": agreement or self.agreement,
            "agreementAmount": base,
            "productTotal": products,
            "date": "2026-11-01T00:00:00Z",
        }
        return self.psa.add(INVOICES, **{**given, **fields})

    # What came of it

    @property
    def imports(self) -> list[ContractImport]:
        """Every import that the gateway received, oldest first."""
        return list(self.eautomate.contract_imports.by_id.values())

    def contracts(self, agreement: int = 0) -> list[str]:
        """The numbers of the contracts that were imported for an agreement."""
        return [row.number for row in self.eautomate.contracts.of_agreement(str(agreement or self.agreement))]

    def contract(self) -> str:
        """The number of the only one."""
        (number,) = self.contracts()
        return number

    def terms(self) -> Any:
        row = self.eautomate.contracts[self.contract()]
        return self.eautomate.contracts.terms[row.id]

    def bill(self, days: tuple[date, date] = NOVEMBER, **how: Any) -> ContractInvoice:
        """Somebody bills the contract in e-automate."""
        return self.eautomate.contracts.bill(self.contract(), *days, **how)

    def contract_link(self, agreement: int = 0) -> Link | None:
        state = self.rig.state(Ref("agreement-contract", "cw", str(agreement or self.agreement)))
        return state if isinstance(state, Link) else None

    def invoice_link(self, invoice: Mapping[str, Any]) -> Link | None:
        state = self.rig.state(ref(invoice))
        return state if isinstance(state, Link) else None

    def settle(self) -> None:
        """The scan, the import, and the look at what became of it."""
        self.rig.sync()
        self.rig.tick()

    def messages(self) -> dict[str, str]:
        """What each open issue says, by code."""
        return {one.issue.code: f"{one.issue.message} {one.issue.fix}" for one in self.rig.issues().values()}


def ref(invoice: Mapping[str, Any]) -> Ref:
    return Ref("invoice-import", "cw", str(invoice["id"]))
