"""Typed values to XML and back, guided by the dataclasses of `wire`; nothing of it holds a tree.

Writing is strict: every element, in the order of the fields. Reading is lenient: unknown elements are passed over, and
what is missing stays blank. A document type, and with it every entity of its own, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints
from xml.etree import ElementTree

from shared.systems.eautomate.wire import NAMESPACE, Struct

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_CHUNK = 64 * 1024
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEAF_TEXT = re.compile(rb">[^<]*</")


class Unreadable(Exception):
    """The answer is not the XML it should be; the text says where, never what stood there."""


# Writing


def printable(text: str) -> str:
    """`text` without what XML 1.0 cannot carry: control characters, halves of surrogate pairs."""
    return _NO_XML.sub("", text)


def escape(text: str) -> str:
    """`text` as element content. A carriage return goes as a reference, since readers turn a bare one into \\n."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def element(name: str, value: object) -> str:
    """`value` as the element called `name`; nothing for None."""
    if value is None:
        return ""
    return f"<{name}>{_content(value)}</{name}>"


def members(value: object) -> str:
    """The fields of a dataclass as elements, in order."""
    return "".join([element(f.name, getattr(value, f.name)) for f in fields(value)])  # type: ignore[arg-type]


def _content(value: object) -> str:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return "".join([element(type(item).__name__, item) for item in value])
    return members(value)


# Reading


class Slot(NamedTuple):
    """Where an element's value goes, and what it is: a shape of its own, or text that `parse` makes a value of."""

    name: str
    shape: Shape | None
    parse: Callable[[str], Any]


@dataclass(frozen=True)
class Shape:
    """What an element may hold, by qualified tag, and what is made of it.

    `many` gathers its items in a tuple. `alike` says that equal values of one answer are kept once: most of a
    customer's hundred small values are blank or the same as its neighbour's.
    """

    slots: Mapping[str, Slot]
    make: Callable[..., Any]
    many: bool = False
    alike: bool = False


def shape_of(slots: Mapping[str, Any], make: Callable[..., Any]) -> Shape:
    """The shape of an element with these children of the service's namespace: annotation by name."""
    return Shape({f"{{{NAMESPACE}}}{name}": _slot(name, kind) for name, kind in slots.items()}, make)


def parse(body: bytes, shape: Shape) -> Any:
    """The values of the document `body`, by slot, whose root element is one slot of `shape`.

    Raises Unreadable where it is no whole XML document, declares a document type, or a value is not of its type.
    """
    if b"\r" in body and b"<![CDATA[" not in body:
        # The service writes a line break of an address as it is stored, \r\n, and XML makes it \n. It must go back as
        # it was, or a save that means another field would change it.
        body = _LEAF_TEXT.sub(lambda text: text[0].replace(b"\r", b"&#xD;"), body)
    target = _Target(shape)
    parser = ElementTree.XMLParser(target=target)  # noqa: S314 (the target refuses document types)
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
        parser.close()
    except ElementTree.ParseError as broken:
        line, column = broken.position
        raise Unreadable(f"is no whole XML document (line {line}, column {column})") from None
    except (LookupError, ValueError, InvalidOperation):
        raise Unreadable("is in an unknown encoding, or holds a value that is not of its type") from None
    return target.values


class _Target:
    """Takes the parser's events and builds each value as its element ends. Hot: 200 elements make one customer."""

    __slots__ = ("_above", "_seen", "_shape", "_slot", "_text", "_unknown", "values")

    def __init__(self, document: Shape) -> None:
        self.values: Any = {}
        self._shape: Shape | None = document
        self._slot: Slot | None = None
        self._above: list[tuple[Shape | None, Slot | None, Any]] = []
        self._unknown = 0
        self._text: list[str] = []
        self._seen: dict[Any, Any] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        shape = self._shape
        slot = shape.slots.get(tag) if shape is not None else None
        if slot is None or self._unknown or (attributes and attributes.get(_NIL) in {"true", "1"}):
            self._unknown += 1
            return
        self._above.append((shape, self._slot, self.values))
        self._slot = slot
        self._shape = shape = slot.shape
        if shape is None:
            self._text = []
        else:
            self.values = [] if shape.many else {}

    def data(self, text: str) -> None:
        if not self._unknown:
            self._text.append(text)

    def end(self, _tag: str) -> None:
        if self._unknown:
            self._unknown -= 1
            return
        shape, slot, values = self._shape, self._slot, self.values
        assert slot is not None
        value: Any
        if shape is None:
            value = slot.parse("".join(self._text))
        elif shape.alike:
            value = shape.make(**values)
            value = self._seen.setdefault(value, value)
        else:
            value = tuple(values) if shape.many else shape.make(**values)
        self._shape, self._slot, into = self._above.pop()
        self.values = into
        if self._shape is not None and self._shape.many:
            into.append(value)
        else:
            into[slot.name] = value

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise Unreadable("declares a document type")

    def close(self) -> None:
        """Nothing is left to do: every value was made as its element ended."""


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_PARSERS: Mapping[Any, Callable[[str], Any]] = {str: str, int: int, bool: _BOOLEANS.__getitem__, Decimal: Decimal}


def _slot(name: str, kind: Any) -> Slot:
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        items = {f"{{{NAMESPACE}}}{item.__name__}": _slot(item.__name__, item)}
        return Slot(name, Shape(items, tuple, many=True), str)
    if isinstance(kind, type) and is_dataclass(kind):
        return Slot(name, _class_shape(kind), str)
    return Slot(name, None, _PARSERS[kind])


@cache
def _class_shape(kind: type) -> Shape:
    slots = {f"{{{NAMESPACE}}}{name}": _slot(name, hint) for name, hint in get_type_hints(kind).items()}
    return Shape(slots, kind, alike=issubclass(kind, Struct))
