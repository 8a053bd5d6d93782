"""The five plans of ADR-0001, as literals: the shapes that the types must hold without bending."""

from decimal import Decimal

from shared.sync.issue import Issue
from shared.sync.plan import LINKS, Created, FieldConflict, Plan, Step
from shared.sync.record import Name, Ref

CUSTOMER = Ref("customer-company", "partner", "5012")

customer = Plan(
    CUSTOMER,
    "No company carries the number 10042, and create_missing is on.",
    name=Name("customer 10042 Alder Dental"),
    steps=(
        Step(
            "company",
            "connectwise_psa",
            "company",
            "create",
            fields={"identifier": "ALDERDENTAL", "name": "Alder Dental", "account_number": "10042"},
            why="No company matches (EA-13).",
        ),
        Step("link", LINKS, "customer-company", "link", fields={"cw": Created("company"), "partner": "5012"}),
        Step(
            "property",
            "eautomate",
            "customer",
            "update",
            "5012",
            fields={"properties": {"ZCJ_CW_CompanyID": Created("company")}},
            why="The link is shown in e-automate (EA-14).",
        ),
    ),
)

CLIENT = Ref("client-group", "cw", "17")

client_set = Plan(
    CLIENT,
    "Two of ten computers moved from Plus to Premium.",
    name=Name("client Birch Bakery"),
    steps=(
        Step(
            "members-71",
            "pcrt",
            "subscription",
            "update",
            "71",
            fields={"members": ("1001", "1002", "1003")},
            before={"members": ("1001", "1002", "1003", "1004")},
        ),
        Step(
            "members-72", "pcrt", "subscription", "update", "72", fields={"members": ("1004",)}, before={"members": ()}
        ),
    ),
    issues=(
        Issue(
            "NO_MATCHING_PCID",
            Ref("computer-pcid", "cw", "904"),
            Name("computer RECEPTION-2"),
            "No PCID has the serial of computer RECEPTION-2.",
            "Set the serial on its PCID.",
            blocks=False,
        ),
    ),
)

PROJECT = Ref("project", "cw", "300")
PHASE_2 = Ref("phase", "cw", "3002")
TICKET_1, TICKET_2, TICKET_3 = (Ref("ticket", side, id_) for side, id_ in (("cw", "1"), ("cw", "2"), ("partner", "t3")))

project_tree = Plan(
    PROJECT,
    "A phase is new in ConnectWise, a task is new in Moovila, two tickets changed.",
    name=Name("project 300 Office move"),
    steps=(
        Step("phase-2", "moovila", "phase", "create", fields={"project": "m300", "name": "Cabling"}, record=PHASE_2),
        Step(
            "link-phase-2", LINKS, "phase", "link", fields={"cw": "3002", "partner": Created("phase-2")}, record=PHASE_2
        ),
        Step("task-1", "moovila", "task", "update", "t1", fields={"status": "In Progress"}, record=TICKET_1),
        Step(
            "ticket-1",
            "connectwise_psa",
            "project_ticket",
            "update",
            "1",
            fields={"due": "2026-12-01"},
            record=TICKET_1,
        ),
        Step("task-2", "moovila", "task", "update", "t2", fields={"phase": Created("phase-2")}, record=TICKET_2),
        Step("ticket-3", "connectwise_psa", "project_ticket", "create", fields={"summary": "Test"}, record=TICKET_3),
        Step("link-3", LINKS, "ticket", "link", fields={"cw": Created("ticket-3"), "partner": "t3"}, record=TICKET_3),
    ),
    conflicts=(FieldConflict("due", cw="2026-11-28", partner="2026-12-01", kept="partner", record=TICKET_1),),
)

ACCOUNTS = tuple(Ref("account-contact", "partner", account) for account in ("a1", "a2", "a3"))

proposal = Plan(
    Ref("customer", "partner", "q9"),
    "Three accounts match a contact; a person saves the matches.",
    steps=tuple(
        Step(
            f"match-{account.id}",
            LINKS,
            "account-contact",
            "link",
            fields={"cw": contact, "partner": account.id},
            why=why,
            record=account,
            ask=True,
        )
        for account, contact, why in zip(
            ACCOUNTS, ("501", "502", "503"), ("Same e-mail.", "Same e-mail.", "Same first and last name."), strict=True
        )
    ),
)

DEAL = Ref("opportunity", "partner", "z77")

won_opportunity = Plan(
    DEAL,
    "Won in Zomentum, and not in ConnectWise yet.",
    steps=(
        Step("opportunity", "connectwise_psa", "opportunity", "create", fields={"name": "Backup", "company": "17"}),
        Step("link", LINKS, "opportunity", "link", fields={"cw": Created("opportunity"), "partner": "z77"}),
        *(
            Step(
                f"line-{position}",
                "connectwise_psa",
                "forecast_item",
                "create",
                fields={"opportunity": Created("opportunity"), "position": position, "revenue": revenue},
            )
            for position, revenue in ((1, Decimal("1200.00")), (2, Decimal("49.90")))
        ),
        Step(
            "document",
            "connectwise_psa",
            "document",
            "attach",
            fields={"opportunity": Created("opportunity"), "title": "Proposal"},
        ),
        Step(
            "note",
            "connectwise_psa",
            "opportunity_note",
            "note",
            fields={"opportunity": Created("opportunity"), "text": "https://example.com/d/1"},
        ),
    ),
)

ALL = {
    "customer": customer,
    "set": client_set,
    "tree": project_tree,
    "proposal": proposal,
    "won opportunity": won_opportunity,
}
