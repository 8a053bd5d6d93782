"""The operations of the PublicAPI, one typed request each: its arguments in order, and what it answers.

A further operation is a further class here, and what it sends or answers a further class in `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, get_args

from shared.systems.eautomate.wire import (
    BEGINNING,
    ContractData,
    ContractListData,
    CustomerData,
    CustomerListData,
    EaCode,
)

R_co = TypeVar("R_co", covariant=True)

LONG = 60.0
"""Seconds that a list of everything may take."""


class Request(Generic[R_co]):
    """A request that is answered with an `R_co`, or with no result at all.

    `operation` is its name on the wire, `result` is `R_co`, `write` says that the service changes something: a write
    whose answer is lost must be looked up, a read may be asked again. `about` is what a request for single records
    reads or writes ("customer"): only such a request can be refused for its record. `patience` is how many seconds the
    server may think about it, where the client's usual time is too short.
    """

    operation: ClassVar[str]
    result: ClassVar[Any]
    write: ClassVar[bool] = False
    about: ClassVar[str] = ""
    needs_auth: ClassVar[bool] = True
    patience: ClassVar[float | None] = None

    def __init_subclass__(cls) -> None:
        cls.result = get_args(cls.__orig_bases__[0])[0]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Answer(Generic[R_co]):
    """What came back: the result, if there is one, and the text that Authorize2 gives beside it.

    `at` is the web server's own time, in UTC.
    """

    result: R_co | None
    error_string: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class GetServerStatus(Request[str]):
    operation = "getServerStatus"
    needs_auth = False


@dataclass(frozen=True)
class GetCurrentTimeStamp(Request[str]):
    operation = "getCurrentTimeStamp"


@dataclass(frozen=True)
class GetSHAttribute(Request[EaCode]):
    operation = "getSHAttribute"
    attributeName: str  # noqa: N815 (the vendor's name)


@dataclass(frozen=True)
class Authorize2(Request[bool]):
    operation = "Authorize2"


@dataclass(frozen=True)
class GetCustomerList(Request[CustomerListData]):
    operation = "getCustomerList"
    patience = LONG
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetCustomerDataList(Request[tuple[CustomerData, ...]]):
    operation = "getCustomerDataList"
    patience = LONG
    about = "customer"
    Customers: CustomerListData


@dataclass(frozen=True)
class GetCustomer(Request[CustomerData]):
    operation = "getCustomer"
    about = "customer"
    CustomerNumber: EaCode


@dataclass(frozen=True)
class GetCustomerByCustomAttribute(Request[CustomerData]):
    operation = "GetCustomerByCustomAttribute"
    about = "customer"
    attribute: EaCode
    attributeValue: str  # noqa: N815 (the vendor's name)


@dataclass(frozen=True)
class ExistsCustomer(Request[bool]):
    operation = "ExistsCustomer"
    about = "customer"
    CustomerNumber: EaCode


@dataclass(frozen=True)
class SaveCustomer(Request[EaCode]):
    operation = "saveCustomer"
    about = "customer"
    write = True
    customer: CustomerData


@dataclass(frozen=True)
class GetContractList(Request[ContractListData]):
    operation = "getContractList"
    patience = LONG
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetContractListForCustomer(Request[ContractListData]):
    operation = "getContractListForCustomer"
    about = "customer"
    CustomerNumber: EaCode
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetContract(Request[ContractData]):
    operation = "getContract"
    about = "contract"
    ContractNumber: EaCode
