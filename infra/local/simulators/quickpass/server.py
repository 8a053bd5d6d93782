"""The Quickpass tenant: who may call, what is there, and short ways for tests and demos to change it as people do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

from infra.local.simulators.json_api import JsonApi
from infra.local.simulators.quickpass.seed import settle
from infra.local.simulators.quickpass.settings import Settings
from infra.local.simulators.refusals import (
    Refusal,
    bad,
    forbidden,
    method_not_allowed,
    no_such_address,
    unauthorized,
)
from infra.local.simulators.server import (
    Fault,
    Request,
    Response,
    Simulator,
    json_response,
    utc_now,
)
from infra.local.simulators.tokens import Tokens

Row = dict[str, Any]
SOURCES = ("AD", "AzureAD", "Local")


class QuickpassSimulator(JsonApi):
    """One tenant of Quickpass's, of refresh token `demo`.

    `customers` and `accounts` say how many are invented, the accounts of each customer. Requests are counted, and
    faults ordered, by names like `GET customers/{id}/end-users`. One more kind of faults: "drift" deletes the account
    that comes first in a list just before the list is answered.
    """

    name: ClassVar[str] = "quickpass"
    fault_kinds: ClassVar[frozenset[str]] = Simulator.fault_kinds | {"drift"}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        customers: int = 0,
        accounts: int = 0,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.settings = settings or Settings()
        self.tokens = Tokens(self.settings, self._now, self.random)
        self._customers: dict[str, Row] = {}
        self._accounts: dict[str, dict[str, Row]] = {}
        settle(self, customers, accounts)

    # What is there, and what people do

    def add_customer(self, name: str) -> str:
        """A customer; returns its GUID."""
        with self.lock:
            guid = self._id()
            self._customers[guid] = {"customerAgentId": guid, "name": name}
            self._accounts[guid] = {}
            return guid

    def rename(self, customer: str, name: str) -> None:
        """Gives a customer another name."""
        with self.lock:
            self._customers[customer]["name"] = name

    def remove_customer(self, customer: str) -> None:
        """Takes a customer away with its accounts."""
        with self.lock:
            del self._customers[customer], self._accounts[customer]

    def add_account(self, customer: str, first: str, last: str, email: str = "", **fields: Any) -> str:
        """An end user's account; returns its id."""
        with self.lock:
            account = self._id()
            given = {
                "id": account, "firstName": first, "lastName": last, "email": email, "mobile": "", "source": "AzureAD",
                "upn": email or f"{first}.{last}".lower(), "enabled": True, "psaContactId": None, **fields,
            }  # fmt: skip
            self._accounts[customer][account] = {**given, "_updated": self._now()}
            return account

    def edit(self, customer: str, account: str, **fields: Any) -> None:
        """Changes fields of an account."""
        with self.lock:
            self._accounts[customer][account].update(fields, _updated=self._now())

    def remove(self, customer: str, account: str) -> None:
        """Takes an account away."""
        with self.lock:
            del self._accounts[customer][account]

    def customers(self) -> list[Row]:
        """Every customer, as the API shows it, in the order in which they were made."""
        with self.lock:
            return [dict(row) for row in self._customers.values()]

    def accounts(self, customer: str) -> list[Row]:
        """Every account of a customer, as the API shows it, in the order in which they were made."""
        with self.lock:
            return [_shown(row) for row in self._accounts[customer].values()]

    def find(self, name: str) -> str:
        """The GUID of the customer of this name; KeyError where there is none."""
        for row in self.customers():
            if row["name"] == name:
                return str(row["customerAgentId"])
        raise KeyError(name)

    def account(self, customer: str, first: str) -> Row:
        """The account of a customer with this first name; KeyError where there is none."""
        for row in self.accounts(customer):
            if row["firstName"] == first:
                return row
        raise KeyError(first)

    def _id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _now(self) -> datetime:
        return self.clock()

    # For the server

    def operation(self, request: Request) -> str:
        """The path without its first slash, ids as `{id}`."""
        return super().operation(request).replace(" /", " ", 1)

    def fault(self, fault: Fault, request: Request) -> Response:
        del fault  # there is one kind of our own
        match _words(request):
            case ["customers", guid, "end-users"] if accounts := self._accounts.get(guid):
                del accounts[next(iter(accounts))]
        return self.handle(request)

    def answer(self, request: Request) -> Response:
        words = _words(request)
        if (request.method, words) == ("POST", ["oauth", "token"]):
            form = parse_qs(request.body.decode(errors="replace"))
            if form.get("grant_type") != ["refresh_token"]:
                raise bad("unsupported grant_type")
            return json_response(self.tokens.refresh("".join(form.get("refresh_token", ()))))
        if not self.tokens.holds(request.headers.get("authorization", "")):
            raise unauthorized()
        if self.operation(request) in self.settings.may_not:
            raise forbidden()
        match words:
            case ["customers"]:
                _only(request, "GET")
                return self._list(request, [dict(row) for row in self._customers.values()])
            case ["customers", guid, "end-users"] if self.settings.end_users:
                _only(request, "GET")
                return self._list(request, [_shown(row) for row in self._changed(guid, request.query)])
            case ["customers", guid, "end-users", account] if self.settings.end_users:
                return self._one(request, guid, account)
        raise no_such_address(request.path)

    def _changed(self, guid: str, query: Mapping[str, str]) -> list[Row]:
        if guid not in self._accounts:
            raise Refusal(404, "There is no such customer.")
        rows = list(self._accounts[guid].values())
        if since := query.get("updatedSince"):
            try:
                moment = datetime.fromisoformat(since).astimezone(UTC)
            except ValueError:
                raise bad("updatedSince is no time.") from None
            rows = [row for row in rows if row["_updated"] >= moment]
        return rows

    def _one(self, request: Request, guid: str, account: str) -> Response:
        row = self._accounts.get(guid, {}).get(account)
        if row is None:
            raise Refusal(404, "There is no such end user.")
        if request.method == "PATCH" and self.settings.write_back:
            self.edit(guid, account, **_known(request))
        elif request.method != "GET":
            raise method_not_allowed(request.method)
        return json_response(_shown(row))

    def _list(self, request: Request, rows: list[Row]) -> Response:
        start, size = request.query.get("page", "0"), self.settings.page_size
        if not start.isdigit():
            raise bad("page is not valid.")
        end = int(start) + size
        return json_response({"items": rows[int(start) : end], "nextPage": str(end) if end < len(rows) else None})


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _words(request: Request) -> list[str]:
    return request.path.strip("/").split("/")


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise method_not_allowed(request.method)


def _known(request: Request) -> dict[str, Any]:
    """What a PATCH may change. Raises Refusal (400) for anything else."""
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or set(body) != {"psaContactId"}:
        raise bad("Only psaContactId can be changed.")
    if not isinstance(body["psaContactId"], (str, type(None))):
        raise bad("psaContactId is not valid.")
    return body
