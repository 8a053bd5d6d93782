"""The simulated contract import gateway: JSON beside the SOAP service. Assumed as a whole, see contract_imports.

| request | answer |
| --- | --- |
| `POST /contract-imports` with an `ImportRequest` | 201, the import, staged; 422 for a body that is none |
| `GET /contract-imports/{id}` | the import: staged, applied with its contract, or rejected with errors |
| `GET /contract-imports?sourceInvoice=…` | every import of one foreign invoice, oldest first |
| `GET /contracts/{number}/invoices` | the contract's invoices, oldest first |

An import is shown with all that was sent in it. Authorization is Basic, with the same user and password as the SOAP
service. Moments are in UTC, amounts decimal text. What is wrong is said as `{"error": {"code", "message", "details"}}`.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from infra.local.simulators.eautomate.contract_imports import ContractImport, ContractImports, ImportRequest
from infra.local.simulators.eautomate.contracts import ContractInvoice, Contracts
from infra.local.simulators.eautomate.health import Login
from infra.local.simulators.server import Request, Response, json_response

_ROUTES = (
    ("{method} /contract-imports", re.compile(r"/contract-imports")),
    ("{method} /contract-imports/{{id}}", re.compile(r"/contract-imports/(\d+)")),
    ("{method} /contracts/{{number}}/invoices", re.compile(r"/contracts/([^/]+)/invoices")),
)


class Gateway:
    """Serves contract imports and contract invoices."""

    def __init__(self, login: Login, contracts: Contracts, imports: ContractImports) -> None:
        self._login = login
        self._contracts = contracts
        self._imports = imports

    def name(self, request: Request) -> str | None:
        """The route that a request takes, as a name for counts and fault orders; None for no route of ours."""
        route = self._route(request)
        return None if route is None else route[0]

    def serve(self, request: Request) -> Response:
        """The answer to a request for which `name` has one."""
        if not self._login.accepts_basic(_basic(request.headers.get("authorization", ""))):
            told = "User or password is not valid."
            return problem(401, "UNAUTHORIZED", told, headers={"WWW-Authenticate": 'Basic realm="gateway"'})
        name, wanted = self._route(request) or ("", "")
        if name == "POST /contract-imports":
            return self._receive(request)
        if name == "GET /contract-imports":
            return self._search(request)
        if name == "GET /contract-imports/{id}":
            return self._import(int(wanted))
        if name == "GET /contracts/{number}/invoices":
            return self._invoices(wanted)
        return problem(405, "METHOD_NOT_ALLOWED", f"{request.method} is not served here.")

    def _route(self, request: Request) -> tuple[str, str] | None:
        # The path as sent, so that a number may hold an escaped slash
        path = request.raw_target.partition("?")[0]
        for name, pattern in _ROUTES:
            found = pattern.fullmatch(path)
            if found is not None:
                return name.format(method=request.method), unquote(found[1]) if found.groups() else ""
        return None

    def _receive(self, request: Request) -> Response:
        try:
            wanted = ImportRequest.model_validate_json(request.body)
        except ValidationError as wrong:
            details = [
                {"field": ".".join(map(str, error["loc"])), "message": error["msg"]}
                for error in wrong.errors(include_url=False, include_input=False)
            ]
            return problem(422, "INVALID_IMPORT", "The import is not valid.", details=details)
        staged = self._imports.receive(wanted)
        headers = {"Location": f"/contract-imports/{staged.id}"}
        return json_response(self._show(staged), 201, headers)

    def _search(self, request: Request) -> Response:
        invoice = request.query.get("sourceInvoice")
        if invoice is None:
            return problem(400, "QUERY_REQUIRED", "sourceInvoice is required.")
        found = [one for one in self._imports.by_id.values() if one.request.sourceInvoice == invoice]
        return json_response([self._show(one) for one in found])

    def _import(self, import_id: int) -> Response:
        found = self._imports.by_id.get(import_id)
        if found is None:
            return problem(404, "IMPORT_NOT_FOUND", f"There is no import {import_id}.")
        return json_response(self._show(found))

    def _invoices(self, number: str) -> Response:
        contract = self._contracts.table.get(number)
        if contract is None:
            return problem(404, "CONTRACT_NOT_FOUND", f"There is no contract {number}.")
        return json_response([_show_invoice(one) for one in self._contracts.invoices.of(contract.number)])

    def _show(self, one: ContractImport) -> dict[str, Any]:
        return {
            **one.request.model_dump(mode="json"),
            "id": one.id,
            "state": one.state,
            "receivedAt": _moment(one.received_at),
            "settledAt": None if one.settled_at is None else _moment(one.settled_at),
            "contract": None if one.contract is None else self._show_contract(one.contract, one.created),
            "errors": [{"code": problem.code, "message": problem.message} for problem in one.problems],
        }

    def _show_contract(self, number: str, created: bool) -> dict[str, Any]:
        row = self._contracts[number]
        terms = self._contracts.terms[row.id]
        return {
            "id": row.id,
            "number": row.number,
            "created": created,
            "active": row.values["Active"],
            "poNumber": terms.po_number,
            "remarks": row.values["Remarks"] or "",
            "billTo": terms.bill_to,
        }


def problem(
    status: int,
    code: str,
    message: str,
    *,
    details: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An answer that says what is wrong."""
    return json_response({"error": {"code": code, "message": message, "details": details or []}}, status, headers)


def _show_invoice(invoice: ContractInvoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "contract": invoice.contract,
        "poNumber": invoice.po_number,
        "remarks": invoice.remarks,
        "billedAt": _moment(invoice.billed_at),
        "periodStart": invoice.start.isoformat(),
        "periodEnd": invoice.end.isoformat(),
        "total": str(invoice.total.quantize(Decimal("0.01"))),
        "voided": invoice.voided,
        "paid": invoice.paid,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _basic(header: str) -> tuple[str, str] | None:
    """User and password of an Authorization header, or None where it is no Basic one."""
    scheme, _, encoded = header.partition(" ")
    if scheme.casefold() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
