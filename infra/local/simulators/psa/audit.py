"""The simulated audit trail: who changed what, of the records that have one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

_WRITTEN = (
    "None Ticket Contact Company Opportunity Time Activity ProductCatalog ProjectTicket Purchasing "
    "Configuration Schedule Agreement AgreementAddition Project Invoice PurchaseOrder Expense ProductItem "
    "Survey Member PurchaseOrderLineItem Site"
)
TYPES = tuple(_WRITTEN.split())


class AuditTrail:
    """Entries by audit type and record, oldest first."""

    def __init__(self) -> None:
        self._entries: defaultdict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)

    def note(
        self,
        audit: str,
        record: int,
        *,
        by: str,
        at: str,
        old: Mapping[str, Any] | None,
        new: Mapping[str, Any] | None,
    ) -> None:
        """Note a creation (no `old`), a deletion (no `new`), or each changed field of a change."""
        if old is None or new is None:
            what = "created" if old is None else "deleted"
            self._add(audit, record, f"{audit} was {what}.", what.capitalize(), by, at)
            return
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if before == after or name == "_info":
                continue
            text = f'{name} was changed from "{_told(before)}" to "{_told(after)}".'
            self._add(audit, record, text, "Updated", by, at)

    def of(self, audit: str, record: int) -> list[dict[str, Any]]:
        """The entries of one record, newest first."""
        return self._entries[audit, record][::-1]

    def _add(self, audit: str, record: int, text: str, what: str, by: str, at: str) -> None:
        self._entries[audit, record].append(
            {
                "text": text,
                "enteredDate": at,
                "enteredBy": by,
                "auditType": audit,
                "auditSubType": what,
                "auditSource": "API",
            }
        )


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("identifier") or value.get("id") or "")
    if isinstance(value, list):
        return ", ".join(_told(each) for each in value)
    return "" if value is None else str(value)
