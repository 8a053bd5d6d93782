"""Simulated contract imports: staged when they come in, then applied to contracts or rejected.

Assumed, all of it: the PublicAPI writes no contracts, and CEO Juice's own staging (ID775) is described but not
published. An import without a contract number makes a contract from a template; one with a number changes that
contract. It is looked at `delay` after it came in, at the next request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.contracts import ACTIVE, INACTIVE, TERMINATED, Contracts, Line, Terms
from infra.local.simulators.eautomate.store import Company, Row

Text = Annotated[str, Field(min_length=1, max_length=50)]
_COPIED = ("Type", "Term", "BillingCycle", "BillCode", "TaxCode", "BaseArrears", "BaseRatePeriod", "SalesRepID")


class ImportLine(BaseModel):
    """One line to bill: an item's number, how many, and the price of one."""

    model_config = ConfigDict(extra="forbid")

    item: Text
    qty: Decimal
    price: Decimal
    description: str = ""


class ImportRequest(BaseModel):
    """The body of `POST /contract-imports`; money and quantities as JSON text or number."""

    model_config = ConfigDict(extra="forbid")

    sourceInvoice: Text  # noqa: N815 (names of the wire, here and below)
    sourceAgreement: Text  # noqa: N815
    customer: Text
    billTo: Text | None = None  # noqa: N815
    contractNumber: Text | None = None  # noqa: N815
    templateNumber: Text | None = None  # noqa: N815
    poNumber: str | None = None  # noqa: N815
    remarks: str | None = None
    periodStart: date | None = None  # noqa: N815
    periodEnd: date | None = None  # noqa: N815
    endDate: date | None = None  # noqa: N815
    cancelled: bool = False
    lines: tuple[ImportLine, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> ImportRequest:
        if self.contractNumber is None and self.templateNumber is None:
            raise ValueError("templateNumber is required for a new contract")
        if self.contractNumber is None and self.cancelled:
            raise ValueError("contractNumber is required to cancel a contract")
        if not self.lines and not self.cancelled:
            raise ValueError("at least one line is required")
        if (self.periodStart is None) != (self.periodEnd is None):
            raise ValueError("periodStart and periodEnd come together")
        return self


@dataclass(frozen=True)
class Problem:
    """Why an import was rejected."""

    code: str
    message: str


@dataclass(frozen=True)
class ContractImport:
    """One import and what became of it; `contract` is the number of the contract made or changed."""

    id: int
    request: ImportRequest
    received_at: datetime
    state: Literal["staged", "applied", "rejected"] = "staged"
    settled_at: datetime | None = None
    contract: str | None = None
    created: bool = False
    problems: tuple[Problem, ...] = ()


class ContractImports:
    """Every import of one company, by ID, in order of coming in.

    `delay` is how long one stays staged; `held` keeps all of them staged, as a gateway that stands still.
    """

    def __init__(self, company: Company, contracts: Contracts) -> None:
        self._company = company
        self._contracts = contracts
        self.by_id: dict[int, ContractImport] = {}
        self.delay = timedelta(0)
        self.held = False

    def receive(self, request: ImportRequest) -> ContractImport:
        """Stage an import. Sent twice, it is staged twice."""
        staged = ContractImport(self._company.new_id(), request, self._company.clock.utc_now())
        self.by_id[staged.id] = staged
        return staged

    def settle(self) -> None:
        """Apply or reject every import whose time has come."""
        now = self._company.clock.utc_now()
        for waiting in list(self.by_id.values()):
            if waiting.state == "staged" and not self.held and now >= waiting.received_at + self.delay:
                self.by_id[waiting.id] = replace(self._apply(waiting), settled_at=now.astimezone(UTC))

    def _apply(self, staged: ContractImport) -> ContractImport:
        request = staged.request
        contract = self._contract(request)
        problems = [problem for check in self._checks() if (problem := check(request, contract)) is not None]
        if problems:
            number = None if contract is None else contract.number
            return replace(staged, state="rejected", problems=tuple(problems), contract=number)
        row = contract or self._new(request)
        self._change(request, row)
        return replace(staged, state="applied", contract=row.number, created=contract is None)

    def _contract(self, request: ImportRequest) -> Row | None:
        return None if request.contractNumber is None else self._contracts.table.get(request.contractNumber)

    # What may be wrong, each as a Problem or None

    def _checks(self) -> tuple[Callable[[ImportRequest, Row | None], Problem | None], ...]:
        return (
            self._check_customers,
            self._check_contract,
            self._check_template,
            self._check_items,
            self._check_period,
        )

    def _check_customers(self, request: ImportRequest, _: Row | None) -> Problem | None:
        customers = self._company.tables["customers"]
        if request.customer not in customers:
            return Problem("CUSTOMER_NOT_FOUND", f"Customer {request.customer} does not exist.")
        if request.billTo is not None and request.billTo not in customers:
            return Problem("BILL_TO_NOT_FOUND", f"Bill-to customer {request.billTo} does not exist.")
        return None

    def _check_contract(self, request: ImportRequest, contract: Row | None) -> Problem | None:
        if request.contractNumber is None:
            standing = [
                row for row in self._contracts.of_agreement(request.sourceAgreement) if _status(row) != TERMINATED
            ]
            if standing:
                told = f"Agreement {request.sourceAgreement} already has contract {standing[0].number}."
                return Problem("CONTRACT_EXISTS", told)
            return None
        if contract is None:
            return Problem("CONTRACT_NOT_FOUND", f"Contract {request.contractNumber} does not exist.")
        if _status(contract) == TERMINATED:
            return Problem("CONTRACT_TERMINATED", f"Contract {contract.number} is terminated.")
        return None

    def _check_template(self, request: ImportRequest, contract: Row | None) -> Problem | None:
        if contract is not None or request.contractNumber is not None or self._template(request) is not None:
            return None
        return Problem("TEMPLATE_NOT_FOUND", f"There is no contract template {request.templateNumber}.")

    def _check_items(self, request: ImportRequest, _: Row | None) -> Problem | None:
        missing = [line.item for line in request.lines if line.item not in self._company.tables["items"]]
        told = f"Items that do not exist: {', '.join(missing)}."
        return Problem("ITEM_NOT_FOUND", told) if missing else None

    def _check_period(self, request: ImportRequest, contract: Row | None) -> Problem | None:
        if contract is None or request.periodStart is None or request.periodEnd is None:
            return None
        invoices = self._contracts.invoices
        standing = invoices.standing(contract.number, request.periodStart, request.periodEnd)
        if standing is None or standing.number == request.poNumber:
            return None
        told = f"Contract {contract.number} is already billed for the period, by invoice {standing.number}."
        return Problem("ALREADY_BILLED", told)

    # Carrying out

    def _template(self, request: ImportRequest) -> Row | None:
        """By its exact number, case and blanks included (rule EA-37)."""
        row = self._contracts.table.get(request.templateNumber or "")
        exact = row is not None and row.number == request.templateNumber
        return row if exact and row is not None and self._contracts.terms[row.id].template else None

    def _new(self, request: ImportRequest) -> Row:
        template = self._template(request)
        copied = {} if template is None else {name: template.values[name] for name in _COPIED}
        start = request.periodStart
        begun = {} if start is None else {"StartDate": _midnight(start)}
        number = self._contracts.table.free_number(self._contracts.prefix)
        terms = Terms(source_agreement=request.sourceAgreement)
        return self._contracts.add(number, request.customer, terms=terms, **copied, **begun)

    def _change(self, request: ImportRequest, row: Row) -> None:
        """Write an import into its contract. One that is inactive stays so (rule EA-31)."""
        terms = self._contracts.terms[row.id]
        if request.lines:
            lines = tuple(Line(line.item, line.qty, line.price, line.description) for line in request.lines)
            terms = replace(terms, lines=lines)
        if request.poNumber is not None:
            terms = replace(terms, po_number=request.poNumber)
        self._contracts.terms[row.id] = replace(terms, bill_to=request.billTo or terms.bill_to)
        fields: dict[str, Any] = {"BaseRate": self._contracts.terms[row.id].total}
        if request.remarks is not None:
            fields["Remarks"] = request.remarks
        if request.endDate is not None:
            fields["ExpDate"] = _midnight(request.endDate)
        self._contracts.edit(row.number, **fields)
        if request.cancelled:
            self._contracts.terminate(row.number)


def _status(row: Row) -> str:
    status: Code | None = row.values["Status"]
    fallback = ACTIVE if row.values["Active"] else INACTIVE
    return fallback if status is None else status.code or fallback


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())
