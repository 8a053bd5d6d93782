"""What must hold in both systems before companies can be kept in step: set-up rows, and the fields that carry ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from functions.zomentum_companies.observing import Sources
from shared.partners.zomentum import COMPANIES
from shared.partners.zomentum_checks import once, sync_field
from shared.sync.names import PSA
from shared.sync.preflight import Check, May, custom_field, listed
from shared.systems import zomentum
from shared.systems.connectwise_psa import Company, SetupRow, roles
from shared.systems.connectwise_psa.models import Flag

STATUSES = "System > Setup Tables > Company Status"
TYPES = "System > Setup Tables > Company Type"


class _Status(SetupRow):
    """A company status, which can be switched off."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag"
    inactive: Flag = Field(False, alias="inactiveFlag")


def check_companies(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of companies; what needs a right that is missing is left out."""
    psa, settings = sources.psa, sources.settings
    if may(PSA, roles.TABLES):
        statuses = [row.entry for row in psa.records("company/companies/statuses", None, _Status)]
        for name in once([settings.company_status, *settings.filters.get("company_status", ())]):
            yield listed("COMPANY_STATUS", "company status", name, statuses, STATUSES, COMPANIES)
        types = [row.entry for row in psa.company_types()]
        for name in once([settings.company_type, *settings.filters.get("company_type", ())]):
            yield listed("COMPANY_TYPE", "company type", name, types, TYPES, COMPANIES)
    if may(PSA, roles.COMPANIES):
        seen = psa.sample("company/companies", Company)
        yield custom_field("company", settings.cw_id_field, seen[0].captions if seen else None, COMPANIES)
    yield sync_field(sources.zomentum, zomentum.Company, "company")
