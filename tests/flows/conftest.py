"""Fixtures of the flows' end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged


@pytest.fixture
def rig(request: pytest.FixtureRequest, stack: Stack, aws: None) -> Iterator[Rig]:
    """The flow that the module is about, between empty systems: `pytestmark = pytest.mark.flow(name, **settings)`."""
    about = request.node.get_closest_marker("flow")
    with rigged(*about.args, stack, **about.kwargs) as rig:
        yield rig
