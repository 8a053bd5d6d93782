"""What must hold in both systems before contacts can be kept in step: types, and the fields that carry ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from functions.zomentum_contacts.observing import Sources
from shared.partners.zomentum import CONTACTS
from shared.partners.zomentum_checks import once, sync_field
from shared.sync.names import PSA
from shared.sync.preflight import Check, May, custom_field, listed
from shared.systems import zomentum
from shared.systems.connectwise_psa import CommunicationType, Contact, ContactType, Psa, roles
from shared.systems.connectwise_psa.contacts import COMMUNICATION_TYPES, REACHED_BY
from shared.systems.connectwise_psa.contacts import CONTACTS as PATH

TYPES = "System > Setup Tables > Contact Type"


def check_contacts(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of contacts; what needs a right that is missing is left out."""
    psa, settings = sources.psa, sources.settings
    if may(PSA, roles.TABLES):
        yield from _communication_types(psa)
        types = [row.entry for row in psa.records("company/contacts/types", None, ContactType)]
        # A type that a filter names may as well be one of Zomentum's, which nobody lists.
        for name in once([settings.contact_type]):
            yield listed("CONTACT_TYPE", "contact type", name, types, TYPES, CONTACTS)
    if may(PSA, roles.CONTACTS):
        seen = psa.sample(PATH, Contact)
        yield custom_field("contact", settings.cw_id_field, seen[0].captions if seen else None, CONTACTS)
    yield sync_field(sources.zomentum, zomentum.Contact, "contact")


def _communication_types(psa: Psa) -> Iterator[Check]:
    """Without one of each kind, e-mail addresses or telephones cannot be written."""
    rows = psa.records(COMMUNICATION_TYPES, None, CommunicationType)
    for name, kind in REACHED_BY.items():
        there = [row.name for row in rows if getattr(row, name)]
        check = Check(
            "COMMUNICATION_TYPE",
            f"Communication type of the kind {kind}",
            True,
            f"there is {', '.join(there)}",
            f"a communication type of the kind {kind}",
            "System > Setup Tables > Communication Type",
            f"Add one with {kind} checked.",
            name,
        )
        yield check if there else replace(check, passed=False, found="there is none")
