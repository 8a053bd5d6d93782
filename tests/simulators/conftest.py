"""Fixtures of the simulators' tests: a clock that tests turn, a PSA to talk to, and the vendors' contract."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from infra.local.simulators.psa import PsaSimulator
from tests.serving import serving
from tests.simulators.receiving import Receiver

CONTRACT = Path(__file__).parents[3] / "shared" / "contract"


class TurnableClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move ahead by the arguments of a timedelta."""
        self.now += timedelta(**by)


class PsaContract:
    """Checks answers against the vendor's OpenAPI document."""

    def __init__(self, file: Path) -> None:
        self.document: dict[str, Any] = json.loads(file.read_text())
        self.checked: set[str] = set()
        self.patterns = [
            (re.compile("^" + re.sub(r"\{\w+\}", r"[^/]+", path.rstrip("/")) + "/?$"), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    def check(self, method: str, path: str, status: int, body: Any, *, cut: bool) -> None:
        """Raise AssertionError where the answer to an operation of the contract is not of its schema.

        `cut`: only some fields were asked for, so required ones may be missing.
        """
        if method == "GET" and path.endswith("/count"):  # one of them is typed as a list there
            assert status >= 400 or set(body) == {"count"}
            return
        for pattern, template in self.patterns:
            operation = self.document["paths"][template].get(method.lower()) if pattern.match(path) else None
            if operation is None:
                continue
            responses = operation["responses"]
            assert status >= 400 or str(status) in responses, f"{method} {path} answers {status}"
            answer = responses.get(str(status), responses["default"])
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if schema is not None:
                self._validate(f"{method} {path}", schema, body, cut=cut)
                self.checked.add(f"{method} {template}")
            return

    def _validate(self, what: str, schema: dict[str, Any], body: Any, *, cut: bool) -> None:
        root = {**schema, "components": self.document["components"]}
        faults = [
            f"{list(error.path)}: {error.message}"
            for error in Draft4Validator(root).iter_errors(body)
            if not (cut and error.validator == "required")
        ]
        known = self.document["components"]["schemas"]
        rows, of = (body, schema.get("items", {})) if isinstance(body, list) else ([body], schema)
        properties = known.get(of.get("$ref", "").rsplit("/", 1)[-1], {}).get("properties")
        if properties is not None:
            faults += [f"no such field: {name}" for row in rows for name in row if name not in properties]
        assert not faults, f"{what}: {faults[:5]}"


@cache
def psa_contract() -> PsaContract | None:
    """The contract, or None where it is absent."""
    file = CONTRACT / "connectwise-psa.openapi.json"
    return PsaContract(file) if file.is_file() else None


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture(scope="session")
def contract() -> Path:
    """The folder of the vendors' contract, which is no part of the project."""
    if not CONTRACT.is_dir():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    return CONTRACT


@pytest.fixture
def psa(clock: TurnableClock) -> Iterator[PsaSimulator]:
    """A PSA of forty companies and thirty tickets; a request that makes it crash fails the test."""
    with serving(PsaSimulator(clock=clock, companies=40, tickets=30)) as simulator:
        yield simulator


@pytest.fixture
def connect(psa: PsaSimulator) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients of the PSA; every answer is checked against the contract where that is at hand."""
    clients: list[httpx.Client] = []
    checker = psa_contract()

    def check(response: httpx.Response) -> None:
        response.read()
        path = response.request.url.path.partition("/apis/3.0")[2]
        if checker is None or not path or response.status_code in {204, 414, 429}:
            return
        if "json" in response.headers.get("content-type", ""):
            cut = "fields" in response.request.url.params
            checker.check(response.request.method, path, response.status_code, response.json(), cut=cut)

    def make(public: str = "public", private: str = "private", codebase: str = "v2026_1") -> httpx.Client:
        client = httpx.Client(
            base_url=f"{psa.url}/{codebase}/apis/3.0",
            auth=(f"demo+{public}", private),
            headers={"clientId": "6f3b2a3e-1a0c-4f4e-9f8e-2d1b5a7c9e01"},
            event_hooks={"response": [check]},
            verify=False,  # noqa: S501 (plain http; loading certificates takes a tenth of a second)
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def api(connect: Callable[..., httpx.Client]) -> httpx.Client:
    """A client of the PSA with good keys."""
    return connect()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody to whom simulators can post."""
    made = Receiver()
    yield made
    made.stop()
