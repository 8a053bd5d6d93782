"""The simulated SOAP endpoint: finds the operation of a request, checks its login, and answers or faults."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from infra.local.simulators.eautomate import soap
from infra.local.simulators.eautomate.codec import Codec, Malformed
from infra.local.simulators.eautomate.health import REFUSED_LOGIN, Login
from infra.local.simulators.eautomate.schema import AUTH, Operation, Schema
from infra.local.simulators.eautomate.soap import SoapFault, Version
from infra.local.simulators.eautomate.store import Operations, Refused
from infra.local.simulators.eautomate.wsdl import write_wsdl
from infra.local.simulators.server import Request, Response

PATH = "/pip/PublicAPIService.asmx"
# Bad credentials are no fault here but the answer.
_JUDGES_LOGIN = {"Authorize", "Authorize2"}


class PublicApi:
    """Serves the operations of a schema; `operations` carries each one out, by name.

    An operation takes its arguments by name and answers the value of its `…Result`, or a tuple of values where
    its answer has several elements.
    """

    def __init__(self, schema: Schema, operations: Operations, login: Login) -> None:
        self._schema = schema
        self._operations = operations
        self._login = login
        self._codec = Codec(schema)

    def serves(self, path: str) -> bool:
        """Whether the service lives at `path`; IIS looks at no case."""
        return path.casefold() == PATH.casefold()

    def name(self, request: Request) -> str | None:
        """The operation that a request's action names, or None where it names none of ours."""
        namespace, _, name = (soap.soap_action(request.headers) or "").rpartition("/")
        return name if namespace == self._schema.namespace and name in self._schema.operations else None

    def serve(self, request: Request) -> Response:
        """The answer to a request at the service's path."""
        if request.method == "GET":
            return self._describe(request)
        if request.method != "POST":
            return page(405, "The service answers GET and POST.", {"Allow": "GET, POST"})
        kind = soap.content_type(request.headers.get("content-type", ""))
        version = soap.MEDIA_TYPES.get(kind.media)
        if version is None:
            return page(415, "The service takes text/xml and application/soap+xml.")
        try:
            content = self._call(request, version, soap.open_envelope(request.body, version, kind.charset))
        except SoapFault as fault:
            return fault_response(version, fault)
        return Response(200, soap.build_envelope(version, content), {"Content-Type": soap.CONTENT_TYPES[version]})

    def _call(self, request: Request, version: Version, element: Element) -> str:
        operation = self._operation(request, version, element)
        try:
            arguments = self._codec.read_sequence(operation.request, element, operation.name)
            if (
                operation.needs_auth
                and operation.name not in _JUDGES_LOGIN
                and not self._login.accepts(arguments[AUTH])
            ):
                raise Refused(REFUSED_LOGIN)
            result = self._operations[operation.name](arguments)
        except Malformed as wrong:
            raise SoapFault("Client", f"Server was unable to read request: {wrong}.") from wrong
        except Refused as refused:
            raise SoapFault("Server", str(refused)) from refused
        return self._answer(operation, result)

    def _operation(self, request: Request, version: Version, element: Element) -> Operation:
        """By the body's element; the action must say the same (SOAP 1.2 may leave it out)."""
        namespace, _, name = element.tag.removeprefix("{").rpartition("}")
        operation = self._schema.operations.get(name) if namespace == self._schema.namespace else None
        action = soap.soap_action(request.headers)
        if operation is None:
            raise SoapFault("Client", f"The service has no operation {element.tag}.")
        if action != f"{namespace}/{name}" and not (version == "1.2" and action is None):
            raise SoapFault("Client", f"The request holds {name}, but its SOAPAction is {action or 'missing'}.")
        return operation

    def _answer(self, operation: Operation, result: Any) -> str:
        values = result if isinstance(result, tuple) else (result,)
        names = (field.name for field in operation.answer)
        content = self._codec.write_sequence(operation.answer, dict(zip(names, values, strict=True)))
        name = f"{operation.name}Response"
        return f'<{name} xmlns="{self._schema.namespace}">{content}</{name}>'

    def _describe(self, request: Request) -> Response:
        if "wsdl" not in map(str.casefold, request.query):
            return page(200, "This is PublicAPIService; its description is at ?WSDL.")
        address = f"http://{request.headers.get('host', '127.0.0.1')}{PATH}"
        return Response(200, write_wsdl(self._schema, address), {"Content-Type": soap.CONTENT_TYPES["1.1"]})


def fault_response(version: Version, fault: SoapFault) -> Response:
    """A fault, with status 500."""
    return Response(500, soap.build_fault(version, fault), {"Content-Type": soap.CONTENT_TYPES[version]})


def page(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """A page of the web server itself, as against an answer of the service."""
    body = f"<!DOCTYPE html><title>{status}</title><p>{text}</p>".encode()
    return Response(status, body, {"Content-Type": "text/html; charset=utf-8", **(headers or {})})
