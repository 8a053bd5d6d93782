"""The config file of the local cloud: connections, their systems and where their keys come from, all faults at once.

[[connection]]
id = "acme"
time_zone = "America/Chicago"

[connection.systems.connectwise_psa]       # left out, or without base_url: simulated
base_url = "https://api-na.myconnectwise.net"
company = "acme"
keys = {public_key = "env:CW_PUBLIC", private_key = "env:CW_PRIVATE", client_id = "env:CW_CLIENT_ID"}

[connection.flows.eautomate_customers]     # the flow's own settings
create_missing = true
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from functions import wiring
from shared.sync.connection import Connection

ENVIRONMENT = "env:"
UNSET = "http://127.0.0.1"
"""Stands for the base URL of a simulated system until its simulator serves."""

DEMO_KEYS: Mapping[str, Mapping[str, str]] = {
    "connectwise_psa": {
        "public_key": "public",
        "private_key": "private",
        "client_id": "00000000-0000-4000-8000-000000000000",
    },
    "connectwise_automate": {
        "user": "demo",
        "password": "demo",
        "client_id": "00000000-0000-4000-8000-000000000000",
    },
    "eautomate": {"user": "demo", "password": "demo"},
    "moovila": {"api_key": "demo"},
    "pcrt": {"user": "demo", "password": "demo"},
    "zomentum": {"refresh_token": "demo"},
    "quickpass": {"refresh_token": "demo"},
}
"""What the simulators take as keys."""

DEMO_SECRETS: Mapping[str, Mapping[str, str]] = {
    "moovila": {"webhook_secret": "demo"},
    "zomentum": {"webhook_secret": "demo"},
}
"""What the simulators sign their posts by; a real system's file may name it, and need not."""

SIZES: Mapping[str, Mapping[str, int]] = {
    "connectwise_psa": {"companies": 500, "tickets": 0},
    "connectwise_automate": {"clients": 50, "computers": 2_000},
    "eautomate": {"customers": 400},
    "moovila": {"projects": 6, "tasks": 60},
    "zomentum": {"companies": 30, "opportunities": 24},
    "quickpass": {"customers": 3, "accounts": 40},
}
"""How much a simulated system holds at first, where the file does not say. PCRT holds what fits Automate."""

SAID: Mapping[str, str] = {
    "missing": "is needed, and not there",
    "extra_forbidden": "there is no such setting",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": 'must be a text, "in quotes"',
    "list_type": 'must be a list, ["in brackets"]',
    "dict_type": "must be a table of names and values",
    "model_type": "must be a table of names and values",
    "string_pattern_mismatch": "must have the form {pattern}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
}
"""What is wrong, in words of a config file, by pydantic's name for it; of any other fault its own words are told."""

DEMO_COMPANY = {"connectwise_psa": "demo", "eautomate": "1"}
LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]", "sqlite:///")


class ConfigFaults(ValueError):
    """What is wrong with a config file, each fault with its path in it."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {fault}" for fault in faults))
        self.source = source
        self.faults = faults


@dataclass(frozen=True)
class ConnectionConfig:
    """One connection as the file has it.

    `keys` are those of its systems, already read; `simulated` names the systems that the local cloud must play, whose
    base URL is `UNSET`.
    """

    connection: Connection
    keys: Mapping[str, Mapping[str, str]] = field(repr=False)
    simulated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """Every connection of a config file, and how much simulated systems hold at first."""

    connections: tuple[ConnectionConfig, ...]
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: SIZES)


@dataclass(frozen=True)
class Known:
    """What config files may name: each flow's settings model and the systems it needs."""

    models: Mapping[str, type[BaseModel]]
    systems: Mapping[str, tuple[str, ...]]

    @classmethod
    def of_functions(cls) -> Known:
        """Those of the flows that are built."""
        models = wiring.settings_models()
        return cls(dict(models), {flow: wiring.flow_class(flow).systems for flow in models})


def default(known: Known) -> Config:
    """One connection, `demo`, with the customer flow and both systems simulated."""
    return check(
        {"connection": [{"id": "demo", "flows": {"eautomate_customers": {"create_missing": True}}}]}, {}, known
    )


def load(path: Path, environment: Mapping[str, str], known: Known) -> Config:
    """Reads a config file; ConfigFaults names every fault. Keys are taken from `environment`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigFaults(str(path), [getattr(error, "strerror", None) or str(error)]) from None
    try:
        return check(content, environment, known)
    except ConfigFaults as faults:
        raise ConfigFaults(str(path), faults.faults) from None


def check(content: Mapping[str, Any], environment: Mapping[str, str], known: Known) -> Config:
    """The config that parsed TOML says; ConfigFaults names every fault with its path."""
    known_tables = ("connection", "simulated")
    faults = [
        f"{name}: not known here; known are {', '.join(known_tables)}" for name in content if name not in known_tables
    ]
    sizes = _sizes(content.get("simulated", {}), faults)
    tables = content.get("connection", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigFaults("config", [*faults, "connection: must be an array of tables, [[connection]]"])
    if not tables:
        faults.append("connection: there is none; write one [[connection]] with an id and its flows")
    checked = [
        _Check(f"connection[{place}]", table, environment, known, faults).result() for place, table in enumerate(tables)
    ]
    ids = [table.get("id") for table in tables]
    for place, name in enumerate(ids):
        if name is not None and name in ids[:place]:
            faults.append(f"connection[{place}].id: {name!r} is the id of connection[{ids.index(name)}] already")
    if faults:
        raise ConfigFaults("config", faults)
    return Config(tuple(connection for connection in checked if connection is not None), sizes)


def _sizes(given: object, faults: list[str]) -> Mapping[str, Mapping[str, int]]:
    """How much each simulated system holds, by system."""
    if not isinstance(given, dict) or not all(isinstance(table, dict) for table in given.values()):
        faults.append("simulated: must be tables, for example [simulated.eautomate]")
        return SIZES
    for system, table in given.items():
        for name, number in table.items():
            if name not in SIZES.get(system, {}):
                known = ", ".join(f"{system}.{size}" for system, sizes in SIZES.items() for size in sizes)
                faults.append(f"simulated.{system}.{name}: not known here; known are {known}")
            elif type(number) is not int or number < 0:
                faults.append(f"simulated.{system}.{name}: must be a whole number, 0 or more")
    return {system: {**sizes, **given.get(system, {})} for system, sizes in SIZES.items()}


@dataclass
class _Check:
    """Checks one [[connection]] and adds what is wrong to `faults`."""

    path: str
    table: dict[str, Any]
    environment: Mapping[str, str]
    known: Known
    faults: list[str]

    def result(self) -> ConnectionConfig | None:
        before = len(self.faults)
        flows = self._flows()
        systems, keys, simulated = self._systems(flows)
        try:
            connection = Connection.model_validate({**self.table, "systems": systems})
        except ValidationError as error:
            self.faults.extend(_named(self.path, error, Connection))
            return None
        return ConnectionConfig(connection, keys, simulated) if len(self.faults) == before else None

    def _flows(self) -> list[str]:
        """The flows in use that are known, their settings checked by their own models."""
        flows = self.table.get("flows", {})
        if not isinstance(flows, dict):
            return []  # the connection's own model names this
        found = []
        for flow, settings in flows.items():
            path = f"{self.path}.flows.{flow}"
            if flow not in self.known.models:
                perhaps = _perhaps(flow, self.known.models) or f"; there is {', '.join(sorted(self.known.models))}"
                self.faults.append(f"{path}: there is no such flow{perhaps}")
                continue
            found.append(flow)
            try:
                self.known.models[flow].model_validate(settings)
            except ValidationError as error:
                self.faults.extend(_named(path, error, self.known.models[flow]))
        return found

    def _systems(self, flows: list[str]) -> tuple[Any, dict[str, Mapping[str, str]], tuple[str, ...]]:
        """Every system's settings without its keys, the keys, and the names of those to be simulated."""
        given = self.table.get("systems", {})
        if not isinstance(given, dict):
            return given, {}, ()
        needed = [system for flow in flows for system in self.known.systems.get(flow, ())]
        known = {system for systems in self.known.systems.values() for system in systems}
        systems: dict[str, Any] = {}
        keys: dict[str, Mapping[str, str]] = {}
        simulated = []
        for system in dict.fromkeys([*given, *needed]):
            path = f"{self.path}.systems.{system}"
            settings = given.get(system, {})
            if system not in known:
                self.faults.append(f"{path}: no flow knows this system; known are {', '.join(sorted(known))}")
            elif not isinstance(settings, dict):
                systems[system] = settings
            else:
                settings = dict(settings)
                own = settings.pop("keys", None)
                local = str(settings.get("base_url", settings.get("region") or UNSET)).startswith(LOOPBACK)
                if not ("base_url" in settings or settings.get("region")):
                    simulated.append(system)
                    self._check_playable(path, system, own)
                    settings = {"base_url": UNSET, "company": DEMO_COMPANY.get(system, ""), **settings}
                keys[system] = self._keys(path, system, own, local=local)
                systems[system] = settings
        return systems, keys, tuple(simulated)

    def _check_playable(self, path: str, system: str, own: object) -> None:
        if system not in DEMO_KEYS:
            self.faults.append(f"{path}.base_url: missing, and there is no simulator of {system}")
        elif own is not None:
            self.faults.append(f"{path}.base_url: missing; a simulated system has keys of its own, so take out keys")

    def _keys(self, path: str, system: str, own: object, *, local: bool) -> Mapping[str, str]:
        """The keys of a system: those named in the file, or the simulators' on this machine."""
        wanted = DEMO_KEYS.get(system, {})
        if own is None and local:
            return {**wanted, **DEMO_SECRETS.get(system, {})}
        example = ", ".join(f'{name} = "env:NAME"' for name in wanted)
        if not isinstance(own, dict):
            self.faults.append(f"{path}.keys: must say where its keys are: keys = {{{example}}}")
            return {}
        read = {}
        for name in (*wanted, *(name for name in own if name not in wanted)):
            source = own.get(name)
            if source is None:
                self.faults.append(f"{path}.keys.{name}: missing")
            elif not isinstance(source, str) or not source.startswith(ENVIRONMENT):
                self.faults.append(
                    f'{path}.keys.{name}: must be "env:NAME", the variable that holds it; keys are not kept in files'
                )
            elif not (value := self.environment.get(variable := source.removeprefix(ENVIRONMENT))):
                self.faults.append(f"{path}.keys.{name}: the environment variable {variable} is not set")
            else:
                read[name] = value
        return read


def _named(path: str, error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """Each fault that pydantic found, with its path; never the value, which may be a key."""
    for fault in error.errors(include_url=False, include_input=False):
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"])
        said = SAID.get(fault["type"], "")
        message = said.format(**fault.get("ctx", {})) if said else fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message += _perhaps(str(fault["loc"][-1]), model.model_fields if len(fault["loc"]) == 1 else ())
        if fault["loc"] == ("id",) and fault["type"] == "string_pattern_mismatch":
            message = "must be of lower-case letters, digits and hyphens, 40 at most, for example acme"
        yield f"{path}{place}: {message}"


def _perhaps(written: str, names: Iterable[str]) -> str:
    """The name that was meant, where one is much like what was written."""
    alike = difflib.get_close_matches(written, list(names), n=1)
    return f"; perhaps {alike[0]} is meant" if alike else ""
