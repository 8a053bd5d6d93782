"""Where a command works: on a deployed stack, or on the local cloud that runs; both are used alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from infra.local.cli.control import Tell, Up
from infra.local.cli.screen import Failed
from shared.sync.ports import Queue

if TYPE_CHECKING:
    from shared.aws.table import Store

STACK = "CROSSWISE_STACK"
"""Environment variable that names the deployed stack to work on."""

Ask = Callable[[str, Mapping[str, Any], Tell], dict[str, Any]]

OnStack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        envvar=STACK,
        metavar="NAME",
        help="Work on this deployed stack, with your own AWS credentials; else on the local cloud.",
    ),
]


class Place(Protocol):
    """What a command needs of where it works.

    `name` is for people; `queue` finds the queue of any flow when something is first sent to it.
    """

    @property
    def name(self) -> str: ...

    @property
    def store(self) -> Store: ...

    @property
    def queue(self) -> Queue: ...

    def ask(self, command: str, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """Carries out `sync` (`flow`, `connection`, `mode`) or `invoke` (`function`, `event`), with its progress.

        `invoke` answers `answer`, or `error` and `trace`; Failed where there is no such flow or function.
        """
        ...


def find(stack: str | None) -> Place | None:
    """The stack of this name, or else the local cloud that runs, or None. Failed where there is no such stack."""
    if stack:
        from infra.local.cli.deployed import Deployed  # noqa: PLC0415 (boto3 is spared where no AWS is asked)

        return Deployed.find(stack)
    up = Up.find()
    return Local(up) if up else None


def open_place(stack: str | None) -> Place:
    """As `find`; Failed where there is nothing to work on."""
    place = find(stack)
    if place is None:
        raise Failed(
            "no local cloud runs: start one with `crosswise up` (its records go when it ends), or name a deployed "
            f"stack with --stack or {STACK}"
        )
    return place


@dataclass(frozen=True)
class Local:
    """The local cloud that runs in another process of this machine."""

    up: Up

    @property
    def name(self) -> str:
        return f"the local cloud that runs (process {self.up.pid})"

    @cached_property
    def store(self) -> Store:
        from shared.aws.table import Store  # noqa: PLC0415

        return Store(self._client("dynamodb"), self.up.table)

    @cached_property
    def queue(self) -> Queue:
        from shared.aws.queues import Queues  # noqa: PLC0415 (spared where nothing is queued)

        client = self._client("sqs")
        prefix = self.up.table.removesuffix("Table")  # names of the local stack are {stack}-{logical id}

        def url(flow: str) -> str:
            return str(client.get_queue_url(QueueName=f"{prefix}flow-{flow}.fifo")["QueueUrl"])

        return Queues(client, url)

    def ask(self, command: str, request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        """See Place; `sync` goes on until the queues are quiet, and answers its figures."""
        return self.up.ask(command, request, tell)

    def _client(self, service: str) -> Any:
        import boto3  # noqa: PLC0415

        # Keys and region are for the signature only, which the local AWS does not check.
        session = boto3.session.Session("local", "local", region_name="us-east-1")
        return session.client(service, endpoint_url=self.up.endpoint)  # type: ignore[call-overload]  # either of two
