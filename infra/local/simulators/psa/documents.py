"""Simulated documents: uploaded as multipart forms, listed by the record they belong to, downloaded as they came."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from infra.local.simulators.psa.api import Api, Call
from infra.local.simulators.psa.errors import (
    Violation,
    invalid,
    invalid_parameter,
    missing,
    record_not_found,
    unsupported_media,
)
from infra.local.simulators.psa.shaping import shape
from infra.local.simulators.psa.special import Handlers
from infra.local.simulators.server import Response

RESOURCE = "documentInfo"
RECORD_TYPES = {
    "ticket": "ticket",
    "agreement": "agreement",
    "company": "company",
    "configuration": "configuration",
    "contact": "contact",
    "expense": "expenseEntry",
    "opportunity": "opportunity",
    "project": "project",
    "salesorder": "order",
}
"""Resources by record type; those of records that the simulator does not keep are refused."""
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp")


@dataclass(frozen=True)
class _Upload:
    fields: dict[str, str]
    file_name: str = ""
    content_type: str = "application/octet-stream"
    content: bytes | None = None


class Documents:
    """Keeps the contents of documents, and the record that each belongs to."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.records = api.records
        self.contents: dict[int, tuple[str, bytes]] = {}
        self._owners: dict[int, tuple[str, int]] = {}

    def handlers(self) -> Handlers:
        """The paths answered here; one document is read and deleted like any record."""
        return {
            "system/documents": {"get": self._list, "post": self._upload},
            "system/documents/count": {"get": self._count},
            "system/documents/{id}/download": {"get": self._download},
        }

    def of(self, record_type: str, record: int) -> list[int]:
        """Ids of the documents of a record, as far as they are not deleted."""
        kept = self.records.store.rows(RESOURCE)
        owner = (record_type.lower(), record)
        return [each for each, its_owner in self._owners.items() if its_owner == owner and each in kept]

    def _list(self, call: Call) -> Response:
        form = shape(self.records, self.records.table[RESOURCE], call.request.query.get("fields", ""))
        rows = self.records.store.rows(RESOURCE)
        return self.api.paged(call, self._asked(call), lambda page: [form(rows[each]) for each in page])

    def _count(self, call: Call) -> Response:
        return call.answer({"count": len(self._asked(call))})

    def _asked(self, call: Call) -> list[int]:
        query = {name.lower(): value for name, value in call.request.query.items()}
        record_type, record = query.get("recordtype", "").lower(), query.get("recordid", "")
        if record_type not in RECORD_TYPES:
            raise invalid_parameter("recordType", "The recordType field is required.", "MissingRequiredField")
        if not record.isdigit():
            raise invalid_parameter("recordId", "The recordId field is required.", "MissingRequiredField")
        return self.of(record_type, int(record))

    def _upload(self, call: Call) -> Response:
        upload = _read(call)
        record_type, record = upload.fields.get("recordtype", ""), upload.fields.get("recordid", "")
        url = upload.fields.get("url", "")
        wrong = [missing(name) for name in ("recordType", "recordId") if not upload.fields.get(name.lower())]
        if upload.content is None and not url:
            wrong.append(missing("file"))
        if record_type and record_type.lower() not in RECORD_TYPES:
            wrong.append(Violation("InvalidField", f"There is no record type {record_type}.", "recordType"))
        elif record and not wrong and not self._there(record_type, record):
            wrong.append(Violation("InvalidField", f"The {record_type} {record} does not exist.", "recordId"))
        if wrong:
            raise invalid("document", wrong)
        file_name = upload.file_name or url
        row: dict[str, Any] = {
            "title": upload.fields.get("title") or file_name,
            "fileName": file_name,
            "serverFileName": file_name,
            "owner": call.by,
            "linkFlag": bool(url),
            "urlFlag": bool(url),
            "imageFlag": file_name.lower().endswith(_IMAGES),
            "publicFlag": upload.fields.get("privateflag", "true").lower() == "false",
            "readOnlyFlag": (upload.fields.get("readonlyflay") or upload.fields.get("readonlyflag", "false")).lower()
            == "true",
            "htmlTemplateFlag": False,
            "size": len(upload.content or b""),
        }
        entity = self.records.table[RESOURCE]
        made = self.records.write(entity, self.records.store.next_id(entity), row, call.by)
        self._owners[made["id"]] = (record_type.lower(), int(record))
        if upload.content is not None:
            self.contents[made["id"]] = (upload.content_type, upload.content)
        return call.answer(dict(made), 201)

    def _download(self, call: Call) -> Response:
        record = int(call.words[2])
        row = self.records.get(self.records.table[RESOURCE], record)
        if record not in self.contents:
            raise record_not_found("document", record)
        content_type, content = self.contents[record]
        disposition = f'attachment; filename="{row["fileName"]}"'
        return Response(200, content, {"Content-Type": content_type, "Content-Disposition": disposition})

    def _there(self, record_type: str, record: str) -> bool:
        resource = RECORD_TYPES[record_type.lower()]
        return record.isdigit() and self.records.store.holder(resource, int(record)) is not None


def _read(call: Call) -> _Upload:
    content_type = call.request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        raise unsupported_media(content_type)
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + call.request.body
    )
    fields: dict[str, str] = {}
    upload = _Upload(fields)
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition") or "")
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        if name.lower() == "file" or part.get_filename():
            upload = _Upload(fields, part.get_filename() or "file", part.get_content_type(), content)
        else:
            fields[name.lower()] = content.decode()
    return upload
