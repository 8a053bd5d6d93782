"""From changes to situations: each opportunity on both sides, whom it names, or which it may be on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.zomentum_opportunities.mapping import Pipelines
from functions.zomentum_opportunities.matching import Other, match
from functions.zomentum_opportunities.quoting import Quoting
from functions.zomentum_opportunities.rules import later
from functions.zomentum_opportunities.settings import OpportunitySettings
from functions.zomentum_opportunities.situations import (
    DOCUMENT,
    KIND,
    AnyOpportunity,
    NewOnes,
    OpportunitySituation,
    facts,
    opportunity_name,
    watched,
    watched_there,
    won_of,
)
from shared.partners.zomentum import COMPANY, CONTACT
from shared.partners.zomentum_parties import Named, Parties, parties
from shared.partners.zomentum_records import Match
from shared.partners.zomentum_sources import Meeting, ZomentumSources
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.link import Pair
from shared.sync.record import SIDES, Fields, Name, Ref, fold
from shared.systems import zomentum
from shared.systems.conditions import Condition, is_in
from shared.systems.connectwise_psa import SetupRow
from shared.systems.connectwise_psa.opportunities import DEPARTMENTS, LOCATIONS, OPPORTUNITIES, Opportunity


@dataclass(frozen=True)
class Known:
    """What the fields of some opportunities are told by: whom they name, and the documents of the won ones."""

    companies: Parties
    contacts: Parties
    documents: Sequence[zomentum.Document]

    def company(self, one: AnyOpportunity) -> str:
        """The word for its company; empty where it names none."""
        return self.companies.word(one.company)

    def contact(self, one: AnyOpportunity) -> str:
        """The word for its contact; empty where it names none."""
        return self.contacts.word(_contact(one))

    def documents_of(self, one: zomentum.Opportunity) -> tuple[zomentum.Document, ...]:
        """All its documents, won or not."""
        return tuple(document for document in self.documents if document.opportunity == one.id)


class Sources(ZomentumSources[Opportunity, zomentum.Opportunity, OpportunitySettings]):
    """Where the flow of opportunities reads."""

    situation = OpportunitySituation
    path = OPPORTUNITIES
    ours = Opportunity
    theirs = zomentum.Opportunity

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._pipelines: Pipelines | None = None
        self._new: NewOnes | None = None
        self._quoting = Quoting(self.psa, self.zomentum, self.links, self.settings)

    @property
    def pipelines(self) -> Pipelines:
        """Zomentum's pipelines, read once for each batch."""
        if self._pipelines is None:
            self._pipelines = Pipelines(tuple(self.zomentum.pipelines()))
        return self._pipelines

    def our_records(self, condition: Condition) -> list[Opportunity]:
        return self.psa.records(OPPORTUNITIES, condition, Opportunity)

    def our_record(self, id_: str) -> Opportunity | None:
        return self.psa.record(f"{OPPORTUNITIES}/{int(id_)}", Opportunity)

    def name(self, record: AnyOpportunity) -> Name:
        return opportunity_name(record)

    def their_records(self, ids: Sequence[str]) -> Mapping[str, zomentum.Opportunity]:
        """Zomentum lists one pipeline at a time."""
        found: dict[str, zomentum.Opportunity] = {}
        for pipeline in self.pipelines.all:
            found |= self.zomentum.by_ids(zomentum.Opportunity, ids, pipeline=pipeline.id)
        return found

    def theirs_since(self, moment: datetime) -> list[zomentum.Opportunity]:
        return [
            one
            for pipeline in self.pipelines.all
            for one in self.zomentum.marked_since(zomentum.Opportunity, moment, pipeline=pipeline.id)
        ]

    def situations(self, changes: Sequence[Change]) -> list[OpportunitySituation]:
        """One situation for each change, in order; a change of a document is one of its opportunity."""
        look = self.look(self._of_opportunities(changes))
        meeting = Meeting(self, look, self._around(look.strangers))
        known = self.known(meeting.records, named=True)

        def situation(home: Ref) -> OpportunitySituation:
            if home.kind != KIND:
                return OpportunitySituation(home=home, pairs=(Pair(home, look.states[home]),), settings=self.settings)
            observed = meeting.observed(
                home, lambda one: self.fields(one, known), lambda home: _match(home, meeting, known)
            )
            ours, theirs = observed["cw"], observed["partner"]
            made = OpportunitySituation(
                **observed,
                facts=facts(ours, theirs, self.settings, self.pipelines),
                later=later(self.settings, theirs),
                settings=self.settings,
                pipelines=self.pipelines,
                companies=known.companies.by_word,
                contacts=known.contacts.by_word,
                new=self._new_ones() if ours is None and not observed["gone"] else NewOnes(),
            )
            return replace(made, about=(*made.about, *self._client(made)))

        made = {home: situation(home) for home in look.states}
        won = {
            home: (one.cw.key if one.cw else None, known.documents_of(one.partner))
            for home, one in made.items()
            if one.partner is not None and one.partner.won and not one.gone
        }
        quotes = self._quoting.quotes(won)
        return meeting.situations(lambda home: replace(made[home], quote=quotes.get(home)))

    def _of_opportunities(self, changes: Sequence[Change]) -> list[Change]:
        """The changes, those of documents as changes of the opportunity to which each belongs, if it has one."""
        asked = {change.id for change in changes if change.kind == DOCUMENT}
        documents = self.zomentum.by_ids(zomentum.Document, asked) if asked else {}
        for id_ in sorted(asked - set(documents)):
            if (document := self.zomentum.document(id_)) is not None:
                documents[id_] = document
        of = {id_: one.opportunity for id_, one in documents.items() if one.opportunity}
        return [
            change.model_copy(update={"kind": KIND, "id": of[change.id]})
            if change.kind == DOCUMENT and change.id in of
            else change
            for change in changes
        ]

    def _around(self, strangers: Mapping[Ref, AnyOpportunity]) -> Iterator[AnyOpportunity]:
        """The opportunities of either side that have the name of one of these."""
        names = sorted({one.name.strip() for one in strangers.values()} - {""})
        if not names:
            return
        yield from self.our_records(is_in("name", names))
        for pipeline in self.pipelines.all:
            yield from self.zomentum.opportunities(pipeline.id, zomentum.is_in("name", names))

    # What their fields are told by

    def known(self, some: Sequence[AnyOpportunity], *, named: bool = False) -> Known:
        """What the fields of these are told by; `named`: with what people call those who are not linked."""
        companies, contacts = [one.company for one in some], [_contact(one) for one in some]
        won = [one.id for one in some if isinstance(one, zomentum.Opportunity) and one.won]
        return Known(
            parties(self.links, COMPANY, companies, self.names_of(zomentum.Company) if named else None),
            parties(self.links, CONTACT, contacts, self.names_of(zomentum.Contact) if named else None),
            tuple(self.zomentum.documents(zomentum.is_in("opportunity_id", won))) if won else (),
        )

    def fields(self, one: AnyOpportunity, known: Known) -> Fields:
        """Its mapped fields, as a pair has them."""
        company, contact = known.company(one), known.contact(one)
        if isinstance(one, Opportunity):
            return watched(one, company, contact, self.settings)
        by_field = self.settings.map_by == "status_field"
        status = self.zomentum.custom(one, self.settings.cw_status_field) if by_field else ""
        documents = won_of(one, known.documents)
        return watched_there(one, company, contact, self.settings, self.pipelines, status, documents)

    def fields_of(self, records: Sequence[AnyOpportunity]) -> list[Fields]:
        known = self.known(records)
        return [self.fields(one, known) for one in records]

    def _client(self, s: OpportunitySituation) -> tuple[Name, ...]:
        """ZM-29: its company in ConnectWise, with its page."""
        for side in SIDES:
            fields = s.pair.fields(side)
            party = s.companies.get(fields["company"]) if fields else None
            if party is not None and (id_ := party.id_on("cw")):
                return (Name(str(party.name), self.psa.link("CompanyFV", id_)),)
        return ()

    def _new_ones(self) -> NewOnes:
        """What the settings name for new ones, by ConnectWise's ids; looked up once for each batch."""
        if self._new is None:
            names = {LOCATIONS: self.settings.location, DEPARTMENTS: self.settings.department}
            ids = {path: self._id_of(path, name) if name else None for path, name in names.items()}
            self._new = NewOnes(ids[LOCATIONS], ids[DEPARTMENTS])
        return self._new

    def _id_of(self, path: str, name: str) -> int | None:
        rows = self.psa.records(path, None, SetupRow)
        return next((row.id for row in rows if fold(row.name) == fold(name)), None)


def _match(home: Ref, meeting: Meeting[Opportunity, zomentum.Opportunity], known: Known) -> Match:
    """Which this opportunity is on the other side, as far as can be told."""

    def other(one: AnyOpportunity) -> Other:
        return Other(one, known.company(one), meeting.linked_to(one))

    others, namesakes = meeting.others(home), meeting.namesakes(home)
    return match(other(meeting.strangers[home]), [*map(other, others)], [*map(other, namesakes)])


def _contact(one: AnyOpportunity) -> Named:
    """Whom it names as its contact; in Zomentum the first of several."""
    if isinstance(one, Opportunity):
        return one.contact
    return one.contacts[0] if one.contacts else None
