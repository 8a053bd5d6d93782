"""Reference data of ConnectWise PSA that other records name: members, work types, service types, terms, tax codes.

Each list is asked for whole: `psa.records(MEMBERS, None, Member)`. Territories are `psa.territories()`.

Assumed of tax codes, where the contract is silent: a rate is a fraction (0.0825 for 8.25 percent), the rates of several
levels add up, and a cancel date is the last day on which a code can be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import Field

from shared.systems.conditions import Condition
from shared.systems.connectwise_psa.finance import Amount, Day
from shared.systems.connectwise_psa.models import Flag, Link, Record, SetupRow, Text

MEMBERS = "system/members"
WORK_TYPES = "time/workTypes"
BOARDS = "service/boards"
BILLING_TERMS = "finance/billingTerms"
TAX_CODES = "finance/taxCodes"

R = TypeVar("R", bound=Record)


class Lists(Protocol):
    """Who reads a whole list: a `Psa`."""

    def records(self, path: str, condition: Condition | None, model: type[R]) -> list[R]: ...


class Member(Record):
    """Somebody who works in ConnectWise. `employee_id` is what the dealer numbers employees by.

    `license` is F for a full member, C for a StreamlineIT member, X for a subcontractor, A for an API member.
    """

    wire_fields: ClassVar[str] = (
        "id,identifier,firstName,lastName,primaryEmail,officeEmail,mobileEmail,homeEmail,employeeIdentifer,"
        "licenseClass,inactiveFlag"
    )

    identifier: Text = ""
    first_name: Text = Field("", alias="firstName")
    last_name: Text = Field("", alias="lastName")
    primary_email: Text = Field("", alias="primaryEmail")
    office_email: Text = Field("", alias="officeEmail")
    mobile_email: Text = Field("", alias="mobileEmail")
    home_email: Text = Field("", alias="homeEmail")
    employee_id: Text = Field("", alias="employeeIdentifer")  # spelt so by the vendor
    license: Text = Field("", alias="licenseClass")
    inactive: Flag = Field(False, alias="inactiveFlag")

    @property
    def full_name(self) -> str:
        return f"{self.first_name.strip()} {self.last_name.strip()}".strip()

    @property
    def emails(self) -> tuple[str, ...]:
        """The member's addresses, each once."""
        known = (self.primary_email, self.office_email, self.mobile_email, self.home_email)
        return tuple(dict.fromkeys(address.strip() for address in known if address.strip()))


class WorkType(SetupRow):
    """How time is billed: regular, after hours."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag"

    inactive: Flag = Field(False, alias="inactiveFlag")


class Board(SetupRow):
    """A service or project board."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag,projectFlag"

    inactive: Flag = Field(False, alias="inactiveFlag")
    is_project: Flag = Field(False, alias="projectFlag")


class ServiceType(SetupRow):
    """A type of tickets on one board. Types of the same name on other boards are other types, with other ids."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag"

    board_id: int
    board: str = ""
    inactive: Flag = Field(False, alias="inactiveFlag")

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        del row, link
        return {"board_id": int(path.split("/")[2]), "board": ""}


class BillingTerm(SetupRow):
    """When an invoice is due."""


class TaxCode(SetupRow):
    """A tax code; `name` is its description."""

    wire_fields: ClassVar[str] = "id,identifier,description"

    identifier: Text = ""
    name: Text = Field("", alias="description")


LEVELS = ("One", "Two", "Three", "Four", "Five", "Six")
"""What a tax may be made of: of the state, the county, the city."""


class SalesTax(TaxCode):
    """A tax code with the rates of its levels, fractions; `cancelled` is the last day on which it can be used."""

    wire_fields: ClassVar[str] = ",".join(
        (TaxCode.wire_fields, "cancelDate", *(f"level{level}Rate,level{level}RateType" for level in LEVELS))
    )

    cancelled: Day = Field(None, alias="cancelDate")
    rates: tuple[Amount, ...] = ()
    flat: bool = False
    """Whether a level is an amount of money rather than a rate."""

    @classmethod
    def _beside(cls, row: Mapping[str, Any], path: str, link: Link) -> dict[str, Any]:
        del path, link
        levels = [level for level in LEVELS if row.get(f"level{level}Rate")]
        return {
            "rates": [row[f"level{level}Rate"] for level in levels],
            "flat": any(row.get(f"level{level}RateType") == "Amount" for level in levels),
        }

    @property
    def percent(self) -> Decimal | None:
        """The rates of all levels together, in percent; None where one is an amount, which no rate says."""
        return None if self.flat else sum(self.rates, Decimal(0)) * 100

    def ended(self, today: date) -> bool:
        """Whether it cannot be used any more on this day."""
        return self.cancelled is not None and self.cancelled < today


def service_types(psa: Lists) -> list[ServiceType]:
    """The ticket types of every active board; one request for the boards, and one for each."""
    boards = [board for board in psa.records(BOARDS, None, Board) if not board.inactive]
    found = [(board, psa.records(f"{BOARDS}/{board.id}/types", None, ServiceType)) for board in boards]
    return [type_.model_copy(update={"board": board.name}) for board, types in found for type_ in types]
