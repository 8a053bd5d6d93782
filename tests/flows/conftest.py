"""Fixtures of the flows' end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import ENVIRONMENT, Rig, rigged, template
from tests.local_aws import local_aws


@pytest.fixture(scope="session")
def stack() -> Stack:
    """What template.yaml makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", ENVIRONMENT["AWS_DEFAULT_REGION"])
        return template()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with local_aws():
        yield


@pytest.fixture
def rig(stack: Stack, aws: None) -> Iterator[Rig]:
    """The customer flow with empty systems, creating what is missing."""
    with rigged("eautomate_customers", stack, create_missing=True) as rig:
        yield rig
