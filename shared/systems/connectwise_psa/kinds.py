"""What a row of the table of writable records says: where a record lives, and how each of our fields is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from shared.systems.connectwise_psa.models import Record, WithCustomFields


@dataclass(frozen=True)
class Field(ABC):
    """How one of our fields is written; `name` is ConnectWise's."""

    name: str

    @abstractmethod
    def written(self, value: Any) -> Any:
        """The value as ConnectWise takes it."""


@dataclass(frozen=True)
class Plain(Field):
    """A text (of `limit` characters at most, where known), a number or a flag."""

    limit: int | None = None

    def written(self, value: Any) -> Any:
        return scalar(value)


@dataclass(frozen=True)
class Number(Field):
    """An id where ConnectWise has a bare number in the place of a reference."""

    def written(self, value: Any) -> Any:
        return None if value is None else int(value)


@dataclass(frozen=True)
class To(Field):
    """A reference: a number is an id; a text is what the other record is known `by` (an id, too, if by `id`)."""

    by: str = "name"

    def written(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, int) or self.by == "id":
            return {"id": int(value)}
        return {self.by: value}


@dataclass(frozen=True)
class ToSeveral(To):
    """References to several records."""

    def written(self, value: Any) -> Any:
        return [super(ToSeveral, self).written(each) for each in value]


@dataclass(frozen=True)
class Kind:
    """One kind of record: `path` of its list, the model of its answers, its fields by our names.

    `parent` is our name of the field that goes into the path; `only_new` are fields that ConnectWise takes with a
    create and refuses later. `read_back`: a create is believed only once a read of its own finds the record. `reached`:
    its `REACHED_BY` and `ADDED` are written as communication items. `within`: it is posted, and answered, as one of
    this list.
    `part`: it belongs to another record, a project to a partner's, and may be deleted.
    """

    name: str
    path: str
    model: type[Record]
    fields: Mapping[str, Field]
    parent: str = ""
    only_new: frozenset[str] = field(default_factory=frozenset)
    read_back: bool = False
    reached: bool = False
    within: str = ""
    part: bool = False

    @property
    def has_custom_fields(self) -> bool:
        return issubclass(self.model, WithCustomFields)

    def list_path(self, fields: Mapping[str, Any]) -> str:
        """The path of the list in which the record stands; ValueError where its parent is not given."""
        if not self.parent:
            return self.path
        if not fields.get(self.parent):
            raise ValueError(f"a step for a {self.name} must name its {self.parent}")
        return self.path.format(parent=int(fields[self.parent]))


def scalar(value: Any) -> Any:
    """A moment in the one form that every endpoint takes, a date as midnight; anything else as it is."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{value:%Y-%m-%d}T00:00:00Z" if isinstance(value, date) else value
