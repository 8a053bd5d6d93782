"""Values of partners' JSON as adapters read them: nulls and absent ones alike, and in the forms that partners vary.

An id is a text that means nothing. A moment is UTC, a day has no time, money and hours are Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _id(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise ValueError("it is no id")
    return str(value).strip()


def _text(value: object) -> object:
    """Absent is empty; a number in the place of a text is that text."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def _moment(value: object) -> object:
    """ISO text that names its zone, or milliseconds since 1970; empty is None. ValueError for local time."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return datetime.fromtimestamp(float(value) / 1000, UTC)
    told = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(told, datetime) or told.tzinfo is None:
        raise ValueError("it is no moment that names its zone")
    return told.astimezone(UTC)


def _date(value: object) -> object:
    """A day, which may be told with a time behind it; empty is None."""
    return (value[:10] or None) if isinstance(value, str) else value


def _empty(value: object) -> object:
    return None if value == "" else value


def _tuple(value: object) -> object:
    return () if value is None else value


def _flag(value: object) -> object:
    return bool(value)


Id = Annotated[str, BeforeValidator(_id)]
Text = Annotated[str, BeforeValidator(_text)]
Several = BeforeValidator(_tuple)
"""For tuples of other models."""

Texts = Annotated[tuple[Text, ...], Several]
Flag = Annotated[bool, BeforeValidator(_flag)]
Money = Annotated[Decimal | None, BeforeValidator(_empty)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Day = Annotated[date | None, BeforeValidator(_date)]


class Model(BaseModel):
    """Base of what a partner answers: read leniently, never changed."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Opened(Model):
    """A record that people can open. `url` is its page; empty where it has none."""

    page: ClassVar[str] = ""
    """Of one record, below the address of the web application; names of its fields stand in braces."""

    url: str = ""

    @classmethod
    def read(cls, row: Mapping[str, Any], site: str) -> Self:
        """The record in a row, of the web application at `site`; pydantic's ValidationError where it is none."""
        record = cls.model_validate(row)
        return record.model_copy(update={"url": f"{site}/{cls.page.format(**dict(record))}"}) if cls.page else record
