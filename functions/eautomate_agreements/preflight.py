"""What must hold before invoices can become contracts: rights, the gateway, set-up rows, templates, items, fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from functions.eautomate_agreements.settings import AgreementSettings
from functions.rights import AGREEMENTS_ROW, EAUTOMATE, INVOICES_ROW, PSA, TABLES, checks, lacks
from shared.partners.eautomate import AGREEMENTS as FLOW
from shared.sync.preflight import Check, tried
from shared.sync.record import fold
from shared.systems.connectwise_psa import Agreement, BillingStatus, Invoice, Psa, SetupRow
from shared.systems.connectwise_psa.finance import AGREEMENT_TYPES, AGREEMENTS, BILLING_STATUSES, INVOICES
from shared.systems.eautomate import Eautomate

_READS: Mapping[str, Callable[[Eautomate], object]] = {
    "getContractList": lambda eautomate: eautomate.contracts.changed(eautomate.current_timestamp()),
    "getCustomerDataList": lambda eautomate: eautomate.customers(["1"]),
}
"""How each right of the e-automate user is tried: by asking for next to nothing."""


def check_agreements(psa: Psa, eautomate: Eautomate, settings: AgreementSettings) -> Iterator[Check]:
    """Every check of the agreement flow, rights first; what needs a right that is missing is left out."""
    rights = list(checks(FLOW, settings, {PSA: psa.may_read, EAUTOMATE: lambda what: _READS[what](eautomate)}))
    yield from rights
    yield _gateway(eautomate)
    if settings.statuses and not lacks(rights, PSA, TABLES):
        rows = psa.records(BILLING_STATUSES, None, BillingStatus)
        for name in settings.statuses:
            yield _status(name, rows)
    if settings.agreement_types and not lacks(rights, PSA, AGREEMENTS_ROW):
        there = [row.name for row in psa.records(AGREEMENT_TYPES, None, SetupRow)]
        for name in settings.agreement_types:
            yield _row("AGREEMENT_TYPE", "Agreement type", name, there, "System > Setup Tables > Agreement Type")
    if not lacks(rights, EAUTOMATE, "Contracts"):
        yield from _templates(eautomate, settings)
    yield from _items(eautomate, settings)
    if not lacks(rights, PSA, AGREEMENTS_ROW):
        yield from _fields("agreement", (settings.contract_number_field,), lambda: psa.sample(AGREEMENTS, Agreement))
    if not lacks(rights, PSA, INVOICES_ROW):
        captions = (settings.invoice_number_field, settings.paid_field)
        yield from _fields("invoice", captions, lambda: psa.sample(INVOICES, Invoice))


def _gateway(eautomate: Eautomate) -> Check:
    check = Check(
        "GATEWAY",
        "Contract import gateway",
        True,
        "it answers",
        "a gateway that takes the keys of the PublicAPI",
        "systems.eautomate.gateway_url",
        "Set it to the address of the contract import gateway, and let it take the user of the PublicAPI.",
    )

    def ask() -> Check:
        eautomate.gateway.check()
        return check

    return tried(check, ask)


def _status(name: str, rows: Sequence[BillingStatus]) -> Check:
    check = _row(
        "BILLING_STATUS", "Billing status", name, [row.name for row in rows], "System > Setup Tables > Billing Status"
    )
    if check.passed and any(row.inactive and fold(row.name) == fold(name) for row in rows):
        return replace(check, passed=False, found="it is there, but inactive", fix=f"Clear Inactive in the row {name}.")
    return check


def _templates(eautomate: Eautomate, settings: AgreementSettings) -> Iterator[Check]:
    """EA-37: the same to the character. Those of agreement types can be told beforehand, those of names cannot."""
    wanted = [settings.default_template] if settings.default_template else []
    wanted += _by_type(settings.template_pattern, settings)
    there = eautomate.contracts.numbers() if wanted else frozenset()
    for number in dict.fromkeys(wanted):
        found = number in there
        yield Check(
            "TEMPLATE",
            f"Template contract {number}",
            found,
            "it is there" if found else "there is no contract of that number, the same to the character",
            f"a contract {number} to copy",
            f"e-automate, contracts, number {number}",
            f"Make the template contract {number}, or correct template_pattern or default_template in the settings.",
            number,
        )


def _items(eautomate: Eautomate, settings: AgreementSettings) -> Iterator[Check]:
    wanted = [*_by_type(settings.base_item_pattern, settings), settings.time_item, settings.expense_item]
    for number in dict.fromkeys(filter(None, wanted)):
        check = Check(
            "CONTRACT_ITEM",
            f"Item {number}",
            True,
            "it is there",
            f"an item {number} to bill",
            f"e-automate, items, number {number}",
            f"Make the item {number}, or name another one in the settings of {FLOW}.",
            number,
        )
        yield check if eautomate.items.exists(number) else replace(check, passed=False, found="there is no such item")


def _by_type(pattern: str, settings: AgreementSettings) -> list[str]:
    """What a pattern comes to for each agreement type that is set, where it names no agreement."""
    if "{agreement_name" in pattern:
        return []
    return [pattern.format(agreement_type=name) for name in settings.agreement_types]


def _row(code: str, title: str, name: str, names: Iterable[str], table: str) -> Check:
    """Whether a set-up table has a row of this name."""
    names = list(names)
    there = fold(name) in map(fold, names)
    return Check(
        code,
        f"{title} {name}",
        there,
        "it is there" if there else f"there is none of that name; there is {', '.join(names) or 'none at all'}",
        f"an active row named {name}",
        f"{table}, row {name}",
        f"Add the row {name}, or name another one in the settings of {FLOW}.",
        fold(name),
    )


def _fields(kind: str, captions: Iterable[str], sample: Callable[[], Sequence[Agreement | Invoice]]) -> Iterator[Check]:
    """Custom fields are seen on any record of their kind."""
    wanted = [caption for caption in captions if caption]
    records = sample() if wanted else []
    for caption in wanted:
        check = Check(
            "CUSTOM_FIELD",
            f"Custom field {caption} of an {kind}",
            None,
            f"there is no {kind} yet to see it on",
            f"a custom field with the caption {caption} on every {kind}",
            f"System > Setup Tables > Custom Fields, screen {kind.title()}, row {caption}",
            f"Add a field with the caption {caption}, or name another one in the settings of {FLOW}.",
            f"{kind}/{fold(caption)}",
        )
        if records:
            found = records[0].has_custom_field(caption)
            check = replace(check, passed=found, found="it is there" if found else "there is none of that caption")
        yield check
