"""Contacts of ConnectWise PSA, and how their e-mail address and telephone are written: as communication items.

A contact has any number of items; each is of a type that the tenant defined (`company/communicationTypes`) and thereby
an Email, a Phone or a Fax, and one of each of these is the default one. `email` and `phone` are the values of the
default ones. A PATCH addresses items by their place in the array: replaced and added first, then removed from the last
place on. An item that is added goes to the end.

A step may also name `items`, as `NewItem` has them, to be added each with a type of its own; one that is there already,
of the same type and value, is not added again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypedDict

from pydantic import BeforeValidator, Field

from shared.sync.errors import ConfigurationWrong
from shared.systems.connectwise_psa.models import (
    Flag,
    Reference,
    SetupRow,
    Text,
    WithCustomFields,
    _Model,
    _tuple,
)

CONTACTS = "company/contacts"
COMMUNICATION_TYPES = "company/communicationTypes"
ITEMS = "communicationItems"

REACHED_BY: Mapping[str, str] = MappingProxyType({"email": "Email", "phone": "Phone"})
"""Our fields of a contact that are communication items, with ConnectWise's own word for such items."""

ADDED = "items"
"""Our field of a contact that names items to be added, each of its own type."""


class NewItem(TypedDict):
    """An item to be added: the id of its type, `Email`, `Phone` or `Fax`, and its value."""

    type_id: int
    kind: str
    value: str


class CommunicationItem(_Model):
    """One way to reach a contact; `kind` is Email, Phone or Fax, `type` what the tenant calls it."""

    id: int | None = None
    type: Reference | None = None
    value: Text = ""
    kind: Text = Field("", alias="communicationType")
    default: Flag = Field(False, alias="defaultFlag")


class Contact(WithCustomFields):
    """A person at a company (None: at none)."""

    page: ClassVar[str] = "ContactFV"
    wire_fields: ClassVar[str] = (
        "id,firstName,lastName,title,company/id,company/identifier,company/name,inactiveFlag,communicationItems,types,"
        "customFields,_info/lastUpdated"
    )

    first_name: Text = Field("", alias="firstName")
    last_name: Text = Field("", alias="lastName")
    title: Text = ""
    company: Reference | None = None
    inactive: Flag = Field(False, alias="inactiveFlag")
    items: Annotated[tuple[CommunicationItem, ...], BeforeValidator(_tuple)] = Field((), alias=ITEMS)
    types: Annotated[tuple[Reference, ...], BeforeValidator(_tuple)] = ()

    @property
    def email(self) -> str:
        return self._reached_by("email")

    @property
    def phone(self) -> str:
        return self._reached_by("phone")

    @property
    def emails(self) -> tuple[str, ...]:
        """Every e-mail address, the default one first."""
        found = sorted((item for item in self.items if item.kind == REACHED_BY["email"]), key=lambda i: not i.default)
        return tuple(item.value for item in found)

    def _reached_by(self, name: str) -> str:
        place = place_of(self.items, REACHED_BY[name])
        return "" if place is None else self.items[place].value


class CommunicationType(SetupRow):
    """What items can be, as the tenant calls it: Direct, Mobile, Email."""

    wire_fields: ClassVar[str] = "id,description,phoneFlag,faxFlag,emailFlag,defaultFlag"

    name: Text = Field("", alias="description")
    phone: Flag = Field(False, alias="phoneFlag")
    email: Flag = Field(False, alias="emailFlag")
    default: Flag = Field(False, alias="defaultFlag")


class ContactType(SetupRow):
    """What sort of contact somebody is; a row of its set-up table."""

    wire_fields: ClassVar[str] = "id,description"

    name: Text = Field("", alias="description")


Types = Callable[[], Sequence[CommunicationType]]
"""Fetches the tenant's communication types; asked only where an item is added."""


def place_of(items: Sequence[CommunicationItem], kind: str) -> int | None:
    """The place of the default item of a kind, else of its first; None without any."""
    places = [place for place, item in enumerate(items) if item.kind == kind]
    return next((place for place in places if items[place].default), places[0] if places else None)


def new_items(fields: Mapping[str, Any], types: Types) -> list[dict[str, Any]]:
    """The items of a contact that is created with these fields."""
    plain = [_item(name, str(value), types) for name, value in _reached(fields).items() if value]
    return [*plain, *_added((), fields, {one["communicationType"] for one in plain})]


def operations(items: Sequence[CommunicationItem], fields: Mapping[str, Any], types: Types) -> list[dict[str, Any]]:
    """The operations that give the default items these values, and add others; no value removes the item."""
    changed: list[dict[str, Any]] = []
    removed: list[int] = []
    ahead = len(items)
    for name, value in _reached(fields).items():
        place = place_of(items, REACHED_BY[name])
        if value and place is not None:
            if items[place].value != value:
                changed.append({"op": "replace", "path": f"/{ITEMS}/{place}/value", "value": value})
        elif value:
            changed.append({"op": "add", "path": f"/{ITEMS}/{ahead}", "value": _item(name, str(value), types)})
            ahead += 1
        elif place is not None:
            removed.append(place)
    for item in _added(items, fields, {one.kind for one in items if one.default}):
        changed.append({"op": "add", "path": f"/{ITEMS}/{ahead}", "value": item})
        ahead += 1
    removals = [{"op": "remove", "path": f"/{ITEMS}/{place}"} for place in sorted(removed, reverse=True)]
    return [*changed, *removals]


def _added(
    items: Sequence[CommunicationItem], fields: Mapping[str, Any], settled: set[str]
) -> Iterator[dict[str, Any]]:
    """The items that a step adds and that are not there yet; `settled` are the kinds that have a default one."""
    there = {(one.type.id, one.value) for one in items if one.type is not None}
    kinds = set(settled)
    for new in fields.get(ADDED, ()):
        if (new["type_id"], new["value"]) not in there:
            first = new["kind"] not in kinds
            kinds.add(new["kind"])
            kind, type_ = new["kind"], {"id": new["type_id"]}
            yield {"type": type_, "value": new["value"], "communicationType": kind, "defaultFlag": first}


def _reached(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in REACHED_BY}


def _item(name: str, value: str, types: Types) -> dict[str, Any]:
    fitting = [one for one in types() if getattr(one, name)]
    if not fitting:
        raise ConfigurationWrong(
            f"ConnectWise has no communication type of the kind {REACHED_BY[name]}",
            where="connectwise_psa: communication types",
            fix=f"Add one under System > Setup Tables > Communication Type, with {REACHED_BY[name]} checked.",
        )
    chosen = next((one for one in fitting if one.default), fitting[0])
    return {"type": {"id": chosen.id}, "value": value, "communicationType": REACHED_BY[name], "defaultFlag": True}
