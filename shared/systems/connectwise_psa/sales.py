"""Sales orders of ConnectWise PSA, their statuses, products, catalogue items and documents, as far as they are read.

Assumed, where ConnectWise's contract is silent: an order's total holds its tax; `extPrice` is what a product comes to
for what is not cancelled of it; a product's changes need not show in the order's own `lastUpdated`; an order's page
goes by the name SalesOrderFV, that of a catalogue item by ProductFV; the category of an item is that of its
subcategory; subcategories have a list of their own, of which the contract at hand shows the count and single rows only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from shared.systems.connectwise_psa.finance import Amount, Day
from shared.systems.connectwise_psa.models import (
    CodeOf,
    Flag,
    NameOf,
    Record,
    Reference,
    SetupRow,
    Text,
    WithCustomFields,
)

ORDERS = "sales/orders"
ORDER_STATUSES = "sales/orders/statuses"
PRODUCTS = "procurement/products"
CATALOG = "procurement/catalog"
PRODUCT_TYPES = "procurement/types"
PRODUCT_CATEGORIES = "procurement/categories"
PRODUCT_SUBCATEGORIES = "procurement/subcategories"
PRODUCT_CLASSES = ("Agreement", "Bundle", "Inventory", "NonInventory", "Service")
DOCUMENTS = "system/documents"


def _ids(value: object) -> object:
    return () if value is None else value


class Order(WithCustomFields):
    """A sales order. `total` holds `tax`; `product_ids` are the products that are sold with it.

    `bill_to` and `ship_to` are companies, None where they are the order's own company.
    """

    page: ClassVar[str] = "SalesOrderFV"
    wire_fields: ClassVar[str] = (
        "id,company/id,company/identifier,company/name,billToCompany/id,billToCompany/identifier,billToCompany/name,"
        "shipToCompany/id,shipToCompany/identifier,shipToCompany/name,status/id,status/name,orderDate,dueDate,"
        "billingTerms/id,billingTerms/name,taxCode/id,taxCode/name,salesRep/id,salesRep/identifier,salesRep/name,"
        "location/name,department/name,poNumber,description,productIds,total,taxTotal,customFields,_info/lastUpdated"
    )

    company: Reference | None = None
    bill_to: Reference | None = Field(None, alias="billToCompany")
    ship_to: Reference | None = Field(None, alias="shipToCompany")
    status: NameOf = ""
    date: Day = Field(None, alias="orderDate")
    due: Day = Field(None, alias="dueDate")
    terms: Reference | None = Field(None, alias="billingTerms")
    tax_code: Reference | None = Field(None, alias="taxCode")
    sales_rep: Reference | None = Field(None, alias="salesRep")
    location: NameOf = ""
    department: NameOf = ""
    po_number: Text = Field("", alias="poNumber")
    description: Text = ""
    product_ids: Annotated[tuple[int, ...], BeforeValidator(_ids)] = Field((), alias="productIds")
    total: Amount = Decimal(0)
    tax: Amount = Field(Decimal(0), alias="taxTotal")


class OrderStatus(SetupRow):
    """The status of sales orders, as a row of its set-up table."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag,closedFlag"

    inactive: Flag = Field(False, alias="inactiveFlag")
    closed: Flag = Field(False, alias="closedFlag")


class OrderProduct(Record):
    """A product sold with an order: `quantity` of a catalogue item at `price` each.

    `item` is the catalogue item's identifier, which people call the product ID. `amount` is what the product comes to,
    less what is cancelled of it. `how` is Billable, NoCharge or DoNotBill.
    """

    wire_fields: ClassVar[str] = (
        "id,catalogItem/id,catalogItem/identifier,description,quantity,price,extPrice,billableOption,quantityCancelled,"
        "cancelledFlag,salesOrder/id,sequenceNumber"
    )

    catalog_item: Reference | None = Field(None, alias="catalogItem")
    description: Text = ""
    quantity: Amount = Decimal(0)
    price: Amount = Decimal(0)
    amount: Amount = Field(Decimal(0), alias="extPrice")
    how: Text = Field("", alias="billableOption")
    quantity_cancelled: Amount = Field(Decimal(0), alias="quantityCancelled")
    cancelled: Flag = Field(False, alias="cancelledFlag")
    order: Reference | None = Field(None, alias="salesOrder")
    sequence: Amount = Field(Decimal(0), alias="sequenceNumber")

    @property
    def item(self) -> str:
        return self.catalog_item.identifier.strip() if self.catalog_item else ""


class CatalogItem(Record):
    """An item of the catalogue; `type` is the name of its product type."""

    wire_fields: ClassVar[str] = "id,identifier,description,type/name,productClass"

    identifier: CodeOf = ""
    description: Text = ""
    type: NameOf = ""
    product_class: Text = Field("", alias="productClass")


class Product(WithCustomFields):
    """A catalogue item as a product that is sold: `identifier` is its Product ID, prices are of one unit.

    `description` is the line in the catalogue (60 characters), `customer_description` the text that customers read.
    """

    page: ClassVar[str] = "ProductFV"
    wire_fields: ClassVar[str] = (
        "id,identifier,description,customerDescription,inactiveFlag,type/id,type/name,productClass,category/id,"
        "category/name,subcategory/id,subcategory/name,price,cost,taxableFlag,manufacturerPartNumber,customFields,"
        "_info/lastUpdated"
    )

    identifier: Text = ""
    description: Text = ""
    customer_description: Text = Field("", alias="customerDescription")
    inactive: Flag = Field(False, alias="inactiveFlag")
    type: NameOf = ""
    product_class: Text = Field("", alias="productClass")
    category: NameOf = ""
    subcategory: NameOf = ""
    price: Amount = Decimal(0)
    cost: Amount = Decimal(0)
    taxable: Flag = Field(False, alias="taxableFlag")
    manufacturer_part_number: Text = Field("", alias="manufacturerPartNumber")


class ProductType(SetupRow):
    """The type of catalogue items, as a row of its set-up table; categories have the same columns."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag"

    inactive: Flag = Field(False, alias="inactiveFlag")


class ProductSubcategory(ProductType):
    """A subcategory, and the name of the category that it is part of."""

    wire_fields: ClassVar[str] = "id,name,inactiveFlag,category/id,category/name"

    category: NameOf = ""


class Document(Record):
    """A document of another record: a file that ConnectWise keeps, or a link (then `file_name` is its address)."""

    wire_fields: ClassVar[str] = "id,title,fileName,linkFlag,urlFlag"

    title: Text = ""
    file_name: Text = Field("", alias="fileName")
    is_link: Flag = Field(False, alias="linkFlag")
