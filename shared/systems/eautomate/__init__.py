"""ECi e-automate: the adapter to a dealer's SOAP PublicAPI, written against `eautomate-publicapi.wsdl`.

The contract import gateway, for what the PublicAPI cannot write, is no part of it yet.
"""

from shared.systems.eautomate.client import Eautomate
from shared.systems.eautomate.codes import Code
from shared.systems.eautomate.items import Item
from shared.systems.eautomate.models import Customer, CustomerRow
from shared.systems.eautomate.orders import OrderLine, SalesOrder, SalesOrderRow
from shared.systems.eautomate.people import Person
from shared.systems.eautomate.service import Keys

__all__ = [
    "Code",
    "Customer",
    "CustomerRow",
    "Eautomate",
    "Item",
    "Keys",
    "OrderLine",
    "Person",
    "SalesOrder",
    "SalesOrderRow",
]
