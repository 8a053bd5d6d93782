"""ConnectWise PSA: `Psa` reads companies and what belongs to them, and carries steps out."""

from shared.systems.connectwise_psa.client import OF_CUSTOM_FIELDS, Psa
from shared.systems.connectwise_psa.contacts import CommunicationType, Contact, ContactType
from shared.systems.connectwise_psa.finance import (
    Addition,
    Agreement,
    BillingCycle,
    BillingStatus,
    Invoice,
    InvoiceStatus,
)
from shared.systems.connectwise_psa.models import Company, CustomField, Record, Reference, SetupRow, Site
from shared.systems.connectwise_psa.reference import (
    BillingTerm,
    Board,
    Member,
    SalesTax,
    ServiceType,
    TaxCode,
    WorkType,
)
from shared.systems.connectwise_psa.sales import (
    CatalogItem,
    Document,
    Order,
    OrderProduct,
    OrderStatus,
    Product,
    ProductSubcategory,
    ProductType,
)
from shared.systems.connectwise_psa.session import page
from shared.systems.connectwise_psa.steps import LIMITS
from shared.systems.connectwise_psa.tickets import (
    BoardStatus,
    ProjectTicket,
    Ticket,
    TicketContact,
    TicketNote,
    TicketProduct,
    TimeEntry,
    WorkInvoice,
)

__all__ = [
    "LIMITS",
    "OF_CUSTOM_FIELDS",
    "Addition",
    "Agreement",
    "BillingCycle",
    "BillingStatus",
    "BillingTerm",
    "Board",
    "BoardStatus",
    "CatalogItem",
    "CommunicationType",
    "Company",
    "Contact",
    "ContactType",
    "CustomField",
    "Document",
    "Invoice",
    "InvoiceStatus",
    "Member",
    "Order",
    "OrderProduct",
    "OrderStatus",
    "Product",
    "ProductSubcategory",
    "ProductType",
    "ProjectTicket",
    "Psa",
    "Record",
    "Reference",
    "SalesTax",
    "ServiceType",
    "SetupRow",
    "Site",
    "TaxCode",
    "Ticket",
    "TicketContact",
    "TicketNote",
    "TicketProduct",
    "TimeEntry",
    "WorkInvoice",
    "WorkType",
    "page",
]
