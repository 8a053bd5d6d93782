"""SOAP 1.1 and 1.2 envelopes on the server's side: requests taken apart, answers and faults built.

Faults are answered with HTTP 500 in both versions (ASP.NET's habit; assumed, the WSDL declares no fault).
A document type is refused before anything it declares could be used.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from infra.local.simulators.eautomate.codec import escape

Version = Literal["1.1", "1.2"]
ENVELOPES: dict[Version, str] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
MEDIA_TYPES: dict[str, Version] = {"text/xml": "1.1", "application/soap+xml": "1.2"}
CONTENT_TYPES: dict[Version, str] = {version: f"{media}; charset=utf-8" for media, version in MEDIA_TYPES.items()}
_CODES_1_2 = {"Client": "Sender", "Server": "Receiver"}
_TRUE = {"1", "true"}


class SoapFault(Exception):
    """To be answered as a fault; `code` is SOAP 1.1's local name, `text` becomes the faultstring."""

    def __init__(self, code: Literal["Client", "Server", "VersionMismatch", "MustUnderstand"], text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class ContentType:
    """The parts of a Content-Type header that matter here."""

    media: str
    charset: str | None
    action: str | None


def content_type(header: str) -> ContentType:
    """Take a Content-Type header apart."""
    message = Message()
    message["Content-Type"] = header
    action = message.get_param("action")
    return ContentType(
        message.get_content_type(), message.get_content_charset(), action if isinstance(action, str) else None
    )


def soap_action(headers: dict[str, str]) -> str | None:
    """The action that the headers (lower-case names) ask for, without quotes; None where they name none."""
    action = content_type(headers.get("content-type", "")).action or headers.get("soapaction")
    return None if action is None else action.strip().strip('"')


def open_envelope(body: bytes, version: Version, charset: str | None) -> Element:
    """The one element inside the Body. Raises SoapFault for anything that is no envelope of `version`."""
    root = _parse(body, charset)
    namespace = ENVELOPES[version]
    if root.tag != f"{{{namespace}}}Envelope":
        raise SoapFault("VersionMismatch", f"The envelope is not one of SOAP {version}.")
    parts = list(root)
    if parts and parts[0].tag == f"{{{namespace}}}Header":
        for header in parts.pop(0):
            if header.get(f"{{{namespace}}}mustUnderstand") in _TRUE:
                raise SoapFault("MustUnderstand", f"The SOAP header {header.tag} is not understood.")
    if len(parts) != 1 or parts[0].tag != f"{{{namespace}}}Body" or len(parts[0]) != 1:
        raise SoapFault("Client", "Server was unable to read request: one Body with one element is needed.")
    return parts[0][0]


def build_envelope(version: Version, content: str) -> bytes:
    """An envelope around `content`, which is the serialised content of the Body."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{ENVELOPES[version]}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{content}</soap:Body></soap:Envelope>"
    ).encode()


def build_fault(version: Version, fault: SoapFault) -> bytes:
    """The envelope of a fault, with an empty detail."""
    text = escape(fault.text)
    if version == "1.1":
        content = f"<faultcode>soap:{fault.code}</faultcode><faultstring>{text}</faultstring><detail/>"
    else:
        content = (
            f"<soap:Code><soap:Value>soap:{_CODES_1_2.get(fault.code, fault.code)}</soap:Value></soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="en">{text}</soap:Text></soap:Reason><soap:Detail/>'
        )
    return build_envelope(version, f"<soap:Fault>{content}</soap:Fault>")


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds a tree of a document that declares no type, and so no entities of its own."""

    def doctype(self, *_: Any) -> None:
        raise SoapFault("Client", "Server was unable to read request: a document type is not allowed.")


def _parse(body: bytes, charset: str | None) -> Element:
    try:
        parser = ElementTree.XMLParser(target=_NoDoctype(), encoding=charset)  # noqa: S314 (no document type)
        parser.feed(body)
        root: Element = parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as wrong:
        raise SoapFault("Client", f"Server was unable to read request: {wrong}") from wrong
    return root
