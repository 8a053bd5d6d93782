"""A document on its way into ConnectWise PSA: a multipart form with the file in it.

The names of the form's fields are the contract's own, its `readOnlyFlay` left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from shared.sync.ports import File
from shared.systems.connectwise_psa.sales import DOCUMENTS
from shared.systems.rest import Request


def upload(record_type: str, record_id: int, title: str, file: File) -> Request:
    """The request that gives a record a file, under a title."""
    content, kind = form({"recordType": record_type, "recordId": str(record_id), "title": title}, file)
    return Request("POST", DOCUMENTS, headers={"Content-Type": kind}, content=content)


def form(fields: Mapping[str, str], file: File) -> tuple[bytes, str]:
    """The body of a form with these texts and the file, and its content type."""
    boundary = hashlib.sha256(file.content).hexdigest()  # nothing holds its own hash
    head = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(file.name)}"\r\n'
        f"Content-Type: {_quoted(file.type)}\r\n\r\n"
    )
    body = "".join(head).encode() + file.content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    """A text that cannot end its header."""
    return re.sub(r'[\x00-\x1f\x7f"\\]', "_", text)
