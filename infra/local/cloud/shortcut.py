"""Answers what this process asks of the local DynamoDB and SQS at once, without the HTTP that would lie in between.

A call by boto3 is checked, written as JSON, signed and sent; moto finds out for whom it is, unpacks it and parses it
again. Of all that only the two ends are needed in one process: botocore checks and writes, moto's own handler does the
work, botocore reads the answer. What comes of a call stays the same; most of its time is saved. What another process
asks (`Gateway`) comes by HTTP, and goes to the same handlers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import ServiceModel
from botocore.parsers import JSONParser
from botocore.session import get_session
from moto.core.exceptions import ServiceException
from moto.core.parse import JSONParser as RequestParser
from moto.core.responses import ActionResult, BaseResponse
from moto.dynamodb.responses import DynamoHandler, DynamoResult
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException

from infra.local.cloud import trouble  # noqa: F401 (what it refuses is refused before anything is answered here)
from infra.local.cloud.stack import ACCOUNT, REGION

LOG = logging.getLogger(__name__)

HANDLERS: Mapping[str, type[BaseResponse]] = {
    f"https://dynamodb.{REGION}.amazonaws.com/": DynamoHandler,
    f"https://sqs.{REGION}.amazonaws.com/": SQSResponse,
}
"""Moto's handlers by the address that botocore would send to."""

PLAIN = (ActionResult, DynamoResult)
"""Results that are written as they are; others (pages, errors) are moto's to write."""

_Answered = tuple[int, Mapping[str, Any], bytes]

_open = 0


@contextmanager
def shortcut() -> Iterator[None]:
    """Opens the short way, for every client of this process."""
    global _open  # noqa: PLW0603 (botocore's handlers are the process's own)
    _open += 1
    try:
        yield
    finally:
        _open -= 1


def answer_posted(service: str, headers: Mapping[str, Any], body: bytes) -> _Answered | None:
    """Status, headers and body for a call that was posted as JSON; None for any other, which moto must see to."""
    url = f"https://{service}.{REGION}.amazonaws.com/"
    operation = str(headers.get("X-Amz-Target", "")).rpartition(".")[2]
    if url not in HANDLERS or operation not in _service(service).operation_names:
        return None
    model = _service(service).operation_model(operation)
    handler = _handler(HANDLERS[url], model, {"url": url, "headers": headers, "body": body})
    return _carried_out(handler, xform_name(operation))


def _answer(model: Any, params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, Any] | None:
    """Before a request is sent: answers it, where the short way is open and leads there."""
    kind = HANDLERS.get(params["url"]) if _open else None
    if kind is None:
        return None
    status, told, body = _carried_out(_handler(kind, model, params), xform_name(model.name))
    headers = HTTPHeaders()
    for name, value in told.items():
        headers[name] = str(value)
    answer = {"status_code": status, "headers": headers, "body": body, "context": {}}
    parsed = _parser().parse(answer, model.output_shape)
    if status >= 300 and (shape := model.service_model.shape_for_error_code(parsed["Error"]["Code"])) is not None:
        parsed.update(_parser().parse(answer, shape))  # an error's own fields, as botocore reads them
    parsed.setdefault("ResponseMetadata", {})["RetryAttempts"] = 0
    return AWSResponse(params["url"], status, headers, None), parsed


def _handler(kind: type[BaseResponse], model: Any, params: Mapping[str, Any]) -> BaseResponse:
    """A handler that knows of a request what moto itself would have found out."""
    handler = kind()
    handler.headers = params["headers"]
    handler.uri, handler.path = params["url"], "/"
    handler.region, handler.current_account = REGION, ACCOUNT
    handler.querystring, handler.uri_match, handler.response_headers = {}, {}, {}
    parser: Any = _Request(model, map_type=handler.PROTOCOL_PARSER_MAP_TYPE)
    handler.params = handler.body = parser.parse({"headers": params["headers"], "body": params["body"]})
    return handler


def _carried_out(handler: BaseResponse, action: str) -> _Answered:
    """Status, headers and body of the answer."""
    try:
        result = getattr(handler, action)()
    except ServiceException as error:
        result = ActionResult(error)
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), (error.description or "").encode()
    if type(result) in PLAIN and not isinstance(result.result, Exception):
        try:
            return 200, {}, json.dumps(result.result or {}).encode()
        except TypeError:
            LOG.debug("%s answers what moto alone can write", action)
    status, headers, body = handler.serialized(result)
    return status, headers, body.encode() if isinstance(body, str) else body


@cache
def _service(name: str) -> ServiceModel:
    return get_session().get_service_model(name)


VALUE = "AttributeValue"
"""DynamoDB's shape of ten members of which a value has just one, the only one to be looked for."""


class _Answer(JSONParser):
    """Reads answers as botocore's own."""

    def _handle_structure(self: Any, shape: Any, value: Any) -> Any:
        if shape.name != VALUE:
            return super()._handle_structure(shape, value)  # type: ignore[misc]  # it has no types
        return {kind: self._parse_shape(shape.members[kind], held) for kind, held in value.items()}


class _Request(RequestParser):
    """Reads requests as moto's own."""

    def _parse_structure(self: Any, shape: Any, value: Any) -> Any:
        if shape.name != VALUE:
            return super()._parse_structure(shape, value)  # type: ignore[no-untyped-call]  # nor has this
        return {kind: self._parse_shape(shape.members[kind], held) for kind, held in value.items()}


@cache
def _parser() -> JSONParser:
    return _Answer()


# Every client made from now on in this process asks here; while the short way is closed nothing is changed.
BUILTIN_HANDLERS.append(("before-call", _answer))
