"""From changes to situations: each contact on both sides with its companies, or whom it may be on the other side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from functions.zomentum_contacts.matching import AnyContact, Other, match
from functions.zomentum_contacts.settings import ContactSettings
from functions.zomentum_contacts.situations import (
    ContactSituation,
    addresses,
    contact_name,
    facts,
    watched,
    watched_there,
)
from shared.partners.zomentum import COMPANY
from shared.partners.zomentum_parties import Parties, parties
from shared.partners.zomentum_records import Match
from shared.partners.zomentum_sources import Meeting, ZomentumSources
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.record import OTHER, Fields, Name, Ref, Side, fold
from shared.systems import zomentum
from shared.systems.conditions import Condition, is_in
from shared.systems.connectwise_psa import Contact, ContactType
from shared.systems.connectwise_psa.contacts import CONTACTS


class Sources(ZomentumSources[Contact, zomentum.Contact, ContactSettings]):
    """Where the flow of contacts reads."""

    situation = ContactSituation
    path = CONTACTS
    ours = Contact
    theirs = zomentum.Contact

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._type: tuple[int | None] | None = None

    def our_records(self, condition: Condition) -> list[Contact]:
        return self.psa.contacts(condition)

    def our_record(self, id_: str) -> Contact | None:
        return self.psa.contact(id_)

    def name(self, record: AnyContact) -> Name:
        return contact_name(record)

    def situations(self, changes: Sequence[Change]) -> list[ContactSituation]:
        """One situation for each change, in order."""
        look = self.look(changes)
        meeting = Meeting(self, look, self._around(look.strangers))
        employers = self.employers(meeting.records, named=True)

        def situation(home: Ref) -> ContactSituation:
            observed = meeting.observed(
                home, lambda one: self.fields(one, employers), lambda home: _match(home, meeting, employers)
            )
            makes = home.side == "partner" and home in meeting.strangers and observed["match"].found is None
            return ContactSituation(
                **observed,
                facts=facts(observed["cw"] or observed["partner"], self.settings),
                settings=self.settings,
                employers=employers.by_word,
                type_id=self.type_id() if makes else None,
            )

        return meeting.situations(situation)

    def _around(self, strangers: Mapping[Ref, AnyContact]) -> Iterator[AnyContact]:
        """The contacts of either side with an e-mail address of one of these; of the other side, colleagues as well."""
        if not strangers:
            return
        emails = sorted({address for one in strangers.values() for address in addresses(one)})
        # Some have no e-mail address to be found by.
        employers = self.employers(strangers.values())
        wanted: dict[Side, set[str]] = {"cw": set(), "partner": set()}
        for home, one in strangers.items():
            employer = employers.by_word.get(employers.word(one.company))
            if employer is not None and (id_ := employer.id_on(OTHER[home.side])):
                wanted[OTHER[home.side]].add(id_)
        ours = self.psa.contacts_by_email(emails)
        if wanted["cw"]:
            ours += self.psa.contacts(is_in("company/id", map(int, sorted(wanted["cw"]))))
        yield from (one for one in ours if not one.inactive)
        yield from self.zomentum.contacts(zomentum.is_in("email", emails))
        if wanted["partner"]:
            yield from self.zomentum.contacts(zomentum.is_in("client_company_id", sorted(wanted["partner"])))

    # Companies

    def employers(self, contacts: Iterable[AnyContact], *, named: bool = False) -> Parties:
        """The companies of these contacts; `named`: with what people call those that are not linked."""
        names = self.names_of(zomentum.Company) if named else None
        return parties(self.links, COMPANY, (one.company for one in contacts), names)

    def fields(self, contact: AnyContact, employers: Parties) -> Fields:
        """Its mapped fields, as a pair has them."""
        word = employers.word(contact.company)
        if isinstance(contact, Contact):
            return watched(contact, word, self.settings)
        return watched_there(contact, word, self.settings)

    def fields_of(self, records: Sequence[AnyContact]) -> list[Fields]:
        # ConnectWise's companies are called by their ids, linked or not.
        employers = self.employers(one for one in records if isinstance(one, zomentum.Contact))
        return [self.fields(one, employers) for one in records]

    def type_id(self) -> int | None:
        """ConnectWise's id of the type of new contacts, looked up once; None where the settings name none."""
        if not self.settings.contact_type:
            return None
        if self._type is None:
            rows = self.psa.records("company/contacts/types", None, ContactType)
            wanted = fold(self.settings.contact_type)
            self._type = (next((row.id for row in rows if fold(row.name) == wanted), None),)
        return self._type[0]


def _match(home: Ref, meeting: Meeting[Contact, zomentum.Contact], employers: Parties) -> Match:
    """Whom this contact is on the other side, as far as can be told."""

    def other(contact: AnyContact) -> Other:
        word = employers.word(contact.company)
        employer = employers.by_word.get(word)
        return Other(contact, word, str(employer.name) if employer else "", meeting.linked_to(contact))

    own = other(meeting.strangers[home])
    sharing = [one for one in meeting.namesakes(home) if set(addresses(one)) & set(addresses(own.contact))]
    return match(own, [*map(other, meeting.others(home))], [*map(other, sharing)])
