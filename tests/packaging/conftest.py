"""Fixtures of the packaging tests: the stand-in for Lambda's runtime, and what is deployed, built once a process."""

from __future__ import annotations

import pytest

from infra.build.runtime import Built, NoRuntime, Runtime


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """Python 3.13 and the emulator; without them whoever needs them skips, saying why."""
    try:
        return Runtime.find()
    except NoRuntime as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def built(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Code and layer, made from the source as it is now."""
    return runtime.build(tmp_path_factory.mktemp("built"))
