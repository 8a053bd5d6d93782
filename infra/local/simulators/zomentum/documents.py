"""What the simulated Zomentum makes of a document: the CSV of a revision's line items, and the file to download."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.simulators.server import Response
from infra.local.simulators.zomentum.store import Row

HEADINGS: Mapping[str, str] = {
    "Item Id": "item_id",
    "Product Name": "name",
    "Description": "description",
    "Product Id": "product_id",
    "Manufacturer Part Number": "manufacturer_part_number",
    "Billing Period": "billing_period",
    "Quantity": "quantity",
    "Unit Price": "sell_price",
    "Unit Cost": "cost_price",
    "Bundle Item Id": "bundle_item_id",
}


def lines(items: Sequence[Mapping[str, Any]]) -> Response:
    """The line items of a revision as CSV, money with two places and thousands separators."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADINGS)
    for item in items:
        writer.writerow([_cell(name, item.get(name, "")) for name in HEADINGS.values()])
    return Response(200, written.getvalue().encode("utf-8-sig"), {"Content-Type": "text/csv; charset=utf-8"})


def download(document: Row) -> Response:
    """The document as people get it: a PDF of one line."""
    text = f"%PDF-1.4\n% {document['name']} ({document['id']})\n%%EOF\n"
    name = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in document["name"])
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{ascii_name}.pdf"',
    }
    return Response(200, text.encode(), headers)


def _cell(name: str, value: Any) -> str:
    if name in {"sell_price", "cost_price"} and value != "":
        return f"{float(value):,.2f}"
    return str(value)
