"""The fields that the PSA adapter reads and writes are those of the vendor's own contract."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.systems.connectwise_psa import Company, Site
from shared.systems.connectwise_psa.kinds import Kind
from shared.systems.connectwise_psa.steps import KINDS
from tests.systems.connectwise_psa.conftest import COMPANIES, CONTRACT


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not CONTRACT.is_dir():
        pytest.skip("the vendors' contract (../shared/contract) is not here")
    document = json.loads((CONTRACT / "connectwise-psa.openapi.json").read_text())
    found: dict[str, Any] = document["components"]["schemas"]
    return found


@pytest.mark.parametrize(("kind", "schema"), [("company", "Company"), ("site", "CompanySite")])
def test_every_field_read_or_written_is_one_of_the_vendors(schemas: dict[str, Any], kind: str, schema: str) -> None:
    row: Kind = KINDS[kind]
    properties = schemas[schema]["properties"]
    asked = {name.split("/")[0] for name in row.model.wire_fields.split(",")}
    assert asked <= properties.keys()
    assert {how.name for how in row.fields.values()} <= properties.keys()
    read = {info.alias or name for name, info in row.model.model_fields.items()} - {"url", "company_id"}
    assert read == asked
    assert row.fields.keys() <= row.model.model_fields.keys()


@pytest.mark.parametrize(("file", "model"), [("company.json", Company), ("company-sites.json", Site)])
def test_recorded_answers_are_read(schemas: dict[str, Any], file: str, model: type[Company | Site]) -> None:
    del schemas
    recorded = json.loads((CONTRACT / "payloads" / file).read_text())
    for row in recorded if isinstance(recorded, list) else [recorded]:
        record = model.read(row, f"{COMPANIES}/2/sites", lambda kind, id_: f"{kind}{id_}")
        assert (record.id, record.name, record.url) == (row["id"], row["name"], "CompanyFV2")
