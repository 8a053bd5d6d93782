"""e-automate's lists of codes and people: their types as the WSDL has them, and a request for each list.

All are alike: what a row is called by comes first, as ID and code; whether it is active stands before the description
in some and behind it in others. The lists have no pages and are short, so each is always asked for whole.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from shared.systems.eautomate.requests import Request
from shared.systems.eautomate.wire import BEGINNING, NO_CODE, NO_FLAG, NO_TEXT, BoolEx, EaCode, StringEx

# The rows, each under the vendor's name


class Row:
    """A row of a list: its first field names it."""

    __slots__ = ()

    Active: BoolEx

    @property
    def code(self) -> EaCode:
        """What the row is called by."""
        found: EaCode = getattr(self, fields(self)[0].name)  # type: ignore[arg-type]  # every row is a dataclass
        return found


@dataclass(frozen=True, slots=True)
class CodeListDetail(Row):
    """A hold code of calls."""

    Number: EaCode = NO_CODE
    Active: BoolEx = NO_FLAG
    Description: StringEx = NO_TEXT


@dataclass(frozen=True, slots=True)
class OnHoldCodeListDetail(Row):
    """An on-hold code of customers and orders."""

    OnHoldCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class BillCodeListDetail(Row):
    BillCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class CallTypeListDetail(Row):
    CallType: EaCode = NO_CODE
    Active: BoolEx = NO_FLAG
    Description: StringEx = NO_TEXT


@dataclass(frozen=True, slots=True)
class SalesCodeListDetail(Row):
    SalesCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class InventoryCodeListDetail(Row):
    InventoryCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class ExpenseCodeListDetail(Row):
    ExpenseCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class TerritoryListDetail(Row):
    Territory: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class TermListDetail(Row):
    Term: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class TaxCodeListDetail(Row):
    TaxCode: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class TechnicianListDetail(Row):
    Technician: EaCode = NO_CODE
    FirstName: StringEx = NO_TEXT
    LastName: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class SalesRepListDetail(Row):
    """A sales rep, of whom the PublicAPI gives no name."""

    AgentNumber: EaCode = NO_CODE
    Active: BoolEx = NO_FLAG


# The lists


@dataclass(frozen=True, slots=True)
class CodeListData:
    TimeStamp: str | None = None
    Details: tuple[CodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class OnHoldCodeListData:
    TimeStamp: str | None = None
    Details: tuple[OnHoldCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class BillCodeListData:
    TimeStamp: str | None = None
    Details: tuple[BillCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class CallTypeListData:
    TimeStamp: str | None = None
    Details: tuple[CallTypeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class SalesCodeListData:
    TimeStamp: str | None = None
    Details: tuple[SalesCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class InventoryCodeListData:
    TimeStamp: str | None = None
    Details: tuple[InventoryCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExpenseCodeListData:
    TimeStamp: str | None = None
    Details: tuple[ExpenseCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class TerritoryListData:
    TimeStamp: str | None = None
    Details: tuple[TerritoryListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class TermListData:
    TimeStamp: str | None = None
    Details: tuple[TermListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class TaxCodeListData:
    TimeStamp: str | None = None
    Details: tuple[TaxCodeListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class TechnicianListData:
    TimeStamp: str | None = None
    Details: tuple[TechnicianListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class SalesRepListData:
    TimeStamp: str | None = None
    Details: tuple[SalesRepListDetail, ...] | None = None


# The requests


@dataclass(frozen=True)
class GetHoldCodeList(Request[CodeListData]):
    operation = "getHoldCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetOnHoldCodeList(Request[OnHoldCodeListData]):
    operation = "getOnHoldCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetBillCodeList(Request[BillCodeListData]):
    operation = "getBillCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetCallTypeList(Request[CallTypeListData]):
    operation = "getCallTypeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetSalesCodeList(Request[SalesCodeListData]):
    operation = "getSalesCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetInventoryCodeList(Request[InventoryCodeListData]):
    operation = "getInventoryCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetExpenseCodeList(Request[ExpenseCodeListData]):
    operation = "getExpenseCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetTerritoryList(Request[TerritoryListData]):
    operation = "getTerritoryList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetTermList(Request[TermListData]):
    operation = "getTermList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetTaxCodeList(Request[TaxCodeListData]):
    operation = "getTaxCodeList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetTechnicianList(Request[TechnicianListData]):
    operation = "getTechnicianList"
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetSalesRepList(Request[SalesRepListData]):
    operation = "getSalesRepList"
    TimeStamp: str = BEGINNING


TYPES: tuple[type[Any], ...] = tuple(
    kind for name, kind in list(globals().items()) if name.endswith(("ListDetail", "ListData"))
)
"""Every type here that the vendor has under the same name."""
