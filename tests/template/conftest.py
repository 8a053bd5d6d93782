"""The template, read once for all tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.template import reading
from tests.template.reading import Resources


@pytest.fixture(scope="session")
def source() -> Mapping[str, Any]:
    """The template as written."""
    return reading.written()


@pytest.fixture(scope="session")
def translated() -> Mapping[str, Any]:
    """The template as CloudFormation gets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return reading.translated()


@pytest.fixture(scope="session")
def resources(translated: Mapping[str, Any]) -> Resources:
    found: Resources = translated["Resources"]
    return found
