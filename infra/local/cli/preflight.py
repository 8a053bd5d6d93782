"""The command `preflight`: is everything there in both systems that a connection needs, and where is it mended?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from infra.local.cli.place import OnStack
from infra.local.cli.running import ConfigFile, run
from infra.local.cli.screen import FAILED, Failed, complain, on_terminal, say, say_json, say_table

FUNCTION = "preflight"
VERDICTS = {True: "OK", False: "FAIL", None: "not known"}


def preflight(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection to check, by its id.")],
    config: ConfigFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    stack: OnStack = None,
) -> None:
    """Check keys, rights, set-up tables, custom fields, clocks and callbacks of a connection; write nothing outside."""
    found = found_of(connection, run("invoke", request(connection), config, f"preflight {connection}", stack))
    if json:
        say_json(found)
    else:
        tell(found)
    if not is_well(found):
        raise typer.Exit(FAILED)


def request(connection: str) -> dict[str, Any]:
    """What is asked of a place, so that its function checks this connection."""
    return {"function": FUNCTION, "event": {"connection": connection}}


def found_of(connection: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """The connection's part of the function's answer; Failed where it has none."""
    if result["error"]:
        raise Failed(result["error"])
    found: dict[str, Any] | None = result["answer"]["connections"].get(connection)
    if found is None:
        raise Failed(f"no time was left to check {connection}")
    return found


def is_well(found: Mapping[str, Any]) -> bool:
    """Whether every check was made, and none failed."""
    return not found["failed"] and not found["unanswered"]


def tell(found: Mapping[str, Any], *, failed_only: bool = False) -> None:
    """Shows the checks, or those that failed, and counts them."""
    checks = found["checks"]
    shown = [one for one in checks if one["passed"] is False or not failed_only]
    if on_terminal():
        for of in dict.fromkeys(one["of"] for one in shown):
            say_table(("", of), [(VERDICTS[one["passed"]], _told(one)) for one in shown if one["of"] == of])
    elif shown:
        say_table(
            ("", "of", "check", "found", "what to do"),
            [(VERDICTS[one["passed"]], one["of"], one["title"], one["found"], _to_do(one)) for one in shown],
        )
    for line in found["unanswered"]:
        complain(f"crosswise: {line}")
    for what in found["resumed"]:
        say(f"resumed: {what}")
    if found["waiting"] and not found["refused"]:
        say(f"not started yet: {', '.join(found['waiting'])}")
    passed = sum(1 for one in checks if one["passed"])
    say(f"{passed} OK, {found['failed']} failed, {len(checks) - passed - found['failed']} not known")


def _told(check: Mapping[str, Any]) -> str:
    """A check for a terminal: what was found, and below it what to do, if anything is."""
    return "\n".join(line for line in (f"{check['title']}: {check['found']}", _to_do(check)) if line)


def _to_do(check: Mapping[str, Any]) -> str:
    """Where to mend what failed; what nobody can know yet is for a person to look at."""
    if check["passed"]:
        return ""
    told = f"{check['where']}: {check['fix']}"
    return told if check["passed"] is False else f"Look yourself: {told}"
