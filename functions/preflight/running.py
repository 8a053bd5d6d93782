"""Runs the checks of connections, keeps what failed as issues, and lets go on what is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from functions.preflight.common import check_settings_of, check_system
from functions.wiring import Runtime, flow_class, flows_in_use, logger
from shared.sync.checked import forget_others, keep_checks, resume_paused
from shared.sync.clock import RandomIds
from shared.sync.connection import Connection
from shared.sync.errors import ConfigurationWrong, CredentialsRefused, RecordRejected, RetryLater, Throttled
from shared.sync.flow import Flow
from shared.sync.names import title
from shared.sync.operating import Operator
from shared.sync.pausing import CONNECTION
from shared.sync.preflight import Check
from shared.sync.record import FlowKey
from shared.sync.rights import checks, may
from shared.sync.starting import document, not_started, to_start

SPARE_SECONDS = 60
"""No connection is begun with less time than this left."""

SLOWER_FOR = 60.0
"""Seconds for which a tenant is left alone that asked for fewer requests without saying how long."""

FIRST = {"KEYS", "SETTINGS"}
"""Checks whose failing leaves all others of their part unmade."""


@dataclass
class Report:
    """What came of one connection: its checks by what they are about (a system, a flow).

    `unanswered` says which checks could not be made, and why; `resumed` what was let go on. `waiting` are the flows
    that a person must start yet, `started` those that were just now, `refused` those that were to be and were not,
    since not all of their checks hold.
    """

    checks: dict[str, list[Check]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(1 for made in self.checks.values() for check in made if check.passed is False)

    def as_json(self) -> dict[str, Any]:
        checks = [{"of": of, **asdict(check)} for of, made in self.checks.items() for check in made]
        told = {"waiting": self.waiting, "started": self.started, "refused": self.refused}
        return {
            "checks": checks, "failed": self.failed, "unanswered": self.unanswered, "resumed": self.resumed, **told
        }  # fmt: skip


def preflight(
    here: Runtime, connection: str | None, remaining: Callable[[], float], *, start: str = ""
) -> dict[str, Any]:
    """Checks one connection, or all; what was found, by connection, and how many were `left` for want of time.

    `remaining` tells the seconds left. `start` is the person who starts the connection's flows that wait for it: all of
    one partner's, or none. ConfigurationWrong where there is no such connection; whatever else is wrong is a failed
    check.
    """
    waiting = here.connections(connection)
    done: dict[str, Any] = {}
    while waiting and remaining() > SPARE_SECONDS:
        one = waiting.pop(0)
        report = _Run(here, one).report(start)
        done[one.id] = report.as_json()
        told = {"checks": sum(map(len, report.checks.values())), "failed": report.failed, "resumed": report.resumed}
        logger.info("preflight", extra={"connection": one.id, "preflight": {**told, "unanswered": report.unanswered}})
    if waiting:
        logger.error("no time was left for preflight", extra={"connections": [one.id for one in waiting]})
    return {"connections": done, "left": len(waiting)}


@dataclass
class _Run:
    """The checks of one connection, part by part: each system, then each flow."""

    here: Runtime
    connection: Connection
    done: Report = field(default_factory=Report)

    def report(self, start: str = "") -> Report:
        flows = flows_in_use(self.connection)
        systems = list(dict.fromkeys(system for flow in flows for system in flow.systems))
        accepted = {system for system in systems if self._system(system)}
        sound = {flow for flow in self.connection.flows if self._flow(flow, accepted)}
        forget_others(self.here.store, self.connection, [*systems, *self.connection.flows])
        self.done.resumed = resume_paused(self.here.store, self.connection, accepted, sound, self.here.clock.now())
        waiting = [flow for flow in to_start(flows) if self._waits(flow)]
        for partner in dict.fromkeys(flow.starts for flow in waiting if start):
            together = [flow for flow in to_start(flows) if flow.starts == partner]
            if sound.issuperset(flow.name for flow in together):
                self._start(together, start)
            else:
                self.done.refused += [flow.name for flow in together]
        self.done.waiting = [flow.name for flow in waiting if flow.name not in self.done.started]
        return self.done

    def _waits(self, flow: type[Flow[Any]]) -> bool:
        state = self.here.store.flows.state(FlowKey(self.connection.id, flow.name))
        return bool(not_started(flow, self.connection, state))

    def _start(self, flows: Iterable[type[Flow[Any]]], by: str) -> None:
        """Starts what was just checked: were the settings changed meanwhile, the others would not be started by it."""
        now = self.here.clock.now()
        operator = Operator(self.here.store, self.here.queue, self.here.clock, RandomIds(), by)
        for flow in flows:
            key = FlowKey(self.connection.id, flow.name)
            operator.tell(key, "Started with these settings.")
            self.here.store.flows.start(key, document(flow, self.connection), now)
            self.done.started.append(flow.name)

    def _system(self, name: str) -> bool:
        """Whether it takes its keys."""
        if until := self._paced(name):
            self.done.unanswered.append(f"{title(name)} asked for fewer requests until {until}.")
            return False
        self._part(name, check_system(self.here, self.connection, name))
        return any(check.code == "KEYS" and check.passed for check in self.done.checks[name])

    def _flow(self, name: str, accepted: set[str]) -> bool:
        """Whether all of its checks could be made, and none failed."""
        return self._part(name, self._checks_of_flow(name, accepted))

    def _checks_of_flow(self, name: str, accepted: set[str]) -> Iterator[Check]:
        settings = check_settings_of(self.connection, name)
        yield settings
        if not settings.passed:
            return
        flow = flow_class(name)
        if refused := [title(system) for system in flow.systems if system not in accepted]:
            raise RetryLater(f"they wait until {' and '.join(refused)} can be asked")
        made = self.here.flow(flow, self.connection)
        rights = list(checks(name, made.rights, made.context.settings, made.context.systems))
        yield from rights
        yield from made.preflight(may(rights))

    def _part(self, about: str, checks: Iterable[Check]) -> bool:
        """Makes these checks and keeps what failed; whether all were made, and none failed."""
        made = self.done.checks.setdefault(about, [])
        whole = True
        try:
            made.extend(checks)
        except (RetryLater, CredentialsRefused) as error:
            if isinstance(error, Throttled):
                until = self.here.clock.now() + timedelta(seconds=error.after or SLOWER_FOR)
                self.here.store.leases.slow_down(error.pace_key, until)
            self.done.unanswered.append(f"Checks of {about} were not made: {error}.")
            whole = False
        except (ConfigurationWrong, RecordRejected) as error:
            made.append(_broken_off(about, error))
            whole = False
        whole = whole and not any(check.code in FIRST and not check.passed for check in made)
        kept = [check for check in made if not self._told_already(about, check)]
        keep_checks(self.here.store, self.connection, about, kept, self.here.clock.now(), whole=whole)
        return whole and not any(check.passed is False for check in made)

    def _told_already(self, about: str, check: Check) -> bool:
        """Whether refused keys have paused the connection by now, with an issue of their own."""
        if check.code != "KEYS" or check.passed:
            return False
        return any(
            (open_.issue.code, open_.scope.kind, open_.scope.id) == ("CREDENTIALS_REFUSED", CONNECTION, about)
            for open_ in self.here.store.issues.of_connection(self.connection.id)
        )

    def _paced(self, name: str) -> str:
        """Until when this system's tenant wants no requests; empty if it takes them, or cannot even be named."""
        try:
            key = self.here.system(self.connection, name).pace_key
        except ConfigurationWrong:
            return ""
        until = self.here.store.leases.pace(key, self.here.clock.now())
        return f"{until:%H:%M:%S} UTC" if until else ""


def _broken_off(about: str, error: ConfigurationWrong | RecordRejected) -> Check:
    """Stands for the checks that could not be made, since a read that they need was refused."""
    wrong = error if isinstance(error, ConfigurationWrong) else ConfigurationWrong(str(error))
    return Check(
        "BROKEN_OFF",
        f"Checks of {about}",
        False,
        wrong.what,
        "that every check can be made",
        wrong.where or f"the connection's settings, flows.{about}",
        wrong.fix or "See what the message says.",
    )
