"""From changes to situations: each company on both sides, or whom it may be on the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from functions.zomentum_companies.matching import BY_MARKER, AnyCompany, Other, match
from functions.zomentum_companies.settings import CompanySettings
from functions.zomentum_companies.situations import (
    KIND,
    CompanySituation,
    company_name,
    domain,
    facts,
    said_by,
    side_of,
    spellings,
    watched,
)
from shared.partners.zomentum_records import Candidate, Match, one_look, pair_of
from shared.sync.change import Change
from shared.sync.flow import Context, View
from shared.sync.link import Intent, Link, Pair, State
from shared.sync.record import SIDES, Fields, Name, Ref, Side, fold
from shared.systems import zomentum
from shared.systems.conditions import any_of, changed_since, contains, is_in
from shared.systems.connectwise_psa import Company, Psa
from shared.systems.connectwise_psa.identifiers import choices


class Sources:
    """Where the flow of companies reads."""

    def __init__(self, context: Context) -> None:
        self.links: View = context.links
        self.psa = context.system(Psa)
        self.zomentum = context.system(zomentum.Zomentum)
        self.settings: CompanySettings = context.settings

    def situations(self, changes: Sequence[Change]) -> list[CompanySituation]:
        """One situation for each change, in order."""
        states = self.links.find({change.ref for change in changes})
        homes = {ref: state.ref("cw") if isinstance(state := states.get(ref), Link) else ref for ref in _refs(changes)}
        about = {homes[ref]: states.get(ref) for ref in _refs(changes)}
        there = self._read({ref for home, state in about.items() for ref in _ends(home, state)})
        strangers = {
            home: there[home] for home, state in about.items() if not isinstance(state, Link) and home in there
        }
        meeting = Meeting(self, strangers, about)
        made = {home: self._situation(home, state, there, meeting) for home, state in about.items()}
        return [one_look(made, homes[change.ref]) for change in changes]

    def _read(self, refs: Iterable[Ref]) -> dict[Ref, AnyCompany]:
        """These companies. Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone."""
        ids: dict[Side, list[str]] = {side: sorted(ref.id for ref in refs if ref.side == side) for side in SIDES}
        found: dict[str, Company] = {}
        if ids["cw"]:
            found = {one.key: one for one in self.psa.companies(is_in("id", map(int, ids["cw"])))}
        theirs = self.zomentum.by_ids(zomentum.Company, ids["partner"]) if ids["partner"] else {}
        there: dict[Ref, AnyCompany] = {}
        for id_ in ids["cw"]:
            if (company := found.get(id_) or self.psa.company(id_)) is not None:
                there[Ref(KIND, "cw", id_)] = company
        for id_ in ids["partner"]:
            if (other := theirs.get(id_) or self.zomentum.company(id_)) is not None:
                there[Ref(KIND, "partner", id_)] = other
        return there

    def fields(self, company: AnyCompany | None) -> Fields | None:
        """Its mapped fields, as a pair has them."""
        if company is None:
            return None
        return watched(company, self.settings) if isinstance(company, Company) else said_by(company)

    def _situation(
        self, home: Ref, state: State | None, there: Mapping[Ref, AnyCompany], meeting: Meeting
    ) -> CompanySituation:
        link = state if isinstance(state, Link) else None
        ends = {ref.side: there.get(ref) for ref in _ends(home, state)}
        own = ends.get(home.side)
        name = company_name(own) if own else Name((link.cw_name if link else "") or f"company {home.id}")
        # What will be made on the other side will be called there as it is here.
        names = {side: str(company_name(one)) if (one := ends.get(side)) else str(name) for side in SIDES}
        pair = Pair(
            home, state, self.fields(ends.get("cw")), self.fields(ends.get("partner")), names["cw"], names["partner"]
        )
        found = Match()
        if link is None and own is not None:
            found = meeting.match(home)
            if found.found is not None:
                other = meeting.company(found.found)
                ends[side_of(other)] = other
                pair = pair_of(pair, self.fields(other), str(company_name(other)))
        cw, partner = ends.get("cw"), ends.get("partner")
        company = cw if isinstance(cw, Company) else None
        gone = tuple(
            side for side in SIDES if link and (ends.get(side) is None or (side == "cw" and _deleted(company)))
        )
        return CompanySituation(
            home=home,
            name=name,
            pairs=(pair,),
            facts=facts(company, self.settings),
            about=tuple(company_name(one) for one in (cw, partner) if one is not None and one is not own),
            settings=self.settings,
            cw=company,
            partner=partner if isinstance(partner, zomentum.Company) else None,
            match=found,
            gone=gone,
            identifier=meeting.identifier(home),
        )


class Meeting:
    """First contact: for companies that nobody has linked (`strangers`), who they may be on the other side."""

    def __init__(
        self, sources: Sources, strangers: Mapping[Ref, AnyCompany], states: Mapping[Ref, State | None]
    ) -> None:
        self._sources = sources
        self._strangers = strangers
        self._states = states
        self._companies: dict[tuple[Side, str], AnyCompany] = {}
        self._taken: set[str] | None = None
        if not strangers:
            return
        names = sorted({one.name.strip() for one in strangers.values()} - {""})
        hosts = sorted({domain(one) for one in strangers.values()} - {""})
        # ConnectWise takes two of one name, so that its own side is read for a company of its own as well.
        self._keep(self._of_connectwise(names, hosts))
        if any(ref.side == "cw" for ref in strangers):
            self._keep(self._of_zomentum(names, hosts))
        self._twins = {home: twin for home in strangers if (twin := self._twin(home)) is not None}
        known = sources.links.find({Ref(KIND, side, id_) for side, id_ in self._companies})
        self._links = {ref: state for ref, state in known.items() if isinstance(state, Link)}

    def match(self, home: Ref) -> Match:
        """Whom this company is on the other side, as far as can be told."""
        own = self._strangers[home]
        if (twin := self._twins.get(home)) is not None:
            return Match(Candidate(twin.key, company_name(twin)), BY_MARKER, copy=True)
        around = [self._other(one) for one in self._companies.values()]
        others = [one for one in around if side_of(one.company) != home.side]
        namesakes = [
            one
            for one in around
            if side_of(one.company) == home.side
            and one.company.key != home.id
            and fold(one.company.name) == fold(own.name)
        ]
        return match(own, others, namesakes)

    def company(self, candidate: Candidate) -> AnyCompany:
        """The company that a match found."""
        return next(one for one in (*self._twins.values(), *self._companies.values()) if one.key == candidate.id)

    def identifier(self, home: Ref) -> str:
        """A Company ID for a company that may be made in ConnectWise; empty where all that can be made are taken."""
        company = self._strangers.get(home)
        if company is None or home.side == "cw":
            return ""
        if self._taken is None:
            wanted = [id_ for ref, one in self._strangers.items() if ref.side == "partner" for id_ in _ids(one)]
            self._taken = {fold(one.identifier) for one in self._sources.psa.companies(is_in("identifier", wanted))}
        chosen = next((id_ for id_ in _ids(company) if fold(id_) not in self._taken), "")
        self._taken.add(fold(chosen))
        return chosen

    def _of_connectwise(self, names: Sequence[str], hosts: Sequence[str]) -> Iterator[Company]:
        condition = any_of(is_in("name", names), *(contains("website", host) for host in hosts))
        return (one for one in self._sources.psa.companies(condition) if not one.deleted)

    def _of_zomentum(self, names: Sequence[str], hosts: Sequence[str]) -> Iterator[zomentum.Company]:
        yield from self._sources.zomentum.companies(zomentum.is_in("name", names))
        websites = [spelling for host in hosts for spelling in spellings(host)]
        yield from self._sources.zomentum.companies(zomentum.is_in("website", websites))

    def _keep(self, companies: Iterable[AnyCompany]) -> None:
        self._companies |= {(side_of(one), one.key): one for one in companies}

    def _twin(self, home: Ref) -> AnyCompany | None:
        """Promise 2: what an earlier try made, whose answer was lost, carries the home's id."""
        intent = self._states.get(home)
        if not isinstance(intent, Intent):
            return None
        if home.side == "cw":
            since = self._sources.zomentum.marked_since(zomentum.Company, intent.at)
            return next((one for one in since if one.sync_id == home.id), None)
        caption = self._sources.settings.cw_id_field
        late = self._sources.psa.companies(changed_since(intent.at))
        return next((one for one in late if str(one.custom_field(caption) or "") == home.id), None)

    def _other(self, company: AnyCompany) -> Other:
        side = side_of(company)
        link = self._links.get(Ref(KIND, side, company.key))
        if link is None:
            return Other(company)
        name = link.partner_name if side == "cw" else link.cw_name
        return Other(company, name or "another one")


def _refs(changes: Sequence[Change]) -> dict[Ref, None]:
    return dict.fromkeys(change.ref for change in changes)


def _ends(home: Ref, state: State | None) -> tuple[Ref, ...]:
    return tuple(state.ref(side) for side in SIDES) if isinstance(state, Link) else (home,)


def _ids(company: AnyCompany) -> tuple[str, ...]:
    """Company IDs for it; the last one has Zomentum's own id, which no other company has."""
    return (*choices(company.name, "2", "3"), f"ZM{company.key.upper()[-20:]}")


def _deleted(company: Company | None) -> bool:
    return company is not None and company.deleted
