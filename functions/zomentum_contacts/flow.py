"""The flow of contacts, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from functions.zomentum_contacts.observing import Sources
from functions.zomentum_contacts.preflight import check_contacts
from functions.zomentum_contacts.rights import RIGHTS
from functions.zomentum_contacts.rules import decide
from functions.zomentum_contacts.settings import ContactSettings
from functions.zomentum_contacts.situations import KIND, ContactSituation
from shared.partners.zomentum import CONTACTS
from shared.partners.zomentum_scanning import BothSides
from shared.sync.change import Change
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref
from shared.systems import zomentum
from shared.systems.connectwise_psa import Contact
from shared.systems.connectwise_psa.contacts import CONTACTS as PATH


class ZomentumContacts(Flow[ContactSituation]):
    """Client contacts of Zomentum and contacts of ConnectWise, in both directions, once their company is linked."""

    name = CONTACTS
    Settings = ContactSettings
    systems = (PSA, ZOMENTUM)
    starts = ZOMENTUM
    two_way = True
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"contact": KIND},
        ZOMENTUM: {zomentum.Contact.entity: KIND},
    }
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        sides = BothSides(self._sources.psa, self._sources.zomentum, PATH, Contact, zomentum.Contact)
        contacts = sides.page(run, cursor, page)
        theirs = [one for side, one in contacts.records if side == "partner"]
        employers = self._sources.employers(theirs)
        return contacts.as_page(
            Sighting(Ref(KIND, side, one.key), self._sources.fields(one, employers)) for side, one in contacts.records
        )

    def observe(self, changes: Sequence[Change]) -> Sequence[ContactSituation]:
        return self._sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The contacts that have this e-mail address, on either side."""
        for contact in self._sources.psa.contacts_by_email([text]):
            yield Ref(KIND, "cw", contact.key)
        for other in self._sources.zomentum.contacts(zomentum.equals("email", text)):
            yield Ref(KIND, "partner", other.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_contacts(self._sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """The company by its word, which is looked up: it may have been linked just now."""
        if isinstance(record, Contact | zomentum.Contact):
            return self._sources.fields(record, self._sources.employers([record]))
        return None


FLOW = ZomentumContacts
