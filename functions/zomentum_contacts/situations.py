"""What a decision about a contact needs, read and frozen; and which of its fields are mapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from functions.zomentum_contacts.settings import PLAIN, ContactSettings
from shared.partners.zomentum import CONTACT
from shared.partners.zomentum_parties import Party
from shared.partners.zomentum_records import RecordSituation
from shared.sync.record import Name, fold
from shared.systems import zomentum
from shared.systems.connectwise_psa import Contact

KIND = CONTACT.kind


@dataclass(frozen=True, kw_only=True)
class ContactSituation(RecordSituation[Contact, zomentum.Contact]):
    """A contact on one side or both, and the companies that it names there, by their words.

    `type_id` is ConnectWise's id of the type of new contacts; None where the settings name none, or none that exists.
    """

    kind: ClassVar[str] = KIND
    noun: ClassVar[str] = "contact"

    settings: ContactSettings
    employers: Mapping[str, Party] = field(default_factory=dict)
    type_id: int | None = None


def said_by(contact: Contact | zomentum.Contact, company: str) -> dict[str, str]:
    """The fields that both sides have, by one word: texts without blanks at their ends, the company by its own word."""
    return {**{name: str(getattr(contact, name)).strip() for name in PLAIN}, "company": company}


def watched(contact: Contact, company: str, settings: ContactSettings) -> dict[str, Any]:
    """All of a ConnectWise contact that a decision depends on."""
    return {**said_by(contact, company), "inactive": contact.inactive, **facts(contact, settings)}


def watched_there(contact: zomentum.Contact, company: str, settings: ContactSettings) -> dict[str, Any]:
    """All of a Zomentum contact that a decision depends on."""
    return {**said_by(contact, company), **facts(contact, settings)}


def facts(contact: Contact | zomentum.Contact | None, settings: ContactSettings) -> dict[str, str]:
    """One value for each fact that a filter asks for."""
    if contact is None or not settings.filters:
        return {}
    types = [one.name for one in contact.types] if isinstance(contact, Contact) else [contact.contact_type.strip()]
    admitted = {fold(one) for one in settings.filters.get("contact_type", ())}
    return {"contact_type": next((name for name in types if fold(name) in admitted), ", ".join(sorted(types)))}


def full_name(contact: Contact | zomentum.Contact) -> str:
    return f"{contact.first_name.strip()} {contact.last_name.strip()}".strip()


def addresses(contact: Contact | zomentum.Contact) -> tuple[str, ...]:
    """Its e-mail addresses, as they are compared; the one that counts first."""
    told = contact.emails if isinstance(contact, Contact) else (contact.email,)
    return tuple(dict.fromkeys(fold(one) for one in told if one.strip()))


def contact_name(contact: Contact | zomentum.Contact) -> Name:
    """What people call a contact, with its page."""
    return Name(f"contact {full_name(contact)}", contact.url)
