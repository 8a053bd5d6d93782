"""Brings the custom fields that a write must name: those of the record itself, or those defined for its kind.

ConnectWise has no list of them by kind of record, but every record carries all that are defined for its kind. So what
was just read serves, and only where nothing was is one more request made.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from shared.sync.clock import Clock
from shared.systems.connectwise_psa.models import CustomField, WithCustomFields, same_caption

B = TypeVar("B", bound=WithCustomFields)

REMEMBERED = 1000
"""Of how many records read last the custom fields are kept."""

HOLD = timedelta(seconds=60)
"""How long a record's custom fields are as good as read again; a look takes no longer."""


class Bearer(WithCustomFields):
    """Any record, for its custom fields alone."""

    wire_fields: ClassVar[str] = "id,customFields"


class CustomFields:
    """Custom fields of the records of one tenant, by the path of the list in which a record stands."""

    def __init__(
        self,
        clock: Clock,
        *,
        record: Callable[[str], Bearer],
        sample: Callable[[str], list[Bearer]],
    ) -> None:
        """`record` reads the record at a path, `sample` the first record of a list, if it has one."""
        self._clock = clock
        self._record = record
        self._sample = sample
        self._kept: OrderedDict[tuple[str, int], tuple[datetime, tuple[CustomField, ...]]] = OrderedDict()
        self._of_kind: dict[str, tuple[CustomField, ...]] = {}

    def remember(self, kind: str, records: list[B]) -> list[B]:
        """Keeps what was just read, or just answered to a write, and gives it on."""
        now = self._clock.now()
        for record in records:
            self._kept[kind, record.id] = (now, record.custom_fields)
            self._kept.move_to_end((kind, record.id))
            self._of_kind[kind] = record.custom_fields
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return records

    def of_record(self, kind: str, path: str, record_id: int) -> tuple[CustomField, ...]:
        """The whole array of one record, read a minute ago at most; RecordRejected (`NotFound`) without the record."""
        at, fields = self._kept.get((kind, record_id), (None, ()))
        if at is None or not timedelta(0) <= self._clock.now() - at <= HOLD:
            bearer = self._record(f"{path}/{record_id}")
            self.remember(kind, [bearer])
            fields = bearer.custom_fields
        return fields

    def of_kind(self, kind: str, path: str, captions: Iterable[str]) -> tuple[CustomField, ...]:
        """The fields defined for a kind, without values; those with these captions, if they exist, are among them.

        Looked for in what was read of this kind, else in a record of the same list.
        """
        wanted = list(captions)
        known = self._of_kind.get(kind, ())
        if not _has_all(known, wanted):
            self.remember(kind, self._sample(path))
            known = self._of_kind.get(kind, ())
        return tuple(each.model_copy(update={"value": None}) for each in known)


def _has_all(fields: tuple[CustomField, ...], captions: list[str]) -> bool:
    return all(any(same_caption(each.caption, caption) for each in fields) for caption in captions)
