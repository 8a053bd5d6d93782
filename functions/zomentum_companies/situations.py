"""What a decision about a company needs, read and frozen; and which of its fields are mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from functions.zomentum_companies.settings import FIELDS, CompanySettings
from shared.partners.zomentum import COMPANY
from shared.partners.zomentum_records import RecordSituation
from shared.sync.record import Name, fold
from shared.systems import zomentum
from shared.systems.connectwise_psa import LIMITS, Company

KIND = COMPANY.kind


@dataclass(frozen=True, kw_only=True)
class CompanySituation(RecordSituation[Company, zomentum.Company]):
    """A company on one side or both. `identifier` is a Company ID that is free for one that is made in ConnectWise."""

    kind: ClassVar[str] = KIND
    noun: ClassVar[str] = "company"

    settings: CompanySettings
    identifier: str = ""

    @property
    def limits(self) -> Mapping[str, int]:
        return LIMITS["company"]


def said_by(company: Company | zomentum.Company) -> dict[str, str]:
    """The fields that both sides have, by one word: texts without blanks at their ends, a website as people say it."""
    told = {name: str(getattr(company, name)).strip() for name in FIELDS}
    return {**told, "website": site(told["website"])}


def watched(company: Company, settings: CompanySettings) -> dict[str, Any]:
    """All of a ConnectWise company that a decision depends on."""
    return {**said_by(company), "deleted": company.deleted, **facts(company, settings)}


def facts(company: Company | None, settings: CompanySettings) -> dict[str, str]:
    """One value for each fact that a filter asks for; none of a company that ConnectWise does not have."""
    if company is None:
        return {}
    types = [one.name for one in company.types]
    admitted = {fold(one) for one in settings.filters.get("company_type", ())}
    said = {
        "company_status": company.status.name if company.status else "",
        "company_type": next((name for name in types if fold(name) in admitted), ", ".join(sorted(types))),
    }
    return {fact: said[fact] for fact in settings.filters}


def site(website: str) -> str:
    """A website as people say it: without scheme, `www.` and the slash at its end, its host in small letters."""
    parts = urlsplit(website if "//" in website else f"//{website}")
    host = parts.netloc.casefold().removeprefix("www.")
    rest = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{rest}"


def domain(company: Company | zomentum.Company) -> str:
    """The host of its website; empty without one."""
    return site(company.website).partition("/")[0].partition("?")[0]


def spellings(host: str) -> tuple[str, ...]:
    """How a website that is just this host may be written."""
    return tuple(
        f"{scheme}{www}{host}{end}"
        for scheme in ("", "https://", "http://")
        for www in ("", "www.")
        for end in ("", "/")
    )


def company_name(company: Company | zomentum.Company) -> Name:
    """What people call a company, with its page."""
    return Name(f"company {company.name.strip()}", company.url)
