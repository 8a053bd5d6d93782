"""What must hold before invoices can become contracts: rights, the gateway, set-up rows, templates, items, fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from functions.eautomate_agreements.observing import Sources
from functions.eautomate_agreements.settings import AgreementSettings
from shared.partners.eautomate import AGREEMENTS as FLOW
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, custom_field, listed, tried
from shared.systems.connectwise_psa import Agreement, BillingStatus, Invoice, SetupRow, roles
from shared.systems.connectwise_psa.finance import AGREEMENT_TYPES, AGREEMENTS, BILLING_STATUSES, INVOICES
from shared.systems.connectwise_psa.models import WithCustomFields
from shared.systems.eautomate import Eautomate

SETUP = "System > Setup Tables"


def check_agreements(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the agreement flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    yield _gateway(eautomate)
    if settings.statuses and may(PSA, roles.TABLES):
        there = [row.entry for row in psa.records(BILLING_STATUSES, None, BillingStatus)]
        for name in settings.statuses:
            yield listed("BILLING_STATUS", "billing status", name, there, f"{SETUP} > Billing Status", FLOW)
    if settings.agreement_types and may(PSA, roles.AGREEMENTS):
        there = [row.entry for row in psa.records(AGREEMENT_TYPES, None, SetupRow)]
        for name in settings.agreement_types:
            yield listed("AGREEMENT_TYPE", "agreement type", name, there, f"{SETUP} > Agreement Type", FLOW)
    if may(EAUTOMATE, "Contracts"):
        yield from _templates(eautomate, settings)
    yield from _items(eautomate, settings)
    if may(PSA, roles.AGREEMENTS):
        yield from _fields("agreement", (settings.contract_number_field,), lambda: psa.sample(AGREEMENTS, Agreement))
    if may(PSA, roles.INVOICING):
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


def _fields(kind: str, captions: Iterable[str], sample: Callable[[], Sequence[WithCustomFields]]) -> Iterator[Check]:
    """Custom fields are seen on any record of their kind."""
    wanted = [caption for caption in captions if caption]
    records = sample() if wanted else []
    for caption in wanted:
        yield custom_field(kind, caption, records[0].captions if records else None, FLOW)
