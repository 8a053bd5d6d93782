"""ConnectWise PSA's records as we read them: our names, only the fields used, nulls and absent values alike.

Facts: the vendor's OpenAPI, 2025.1 and later. Servers of 2025 leave null values out, older ones send them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Link = Callable[[str, int], str]
"""Makes the address at which people open a record, of the PSA's own name for that kind of page and the record's id."""


def _text(value: object) -> object:
    """Absent is empty; a number in the place of a text is that text."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _flag(value: object) -> object:
    return False if value is None else value


def _tuple(value: object) -> object:
    return () if value is None else value


def _name(reference: object) -> object:
    """A reference by its name alone."""
    return reference.get("name") or "" if isinstance(reference, Mapping) else _text(reference)


def _code(reference: object) -> object:
    """A reference by its identifier, or its name where it has none."""
    if isinstance(reference, Mapping):
        return reference.get("identifier") or reference.get("name") or ""
    return _text(reference)


def _moment(info: object) -> object:
    """When a record was last updated, from its `_info`; some answers have blanks within the time."""
    said = info.get("lastUpdated") if isinstance(info, Mapping) else info
    return "".join(said.split()) or None if isinstance(said, str) else said


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]
NameOf = Annotated[str, BeforeValidator(_name)]
CodeOf = Annotated[str, BeforeValidator(_code)]
Updated = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Reference(_Model):
    """Another record, as records name it."""

    id: int | None = None
    identifier: Text = ""
    name: Text = ""


class CustomField(_Model):
    """One custom field of a record: what it is, and its value (None: unset)."""

    id: int
    caption: Text = ""
    type: Text = ""
    entry_method: Text = Field("", alias="entryMethod")
    decimals: int | None = Field(None, alias="numberOfDecimals")
    value: Any = None

    def written(self, value: object) -> dict[str, Any]:
        """The whole entry as it goes back to ConnectWise, with this value."""
        return {**self.model_dump(by_alias=True, exclude_unset=True, exclude={"value"}), "value": value}


class Record(_Model):
    """What every record has. `url` opens it in the PSA, for people; empty where it has no page."""

    wire_fields: ClassVar[str]
    """The `fields` that a list of this model asks for."""

    page: ClassVar[str] = ""
    """ConnectWise's own name for the kind of page that opens it; empty where it has none of its own."""

    id: int
    url: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any], path: str, link: Link) -> Self:
        """The record in a row that came from `path`; pydantic's ValidationError where it is none."""
        url = {"url": link(cls.page, row.get("id", 0))} if cls.page else {}
        return cls.model_validate({**row, **url, **cls._beside(row, path, link)})

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        """What the row itself does not say."""
        del row, path, link
        return {}

    @property
    def key(self) -> str:
        """The id as text, as links and steps name the record."""
        return str(self.id)


class WithCustomFields(Record):
    """A record that has custom fields; every defined one is there, unset ones with None. `updated` is in UTC."""

    custom_fields: Annotated[tuple[CustomField, ...], BeforeValidator(_tuple)] = Field((), alias="customFields")
    updated: Updated = Field(None, alias="_info")

    def custom_field(self, caption: str) -> Any:
        """The value of the custom field with this caption (letter case aside); None where unset or not defined."""
        return next((each.value for each in self.custom_fields if same_caption(each.caption, caption)), None)

    @property
    def captions(self) -> list[str]:
        """The captions of its custom fields, as people read them."""
        return [each.caption for each in self.custom_fields]

    def has_custom_field(self, caption: str) -> bool:
        """Whether such a custom field is defined at all."""
        return any(same_caption(each.caption, caption) for each in self.custom_fields)


class Company(WithCustomFields):
    """A company. `identifier` is its Company ID, `account_number` its Account ID, `country` the country's name."""

    page: ClassVar[str] = "CompanyFV"
    wire_fields: ClassVar[str] = (
        "id,identifier,name,accountNumber,addressLine1,addressLine2,city,state,zip,country/name,phoneNumber,faxNumber,"
        "website,status/id,status/name,types,territory/id,territory/name,deletedFlag,customFields,_info/lastUpdated"
    )

    identifier: Text = ""
    name: Text = ""
    account_number: Text = Field("", alias="accountNumber")
    address_line1: Text = Field("", alias="addressLine1")
    address_line2: Text = Field("", alias="addressLine2")
    city: Text = ""
    state: Text = ""
    zip: Text = ""
    country: NameOf = ""
    phone: Text = Field("", alias="phoneNumber")
    fax: Text = Field("", alias="faxNumber")
    website: Text = ""
    status: Reference | None = None
    types: Annotated[tuple[Reference, ...], BeforeValidator(_tuple)] = ()
    territory: Reference | None = None
    deleted: Flag = Field(False, alias="deletedFlag")


class Site(WithCustomFields):
    """A company's site; `state` is the state's identifier, e.g. FL. It has no page of its own: its company's opens."""

    wire_fields: ClassVar[str] = (
        "id,name,addressLine1,addressLine2,city,stateReference/identifier,stateReference/name,zip,"
        "country/name,phoneNumber,faxNumber,primaryAddressFlag,inactiveFlag,customFields,_info/lastUpdated"
    )

    company_id: int
    name: Text = ""
    address_line1: Text = Field("", alias="addressLine1")
    address_line2: Text = Field("", alias="addressLine2")
    city: Text = ""
    state: CodeOf = Field("", alias="stateReference")
    zip: Text = ""
    country: NameOf = ""
    phone: Text = Field("", alias="phoneNumber")
    fax: Text = Field("", alias="faxNumber")
    primary: Flag = Field(False, alias="primaryAddressFlag")
    inactive: Flag = Field(False, alias="inactiveFlag")

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        del row
        company = int(path.split("/")[2])
        return {"company_id": company, "url": link("CompanyFV", company)}


class SetupRow(Record):
    """A row of a set-up table that settings name: a company status, a company type, a territory."""

    wire_fields: ClassVar[str] = "id,name"

    name: Text = ""

    @property
    def entry(self) -> tuple[str, bool]:
        """Its name, and whether it is active, as far as is known."""
        return self.name, not getattr(self, "inactive", False)


def same_caption(one: str, other: str) -> bool:
    """Captions are typed by people: case and outer blanks do not count."""
    return one.strip().casefold() == other.strip().casefold()


class CompanyInfo(_Model):
    """What a host says of a login company before anybody has signed in."""

    codebase: str = Field(alias="Codebase", pattern=r"^/?[A-Za-z0-9._-]+/?$")
    is_cloud: bool = Field(True, alias="IsCloud")
