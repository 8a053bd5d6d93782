"""e-automate's contract import gateway: writes contracts and reads contract invoices, JSON beside the PublicAPI.

**Assumed as a whole.** The PublicAPI writes no contract and knows no contract invoice, and no other interface is
published. A dealer serves these four routes, at `systems.eautomate.gateway_url` or at the host of `base_url`:

| request | answer |
| --- | --- |
| `POST /contract-imports` | 201, the import: staged, later applied with its contract, or rejected with errors |
| `GET /contract-imports/{id}` | that import, with all that was sent in it |
| `GET /contract-imports?sourceInvoice=…` | every import of one invoice, oldest first |
| `GET /contracts/{number}/invoices` | the invoices that billing the contract made, oldest first |

Keys are those of the PublicAPI, as Basic authorization. An import without a contract number makes a contract from a
template, unless its agreement has one that is not terminated (`CONTRACT_EXISTS`); one with a number changes that
contract. There is no idempotency key: after a lost answer an import is found again by `sourceInvoice`. What is wrong
is said as `{"error": {"code", "message", "details"}}`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from shared.sync.clock import Clock
from shared.sync.connection import SystemSettings
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RetryLater
from shared.sync.plan import Step
from shared.sync.ports import Applied
from shared.systems.eautomate.faults import words
from shared.systems.eautomate.service import NAME, Service
from shared.systems.errors import Action, judge
from shared.systems.http import Answer, Http

T = TypeVar("T")
WHERE = f"systems.{NAME}.gateway_url"


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, alias_generator=to_camel, coerce_numbers_to_str=True
    )


class ImportLine(_Model):
    """One line to bill: an item's number, how many, and the price of one, in the dealer's currency."""

    item: str
    quantity: Decimal = Field(alias="qty")
    price: Decimal
    description: str = ""

    @property
    def amount(self) -> Decimal:
        """What it bills, not rounded."""
        return self.quantity * self.price


class ImportContent(_Model):
    """What an import says: whose contract, made from which template or which one, and what it bills for a period.

    `customer` and `bill_to` are customer numbers. None means that it is not said.
    """

    source_invoice: str
    source_agreement: str
    customer: str
    bill_to: str | None = None
    contract_number: str | None = None
    template_number: str | None = None
    po_number: str | None = None
    remarks: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    lines: tuple[ImportLine, ...] = ()

    @property
    def total(self) -> Decimal:
        """What the lines bill in all, not rounded."""
        return sum((line.amount for line in self.lines), Decimal(0))


class ImportedContract(_Model):
    """The contract that an import made or changed, as it is now."""

    id: str
    number: str


class ImportFault(_Model):
    """Why an import was rejected, in the gateway's words."""

    code: str = ""
    message: str = ""


class ContractImport(ImportContent):
    """An import and what became of it; `contract` is there once it is applied."""

    id: str
    state: Literal["staged", "applied", "rejected"]
    received_at: AwareDatetime
    contract: ImportedContract | None = None
    errors: tuple[ImportFault, ...] = ()


class ContractInvoice(_Model):
    """One billing of a contract, for the days from `start` through `end`; `total` is before tax (assumed)."""

    number: str
    po_number: str = ""
    remarks: str = ""
    billed_at: AwareDatetime
    start: date = Field(alias="periodStart")
    end: date = Field(alias="periodEnd")
    total: Decimal
    voided: bool = False
    paid: bool = False


_IMPORT = TypeAdapter(ContractImport)
_IMPORTS: TypeAdapter[Sequence[ContractImport]] = TypeAdapter(Sequence[ContractImport])
_INVOICES = TypeAdapter(list[ContractInvoice])


@dataclass(frozen=True)
class Imports:
    """Every import of one invoice, oldest first, and when it was, by the gateway's own clock (UTC)."""

    all: Sequence[ContractImport]
    at: datetime


class Gateway:
    """The gateway of one e-automate company."""

    def __init__(self, service: Service, settings: SystemSettings, clock: Clock, http: Http) -> None:
        parts = urlsplit(settings.base_url)
        self._url = settings.gateway_url or f"{parts.scheme}://{parts.netloc}"
        self._service = service
        self._clock = clock
        self._http = http

    def imports(self, source_invoice: str) -> Imports:
        """What became of one invoice so far."""
        answer = self._call("GET", f"/contract-imports?sourceInvoice={quote(source_invoice, safe='')}")
        return Imports(self._read(_IMPORTS, answer), answer.date or self._clock.now())

    def invoices(self, contract_number: str) -> list[ContractInvoice]:
        """What a contract has billed, oldest first; nothing where there is no such contract."""
        answer = self._find("GET", f"/contracts/{quote(contract_number, safe='')}/invoices")
        return [] if answer is None else self._read(_INVOICES, answer)

    def check(self) -> None:
        """Asks as little as can be asked; ConfigurationWrong where no gateway answers, or it refuses the keys."""
        self.imports("0")

    def apply(self, step: Step) -> Applied:
        """Hands an import in; its fields are those of `ImportContent`. Raises RecordRejected for one that is none."""
        if step.verb != "create":
            raise ValueError(f"{NAME} has no way to {step.verb} a {step.kind}")
        content = ImportContent.model_validate(dict(step.fields))
        body = content.model_dump(mode="json", by_alias=True, exclude_none=True)
        taken = self._read(_IMPORT, self._call("POST", "/contract-imports", body), write=True)
        return Applied(taken.id, taken)

    # Requests

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a request that succeeded; everything else is raised."""
        answer = self._find(method, path, body)
        if answer is None:
            raise self._nobody(f"404 to {method} {_route(path)}")
        return answer

    def _find(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer | None:
        """Like `_call`, but None where the gateway says that there is no such record."""
        write = method != "GET"
        answer = self._send(method, path, body, fresh=False)
        if answer.status == 401:
            answer = self._send(method, path, body, fresh=True)
        if answer.status == 401:
            self._service.authorize()
            raise ConfigurationWrong(
                f"the contract import gateway of {NAME} refuses the keys that the PublicAPI takes",
                where=WHERE,
                fix="Let the gateway take the user and password of the PublicAPI, or correct its address.",
            )
        verdict = judge(_plain(answer), write=write, now=self._clock.now())
        if verdict.action is Action.SUCCEED:
            return answer
        if verdict.action is Action.ABSENT:
            return None
        if verdict.action is Action.REDISCOVER:
            raise self._nobody(f"{answer.status} to {method} {_route(path)}")
        _, password = self._service.login()
        complaint = replace(verdict.complaint, words=words(verdict.complaint.words, [password]))
        verdict = replace(verdict, complaint=complaint)
        raise verdict.error(NAME, what=f"{method} {_route(path)}", pace_key=self._service.pace_key)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, *, fresh: bool) -> Answer:
        pair = base64.b64encode(":".join(self._service.login(fresh=fresh)).encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        what = f"{method} {_route(path)}"
        write = method != "GET"
        return self._http.send(NAME, method, self._url + path, write=write, headers=headers, content=content, what=what)

    def _read(self, adapter: TypeAdapter[T], answer: Answer, *, write: bool = False) -> T:
        try:
            return adapter.validate_python(answer.json())
        except ValueError as error:
            faults = error.errors(include_input=False) if isinstance(error, ValidationError) else []
            told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        text = f"the contract import gateway of {NAME} answered something unreadable {told}".strip()
        raise OutcomeUnknown(text, system=NAME) if write else RetryLater(text, system=NAME)

    def _nobody(self, said: str) -> ConfigurationWrong:
        return ConfigurationWrong(
            f"no contract import gateway answers at {self._url}: it said {said}",
            where=WHERE,
            fix="Set it to the gateway's address, e.g. https://eautomate.example.com/gateway.",
        )


def _route(path: str) -> str:
    """The path without what it asks for, as messages have it."""
    return path.partition("?")[0]


def _plain(answer: Answer) -> Answer:
    """The gateway's complaint in the form in which every other system complains."""
    said = answer.json() if answer.status >= 300 and answer.is_json else None
    error = said.get("error") if isinstance(said, Mapping) else None
    if not isinstance(error, Mapping):
        return answer
    details = [one for one in error.get("details") or () if isinstance(one, Mapping)]
    plain = {
        "code": "NotFound" if answer.status == 404 else error.get("code"),
        "message": error.get("message"),
        "errors": [
            {"message": f"{one.get('field') or 'body'}: {one.get('message')}", "field": one.get("field")}
            for one in details
        ],
    }
    return replace(answer, body=json.dumps(plain).encode())
