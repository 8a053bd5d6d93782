"""Two foreign clients of the e-automate simulator: zeep over the WSDL, and hand-written envelopes over httpx."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import zeep
from lxml import etree
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.plugins import HistoryPlugin

NAMESPACE = "http://digitalgateway.com/WebServices/PublicAPIService"
ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
AUTH = {"User": "demo", "Password": "demo", "CompanyID": "1", "Version": "20.1", "PartnerToken": ""}
AUTH_XML = "<Auth><User>demo</User><Password>demo</Password><CompanyID>1</CompanyID></Auth>"
EVERYTHING = "1900-01-01T00:00:00"
FILLERS = {
    "Int_ex": 0,
    "Bool_ex": False,
    "Double_ex": 0.0,
    "Decimal_ex": Decimal(0),
    "String_ex": "",
    "DateTime_ex": "1900-01-01T00:00:00",
}


def code(value: str | int | None = None, *, id: int | None = None) -> dict[str, Any]:  # noqa: A002
    """An eaCodeType: by code (text), by ID (number), by both or by neither."""
    number = value if isinstance(value, int) else id
    text = value if isinstance(value, str) else None
    return {"ID": ex("Int_ex", number), "Code": ex("String_ex", text)}


def ex(kind: str, value: Any = None) -> dict[str, Any]:
    """A wrapped scalar; None is the filler with Valid=false."""
    wrapped = {"Value": FILLERS[kind] if value is None else value, "Valid": value is not None}
    if kind == "DateTime_ex":
        wrapped["ValueAsString"] = ex("String_ex")
    return wrapped


def plain(value: Any) -> Any:
    """An answer of zeep in Python's own terms: wrapped scalars unwrapped, codes as text, objects as dicts."""
    value = serialize_object(value, dict)
    return _unwrap(value)


def _unwrap(value: Any) -> Any:
    if isinstance(value, list):
        return [_unwrap(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Valid" in value:
        # zeep reads an empty element as None
        return (value["Value"] if value["Value"] is not None else "") if value["Valid"] else None
    if set(value) == {"ID", "Code"}:
        return _unwrap(value["Code"])
    return {name: _unwrap(item) for name, item in value.items()}


class Contract:
    """A WSDL as zeep's client and as an XML schema to judge answers by."""

    def __init__(self, wsdl: Path | str) -> None:
        self.history = HistoryPlugin(maxlen=1)
        self.client = zeep.Client(str(wsdl), plugins=[self.history])
        content = self.client.transport.load(str(wsdl))
        schema = etree.fromstring(content).find(".//{http://www.w3.org/2001/XMLSchema}schema")
        # Written out and read again, so that it carries the namespaces of the elements around it
        self.schema = etree.XMLSchema(etree.fromstring(etree.tostring(schema)))

    def judge_last_answer(self) -> None:
        """Raise where the last answer, one that was no fault, is not what the schema asks for."""
        self.schema.assertValid(self.history.last_received["envelope"][-1][0])

    def close(self) -> None:
        """Close the client's connections."""
        self.client.transport.session.close()


class ZeepApi:
    """The service as zeep drives it: `api.getCustomer(CustomerNumber=...)`; Auth is added, answers are judged."""

    def __init__(self, contract: Contract, url: str, port: str = "PublicAPIServiceSoap") -> None:
        self.contract = contract
        self.client = contract.client
        address = f"{url}/pip/PublicAPIService.asmx"
        self.service = self.client.create_service(f"{{{NAMESPACE}}}{port}", address)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            auth = {} if operation in {"getServerStatus", "getAPIVersion"} else {"Auth": AUTH}
            answer = getattr(self.service, operation)(**auth, **arguments)
            self.contract.judge_last_answer()
            return answer

        return call

    def make(self, type_name: str, **fields: Any) -> dict[str, Any]:
        """A whole record of a type: the fields given (codes as text or number), fillers for the rest."""
        made: dict[str, Any] = {}
        for name, element in self.client.get_type(f"{{{NAMESPACE}}}{type_name}").elements:
            kind = element.type.name
            value = fields.pop(name, None)
            if kind in FILLERS:
                made[name] = ex(kind, value)
            elif kind == "eaCodeType":
                made[name] = value if isinstance(value, dict) else code(value)
            elif kind == "int":
                made[name] = value or 0
            elif value is not None:
                made[name] = value
        assert not fields, f"{type_name} has no {', '.join(fields)}"
        return made


def refusal(call: Callable[[], Any]) -> Fault:
    """The fault that a call of zeep ends in."""
    try:
        answer = call()
    except Fault as fault:
        return fault
    raise AssertionError(f"not refused: {answer}")


class RawApi:
    """Envelopes written by hand, for what zeep would never send."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/pip/PublicAPIService.asmx"
        self.http = httpx.Client()

    def post(
        self,
        operation: str,
        content: str = "",
        *,
        auth: str = AUTH_XML,
        version: str = "1.1",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one operation whose element holds `auth` and `content`."""
        body = f'<{operation} xmlns="{NAMESPACE}">{auth}{content}</{operation}>'
        return self.send(operation, envelope(body, version), version=version, headers=headers)

    def send(
        self, operation: str, body: str | bytes, *, version: str = "1.1", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send a whole body under an operation's action."""
        action = f"{NAMESPACE}/{operation}"
        at_first = (
            {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
            if version == "1.1"
            else {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
        )
        return self.http.post(self.url, content=body, headers=at_first if headers is None else headers)


def envelope(body: str, version: str = "1.1") -> str:
    """An envelope around the content of its Body."""
    return f'<s:Envelope xmlns:s="{ENVELOPES[version]}"><s:Body>{body}</s:Body></s:Envelope>'


def fault(response: httpx.Response) -> tuple[str, str]:
    """The code and the text of a SOAP 1.1 fault, which has status 500."""
    assert response.status_code == 500, response.text
    found = re.search(r"<faultcode>(.*)</faultcode><faultstring>(.*)</faultstring>", response.text, re.DOTALL)
    assert found is not None, response.text
    return found[1], found[2]
