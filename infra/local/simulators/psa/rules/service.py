"""What the PSA does with tickets of both kinds: what board, company, contact and status bring along; notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule
from infra.local.simulators.psa.store import Row

if TYPE_CHECKING:
    from infra.local.simulators.psa.records import Change, Records

FIRST_NOTES = {
    "initialDescription": "detailDescriptionFlag",
    "initialInternalAnalysis": "internalAnalysisFlag",
    "initialResolution": "resolutionFlag",
}
NOTE_FLAGS = tuple(FIRST_NOTES.values())


class Ticket(Rule):
    """A service ticket."""

    notes = "serviceNote"

    def complete(self, draft: Draft) -> None:
        records = draft.records
        if "board" not in draft.row:
            boards = records.store.rows("board")
            draft.refer("board", "board", next((row["id"] for row in boards if not row.get("projectFlag")), None))
        self._from_company(draft)
        draft.refer("source", "source", 1)

    def derive(self, draft: Draft) -> None:
        row = draft.row
        self._from_place(draft)
        contact, before = draft.referred("contact", "contact"), (draft.old or {}).get("contact")
        if contact is not None and row.get("contact") != before:
            row["contactName"] = " ".join(filter(None, (contact.get("firstName"), contact.get("lastName"))))
            row["contactPhoneNumber"] = contact.get("defaultPhoneNbr", "")[:20]
            items = contact.get("communicationItems", [])
            email: Mapping[str, Any] = next(
                (each for each in items if each["communicationType"] == "Email" and each["defaultFlag"]), {}
            )
            row["contactEmailAddress"] = email.get("value", "")
        agreement = draft.referred("agreement", "agreement")
        row.pop("agreementType", None)
        draft.fill(agreementType=((agreement or {}).get("type") or {}).get("name"))
        self._close(draft)

    def check(self, draft: Draft) -> list[Violation]:
        board = draft.referred("board", "board")
        if board is not None and board.get("projectFlag"):
            return [Violation("InvalidField", "The board is a project board.", "board")]
        return []

    def after(self, records: Records, change: Change) -> None:
        if change.old is not None or change.new is None:
            return
        for name, flag in FIRST_NOTES.items():
            if change.body.get(name):
                records.create(
                    records.table[self.notes],
                    {"text": change.body[name], flag: True},
                    change.by,
                    parent=change.record,
                )

    def _from_company(self, draft: Draft) -> None:
        company = draft.referred("company", "company")
        if company is None:
            return
        if "site" not in draft.body:
            draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
        if "contact" not in draft.body:
            draft.refer("contact", "contact", (company.get("defaultContact") or {}).get("id"))

    def _from_place(self, draft: Draft) -> None:
        row, board = draft.row, draft.referred("board", "board")
        if board is not None:
            for name in ("location", "department"):
                if board.get(name):
                    row.setdefault(name, board[name])
        site = draft.referred("site", "companySite")
        if site is not None and row.get("site") != (draft.old or {}).get("site"):
            row["siteName"] = site["name"]
            for name in ("addressLine1", "addressLine2", "city", "zip", "country"):
                row.pop(name, None)
                draft.fill(**{name: site.get(name)})
            draft.fill(stateIdentifier=(site.get("stateReference") or {}).get("identifier"))

    def _close(self, draft: Draft) -> None:
        row, status = draft.row, draft.referred("status", "boardStatus")
        was = bool((draft.old or {}).get("closedFlag"))
        row["closedFlag"] = bool(status and status.get("closedStatus"))
        if row["closedFlag"] and not was:
            row["closedDate"], row["closedBy"] = draft.records.now(), draft.by
        elif not row["closedFlag"]:
            row.pop("closedDate", None)
            row.pop("closedBy", None)


class ProjectTicket(Ticket):
    """A ticket of a project's phase: project, company and board come from there."""

    notes = "ticketNote"

    def complete(self, draft: Draft) -> None:
        records, phase = draft.records, draft.referred("phase", "projectPhase")
        if phase is None:
            return
        project = records.store.rows("project")[phase["projectId"]]
        draft.row["project"] = records.store.reference("project", project["id"])
        for name in ("board", "company", "contact", "site"):
            if project.get(name) and name not in draft.body:
                draft.row[name] = project[name]
        self._from_company(draft)
        tickets = records.store.rows("projectTicket").find(("phase", "id"), [phase["id"]])
        draft.fill(wbsCode=f"{phase.get('wbsCode', '1')}.{len(tickets) + 1}")

    def check(self, draft: Draft) -> list[Violation]:
        phase, project = draft.referred("phase", "projectPhase"), draft.row.get("project") or {}
        if phase is not None and phase["projectId"] != project.get("id"):
            text = f"The phase {phase['id']} does not belong to project {project.get('id')}."
            return [Violation("InvalidField", text, "phase")]
        return []

    def after(self, records: Records, change: Change) -> None:
        """Its time moves with it from phase to phase."""
        super().after(records, change)
        if change.old is None or change.new is None or change.old.get("phase") == change.new.get("phase"):
            return
        for entry in records.store.rows("timeEntry").find(("ticket", "id"), [change.record]):
            records.amend("timeEntry", entry, {"phase": change.new.get("phase")})


class TicketNote(Rule):
    """A note is one of three things: description, internal analysis or resolution."""

    def complete(self, draft: Draft) -> None:
        if "contact" not in draft.row and "member" not in draft.row:
            members = draft.records.store.rows("member").find(("identifier",), [draft.by])
            draft.refer("member", "member", min(members, default=None))
        if draft.records.table["serviceNote"].fields.keys() - draft.row.keys():
            draft.fill(dateCreated=draft.records.now(), createdBy=draft.by)

    def derive(self, draft: Draft) -> None:
        draft.row["internalFlag"] = bool(draft.row.get("internalAnalysisFlag"))
        draft.row["externalFlag"] = not draft.row["internalFlag"]

    def check(self, draft: Draft) -> list[Violation]:
        wrong = []
        if not draft.row.get("text"):
            wrong.append(Violation("MissingRequiredField", "The text field is required.", "text"))
        if sum(bool(draft.row.get(flag)) for flag in NOTE_FLAGS) != 1:
            text = f"Exactly one of {', '.join(NOTE_FLAGS)} must be set."
            wrong.append(Violation("InvalidField", text, NOTE_FLAGS[0]))
        return wrong


class ProjectTicketNote(TicketNote):
    """The same, without the stamps that only service notes show."""

    def complete(self, draft: Draft) -> None:
        super().complete(draft)
        for name in ("dateCreated", "createdBy"):
            draft.row.pop(name, None)


def worked(records: Records, ticket: int) -> None:
    """Bring the hours and resources that a ticket shows in line with its time and schedule entries."""
    held = records.store.holder("ticket", ticket)
    if held is None:
        return
    entity, _ = held
    entries, planned = records.store.rows("timeEntry"), records.store.rows("scheduleEntry")
    hours = sum(entries[each].get("actualHours", 0) for each in entries.find(("ticket", "id"), [ticket]))
    members = sorted(
        {_member(planned[each]) for each in planned.find(("objectId",), [ticket]) if planned[each].get("member")}
    )
    shown: dict[str, Any] = {"actualHours": round(hours, 2) or None, "resources": ", ".join(members) or None}
    records.amend(entity.resource, ticket, shown)


def _member(entry: Row) -> str:
    return str(entry["member"].get("identifier"))


RULES: Mapping[str, Rule] = {
    "ticket": Ticket(),
    "projectTicket": ProjectTicket(),
    "serviceNote": TicketNote(),
    "ticketNote": ProjectTicketNote(),
}
