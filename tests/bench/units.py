"""Request units of the table: what DynamoDB bills for a call on demand, told from the items that it concerned.

A read unit is 4 KB read consistently, half of one otherwise; what is not there is billed as the least. A write unit is
1 KB of an item, as it was or as it is, whichever is larger; two in a transaction. An index is billed for its own part.
Source: "Read and write operations" and "Item sizes and formats" of DynamoDB's developer guide.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]
"""An item with its types, as boto3's client has it."""

KB = 1024


@dataclass(frozen=True)
class Index:
    """A sparse index: `keys` decide what is in it, `projected` are the attributes that it holds (empty: all)."""

    keys: tuple[str, str]
    projected: frozenset[str] = frozenset()

    @classmethod
    def all_of(cls, definition: Mapping[str, Any]) -> tuple[Index, ...]:
        """The indexes of a table, from its definition as CreateTable takes it."""
        own = {key["AttributeName"] for key in definition["KeySchema"]}
        return tuple(cls._one(index, own) for index in definition.get("GlobalSecondaryIndexes", ()))

    @classmethod
    def _one(cls, index: Mapping[str, Any], own: set[str]) -> Index:
        hash_, range_ = (key["AttributeName"] for key in index["KeySchema"])
        match index["Projection"]:
            case {"ProjectionType": "ALL"}:
                return cls((hash_, range_))
            case projection:
                return cls((hash_, range_), frozenset({hash_, range_, *own, *projection.get("NonKeyAttributes", ())}))

    def part(self, item: Item) -> Item:
        """What the index holds of an item; nothing where it lacks a key."""
        if any(key not in item for key in self.keys):
            return {}
        return {name: value for name, value in item.items() if not self.projected or name in self.projected}

    def units(self, before: Item, after: Item) -> int:
        """Its share of a write: nothing unless its part changes; an entry that moves is deleted and put."""
        old, new = self.part(before), self.part(after)
        if old == new:
            return 0
        if old and new and any(old[key] != new[key] for key in self.keys):
            return _kilobytes(old) + _kilobytes(new)
        return max(_kilobytes(old), _kilobytes(new))


def read_units(items: Iterable[Item], *, consistent: bool) -> float:
    """Of one query, or of one item that was asked for by key."""
    quarters = max(math.ceil(sum(map(size, items)) / (4 * KB)), 1)
    return quarters if consistent else quarters / 2


def write_units(before: Item, after: Item, indexes: Sequence[Index] = (), *, together: bool = False) -> int:
    """Of one put, update or delete; `together` with others in a transaction. Missing items are empty."""
    own = max(_kilobytes(before), _kilobytes(after))
    return own * (2 if together else 1) + sum(index.units(before, after) for index in indexes)


def size(item: Item) -> int:
    """Bytes of an item, names included."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def unfiltered(query: Mapping[str, Any]) -> dict[str, Any]:
    """The query without its filter, which is billed for what it leaves out, too."""
    rest = {name: value for name, value in query.items() if name != "FilterExpression"}
    used = set(re.findall(r"[#:]\w+", rest["KeyConditionExpression"]))
    for place in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        rest[place] = {name: value for name, value in query[place].items() if name in used}
    return rest


def _kilobytes(item: Item) -> int:
    return max(math.ceil(size(item) / KB), 1)


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            return math.ceil(len(content.lstrip("-")) / 2) + 1 + int(content.startswith("-"))
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(one) for name, one in content.items())
        case "L":
            return 3 + sum(1 + _bytes(one) for one in content)
    raise TypeError(f"an attribute of type {kind} is none of ours")
