"""The simulated PublicAPI's types and operations, read from `publicapi.toml` into one frozen table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

AUTH = "Auth"
_SHORT = {
    "": "String_ex",
    "int": "Int_ex",
    "bool": "Bool_ex",
    "double": "Double_ex",
    "decimal": "Decimal_ex",
    "date": "DateTime_ex",
    "code": "eaCodeType",
}
# The service's structs, as against its classes: a struct is never null, so its element is always there.
STRUCTS = frozenset(_SHORT.values())


@dataclass(frozen=True, slots=True)
class Type:
    """A type by name: `xs.string`, a struct such as `Int_ex`, a class such as `CustomerData`, or a list."""

    name: str
    item: str | None = None

    @property
    def primitive(self) -> bool:
        """Whether it is a plain XML Schema type, named `xs.…`."""
        return self.name.startswith("xs.")

    @property
    def required(self) -> bool:
        """Whether an element of this type must be there: everything but strings and classes."""
        return self.name in STRUCTS or (self.primitive and self.name != "xs.string")


@dataclass(frozen=True, slots=True)
class Field:
    """One element of a sequence."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what its request and its answer elements hold, in order."""

    name: str
    request: tuple[Field, ...]
    answer: tuple[Field, ...]
    needs_auth: bool


@dataclass(frozen=True, slots=True)
class Schema:
    """The whole contract; `types` holds the fields of every struct and class, lists aside."""

    namespace: str
    service: str
    types: Mapping[str, tuple[Field, ...]]
    operations: Mapping[str, Operation]

    def lists(self) -> Iterator[Type]:
        """Every list type that some field or answer uses, each once, in order of first use."""
        seen: set[str] = set()
        sequences = [*self.types.values()]
        for operation in self.operations.values():
            sequences += [operation.request, operation.answer]
        for fields in sequences:
            for field in fields:
                if field.type.item is not None and field.type.name not in seen:
                    seen.add(field.type.name)
                    yield field.type


@cache
def load_schema() -> Schema:
    """Read the table that lies beside this module. Raises KeyError for a field of a type it does not have."""
    table = tomllib.loads(Path(__file__).with_name("publicapi.toml").read_text("utf-8"))
    types = {name: _fields(text) for name, text in table["types"].items()}
    without_auth = set(table["without_auth"])
    operations = {name: _operation(name, text, name not in without_auth) for name, text in table["operations"].items()}
    schema = Schema(table["namespace"], table["service"], types, operations)
    for fields in [*types.values(), *(o.request + o.answer for o in operations.values())]:
        for field in fields:
            if not field.type.primitive and (field.type.item or field.type.name) not in types:
                raise KeyError(f"{field.name} is of the unknown type {field.type.name}")
    return schema


def _operation(name: str, text: str, needs_auth: bool) -> Operation:
    request, result = text.split("->")
    first, *others = result.split()
    auth = (Field(AUTH, Type("AuthInfo")),) if needs_auth else ()
    answer = (Field(f"{name}Result", _type(first)), *_fields(" ".join(others)))
    return Operation(name, auth + _fields(request), answer, needs_auth)


def _fields(text: str) -> tuple[Field, ...]:
    pairs = (token.partition(":") for token in text.split())
    return tuple(Field(name, _type(short)) for name, _, short in pairs)


def _type(short: str) -> Type:
    if short.endswith("[]"):
        item = short.removesuffix("[]")
        return Type(f"ArrayOf{item[0].upper()}{item[1:]}", item)
    return Type(_SHORT.get(short, short))
