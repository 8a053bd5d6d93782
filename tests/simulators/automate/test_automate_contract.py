"""What the simulated server answers is of the vendor's contract: every call that both know, every field it keeps."""

from __future__ import annotations

from pathlib import Path

import httpx

from infra.local.simulators.automate import AutomateSimulator
from infra.local.simulators.automate.api import VERBS
from infra.local.simulators.automate.fields import FIELDS
from infra.local.simulators.automate.fleet import fleet
from tests.simulators.automate.conftest import automate_contract


def test_every_call_answers_as_the_vendor_says(contract: Path, server: AutomateSimulator, api: httpx.Client) -> None:
    checker = automate_contract()
    assert checker is not None
    checker.checked.clear()
    for computer in fleet(clients=1, computers=3).computers:
        client = server.add_client("Acme", "301", City="Tampa")
        server.add_computer(client, computer.name, user="ann", groups=computer.plans, IsVirtualMachine=True)
    server.retire(1)
    api.get("/apitoken")
    api.post("/apitoken/refresh", json=api.headers["Authorization"].removeprefix("Bearer "))
    api.get("/DatabaseServerTime")
    for table in VERBS:
        (*_, last) = api.get(f"/{table}").json()
        if VERBS[table][1]:
            api.get(f"/{table}/{last['Id']}")
    api.post("/Clients", json={"Name": "New"})
    api.patch("/Clients/4", json=[{"Op": "replace", "Path": "/ExternalId", "Value": "302"}])
    member = api.post("/GroupComputers", json={"GroupId": "1", "ComputerId": "3"}).json()
    api.delete(f"/GroupComputers/{member['Id']}")
    api.delete("/Clients/4")
    served = {f"{method} {table}" for table, (of_list, _) in VERBS.items() for method in of_list.split()}
    served |= {f"{method} {table}/{{id}}" for table, (_, of_one) in VERBS.items() for method in of_one.split()}
    tokens = {"GET APIToken", "POST APIToken/Refresh", "GET DatabaseServerTime"}
    assert set(server.requests) == {*served, *tokens, "POST APIToken"}
    assert len(checker.checked) == len(served | tokens)


def test_the_vendor_has_every_field_that_is_kept(contract: Path) -> None:
    checker = automate_contract()
    assert checker is not None
    for table, fields in FIELDS.items():
        properties = checker.schemas[f"LabTech.Models.{table.removesuffix('s')}"]["properties"]
        for name, kind in fields.items():
            schema = properties[name]
            told = schema.get("format") or schema.get("type") or "object"
            expected = {"flag": {"boolean"}, "moment": {"date-time"}, "number": {"int32", "int64"}}
            if kind in expected:
                assert told in expected[kind], f"{table}.{name}"
            else:
                assert (told == "array") == kind.startswith("many:"), f"{table}.{name}"
                assert ("$ref" in schema) == kind.startswith("one:"), f"{table}.{name}"
