"""Preflight's words: what must hold in both systems before a record can be kept in step, and whether it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from shared.sync.errors import ConfigurationWrong, RecordRejected
from shared.sync.record import fold


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


May = Callable[[str, str], bool]
"""Whether a system's row (of a role, of its security settings) may be read, as far as is known: `may(PSA, TABLES)`."""


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


def listed(
    code: str,
    noun: str,
    name: str,
    there: Iterable[tuple[str, bool]],
    where: str,
    flow: str,
    *,
    unfit: str = "inactive",
    about: str = "",
) -> Check:
    """Whether a list has an active entry of this name; `there` are its names, and whether each can be used.

    `where` is the list, `unfit` says why an entry cannot be used, `flow` whose settings name it. `about` is the name,
    unless several settings may name one.
    """
    fit: dict[str, bool] = {}
    names: list[str] = []
    for known, usable in there:
        fit[fold(known)] = fit.get(fold(known), False) or usable
        names += [known] if usable and known not in names else []
    found = {
        True: "it is there",
        False: f"it is there, but {unfit}",
        None: f"there is none of that name; there is {', '.join(names) or 'none at all'}",
    }
    return Check(
        code,
        f"{noun[:1].upper()}{noun[1:]} {name}",
        fit.get(fold(name), False),
        found[fit.get(fold(name))],
        f"an active {noun} {name}",
        f"{where}, row {name}",
        f"Add or activate the row {name}, or name another one in the settings of {flow}.",
        about or fold(name),
    )


def custom_field(kind: str, caption: str, seen: Sequence[str] | None, flow: str) -> Check:
    """Whether ConnectWise has a custom field of this caption; `seen` are those of any record of its kind.

    None where there is no record yet to see them on. `flow` is the one whose settings name it.
    """
    check = Check(
        "CUSTOM_FIELD",
        f"Custom field {caption} of {'an' if kind[0] in 'aeiou' else 'a'} {kind}",
        None,
        f"there is no {kind} yet to see it on",
        f"a custom field with the caption {caption} on every {kind}",
        f"System > Setup Tables > Custom Fields, screen {kind.title()}, row {caption}",
        f"Add a text field with the caption {caption}, or name another one in the settings of {flow}.",
        f"{kind}/{fold(caption)}",
    )
    if seen is None:
        return check
    if fold(caption) in map(fold, seen):
        return replace(check, passed=True, found="it is there")
    return replace(
        check, passed=False, found=f"there is none of that caption; there is {', '.join(seen) or 'none at all'}"
    )
