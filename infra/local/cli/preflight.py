"""The command `preflight`: is everything there in both systems that a connection needs, and where is it mended?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from infra.local.cli.running import ConfigFile, run
from infra.local.cli.screen import FAILED, complain, say, say_json, say_table

FUNCTION = "preflight"
VERDICTS = {True: "OK", False: "FAIL", None: "not known"}


def preflight(
    connection: Annotated[str, typer.Argument(help="The connection to check, by its id.")],
    config: ConfigFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check keys, rights, set-up tables, custom fields, clocks and callbacks of a connection; write nothing outside."""
    request = {"function": FUNCTION, "event": {"connection": connection}}
    result = run("invoke", request, config, f"preflight {connection}")
    if result["error"]:
        complain(f"crosswise: {result['error']}")
        raise typer.Exit(FAILED)
    found = result["answer"]["connections"].get(connection)
    if found is None:
        complain(f"crosswise: no time was left to check {connection}")
        raise typer.Exit(FAILED)
    if json:
        say_json(found)
    else:
        _tell(found)
    if found["failed"] or found["unanswered"]:
        raise typer.Exit(FAILED)


def _tell(found: Mapping[str, Any]) -> None:
    checks = found["checks"]
    say_table(
        ("", "of", "check", "found", "what to do"),
        [(VERDICTS[one["passed"]], one["of"], one["title"], one["found"], _to_do(one)) for one in checks],
    )
    for line in found["unanswered"]:
        complain(f"crosswise: {line}")
    for what in found["resumed"]:
        say(f"resumed: {what}")
    passed = sum(1 for one in checks if one["passed"])
    say(f"{passed} OK, {found['failed']} failed, {len(checks) - passed - found['failed']} not known")


def _to_do(check: Mapping[str, Any]) -> str:
    """Where to mend what failed; what nobody can know yet is for a person to look at."""
    if check["passed"]:
        return ""
    told = f"{check['where']}: {check['fix']}"
    return told if check["passed"] is False else f"Look yourself. {told}"
