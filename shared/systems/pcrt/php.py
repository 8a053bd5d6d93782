"""PCRT's column `pcextra` as PHP's `serialize` writes it: an array of texts by field id, whose lengths count bytes.

What reads back to other bytes than were stored is told as unreadable, so that nothing is guessed and nothing would be
lost by writing: cut texts, lengths that do not fit, objects, what follows the array's end. An empty text is an empty
array, as PCRT itself has it.

The bytes that PHP counted are those of its own connection to the database, which PCRT leaves at the server's default.
Where that was not the column's own character set, the text comes to us with each byte as a character; the lengths tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import phpserialize

_INTEGERS = range(-(2**63), 2**63)


class Unreadable(ValueError):
    """What is stored is no array that PHP wrote; says why."""


def read(stored: str | bytes | None) -> dict[int | str, Any]:
    """The array by its keys, texts decoded; Unreadable where it is none."""
    if not stored:
        return {}
    fault: Exception | None = None
    for data in _as_counted(stored):
        try:
            values = phpserialize.loads(data)
            if phpserialize.dumps(values) == data:
                break
            fault = fault or Unreadable("something stands there that PHP would not have written")
        except (ValueError, TypeError, RecursionError) as error:
            fault = fault or error
    else:
        raise Unreadable(f"pcextra is no array that PHP can have written: {fault}")
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise Unreadable("pcextra is no array")
    read: dict[int | str, Any] = _decoded(values)
    return read


def write(values: Mapping[int | str, Any]) -> str:
    """The array as PHP writes it over a connection in UTF-8, keys that are whole numbers as such.

    ValueError for what PCRT never puts there: decimal numbers, objects, numbers beyond 64 bits.
    """
    text: str = phpserialize.dumps(_plain(values), errors="strict").decode()
    return text


def _as_counted(stored: str | bytes) -> Iterator[bytes]:
    """The bytes that PHP may have counted."""
    if isinstance(stored, bytes):
        yield stored
        return
    yield stored.encode()
    if not stored.isascii() and (data := _byte_per_character(stored)) is not None:
        yield data


def _byte_per_character(text: str) -> bytes | None:
    """Undoes MySQL's latin1, which is cp1252 with the five bytes that this lacks; None where it cannot have been."""
    found = bytearray()
    for character in text:
        try:
            found += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            found.append(ord(character))
    return bytes(found)


def _decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    if isinstance(value, dict):
        return {_decoded(key): _decoded(item) for key, item in value.items()}
    return value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and value in _INTEGERS:
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise ValueError(f"{type(value).__name__} cannot stand in pcextra")


def _key(key: object) -> int | str:
    """PHP itself makes numbers of keys that are written as whole numbers."""
    if isinstance(key, str):
        digits = key.removeprefix("-")
        number = digits.isascii() and digits.isdigit() and key == str(int(key)) and int(key) in _INTEGERS
        return int(key) if number else key
    if isinstance(key, int) and not isinstance(key, bool):
        return key
    raise ValueError(f"{type(key).__name__} cannot be a key in pcextra")
