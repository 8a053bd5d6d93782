"""Preflight's words: what must hold in both systems before a record can be kept in step, and whether it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.sync.errors import ConfigurationWrong, RecordRejected


@dataclass(frozen=True)
class Check:
    """One thing that must hold, and whether it does.

    `passed` is None where that cannot be known without writing, or with nothing there to look at: no failure, and no
    proof either. `found` and `wanted` are in words. `where` names the set-up table or screen and the row in it, `fix`
    what to do there. `about` tells checks of one code apart: which right, which field.
    """

    code: str
    title: str
    passed: bool | None
    found: str
    wanted: str
    where: str
    fix: str
    about: str = ""


def tried(check: Check, ask: Callable[[], Check]) -> Check:
    """What `ask` makes of a check; where it may not even read, that very check, failed, in the other side's words.

    RetryLater and CredentialsRefused are not caught: they end a run, and say nothing of any one check.
    """
    try:
        return ask()
    except ConfigurationWrong as wrong:
        said = replace(check, passed=False, found=wrong.what)
        return replace(said, where=wrong.where or said.where, fix=wrong.fix or said.fix)
    except RecordRejected as refusal:
        return replace(check, passed=False, found=refusal.words)
