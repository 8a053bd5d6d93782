"""The refusals of Automate, in the shapes in which its web server words them (contract section 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.simulators.json_api import Refused


class Refusal(Refused):
    """A request that is refused."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(status, message, {"Message": message, **more})


def invalid(state: Mapping[str, Sequence[str]]) -> Refusal:
    """400 for a body, by field."""
    return Refusal(400, "The request is invalid.", ModelState={name: list(said) for name, said in state.items()})


def bad_query(message: str) -> Refusal:
    """400 for a list parameter."""
    return Refusal(400, message)


def unauthorized() -> Refusal:
    """401 for a call without a token that holds, or without a client id."""
    return Refusal(401, "Authorization has been denied for this request.")


def forbidden() -> Refusal:
    """403 for a user whose class lacks a right."""
    return Refusal(403, "You do not have permission to perform this action.")


def not_found(kind: str, record: int | str) -> Refusal:
    """404 for an id that is not there."""
    return Refusal(404, f"{kind} {record} was not found.")


def no_such_address(path: str) -> Refusal:
    """404 for a path that is not there."""
    return Refusal(404, f"No HTTP resource was found that matches the request URI '{path}'.")


def method_not_allowed(method: str) -> Refusal:
    """405 for a verb that the path does not have."""
    return Refusal(405, f"The requested resource does not support http method '{method}'.")


def failed() -> Refusal:
    """500: the server does not say why."""
    return Refusal(500, "An error has occurred.")
