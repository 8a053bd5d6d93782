"""What the PSA does with time, expenses and the schedule: what they are charged to, and what that shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule
from infra.local.simulators.psa.rules.service import worked

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

TICKETS = {"ServiceTicket": "ticket", "ProjectTicket": "projectTicket"}


class Charged(Rule):
    """An entry that is charged to a ticket, a company or a charge code."""

    charges_companies = False

    def derive(self, draft: Draft) -> None:
        row = draft.row
        charged = row.get("chargeToId")
        if charged is None and row.get("company") and self.charges_companies:
            row.setdefault("chargeToType", "Company")
        for name in ("ticket", "project", "phase"):
            row.pop(name, None)
        resource = TICKETS.get(row.get("chargeToType", ""))
        ticket = draft.records.store.rows(resource).get(charged) if resource and charged else None
        if ticket is None:
            return
        draft.refer("ticket", "ticket", charged)
        for name in ("company", "project", "phase"):
            if ticket.get(name):
                row[name] = ticket[name]
        if "agreement" not in draft.body and ticket.get("agreement"):
            row["agreement"] = ticket["agreement"]

    def check(self, draft: Draft) -> list[Violation]:
        row = draft.row
        resource = TICKETS.get(row.get("chargeToType", ""))
        if resource is None and "company" not in row and "chargeToId" not in row:
            text = "The company or chargeToId field is required."
            return [Violation("MissingRequiredField", text, "chargeToId")]
        if resource is not None and "ticket" not in row:
            text = f"The {row['chargeToType']} {row.get('chargeToId')} does not exist."
            return [Violation("InvalidField", text, "chargeToId")]
        return []

    def member(self, draft: Draft) -> None:
        """The member who enters it, where none is named."""
        members = draft.records.store.rows("member").find(("identifier",), [draft.by])
        draft.refer("member", "member", min(members, default=None))


class TimeEntry(Charged):
    """Hours follow from start and end; the ticket shows the sum."""

    charges_companies = True

    def complete(self, draft: Draft) -> None:
        self.member(draft)
        member = draft.referred("member", "member") or {}
        for name, resource in (("workRole", "workRole"), ("workType", "workType")):
            draft.refer(name, resource, (member.get(name) or {}).get("id", 1))
        role = draft.referred("workRole", "workRole") or {}
        draft.fill(
            enteredBy=draft.by,
            dateEntered=draft.records.now(),
            locationId=(member.get("defaultLocation") or {}).get("id", 1),
            businessUnitId=(member.get("defaultDepartment") or {}).get("id", 1),
            hourlyCost="0.00",
        )
        draft.row["hourlyRate"] = role.get("hourlyRate", 0.0)

    def derive(self, draft: Draft) -> None:
        super().derive(draft)
        row = draft.row
        if "timeStart" in row and "timeEnd" in row:
            length = _hours(row["timeStart"], row["timeEnd"]) - row.get("hoursDeduct", 0)
            row["actualHours"] = round(length, 2)
        row.setdefault("actualHours", 0)
        row["hoursBilled"] = row["invoiceHours"] = row["actualHours"]
        ticket = draft.referred("ticket", "ticket") or {}
        for name, source in (("ticketBoard", "board"), ("ticketStatus", "status"), ("ticketType", "type")):
            row.pop(name, None)
            draft.fill(**{name: (ticket.get(source) or {}).get("name")})
        row["invoiceFlag"] = "invoice" in row

    def check(self, draft: Draft) -> list[Violation]:
        wrong = super().check(draft)
        if draft.row["actualHours"] < 0:
            wrong.append(Violation("InvalidField", "The timeEnd must not be before the timeStart.", "timeEnd"))
        ticket = draft.referred("ticket", "ticket") or {}
        status = draft.records.store.rows("boardStatus").get((ticket.get("status") or {}).get("id", 0)) or {}
        if draft.old is None and status.get("timeEntryNotAllowed"):
            text = f"The status {status['name']} allows no time entries."
            wrong.append(Violation("InvalidField", text, "chargeToId"))
        return wrong

    def after(self, records: Records, change: Change) -> None:
        for row in (change.old, change.new):
            if row is not None and "ticket" in row:
                worked(records, row["ticket"]["id"])


class Expense(Charged):
    """An expense."""

    def complete(self, draft: Draft) -> None:
        self.member(draft)
        draft.fill(locationId=1, businessUnitId=1, invoiceAmount=draft.row.get("amount"))


class ScheduleEntry(Rule):
    """A ticket's entry is named after it; hours follow from start and end."""

    def complete(self, draft: Draft) -> None:
        held = draft.records.store.holder("ticket", draft.row.get("objectId", 0))
        if held is not None:
            draft.fill(name=held[1].get("summary"))

    def derive(self, draft: Draft) -> None:
        row = draft.row
        if "hours" not in draft.body and "dateStart" in row and "dateEnd" in row:
            row["hours"] = round(_hours(row["dateStart"], row["dateEnd"]), 2)
        row["startTimeSet"], row["endTimeSet"] = "dateStart" in row, "dateEnd" in row

    def check(self, draft: Draft) -> list[Violation]:
        kind = draft.referred("type", "scheduleType") or {}
        charged = draft.row.get("objectId", 0)
        if kind.get("identifier") in {"S", "P"} and draft.records.store.holder("ticket", charged) is None:
            return [Violation("InvalidField", f"The ticket {charged} does not exist.", "objectId")]
        if draft.row.get("hours", 0) < 0:
            return [Violation("InvalidField", "The dateEnd must not be before the dateStart.", "dateEnd")]
        return []

    def after(self, records: Records, change: Change) -> None:
        worked(records, change.row.get("objectId", 0))


def _hours(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 3600


RULES: Mapping[str, Rule] = {
    "timeEntry": TimeEntry(),
    "expenseEntry": Expense(),
    "scheduleEntry": ScheduleEntry(),
}
