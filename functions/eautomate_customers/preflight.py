"""What must hold in both systems before customers can be kept in step: rights, set-up rows, custom fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from functions.eautomate_customers.mapping import Kind, captions
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import FLOW
from functions.rights import COMPANIES, EAUTOMATE, MY_COMPANY, PSA, TABLES, checks, lacks
from shared.sync.errors import RetryLater
from shared.sync.preflight import Check
from shared.sync.record import fold
from shared.systems.connectwise_psa import Company, Psa, SetupRow, Site
from shared.systems.connectwise_psa.models import Flag
from shared.systems.eautomate import Customer, Eautomate

SAMPLE = 20
"""How many customers are looked at for a custom property."""

COMPANIES_LOOKED_AT = 5
"""How many companies may have no site before none is taken to have one."""


class _Status(SetupRow):
    """A company status, which can be switched off."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag"
    inactive: Flag = Field(False, alias="inactiveFlag")


def check_customers(psa: Psa, eautomate: Eautomate, settings: CustomerSettings) -> Iterator[Check]:
    """Every check of the customer flow, rights first; what needs a right that is missing is left out."""
    rights = list(checks(FLOW, settings, {PSA: psa.may_read, EAUTOMATE: lambda what: _READS[what](eautomate)}))
    yield from rights
    if not lacks(rights, PSA, TABLES) and _is_named("company_status", settings):
        yield _company_status(psa, settings.company_status)
    if not lacks(rights, PSA, TABLES) and _is_named("company_type", settings):
        yield _company_type(psa, settings.company_type)
    if not lacks(rights, PSA, MY_COMPANY):
        yield from _territories(psa, settings.territories)
    if not lacks(rights, PSA, COMPANIES):
        yield from _custom_fields(psa, settings)
    if not lacks(rights, EAUTOMATE, "Customers"):
        yield from _custom_properties(eautomate, settings)


_READS: Mapping[str, Callable[[Eautomate], object]] = {
    "getCustomerList": lambda eautomate: eautomate.changed_customers(eautomate.current_timestamp()),
    "getContractList": lambda eautomate: eautomate.contracts.changed(eautomate.current_timestamp()),
}
"""How each right of the e-automate user is tried: by asking what changed since just now."""


def _is_named(setting: str, settings: CustomerSettings) -> bool:
    """Whether somebody set it, or it is needed as it is, because companies are created."""
    return bool(getattr(settings, setting)) and (settings.create_missing or setting in settings.model_fields_set)


def _company_status(psa: Psa, name: str) -> Check:
    rows = [row for page, _ in psa.pages("company/companies/statuses", None, _Status) for row in page]
    inactive = {fold(row.name) for row in rows if row.inactive}
    check = _row("COMPANY_STATUS", "Company status", name, rows, "System > Setup Tables > Company Status")
    if check.passed and fold(name) in inactive:
        return replace(check, passed=False, found="it is there, but inactive", fix=f"Clear Inactive in the row {name}.")
    return check


def _company_type(psa: Psa, name: str) -> Check:
    return _row("COMPANY_TYPE", "Company type", name, psa.company_types(), "System > Setup Tables > Company Type")


def _territories(psa: Psa, territories: Mapping[str, str]) -> Iterator[Check]:
    rows = psa.territories() if territories else ()
    for name in dict.fromkeys(territories.values()):
        yield _row("TERRITORY", "Territory", name, rows, "System > My Company > Locations")


def _row(code: str, title: str, name: str, rows: Iterable[SetupRow], table: str) -> Check:
    """Whether a set-up table has a row of this name."""
    names = [row.name for row in rows]
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


def _custom_fields(psa: Psa, settings: CustomerSettings) -> Iterator[Check]:
    companies = psa.sample("company/companies", Company, COMPANIES_LOOKED_AT)
    sites: Iterable[Site] = next((sites for sites in (psa.sites(one.id) for one in companies) if sites), ())
    samples: Mapping[Kind, Sequence[Company | Site]] = {"company": companies, "site": list(sites)}
    for kind, records in samples.items():
        for caption in captions(kind, settings).values():
            yield _custom_field(kind, caption, records)


def _custom_field(kind: Kind, caption: str, records: Sequence[Company | Site]) -> Check:
    check = Check(
        "CUSTOM_FIELD",
        f"Custom field {caption} of a {kind}",
        None,
        f"there is no {kind} yet to see it on",
        f"a custom field with the caption {caption} on every {kind}",
        f"System > Setup Tables > Custom Fields, screen {kind.title()}, row {caption}",
        f"Add a text field with the caption {caption}, or name another one in the settings of {FLOW}.",
        f"{kind}/{fold(caption)}",
    )
    if not records:
        return check
    if records[0].has_custom_field(caption):
        return replace(check, passed=True, found="it is there")
    there = ", ".join(each.caption for each in records[0].custom_fields) or "none at all"
    return replace(check, passed=False, found=f"there is none of that caption; there is {there}")


def _custom_properties(eautomate: Eautomate, settings: CustomerSettings) -> Iterator[Check]:
    """The opt-out property is wanted only where somebody named one: without it, every customer just syncs."""
    names = [settings.company_property, settings.site_property]
    if "opt_out_property" in settings.model_fields_set:
        names.append(settings.opt_out_property)
    unknown = [name for name in names if not _is_known(eautomate, name)]
    customers = _some_customers(eautomate) if unknown else ()
    for name in names:
        yield _custom_property(name, name not in unknown, customers)


def _is_known(eautomate: Eautomate, name: str) -> bool:
    """What getSHAttribute says; a server that cannot answer it has said nothing, and customers are looked at."""
    try:
        return eautomate.knows_property(name)
    except RetryLater:
        return False


def _some_customers(eautomate: Eautomate) -> list[Customer]:
    rows, _ = eautomate.changed_customers(None)
    active = [row.id for row in rows if row.active]
    return eautomate.customers(active[:: max(1, len(active) // SAMPLE)][:SAMPLE])


def _custom_property(name: str, known: bool, customers: Sequence[Customer]) -> Check:
    check = Check(
        "CUSTOM_PROPERTY",
        f"Custom property {name}",
        None,
        "there is no customer yet to see it on",
        f"a custom property {name} in the configuration of every customer",
        f"e-automate, custom property configurations of customers, property {name}",
        f"Add {name} to the configuration, and assign the configuration to customers that have none.",
        name,
    )
    if known or any(name in (one.properties or {}) for one in customers):
        return replace(check, passed=True, found="it is there")
    if not customers:
        return check
    return replace(check, passed=False, found=f"none of {len(customers)} customers looked at has it")
