"""Zomentum as flows and engine use it: typed reads, whole lists in parts, and the few writes there are.

API v2 at `{base_url}/v2`, as the one public client and the help pages tell of it; what they do not tell is said to be
assumed where it stands: fields in `models` and `steps`, filters in `filters`, how lists are read in `lists`, tokens in
`tokens`. Nothing can be deleted there, as far as is known.

`systems.zomentum.company` should name the tenant: all tenants share one host, and a 429 concerns `{host}#{company}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import OutcomeUnknown, RetryLater, SyncError
from shared.sync.plan import Step
from shared.sync.ports import Applied, File
from shared.systems.http import Answer, Http
from shared.systems.rest import Reader, Request, changed, encoded
from shared.systems.tenant import Tenant
from shared.systems.tokens import SharedKeys
from shared.systems.zomentum.documents import file_of, lines_of
from shared.systems.zomentum.filters import Filter, created_since, is_in
from shared.systems.zomentum.lists import Lists, Part, Row
from shared.systems.zomentum.models import (
    SYNC_FIELD,
    Company,
    Contact,
    CustomField,
    Document,
    Item,
    Line,
    Opportunity,
    Pipeline,
    Record,
    Revision,
    TaxCategory,
    TaxRegion,
    User,
    WithCustomFields,
    named,
)
from shared.systems.zomentum.session import Address, Session
from shared.systems.zomentum.steps import Kind, body_of, kind_of, needs_record
from shared.systems.zomentum.tokens import NAME

PAGE_SIZE = 1000
URL_LIMIT = 2000
"""Characters of a whole URL; what Zomentum takes is not known, most web servers take so many."""

FIELDS_HOLD = timedelta(minutes=5)
"""How long the definitions of custom fields are used without being asked for anew."""

_READER = Reader(NAME)

R = TypeVar("R", bound=Record)


@dataclass
class _Known:
    """The custom fields that are defined for one sort of record, and when they were read."""

    at: datetime
    fields: Sequence[CustomField] = field(default_factory=tuple)


class Zomentum(Tenant[Session]):
    """One tenant of Zomentum's, a `System` of the engine's. Errors are those of `shared.sync.errors`."""

    name: str = NAME
    overlap: ClassVar[timedelta] = timedelta(minutes=2)
    """How far a run reads back before its predecessor began: whether `updated_at` is set early or late is not known."""

    def __init__(self, settings: SystemSettings, keys: SharedKeys, clock: Clock, http: Http) -> None:
        super().__init__(Session(settings, keys, clock, http))
        self._clock = clock
        self._custom_fields: dict[str, _Known] = {}

    def may_read(self, what: str) -> None:
        """Reads as little of a list (its path) as can be read; ConfigurationWrong where the user has no right to it."""
        self._session.call(Request("GET", what, _query(count_query_flag="true", page="1", limit="1")))

    # Reads

    def company(self, record_id: str) -> Company | None:
        """One client company; None only where neither its own address nor the list has it."""
        return self.record(Company, record_id)

    def contact(self, record_id: str) -> Contact | None:
        """One contact; None as for a company."""
        return self.record(Contact, record_id)

    def opportunity(self, record_id: str) -> Opportunity | None:
        """One opportunity of any pipeline; None only where Zomentum says that there is none (404)."""
        return self.record(Opportunity, record_id)

    def item(self, record_id: str) -> Item | None:
        """One product; None as for a company."""
        return self.record(Item, record_id)

    def document(self, record_id: str) -> Document | None:
        """One document; None as for a company."""
        return self.record(Document, record_id)

    def companies(self, *where: Filter) -> list[Company]:
        """Every client company that meets the filters."""
        return self.records(Company, *where)

    def contacts(self, *where: Filter) -> list[Contact]:
        """Every contact that meets the filters."""
        return self.records(Contact, *where)

    def items(self, *where: Filter) -> list[Item]:
        """Every product that meets the filters."""
        return self.records(Item, *where)

    def documents(self, *where: Filter) -> list[Document]:
        """Every document that meets the filters."""
        return self.records(Document, *where)

    def opportunities(self, pipeline: str, *where: Filter) -> list[Opportunity]:
        """Every opportunity of one pipeline that meets the filters: Zomentum lists one pipeline at a time."""
        return self.records(Opportunity, *where, pipeline=pipeline)

    def pipelines(self) -> list[Pipeline]:
        """Every pipeline with its stages."""
        return self.records(Pipeline)

    def tax_regions(self) -> list[TaxRegion]:
        return self.records(TaxRegion)

    def tax_categories(self) -> list[TaxCategory]:
        return self.records(TaxCategory)

    def users(self) -> list[User]:
        return self.records(User)

    def custom_fields(self, model: type[WithCustomFields]) -> list[CustomField]:
        """The custom fields that are defined for a sort of record."""
        return self.records(CustomField, entity=model.entity)

    def lines(self, document: Document, revision: Revision | None = None) -> list[Line]:
        """The line items of a document's revision (None: its newest one), in their order; none where it has none."""
        revision = revision or document.revision
        if revision is None:
            return []
        request = Request("GET", f"{Document.path}/{document.id}/revisions/{revision.id}/downloadproducts/")
        return lines_of(request, self._session.call(request, Address(Document.path, document.id), json=False))

    def download(self, document_id: str) -> File:
        """A document as people get it, with its file name; RecordRejected (`NotFound`) where it is gone."""
        request = Request("GET", f"{Document.path}/download/{Address(Document.path, document_id).id}")
        answer = self._session.call(request, Address(Document.path, document_id), json=False)
        return file_of(request, answer, document_id)

    def marked_since(self, model: type[R], moment: datetime, **of: str) -> list[R]:
        """The records created at `moment` or later, among which the result of a lost create is (see `steps`).

        A second earlier, in fact, since the server's clock is told to the second. `of`: as for `pages`.
        """
        return self.records(model, created_since(moment - timedelta(seconds=1)), **of)

    def by_ids(self, model: type[R], ids: Iterable[str], **of: str) -> dict[str, R]:
        """These records by their ids; what is missing may be gone, which only a read of that one record tells."""
        wanted = [record_id for record_id in dict.fromkeys(ids) if record_id]
        return {record.id: record for record in self.records(model, is_in("id", wanted), **of)}

    def record(self, model: type[R], record_id: str) -> R | None:
        """One record; None where there is no such one, and only then."""
        address = _address(model, record_id)
        query = _query(included_child_entities=model.included) if model.included else ""
        answer = self._session.find(address, query)
        return None if answer is None else self._model(model, Request("GET", address.path), _unwrapped(answer))

    def pages(
        self, model: type[R], *where: Filter, after: str | None = None, pipeline: str = "", entity: str = ""
    ) -> Iterator[tuple[list[R], str | None]]:
        """The records of a list part by part, from where an earlier part says that it goes on.

        Each part comes with where to read on (None: this was the last one), so that a scan can stop and go on later,
        whatever is created or deleted in between. A list that breaks off raises RetryLater; it never ends early.
        A part may be empty; the order means nothing. `pipeline` belongs to opportunities, `entity` to custom fields.
        """
        of = {"opportunity_pipeline_id": pipeline} if pipeline else {"entity_type": entity} if entity else {}
        for rows, following in self._list(model, of).pages(where, after):
            yield self._models(model, rows), following

    def records(self, model: type[R], *where: Filter, pipeline: str = "", entity: str = "") -> list[R]:
        """A whole list. Values too many for a URL are asked in parts; none at all, not at all."""
        found: dict[str, R] = {}
        for part in self._parts(model, where):
            for page, _ in self.pages(model, *part, pipeline=pipeline, entity=entity):
                found |= {record.id: record for record in page}
        return list(found.values())

    def _parts(self, model: type[Record], where: Sequence[Filter]) -> Iterator[Sequence[Filter]]:
        """Filters that together find what these find, each set of them short enough to be sent."""
        if not where:
            yield ()
            return
        first, *rest = where

        def fits(part: Filter) -> bool:
            return len(self._session.url(model.path, _list_query(model, {}, [part, *rest], 1))) <= URL_LIMIT - 200

        for part in first.split(fits):
            for others in self._parts(model, rest):
                yield (part, *others)

    def _list(self, model: type[Record], of: Mapping[str, str]) -> Lists:
        path = model.path

        def ask(filters: Sequence[Filter], page: int) -> Part:
            request = Request("GET", path, _list_query(model, of, filters, page))
            return _part(request, self._session.call(request))

        # The list of custom fields is known to be asked for without pages; whether it counts is not.
        counted = model is not CustomField
        return Lists(ask, system=NAME, what=f"GET {path}", limit=PAGE_SIZE, counted=counted)

    def _models(self, model: type[R], rows: Sequence[Row]) -> list[R]:
        request = Request("GET", model.path)
        return [self._model(model, request, row) for row in rows]

    def _model(self, model: type[R], request: Request, row: object) -> R:
        record = _READER.row(request, row, lambda mapping: model.read(mapping, self._session.site))
        if isinstance(record, WithCustomFields) and record.custom_fields:
            marker = self._marker(record)
            return record.model_copy(update={"sync_id": record.custom(marker)})
        return record

    # Custom fields

    def _marker(self, record: WithCustomFields) -> CustomField | None:
        """The custom field that carries our ids; asked for anew where the record has values of unknown ones."""
        fields = self._defined(type(record))
        found = named(SYNC_FIELD, fields)
        if found is None and not {value.id for value in record.custom_fields} <= {one.id for one in fields}:
            found = named(SYNC_FIELD, self._defined(type(record), fresh=True))
        return found

    def custom(self, record: WithCustomFields, name: str) -> str:
        """What a custom field of this name holds; empty where it holds nothing, or is not defined."""
        return record.custom(named(name, self._defined(type(record))))

    def _defined(self, model: type[WithCustomFields], *, fresh: bool = False) -> Sequence[CustomField]:
        """The custom fields of a sort of record, as they were defined up to five minutes ago."""
        now = self._clock.now()
        known = self._custom_fields.get(model.entity)
        if fresh or known is None or now - known.at >= FIELDS_HOLD:
            known = self._custom_fields[model.entity] = _Known(now, self.custom_fields(model))
        return known.fields

    # Writes

    def apply(self, step: Step) -> Applied:
        """Carries a create or an update out and returns the record as Zomentum then has it (a model of ours).

        An update that changes nothing sends nothing. ConfigurationWrong where a custom field is not defined;
        RecordRejected (`NotFound`) where the record is gone; ValueError for a step that no flow can mean.
        """
        kind = kind_of(step)
        if step.verb == "create":
            body = body_of(kind, step.fields, {}, self._of_kind(kind))
            # The slash is how the one public client posts; without it a redirect may come, which is not followed.
            return self._send(kind, Request("POST", f"{kind.model.path}/", body=body), None)
        fields = changed(step)
        address = _address(kind.model, str(step.key))
        if not fields:
            return Applied(address.id)
        row = self._row(address) if needs_record(kind, fields) else {}
        body = body_of(kind, fields, row, self._of_kind(kind))
        return self._send(kind, Request("PUT", address.path, body=body), address)

    def _send(self, kind: Kind, request: Request, address: Address | None) -> Applied:
        """Sends a write. What it is answered with counts if all that was sent is in it; else the record is read."""
        answer = self._session.call(request, address)
        try:
            record = self._as_written(kind, request, _unwrapped(answer), address)
        except (SyncError, ValueError) as error:
            # The write was carried out: whatever goes wrong now must not look as if it was not.
            raise OutcomeUnknown(
                f"{NAME} took {request.what}; what came of it is not known: {error}", system=NAME
            ) from error
        return Applied(record.key, record)

    def _as_written(self, kind: Kind, request: Request, row: object, address: Address | None) -> Record:
        """The record after a write that was answered with `row`."""
        if not isinstance(row, Mapping) or ("id" not in row and address is None):
            raise RetryLater(f"{NAME} answered {request.what} with something unreadable", system=NAME)
        if {"id", *request.body} <= row.keys():
            return self._model(kind.model, request, row)
        address = address or _address(kind.model, str(row["id"]))
        found = self.record(kind.model, address.id)
        if found is None:
            raise RetryLater(f"{NAME} does not know {address.path}", system=NAME)
        return found

    def _row(self, address: Address) -> Row:
        """A record as Zomentum shows it, to be changed; RecordRejected (`NotFound`) where it is gone."""
        row = _unwrapped(self._session.call(Request("GET", address.path), address))
        if not isinstance(row, Mapping) or "id" not in row:
            raise RetryLater(f"{NAME} answered GET {address.path} with something unreadable", system=NAME)
        return row

    def _of_kind(self, kind: Kind) -> Callable[[bool], Sequence[CustomField]]:
        """The custom fields that are defined for a kind, when asked for."""
        model = kind.customs
        return lambda fresh: self._defined(model, fresh=fresh) if model else ()


def _address(model: type[Record], record_id: str) -> Address:
    """Opportunities are listed by pipeline, so that a list without more ado does not have them all."""
    return Address(model.path, record_id, listed=model is not Opportunity)


def _list_query(model: type[Record], of: Mapping[str, str], filters: Sequence[Filter], page: int) -> str:
    given = dict(of)
    if sent := "".join(one.sent() for one in filters):
        given["filters"] = sent
    if model.included:
        given["included_child_entities"] = model.included
    return _query(count_query_flag="true", page=str(page), limit=str(PAGE_SIZE), **given)


def _part(request: Request, answer: Answer) -> Part:
    """The records of one answer, and how many there are in all; RetryLater where it is no list."""
    body = answer.json() if answer.is_json else None
    rows = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(rows, list) or not all(isinstance(r, Mapping) for r in rows):
        raise RetryLater(f"{NAME} answered {request.what} with something unreadable", system=NAME)
    counts = body.get("filtered_count_map")
    count = counts.get("all") if isinstance(counts, Mapping) else None
    return Part(rows, count if isinstance(count, int) and not isinstance(count, bool) else None)


def _unwrapped(answer: Answer) -> Any:
    """The record in an answer: the object itself, or what it has as `data`; which of the two is not told."""
    body = answer.json() if answer.is_json else None
    inner = body.get("data") if isinstance(body, Mapping) else None
    return inner if isinstance(inner, Mapping) else body


def _query(**parameters: str) -> str:
    return encoded(":;,", **parameters)
