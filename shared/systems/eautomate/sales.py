"""e-automate's sales orders and items on the wire: their types as the WSDL has them, and the requests for them."""

# ruff: noqa: N815 (field names are the vendor's)

from __future__ import annotations

from dataclasses import dataclass

from shared.systems.eautomate.requests import LONG, Request
from shared.systems.eautomate.wire import (
    BEGINNING,
    NO_AMOUNT,
    NO_CODE,
    NO_DOUBLE,
    NO_FLAG,
    NO_NUMBER,
    NO_TEXT,
    NO_TIME,
    BoolEx,
    CustomProperty,
    DateTimeEx,
    DecimalEx,
    DoubleEx,
    EaCode,
    IntEx,
    StringEx,
)

# Orders


@dataclass(frozen=True, slots=True)
class BinListDetail:
    Bin: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class BinListData:
    TimeStamp: str | None = None
    Details: tuple[BinListDetail, ...] | None = None


@dataclass(frozen=True, slots=True)
class SalesOrderDetail:
    """A line of an order."""

    DetailID: IntEx = NO_NUMBER
    Item: EaCode = NO_CODE
    Quantity: DoubleEx = NO_DOUBLE
    Price: DoubleEx = NO_DOUBLE
    Description: StringEx = NO_TEXT
    ShipToTypeID: IntEx = NO_NUMBER
    optOutCost: DoubleEx = NO_DOUBLE
    optCanceled: DoubleEx = NO_DOUBLE
    optEquipmentNumber: EaCode = NO_CODE
    optContractNumber: EaCode = NO_CODE
    optCurrentWareHouse: EaCode = NO_CODE
    optDefaultWareHouse: EaCode = NO_CODE
    optDefaultBin: EaCode = NO_CODE
    optBackOrdered: DoubleEx = NO_DOUBLE
    optPicketed: DoubleEx = NO_DOUBLE
    optShipped: DoubleEx = NO_DOUBLE
    optBilled: DoubleEx = NO_DOUBLE
    optSalesOrderDetailBins: BinListData | None = None
    ShipToContact: EaCode = NO_CODE
    Notes: StringEx = NO_TEXT
    ParentID: IntEx = NO_NUMBER
    LineNumber: StringEx = NO_TEXT
    RollUpPrice: BoolEx = NO_FLAG
    Hidden: BoolEx = NO_FLAG
    SortOrder: IntEx = NO_NUMBER
    Depth: IntEx = NO_NUMBER
    Remarks: StringEx = NO_TEXT


@dataclass(frozen=True, slots=True)
class SalesOrderData:
    """An order, whole. `SOID` is its ID and code, `SONumber` its number, which a new one may ask for."""

    SOID: EaCode = NO_CODE
    SONumber: StringEx = NO_TEXT
    CustomerNumber: EaCode = NO_CODE
    optBillToNumber: EaCode = NO_CODE
    optShipToNumber: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    PONumber: StringEx = NO_TEXT
    Remarks: StringEx = NO_TEXT
    Message: StringEx = NO_TEXT
    Status: EaCode = NO_CODE
    Date: DateTimeEx = NO_TIME
    ReqDate: DateTimeEx = NO_TIME
    CreateDate: DateTimeEx = NO_TIME
    LastUpdate: DateTimeEx = NO_TIME
    SalesRep: EaCode = NO_CODE
    DiscountRate: DoubleEx = NO_DOUBLE
    Discount: DoubleEx = NO_DOUBLE
    TaxCode: EaCode = NO_CODE
    Tax: DoubleEx = NO_DOUBLE
    Total: DoubleEx = NO_DOUBLE
    OnHoldCode: EaCode = NO_CODE
    OrderType: EaCode = NO_CODE
    ChargeAccountID: EaCode = NO_CODE
    ChargeMethod: EaCode = NO_CODE
    Term: EaCode = NO_CODE
    Freight: DoubleEx = NO_DOUBLE
    BilledFreight: DoubleEx = NO_DOUBLE
    ShipToATTN: StringEx = NO_TEXT
    ShipToStreet: StringEx = NO_TEXT
    ShipToCity: StringEx = NO_TEXT
    ShipToState: StringEx = NO_TEXT
    ShipToZip: StringEx = NO_TEXT
    ShipToCountry: StringEx = NO_TEXT
    ShipMethod: EaCode = NO_CODE
    ShipToName: StringEx = NO_TEXT
    MailToATTN: StringEx = NO_TEXT
    MailToName: StringEx = NO_TEXT
    MailToStreet: StringEx = NO_TEXT
    MailToCity: StringEx = NO_TEXT
    MailToState: StringEx = NO_TEXT
    MailToZip: StringEx = NO_TEXT
    MailToCountry: StringEx = NO_TEXT
    Warehouse: EaCode = NO_CODE
    Dropship: BoolEx = NO_FLAG
    Branch: EaCode = NO_CODE
    Details: tuple[SalesOrderDetail, ...] | None = None
    CustomProperties: tuple[CustomProperty, ...] | None = None


@dataclass(frozen=True, slots=True)
class SalesOrderListDetail:
    """A row of the list of orders. What stands under `SONumber` is the order's ID and number together."""

    SONumber: EaCode = NO_CODE
    Active: BoolEx = NO_FLAG


@dataclass(frozen=True, slots=True)
class SalesOrderListData:
    TimeStamp: str | None = None
    Details: tuple[SalesOrderListDetail, ...] | None = None


@dataclass(frozen=True)
class GetSalesOrderList(Request[SalesOrderListData]):
    operation = "getSalesOrderList"
    patience = LONG
    TimeStamp: str = BEGINNING


@dataclass(frozen=True)
class GetSalesOrder(Request[SalesOrderData]):
    operation = "getSalesOrder"
    about = "sales order"
    SalesOrderNumber: EaCode = NO_CODE


@dataclass(frozen=True)
class AddSalesOrder(Request[SalesOrderData]):
    operation = "addSalesOrder"
    about = "sales order"
    write = True
    SalesOrder: SalesOrderData = SalesOrderData()


@dataclass(frozen=True)
class SaveSalesOrder(Request[SalesOrderData]):
    operation = "saveSalesOrder"
    about = "sales order"
    write = True
    SalesOrder: SalesOrderData = SalesOrderData()


# Items


@dataclass(frozen=True, slots=True)
class ItemData:
    """An item, whole. It has no field for an expense code: a non-inventory item has one under `InventoryCode`."""

    Item: EaCode = NO_CODE
    Description: StringEx = NO_TEXT
    BarCode: StringEx = NO_TEXT
    Serialized: BoolEx = NO_FLAG
    ItemType: IntEx = NO_NUMBER
    SalesCode: EaCode = NO_CODE
    InventoryCode: EaCode = NO_CODE
    EquipmentCode: EaCode = NO_CODE
    ServiceCode: EaCode = NO_CODE
    ServiceCodeCategory: StringEx = NO_TEXT
    WebEnabled: BoolEx = NO_FLAG
    UnitOfMeasure: EaCode = NO_CODE
    CategoryCode: EaCode = NO_CODE
    Yield: IntEx = NO_NUMBER
    Weight: DecimalEx = NO_AMOUNT
    WeightUnitOfMeasure: EaCode = NO_CODE
    Make: EaCode = NO_CODE
    Model: EaCode = NO_CODE
    TaxFlag: IntEx = NO_NUMBER
    OnHandQty: DecimalEx = NO_AMOUNT
    Ordered: DecimalEx = NO_AMOUNT
    Allocated: DecimalEx = NO_AMOUNT
    Active: BoolEx = NO_FLAG
    Remarks: StringEx = NO_TEXT
    StandardQty: DecimalEx = NO_AMOUNT
    DefectiveQty: DecimalEx = NO_AMOUNT
    UnavailableQty: DecimalEx = NO_AMOUNT
    Cost: DecimalEx = NO_AMOUNT
    MSRP: DecimalEx = NO_AMOUNT
    Metered: BoolEx = NO_FLAG
    VendorStatus: StringEx = NO_TEXT
    IntroductionDate: DateTimeEx = NO_TIME
    Segment: StringEx = NO_TEXT
    OEMNumber: StringEx = NO_TEXT
    OEMCompatible: BoolEx = NO_FLAG
    Returnable: BoolEx = NO_FLAG
    TrackingConfig: EaCode = NO_CODE
    ItemTypeDescription: StringEx = NO_TEXT
    PrefMfgNumber: StringEx = NO_TEXT
    NoteCount: int = 0
    NoteID: int = 0
    CustomProperties: tuple[CustomProperty, ...] | None = None


@dataclass(frozen=True)
class GetItem(Request[ItemData]):
    operation = "getItem"
    about = "item"
    Item: EaCode = NO_CODE


@dataclass(frozen=True)
class ExistsItem(Request[bool]):
    operation = "ExistsItem"
    about = "item"
    itemCode: EaCode = NO_CODE


@dataclass(frozen=True)
class AddItem2(Request[ItemData]):
    operation = "addItem2"
    about = "item"
    write = True
    ItemNumber: str = ""
    item: ItemData = ItemData()


@dataclass(frozen=True)
class ItemUsageForSalesSetting(Request[str]):
    operation = "itemUsageForSalesSetting"


@dataclass(frozen=True)
class GenericItemForSalesSetting(Request[ItemData]):
    operation = "genericItemForSalesSetting"


TYPES: tuple[type, ...] = (
    BinListDetail,
    BinListData,
    SalesOrderDetail,
    SalesOrderData,
    SalesOrderListDetail,
    SalesOrderListData,
    ItemData,
)
"""Every type here that the vendor has under the same name."""
