"""From changes to situations: each contact on both sides with its companies, or whom it may be on the other side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions.zomentum_contacts.matching import BY_MARKER, AnyContact, Other, match
from functions.zomentum_contacts.settings import ContactSettings
from functions.zomentum_contacts.situations import (
    KIND,
    UNLINKED,
    ContactSituation,
    Employer,
    addresses,
    contact_name,
    facts,
    side_of,
    watched,
    watched_there,
)
from shared.partners.zomentum import COMPANIES, COMPANY
from shared.partners.zomentum_records import OTHER, Candidate, Match, one_look, pair_of
from shared.sync.change import Change
from shared.sync.flow import Context, View
from shared.sync.link import Intent, Link, Pair, Seen, State
from shared.sync.needed import Found
from shared.sync.record import SIDES, Fields, Name, Ref, Side, fold
from shared.systems import zomentum
from shared.systems.conditions import changed_since, is_in
from shared.systems.connectwise_psa import Contact, ContactType, Psa


@dataclass(frozen=True)
class Employers:
    """The companies that some contacts are at, by the word for each; `there` has the words by Zomentum's ids."""

    by_word: Mapping[str, Employer]
    there: Mapping[str, str]

    @classmethod
    def of(cls, some: Iterable[Employer]) -> Employers:
        by_word = {one.word: one for one in some}
        return cls(by_word, {id_: word for word, one in by_word.items() if (id_ := one.id_on("partner"))})

    def word(self, contact: AnyContact) -> str:
        """The word for the contact's company; empty where it is at none."""
        if isinstance(contact, Contact):
            return str(contact.company.id) if contact.company is not None and contact.company.id is not None else ""
        return self.there.get(contact.company, "")


class Sources:
    """Where the flow of contacts reads."""

    def __init__(self, context: Context) -> None:
        self.links: View = context.links
        self.psa = context.system(Psa)
        self.zomentum = context.system(zomentum.Zomentum)
        self.settings: ContactSettings = context.settings
        self._type: tuple[int | None] | None = None

    def situations(self, changes: Sequence[Change]) -> list[ContactSituation]:
        """One situation for each change, in order."""
        refs = dict.fromkeys(change.ref for change in changes)
        states = self.links.find(refs)
        homes = {ref: state.ref("cw") if isinstance(state := states.get(ref), Link) else ref for ref in refs}
        about = {homes[ref]: states.get(ref) for ref in refs}
        there = self._read({ref for home, state in about.items() for ref in _ends(home, state)})
        strangers = {
            home: there[home] for home, state in about.items() if not isinstance(state, Link) and home in there
        }
        meeting = Meeting(self, strangers, about)
        employers = self.employers([*there.values(), *meeting.found()], named=True)
        made = {home: self._situation(home, state, there, meeting, employers) for home, state in about.items()}
        return [one_look(made, homes[change.ref]) for change in changes]

    def _read(self, refs: Iterable[Ref]) -> dict[Ref, AnyContact]:
        """These contacts. Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone."""
        ids: dict[Side, list[str]] = {side: sorted(ref.id for ref in refs if ref.side == side) for side in SIDES}
        found: dict[str, Contact] = {}
        if ids["cw"]:
            found = {one.key: one for one in self.psa.contacts(is_in("id", map(int, ids["cw"])))}
        theirs = self.zomentum.by_ids(zomentum.Contact, ids["partner"]) if ids["partner"] else {}
        there: dict[Ref, AnyContact] = {}
        for id_ in ids["cw"]:
            if (contact := found.get(id_) or self.psa.contact(id_)) is not None:
                there[Ref(KIND, "cw", id_)] = contact
        for id_ in ids["partner"]:
            if (other := theirs.get(id_) or self.zomentum.contact(id_)) is not None:
                there[Ref(KIND, "partner", id_)] = other
        return there

    # Companies

    def employers(self, contacts: Iterable[AnyContact], *, named: bool = False) -> Employers:
        """The companies of these contacts; `named`: with what people call those that are not linked."""
        ids: dict[Side, set[str]] = {"cw": set(), "partner": set()}
        names: dict[Ref, str] = {}
        for one in contacts:
            if isinstance(one, Contact) and one.company is not None and one.company.id is not None:
                ids["cw"].add(str(one.company.id))
                names[Ref(COMPANY.kind, "cw", str(one.company.id))] = one.company.name
            elif isinstance(one, zomentum.Contact) and one.company:
                ids["partner"].add(one.company)
        refs = {Ref(COMPANY.kind, side, id_) for side, some in ids.items() for id_ in some}
        states = self.links.find(refs, flow=COMPANIES)
        if named:
            unknown = [r.id for r in refs if r.side == "partner" and not isinstance(states.get(r), Link | Seen)]
            read = self.zomentum.by_ids(zomentum.Company, unknown) if unknown else {}
            names |= {Ref(COMPANY.kind, "partner", id_): one.name for id_, one in read.items()}
        return Employers.of(_employer(ref, states.get(ref), names.get(ref, "")) for ref in refs)

    def fields(self, contact: AnyContact | None, employers: Employers) -> Fields | None:
        """Its mapped fields, as a pair has them."""
        if contact is None:
            return None
        word = employers.word(contact)
        if isinstance(contact, Contact):
            return watched(contact, word, self.settings)
        return watched_there(contact, word, self.settings)

    def type_id(self) -> int | None:
        """ConnectWise's id of the type of new contacts, looked up once; None where the settings name none."""
        if not self.settings.contact_type:
            return None
        if self._type is None:
            rows = self.psa.records("company/contacts/types", None, ContactType)
            wanted = fold(self.settings.contact_type)
            self._type = (next((row.id for row in rows if fold(row.name) == wanted), None),)
        return self._type[0]

    def _situation(
        self,
        home: Ref,
        state: State | None,
        there: Mapping[Ref, AnyContact],
        meeting: Meeting,
        employers: Employers,
    ) -> ContactSituation:
        link = state if isinstance(state, Link) else None
        ends = {ref.side: there.get(ref) for ref in _ends(home, state)}
        own = ends.get(home.side)
        name = contact_name(own) if own else Name((link.cw_name if link else "") or f"contact {home.id}")
        # Who will be made on the other side will be called there as here.
        names = {side: str(contact_name(one)) if (one := ends.get(side)) else str(name) for side in SIDES}
        cw, partner = (self.fields(ends.get(side), employers) for side in SIDES)
        pair = Pair(home, state, cw, partner, names["cw"], names["partner"])
        found = Match()
        if link is None and own is not None:
            found = meeting.match(home, employers)
            if found.found is not None:
                other = meeting.contact(found.found)
                ends[side_of(other)] = other
                pair = pair_of(pair, self.fields(other, employers), str(contact_name(other)))
        ours, theirs = ends.get("cw"), ends.get("partner")
        makes = link is None and home.side == "partner" and found.found is None
        return ContactSituation(
            home=home,
            name=name,
            pairs=(pair,),
            facts=facts(ours or theirs, self.settings),
            about=tuple(contact_name(one) for one in (ours, theirs) if one is not None and one is not own),
            settings=self.settings,
            cw=ours if isinstance(ours, Contact) else None,
            partner=theirs if isinstance(theirs, zomentum.Contact) else None,
            match=found,
            gone=tuple(side for side in SIDES if link and ends.get(side) is None),
            employers=employers.by_word,
            type_id=self.type_id() if makes else None,
        )


class Meeting:
    """First contact: for contacts that nobody has linked (`strangers`), who they may be on the other side."""

    def __init__(
        self, sources: Sources, strangers: Mapping[Ref, AnyContact], states: Mapping[Ref, State | None]
    ) -> None:
        self._sources = sources
        self._strangers = strangers
        self._contacts: dict[tuple[Side, str], AnyContact] = {}
        self._twins = {home: twin for home in strangers if (twin := self._twin(home, states.get(home))) is not None}
        if not strangers:
            return
        emails = sorted({address for one in strangers.values() for address in addresses(one)})
        self._keep(sources.psa.contacts_by_email(emails))
        self._keep(sources.zomentum.contacts(zomentum.is_in("email", emails)))
        self._keep(self._colleagues())
        known = sources.links.find({Ref(KIND, side, id_) for side, id_ in self._contacts})
        self._links = {ref: state for ref, state in known.items() if isinstance(state, Link)}

    def found(self) -> list[AnyContact]:
        """Every contact that was read for this."""
        return [*self._contacts.values(), *self._twins.values()]

    def match(self, home: Ref, employers: Employers) -> Match:
        """Whom this contact is on the other side, as far as can be told."""
        if (twin := self._twins.get(home)) is not None:
            return Match(Candidate(twin.key, contact_name(twin)), BY_MARKER, copy=True)
        own = self._other(self._strangers[home], employers)
        around = [self._other(one, employers) for one in self._contacts.values()]
        others = [one for one in around if side_of(one.contact) != home.side]
        namesakes = [
            one
            for one in around
            if side_of(one.contact) == home.side
            and one.contact.key != home.id
            and set(addresses(one.contact)) & set(addresses(own.contact))
        ]
        return match(own, others, namesakes)

    def contact(self, candidate: Candidate) -> AnyContact:
        """The contact that a match found."""
        return next(one for one in self.found()[::-1] if one.key == candidate.id)

    def _colleagues(self) -> list[AnyContact]:
        """Contacts of the other side at the same companies, since some have no e-mail address to be found by."""
        employers = self._sources.employers(self._strangers.values())
        wanted: dict[Side, set[str]] = {"cw": set(), "partner": set()}
        for home, one in self._strangers.items():
            employer = employers.by_word.get(employers.word(one))
            if employer is not None and (id_ := employer.id_on(OTHER[home.side])):
                wanted[OTHER[home.side]].add(id_)
        found: list[AnyContact] = []
        if wanted["cw"]:
            found += self._sources.psa.contacts(is_in("company/id", map(int, sorted(wanted["cw"]))))
        if wanted["partner"]:
            where = zomentum.is_in("client_company_id", sorted(wanted["partner"]))
            found += self._sources.zomentum.contacts(where)
        return found

    def _keep(self, contacts: Iterable[AnyContact]) -> None:
        alive = (one for one in contacts if not (isinstance(one, Contact) and one.inactive))
        self._contacts |= {(side_of(one), one.key): one for one in alive}

    def _twin(self, home: Ref, state: State | None) -> AnyContact | None:
        """Promise 2: what an earlier try made, whose answer was lost, carries the home's id."""
        if not isinstance(state, Intent):
            return None
        if home.side == "cw":
            since = self._sources.zomentum.marked_since(zomentum.Contact, state.at)
            return next((one for one in since if one.sync_id == home.id), None)
        caption = self._sources.settings.cw_id_field
        late = self._sources.psa.contacts(changed_since(state.at))
        return next((one for one in late if str(one.custom_field(caption) or "") == home.id), None)

    def _other(self, contact: AnyContact, employers: Employers) -> Other:
        side, word = side_of(contact), employers.word(contact)
        link = self._links.get(Ref(KIND, side, contact.key))
        name = (link.partner_name if side == "cw" else link.cw_name) or "another one" if link else ""
        employer = employers.by_word.get(word)
        return Other(contact, word, str(employer.name) if employer else "", name)


def _employer(ref: Ref, state: State | None, name: str) -> Employer:
    link = state if isinstance(state, Link) else None
    seen = state if isinstance(state, Seen) else None
    known = (link.cw_name or link.partner_name) if link else seen.name if seen else ""
    called = known or f"company {name or ref.id}"
    word = link.cw_id if link else ref.id if ref.side == "cw" else f"{UNLINKED}{ref.id}"
    left_out = seen.reason if seen and seen.state == "skipped" else ""
    return Employer(word, Name(called), Found(ref, link, seen.reason if seen else ""), left_out)


def _ends(home: Ref, state: State | None) -> tuple[Ref, ...]:
    return tuple(state.ref(side) for side in SIDES) if isinstance(state, Link) else (home,)
