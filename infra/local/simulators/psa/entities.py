"""The table of what the PSA keeps: each entity's path, fields and rules, read from `entities/*.toml`.

A table is headed by the resource's name as the PSA's errors spell it. Its `fields` are words `name:type`:

* `s` or `s50` text (of at most 50 characters), `i` integer, `n` number, `b` boolean, `t` UTC date and time,
  `g` guid, `o` any object, `A|B` or `@list` one of these values;
* `>company` a reference that must exist, `>companySite@company` one that must belong to the record that the
  field `company` names, `~` a reference into a set-up table that the simulator does not keep;
* `[i]`, `[s]`, `[>x]` lists, `[{Part}]` a list of parts, `{Part}` one part (see `entities/choices.toml`);
* flags at the end: `!` required, `+` required on updates, `-` taken but never returned, `.` never taken,
  `^` taken on POST only.

Other keys: `path`, with `{id}` for the parent's; `parent` and the `parent_fields` that show it; `same_as`
(another path to the same records); `shows` (what a reference to it carries besides the id);
`computed` (fields made of others under another path); `unique`;
`one_of` (at least one is required); `ranges`; `callback` and `audit` (its type there); `pod` (it has custom
fields, defined under this pod); `ids` (whose id sequence it shares); `first` (the first id);
`created` (status of POST) and `as_list` (verbs whose one record comes in a list); `verbs`;
`defaults` (`@default` is the record of the set-up table whose `defaultFlag` is set, else the first).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "entities"
ALL_VERBS = "get post count one:get one:put one:patch one:delete"
_WORD = re.compile(r"^(?P<name>\w+):(?P<type>.+?)(?P<flags>[!+\-.^]*)$")
_KINDS = {"i": "integer", "n": "number", "b": "boolean", "t": "time", "g": "guid", "o": "object", "~": "loose"}


@dataclass(frozen=True)
class Field:
    """One field: `kind` is text, integer, number, boolean, time, guid, object, loose, choice, ref or part."""

    name: str
    kind: str
    many: bool = False
    limit: int | None = None
    choices: tuple[str, ...] = ()
    target: str = ""
    scope: str = ""
    required: bool = False
    required_on_update: bool = False
    write_only: bool = False
    read_only: bool = False
    create_only: bool = False


@dataclass(frozen=True)
class Entity:
    """One entity, see the module's docstring."""

    resource: str
    path: str
    fields: Mapping[str, Field]
    parent: str = ""
    parent_fields: tuple[str, ...] = ()
    same_as: str = ""
    shows: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    callback: str = ""
    audit: str = ""
    pod: int = 0
    ids: str = ""
    first: int = 1
    created: int = 201
    as_list: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset(ALL_VERBS.split())
    defaults: Mapping[str, Any] = field(default_factory=dict)
    spelling: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept_as(self) -> str:
        """The resource under which its records are stored."""
        return self.same_as or self.resource

    @property
    def sequence(self) -> str:
        """The resource from whose sequence its ids come."""
        return self.ids or self.kept_as


def parse_fields(words: str, choices: Mapping[str, str]) -> dict[str, Field]:
    """The fields written in the notation above. Raises ValueError for a word that is not."""
    fields: dict[str, Field] = {}
    for word in words.split():
        match = _WORD.match(word)
        if match is None:
            raise ValueError(f"not a field: {word}")
        fields[match["name"]] = _field(match["name"], match["type"], match["flags"], choices)
    return fields


def _field(name: str, written: str, flags: str, choices: Mapping[str, str]) -> Field:
    many = written.startswith("[")
    inner = written[1:-1] if many else written
    values: dict[str, Any] = {}
    if inner.startswith("@"):
        inner = choices[inner[1:]]
    if inner.startswith(">"):
        target, _, scope = inner[1:].partition("@")
        values = {"kind": "ref", "target": target, "scope": scope}
    elif inner.startswith("{"):
        values = {"kind": "part", "target": inner[1:-1]}
    elif "|" in inner:
        values = {"kind": "choice", "choices": tuple(inner.split("|"))}
    elif inner in _KINDS:
        values = {"kind": _KINDS[inner]}
    elif re.fullmatch(r"s\d*", inner):
        values = {"kind": "text", "limit": int(inner[1:]) if inner[1:] else None}
    else:
        raise ValueError(f"not a type: {name}:{written}")
    return Field(
        name,
        many=many,
        required="!" in flags,
        required_on_update="+" in flags,
        write_only="-" in flags,
        read_only="." in flags,
        create_only="^" in flags,
        **values,
    )


@dataclass(frozen=True)
class Table:
    """All entities by resource, and the parts that occur inside records."""

    entities: Mapping[str, Entity]
    parts: Mapping[str, Mapping[str, Field]]

    def __getitem__(self, resource: str) -> Entity:
        return self.entities[resource]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities.values())

    def routes(self) -> Mapping[tuple[str, ...], Entity]:
        """Entities by the words of their path in lower case, ids as `{id}`."""
        return {tuple(entity.path.lower().strip("/").split("/")): entity for entity in self}

    def owned_by(self, resource: str) -> list[Entity]:
        """The entities whose records belong to a record of `resource`."""
        return [entity for entity in self if entity.parent == resource and not entity.same_as]


def _entity(resource: str, written: dict[str, Any], choices: Mapping[str, str]) -> Entity:
    fields = parse_fields(written.pop("fields"), choices)
    lists: dict[str, Any] = {
        name: tuple(written.pop(name)) for name in ("parent_fields", "unique", "one_of") if name in written
    }
    ranges = {name: (low, high) for name, (low, high) in written.pop("ranges", {}).items()}
    verbs = frozenset(written.pop("verbs", ALL_VERBS).split())
    as_list = frozenset(written.pop("as_list", "").split())
    spelling = {name.lower(): name for name in fields}
    return Entity(
        resource=resource,
        fields=fields,
        ranges=ranges,
        verbs=verbs,
        as_list=as_list,
        spelling=spelling,
        **lists,
        **written,
    )


@cache
def load() -> Table:
    """The table as it stands in the files; read once."""
    shared = tomllib.loads((FOLDER / "choices.toml").read_text())
    choices: dict[str, str] = shared["choices"]
    entities: dict[str, Entity] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        if file.name == "choices.toml":
            continue
        for resource, written in tomllib.loads(file.read_text()).items():
            entities[resource] = _entity(resource, written, choices)
    parts = {name: parse_fields(words, choices) for name, words in shared["parts"].items()}
    table = Table(entities, parts)
    _check(table)
    return table


def _check(table: Table) -> None:
    """Every reference in the table must lead somewhere; a slip here would only show as a strange refusal."""
    everything = [(entity.resource, fields) for entity in table for fields in entity.fields.values()]
    everything += [(name, fields) for name, part in table.parts.items() for fields in part.values()]
    for where, known in everything:
        if known.kind == "ref" and known.target not in table.entities:
            raise ValueError(f"{where}.{known.name} refers to {known.target}, which is not in the table")
        if known.kind == "part" and known.target not in table.parts:
            raise ValueError(f"{where}.{known.name} is made of {known.target}, which is not in the table")
