"""From changes to situations: each company on both sides, or whom it may be on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from functions.zomentum_companies.matching import AnyCompany, Other, match
from functions.zomentum_companies.settings import CompanySettings
from functions.zomentum_companies.situations import (
    CompanySituation,
    company_name,
    domain,
    facts,
    said_by,
    spellings,
    watched,
)
from shared.partners.zomentum_records import Match
from shared.partners.zomentum_sources import Meeting, ZomentumSources
from shared.sync.change import Change
from shared.sync.record import Fields, Name, Ref, fold
from shared.systems import zomentum
from shared.systems.conditions import Condition, any_of, contains, is_in
from shared.systems.connectwise_psa import Company, Psa
from shared.systems.connectwise_psa.identifiers import choices


class Sources(ZomentumSources[Company, zomentum.Company, CompanySettings]):
    """Where the flow of companies reads."""

    situation = CompanySituation
    path = "company/companies"
    ours = Company
    theirs = zomentum.Company

    def our_records(self, condition: Condition) -> list[Company]:
        return self.psa.companies(condition)

    def our_record(self, id_: str) -> Company | None:
        return self.psa.company(id_)

    def name(self, record: AnyCompany) -> Name:
        return company_name(record)

    def is_deleted(self, record: Company) -> bool:
        return record.deleted

    def situations(self, changes: Sequence[Change]) -> list[CompanySituation]:
        """One situation for each change, in order."""
        look = self.look(changes)
        meeting = Meeting(self, look, self._around(look.strangers))
        identifiers = Identifiers(self.psa, look.strangers)

        def situation(home: Ref) -> CompanySituation:
            observed = meeting.observed(home, self.fields, lambda home: _match(home, meeting))
            return CompanySituation(
                **observed,
                facts=facts(observed["cw"], self.settings),
                settings=self.settings,
                identifier=identifiers.of(home),
            )

        return meeting.situations(situation)

    def fields(self, company: AnyCompany) -> Fields:
        """Its mapped fields, as a pair has them."""
        return watched(company, self.settings) if isinstance(company, Company) else said_by(company)

    def fields_of(self, records: Sequence[AnyCompany]) -> list[Fields]:
        return [self.fields(one) for one in records]

    def _around(self, strangers: Mapping[Ref, AnyCompany]) -> Iterator[AnyCompany]:
        """The companies of either side with the name or the domain of one of these."""
        if not strangers:
            return
        names = sorted({one.name.strip() for one in strangers.values()} - {""})
        hosts = sorted({domain(one) for one in strangers.values()} - {""})
        # ConnectWise takes two of one name, so that its own side is read for a company of its own as well.
        condition = any_of(is_in("name", names), *(contains("website", host) for host in hosts))
        yield from (one for one in self.psa.companies(condition) if not one.deleted)
        if any(ref.side == "cw" for ref in strangers):
            yield from self.zomentum.companies(zomentum.is_in("name", names))
            websites = [spelling for host in hosts for spelling in spellings(host)]
            yield from self.zomentum.companies(zomentum.is_in("website", websites))


class Identifiers:
    """Company IDs for those of the strangers that may be made in ConnectWise."""

    def __init__(self, psa: Psa, strangers: Mapping[Ref, AnyCompany]) -> None:
        self._psa = psa
        self._wanted = {ref: _ids(one) for ref, one in strangers.items() if ref.side == "partner"}
        self._taken: set[str] | None = None

    def of(self, home: Ref) -> str:
        """One that is free; empty where all that can be made are taken, or none is wanted."""
        if home not in self._wanted:
            return ""
        if self._taken is None:
            all_ids = [id_ for ids in self._wanted.values() for id_ in ids]
            self._taken = {fold(one.identifier) for one in self._psa.companies(is_in("identifier", all_ids))}
        chosen = next((id_ for id_ in self._wanted[home] if fold(id_) not in self._taken), "")
        self._taken.add(fold(chosen))
        return chosen


def _match(home: Ref, meeting: Meeting[Company, zomentum.Company]) -> Match:
    """Whom this company is on the other side, as far as can be told."""
    own = meeting.strangers[home]
    others = [Other(one, meeting.linked_to(one)) for one in meeting.others(home)]
    alike = [one for one in meeting.namesakes(home) if fold(one.name) == fold(own.name)]
    return match(own, others, [Other(one, meeting.linked_to(one)) for one in alike])


def _ids(company: AnyCompany) -> tuple[str, ...]:
    """Company IDs for it; the last one has Zomentum's own id, which no other company has."""
    return (*choices(company.name, "2", "3"), f"ZM{company.key.upper()[-20:]}")
