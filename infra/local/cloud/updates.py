"""Update expressions for the local DynamoDB: as moto reads them, without what it does many times over.

moto parses an expression three times for each update, copies it, and takes it through ten steps, each of which asks of
every node anew what sort it is; what holds of the whole expression is checked at every node of it again. That is a
third of what a sync takes on this machine. What is refused and what is changed stays the same.
"""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]  # moto has no types
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]  # nor here
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

_parsed = cache(UpdateExpressionParser.make)
_concerned: dict[tuple[type, type], bool] = {}
"""By step and sort of node: whether the step does anything to such a node."""


def shorten() -> None:
    """From now on moto takes the short way, in all of this process."""
    UpdateExpressionParser.make = _parsed
    Node.__deepcopy__ = _copied
    DepthFirstTraverser.traverse_node_recursively = _traversed
    for check in (ActionCountValidator, OverlappingPathsValidator):
        check.traverse = check.process


def _copied(node: Node, _memo: dict[int, Any]) -> Node:
    """Nobody changes a parsed expression, but a copy of it."""
    copied: Node = pickle.loads(pickle.dumps(node))  # noqa: S301 (it was written a moment ago)
    return copied


def _traversed(step: DepthFirstTraverser, node: Any, child_id: int = -1) -> Any:
    """The node as the step leaves it, its children first."""
    if not hasattr(node, "children"):
        return node
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        step.pre_processing_of_child(node, number)
        _traversed(step, child, number)
    sorts = (type(step), type(node))
    if sorts not in _concerned:
        _concerned[sorts] = isinstance(node, step.nodes_to_be_processed())
    if _concerned[sorts]:
        node = step.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node
