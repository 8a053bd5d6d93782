"""Answers that AWS may give and moto never does, put in by botocore's own event hooks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ReadTimeoutError


class Answers:
    """Changes what clients are answered, call by call, and counts the calls."""

    def __init__(self) -> None:
        self.calls: dict[str, list[dict[str, Any]]] = {}

    def watch(self, client: Any, operation: str) -> list[dict[str, Any]]:
        """The parameters of every call of this operation from now on."""
        seen = self.calls.setdefault(operation, [])
        client.meta.events.register(
            f"provide-client-params.*.{operation}", lambda params, **_: seen.append(dict(params))
        )
        return seen

    def refuse(
        self,
        client: Any,
        operation: str,
        code: str,
        *,
        status: int = 400,
        times: int = 1,
        message: str = "refused",
        reasons: tuple[str, ...] = (),
    ) -> None:
        """The next calls of this operation never arrive and are answered with this error."""
        left = [times]

        def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            if not left[0]:
                return None
            left[0] -= 1
            parsed: dict[str, Any] = {
                "Error": {"Code": code, "Message": message},
                "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
            }
            if reasons:
                parsed["CancellationReasons"] = [{"Code": reason} for reason in reasons]
            return SimpleNamespace(status_code=status), parsed

        client.meta.events.register(f"before-call.*.{operation}", answer)

    def lose(self, client: Any, operation: str) -> None:
        """The next call of this operation is carried out, and its answer is lost."""
        left = [1]

        def lost(**_: Any) -> None:
            if left[0]:
                left[0] -= 1
                raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

        client.meta.events.register(f"after-call.*.{operation}", lost)

    def alter(self, client: Any, operation: str, change: Callable[[dict[str, Any]], None], *, times: int = 1) -> None:
        """The next answers of this operation are changed in place."""
        left = [times]

        def altered(parsed: dict[str, Any], **_: Any) -> None:
            if left[0]:
                left[0] -= 1
                change(parsed)

        client.meta.events.register(f"after-call.*.{operation}", altered)

    def keep_back(
        self, client: Any, operation: str, change: Callable[[dict[str, Any]], Any], *, times: int = 1
    ) -> None:
        """The next requests of this operation are changed before they are sent; None leaves one as it is."""
        left = [times]

        def changed(params: dict[str, Any], **_: Any) -> Any:
            if not left[0]:
                return None
            left[0] -= 1
            return change(dict(params))

        client.meta.events.register(f"provide-client-params.*.{operation}", changed)
