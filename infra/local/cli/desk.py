"""A person at work on a table and its queues: the records that he names, and his own name for the history."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local.cli.place import Place, open_place
from infra.local.cli.refusals import refusal
from infra.local.cli.screen import FAILED, WRONG_USE, Failed
from infra.local.cli.showing import flows
from shared.sync.again import NOWHERE
from shared.sync.clock import RandomIds, SystemClock
from shared.sync.errors import Conflict, SyncError
from shared.sync.finding import Found, find
from shared.sync.operating import NotPossible, Operator
from shared.sync.record import FlowKey

if TYPE_CHECKING:
    from shared.aws.table import Store

Record = Annotated[
    str,
    typer.Argument(metavar="RECORD", help="An id of either system, a number, a name, or an address (cw#company#250)."),
]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who does it, for the history; else the login name.")]


@dataclass(frozen=True)
class Desk:
    """Where a person works, its table, and the person at work on it."""

    place: Place
    store: Store
    operator: Operator

    def the_record(self, connection: str | None, flow: str | None, text: str) -> Found:
        """The one record that a text means; Failed where it is none, or more than one."""
        return record_of(self.store, connection, flow, text)


def record_of(store: Store, connection: str | None, flow: str | None, text: str) -> Found:
    """The one record that a text means; Failed where it is none, or more than one."""
    found = find(store, keys(store, connection, flow), text)
    if not found:
        raise Failed(nothing_known(store, connection, flow, text))
    if len(found) > 1:
        listed = "\n".join(f"  {one.key.connection} {one.key.flow} {one.record}  {one.name}" for one in found)
        raise Failed(f"{text!r} may be any of these; name one by its address:\n{listed}", WRONG_USE)
    return found[0]


@contextmanager
def at_work(by: str | None, stack: str | None) -> Iterator[Desk]:
    """Opens the table and queues of the stack or local cloud; what cannot be done ends the command with its reason."""
    place = open_place(stack)
    by = by or getpass.getuser()
    desk = Desk(place, place.store, Operator(place.store, place.queue, SystemClock(), RandomIds(), by))
    try:
        yield desk
    except NotPossible as refused:
        raise Failed(str(refused), WRONG_USE) from None
    except Conflict:
        raise Failed("the record was changed by somebody else just now: look at it, and ask again", FAILED) from None
    except SyncError as error:
        raise Failed(f"{refusal(error)} Ask again; what was half done is completed then.", FAILED) from None


def keys(store: Store, connection: str | None, flow: str | None) -> list[FlowKey]:
    """The flows meant by the options, and what else issues belong to: checks, functions, no connection at all."""
    if flow is not None:
        return flows(store, connection, flow)
    used = flows(store, connection, None)
    connections = [connection] if connection else [*dict.fromkeys(key.connection for key in used), NOWHERE]
    others = [issue.flow for name in connections for issue in store.issues.of_connection(name)]
    return list(dict.fromkeys([*used, *others]))


def nothing_known(store: Store, connection: str | None, flow: str | None, text: str, *, asked: bool = False) -> str:
    """What to say where nothing is known of a record: where it was looked for; `asked`: the flows were, too."""
    where = ", ".join(f"{key.connection} {key.flow}" for key in flows(store, connection, flow))
    told = (
        f"nothing is known of {text!r}: it was looked for by id, number and name among the links, the records seen, "
        f"the issues and the proposals of {where or 'no flow at all'}"
    )
    if asked:
        return f"{told}, and by number and name in the systems that these flows read."
    return f"{told}. `crosswise why` asks the flows, too: what no scan has come across yet goes by its address."
