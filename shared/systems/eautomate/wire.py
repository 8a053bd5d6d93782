"""The types of e-automate's PublicAPI as the WSDL has them: one frozen dataclass each, fields in the order of the wire.

A field's annotation says all that reading and writing need to know:

| annotation | on the wire |
| --- | --- |
| str or None; a class or None | the element, left out where None |
| int, bool, a `Struct` | the element, always there: .NET's value types have no null |
| tuple[T, ...] or None | an element that holds one element called T for each item, left out where None |

Field names are the vendor's. Every field has a blank default, so that an answer which lacks one is read all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

NAMESPACE = "http://digitalgateway.com/WebServices/PublicAPIService"
BEGINNING = "1900-01-01T00:00:00"
"""The TimeStamp that asks for everything. An empty one breaks the server, so this stands wherever none is known."""


class Struct:
    """A value type of the service. `Valid` false means that no value is given, whatever filler stands there."""

    __slots__ = ()

    @property
    def plain(self) -> Any:
        """The value as our models hold it; blank where none is given."""
        raise NotImplementedError

    @classmethod
    def of(cls, plain: Any) -> Self:
        """The value given; blank text and a blank code are given too: they clear what was there."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class StringEx(Struct):
    Value: str | None = None
    Valid: bool = False

    @property
    def plain(self) -> str:
        return (self.Value or "") if self.Valid else ""

    @classmethod
    def of(cls, plain: str) -> Self:
        return cls(plain, Valid=True)


NO_TEXT = StringEx("")
"""What is sent where there is no text: as for numbers, a filler rather than nothing."""


@dataclass(frozen=True, slots=True)
class IntEx(Struct):
    Value: int = 0
    Valid: bool = False

    @property
    def plain(self) -> int | None:
        return self.Value if self.Valid else None

    @classmethod
    def of(cls, plain: int) -> Self:
        return cls(plain, Valid=True)


@dataclass(frozen=True, slots=True)
class BoolEx(Struct):
    Value: bool = False
    Valid: bool = False

    @property
    def plain(self) -> bool:
        return self.Value and self.Valid

    @classmethod
    def of(cls, plain: bool) -> Self:
        return cls(plain, Valid=True)


@dataclass(frozen=True, slots=True)
class DecimalEx(Struct):
    Value: Decimal = Decimal(0)
    Valid: bool = False

    @property
    def plain(self) -> Decimal | None:
        return self.Value if self.Valid else None

    @classmethod
    def of(cls, plain: Decimal) -> Self:
        return cls(plain, Valid=True)


@dataclass(frozen=True, slots=True)
class DoubleEx(DecimalEx):
    """A double on the wire, which we hold as the decimal number that it is written as."""


@dataclass(frozen=True, slots=True)
class DateTimeEx(Struct):
    """A moment in the server's local time, as text without a zone, and that text a second time."""

    Value: str = BEGINNING
    ValueAsString: StringEx = NO_TEXT
    Valid: bool = False

    @property
    def plain(self) -> str:
        return self.Value if self.Valid else ""

    @classmethod
    def of(cls, plain: str) -> Self:
        return cls(plain, StringEx.of(plain), Valid=True)


@dataclass(frozen=True, slots=True)
class EaCode(Struct):
    """`eaCodeType`: names a record by ID, by code (which for customers is the number), or by both."""

    ID: IntEx = IntEx()
    Code: StringEx = NO_TEXT

    @property
    def plain(self) -> str:
        return self.Code.plain

    @property
    def id(self) -> str:
        """The ID as text; empty where none is given."""
        return str(self.ID.Value) if self.ID.Valid else ""

    @classmethod
    def of(cls, plain: str) -> Self:
        return cls(Code=StringEx.of(plain))

    @classmethod
    def by_id(cls, number: int) -> Self:
        return cls(ID=IntEx.of(number))


NO_CODE, NO_NUMBER, NO_FLAG, NO_AMOUNT, NO_DOUBLE, NO_TIME = (
    EaCode(), IntEx(), BoolEx(), DecimalEx(), DoubleEx(), DateTimeEx(),
)  # fmt: skip
"""What stands where no code, number, flag, amount or time is given; the defaults of types in other modules."""


@dataclass(frozen=True, slots=True)
class AuthInfo:
    """What every call carries. It holds the password, so it has no repr."""

    User: str | None = None
    Password: str | None = None
    CompanyID: str | None = None
    Version: str | None = None
    PartnerToken: str | None = None

    def __repr__(self) -> str:
        return "AuthInfo()"


@dataclass(frozen=True, slots=True)
class ResultDetail:
    ResultType: int = 0
    ResultCode: int = 0
    ResultString: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The in-band result of saveCall and its like: `ApiResult` false is a refusal, although HTTP says 200."""

    ApiResult: bool = False
    Details: tuple[ResultDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class CustomProperty:
    """One custom property. What `IDVal` means is documented nowhere: it goes back as it came."""

    ID: int = 0
    Name: str | None = None
    Value: str | None = None
    IDVal: int = 0


@dataclass(frozen=True, slots=True)
class CustomerListDetail:
    CustomerNumber: EaCode = EaCode()
    CustomerName: StringEx = NO_TEXT
    Active: BoolEx = BoolEx()


@dataclass(frozen=True, slots=True)
class CustomerListData:
    TimeStamp: str | None = None
    Details: tuple[CustomerListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class CustomerData:
    """A customer or one of its locations, whole."""

    CustomerNumber: EaCode = EaCode()
    CustomerName: StringEx = NO_TEXT
    Attn: StringEx = NO_TEXT
    Address: StringEx = NO_TEXT
    City: StringEx = NO_TEXT
    State: StringEx = NO_TEXT
    Zip: StringEx = NO_TEXT
    Country: StringEx = NO_TEXT
    Phone1: StringEx = NO_TEXT
    Phone2: StringEx = NO_TEXT
    Fax: StringEx = NO_TEXT
    Email: StringEx = NO_TEXT
    WebSite: StringEx = NO_TEXT
    Active: BoolEx = BoolEx()
    Prospect: BoolEx = BoolEx()
    AllowAutoMeterRequests: BoolEx = BoolEx()
    AllowAutoOnHoldUpdates: BoolEx = BoolEx()
    ShipTo: BoolEx = BoolEx()
    Remarks: StringEx = NO_TEXT
    RequirePONum: BoolEx = BoolEx()
    OnHold: BoolEx = BoolEx()
    ParentLocationNumber: EaCode = EaCode()
    MailToNumber: EaCode = EaCode()
    BillToNumber: EaCode = EaCode()
    CustomerTypeCode: EaCode = EaCode()
    SalesRep: EaCode = EaCode()
    ShipMethodCode: EaCode = EaCode()
    InvoiceMethod: EaCode = EaCode()
    TermCode: EaCode = EaCode()
    TerritoryCode: EaCode = EaCode()
    TaxCode: EaCode = EaCode()
    Taxable: BoolEx = BoolEx()
    TaxCodeDescription: StringEx = NO_TEXT
    TaxRate: DecimalEx = DecimalEx()
    ARContact: EaCode = EaCode()
    DecisionContact: EaCode = EaCode()
    EquipmentContact: EaCode = EaCode()
    MeterContact: EaCode = EaCode()
    UseBillToAddress: BoolEx = BoolEx()
    BillToAttn: StringEx = NO_TEXT
    BillToAddress: StringEx = NO_TEXT
    BillToCity: StringEx = NO_TEXT
    BillToCounty: StringEx = NO_TEXT
    BillToState: StringEx = NO_TEXT
    BillToZip: StringEx = NO_TEXT
    BillToCountry: StringEx = NO_TEXT
    OnHoldCode: EaCode = EaCode()
    BranchNumber: EaCode = EaCode()
    County: StringEx = NO_TEXT
    CustomProperties: tuple[CustomProperty, ...] | None = None


@dataclass(frozen=True, slots=True)
class ContractListDetail:
    ContractNumber: EaCode = EaCode()
    Active: BoolEx = BoolEx()


@dataclass(frozen=True, slots=True)
class ContractListData:
    TimeStamp: str | None = None
    Details: tuple[ContractListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class ContractData:
    """The head of a contract, which is all that is read of it here."""

    ContractNumber: EaCode = EaCode()
    Customer: EaCode = EaCode()
    Active: BoolEx = BoolEx()
    Type: EaCode = EaCode()
    Status: EaCode = EaCode()
    Remarks: StringEx = NO_TEXT
