"""The matching of accounts and contacts, as the engine knows it: daily for some customers, on request for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.quickpass_contacts.observing import Sources
from functions.quickpass_contacts.preflight import check_matching
from functions.quickpass_contacts.rights import RIGHTS
from functions.quickpass_contacts.rules import decide
from functions.quickpass_contacts.settings import MatchSettings
from functions.quickpass_contacts.situations import (
    CUSTOMER,
    MATCH,
    MatchSituation,
    account_ref,
    customer_ref,
    person_of,
    watched,
    watched_account,
    watched_contact,
    watched_whole,
)
from functions.quickpass_contacts.situations import FLOW as NAME
from shared.sync.change import Change
from shared.sync.clock import moment
from shared.sync.flow import Context, Flow, Page, Sighting
from shared.sync.names import PSA, QUICKPASS
from shared.sync.plan import Step
from shared.sync.ports import Run
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref, fold
from shared.systems.connectwise_psa import Company, Contact
from shared.systems.quickpass import Account, Customer

PAGE = 10
"""Customers that one step of a scan reads whole."""


class QuickpassContacts(Flow[MatchSituation]):
    """The scope is one customer of Quickpass's: its company, and its accounts, each a pair with a contact.

    A run sees every customer that has no company yet by its name alone, and those with `auto_match` whole: a delta run
    only if an account of theirs or a contact of the company changed. Whatever else is looked at, a person asked for.
    """

    name = NAME
    Settings = MatchSettings
    systems = (PSA, QUICKPASS)
    revision = 1
    kinds = (CUSTOMER, MATCH)
    rights = RIGHTS

    decide = staticmethod(decide)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.sources = Sources(context)

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        sources = self.sources
        page = page or {"after": "", "cursor": {PSA: sources.psa.cursor(), QUICKPASS: sources.quickpass.cursor()}}
        ahead = [one for one in sources.customers() if one.id > page["after"]]
        some = ahead[:PAGE]
        linked = sources.companies_of(some)
        sightings = [
            *self._unlinked([one for one in some if one.id not in linked]),
            *self._linked([(one, linked[one.id]) for one in some if one.id in linked], self._since(run, cursor)),
        ]
        if len(ahead) > PAGE:
            return Page(sightings, next={**page, "after": some[-1].id})
        return Page(sightings, cursor=page["cursor"])

    def _since(self, run: Run, cursor: Mapping[str, str]) -> Mapping[str, str]:
        """From where a delta run reads each side; nothing for a run that compares everything."""
        return cursor if run.mode == "delta" and {PSA, QUICKPASS} <= cursor.keys() else {}

    def _unlinked(self, customers: Sequence[Customer]) -> Iterator[Sighting]:
        namesakes = self.sources.namesakes(customers)
        for one in customers:
            yield Sighting(customer_ref(one.id), watched(one, namesakes.get(one.id, ())))

    def _linked(self, customers: Sequence[tuple[Customer, str]], since: Mapping[str, str]) -> Iterator[Sighting]:
        sources = self.sources
        daily = [(one, company) for one, company in customers if sources.settings.is_automatic(one.name, one.id)]
        moved = sources.changed_companies(moment(since[PSA])) if daily and since else set()
        differ = [
            (one, company)
            for one, company in daily
            if not since or company in moved or sources.accounts(one.id, moment(since[QUICKPASS]))
        ]
        people = sources.people(company for _, company in differ)
        for one, company in differ:
            accounts = sources.accounts(one.id)
            home = customer_ref(one.id)
            yield Sighting(home, watched_whole(one, accounts, map(person_of, people[company])))
            for account in accounts:
                yield Sighting(account_ref(account.key), watched_account(account), scope=home)

    def observe(self, changes: Sequence[Change]) -> Sequence[MatchSituation]:
        return self.sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The customers of this name or GUID, and the contacts that have this e-mail address."""
        for one in self.sources.customers():
            if fold(text) in (fold(one.name), fold(one.id)):
                yield customer_ref(one.id)
        for contact in self.sources.psa.contacts_by_email([text]):
            yield Ref(MATCH, "cw", contact.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_matching(self.sources, may)

    def mapped(self, _step: Step, record: object) -> Fields | None:
        """Of a customer's pair only the company is ever written."""
        match record:
            case Company():
                return {"name": record.name}
            case Contact():
                return watched_contact(person_of(record))
            case Account():
                return watched_account(record)
        return None


FLOW = QuickpassContacts
