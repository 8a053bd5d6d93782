"""Values of the simulated e-automate between XML and Python, by the schema; what that does not allow is refused.

| in the service | in Python |
| --- | --- |
| Int_ex, Bool_ex, String_ex and the like | int, bool, str, Decimal, datetime; None where Valid is false |
| eaCodeType | `Code`, each half None where its Valid is false; written from None with both halves invalid |
| a class, a list of T | dict by field name, list; None where the element is absent |

Datetimes are the server's local time and carry no zone. A zoned one is refused: what the service makes of
it is not known, so a client had better not send any (assumed). Stricter than ASP.NET, which overlooks
unknown elements and lets missing ones default: here a missing required element, an unknown one and any out
of order are refused, because zeep refuses them too and a careless client should be found out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from infra.local.simulators.eautomate.schema import Field, Schema, Type

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LEXICAL = {
    "xs.int": re.compile(r"[+-]?\d{1,10}"),
    "xs.boolean": re.compile(r"true|false|0|1"),
    "xs.double": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?"),
    "xs.decimal": re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"),
    "xs.dateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?"),
}
_INT_LIMIT = 2**31


class Malformed(Exception):
    """The XML is not what the schema asks for; the text names the element, never its value."""


@dataclass(frozen=True, slots=True)
class Code:
    """An eaCodeType: what names a record, by ID, by code or by both."""

    id: int | None = None
    code: str | None = None

    def __bool__(self) -> bool:
        return self.id is not None or self.code is not None


Writer = Callable[[Any], str]


class Codec:
    """Reads and writes values of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._prefix = f"{{{schema.namespace}}}"
        self._writers: dict[Field, Writer] = {}

    # Reading

    def read_sequence(self, fields: Sequence[Field], element: Element, path: str) -> dict[str, Any]:
        """The children of `element`, which are `fields` in order; None for an optional one left out.

        `path` names the element in messages. Raises Malformed.
        """
        _only_elements(element, path)
        values: dict[str, Any] = {}
        children = list(element)
        place = 0
        for field in fields:
            where = f"{path}/{field.name}"
            if place < len(children) and children[place].tag == self._prefix + field.name:
                values[field.name] = self._read(field.type, children[place], where)
                place += 1
            elif field.type.required:
                raise Malformed(f"{where} is missing or out of order")
            else:
                values[field.name] = None
        if place < len(children):
            name = children[place].tag.removeprefix(self._prefix)
            raise Malformed(f"{path}/{name} is unknown, repeated or out of order")
        return values

    def _read(self, kind: Type, element: Element, path: str) -> Any:
        if kind.primitive:
            return _read_primitive(kind.name, element, path)
        if kind.item is not None:
            return self._read_list(kind.item, element, path)
        values = self.read_sequence(self._schema.types[kind.name], element, path)
        if kind.name == "eaCodeType":
            return Code(values["ID"], values["Code"])
        if kind.name.endswith("_ex"):
            return values["Value"] if values["Valid"] else None
        return values

    def _read_list(self, item: str, element: Element, path: str) -> list[Any]:
        _only_elements(element, path)
        kind = Type(item)
        items: list[Any] = []
        for number, child in enumerate(element, 1):
            where = f"{path}/{item}[{number}]"
            if child.tag != self._prefix + item:
                raise Malformed(f"{where}: something else stands there")
            nil = not kind.required and child.get(NIL) in {"true", "1"}
            items.append(None if nil else self._read(kind, child, where))
        return items

    # Writing

    def write_sequence(self, fields: Sequence[Field], values: dict[str, Any]) -> str:
        """`values` as the elements of `fields`; a value that is not there is written as None."""
        return "".join([self._writer(field)(values.get(field.name)) for field in fields])

    def _writer(self, field: Field) -> Writer:
        writer = self._writers.get(field)
        if writer is None:
            writer = self._writers[field] = self._make_writer(field.name, field.type)
        return writer

    def _make_writer(self, name: str, kind: Type) -> Writer:
        if kind.primitive:
            return _primitive_writer(name, kind)
        if kind.item is not None:
            return self._list_writer(name, kind.item)
        if kind.name == "eaCodeType":
            return self._code_writer(name)
        if kind.name == "DateTime_ex":
            return _datetime_writer(name)
        if kind.name.endswith("_ex"):
            return _scalar_writer(name, self._schema.types[kind.name][0].type.name)
        return self._class_writer(name, kind)

    def _class_writer(self, name: str, kind: Type) -> Writer:
        parts = [(field.name, self._writer(field)) for field in self._schema.types[kind.name]]

        def write(value: dict[str, Any] | None) -> str:
            if value is None:
                return ""
            get = value.get
            return f"<{name}>{''.join([writer(get(part)) for part, writer in parts])}</{name}>"

        return write

    def _list_writer(self, name: str, item: str) -> Writer:
        write_item = self._writer(Field(item, Type(item)))

        def write(values: list[Any] | None) -> str:
            return "" if values is None else f"<{name}>{''.join(map(write_item, values))}</{name}>"

        return write

    def _code_writer(self, name: str) -> Writer:
        write_id, write_code = (self._writer(field) for field in self._schema.types["eaCodeType"])
        nothing = f"<{name}>{write_id(None)}{write_code(None)}</{name}>"

        def write(value: Code | None) -> str:
            return f"<{name}>{write_id(value.id)}{write_code(value.code)}</{name}>" if value else nothing

        return write


def escape(text: str) -> str:
    """`text` as element content; a carriage return, common in addresses, survives the reader."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def write_datetime(moment: datetime) -> str:
    """A local datetime as the service writes it: to the second, with thousandths where there are any."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _read_primitive(name: str, element: Element, path: str) -> Any:
    if len(element):
        raise Malformed(f"{path} holds elements where text belongs")
    text = element.text or ""
    if name == "xs.string":
        return text
    text = text.strip()
    if _LEXICAL[name].fullmatch(text) is None:
        raise Malformed(f"{path} is no {name.replace('.', ':')}")
    if name == "xs.boolean":
        return text in {"true", "1"}
    if name == "xs.dateTime":
        try:
            return datetime.fromisoformat(text)
        except ValueError as wrong:
            raise Malformed(f"{path} is no date that exists") from wrong
    if name != "xs.int":
        return Decimal(text)
    number = int(text)
    if not -_INT_LIMIT <= number < _INT_LIMIT:
        raise Malformed(f"{path} is out of the range of xs:int")
    return number


def _only_elements(element: Element, path: str) -> None:
    texts = (element.text, *(child.tail for child in element))
    if any(text is not None and not text.isspace() for text in texts):
        raise Malformed(f"{path} holds text where elements belong")


def _text_of(primitive: str) -> Writer:
    if primitive == "xs.string":
        return escape
    if primitive == "xs.boolean":
        return lambda value: "true" if value else "false"
    if primitive == "xs.dateTime":
        return write_datetime
    if primitive == "xs.int":
        return str
    return lambda value: format(value if isinstance(value, Decimal) else Decimal(str(value)), "f")


_FILLER = {"xs.string": "", "xs.boolean": "false", "xs.dateTime": "1900-01-01T00:00:00"}


def _primitive_writer(name: str, kind: Type) -> Writer:
    text = _text_of(kind.name)
    nothing = f"<{name}>{_FILLER.get(kind.name, '0')}</{name}>" if kind.required else ""
    return lambda value: nothing if value is None else f"<{name}>{text(value)}</{name}>"


def _scalar_writer(name: str, primitive: str) -> Writer:
    text = _text_of(primitive)
    head, tail = f"<{name}><Value>", f"</Value><Valid>true</Valid></{name}>"
    nothing = f"<{name}><Value>{_FILLER.get(primitive, '0')}</Value><Valid>false</Valid></{name}>"
    return lambda value: nothing if value is None else f"{head}{text(value)}{tail}"


def _datetime_writer(name: str) -> Writer:
    as_string = _scalar_writer("ValueAsString", "xs.string")
    filler = f"<{name}><Value>{_FILLER['xs.dateTime']}</Value>{as_string(None)}<Valid>false</Valid></{name}>"

    def write(value: datetime | None) -> str:
        if value is None:
            return filler
        text = write_datetime(value)
        return f"<{name}><Value>{text}</Value>{as_string(text)}<Valid>true</Valid></{name}>"

    return write
