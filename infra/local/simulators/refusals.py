"""The refusals of the simulated Zomentum and Quickpass; that they are `{"message": ...}` is assumed."""

from __future__ import annotations

from infra.local.simulators.json_api import Refused


class Refusal(Refused):
    """A request that is refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message, {"message": message})


def bad(message: str) -> Refusal:
    """400: parameters, references or a body that cannot be taken."""
    return Refusal(400, message)


def unauthorized() -> Refusal:
    """401 for a token that does not hold."""
    return Refusal(401, "The access token is invalid or has expired.")


def forbidden() -> Refusal:
    """403 for an API user without the right."""
    return Refusal(403, "You are not authorized to use this resource.")


def no_such_address(path: str) -> Refusal:
    """404 for a path that is not there."""
    return Refusal(404, f"Cannot find {path}")


def method_not_allowed(method: str) -> Refusal:
    """405 for a verb that the path does not have."""
    return Refusal(405, f"{method} is not allowed here.")
