"""Quickpass as flows and engine use it: customers, their end users' accounts, and the contact noted on an account.

The documented API knows customers only (`GET customers`). All of end users is assumed: `GET
customers/{guid}/end-users?updatedSince=`, one end user below it, and a PATCH of its `psaContactId`. A tenant without
these is told by ConfigurationWrong, and its accounts come from an import instead. Lists are read page by page until
`nextPage` is empty, which is assumed as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared.sync.clock import Clock, stamp
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.bearer import BearerSession
from shared.systems.errors import Action
from shared.systems.http import Answer, Http
from shared.systems.quickpass.models import SLASH, Account, Customer
from shared.systems.quickpass.tokens import ISSUER, NAME
from shared.systems.rest import Reader, Request, changed, encoded
from shared.systems.tenant import Tenant
from shared.systems.tokens import SharedKeys

CUSTOMERS = "customers"
END_USERS = "customers/{customer}/end-users"

PAGES = 10_000
"""More pages than any list has: one that goes on longer is read in a circle."""

_ID = re.compile(r"[A-Za-z0-9._@-]+")
"""What can be an id, since ids become parts of addresses."""

_READER = Reader(NAME)
_GONE = (Action.ABSENT, Action.REDISCOVER)


class Quickpass(Tenant[BearerSession]):
    """One tenant of Quickpass's, a `System` of the engine's. Errors are those of `shared.sync.errors`."""

    name: str = NAME
    overlap: ClassVar[timedelta] = timedelta(minutes=2)
    """How far a run reads back before its predecessor began: whether changes are stamped early or late is not known."""

    def __init__(self, settings: SystemSettings, keys: SharedKeys, clock: Clock, http: Http) -> None:
        probe = Request("GET", CUSTOMERS)
        super().__init__(BearerSession(ISSUER, settings.base_url, probe, keys, clock, http, company=settings.company))

    def may_read(self, what: str) -> None:
        """Reads the first page of a list (its path); ConfigurationWrong where the user has no right to it."""
        self._call(Request("GET", what))

    # Reads

    def customers(self) -> list[Customer]:
        """Every customer."""
        request = Request("GET", CUSTOMERS)
        return [_READER.row(request, row, Customer.read) for row in self._rows(request)]

    def accounts(self, customer: str, since: datetime | None = None) -> list[Account]:
        """Every account of a customer's end users, or those changed `since`; RecordRejected without the customer.

        ConfigurationWrong where the tenant's API has no end users.
        """
        query = encoded(":", updatedSince=stamp(since)) if since else ""
        request = Request("GET", END_USERS.format(customer=_checked(customer)), query)
        return [_READER.row(request, row, lambda one: Account.read(one, customer)) for row in self._rows(request)]

    def account(self, key: str) -> Account | None:
        """One account by its key; None where there is none, which an API without end users says of all."""
        request = Request("GET", _path(key))
        answer, verdict = self._session.settled(request)
        if verdict.action in _GONE:
            return None
        if verdict.action is not Action.SUCCEED:
            raise self._session.error(verdict, request)
        return _account(request, answer, key)

    def _rows(self, request: Request) -> Iterator[Mapping[str, Any]]:
        """Every row of a list; a page that cannot be read, or that comes again, is an error, never the list's end."""
        page, seen = request, set()
        for _ in range(PAGES):
            body = self._call(page).json()
            rows = body.get("items") if isinstance(body, Mapping) else None
            if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
                raise RetryLater(f"{NAME} answered {request.what} with something unreadable", system=NAME)
            yield from rows
            following = body.get("nextPage")
            if not following:
                return
            if str(following) in seen:
                raise RetryLater(f"{NAME} answers {request.what} with the same page again and again", system=NAME)
            seen.add(str(following))
            also = encoded("", page=str(following))
            page = Request("GET", request.path, f"{request.query}&{also}" if request.query else also)
        raise RetryLater(f"the list {request.what} of {NAME} does not end", system=NAME)

    def _call(self, request: Request) -> Answer:
        answer, verdict = self._session.settled(request)
        if verdict.action in _GONE:
            raise self._no_list(request)
        if verdict.action is not Action.SUCCEED:
            raise self._session.error(verdict, request)
        return answer

    def _no_list(self, request: Request) -> Exception:
        """What it means that there is no such list: no such customer, an API without end users, or no API at all."""
        if request.path == CUSTOMERS:
            return self._session.no_api(request)
        customer = request.path.split(SLASH)[1]
        if all(one.id != customer for one in self.customers()):
            return RecordRejected(NAME, f"there is no customer {customer} any more", code="NotFound")
        return ConfigurationWrong(
            f"{NAME} does not tell the end users of a customer ({request.what})",
            where="flows.quickpass_contacts.accounts_from",
            fix="Set accounts_from to import, export the accounts in Quickpass's dashboard, and load the file: "
            "crosswise accounts import CONNECTION CUSTOMER FILE.",
        )

    # Writes

    def apply(self, step: Step) -> Applied:
        """Notes the ConnectWise contact of an account (`psa_contact_id`; empty: none any more).

        ConfigurationWrong where the tenant does not let it be written; RecordRejected (`NotFound`) where the account is
        gone; ValueError for a step that no flow can mean.
        """
        if (step.kind, step.verb) != ("account", "update") or set(step.fields) != {"psa_contact_id"}:
            raise ValueError(f"Quickpass cannot {step.verb} a {step.kind} with {sorted(step.fields)}")
        key = str(step.key)
        if not changed(step):
            return Applied(key)
        body = {"psaContactId": step.fields["psa_contact_id"] or None}
        request = Request("PATCH", _path(key), body=body)
        answer, verdict = self._session.settled(request)
        if verdict.action in _GONE and self.account(key) is None:
            raise RecordRejected(NAME, f"there is no account {key} any more", code="NotFound")
        if verdict.action is Action.ALLOW or verdict.action in _GONE or verdict.status == 405:
            raise ConfigurationWrong(
                f"{NAME} does not let the contact of an account be written ({verdict.status})",
                where="flows.quickpass_contacts.write_back",
                fix="Set write_back to false: Crosswise keeps the matches itself, and crosswise matches tells them.",
            )
        if verdict.action is not Action.SUCCEED:
            raise self._session.error(verdict, request)
        return Applied(key, _account(request, answer, key))


def _account(request: Request, answer: Answer, key: str) -> Account:
    customer = key.partition(SLASH)[0]
    return _READER.record(request, answer, lambda row: Account.read(row, customer))


def _path(key: str) -> str:
    customer, _, account = key.partition(SLASH)
    return f"{END_USERS.format(customer=_checked(customer))}/{_checked(account)}"


def _checked(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} is no id of Quickpass's")
    return text
