"""What a document brings that is no JSON: its line items, which are a CSV, and itself, as people get it.

That the lines are a CSV, and that a download names its file in `Content-Disposition`, is what the public client relies
on. The headings of the CSV are **assumed**, and stand in `HEADINGS`; a CSV without those of `NEEDED` is an error.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from email.message import Message
from typing import Any

from pydantic import ValidationError

from shared.sync.errors import RetryLater
from shared.sync.ports import File
from shared.sync.record import fold
from shared.systems.http import Answer
from shared.systems.rest import Request
from shared.systems.zomentum.models import Line
from shared.systems.zomentum.tokens import NAME

HEADINGS: Mapping[str, str] = {
    "item id": "item",
    "product name": "name",
    "description": "description",
    "product id": "product_id",
    "manufacturer part number": "manufacturer_part_number",
    "billing period": "billing_period",
    "quantity": "quantity",
    "unit price": "sell_price",
    "unit cost": "cost_price",
    "bundle item id": "bundle",
}
"""Our fields by the headings, whose letter case does not matter."""

NEEDED = frozenset({"product name", "quantity", "unit price"})
_NUMBERS = frozenset({"quantity", "sell_price", "cost_price"})


def lines_of(request: Request, answer: Answer) -> list[Line]:
    """The line items in a CSV; RetryLater for what is none."""
    try:
        text = answer.body.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="", restval="")
        headings = {heading: HEADINGS.get(fold(heading), "") for heading in reader.fieldnames or ()}
        if not {fold(heading) for heading in headings} >= NEEDED:
            raise _unreadable(request, f"a list without {', '.join(sorted(NEEDED))}")
        return [
            Line.model_validate({"position": position} | _values(row, headings))
            for position, row in enumerate(reader, start=1)
        ]
    except (UnicodeDecodeError, csv.Error):
        raise _unreadable(request, "no CSV") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
    raise _unreadable(request, f"a line that cannot be read ({faults})")


def file_of(request: Request, answer: Answer, document_id: str) -> File:
    """The file of a download; RetryLater for an empty one, or a page in its place."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if not answer.body or kind in ("text/html", "application/json"):
        raise _unreadable(request, "no file")
    header = Message()
    header["Content-Disposition"] = answer.headers.get("content-disposition", "")
    name = re.split(r"[\\/]", header.get_filename() or "")[-1].strip() or f"{document_id}.pdf"
    return File(name, answer.body, kind or "application/octet-stream")


def _values(row: Mapping[str, Any], headings: Mapping[str, str]) -> dict[str, Any]:
    """A line by our names; numbers without thousands separators, and left out where the cell is empty."""
    found = {ours: str(row[heading]).strip() for heading, ours in headings.items() if ours}
    return {
        name: value.replace(",", "") if name in _NUMBERS else value
        for name, value in found.items()
        if value or name not in _NUMBERS
    }


def _unreadable(request: Request, what: str) -> RetryLater:
    return RetryLater(f"{NAME} answered {request.what} with {what}", system=NAME)
