"""Writes the tables of settings (settings.md) and of parameters (deploy.md): `python -m infra.docs.settings`.

They stand between two marks in their file; a test holds them equal to the models and to template.yaml.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from samtranslator.yaml_helper import yaml_parse

from functions.wiring import settings_models
from shared.sync.connection import Connection, Mail, SystemSettings
from shared.sync.flow import FlowSettings

ROOT = Path(__file__).parents[2]


def settings() -> str:
    """Every setting of a connection, a table for each place in the config file."""
    tables: list[tuple[str, type[BaseModel], Iterable[str]]] = [
        ("[[connection]]", Connection, ("mail", "systems", "flows")),
        ("[connection.mail]", Mail, ()),
        ("[connection.systems.SYSTEM]", SystemSettings, ()),
        ("[connection.flows.FLOW]", FlowSettings, ()),
    ]
    tables += [
        (f"[connection.flows.{flow}]", model, tuple(_as_in_every_flow(model)))
        for flow, model in settings_models().items()
    ]
    told = []
    for place, model, leave_out in tables:
        table = _table(("setting", "default", "what it is"), list(_fields(model, leave_out)))
        told.append(f"## `{place}`\n\n{table}")
    return "\n" + "\n".join(told)


def parameters() -> str:
    """Every parameter of the template."""
    declared = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    rows = [
        (f"`{name}`", str(parameter["Default"]) or "none", " ".join(parameter["Description"].split()))
        for name, parameter in declared.items()
    ]
    return _table(("parameter", "default", "what it is"), rows)


PLACES: dict[str, tuple[Path, Callable[[], str]]] = {
    "settings": (ROOT / "infra" / "docs" / "settings.md", settings),
    "parameters": (ROOT / "infra" / "docs" / "deploy.md", parameters),
}
"""By the name in the marks: the file, and what belongs between them."""


def renewed(name: str) -> tuple[Path, str]:
    """The file of a table, and its text with the table as it should be. ValueError where a mark is missing."""
    path, table = PLACES[name]
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: python -m infra.docs.settings -->\n", f"<!-- end of {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path.name} must hold once each: {begin.strip()} and {end}")
    head, rest = text.split(begin)
    return path, f"{head}{begin}{table()}{end}{rest.split(end)[1]}"


def _fields(model: type[BaseModel], leave_out: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        if name not in leave_out:
            yield f"`{name}`", _default(field), f"{field.description} {_choices(field)}".strip()


def _as_in_every_flow(model: type[BaseModel]) -> Iterator[str]:
    """The settings that this flow has as all flows have them."""
    for name, field in FlowSettings.model_fields.items():
        if _default(model.model_fields[name]) == _default(field):
            yield name


def _default(field: FieldInfo) -> str:
    return "(needed)" if field.is_required() else _shown(field.get_default(call_default_factory=True))


def _choices(field: FieldInfo) -> str:
    """What the type or its limits say beyond the description."""
    if str(get_origin(field.annotation)) == "typing.Literal":
        return f"({' or '.join(f'`{_toml(one)}`' for one in get_args(field.annotation))})"
    limits = {type(limit).__name__: limit for limit in field.metadata}
    if "Ge" in limits and "Le" in limits:
        return f"({limits['Ge'].ge} to {limits['Le'].le})"
    return ""


def _shown(value: Any) -> str:
    """A default as it would stand in the file; none where it is empty."""
    return "none" if value in ("", [], {}, None) else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    match value:
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return str(value)


def _table(head: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main() -> int:
    for name in PLACES:
        path, text = renewed(name)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
