"""What simulators of JSON APIs have alike: refusals as answers, and faults in the API's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.server import (
    Fault,
    Request,
    Response,
    Simulator,
    gateway_page,
    json_response,
    retry_after,
)


class Refused(Exception):
    """Raised wherever a request is refused; the server answers it with `status` and `body`."""

    def __init__(self, status: int, message: str, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.body = dict(body)


class JsonApi(Simulator):
    """A simulator that answers in JSON; a subclass implements `answer`, which may raise Refused."""

    def answer(self, request: Request) -> Response:
        """Carry out one request and answer it."""
        raise NotImplementedError

    def handle(self, request: Request) -> Response:
        try:
            return self.answer(request)
        except Refused as refused:
            return self.refused(refused)

    def refused(self, refused: Refused) -> Response:
        """The answer to what was refused."""
        return json_response(refused.body, refused.status)

    def refusal(self, fault: Fault, request: Request) -> Response:
        """In the API's words, but for what stands before it (502 to 504), which has a page."""
        if page := gateway_page(fault):
            return page
        return json_response(self.words(fault, request), fault.status, retry_after(fault))

    def words(self, fault: Fault, request: Request) -> Mapping[str, Any]:  # noqa: ARG002 (a subclass may look at it)
        """The body of the answer that a fault orders."""
        return {"message": f"{request.method} was refused."}
