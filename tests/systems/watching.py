"""What tests of adapters put between an adapter and its server: a transport that watches, and keys that rotate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx


class Secret:
    """A secret that is kept for a while: a new version is seen only when read anew."""

    def __init__(self, good: Mapping[str, str]) -> None:
        self.stored = good
        self.kept = self.stored
        self.read = 0

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        if fresh:
            self.kept = self.stored
            self.read += 1
        return self.kept


class Watch(httpx.BaseTransport):
    """Keeps what goes out, and may change what comes in. `root` is what the paths of an API begin with."""

    def __init__(self, root: str = "/") -> None:
        self.root = root
        self.requests: list[httpx.Request] = []
        self.rewrite: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _, response: response

    def __call__(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        self.inner = inner
        return self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.rewrite(request, self.inner.handle_request(request))

    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests if request.content]

    def queries(self, path: str) -> list[dict[str, list[str]]]:
        return [parse_qs(r.url.query.decode()) for r in self.requests if r.url.path == f"{self.root}{path}"]

    def answer(self, path: str, value: object, status: int = 200, **headers: str) -> None:
        """Lets everything asked at a path be answered with this JSON."""

        def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            if request.url.path != f"{self.root}{path}":
                return response
            return httpx.Response(status, json=value, headers=headers)

        self.rewrite = rewrite
