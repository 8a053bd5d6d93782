"""The flow of contacts, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from functions.zomentum_contacts.observing import Sources
from functions.zomentum_contacts.preflight import check_contacts
from functions.zomentum_contacts.rights import RIGHTS
from functions.zomentum_contacts.rules import decide
from functions.zomentum_contacts.settings import ContactSettings
from functions.zomentum_contacts.situations import KIND, ContactSituation
from shared.partners.zomentum import CONTACTS
from shared.partners.zomentum_flow import RecordFlow
from shared.sync.change import Change
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.preflight import Check, May
from shared.sync.record import Ref
from shared.systems import zomentum


class ZomentumContacts(RecordFlow[ContactSituation, Sources]):
    """Client contacts of Zomentum and contacts of ConnectWise, in both directions, once their company is linked."""

    name = CONTACTS
    Settings = ContactSettings
    systems = (PSA, ZOMENTUM)
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"contact": KIND},
        ZOMENTUM: {zomentum.Contact.entity: KIND},
    }
    rights = RIGHTS

    reads = Sources
    decide = staticmethod(decide)

    def observe(self, changes: Sequence[Change]) -> Sequence[ContactSituation]:
        return self.sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The contacts that have this e-mail address, on either side."""
        for contact in self.sources.psa.contacts_by_email([text]):
            yield Ref(KIND, "cw", contact.key)
        for other in self.sources.zomentum.contacts(zomentum.equals("email", text)):
            yield Ref(KIND, "partner", other.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_contacts(self.sources, may)


FLOW = ZomentumContacts
