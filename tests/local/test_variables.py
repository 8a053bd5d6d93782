"""Environment variables set for a while."""

from __future__ import annotations

import os

import pytest

from infra.local.cloud.variables import environment


def test_what_was_is_put_back_in_whatever_order_the_settings_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As threads do that run functions side by side."""
    monkeypatch.setenv("CROSSWISE_KEPT", "mine")
    monkeypatch.delenv("CROSSWISE_GONE", raising=False)
    first = environment({"CROSSWISE_KEPT": "1", "CROSSWISE_GONE": "1"})
    second = environment({"CROSSWISE_KEPT": None, "CROSSWISE_GONE": "2"})
    first.__enter__()
    second.__enter__()
    assert (os.environ.get("CROSSWISE_KEPT"), os.environ.get("CROSSWISE_GONE")) == (None, "2")
    first.__exit__(None, None, None)
    assert (os.environ.get("CROSSWISE_KEPT"), os.environ.get("CROSSWISE_GONE")) == (None, "2")
    second.__exit__(None, None, None)
    assert (os.environ.get("CROSSWISE_KEPT"), os.environ.get("CROSSWISE_GONE")) == ("mine", None)


def test_one_within_another_gives_back_the_outer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSSWISE_ONE", raising=False)
    with environment({"CROSSWISE_ONE": "outer"}):
        with environment({"CROSSWISE_ONE": "inner"}):
            assert os.environ["CROSSWISE_ONE"] == "inner"
        assert os.environ["CROSSWISE_ONE"] == "outer"
    assert "CROSSWISE_ONE" not in os.environ
