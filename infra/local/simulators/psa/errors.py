"""The refusals of the PSA, in the bodies in which it words them (contract section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.simulators.json_api import Refused


@dataclass(frozen=True)
class Violation:
    """One entry of a refusal's `errors`."""

    code: str
    message: str
    field: str
    resource: str = ""


class Refusal(Refused):
    """A request that is refused."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, str(body.get("message")), body)


def invalid(resource: str, violations: Sequence[Violation]) -> Refusal:
    """400 for an object that breaks the rules named in `violations`."""
    errors = [
        {
            "code": violation.code,
            "message": violation.message,
            "resource": violation.resource or resource,
            "field": violation.field,
        }
        for violation in violations
    ]
    return Refusal(400, {"code": "InvalidObject", "message": f"{resource} object is invalid", "errors": errors})


def invalid_parameter(name: str, message: str, code: str = "InvalidField") -> Refusal:
    """400 for a query parameter."""
    return invalid(name, [Violation(code, message, name)])


def missing(field: str) -> Violation:
    """A required field that is not there."""
    return Violation("MissingRequiredField", f"The {field} field is required.", field)


def record_not_found(resource: str, record: int) -> Refusal:
    """404 for an id that is not there."""
    title = resource[:1].upper() + resource[1:]
    return Refusal(404, {"code": "NotFound", "message": f"{title} {record} not found"})


def endpoint_not_found() -> Refusal:
    """404 for a path that is not there; the cloud also answers it to bad credentials and a wrong codebase."""
    return Refusal(404, {"code": "ConnectWiseApi", "message": "The endpoint does not exist."})


def unauthorized() -> Refusal:
    """401 for keys that are not known."""
    return Refusal(401, {"code": "Unauthorized", "message": "Your credentials are invalid.", "errors": []})


def forbidden(member: str, right: str, module: str) -> Refusal:
    """403 for a member whose security role lacks a right (the real wording is not known)."""
    message = f"The security role of member {member} lacks the right to {right} in {module}."
    return Refusal(403, {"code": "Forbidden", "message": message})


def method_not_allowed(method: str) -> Refusal:
    """405 for a verb that the path does not have."""
    message = f"The requested resource does not support http method '{method}'."
    return Refusal(405, {"code": "MethodNotAllowed", "message": message})


def unsupported_media(got: str) -> Refusal:
    """415 for a body of the wrong content type."""
    return Refusal(415, {"code": "UnsupportedMediaType", "message": f"The content type '{got}' is not supported."})


def in_use(resource: str, record: int, holder: str) -> Refusal:
    """409 for a record that others still refer to."""
    title = resource[:1].upper() + resource[1:]
    message = f"{title} {record} is in use by {holder} and cannot be deleted."
    return Refusal(409, {"code": "RecordInUse", "message": message})


def throttled(seconds: int) -> dict[str, str]:
    """The body of a 429, which has another shape than all the others."""
    message = f"Too many requests. Please try again in {seconds} seconds."
    return {"error": "ConnectWiseAPI", "message": message}
