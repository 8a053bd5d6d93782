"""The local cloud: template.yaml brought to life in this process, on a clock that can be turned."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from moto import mock_aws

from functions import wiring
from infra.local.cloud import mail, resources
from infra.local.cloud.batches import Pollers
from infra.local.cloud.clock import LocalClock
from infra.local.cloud.dynamodb import LocalDynamoDB
from infra.local.cloud.gateway import Gateway
from infra.local.cloud.happening import Happening, Report, Watcher
from infra.local.cloud.http_api import HttpApi
from infra.local.cloud.intrinsics import TemplateFault
from infra.local.cloud.lambdas import OUTPUT, Invocation, Lambdas
from infra.local.cloud.schedule import ScheduleFault
from infra.local.cloud.shortcut import shortcut
from infra.local.cloud.sqs import LocalSqs
from infra.local.cloud.stack import ACCOUNT, REGION, Stack
from infra.local.cloud.tally import Tally, TallyLog
from infra.local.cloud.template import read
from infra.local.cloud.timers import Timers
from infra.local.cloud.trouble import Trouble
from infra.local.cloud.variables import environment

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
ENDPOINT = f"https://sqs.{REGION}.amazonaws.com"


class NotQuiet(RuntimeError):
    """Messages beget messages without end."""


class Cloud:
    """What AWS would do with a template: used as `with Cloud() as cloud:`, one at a time in a process.

    `template` is a SAM template, `parameters` replace its defaults, `clock` is the time that schedules, queues and
    functions go by. `output` gets what functions print. `http` is the port of its HTTP API (0: any that is free);
    with None nothing listens, and functions know no address. Nothing else runs by itself: `step` and what builds on
    it (`run_until_quiet`, `wait`, `run`) deliver. TemplateFault names what the template wants and is not served here.
    """

    running: ClassVar[Cloud | None] = None

    def __init__(
        self,
        template: Path = TEMPLATE,
        *,
        parameters: Mapping[str, str] | None = None,
        clock: LocalClock | None = None,
        output: Callable[[str], object] | None = None,
        http: int | None = None,
        lambdas: Lambdas | None = None,
    ) -> None:
        self.template = template
        self.parameters = dict(parameters or {})
        self.clock = clock or LocalClock()
        self.trouble = Trouble()
        self.watchers: list[Watcher] = []
        self.lock = threading.RLock()
        self.stack = Stack()
        self.url = ""
        """Where the HTTP API listens; empty if it does not."""
        self._output = output
        self._http = http
        self._lambdas = lambdas or Lambdas()
        self._log = TallyLog(OUTPUT)
        self._end = contextlib.ExitStack()
        self._sqs: LocalSqs
        self._pollers: Pollers
        self._timers: Timers

    # Life

    def start(self) -> Self:
        """Makes all that the template names; nothing has run yet."""
        if Cloud.running is not None:
            raise RuntimeError("another local cloud runs in this process")
        with contextlib.ExitStack() as end:
            self._end = end
            api = end.enter_context(HttpApi(self._http)) if self._http is not None else None
            self.url = api.url if api else ""
            stack = read(self.template, endpoint=ENDPOINT, parameters=self.parameters, web=self.url)
            for function in stack.functions.values():
                _check_handler(function.id, function.handler)
            end.enter_context(environment(_aws_settings()))
            end.enter_context(mock_aws())
            end.enter_context(shortcut())
            LocalDynamoDB.install()
            self._sqs = LocalSqs.install(self.clock.now)
            resources.create(stack)
            self._live(stack)
            Cloud.running, Trouble.current, OUTPUT.reader = self, self.trouble, self._output
            end.callback(self._forget)
            self._log.start()
            end.callback(self._log.stop)
            wiring.use(clock=self.clock, clients=resources.clients())
            end.callback(wiring.use)
            self._lambdas.join(self)
            if api:
                api.open(stack.routes, self._posted, self.clock.now)
                end.callback(api.close)
            self._end = end.pop_all()
        return self

    def stop(self) -> None:
        """Ends it; what it held is gone."""
        self._end.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve(self, port: int = 0) -> str:
        """Opens the local AWS to other processes, on loopback, until the cloud stops; returns the endpoint's URL."""
        gateway = Gateway(self._lambdas.turns)
        endpoint = gateway.start(port)
        self._end.callback(gateway.stop)
        return endpoint

    def printed(self, line: str) -> None:
        """Takes a line that a function in a process of its own wrote to its log."""
        OUTPUT.write(line)
        self._log.read(line)

    def at_stop(self, call: Callable[[], object]) -> None:
        """Calls this when the cloud stops."""
        self._end.callback(call)

    # What it holds

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS."""
        return resources.client(service)

    def put_secret(self, name: str, value: Mapping[str, str]) -> None:
        """Keeps a secret of several fields, as JSON."""
        resources.put_secret(name, json.dumps(dict(value)))

    def verify(self, identity: str) -> None:
        """Lets SES send from an address or a domain."""
        resources.verify(identity)

    @property
    def table(self) -> str:
        """The name of the one table."""
        (table,) = self.stack.tables.values()
        return table.name

    def queue_url(self, queue: str) -> str:
        """The URL of a queue by its logical id."""
        return f"{ENDPOINT}/{ACCOUNT}/{self.stack.queues[queue].name}"

    def messages(self, queue: str) -> list[str]:
        """The bodies of all messages of a queue (by its logical id), received or not, without receiving them."""
        held = self._sqs.queue(self.stack.queues[queue].name).held
        return [str(message.body) for message in held.values()]

    def settings_of(self, function: str) -> contextlib.AbstractContextManager[None]:
        """The environment of a function, for code that reads what it reads."""
        return environment({**self.stack.function(function).environment})

    def mails(self) -> list[mail.SentMail]:
        """The mail that SES accepted, oldest first."""
        return mail.sent()

    def save_mail(self, folder: Path) -> list[Path]:
        """Writes that mail as `.eml` and `.html` files; returns them."""
        return mail.save(mail.sent(), folder)

    def tally(self) -> Tally:
        """Outcomes and requests of every batch so far. What came in between is the difference of two."""
        return self._log.tally()

    # What it does

    def invoke(self, function: str, event: object) -> Invocation:
        """Runs one function on one event, as a caller who waits for the answer."""
        return self._lambdas.invoke(self.stack.function(function), event)

    def step(self) -> list[Happening]:
        """Runs what is due by the clock, and delivers one batch of each queue that has messages to see."""
        with self.lock:
            self._sqs.shuffle = self.trouble.shuffle
            happened = self._timers.run()
            for trigger in self.stack.triggers.values():
                # Asking an empty queue would come to nothing, and takes moto longer than most of what a step does.
                held = self._sqs.queue(self.stack.queues[trigger.queue].name).held
                if held and (happening := self._pollers.poll(trigger)) is not None:
                    happened.append(happening)
            self._tell(*happened)
            return happened

    def _posted(self, function: str, event: object) -> Invocation:
        """Runs a function on what was posted to the HTTP API: in between what else goes on, for the poster waits."""
        at = self.clock.now()
        invocation = self._lambdas.invoke(self.stack.functions[function], event)
        error = f"{invocation.error_type}: {invocation.error}" if invocation.failed else ""
        self._tell(Happening("post", "http", function, at, invocation.seconds, 0, (), error, invocation.trace))
        return invocation

    def _tell(self, *happened: Happening) -> None:
        for happening in happened:
            for watcher in self.watchers:
                watcher(happening)

    def run_until_quiet(self, *, patience: timedelta = timedelta(), limit: int = 100_000) -> Report:
        """Runs and delivers until nothing is due and no message is visible.

        Messages that were handed back for a while are waited for if they come within `patience`: in real time, or by
        turning a clock that stands still. NotQuiet after `limit` runs.
        """
        report = Report()
        until = self.clock.now() + patience
        while len(report) < limit:
            if happened := self.step():
                report.happenings.extend(happened)
            elif (back := self._next_message()) is not None and back <= until:
                self._await(back)
            else:
                return report
        busiest = report.runs().most_common(1)[0]
        raise NotQuiet(f"still not quiet after {limit} runs, {busiest[1]} of them of {busiest[0]}")

    def wait(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> Report:
        """Lets that much time pass as it would: the clock is turned from each thing that comes due to the next."""
        end = self.clock.now() + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        report = self.run_until_quiet()
        while (at := self._next()) is not None and at <= end:
            self.clock.turn_to(at)
            report += self.run_until_quiet()
        self.clock.turn_to(end)
        return report + self.run_until_quiet()

    def run(self, stopped: threading.Event, *, pause: float = 0.2) -> None:
        """Goes on until `stopped` is set, looking for work every `pause` seconds."""
        while not stopped.is_set():
            if not self.step():
                stopped.wait(pause)

    def waiting(self) -> dict[str, int]:
        """How many messages each triggered queue holds, by its logical id, seen or not; empty queues are left out."""
        held = {trigger.queue: len(self.messages(trigger.queue)) for trigger in self.stack.triggers.values()}
        return {queue: number for queue, number in held.items() if number}

    def _next(self) -> datetime | None:
        times = [at for at in (self._timers.next_at(), self._next_message()) if at is not None]
        return min(times, default=None)

    def _next_message(self) -> datetime | None:
        now = self._sqs.now
        times = [
            self._sqs.queue(self.stack.queues[trigger.queue].name).next_visible(now)
            for trigger in self.stack.triggers.values()
        ]
        known = [at for at in times if at is not None]
        return datetime.fromtimestamp(min(known) / 1000, UTC) if known else None

    def _await(self, moment: datetime) -> None:
        if self.clock.still:
            self.clock.turn_to(moment)
        else:
            time.sleep(max((moment - self.clock.now()).total_seconds(), 0))

    def _live(self, stack: Stack) -> None:
        self.stack = stack
        sqs = self.client("sqs")
        urls = {name: self.queue_url(name) for name in stack.queues}
        self._pollers = Pollers(stack, sqs, self._lambdas, self.trouble, self.clock.now, urls)
        try:
            self._timers = Timers(stack, sqs, self._lambdas, self.clock.now, urls, self.clock.now())
        except ScheduleFault as fault:
            raise TemplateFault(str(fault)) from None

    def _forget(self) -> None:
        Cloud.running = Trouble.current = OUTPUT.reader = None


def _check_handler(name: str, handler: str) -> None:
    """Says at once what Lambda would say at the first event."""
    module = handler.rpartition(".")[0]
    try:
        found = importlib.util.find_spec(module) if module else None
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise TemplateFault(f"{name}: there is no module for its handler {handler}")


def _aws_settings() -> dict[str, str | None]:
    """The process's AWS settings while the cloud runs: nothing of the machine's own may reach a real account."""
    settings: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_ENDPOINT_URL")}
    settings |= dict.fromkeys(("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"))
    return settings | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
