"""ConnectWise PSA as flows and engine use it: typed reads page by page, and steps carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import OutcomeUnknown, RecordRejected, RetryLater
from shared.sync.plan import Step
from shared.sync.ports import Applied, File
from shared.sync.record import Fields
from shared.systems.conditions import Condition, all_of, equals, is_in
from shared.systems.connectwise_psa.callback_entries import PATH as CALLBACKS
from shared.systems.connectwise_psa.callback_entries import CallbackEntries, CallbackEntry
from shared.systems.connectwise_psa.contacts import (
    COMMUNICATION_TYPES,
    CONTACTS,
    ITEMS,
    REACHED_BY,
    CommunicationType,
    Contact,
    operations,
)
from shared.systems.connectwise_psa.custom_fields import Bearer, CustomFields
from shared.systems.connectwise_psa.kinds import Kind
from shared.systems.connectwise_psa.models import Company, Record, SetupRow, Site, WithCustomFields
from shared.systems.connectwise_psa.opportunities import DOCUMENT_OWNER
from shared.systems.connectwise_psa.sales import CATALOG, DOCUMENTS, Document, Product
from shared.systems.connectwise_psa.session import NAME, Session
from shared.systems.connectwise_psa.steps import CUSTOM_FIELDS, kind_of, new_record, patch
from shared.systems.connectwise_psa.uploads import upload
from shared.systems.http import Answer, Http
from shared.systems.rest import Keys, Read, Reader, Request, encoded
from shared.systems.tenant import Tenant

PAGE_SIZE = 1000
URL_LIMIT = 2000
"""Characters of a whole URL; ConnectWise's own advice, beyond which it answers 414."""

CONDITIONS = "conditions"
OF_CUSTOM_FIELDS = "customFieldConditions"

_LARGEST_ID = 2**31 - 1
_FORWARD_ONLY = {"pagination-type": "forward-only"}
_READER = Reader(NAME)

R = TypeVar("R", bound=Record)
B = TypeVar("B", bound=WithCustomFields)


class Psa(Tenant[Session]):
    """One tenant's ConnectWise PSA, a `System` of the engine's. Errors are those of `shared.sync.errors`.

    `pace_key` is `{host}#{company}`: whom a 429 concerns.
    """

    name: str = NAME
    overlap: ClassVar[timedelta] = timedelta(minutes=2)
    """How far a run reads back before its predecessor began: ConnectWise stamps lastUpdated in whole seconds, late."""

    def __init__(self, settings: SystemSettings, keys: Keys, clock: Clock, http: Http) -> None:
        super().__init__(Session(settings, keys, clock, http))
        self._types: list[CommunicationType] | None = None
        self._custom_fields = CustomFields(clock, record=self._bearer, sample=lambda path: self.sample(path, Bearer))

    # Reads

    def companies(self, condition: Condition | None = None) -> list[Company]:
        """Every company that meets the condition, by id; long look-ups are asked in several requests."""
        return self._custom_fields.remember("company", self.records("company/companies", condition, Company))

    def company(self, company_id: int | str) -> Company | None:
        """One company; None only where ConnectWise says that there is no such record."""
        return self._one("company", "company/companies", company_id, Company)

    def sites(self, company_id: int | str) -> list[Site]:
        """Every site of one company, by id; RecordRejected (`NotFound`) where there is no such company."""
        return self._custom_fields.remember(
            "site", self.records(f"company/companies/{int(company_id)}/sites", None, Site)
        )

    def contacts(self, condition: Condition | None = None) -> list[Contact]:
        """Every contact that meets the condition, by id."""
        return self._custom_fields.remember("contact", self.records(CONTACTS, condition, Contact))

    def contact(self, contact_id: int | str) -> Contact | None:
        """One contact; None only where ConnectWise says that there is no such record."""
        return self._one("contact", CONTACTS, contact_id, Contact)

    def contacts_by_email(self, addresses: Iterable[str]) -> list[Contact]:
        """Every contact that has one of these e-mail addresses, whatever their case, as its default one or not."""
        of_kind = equals(f"{ITEMS}/communicationType", REACHED_BY["email"])
        wanted = is_in(f"{ITEMS}/value", addresses)
        return self.records(CONTACTS, all_of(wanted, of_kind), Contact, of="childConditions")

    def products(self, condition: Condition | None = None) -> list[Product]:
        """Every item of the catalogue that meets the condition, by id."""
        return self._custom_fields.remember("item", self.records(CATALOG, condition, Product))

    def product(self, product_id: int | str) -> Product | None:
        """One item of the catalogue; None only where ConnectWise says that there is no such record."""
        return self._one("item", CATALOG, product_id, Product)

    def company_statuses(self) -> list[SetupRow]:
        return self.records("company/companies/statuses", None, SetupRow)

    def company_types(self) -> list[SetupRow]:
        return self.records("company/companies/types", None, SetupRow)

    def territories(self) -> list[SetupRow]:
        """The locations of the own company, which are what companies have as territories."""
        return self.records("system/locations", None, SetupRow)

    def documents(self, record_type: str, record_id: int | str) -> list[Document]:
        """The documents of one record, by id: of a `SalesOrder`, a `Ticket`. There are never more than a page of them.

        RetryLater where there are, since whoever lists them must not leave any out.
        """
        query = _query(
            recordType=record_type, recordId=str(int(record_id)), fields=Document.wire_fields, pageSize=str(PAGE_SIZE)
        )
        found = self._records(Document, Request("GET", DOCUMENTS, query))
        if len(found) >= PAGE_SIZE:
            raise RetryLater(f"{record_type} {record_id} has more documents than can be read", system=NAME)
        return sorted(found, key=lambda document: document.id)

    def link(self, record_type: str, record_id: int | str) -> str:
        """Where people open a record, by ConnectWise's own name for its page (CompanyFV, OpportunityFV)."""
        return self._session.link(record_type, int(record_id))

    @property
    def callback_entries(self) -> CallbackEntries:
        """Of which records ConnectWise tells whom by itself, to read and to change."""
        return CallbackEntries(self._session, lambda: self.records(CALLBACKS, None, CallbackEntry))

    def may_read(self, path: str) -> None:
        """Reads as little of a path as can be read; ConfigurationWrong where the member has no right to it."""
        self._session.call(Request("GET", path, _query(fields="id", pageSize="1")))

    def sample(self, path: str, model: type[R], size: int = 1) -> list[R]:
        """The first records of a list, as ConnectWise orders them."""
        return self._records(model, Request("GET", path, _query(fields=model.wire_fields, pageSize=str(size))))

    def record(self, path: str, model: type[R]) -> R | None:
        """The record at this path; None only where ConnectWise says that there is no such record."""
        request = Request("GET", path, _query(fields=model.wire_fields))
        answer = self._session.find(request)
        return None if answer is None else self._record(model, request, answer)

    def _one(self, kind: str, path: str, id_: int | str, model: type[B]) -> B | None:
        found = self.record(f"{path}/{int(id_)}", model)
        self._custom_fields.remember(kind, [found] if found else [])
        return found

    def page(
        self,
        path: str,
        condition: Condition | None,
        model: type[R],
        behind: int | str | None = None,
        *,
        of: str = CONDITIONS,
    ) -> tuple[list[R], int | None]:
        """One page of a list, by ascending id, from behind an id on; and where to read on (None: it was the last one).

        So a scan can stop and go on later, whatever is created or deleted in between. A list that breaks off raises; it
        never ends early. `of` names the parameter that the condition goes into: `childConditions` for one of elements
        of arrays.
        """
        behind = int(behind or 0)
        request = Request("GET", path, self._list_query(condition, model, behind, of), headers=_FORWARD_ONLY)
        records = self._records(model, request)
        _READER.check_order(request, behind, (record.id for record in records))
        return records, records[-1].id if len(records) >= PAGE_SIZE else None

    def pages(
        self, path: str, condition: Condition | None, model: type[R], *, of: str = CONDITIONS
    ) -> Iterator[list[R]]:
        """Every page of a list."""
        following: int | None = 0
        while following is not None:
            records, following = self.page(path, condition, model, following, of=of)
            yield records

    def records(self, path: str, condition: Condition | None, model: type[R], *, of: str = CONDITIONS) -> list[R]:
        """A whole list, by id. A condition too long for a URL is split; what several of its parts find comes once."""
        parts: Sequence[Condition | None] = [None]
        if condition is not None:
            parts = condition.split(lambda part: self._fits(path, part, model, of))
        found = {
            record.id: record
            for part in parts
            for records in self.pages(path, part, model, of=of)
            for record in records
        }
        return [found[record_id] for record_id in sorted(found)]

    def _fits(self, path: str, condition: Condition, model: type[Record], of: str) -> bool:
        return len(self._session.url(path, self._list_query(condition, model, _LARGEST_ID, of))) <= URL_LIMIT

    def _list_query(self, condition: Condition | None, model: type[Record], behind: int, of: str) -> str:
        given = {of: str(condition)} if condition is not None else {}
        after = {"pageId": str(behind)} if behind else {}
        return _query(**given, fields=model.wire_fields, pageSize=str(PAGE_SIZE), **after)

    def _records(self, model: type[R], request: Request) -> list[R]:
        return _READER.rows(request, self._session.call(request), self._reading(model, request))

    def _record(self, model: type[R], request: Request, answer: Answer) -> R:
        return _READER.record(request, answer, self._reading(model, request))

    def _reading(self, model: type[R], request: Request) -> Read[R]:
        return lambda row: model.read(row, request.path, self._session.link)

    # Writes

    def apply(self, step: Step) -> Applied:
        """Carries a step out and returns the record as ConnectWise then has it (a model of ours; none of a deletion).

        An update that changes nothing sends nothing; what is to be deleted may be gone already. ConfigurationWrong
        where a custom field is not defined; ValueError for a step that no flow can mean.
        """
        kind = kind_of(step)
        path = kind.list_path({**step.before, **step.fields})
        if step.verb in ("create", "note"):
            captions = step.fields.get(CUSTOM_FIELDS) or {}
            known = partial(self._custom_fields.of_kind, kind.name, path, captions)
            body: Any = new_record(kind, step.fields, known, self._communication_types)
            body = {kind.within: [body]} if kind.within else body
            created = self._send(kind, Request("POST", path, body=body))
            return self._read_back(kind, path, created) if kind.read_back else created
        key = str(step.key)
        record_id = int(key)
        if step.verb == "delete" and kind.part:
            self._session.find(Request("DELETE", f"{path}/{record_id}"))
            return Applied(key)
        if step.verb != "update":
            raise ValueError(f"ConnectWise PSA cannot {step.verb} a {step.kind}")

        def items(fields: Fields) -> list[dict[str, Any]]:
            """Their places may have changed since somebody looked, so they are read just before they are written."""
            contact = self.record(f"{path}/{record_id}", Contact)
            if contact is None:
                raise RecordRejected(NAME, f"There is no {kind.name} {key} any more.", code="NotFound")
            return operations(contact.items, fields, self._communication_types)

        body = patch(kind, step, lambda: self._custom_fields.of_record(kind.name, path, record_id), items)
        if not body:
            return Applied(key)
        return self._send(kind, Request("PATCH", f"{path}/{record_id}", body=body))

    def attach(self, step: Step, file: File) -> Applied:
        """Uploads a file to the opportunity that the step names, under the step's title."""
        if step.kind != "document":
            raise ValueError(f"ConnectWise PSA cannot attach a {step.kind}")
        title, record_id = str(step.fields["title"]), int(step.fields["opportunity"])
        request = upload(DOCUMENT_OWNER, record_id, title, file)
        made = self._record(Document, request, self._session.call(request))
        return Applied(made.key, made)

    def _communication_types(self) -> list[CommunicationType]:
        """They are set up once, so they are read once."""
        if self._types is None:
            self._types = self.records(COMMUNICATION_TYPES, None, CommunicationType)
        return self._types

    def _send(self, kind: Kind, request: Request) -> Applied:
        answer = self._session.call(request)
        record = _READER.row(request, _written(kind, answer), self._reading(kind.model, request))
        if isinstance(record, WithCustomFields):
            self._custom_fields.remember(kind.name, [record])
        return Applied(record.key, record)

    def _read_back(self, kind: Kind, path: str, created: Applied) -> Applied:
        """The record as a read of its own finds it. OutcomeUnknown where none does: it must be looked for, then."""
        try:
            record = self.record(f"{path}/{created.id}", kind.model)
        except RetryLater as error:
            raise OutcomeUnknown(f"{kind.name} {created.id} could not be read back: {error}", system=NAME) from error
        if record is None:
            raise OutcomeUnknown(f"{NAME} took {kind.name} {created.id} and does not know it", system=NAME)
        return Applied(created.id, record)

    def _bearer(self, path: str) -> Bearer:
        request = Request("GET", path, _query(fields=Bearer.wire_fields))
        return self._record(Bearer, request, self._session.call(request))


def _written(kind: Kind, answer: Answer) -> object:
    """The record in the answer to a write, which may stand in a list; of several the one that was made last."""
    said = answer.json() if answer.is_json else None
    if kind.within and isinstance(said, Mapping):
        said = said.get(kind.within, said)
    if isinstance(said, list):
        return max(said, key=lambda row: row.get("id", 0) if isinstance(row, Mapping) else 0, default=None)
    return said


def _query(**parameters: str) -> str:
    """Encoded as the vendor's guide has it: `+`, `%`, `&`, quotes and wildcards too."""
    return encoded("/,:()", **parameters)
