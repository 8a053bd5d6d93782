"""The mapped list (EA-20): which customer is which company, which location which site, for pages and exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields

from functions.eautomate_customers.situations import COMPANY
from shared.sync.clock import stamp
from shared.sync.link import Link


@dataclass(frozen=True)
class Mapped:
    """One link, in words. `url` opens the company in ConnectWise (a site has no page); `since` is in UTC."""

    kind: str
    customer: str
    customer_id: str
    record: str
    rec_id: str
    url: str
    how: str
    since: str


def mapped_list(links: Iterable[Link], page: Callable[[int], str]) -> list[Mapped]:
    """Every link as people read it, by customer; `page` makes the address of a company's page of its RecID."""
    rows = [
        Mapped(
            kind=link.kind,
            customer=link.partner_name,
            customer_id=link.partner_id,
            record=link.cw_name,
            rec_id=link.cw_id,
            url=page(int(link.cw_id)) if link.kind == COMPANY else "",
            how=link.how,
            since=stamp(link.linked_at) if link.linked_at else "",
        )
        for link in links
    ]
    return sorted(rows, key=lambda row: (row.customer, row.customer_id))


def as_csv(rows: Iterable[Mapped]) -> str:
    """The list as CSV (RFC 4180), with a line of headings; cells that a spreadsheet would run are quoted as text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(Mapped))
    writer.writerows([_plain(cell) for cell in astuple(row)] for row in rows)
    return text.getvalue()


def _plain(cell: str) -> str:
    """Names come from other people: one that begins like a formula is no formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
