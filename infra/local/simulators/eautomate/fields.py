"""Which fields of the simulated e-automate's records name others, and how such names are completed or refused."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cache
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.schema import Type, load_schema
from infra.local.simulators.eautomate.store import Company, Refused, Row

# By type and field: the kinds of record, most often one, that a code in that field may name. A code in a field
# that is not here (contacts, ship-to contacts, problem codes) is stored as it is sent.
REFERENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "CustomerData": {
        "ParentLocationNumber": ("customers",),
        "MailToNumber": ("customers",),
        "BillToNumber": ("customers",),
        "CustomerTypeCode": ("customer_types",),
        "SalesRep": ("sales_reps",),
        "ShipMethodCode": ("ship_methods",),
        "InvoiceMethod": ("invoice_methods",),
        "TermCode": ("terms",),
        "TerritoryCode": ("territories",),
        "TaxCode": ("tax_codes",),
        "OnHoldCode": ("on_hold_codes",),
        "BranchNumber": ("branches",),
    },
    "TechnicianData": {"Territory": ("territories",), "Warehouse": ("warehouses",)},
    "ItemData": {
        "SalesCode": ("sales_codes",),
        # There is no field for an expense code: a non-inventory item is assumed to carry it here.
        "InventoryCode": ("inventory_codes", "expense_codes"),
        "EquipmentCode": ("equipment_codes",),
        "Make": ("makes",),
        "Model": ("models",),
    },
    "EquipmentData": {
        "ItemNumber": ("items",),
        "CustomerNumber": ("customers",),
        "BillToNumber": ("customers",),
        "LocationNumber": ("customers",),
        "BillCode": ("bill_codes",),
        "TerritoryCode": ("territories",),
        "TechnicianNumber": ("technicians",),
        "ParentNumber": ("equipment",),
        "ModelNumber": ("models",),
        "MakeNumber": ("makes",),
    },
    "ContractData": {
        "Customer": ("customers",),
        "Type": ("contract_types",),
        "Status": ("contract_statuses",),
        "SalesRepID": ("sales_reps",),
        "Term": ("terms",),
        "BillingCycle": ("billing_cycles",),
        "BillCode": ("bill_codes",),
        "TaxCode": ("tax_codes",),
    },
    "ContractDetail": {"EquipmentNumber": ("equipment",)},
    "CallData": {
        "StatusCode": ("call_statuses",),
        "HoldCode": ("hold_codes",),
        "BillCode": ("bill_codes",),
        "CallType": ("call_types",),
        "TermCode": ("terms",),
        "TerritoryCode": ("territories",),
        "TechnicianNumber": ("technicians",),
        "CustomerNumber": ("customers",),
        "BillToNumber": ("customers",),
        "EquipmentNumber": ("equipment",),
        "Model": ("models",),
        "ContractNumber": ("contracts",),
    },
    "CallLabor": {"TechnicianNumber": ("technicians",)},
    "CallMaterial": {"Item": ("items",)},
    "SalesOrderData": {
        "CustomerNumber": ("customers",),
        "optBillToNumber": ("customers",),
        "optShipToNumber": ("customers",),
        "Status": ("order_statuses",),
        "SalesRep": ("sales_reps",),
        "TaxCode": ("tax_codes",),
        "OnHoldCode": ("on_hold_codes",),
        "OrderType": ("order_types",),
        "Term": ("terms",),
        "ShipMethod": ("ship_methods",),
        "Warehouse": ("warehouses",),
        "Branch": ("branches",),
    },
    "SalesOrderDetail": {
        "Item": ("items",),
        "optEquipmentNumber": ("equipment",),
        "optContractNumber": ("contracts",),
    },
    "SalesInvoiceData": {
        "CustomerNumber": ("customers",),
        "BillToNumber": ("customers",),
        "SalesRep": ("sales_reps",),
    },
    "SalesInvoiceDetail": {"EquipmentNumber": ("equipment",), "SalesCode": ("sales_codes",)},
}
_MADE_ON_SIGHT = {"makes", "models"}


def complete(company: Company, type_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with every reference carrying both ID and code, in lists within them too; a blank code, of
    whatever kind, becomes None, and so does nothing in a list.

    Raises Refused for a reference to nothing.
    """
    types = _types_of(type_name)
    references = REFERENCES.get(type_name, {})
    completed = dict(values)
    for name, value in values.items():
        if isinstance(value, Code):
            kinds = references.get(name)
            if is_blank(value):
                completed[name] = None
            elif kinds is not None:
                completed[name] = find_any(company, kinds, value).code
        elif isinstance(value, list):
            completed[name] = _complete_list(company, types[name].item or "", value)
    return completed


def is_blank(code: Code) -> bool:
    """Whether a reference names nothing: both halves are invalid, or a valid code is empty (which is how clients
    are known to clear a hold code)."""
    return code.id is None and not (code.code or "").strip()


def blank(type_name: str, without: Container[str] = ()) -> dict[str, Any]:
    """Every field of a type with nothing in it, but for those in `without`; a plain number has nothing as 0."""
    kinds = _types_of(type_name).items()
    return {name: 0 if kind.primitive and kind.required else None for name, kind in kinds if name not in without}


def find_any(company: Company, kinds: tuple[str, ...], code: Code) -> Row:
    """The row that `code` names in one of the tables. Raises Refused, naming what is missing."""
    for kind in kinds:
        row = company.tables[kind].find(code)
        if row is not None:
            return row
    label = " or ".join(company.tables[kind].label for kind in kinds)
    raise Refused(f"{label} {code.code or code.id} not found.")


def given(company: Company, type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` as tests and seeds give them, made fit to be stored: codes may be plain text, in lists too.

    Raises ValueError for a field that the type does not have, Refused for a reference to nothing; makes and
    models, which no operation lists, come to be when first named.
    """
    values = _with_codes(type_name, fields)
    for name, kinds in REFERENCES.get(type_name, {}).items():
        code = values.get(name)
        table = company.tables[kinds[0]]
        if kinds[0] in _MADE_ON_SIGHT and isinstance(code, Code) and code.code and code.code not in table:
            table.add(code.code, {})
    return complete(company, type_name, values)


def _with_codes(type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    types = _types_of(type_name)
    unknown = sorted(set(fields) - set(types))
    if unknown:
        raise ValueError(f"{type_name} has no field {', '.join(unknown)}")
    values = dict(fields)
    for name, value in fields.items():
        kind = types[name]
        if kind.name == "eaCodeType" and isinstance(value, str):
            values[name] = Code(code=value)
        elif kind.item in load_schema().types and isinstance(value, list) and kind.item != "eaCodeType":
            values[name] = [_with_codes(kind.item or "", item) for item in value]
    return values


def _complete_list(company: Company, item: str, values: list[Any]) -> list[Any] | None:
    """An empty list is none at all, as clients cannot tell the two apart."""
    if item == "eaCodeType":
        return [value for value in values if not is_blank(value)] or None
    return [complete(company, item, {**blank(item), **value}) for value in values if value is not None] or None


@cache
def _types_of(type_name: str) -> dict[str, Type]:
    return {field.name: field.type for field in load_schema().types[type_name]}
