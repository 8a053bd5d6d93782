"""The refusals of the simulated Moovila; their form is assumed."""

from __future__ import annotations

from infra.local.simulators.json_api import Refused


class Refusal(Refused):
    """A request that is refused."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(status, message, {"code": code, "message": message})
        if field:
            self.body["errors"] = [{"code": code, "message": f"{field}: {message}", "field": field}]


def unreadable(message: str, field: str = "") -> Refusal:
    """400: a query or a body that cannot be read."""
    return Refusal(400, "BadRequest", message, field)


def unauthorized() -> Refusal:
    """401 for a key that does not hold."""
    return Refusal(401, "Unauthorized", "The API key is invalid.")


def forbidden() -> Refusal:
    """403 for a key without the right."""
    return Refusal(403, "Forbidden", "The API key has no right to this.")


def not_found(what: str) -> Refusal:
    """404 for a record that is not there."""
    return Refusal(404, "NotFound", f"There is no {what}.")


def no_such_address(path: str) -> Refusal:
    """404 for a path that is not there."""
    return Refusal(404, "NoSuchAddress", f"There is no {path}.")


def method_not_allowed(method: str) -> Refusal:
    """405 for a verb that the path does not have."""
    return Refusal(405, "MethodNotAllowed", f"{method} is not allowed here.")


def conflict(message: str, field: str = "") -> Refusal:
    """409: others stand in the way."""
    return Refusal(409, "Conflict", message, field)


def invalid(message: str, field: str = "") -> Refusal:
    """422: a record that cannot be."""
    return Refusal(422, "InvalidObject", message, field)
