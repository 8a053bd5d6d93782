"""Every entity of the PSA's table is created, read, listed, changed and deleted; every answer is of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from infra.local.simulators.psa.entities import Entity, Field, Table, load
from tests.simulators.conftest import PsaContract, psa_contract

Body = dict[str, Any]
TABLE = load()
WRITTEN = [entity for entity in TABLE if "post" in entity.verbs and entity.resource != "documentInfo"]
OWN: dict[str, Body] = {
    "company": {"identifier": "Made", "city": "Tampa"},
    "contact": {"firstName": "Made", "communicationItems": [{"type": {"id": 1}, "value": "a@example.com"}]},
    "callbackEntry": {"url": "http://127.0.0.1:9/?recordId=", "type": "ticket", "level": "owner", "objectId": 1},
    "ticket": {"board": {"id": 1}},
    "project": {"board": {"id": 3}},
    "projectPhase": {"board": {"id": 3}},
    "serviceNote": {"text": "x", "detailDescriptionFlag": True},
    "ticketNote": {"text": "x", "detailDescriptionFlag": True},
    "scheduleEntry": {"type": {"id": 3}},
    "opportunity": {"expectedCloseDate": "2027-01-01T00:00:00Z"},
    "country": {"coreEntityCountryCode": "MX"},
    "timeEntry": {"company": {"id": 250}},
    "expenseEntry": {"company": {"id": 250}},
    "userDefinedField": {"podId": 1, "entryTypeIdentifier": "EntryField"},
}
"""What the table alone does not tell about a good record."""
NOT_WHOLE = {
    "ticket": {"mergedParentTicket"},
    "serviceNote": {"internalAnalysisFlag", "resolutionFlag"},
    "ticketNote": {"internalAnalysisFlag", "resolutionFlag"},
    "scheduleEntry": {"hours"},
    "invoice": {"applyToType", "applyToId"},
    "timeEntry": {"chargeToId", "chargeToType", "timeEnd", "hoursDeduct"},
    "expenseEntry": {"chargeToId", "chargeToType"},
    "companySite": {"primaryAddressFlag"},
    "projectTicket": {"board", "site", "status", "type", "subType", "item"},
}
"""Fields that contradict one another when all are set."""


class Maker:
    """Makes good bodies for any entity, and the records that they refer to."""

    def __init__(self, psa: PsaSimulator, table: Table) -> None:
        self.psa = psa
        self.table = table
        self.count = 0

    def parent(self, entity: Entity) -> int | None:
        return self.record(self.table[entity.parent]) if entity.parent else None

    def path(self, entity: Entity, parent: int | None) -> str:
        return entity.path.replace("{id}", str(parent))

    def record(self, entity: Entity, parent: int | None = None) -> int:
        """Any record of an entity (below `parent`); one is made where there is none."""
        rows = self.psa.data.store.rows(entity.resource)
        fit = [each for each in rows.ids if parent is None or rows.parent(each) == parent]
        if fit:
            return fit[0]
        parent = parent if parent is not None else self.parent(entity)
        made = self.psa.add(self.path(entity, parent), **self.body(entity, whole=False))
        return int(made["id"])

    def body(self, entity: Entity, *, whole: bool) -> Body:
        body: Body = {}
        own = OWN.get(entity.resource, {})
        left_out = {*entity.parent_fields, *NOT_WHOLE.get(entity.resource, ())}
        for field in sorted(entity.fields.values(), key=lambda each: bool(each.scope)):
            wanted = field.required or (whole and not field.read_only and not field.write_only)
            if wanted and field.name not in left_out:
                body[field.name] = own.get(field.name, self.value(field, body))
        return {**own, **body}

    def value(self, field: Field, body: Body) -> Any:
        made = self._value(field, body)
        return [made] if field.many else made

    def _value(self, field: Field, body: Body) -> Any:
        self.count += 1
        match field.kind:
            case "text":
                return f"t{self.count}"[: field.limit]
            case "integer":
                return 1990 if field.name == "yearEstablished" else 1
            case "number":
                return 1.5
            case "boolean":
                return False
            case "time":
                return "2027-01-01T00:00:00Z"
            case "guid":
                return "6f657355-5f4e-4206-9e32-1b65861a9e3f"
            case "choice":
                return field.choices[0]
            case "ref":
                scope = body.get(field.scope, {}).get("id") if field.scope else None
                return {"id": self.record(self.table[field.target], scope)}
            case "part":
                return {name: self.value(each, {}) for name, each in self.table.parts[field.target].items()}
            case "object":
                return {"name": "One"}
            case _:
                return {"id": 1, "name": "One"}


@pytest.fixture
def maker(psa: PsaSimulator) -> Maker:
    psa.settings.duplicate_contacts_refused = False
    return Maker(psa, TABLE)


@pytest.mark.parametrize("whole", [False, True], ids=["least", "whole"])
@pytest.mark.parametrize("entity", WRITTEN, ids=lambda entity: entity.resource)
def test_an_entity_is_made_read_changed_and_deleted(
    maker: Maker, psa: PsaSimulator, api: httpx.Client, entity: Entity, whole: bool
) -> None:
    parent = maker.parent(entity)
    path = "/" + maker.path(entity, parent)
    made = api.post(path, json=maker.body(entity, whole=whole))
    assert made.status_code == entity.created, made.text
    shown = made.json()[0] if "post" in entity.as_list else made.json()
    record = shown["id"]
    one = api.get(f"{path}/{record}").json()
    assert (one[0] if "one:get" in entity.as_list else one) == shown
    assert record in [row["id"] for row in api.get(path, params={"pageSize": 1000}).json()]
    if "count" in entity.verbs:
        assert api.get(f"{path}/count", params={"conditions": f"id = {record}"}).json() == {"count": 1}
    assert psa.ignored == []
    if "one:patch" in entity.verbs:
        field = next(
            each for each in entity.fields.values() if not each.read_only and each.name not in entity.parent_fields
        )
        again = [{"op": "replace", "path": field.name, "value": shown.get(field.name)}]
        changed = api.patch(f"{path}/{record}", json=again)
        if changed.status_code == 400:  # some fields are required on updates only
            assert {error["code"] for error in changed.json()["errors"]} == {"MissingRequiredField"}
            assert any(each.required_on_update for each in entity.fields.values())
        else:
            assert changed.status_code == 200
    if "one:delete" in entity.verbs:
        assert api.delete(f"{path}/{record}").status_code == 204
        assert api.get(f"{path}/{record}").status_code == 404


@pytest.mark.parametrize("entity", list(TABLE), ids=lambda entity: entity.resource)
def test_the_table_agrees_with_the_contract(contract: object, entity: Entity) -> None:
    """Paths, verbs, field names and required fields are those of the vendor, but for what is said here."""
    checker = psa_contract()
    assert checker is not None
    schema = _schema(checker, entity)
    known = set(schema["properties"]) - {"id", "_info", "customFields"}
    assert set(entity.fields) <= known
    required = {each.name for each in entity.fields.values() if each.required}
    beyond = {"firstName"} if entity.resource == "contact" else set()  # the server asks for it, the schema does not
    assert required == set(schema.get("required", [])) | beyond


def _schema(checker: PsaContract, entity: Entity) -> dict[str, Any]:
    wanted = entity.path.replace("{id}", "{parentId}").lower()
    paths = {path.strip("/").lower(): path for path in checker.document["paths"]}
    one = checker.document["paths"].get(paths.get(f"{wanted}/{{id}}", ""), {})
    operation = one.get("get") or checker.document["paths"][paths[wanted]]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    reference = (schema.get("items") or schema)["$ref"]
    found: dict[str, Any] = checker.document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return found


def test_the_short_forms_for_members_with_few_rights(connect: Callable[..., httpx.Client]) -> None:
    api = connect()
    for path in ("system/info/members", "system/info/locations", "system/info/departments"):
        rows = api.get(f"/{path}").json()
        assert rows == [api.get(f"/{path}/{row['id']}").json() for row in rows]
    assert api.get("/system/info/members/140").json()["fullName"] == "System Administrator"
    assert "hourlyRate" not in api.get("/system/info/members/140").json()
    assert api.post("/system/info/members", json={}).status_code == 405
