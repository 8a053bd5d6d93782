"""Fixtures of the Automate simulator's tests: the server, clients of it, and the vendor's contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from infra.local.simulators.automate import AutomateSimulator
from tests.serving import serving
from tests.simulators.conftest import CONTRACT, TurnableClock

FILE = CONTRACT / "connectwise-automate.openapi.json"
CLIENT_ID = {"clientId": "6f3b2a3e-1a0c-4f4e-9f8e-2d1b5a7c9e01"}


class AutomateContract:
    """Checks answers against the vendor's OpenAPI document: status, types, and that every field is one of its own."""

    def __init__(self, file: Path) -> None:
        self.document: dict[str, Any] = json.loads(file.read_text())
        self.schemas: dict[str, Any] = self.document["components"]["schemas"]
        self.checked: set[str] = set()
        self.patterns = [
            (re.compile(re.sub(r"\{\w+\}", r"\\d+", path), re.IGNORECASE), path) for path in self.document["paths"]
        ]

    def check(self, method: str, path: str, status: int, body: Any) -> None:
        """Raises AssertionError where the answer to a call below `/cwa` is not as the vendor says."""
        template = next((template for pattern, template in self.patterns if pattern.fullmatch(path)), None)
        operation = self.document["paths"].get(template, {}).get(method.lower())
        if status >= 400:
            assert isinstance(body["Message"], str)
            return
        assert operation, f"the vendor has no {method} {path}"
        assert str(status) in operation["responses"], f"{method} {path} answers {status}"
        content = operation["responses"][str(status)].get("content")
        if content:
            schema = content["application/json"]["schema"]
            root = {**schema, "components": self.document["components"]}
            faults = [f"{list(error.path)}: {error.message}" for error in Draft4Validator(root).iter_errors(body)]
            faults += self.unknown(schema, body)
            assert not faults, f"{method} {path}: {faults[:5]}"
        self.checked.add(f"{method} {template}")

    def unknown(self, schema: dict[str, Any], value: Any) -> Iterator[str]:
        """The fields, at any depth, that the vendor's schemas do not have."""
        schema = self.schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        if isinstance(value, list):
            for each in value:
                yield from self.unknown(schema.get("items", {}), each)
        elif isinstance(value, dict):
            properties = schema.get("properties", {})
            for name, inner in value.items():
                if name not in properties:
                    yield f"no such field: {name}"
                else:
                    yield from self.unknown(properties[name], inner)


@cache
def automate_contract() -> AutomateContract | None:
    """The contract, or None where it is absent."""
    return AutomateContract(FILE) if FILE.is_file() else None


@pytest.fixture
def server(clock: TurnableClock) -> Iterator[AutomateSimulator]:
    """A server with its groups alone; a request that makes it crash fails the test."""
    with serving(AutomateSimulator(clock=clock, clients=0, computers=0)) as simulator:
        yield simulator


@pytest.fixture
def raw(server: AutomateSimulator) -> Iterator[httpx.Client]:
    """A client without keys; every answer is checked against the contract where that is at hand."""
    checker = automate_contract()

    def check(response: httpx.Response) -> None:
        response.read()
        path = response.request.url.path.partition("/cwa")[2]
        if checker and path and "json" in response.headers.get("content-type", "json"):
            body = response.json() if response.content else None
            checker.check(response.request.method, path, response.status_code, body)

    base = f"{server.url}/cwa/api/v1"
    with httpx.Client(base_url=base, event_hooks={"response": [check]}, verify=False) as client:  # noqa: S501 (http)
        yield client


@pytest.fixture
def log_in(raw: httpx.Client) -> Callable[..., httpx.Response]:
    """Asks for a token."""

    def log_in(user: str = "demo", word: str = "demo", **more: str) -> httpx.Response:
        return raw.post("/apitoken", json={"UserName": user, "Password": word, **more})

    return log_in


@pytest.fixture
def api(raw: httpx.Client, log_in: Callable[..., httpx.Response]) -> httpx.Client:
    """A client that is logged in."""
    raw.headers.update({**CLIENT_ID, "Authorization": f"Bearer {log_in().json()['AccessToken']}"})
    return raw
