"""The business of companies: which are the same, which are made, and what each side is told."""

from __future__ import annotations

from functions.zomentum_companies import issues
from functions.zomentum_companies.situations import CompanySituation, said_by
from shared.partners.zomentum_records import created, doubtful, joined, linked
from shared.sync.plan import Plan, skip, stop
from shared.sync.record import Fields, Side
from shared.systems.connectwise_psa import Company


def decide(situation: CompanySituation) -> Plan:
    """The plan for one company: keep linked ones in step, else match, else create, else say why not."""
    s = situation
    if s.link is not None:
        return linked(s, s.link, said)
    company = s.own
    if company is None or (isinstance(company, Company) and company.deleted):
        return skip(s.home, "There is no such company any more.", name=s.name)
    if s.match.found is not None:
        return joined(s, said)
    if s.match.doubts:
        return doubtful(s)
    fields = {name: value for name, value in said_by(company).items() if value}
    if s.to == "partner":
        return created(s, fields)
    return _created_in_connectwise(s, fields)


def _created_in_connectwise(s: CompanySituation, fields: Fields) -> Plan:
    """ConnectWise wants a Company ID, and has status and types as the settings say."""
    if not s.identifier:
        return stop(s.home, issues.no_identifier(s), name=s.name)
    only_new: dict[str, object] = {"identifier": s.identifier, "status": s.settings.company_status}
    if s.settings.company_type:
        only_new["types"] = (s.settings.company_type,)
    return created(s, {**fields, **only_new})


def said(side: Side, fields: Fields) -> Fields:
    """Fields as a side takes them: nothing clears a field of ConnectWise's, an empty text one of Zomentum's."""
    return {name: value or None for name, value in fields.items()} if side == "cw" else fields
