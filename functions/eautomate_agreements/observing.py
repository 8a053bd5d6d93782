"""From changes to situations: which invoice each change is about, and all that a decision about it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from functions.eautomate_agreements.billing import Billing, billing
from functions.eautomate_agreements.order import Other, place
from functions.eautomate_agreements.periods import Period, period
from functions.eautomate_agreements.rules import left_alone, stage
from functions.eautomate_agreements.settings import AgreementSettings
from functions.eautomate_agreements.situations import (
    AGREEMENT,
    INVOICE,
    InvoiceSituation,
    Payer,
    agreement_name,
    agreement_ref,
    applied,
    company_name,
    invoice_name,
    invoice_ref,
    watched,
    watched_agreement,
    watched_contract,
    watched_import,
)
from shared.partners.eautomate import CUSTOMER
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.change import Change
from shared.sync.link import Intent, Link, Pair
from shared.sync.record import Name
from shared.systems.conditions import all_of, equals, is_in
from shared.systems.connectwise_psa import Addition, Agreement, BillingCycle, Invoice
from shared.systems.connectwise_psa.finance import ADDITIONS, AGREEMENTS, BILLING_CYCLES, INVOICES
from shared.systems.eautomate import Contract, ContractInvoice

LATEST = 24
"""How many of an agreement's latest invoices are looked at for one that goes first; older ones are long billed."""


class Sources(EautomateSources[AgreementSettings]):
    """What every look and every scan reads from."""


def situations(changes: Sequence[Change], sources: Sources) -> list[InvoiceSituation]:
    """One situation for each change, in order."""
    return _Batch(changes, sources).situations()


class _Batch:
    """What was read for one batch of changes: of ConnectWise, one request for each kind of record."""

    def __init__(self, changes: Sequence[Change], sources: Sources) -> None:
        self._changes = changes
        self._sources = sources
        self._settings = sources.settings
        self._named = sources.links.find({change.ref for change in changes})
        named = self._invoices("id", {self._id(change) for change in changes if change.kind == INVOICE})
        asked = {self._id(change) for change in changes if change.kind == AGREEMENT}
        concerned = {str(one.agreement.id) for one in named if one.agreement} | asked
        theirs = self._invoices("agreement/id", concerned)
        self._by_id = {one.key: one for one in (*theirs, *named)}
        self._agreements = {one.key: one for one in self._read_agreements(concerned)}
        self._latest = {
            key: sorted((one for one in theirs if one.agreement and str(one.agreement.id) == key), key=place)[-LATEST:]
            for key in self._agreements
        }
        invoices = {invoice_ref(one) for one in (*named, *(one for many in self._latest.values() for one in many))}
        self._states = sources.links.find(invoices | set(map(agreement_ref, self._agreements)))
        self._contracts: dict[str, Contract | None] = {}
        self._billed: dict[str, list[ContractInvoice]] = {}

    def situations(self) -> list[InvoiceSituation]:
        subjects = [self._subject(change) for change in self._changes]
        payers = self._payers([one for one in subjects if one and self._is_ours(one)])
        return [
            self._situation(invoice, payers.get(invoice.key, ()), asked=bool(change.by))
            if invoice
            else self._nobody(change)
            for change, invoice in zip(self._changes, subjects, strict=True)
        ]

    def _is_ours(self, invoice: Invoice) -> bool:
        """Whether this flow takes the invoice, or has taken it."""
        agreement = self._agreements.get(str(invoice.agreement.id)) if invoice.agreement else None
        taken = isinstance(self._states.get(invoice_ref(invoice)), Link | Intent)
        return agreement is not None and (taken or not left_alone(invoice, agreement, self._settings))

    # Which invoice a change is about

    def _id(self, change: Change) -> str:
        """The ConnectWise id of the invoice or agreement that a change names; empty where it is about none."""
        if change.side == "cw":
            return change.id
        state = self._named.get(change.ref)
        return state.cw_id if isinstance(state, Link) else ""

    def _subject(self, change: Change) -> Invoice | None:
        """The invoice; of an agreement the first that is still to be imported, else the last."""
        id_ = self._id(change)
        if change.kind == INVOICE:
            return self._by_id.get(id_)
        theirs = self._latest.get(id_, [])
        waiting = [
            one
            for one in theirs
            if not isinstance(self._states.get(invoice_ref(one)), Link)
            and not left_alone(one, self._agreements[id_], self._settings)
        ]
        return next(iter([*waiting, *theirs[::-1]]), None)

    # What is read for all of them

    def _invoices(self, field: str, ids: Iterable[str]) -> list[Invoice]:
        numbers = sorted(int(id_) for id_ in ids if id_.isdigit())
        if not numbers:
            return []
        condition = is_in(field, numbers)
        whole = condition if field == "id" else all_of(equals("type", "Agreement"), condition)
        return self._sources.psa.records(INVOICES, whole, Invoice)

    def _read_agreements(self, ids: Iterable[str]) -> list[Agreement]:
        numbers = sorted(int(id_) for id_ in ids if id_.isdigit())
        return self._sources.psa.records(AGREEMENTS, is_in("id", numbers), Agreement) if numbers else []

    @cached_property
    def _cycles(self) -> Mapping[int | None, str]:
        return {one.id: one.every for one in self._sources.psa.records(BILLING_CYCLES, None, BillingCycle)}

    @cached_property
    def _contract_numbers(self) -> frozenset[str]:
        return self._sources.eautomate.contracts.numbers()

    def _payers(self, invoices: Sequence[Invoice]) -> dict[str, tuple[Payer, ...]]:
        """By invoice, whose contract it is and who is billed, if that is another company (EA-28)."""
        companies = {
            one.key: {str(company.id): company for company in (one.company, one.bill_to) if company and company.id}
            for one in invoices
        }
        found = CUSTOMER.find(self._sources.links, "cw", {id_ for many in companies.values() for id_ in many})
        customers = sorted({one.partner_id for one in found.values() if one.partner_id})
        numbers = {one.id: one.number for one in self._sources.eautomate.customers(customers)} if customers else {}
        return {
            key: tuple(
                Payer(company_name(company), found[id_], numbers.get(found[id_].partner_id, ""))
                for id_, company in many.items()
            )
            for key, many in companies.items()
        }

    def _contract(self, id_: str) -> Contract | None:
        if id_ and id_ not in self._contracts:
            self._contracts[id_] = self._sources.eautomate.contracts.contract(id_)
        return self._contracts.get(id_)

    def _billed_by(self, contract: Contract | None) -> list[ContractInvoice]:
        if contract is None:
            return []
        if contract.id not in self._billed:
            self._billed[contract.id] = self._sources.eautomate.gateway.invoices(contract.number)
        return self._billed[contract.id]

    # One situation

    def _situation(self, invoice: Invoice, payers: tuple[Payer, ...], *, asked: bool) -> InvoiceSituation:
        """What ConnectWise says, and, of an invoice that this flow takes or has taken, e-automate."""
        home, state = invoice_ref(invoice), self._states.get(invoice_ref(invoice))
        agreement = self._agreements.get(str(invoice.agreement.id)) if invoice.agreement else None
        situation = InvoiceSituation(
            home=home,
            name=invoice_name(invoice),
            pairs=(Pair(home, state, cw=watched(invoice, self._settings), cw_name=f"invoice {invoice.number}"),),
            settings=self._settings,
            invoice=invoice,
            agreement=agreement,
            payers=payers,
            asked=asked,
        )
        if agreement is None:
            return situation
        situation = replace(situation, pairs=(*situation.pairs, self._agreement_pair(agreement)))
        if not self._is_ours(invoice):
            return situation
        situation = self._with_e_automate(situation, invoice, agreement)
        if stage(situation) != "hand in":
            return situation
        additions = self._sources.psa.records(ADDITIONS.format(agreement=agreement.key), None, Addition)
        templates = frozenset[str]() if situation.contract_link else self._contract_numbers
        return replace(situation, additions=tuple(additions), templates=templates)

    def _with_e_automate(self, situation: InvoiceSituation, invoice: Invoice, agreement: Agreement) -> InvoiceSituation:
        imports = self._sources.eautomate.gateway.imports(invoice.key)
        latest = imports.all[-1] if imports.all else None
        contract = self._contract(situation.contract_link.partner_id) if situation.contract_link else None
        last = applied(imports.all)
        taken_by = self._contract(last.contract.id if last and last.contract else "")
        others = [one for one in self._latest[agreement.key] if one.key != invoice.key]
        own, linked = situation.pairs
        return replace(
            situation,
            pairs=(
                replace(
                    own,
                    partner=watched_import(latest) if latest else None,
                    partner_name=f"contract import {latest.id}" if latest else "",
                ),
                _with_contract(linked, contract or taken_by),
            ),
            imports=tuple(imports.all),
            at=imports.at,
            period=self._period(invoice, agreement),
            contract=contract,
            taken_by=taken_by,
            billing=self._billing(invoice, agreement, taken_by or contract, others),
            others=tuple(self._other(one, agreement, contract, [invoice, *others]) for one in others),
        )

    def _other(
        self, other: Invoice, agreement: Agreement, contract: Contract | None, all_of_them: Sequence[Invoice]
    ) -> Other:
        rest = [one for one in all_of_them if one.key != other.key]
        return Other(
            other,
            self._states.get(invoice_ref(other)),
            self._billing(other, agreement, contract, rest),
            bool(left_alone(other, agreement, self._settings)),
        )

    def _billing(
        self, invoice: Invoice, agreement: Agreement, contract: Contract | None, others: Sequence[Invoice]
    ) -> Billing | None:
        numbers = frozenset(one.number for one in others)
        return billing(invoice.number, self._period(invoice, agreement), self._billed_by(contract), numbers)

    def _period(self, invoice: Invoice, agreement: Agreement) -> Period | None:
        cycle = agreement.billing_cycle
        if invoice.date is None or cycle is None:
            return None
        return period(invoice.date, agreement, self._cycles.get(cycle.id, ""))

    def _agreement_pair(self, agreement: Agreement) -> Pair:
        ref, fields = agreement_ref(agreement.key), watched_agreement(agreement, self._settings)
        return Pair(ref, self._states.get(ref), cw=fields, cw_name=str(agreement_name(agreement)))

    def _nobody(self, change: Change) -> InvoiceSituation:
        """An agreement without an invoice, or what ConnectWise does not know."""
        agreement = self._agreements.get(self._id(change)) if change.kind == AGREEMENT else None
        if agreement is not None:
            pair, name = self._agreement_pair(agreement), agreement_name(agreement)
        else:
            state = self._named.get(change.ref)
            pair = Pair(state.ref("cw") if isinstance(state, Link) else change.ref, state)
            name = Name((state.cw_name if isinstance(state, Link) else "") or f"record {pair.home.id}")
        return InvoiceSituation(home=pair.home, name=name, pairs=(pair,), settings=self._settings)


def _with_contract(pair: Pair, contract: Contract | None) -> Pair:
    if contract is None:
        return pair
    return replace(pair, partner=watched_contract(contract), partner_name=f"contract {contract.number}")
