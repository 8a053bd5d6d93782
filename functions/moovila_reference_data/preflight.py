"""What must hold before Moovila can be given reference data: the names in its filters."""

from __future__ import annotations

from collections.abc import Iterator

from functions.moovila_reference_data.observing import Sources
from shared.partners.moovila import REFERENCE_DATA
from shared.sync.names import PSA
from shared.sync.preflight import Check, May, listed
from shared.systems.connectwise_psa import roles

STATUSES, TYPES = "System > Setup Tables > Company Status", "System > Setup Tables > Company Type"


def check_reference_data(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of reference data; what needs a right that is missing is left out."""
    filters, cw = sources.settings.filters, sources.cw
    if not may(PSA, roles.TABLES):
        return
    wanted = (
        ("status", "COMPANY_STATUS", "company status", cw.company_statuses, STATUSES),
        ("type", "COMPANY_TYPE", "company type", cw.company_types, TYPES),
    )
    for fact, code, noun, read, where in wanted:
        if names := filters.get(fact, []):
            there = [one.entry for one in read()]
            for name in names:
                yield listed(code, noun, name, there, where, REFERENCE_DATA)
