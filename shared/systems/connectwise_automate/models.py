"""ConnectWise Automate's records as we read them: our names, only the fields used, nulls and absent values alike.

Facts: the vendor's OpenAPI, 25.0.5. Ids are texts there, and whole numbers in them; older servers send numbers.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AliasPath, BeforeValidator, Field

from shared.systems.values import Model, Opened, Several, Text


def _id(value: object) -> object:
    """An id as the one text by which everything names it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return str(int(value))
    raise ValueError("it is no whole number")


Id = Annotated[str, BeforeValidator(_id)]


class Record(Opened):
    """What every record has. `url` opens it in Automate, for people."""

    path: ClassVar[str]
    """Of its list, below the API's root."""

    wire_fields: ClassVar[str]
    """The `includeFields` that a list of this model asks for."""

    id: Id = Field(alias="Id")

    @property
    def number(self) -> int:
        """The id, by which lists are ordered."""
        return int(self.id)

    @property
    def key(self) -> str:
        """The id as links and steps name the record."""
        return self.id


class Client(Record):
    """A client. `external_id` is what people set by hand (in the PCRT flow: the Group ID), as it stands there."""

    path: ClassVar[str] = "Clients"
    wire_fields: ClassVar[str] = "Id,Name,ExternalId"
    page: ClassVar[str] = "automate/browse/companies/computers?companyId={id}"

    name: Text = Field("", alias="Name")
    external_id: Text = Field("", alias="ExternalId")


class Computer(Record):
    """A computer, which always has a client. `serial_number` and `asset_tag` are as they stand there.

    `last_user` is who was logged in last; `type` is `Server` or `Workstation`.
    """

    path: ClassVar[str] = "Computers"
    wire_fields: ClassVar[str] = "Id,ComputerName,SerialNumber,AssetTag,LastUserName,Type,Client"
    page: ClassVar[str] = "automate/computer/{id}/normal-tiles"

    client_id: Id = Field(validation_alias=AliasPath("Client", "Id"))
    client_name: Text = Field("", validation_alias=AliasPath("Client", "Name"))
    name: Text = Field("", alias="ComputerName")
    serial_number: Text = Field("", alias="SerialNumber")
    asset_tag: Text = Field("", alias="AssetTag")
    last_user: Text = Field("", alias="LastUserName")
    type: Text = Field("", alias="Type")


class GroupName(Model):
    """A group, as a computer names it."""

    id: Id = Field(alias="Id")
    name: Text = Field("", alias="Name")


class GroupedComputer(Computer):
    """A computer with the groups it is in, of which there may be many: for the computers of a few clients."""

    wire_fields: ClassVar[str] = f"{Computer.wire_fields},Groups"

    groups: Annotated[tuple[GroupName, ...], Several] = Field((), alias="Groups")


class Group(Record):
    """A group of computers. `full_name` begins with the names of the groups above it."""

    path: ClassVar[str] = "Groups"
    wire_fields: ClassVar[str] = "Id,Name,FullName"

    name: Text = Field("", alias="Name")
    full_name: Text = Field("", alias="FullName")


class GroupComputer(Record):
    """That one computer is in one group."""

    path: ClassVar[str] = "GroupComputers"
    wire_fields: ClassVar[str] = "Id,GroupId,ComputerId"

    group_id: Id = Field(alias="GroupId")
    computer_id: Id = Field(alias="ComputerId")


class RetiredAsset(Record):
    """A computer that was taken out of Automate; it is in no other list any more."""

    path: ClassVar[str] = "RetiredAssets"
    wire_fields: ClassVar[str] = "Id,ComputerId,ComputerName,AssetTag"

    computer_id: Id = Field(alias="ComputerId")
    name: Text = Field("", alias="ComputerName")
    asset_tag: Text = Field("", alias="AssetTag")


class TokenResult(Model):
    """What a login is answered with; one without a token asks for more than a password."""

    token: Text = Field("", alias="AccessToken")
    expires: Text = Field("", alias="ExpirationDate")
    second_factor: bool | None = Field(None, alias="IsTwoFactorRequired")
    internal_second_factor: bool | None = Field(None, alias="IsInternalTwoFactorRequired")
