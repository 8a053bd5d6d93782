"""What the PSA does with projects and their phases."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.simulators.psa.errors import Violation
from infra.local.simulators.psa.rules.base import Draft, Rule


class Project(Rule):
    """A project stands on a project board and at its company's site."""

    def complete(self, draft: Draft) -> None:
        company, board = draft.referred("company", "company"), draft.referred("board", "board")
        if company is not None and "site" not in draft.body:
            draft.refer("site", "companySite", (company.get("site") or {}).get("id"))
        for name in ("location", "department"):
            if board is not None and board.get(name):
                draft.row.setdefault(name, board[name])

    def derive(self, draft: Draft) -> None:
        status = draft.referred("status", "projectStatus")
        draft.row["closedFlag"] = bool(status and status.get("closedFlag"))

    def check(self, draft: Draft) -> list[Violation]:
        board = draft.referred("board", "board")
        if board is not None and not board.get("projectFlag"):
            return [Violation("InvalidField", "The board is no project board.", "board")]
        start, end = draft.row.get("estimatedStart"), draft.row.get("estimatedEnd")
        if isinstance(start, str) and isinstance(end, str) and end < start:
            text = "The estimatedEnd must not be before the estimatedStart."
            return [Violation("InvalidField", text, "estimatedEnd")]
        return []


class Phase(Rule):
    """A phase takes its project's board, and the next number in its outline."""

    def complete(self, draft: Draft) -> None:
        phases = draft.records.store.rows("projectPhase")
        siblings = phases.children(draft.parent or 0)
        project = draft.records.store.rows("project").get(draft.parent or 0)
        if project is not None and project.get("board"):
            draft.row.setdefault("board", project["board"])
        draft.fill(wbsCode=str(len(siblings) + 1), locationId=1, businessUnitId=1)

    def check(self, draft: Draft) -> list[Violation]:
        above = draft.referred("parentPhase", "projectPhase")
        if above is not None and above["projectId"] != draft.row.get("projectId"):
            text = f"The phase {above['id']} does not belong to this project."
            return [Violation("InvalidField", text, "parentPhase")]
        if draft.row.get("billSeparatelyFlag") and "billingMethod" not in draft.row:
            text = "The billingMethod field is required."
            return [Violation("MissingRequiredField", text, "billingMethod")]
        return []


RULES: Mapping[str, Rule] = {"project": Project(), "projectPhase": Phase()}
