"""The Automate server: who may call, what is there, and short ways for tests and demos to change it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from infra.local.simulators.automate import fleet as fleets
from infra.local.simulators.automate.api import Api, document
from infra.local.simulators.automate.errors import forbidden, method_not_allowed, no_such_address, unauthorized
from infra.local.simulators.automate.fleet import OTHER_GROUPS, PLANS, Fleet, FleetComputer
from infra.local.simulators.automate.settings import Settings
from infra.local.simulators.automate.store import TABLES, Store
from infra.local.simulators.automate.tokens import Tokens
from infra.local.simulators.json_api import JsonApi
from infra.local.simulators.server import (
    Fault,
    Request,
    Response,
    Simulator,
    json_response,
    utc_now,
)

ROOT = "/cwa/api/v1/"
_WORDS = tomllib.loads(Path(__file__).with_name("fleet.toml").read_text("utf-8"))
_PAGE = b"<!DOCTYPE html><html><head><title>Checking your browser</title></head><body>One moment</body></html>"
_NAMES = {name.casefold(): name for name in (*TABLES, "APIToken", "Refresh", "DatabaseServerTime")}


class AutomateSimulator(JsonApi):
    """One Automate server, of user `demo` and password `demo`, with the groups of six plans.

    `clients` and `computers` say how many are invented; `troubles` whether something is wrong with some of them (see
    `fleet`, which says with which). Requests are counted, and faults ordered, by names like `GET Clients/{id}`. Two
    more kinds of faults: "html" answers 200 with a page in place of the answer, "drift" retires the first computer of
    all (or deletes the first record of any other list) just before it is answered.
    """

    name: ClassVar[str] = "connectwise-automate"
    fault_kinds: ClassVar[frozenset[str]] = Simulator.fault_kinds | {"html", "drift"}

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 7,
        clients: int = 50,
        computers: int = 2000,
        troubles: bool = True,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock=clock, seed=seed)
        self.settings = settings or Settings()
        self.store = Store(self._now)
        self.tokens = Tokens(self.settings, self._now, self.random)
        self.api = Api(self.store, self.settings)
        self.groups: dict[str, int] = {}
        self._locations: dict[int, int] = {}
        self.add_group("Service Plans")
        for name in PLANS:
            self.add_group(name, above="Service Plans")
        for name in OTHER_GROUPS:
            self.add_group(name)
        self.fleet = fleets.fleet(seed, clients, computers, troubles=troubles)
        self._settle(self.fleet)

    # For tests and demos

    def records(self, table: str) -> list[dict[str, Any]]:
        """The records of a list (`Computers`) as the API shows them."""
        with self.lock:
            return [dict(row) for row in self.store.shown(table)]

    def record(self, table: str, number: int) -> dict[str, Any]:
        """One record. Raises Refusal (404) where there is none."""
        with self.lock:
            return self.store.one(table, number)

    def add_client(self, name: str, external_id: str = "", **fields: Any) -> int:
        """A client as somebody enters it; returns its id. `fields` have the API's names."""
        with self.lock:
            client = self.store.add("Clients", {"Name": name, "ExternalId": external_id, **fields})
            self._locations[client] = self.store.add("Locations", {"Name": "Main", "Client": client})
            return client

    def edit_client(self, client: int, **fields: Any) -> None:
        """Changes fields of a client, by the API's names (`ExternalId`)."""
        with self.lock:
            self.store.edit("Clients", client, fields)

    def delete_client(self, client: int) -> None:
        """Deletes a client with all its computers, as a slip on the screen does."""
        with self.lock:
            self.api.delete("Clients", client)

    def add_computer(
        self,
        client: int,
        name: str,
        *,
        serial: str = "",
        tag: str = "",
        user: str = "",
        groups: Iterable[str] = (),
        **fields: Any,
    ) -> int:
        """A computer whose agent has just reported; `groups` by their names. Returns its id."""
        with self.lock:
            self.store.row("Clients", client)
            row = {
                "ComputerName": name, "SerialNumber": serial, "AssetTag": tag, "LastUserName": user,
                "LoggedInUsers": [{"LoggedInUserName": user, "ConsoleId": 1}] if user else [], "Type": "Workstation",
                "Status": "Online", "DateAdded": self.store.now(), "RemoteAgentLastContact": self.store.now(),
                "Client": client, "Location": self._locations.get(client),
            }  # fmt: skip
            number = fields.pop("Id", None)
            computer = self.store.add("Computers", {**row, **fields}, number)
            for group in groups:
                self.join(computer, group)
            return computer

    def edit_computer(self, computer: int, **fields: Any) -> None:
        """Changes fields of a computer, by the API's names (`SerialNumber`, `AssetTag`); `Client` moves it."""
        with self.lock:
            self.store.edit("Computers", computer, fields)

    def join(self, computer: int, group: str) -> None:
        """Puts a computer into a group, by the group's name; does nothing where it is in it."""
        with self.lock:
            self.store.row("Computers", computer)
            if self.store.membership(computer, self.groups[group]) is None:
                self.store.add("GroupComputers", {"GroupId": self.groups[group], "ComputerId": computer})

    def leave(self, computer: int, group: str) -> None:
        """Takes a computer out of a group."""
        with self.lock:
            member = self.store.membership(computer, self.groups[group])
            if member is not None:
                self.store.remove("GroupComputers", member)

    def retire(self, computer: int, comment: str = "") -> None:
        """Takes a computer out of Automate; what remains is a retired asset."""
        with self.lock:
            row = self.store.remove("Computers", computer)
            kept = {name: row.get(name) for name in ("Client", "ComputerName", "AssetTag")}
            told = {"ComputerId": computer, "RetiredDate": self.store.now(), "RetireComment": comment}
            self.store.add("RetiredAssets", {**kept, **told})

    def add_group(self, name: str, above: str = "") -> int:
        """A group, below another or at the top; returns its id."""
        with self.lock:
            parent = self.groups[above] if above else 0
            row = {"Name": name, "FullName": f"{above}.{name}" if above else name, "ParentId": parent}
            self.groups[name] = self.store.add("Groups", {**row, "TypeName": "Standard"})
            return self.groups[name]

    # For the server

    def operation(self, request: Request) -> str:
        """The path below the API's root, its names in the vendor's letters, ids as `{id}`: "GET Clients/{id}"."""
        path = _below(request.path)
        if path is None:
            return super().operation(request)
        words = ["{id}" if word.isdigit() else _NAMES.get(word.casefold(), word) for word in path.split("/")]
        return f"{request.method} {'/'.join(words)}"

    def words(self, fault: Fault, request: Request) -> Mapping[str, Any]:
        message = "An error has occurred." if fault.status >= 500 else f"The request was refused ({request.method})."
        return {"Message": message}

    def fault(self, fault: Fault, request: Request) -> Response:
        if fault.kind == "html":
            return Response(200, _PAGE, {"Content-Type": "text/html"})
        table = self.operation(request).partition(" ")[2]
        first = next(iter(self.store.numbers(table)), None) if table in TABLES else None
        if first is not None:
            self.retire(first) if table == "Computers" else self.api.delete(table, first)
        return self.handle(request)

    def answer(self, request: Request) -> Response:
        path = _below(request.path)
        if path is None:
            raise no_such_address(request.path)
        match (request.method, path.casefold()):
            case ("GET", "apitoken"):
                service = {"ServiceId": 1, "ServiceName": "Automate", "IsLocalLoginEnabled": self.settings.local_login}
                return json_response({"AllowDirect": self.settings.local_login, "Services": [service]})
            case ("POST", "apitoken"):
                return json_response(self.tokens.log_in(document(request)))
            case ("POST", "apitoken/refresh"):
                return json_response(self.tokens.refresh(document(request)))
            case (_, "apitoken" | "apitoken/refresh"):
                raise method_not_allowed(request.method)
        self._let_in(request)
        if path.casefold() == "databaseservertime":
            return json_response(self.tokens.told(self.clock()))
        return self.api.handle(request, path)

    def _let_in(self, request: Request) -> None:
        client = request.headers.get("clientid", "")
        known = self.settings.client_ids
        if not client or (known is not None and client not in known):
            raise unauthorized()
        if not self.tokens.holds(request.headers.get("authorization", "")):
            raise unauthorized()
        if self.operation(request) in self.settings.may_not:
            raise forbidden()

    def _now(self) -> datetime:
        return self.clock()

    def _settle(self, fleet: Fleet) -> None:
        """Brings the invented clients and computers in."""
        for client in fleet.clients:
            self.add_client(client.name, client.external_id)
        for computer in fleet.computers:
            self._install(computer)

    def _install(self, computer: FleetComputer) -> None:
        kind = "Server" if computer.server else "Workstation"
        added = self.clock() - timedelta(minutes=self.random.randint(1_000, 1_000_000))
        self.add_computer(
            computer.client_id,
            computer.name,
            serial=computer.serial,
            tag=computer.asset_tag,
            user=computer.last_user,
            groups=(*computer.plans, "All Agents", f"All {kind}s"),
            Id=computer.id,
            Type=kind,
            Status=self.random.choice(("Online", "Online", "Online", "Offline")),
            OperatingSystemName=self.random.choice(_WORDS["server_systems" if computer.server else "systems"]),
            BiosManufacturer=self.random.choice(_WORDS["makers"]),
            TotalMemory=self.random.choice((8192, 16384, 32768)),
            IsVirtualMachine=False,
            DateAdded=f"{added:%Y-%m-%dT%H:%M:%SZ}",
        )
        if computer.retired:
            self.retire(computer.id, "Replaced")


def _below(path: str) -> str | None:
    """A path as it stands below the API's root, which is taken in any letter case."""
    return path[len(ROOT) :].strip("/") if path.casefold().startswith(ROOT) else None
