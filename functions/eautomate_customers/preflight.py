"""What must hold in both systems before customers can be kept in step: rights, set-up rows, custom fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from functions.eautomate_customers.mapping import Kind, captions
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import FLOW
from functions.eautomate_customers.sources import Sources
from shared.sync.errors import RetryLater
from shared.sync.names import EAUTOMATE, PSA
from shared.sync.preflight import Check, May, custom_field, listed
from shared.systems.connectwise_psa import Company, Psa, SetupRow, Site, roles
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


def check_customers(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the customer flow; what needs a right that is missing is left out."""
    psa, eautomate, settings = sources.psa, sources.eautomate, sources.settings
    if may(PSA, roles.TABLES) and _is_named("company_status", settings):
        yield _company_status(psa, settings.company_status)
    if may(PSA, roles.TABLES) and _is_named("company_type", settings):
        yield _company_type(psa, settings.company_type)
    if may(PSA, roles.MY_COMPANY):
        yield from _territories(psa, settings.territories)
    if may(PSA, roles.COMPANIES):
        yield from _custom_fields(psa, settings)
    if may(EAUTOMATE, "Customers"):
        yield from _custom_properties(eautomate, settings)


def _is_named(setting: str, settings: CustomerSettings) -> bool:
    """Whether somebody set it, or it is needed as it is, because companies are created."""
    return bool(getattr(settings, setting)) and (settings.create_missing or setting in settings.model_fields_set)


def _company_status(psa: Psa, name: str) -> Check:
    there = (row.entry for row in psa.records("company/companies/statuses", None, _Status))
    return listed("COMPANY_STATUS", "company status", name, there, "System > Setup Tables > Company Status", FLOW)


def _company_type(psa: Psa, name: str) -> Check:
    there = (row.entry for row in psa.company_types())
    return listed("COMPANY_TYPE", "company type", name, there, "System > Setup Tables > Company Type", FLOW)


def _territories(psa: Psa, territories: Mapping[str, str]) -> Iterator[Check]:
    there = [row.entry for row in psa.territories()] if territories else ()
    for name in dict.fromkeys(territories.values()):
        yield listed("TERRITORY", "territory", name, there, "System > My Company > Locations", FLOW)


def _custom_fields(psa: Psa, settings: CustomerSettings) -> Iterator[Check]:
    companies = psa.sample("company/companies", Company, COMPANIES_LOOKED_AT)
    sites: Iterable[Site] = next((sites for sites in (psa.sites(one.id) for one in companies) if sites), ())
    samples: Mapping[Kind, Sequence[Company | Site]] = {"company": companies, "site": list(sites)}
    for kind, records in samples.items():
        for caption in captions(kind, settings).values():
            yield custom_field(kind, caption, records[0].captions if records else None, FLOW)


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
