"""Reads an HTTP API's routes out of a translated template: which function gets which posts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.cloud.intrinsics import Resolver, TemplateFault
from infra.local.cloud.stack import STACK, Route

_FUNCTION = re.compile(rf"function:{STACK}-(\w+)/invocations$")
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def routes(properties: Mapping[str, Any], resolver: Resolver) -> Iterator[Route]:
    """The routes of an `AWS::ApiGatewayV2::Api`; TemplateFault for what the local cloud does not serve."""
    if unknown := sorted(set(properties) - {"Body", "Tags"}):
        raise TemplateFault(f"the local cloud does not serve {', '.join(unknown)} of an HTTP API")
    for path, methods in properties["Body"].get("paths", {}).items():
        if not path.startswith("/") or "+}" in path:
            raise TemplateFault(f"its route {path} is not served; plain paths are")
        for method, operation in methods.items():
            if method not in _METHODS:
                raise TemplateFault(f"its route {path} is for {method}, which the local cloud does not serve")
            yield Route(method.upper(), path, _function(path, operation, resolver))


def _function(path: str, operation: Mapping[str, Any], resolver: Resolver) -> str:
    """The logical id of the function that a route runs."""
    integration = operation.get("x-amazon-apigateway-integration", {})
    form = (integration.get("type"), str(integration.get("payloadFormatVersion")))
    found = _FUNCTION.search(str(resolver.resolve(integration.get("uri", ""))))
    if form != ("aws_proxy", "2.0") or found is None:
        raise TemplateFault(f"its route {path} does not run a function of the template in payload format 2.0")
    return found[1]
