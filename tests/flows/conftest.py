"""Fixtures of the flows' end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    """The customer flow with empty systems, creating what is missing."""
    with rigged("eautomate_customers", stack, create_missing=True) as rig:
        yield rig
