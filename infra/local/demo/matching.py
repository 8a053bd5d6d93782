"""A help desk's Quickpass: the accounts of one customer are matched, saved, created and chosen, and tickets resolve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from functions.quickpass_contacts.match_list import Row, match_list
from functions.quickpass_contacts.situations import FLOW, MATCH, account_ref, customer_ref
from infra.local.cloud import Cloud, LocalClock
from infra.local.cloud.connections import connect
from infra.local.config import Known, check
from infra.local.demo.sizes import Sizes
from infra.local.demo.tenant import Tenant
from infra.local.simulators.quickpass import QuickpassSimulator
from shared.sync.link import Link
from shared.sync.record import FlowKey
from shared.systems.quickpass.models import account_key

DESK = "helpdesk"
KEY = FlowKey(DESK, FLOW)
ZONE = "America/Chicago"
HOUR = 9
CUSTOMER = "Northgate Hospital"
CONTACTS, EMAIL = "company/contacts", {"id": 1}
CONFIG: Mapping[str, object] = {
    "connection": [
        {
            "id": DESK,
            "name": "Demo Help Desk",
            "time_zone": ZONE,
            "mail": {"recipients": ["help-desk@example.com"], "hours": [HOUR]},
            "flows": {FLOW: {"auto_match": [CUSTOMER]}},
        }
    ]
}
FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ines", "Jack", "Kay", "Liam")
LAST = ("Abbott", "Burke", "Castro", "Dunn", "Ellis", "Fox", "Grant", "Hale", "Irwin", "Jones")


@dataclass(frozen=True)
class Round:
    """How the accounts stand, by `crosswise matches`, after what was done."""

    did: str
    counts: Mapping[str, int]


@dataclass
class Desk(Tenant):
    """Both systems of the help desk, and its people. Accounts are known by their ids."""

    connection = DESK
    guid: str = ""
    company: int = 0
    several: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def quickpass(self) -> QuickpassSimulator:
        return self.simulator("quickpass", QuickpassSimulator)

    def furnish(self, accounts: int, several: int, alone: int, silent: int) -> None:
        """A customer's accounts: so many fit several contacts, none, or have no e-mail address; the others fit one.

        Of those every sixth fits by name only: the contact has an old address.
        """
        self.guid = self.quickpass.add_customer(CUSTOMER)
        made = self.psa.add("company/companies", identifier="NORTHGATE", name=CUSTOMER, addressLine1="1 Mercy Way")
        self.company = int(made["id"])
        for place in range(accounts):
            first, last = FIRST[place % len(FIRST)], LAST[place // len(FIRST) % len(LAST)]
            email = f"{first}.{last}@northgate.example.com".lower()
            mobile = f"+1 512 555 {place:04}" if place % 5 == 0 else ""
            left = accounts - place
            if left <= silent:
                self.quickpass.add_account(self.guid, first, last, "", upn=email)
                continue
            account = self.quickpass.add_account(self.guid, first, last, email, upn=email, mobile=mobile)
            if left <= silent + alone:
                continue
            if left <= silent + alone + several:
                self.several[account] = self.contact(first, last, email)
                self.contact(f"{first} J.", last, email)
            else:
                self.contact(first, last, f"old.{email}" if place % 6 == 5 else email)

    def contact(self, first: str, last: str, email: str) -> str:
        """A contact of the customer's company, with an address; its number."""
        made = self.psa.add(
            CONTACTS, firstName=first, lastName=last, company={"id": self.company},
            communicationItems=[{"type": EMAIL, "value": email}],
        )  # fmt: skip
        return str(made["id"])

    def look(self, did: str) -> None:
        """`crosswise look`: the customer is matched anew, and how its accounts stand is told."""
        self.operator(FLOW).look(KEY, customer_ref(self.guid))
        self.wait()
        self.rounds.append(Round(did, Counter(row.standing for row in self.rows() if row.record.kind == MATCH)))

    def rows(self) -> list[Row]:
        store = self.connected.store()
        return match_list(store.links.everything(KEY), store.proposals.of_flow(KEY), store.issues.of_connection(DESK))

    def save(self, standing: str = "", most: int = 1_000) -> int:
        """Kim approves what is proposed: all, or the accounts that stand so, and no more than so many; how many."""
        wanted = {row.record for row in self.rows() if not standing or row.standing == standing}
        asked = [one for one in self.connected.store().proposals.of_flow(KEY) if one.record in wanted]
        chosen = [one for one in asked if one.verdict == "open"][:most]
        self.operator(FLOW).approve(chosen)
        self.wait()
        return len(chosen)

    def links(self) -> list[Link]:
        return [link for link in self.connected.store().links.all_links(KEY) if link.kind == MATCH]

    def resolved(self, contact: str) -> str:
        """`crosswise resolve`: the account of a ticket's contact."""
        ticket = self.psa.add(
            "service/tickets", summary="Locked out", company={"id": self.company}, contact={"id": int(contact)}
        )
        question = {"whose": {"connection": DESK, "record": f"ticket:{ticket['id']}"}}
        found: Mapping[str, Any] = self.connected.cloud.invoke("QuickpassContacts", question).answer or {}
        return str((found.get("account") or {}).get("upn") or f"{found.get('reason')} {found.get('fix')}")


def play(console: Console, sizes: Sizes, *, today: date | None = None) -> list[str]:
    """The matching of one customer, printed; what did not come out as it must."""
    zone = ZoneInfo(ZONE)
    morning = datetime.combine(today or datetime.now(zone).date(), time_of_day(HOUR), zone)
    several, alone, silent = sizes.several, sizes.alone, sizes.silent
    console.print(
        f"\nA help desk with Quickpass, and one customer of {sizes.accounts} accounts: {several} fit several contacts "
        f"of ConnectWise, {alone} none, {silent} have no e-mail address."
    )
    with Cloud(clock=LocalClock(morning, still=True)) as cloud:
        sized = {"quickpass": {"customers": 0}, "connectwise_psa": {"companies": 5}}
        desk = Desk(connect(cloud, replace(check(CONFIG, {}, Known.of_functions()), sizes=sized)))
        desk.furnish(sizes.accounts, several, alone, silent)
        with console.status("Matching ..."):
            wrong = [*_matched(desk, sizes), *_settled(desk, sizes), *_told(desk), *desk.errors]
        console.print(_rounds(desk.rounds))
        for words, contact in (("matched", desk.links()[0].cw_id), ("not matched", desk.contact("New", "Nurse", ""))):
            console.print(f"A ticket's contact who is {words}: {desk.resolved(contact)}", markup=False, highlight=False)
    return wrong


def _matched(desk: Desk, sizes: Sizes) -> Iterator[str]:
    """QP-05, QP-06: the company first, then everybody by e-mail or name; nothing is linked before it is saved."""
    desk.look("Its company is proposed, by its exact name")
    if desk.save() != 1:
        yield "the company was not proposed"
    desk.look("Kim saves the company: accounts are matched")
    sure = sizes.accounts - sizes.several - sizes.alone - sizes.silent
    counts = desk.rounds[-1].counts
    wanted = {"suggested": sure, "create?": sizes.alone, "several": sizes.several, "unmatched": sizes.silent}
    if dict(counts) != wanted:
        yield f"accounts stand as {dict(counts)} instead of {wanted}"
    if desk.links():
        yield "an account was linked before it was saved"


def _settled(desk: Desk, sizes: Sizes) -> Iterator[str]:
    """Kim saves, creates and chooses; one contact left between proposal and save, and is refused by itself."""
    first = next(row for row in desk.rows() if row.standing == "suggested")
    leaver = int(first.other.split()[0])
    desk.psa.edit(CONTACTS, leaver, inactiveFlag=True)
    desk.save("suggested")
    desk.look("Kim saves all matches; one contact has become inactive meanwhile")
    if any(link.cw_id == str(leaver) for link in desk.links()):
        yield "an inactive contact was linked"
    desk.psa.edit(CONTACTS, leaver, inactiveFlag=False)
    desk.look("That contact is active again")
    desk.save("suggested")
    desk.save("create?", sizes.alone - 2)
    desk.look(f"Kim saves it, and ticks {sizes.alone - 2} accounts to be created")
    for account, contact in desk.several.items():
        desk.operator(FLOW).relink(KEY, account_ref(account_key(desk.guid, account)), contact)
    desk.wait()
    desk.look("Kim chooses a contact for each that fits several")
    for row in desk.quickpass.accounts(desk.guid):
        if not row["email"]:
            desk.quickpass.edit(desk.guid, row["id"], email=row["upn"])
    desk.look("Quickpass has all e-mail addresses now")
    desk.save()
    desk.look("Kim saves the rest")
    if len(desk.links()) != sizes.accounts:
        yield f"{len(desk.links())} of {sizes.accounts} accounts are matched in the end"


def _told(desk: Desk) -> Iterator[str]:
    """No contact for two accounts, no account with two contacts, nobody made twice, nothing left to do."""
    links = desk.links()
    if len({link.cw_id for link in links}) != len(links) or len({link.partner_id for link in links}) != len(links):
        yield "two share one contact or one account"
    emails = Counter(
        item["value"].casefold()
        for row in desk.psa.records(CONTACTS)
        if row.get("company", {}).get("id") == desk.company and str(row["id"]) in {link.cw_id for link in links}
        for item in row.get("communicationItems", [])
        if item["communicationType"] == "Email"
    )
    yield from (
        f"{email} is the address of {number} matched contacts" for email, number in emails.items() if number > 1
    )
    issues = desk.connected.store().issues.of_connection(DESK)
    yield from (f"{one.issue.code} is open: {one.issue.message}" for one in issues if one.flow == KEY)


def _rounds(rounds: Sequence[Round]) -> Table:
    table = Table(title=f"The accounts of {CUSTOMER}", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    headings = ("matched", "suggested", "create?", "several", "unmatched")
    for heading in headings:
        table.add_column(heading, justify="right")
    for one in rounds:
        table.add_row(one.did, *(str(one.counts.get(heading, 0) or "") for heading in headings))
    return table
