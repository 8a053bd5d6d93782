"""The audit log of Zomentum's flows, as data: each record that is linked or in trouble, with its pages, or the reason.

What was done to a record, when, by whom, is its history; this says how it stands (ZM-28), and where people open it and
its client in ConnectWise (ZM-29). Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.partners.zomentum import COMPANY, CONTACT, OPPORTUNITIES, OPPORTUNITY, PRODUCT
from shared.sync.connection import Connection
from shared.sync.issue import OpenIssue
from shared.sync.link import Link
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.record import FlowKey
from shared.systems import connectwise_psa, zomentum
from shared.systems.connectwise_psa.opportunities import Opportunity

MODELS: Mapping[str, tuple[type[connectwise_psa.Record], type[zomentum.Record]]] = {
    COMPANY.kind: (connectwise_psa.Company, zomentum.Company),
    CONTACT.kind: (connectwise_psa.Contact, zomentum.Contact),
    OPPORTUNITY: (Opportunity, zomentum.Opportunity),
    PRODUCT.kind: (connectwise_psa.Product, zomentum.Item),
}
"""By kind of pair, the models of both sides, which know their pages."""


@dataclass(frozen=True)
class AuditLine:
    """How one record stands: `ok`, or not for the `reason`.

    `in_connectwise`, `in_zomentum` and `client` (its company in ConnectWise) are addresses of pages; empty where there
    is no such page. `since` is when it was linked, or when the trouble began (UTC).
    """

    flow: str
    record: str
    name: str
    ok: bool
    since: datetime | None
    reason: str
    in_connectwise: str = ""
    in_zomentum: str = ""
    client: str = ""


def audit(connection: Connection, key: FlowKey, links: Iterable[Link], issues: Iterable[OpenIssue]) -> list[AuditLine]:
    """A line for each linked record that nothing is the matter with, and one for each issue; by name."""
    links = list(links)
    troubles = [one for one in issues if one.flow == key]
    stuck = {one.issue.record for one in troubles if one.issue.blocks}
    of = {end: link for link in links for end in (link.ref("cw"), link.ref("partner"))}
    lines = [
        AuditLine(key.flow, str(link.ref("cw")), link.cw_name, True, link.linked_at, "", **_pages(connection, link))
        for link in links
        if not {link.ref("cw"), link.ref("partner")} & stuck
    ]
    for one in troubles:
        record, known = one.issue.record, of.get(one.issue.record)
        pages = _pages(connection, known) if known else {_SIDE[record.side]: one.issue.name.url}
        name, reason = one.issue.name.text, one.issue.message
        lines.append(AuditLine(key.flow, str(record), name, False, one.first_seen, reason, **pages))
    return sorted(lines, key=lambda line: (line.name, line.record, line.reason))


_SIDE = {"cw": "in_connectwise", "partner": "in_zomentum"}


def _pages(connection: Connection, link: Link) -> dict[str, str]:
    """Where people open a linked record on both sides, and its client in ConnectWise."""
    models = MODELS.get(link.kind)
    if models is None:
        return {}
    ours, theirs = models
    psa = connection.systems[PSA]
    company = link.cw_id if link.kind == COMPANY.kind else str((link.agreed.get("company") or ("",))[0] or "")
    client = connectwise_psa.Company.page if company.isdigit() else ""
    return {
        "in_connectwise": connectwise_psa.page(psa, ours.page, int(link.cw_id)),
        "in_zomentum": f"{zomentum.site(connection.systems[ZOMENTUM])}/{theirs.page.format(id=link.partner_id)}",
        "client": connectwise_psa.page(psa, client, int(company)) if client else "",
    }


FLOWS = (COMPANY.flow, CONTACT.flow, OPPORTUNITIES, PRODUCT.flow)
"""The flows that have a log."""
