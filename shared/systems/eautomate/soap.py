"""SOAP 1.1 envelopes: a request's bytes, and the answer or the fault in the bytes that came back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from shared.systems.eautomate import xml
from shared.systems.eautomate.requests import Answer, Request
from shared.systems.eautomate.wire import NAMESPACE, AuthInfo
from shared.systems.eautomate.xml import Shape, Slot, Unreadable

R = TypeVar("R")

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Fault:
    """A SOAP fault. `text` is the server's own words, as they came; `code` its faultcode without prefix."""

    code: str
    text: str


def headers(request: Request[Any]) -> dict[str, str]:
    """The headers that go with the envelope of `request`."""
    return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{request.operation}"'}


def envelope(request: Request[Any], auth: AuthInfo) -> bytes:
    """The document that asks for `request`. It holds the password: it goes to the server and nowhere else."""
    name = request.operation
    content = xml.element("Auth", auth) if request.needs_auth else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{_ENVELOPE}"><soap:Body>'
        f'<{name} xmlns="{NAMESPACE}">{content}{xml.members(request)}</{name}>'
        "</soap:Body></soap:Envelope>"
    ).encode()


def open_answer(request: Request[R], body: bytes) -> Answer[R] | Fault:
    """What the server answered to `request`; raises Unreadable where that is neither its answer nor a fault."""
    document = xml.parse(body, _document(request.operation, request.result))
    if "Envelope" not in document:
        raise Unreadable("is no SOAP envelope")
    content = document["Envelope"].get("Body", {})
    outcome: Answer[R] | Fault | None = content.get("Fault") or content.get("Answer")
    if outcome is None:
        raise Unreadable(f"holds no answer to {request.operation}")
    return outcome


@cache
def _document(name: str, result: Any) -> Shape:
    """The shape of every document that may answer the operation called `name`, whose result is of type `result`."""
    answer = xml.shape_of({f"{name}Result": result, "ErrorString": str}, _answer)
    fault = Shape({"faultcode": Slot("code", None, str), "faultstring": Slot("text", None, str)}, _fault)
    body = Shape(
        {
            f"{{{_ENVELOPE}}}Fault": Slot("Fault", fault, str),
            f"{{{NAMESPACE}}}{name}Response": Slot("Answer", answer, str),
        },
        dict,
    )
    envelope = Shape({f"{{{_ENVELOPE}}}Body": Slot("Body", body, str)}, dict)
    return Shape({f"{{{_ENVELOPE}}}Envelope": Slot("Envelope", envelope, str)}, dict)


def _answer(**values: Any) -> Answer[Any]:
    (result,) = [value for name, value in values.items() if name != "ErrorString"] or [None]
    return Answer(result, values.get("ErrorString", ""))


def _fault(code: str = "", text: str = "") -> Fault:
    return Fault(code.rpartition(":")[2].strip(), text.strip())
