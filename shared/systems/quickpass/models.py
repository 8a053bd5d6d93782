"""Quickpass's records as we read them: our names, only the fields used.

Documented of a customer are its name and its GUID. What an account's names, e-mail address and mobile number mean is
documented, that there is an endpoint which tells them is assumed, and so are all other fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import AliasChoices, Field

from shared.systems.values import Flag, Id, Model, Text

SLASH = "/"


class Customer(Model):
    """A customer of the MSP's; `id` is its GUID."""

    id: Id = Field(validation_alias=AliasChoices("customerAgentId", "guid", "id"))
    name: Text = Field("", validation_alias=AliasChoices("customerName", "name"))

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """The customer in a row of a list; pydantic's ValidationError where it is none."""
        return cls.model_validate(dict(row))


class Account(Model):
    """An end user's account of one customer. `source` is AD, AzureAD or Local; `upn` the name it signs in with.

    `psa_contact_id` is the ConnectWise contact that Quickpass itself has noted for it; empty where it has none.
    """

    id: Id
    customer: str
    first_name: Text = Field("", alias="firstName")
    last_name: Text = Field("", alias="lastName")
    email: Text = ""
    mobile: Text = ""
    source: Text = ""
    upn: Text = ""
    enabled: Flag = True
    psa_contact_id: Text = Field("", alias="psaContactId")

    @classmethod
    def read(cls, row: Mapping[str, Any], customer: str) -> Self:
        """The account in a row of a customer's list; pydantic's ValidationError where it is none."""
        return cls.model_validate({**row, "customer": customer})

    @property
    def key(self) -> str:
        """Its id as links and steps name it: ids are taken to be unique within a customer only."""
        return account_key(self.customer, self.id)

    @property
    def full_name(self) -> str:
        return f"{self.first_name.strip()} {self.last_name.strip()}".strip()


def account_key(customer: str, account: str) -> str:
    """The key of an account of a customer."""
    return f"{customer}{SLASH}{account}"


def customer_of(key: str) -> str:
    """The customer's GUID in an account's key; empty where the key has none."""
    return key.partition(SLASH)[0] if SLASH in key else ""
