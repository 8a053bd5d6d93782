"""ConnectWise Automate as flows and engine use it: typed reads page by page, and the few writes there are.

Lists are read by key, `Id > n` in the order of `Id`, never by page number: what is added or retired in between shifts
nothing. The header `Total-Count` says when everything was read; without it only an empty page ends a list, since a
server may give shorter pages than were asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import RetryLater
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.connectwise_automate.conditions import Condition, all_of, equals, greater, is_in
from shared.systems.connectwise_automate.models import (
    Client,
    Computer,
    Group,
    GroupComputer,
    GroupedComputer,
    Record,
    RetiredAsset,
)
from shared.systems.connectwise_automate.session import Session
from shared.systems.connectwise_automate.steps import kind_of, patch
from shared.systems.connectwise_automate.tokens import NAME
from shared.systems.http import Answer, Http
from shared.systems.rest import Keys, Read, Reader, Request, encoded
from shared.systems.tenant import Tenant

PAGE_SIZE = 1000
URL_LIMIT = 2000
"""Characters of a whole URL; the web server below Automate takes little more by default."""

_LARGEST_ID = 2**31 - 1

_READER = Reader(NAME, "Id")

R = TypeVar("R", bound=Record)


class Automate(Tenant[Session]):
    """One Automate server, a `System` of the engine's. Errors are those of `shared.sync.errors`.

    Automate has no companies, so that part of `pace_key` is usually empty. Its time is its database's. `check` raises
    ConfigurationWrong as well, where the user is asked for a second factor.
    """

    name: str = NAME

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        super().__init__(Session(settings, keys, clock, http))

    def page(self, model: type[Record], record_id: int | str) -> str:
        """Where people open a record of this sort; empty where there is no page for it."""
        return f"{self._session.site}/{model.page.format(id=record_id)}" if model.page else ""

    # Reads

    def clients(self, condition: Condition | None = None) -> list[Client]:
        """Every client that meets the condition, by id."""
        return self.records(Client, condition)

    def client(self, client_id: int | str) -> Client | None:
        """One client; None only where neither its own address nor the list of clients has it."""
        request = Request("GET", f"{Client.path}/{int(client_id)}", _query(includeFields=Client.wire_fields))
        answer = self._session.find(request)
        return None if answer is None else self._record(Client, request, answer)

    def computers(self, condition: Condition | None = None) -> list[Computer]:
        """Every computer that meets the condition, by id; without those that were retired."""
        return self.records(Computer, condition)

    def computers_of(self, client_ids: Iterable[int | str]) -> list[GroupedComputer]:
        """Every computer of these clients with the groups it is in, by id; one request per thousand."""
        return self.records(GroupedComputer, is_in("Client.Id", map(int, client_ids)))

    def computer(self, computer_id: int | str) -> GroupedComputer | None:
        """One computer; None where the list does not have it. Automate has no address for a single one."""
        return next(iter(self.records(GroupedComputer, equals("Id", int(computer_id)))), None)

    def groups(self, condition: Condition | None = None) -> list[Group]:
        """Every group that meets the condition, by id."""
        return self.records(Group, condition)

    def members(self, group_ids: Iterable[int | str]) -> list[GroupComputer]:
        """Which computers are in these groups."""
        return self.records(GroupComputer, is_in("GroupId", map(int, group_ids)))

    def retired(self, condition: Condition | None = None) -> list[RetiredAsset]:
        """The computers that were taken out of Automate."""
        return self.records(RetiredAsset, condition)

    def may_read(self, what: str) -> None:
        """Reads as little of a list (its path) as can be read; ConfigurationWrong where the user has no right to it."""
        self._session.call(Request("GET", what, _query(includeFields="Id", pageSize="1")))

    def pages(
        self, model: type[R], condition: Condition | None = None, after: int | str | None = None
    ) -> Iterator[tuple[list[R], str | None]]:
        """The records of a list page by page, by ascending id, from behind the id `after` on.

        Each page comes with where to read on (None: this was the last one), so that a scan can stop and go on later.
        A list that breaks off raises RetryLater; it never ends early.
        """
        behind = int(after or 0)
        while True:
            request = Request("GET", model.path, self._list_query(condition, model, behind))
            answer = self._session.call(request)
            records = _READER.rows(request, answer, self._reading(model))
            _READER.check_order(request, behind, (record.number for record in records))
            total = _total(answer)
            if not records and total:
                raise RetryLater(f"{NAME} broke off {request.what}: {total} more were announced", system=NAME)
            read = not records or (total is not None and total <= len(records))
            following = None if read else records[-1].id
            yield records, following
            if following is None:
                return
            behind = int(following)

    def records(self, model: type[R], condition: Condition | None = None) -> list[R]:
        """A whole list, by id. A condition too long for a URL is asked in parts; what nothing can meet, not at all."""
        parts = [None] if condition is None else condition.split(lambda part: self._fits(model, part))
        found = {record.number: record for part in parts for page, _ in self.pages(model, part) for record in page}
        return [found[number] for number in sorted(found)]

    def _fits(self, model: type[Record], condition: Condition) -> bool:
        return len(self._session.url(model.path, self._list_query(condition, model, _LARGEST_ID))) <= URL_LIMIT

    def _list_query(self, condition: Condition | None, model: type[Record], behind: int) -> str:
        parts = [part for part in (condition, greater("Id", behind) if behind else None) if part is not None]
        given = {"condition": str(all_of(*parts))} if parts else {}
        return _query(**given, includeFields=model.wire_fields, orderBy="Id asc", pageSize=str(PAGE_SIZE))

    def _record(self, model: type[R], request: Request, answer: Answer) -> R:
        return _READER.record(request, answer, self._reading(model))

    def _reading(self, model: type[R]) -> Read[R]:
        return lambda row: model.read(row, self._session.site)

    # Writes

    def apply(self, step: Step) -> Applied:
        """Updates a record and returns it as Automate then has it (a model of ours); sends nothing for no change.

        RecordRejected (`NotFound`) where it is gone; ValueError for a step that no flow can mean.
        """
        kind = kind_of(step)
        key = str(step.key)
        body = patch(kind, step)
        if not body:
            return Applied(key)
        request = Request("PATCH", f"{kind.model.path}/{int(key)}", body=body)
        record = self._record(kind.model, request, self._session.call(request))
        return Applied(record.key, record)


def _query(**parameters: str) -> str:
    return encoded(",", **parameters)


def _total(answer: Answer) -> int | None:
    """How many records meet a request's condition on all its pages; None where the server does not say."""
    said = answer.headers.get("total-count", "").strip()
    return int(said) if said.isascii() and said.isdigit() else None
