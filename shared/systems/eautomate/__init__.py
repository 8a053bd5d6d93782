"""ECi e-automate: the adapter to a dealer's SOAP PublicAPI, written against `eautomate-publicapi.wsdl`.

What the PublicAPI cannot write goes through the contract import gateway (`gateway`), which is assumed as a whole.
"""

from shared.systems.eautomate.call_models import Call, CallRow, Labor, Material
from shared.systems.eautomate.client import Eautomate
from shared.systems.eautomate.codes import Code
from shared.systems.eautomate.contracts import Contract
from shared.systems.eautomate.gateway import ContractImport, ContractInvoice, ImportContent, ImportLine, Imports
from shared.systems.eautomate.items import Item
from shared.systems.eautomate.models import Customer, CustomerRow
from shared.systems.eautomate.orders import OrderLine, SalesOrder, SalesOrderRow
from shared.systems.eautomate.people import Person

__all__ = [
    "Call",
    "CallRow",
    "Code",
    "Contract",
    "ContractImport",
    "ContractInvoice",
    "Customer",
    "CustomerRow",
    "Eautomate",
    "ImportContent",
    "ImportLine",
    "Imports",
    "Item",
    "Labor",
    "Material",
    "OrderLine",
    "Person",
    "SalesOrder",
    "SalesOrderRow",
]
