"""The checks of the connection that all flows share: keys, clocks, callbacks, and each flow's settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from functions import wiring
from functions.preflight.rights import CALLBACKS, EVERY_FLOW, OURS
from functions.wiring import Runtime, check_settings, flow_class, flows_in_use
from shared.sync.clock import Clock
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, CredentialsRefused
from shared.sync.names import PSA, title
from shared.sync.ports import System
from shared.sync.preflight import Check, tried
from shared.sync.rights import checks, may
from shared.sync.told import types_told
from shared.systems.connectwise_psa import Psa, roles
from shared.systems.connectwise_psa.callback_entries import CallbackEntry

SKEW_LIMIT = timedelta(seconds=60)
"""How far a system's clock and ours may be apart; AWS itself refuses requests beyond five minutes."""


def check_system(here: Runtime, connection: Connection, name: str) -> Iterator[Check]:
    """Whether a system takes its keys, and what every flow needs of it. Nothing more is asked where it does not.

    Raises RetryLater where it does not answer.
    """
    keys, system = _keys(here, connection, name)
    yield keys
    if system is None:
        return
    rights = list(checks(EVERY_FLOW, OURS[EVERY_FLOW], None, {PSA: system})) if isinstance(system, Psa) else []
    yield from rights
    if not any(right.passed is False for right in rights):
        yield _clocks(system, here.clock)
    if isinstance(system, Psa):
        yield from _callbacks(here, connection, system)


def check_settings_of(connection: Connection, flow: str) -> Check:
    """Whether a flow's settings hold; every fault is named."""
    check = Check(
        "SETTINGS",
        f"Settings of {flow}",
        True,
        "they hold",
        "settings that the flow knows",
        f"the connection's settings, flows.{flow}",
        "Correct them; the flow goes on by itself.",
    )
    if flow not in wiring.FLOWS:
        return replace(check, passed=False, found=f"there is no flow of that name; there is {', '.join(wiring.FLOWS)}")

    def ask() -> Check:
        check_settings(flow_class(flow), connection)
        return check

    return tried(check, ask)


def _keys(here: Runtime, connection: Connection, name: str) -> tuple[Check, System | None]:
    """The check, and the system where it takes the keys."""
    check = Check(
        "KEYS",
        f"Keys of {title(name)}",
        True,
        "they are accepted",
        f"that {title(name)} accepts them",
        f"Secrets Manager, the secret {here.environment.secret_prefix}/{name}/{connection.id}",
        "Put valid keys there; they are tried again by themselves.",
    )
    try:
        system = here.system(connection, name)
        system.check()
    except CredentialsRefused as refusal:
        return replace(check, passed=False, found=f"they are refused: {refusal.reason}"), None
    except ConfigurationWrong as wrong:
        failed = replace(check, passed=False, found=wrong.what)
        return replace(failed, where=wrong.where or failed.where, fix=wrong.fix or failed.fix), None
    return check, system


def _clocks(system: System, clock: Clock) -> Check:
    limit = int(SKEW_LIMIT.total_seconds())
    check = Check(
        "CLOCK",
        f"Clock of {title(system.name)}",
        True,
        "",
        f"at most {limit} seconds between it and ours",
        f"the clock of the server of {title(system.name)}, or the connection's settings, systems.{system.name}",
        "Let the server's clock follow a time server. If the difference is whole or half hours, correct time_zone in "
        "the settings instead.",
    )

    def ask() -> Check:
        skew = system.server_time() - clock.now()
        seconds = round(abs(skew.total_seconds()))
        told = "ahead" if skew > timedelta() else "behind"
        found = f"it is {seconds} seconds {told}" if seconds else "it is the same"
        return replace(check, passed=abs(skew) <= SKEW_LIMIT, found=found)

    return tried(check, ask)


def _callbacks(here: Runtime, connection: Connection, psa: Psa) -> Iterator[Check]:
    """Whether ConnectWise tells of each type that a flow wants; a flow in preview has none registered."""
    public = here.environment.callback_url
    active = [flow for flow in flows_in_use(connection) if not connection.flows[flow.name].get("preview")]
    types = types_told(active, psa.name)
    if not public or not types:
        return
    rights = list(checks(CALLBACKS, OURS[CALLBACKS], None, {PSA: psa}))
    yield from rights
    if not may(rights)(PSA, roles.TABLES):
        return
    entries = psa.callback_entries.all()
    for type_ in types:
        yield _callback(connection, type_, f"{public}/callbacks/{connection.id}", entries)


def _callback(connection: Connection, type_: str, address: str, entries: Sequence[CallbackEntry]) -> Check:
    ours = [
        entry
        for entry in entries
        if entry.type.casefold() == type_ and entry.url.partition("?")[0].rstrip("/") == address
    ]
    active = any(not entry.inactive for entry in ours)
    found = (
        "there is one" if active else "it is inactive, since three days of posts failed" if ours else "there is none"
    )
    return Check(
        "CALLBACK",
        f"Callback for every {type_}",
        active,
        found,
        f"an active entry that posts to {address}; until then changes are found by scans only",
        "ConnectWise's callback entries (system/callbacks)",
        f'Run crosswise invoke {CALLBACKS} with the event {{"connection": "{connection.id}"}}; it runs every day, too.',
        type_,
    )
