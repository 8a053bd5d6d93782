"""A help desk with Quickpass and ConnectWise: where tests of the matching begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.quickpass import QuickpassSimulator
from shared.sync.clock import RandomIds
from shared.sync.operating import Operator
from shared.sync.proposal import Proposal
from shared.sync.record import Ref
from shared.systems.quickpass import account_key
from tests.flows.rig import Rig

COMPANIES, CONTACTS, TYPES = "company/companies", "company/contacts", "company/communicationTypes"
EMAIL, DIRECT, MOBILE, CELL = ({"id": number} for number in (1, 2, 4, 5))
CUSTOMER, MATCH = "customer-company", "account-contact"


class HelpDesk:
    """Both systems with one customer, Alder Dental, and its company; short ways to fill them and to act on them."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.psa: PsaSimulator = rig.psa
        self.quickpass: QuickpassSimulator = rig.quickpass
        self.company = self.add_company("Alder Dental")
        self.customer = self.quickpass.add_customer("Alder Dental")
        self.home = Ref(CUSTOMER, "partner", self.customer)

    # What is there

    def add_company(self, name: str) -> str:
        """A company of ConnectWise's; its id."""
        identifier = "".join(name.split()) + str(len(self.psa.records(COMPANIES)))
        return str(self.psa.add(COMPANIES, identifier=identifier, name=name, addressLine1="1 Main St")["id"])

    def contact(
        self, first: str, last: str = "Stone", email: str | None = None, *, company: str = "", **fields: Any
    ) -> str:
        """A contact of the company, with an address unless that is empty; its id."""
        address = f"{first.lower()}@alder.example" if email is None else email
        items = fields.pop("items", [{"type": EMAIL, "value": address}] if address else [])
        at = {"id": int(company or self.company)}
        made = self.psa.add(CONTACTS, firstName=first, lastName=last, company=at, communicationItems=items, **fields)
        return str(made["id"])

    def edit_contact(self, contact: str, **fields: Any) -> None:
        self.psa.edit(CONTACTS, int(contact), **fields)

    def account(self, first: str, last: str = "Stone", email: str | None = None, **fields: Any) -> str:
        """An account of the customer, with an address unless that is empty; its key."""
        address = f"{first.lower()}@alder.example" if email is None else email
        return account_key(self.customer, self.quickpass.add_account(self.customer, first, last, address, **fields))

    def edit_account(self, key: str, **fields: Any) -> None:
        self.quickpass.edit(self.customer, key.partition("/")[2], **fields)

    def remove_account(self, key: str) -> None:
        self.quickpass.remove(self.customer, key.partition("/")[2])

    def accounts(self) -> dict[str, str]:
        """The key of each account by its first name."""
        return {
            row["firstName"]: account_key(self.customer, row["id"]) for row in self.quickpass.accounts(self.customer)
        }

    def contacts(self) -> dict[str, Mapping[str, Any]]:
        """Every contact by its first and last name."""
        return {f"{row['firstName']} {row.get('lastName', '')}".strip(): row for row in self.psa.records(CONTACTS)}

    def items(self, contact: str) -> list[tuple[str, str]]:
        """The communication items of a contact: what their types are called, and their values."""
        row = next(row for row in self.psa.records(CONTACTS) if str(row["id"]) == contact)
        return [(item["type"]["name"], item["value"]) for item in row.get("communicationItems", [])]

    # What people do

    def by(self, name: str = "kim") -> Operator:
        return Operator(self.rig.store, self.rig.queue, self.rig.clock, RandomIds(), name)

    def look(self) -> None:
        """Asks for the customer, as a person does, and lets everything happen that comes of it."""
        self.rig.look(self.home)

    def match_company(self) -> None:
        """Looks at the customer and saves its company."""
        self.look()
        self.save()
        assert self.linked_company() == self.company

    def proposals(self) -> dict[str, Proposal]:
        """What is proposed and not answered, by account."""
        found = self.rig.store.proposals.of_flow(self.rig.key)
        return {one.record.id: one for one in found if one.verdict == "open"}

    def suggested(self) -> dict[str, str]:
        """The contact proposed for each account; `new` for one that would be created."""
        found: dict[str, str] = {}
        for key, one in self.proposals().items():
            link = next((step for step in one.steps if step.verb == "link"), None)
            found[key] = (
                ("new" if any(step.verb == "create" for step in one.steps) else str(link.fields["cw"])) if link else ""
            )
        return found

    def save(self, *keys: str) -> None:
        """Saves these proposals, or all."""
        chosen = [one for key, one in self.proposals().items() if not keys or key in keys]
        assert len(chosen) >= len(keys)
        self.by().approve(chosen)
        self.rig.deliver()

    def unmatch(self, key: str) -> None:
        self.by().unlink(self.rig.key, Ref(MATCH, "partner", key))
        self.rig.deliver()

    def choose(self, key: str, contact: str) -> None:
        self.by().relink(self.rig.key, Ref(MATCH, "partner", key), contact)
        self.rig.deliver()

    # What came of it

    def linked_company(self) -> str:
        link = self.rig.links().get((CUSTOMER, self.customer))
        return link.cw_id if link else ""

    def matched(self) -> dict[str, str]:
        """The contact of each linked account."""
        return {key: link.cw_id for (kind, key), link in self.rig.links().items() if kind == MATCH}

    def told(self, code: str, key: str = "") -> str:
        """What an issue of a code says, of one account if it is named; empty where there is none."""
        for one in self.rig.store.issues.of_connection("demo"):
            if one.issue.code == code and key in ("", one.issue.record.id):
                return f"{one.issue.message} {one.issue.fix}"
        return ""
