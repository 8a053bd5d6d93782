"""Reads a file of accounts as Quickpass's dashboard exports them: what is wrong is named by line, the rest is good.

That the dashboard exports accounts as CSV is documented, its columns are not. Assumed are these headings, in any order,
letter case aside: `First Name`, `Last Name`, `Email` (or `Email Address`), `Mobile` (or `Mobile Number`, `Mobile
Phone`), `Username` (or `UPN`, `User Principal Name`), `Source` (or `Account Type`), `Enabled`, `ID`. Needed is one of
`ID` and `Username`, by which an account is known again in the next file; what else is missing is empty. Other columns
are passed over. Commas or semicolons stand between cells, and the text is UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.sync.imported import Row
from shared.sync.record import fold

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "first_name": ("first name", "firstname"),
    "last_name": ("last name", "lastname"),
    "email": ("email", "email address", "e-mail"),
    "mobile": ("mobile", "mobile number", "mobile phone"),
    "upn": ("username", "upn", "user principal name"),
    "source": ("source", "account type"),
    "enabled": ("enabled",),
}
_YES, _NO = frozenset({"", "yes", "true", "1", "enabled"}), frozenset({"no", "false", "0", "disabled"})


class NoSuchFile(ValueError):
    """The file as a whole cannot be read; the text says why, and what to do."""


@dataclass(frozen=True)
class Fault:
    """A line that cannot be taken, by its number in the file (the headings are line 1), and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True)
class File:
    """What a file says: its good rows, and what is wrong with the others."""

    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(content: bytes) -> File:
    """The accounts of a file; NoSuchFile where it is none of accounts at all."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoSuchFile("it is no UTF-8 text: save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = _columns(next(lines, []))
    rows: dict[str, Row] = {}
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for line, cells in _numbered(lines, faults):
        values = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
        why = _wrong(values, cells, columns)
        id_ = values.get("id") or fold(values.get("upn", ""))
        if not why and id_ in seen:
            why = f"it is the account of line {seen[id_]} again ({id_})"
        if why:
            faults.append(Fault(line, why))
            continue
        seen[id_] = line
        rows[id_] = Row(id_, _fields(values))
    return File(tuple(rows.values()), tuple(sorted(faults, key=lambda fault: fault.line)))


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """The place of each column that is there; NoSuchFile where accounts could not be told apart."""
    known = {fold(heading): place for place, heading in enumerate(headings)}
    found = {name: known[one] for name, some in HEADINGS.items() for one in some if one in known}
    if not {"id", "upn"} & found.keys():
        told = ", ".join(heading.strip() for heading in headings) or "none"
        raise NoSuchFile(f"it has no column Username or ID, by which accounts are told apart; its headings: {told}")
    return found


def _numbered(lines: Iterator[list[str]], faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not blank, with its number; what is no CSV ends the file, as a fault."""
    line = 2
    while True:
        try:
            cells = next(lines, None)
        except csv.Error as error:
            faults.append(Fault(line, f"it cannot be read, nor can what follows: {error}"))
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = getattr(lines, "line_num", line) + 1


def _wrong(values: Mapping[str, str], cells: Sequence[str], columns: Mapping[str, int]) -> str:
    """What is wrong with a line; empty where nothing is."""
    if len(cells) <= max(columns.values()):
        return f"it has {len(cells)} cells, fewer than there are columns"
    if not (values.get("id") or values.get("upn")):
        return "it has neither a Username nor an ID"
    email = values.get("email", "")
    if email and (email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email):
        return f"{email!r} is no e-mail address"
    if fold(values.get("enabled", "")) not in _YES | _NO:
        return f"Enabled is {values['enabled']!r}, neither yes nor no"
    return ""


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    fields = {name: text for name, text in values.items() if name not in ("id", "enabled")}
    return {**fields, "enabled": "yes" if fold(values.get("enabled", "")) in _YES else ""}
