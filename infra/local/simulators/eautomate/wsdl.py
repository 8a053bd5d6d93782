"""Writes the WSDL of the simulated PublicAPI from the schema's table, for clients that load it from the server."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.simulators.eautomate.codec import escape
from infra.local.simulators.eautomate.schema import Field, Operation, Schema, Type

_BINDINGS = (("Soap", "soap"), ("Soap12", "soap12"))


def write_wsdl(schema: Schema, address: str) -> bytes:
    """The WSDL of the whole service at `address`, with a SOAP 1.1 and a SOAP 1.2 port."""
    operations = list(schema.operations.values())
    port_type = f"{schema.service}Soap"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<wsdl:definitions xmlns:s="http://www.w3.org/2001/XMLSchema" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        'xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" '
        'xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        f'xmlns:tns="{schema.namespace}" targetNamespace="{schema.namespace}">',
        "<wsdl:types>",
        f'<s:schema elementFormDefault="qualified" targetNamespace="{schema.namespace}">',
        *(_element(operation.name, operation.request) for operation in operations),
        *(_element(f"{operation.name}Response", operation.answer) for operation in operations),
        *(_complex_type(fields, name) for name, fields in schema.types.items()),
        *(_list_type(kind) for kind in schema.lists()),
        "</s:schema>",
        "</wsdl:types>",
        *(_messages(operation) for operation in operations),
        f'<wsdl:portType name="{port_type}">',
        *(_port_operation(operation) for operation in operations),
        "</wsdl:portType>",
        *(_binding(schema, port_type, suffix, prefix) for suffix, prefix in _BINDINGS),
        f'<wsdl:service name="{schema.service}">',
        *(_port(schema, suffix, prefix, address) for suffix, prefix in _BINDINGS),
        "</wsdl:service>",
        "</wsdl:definitions>",
    ]
    return "\n".join(lines).encode()


def _element(name: str, fields: Sequence[Field]) -> str:
    return f'<s:element name="{name}">{_complex_type(fields)}</s:element>'


def _complex_type(fields: Sequence[Field], name: str | None = None) -> str:
    elements = "".join(
        f'<s:element minOccurs="{int(field.type.required)}" maxOccurs="1" name="{field.name}"'
        f' type="{_reference(field.type)}"/>'
        for field in fields
    )
    head = "<s:complexType>" if name is None else f'<s:complexType name="{name}">'
    content = f"<s:sequence>{elements}</s:sequence>" if fields else ""
    return f"{head}{content}</s:complexType>"


def _list_type(kind: Type) -> str:
    item = Type(kind.item or "")
    nillable = "" if item.required else ' nillable="true"'
    return (
        f'<s:complexType name="{kind.name}"><s:sequence><s:element minOccurs="0" maxOccurs="unbounded"'
        f' name="{item.name}"{nillable} type="{_reference(item)}"/></s:sequence></s:complexType>'
    )


def _reference(kind: Type) -> str:
    return kind.name.replace("xs.", "s:") if kind.primitive else f"tns:{kind.name}"


def _messages(operation: Operation) -> str:
    pairs = (("In", operation.name), ("Out", f"{operation.name}Response"))
    return "".join(
        f'<wsdl:message name="{operation.name}Soap{way}">'
        f'<wsdl:part name="parameters" element="tns:{element}"/></wsdl:message>'
        for way, element in pairs
    )


def _port_operation(operation: Operation) -> str:
    return (
        f'<wsdl:operation name="{operation.name}">'
        f'<wsdl:input message="tns:{operation.name}SoapIn"/>'
        f'<wsdl:output message="tns:{operation.name}SoapOut"/></wsdl:operation>'
    )


def _binding(schema: Schema, port_type: str, suffix: str, prefix: str) -> str:
    body = f'<{prefix}:body use="literal"/>'
    operations = "".join(
        f'<wsdl:operation name="{name}">'
        f'<{prefix}:operation soapAction="{schema.namespace}/{name}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
        for name in schema.operations
    )
    return (
        f'<wsdl:binding name="{schema.service}{suffix}" type="tns:{port_type}">'
        f'<{prefix}:binding transport="http://schemas.xmlsoap.org/soap/http"/>{operations}</wsdl:binding>'
    )


def _port(schema: Schema, suffix: str, prefix: str, address: str) -> str:
    name = f"{schema.service}{suffix}"
    return f'<wsdl:port name="{name}" binding="tns:{name}"><{prefix}:address location="{escape(address)}"/></wsdl:port>'
