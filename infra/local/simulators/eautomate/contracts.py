"""Simulated contracts and the invoices of their billing: read through the API, changed at the desktop only.

What the SOAP service does not show of a contract (its PO number, its bill-to customer, its lines) stands in
`Terms`; the contract import gateway writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.properties import CustomProperties
from infra.local.simulators.eautomate.records import Records
from infra.local.simulators.eautomate.store import Arguments, Company, Operations, Refused, Row

ACTIVE, INACTIVE, TERMINATED = "A", "I", "T"


@dataclass(frozen=True)
class Line:
    """One billed line of a contract."""

    item: str
    quantity: Decimal
    price: Decimal
    description: str = ""


@dataclass(frozen=True)
class Terms:
    """What the SOAP service does not show of a contract. `source_agreement` is the foreign agreement that a
    contract was imported for; a `template` is there to be copied."""

    po_number: str = ""
    bill_to: str | None = None
    lines: tuple[Line, ...] = ()
    source_agreement: str | None = None
    template: bool = False

    @property
    def total(self) -> Decimal:
        """What one period bills."""
        return sum((line.quantity * line.price for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class ContractInvoice:
    """One billing of a contract, for the days from `start` through `end`."""

    number: str
    contract: str
    po_number: str
    remarks: str
    billed_at: datetime
    start: date
    end: date
    total: Decimal
    voided: bool = False
    paid: bool = False


@dataclass
class ContractInvoices:
    """Every contract invoice, by number."""

    by_number: dict[str, ContractInvoice] = field(default_factory=dict)

    def of(self, contract: str) -> list[ContractInvoice]:
        """Those of one contract, oldest first."""
        return [invoice for invoice in self.by_number.values() if invoice.contract == contract]

    def standing(self, contract: str, start: date, end: date) -> ContractInvoice | None:
        """One that is not voided and bills some day of the period, or None."""
        overlapping = (
            invoice
            for invoice in self.of(contract)
            if not invoice.voided and invoice.start <= end and invoice.end >= start
        )
        return next(overlapping, None)


class Contracts(Records):
    """The contracts of one company."""

    kind = "contracts"
    label = "Contract"
    type_name = "ContractData"
    apart = ("ContractNumber", "CustomProperties", "TypeDescription")
    prefix = "CN"

    def __init__(self, company: Company, properties: CustomProperties) -> None:
        super().__init__(company, properties)
        self.terms: dict[int, Terms] = {}
        self.invoices = ContractInvoices()

    # At the desktop

    def add(self, number: str, customer: str, *, terms: Terms | None = None, **fields: Any) -> Row:
        """A new contract of a customer (its number); `fields` by the names of ContractData."""
        with self._company.lock:
            at_first = {
                "Customer": customer,
                "Active": True,
                "Status": ACTIVE,
                "StartDate": self._company.clock.now(),
            }
            row = self._insert(number, at_first, fields)
            self.terms[row.id] = terms or Terms()
            return row

    def add_template(self, number: str, customer: str, **fields: Any) -> Row:
        """A contract that imports copy; `customer` is the one it is kept under."""
        return self.add(number, customer, terms=Terms(template=True), **fields)

    def change_terms(self, number: str, **changes: Any) -> Terms:
        """Change what the SOAP service does not show of a contract; `changes` by the fields of Terms."""
        with self._company.lock:
            row = self.table[number]
            self.terms[row.id] = replace(self.terms[row.id], **changes)
            self.table.touch(row)
            return self.terms[row.id]

    def deactivate(self, number: str) -> None:
        """Take a contract out of billing; it stays where it is (rule EA-31)."""
        self.edit(number, Active=False, Status=INACTIVE)

    def terminate(self, number: str) -> None:
        """End a contract for good (rule EA-36)."""
        self.edit(number, Active=False, Status=TERMINATED, ExpDate=self._company.clock.now())

    def bill(self, number: str, start: date, end: date, *, renumber: bool = True) -> ContractInvoice:
        """Bill a contract for a period. The invoice takes the foreign invoice's number, which is the contract's PO
        number or, without one, the last word of its remarks if that has a digit (rules EA-30 and EA-34), unless there
        is none, it is taken or `renumber` is off.

        Raises Refused for an inactive contract and for a period that is billed already.
        """
        with self._company.lock:
            row = self.table[number]
            terms = self.terms[row.id]
            if not row.values["Active"]:
                raise Refused(f"Contract {row.number} is not active.")
            if self.invoices.standing(row.number, start, end) is not None:
                raise Refused(f"Contract {row.number} is already billed from {start} through {end}.")
            taken = self.invoices.by_number
            own = f"CI{10001 + len(taken)}"
            wanted = terms.po_number or _last_word(row.values["Remarks"] or "")
            invoice = ContractInvoice(
                number=wanted if renumber and wanted and wanted not in taken else own,
                contract=row.number,
                po_number=terms.po_number,
                remarks=row.values["Remarks"] or "",
                billed_at=self._company.clock.utc_now(),
                start=start,
                end=end,
                total=terms.total,
            )
            taken[invoice.number] = invoice
            through = datetime.combine(end, datetime.min.time())
            self.edit(number, BillingPeriodThrough=through)
            return invoice

    def void(self, invoice_number: str) -> None:
        """Void and reset a contract invoice, so that its period can be billed again (rule EA-33)."""
        with self._company.lock:
            invoices = self.invoices.by_number
            invoices[invoice_number] = replace(invoices[invoice_number], voided=True)
            self.edit(invoices[invoice_number].contract, BillingPeriodThrough=None)

    def pay(self, invoice_number: str) -> None:
        """Note that a contract invoice is paid."""
        with self._company.lock:
            invoices = self.invoices.by_number
            invoices[invoice_number] = replace(invoices[invoice_number], paid=True)

    def of_agreement(self, source_agreement: str) -> list[Row]:
        """Every contract, whatever its state, that was imported for a foreign agreement."""
        return [row for row in self if self.terms[row.id].source_agreement == source_agreement]

    # The service's operations

    def operations(self) -> Operations:
        """The operations on contracts, by name: all of them read."""
        return {
            "getContractList": lambda sent: self._list(sent, None),
            "getContractListForCustomer": self._list_for_customer,
            "getContract": self._get,
        }

    def record(self, row: Row) -> dict[str, Any]:
        """A contract as ContractData."""
        kind = row.values["Type"]
        kinds = self._company.tables["contract_types"]
        return {
            **row.values,
            "ContractNumber": row.code,
            "TypeDescription": None if kind is None else kinds[kind.code].values["Description"],
            "CustomProperties": self._properties.write(row),
        }

    def _get(self, sent: Arguments) -> dict[str, Any] | None:
        """By ID only: a code alone finds nothing, as on a dealer's server."""
        number: Code = sent["ContractNumber"]
        row = None if number.id is None else self.table.find(number)
        return None if row is None else self.record(row)

    def _list_for_customer(self, sent: Arguments) -> dict[str, Any]:
        return self._list(sent, self._company.tables["customers"].require(sent["CustomerNumber"]).code)

    def _list(self, sent: Arguments, customer: Code | None) -> dict[str, Any]:
        return self._company.list_since(
            sent["TimeStamp"],
            self.table,
            lambda row: (
                {"ContractNumber": row.code, "Active": row.values["Active"]}
                if customer in (None, row.values["Customer"])
                else None
            ),
        )


def _last_word(remarks: str) -> str:
    """The last word, if it may be a number."""
    word = remarks.rsplit(maxsplit=1)[-1] if remarks.strip() else ""
    return word if any(sign.isdigit() for sign in word) else ""
