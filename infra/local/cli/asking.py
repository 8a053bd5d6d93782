"""The command `why`: one question about a record, answered from the table, and by the flows where that is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from infra.local.cli.control import Tell
from infra.local.cli.desk import Record, keys, nothing_known
from infra.local.cli.glancing import glanced
from infra.local.cli.place import OnStack, Place, open_place
from infra.local.cli.screen import Failed, complain, progress, say, say_json
from infra.local.cli.showing import AsJson, ConnectionId, FlowName, flows, shown
from shared.sync.glance import Glance
from shared.sync.record import FlowKey
from shared.sync.why import Answer
from shared.sync.why import why as answers_of


def why(
    record: Record,
    connection: ConnectionId = None,
    flow: FlowName = None,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Tell why a record is as it is: linked to what, kept by what, last written when, tried again when."""
    place = open_place(stack)
    store = place.store
    with progress(f"why {record}") as tell:
        found, hindered = answers(place, connection, flow, record, tell)
    for line in hindered:
        complain(f"crosswise: {line}")
    if json:
        say_json([{**asdict(one), "record": str(one.record)} for one in found])
    if not found:
        raise Failed(nothing_known(store, connection, flow, record, asked=not hindered))
    if not json:
        say("\n\n".join(map(told, found)))


def answers(
    place: Place, connection: str | None, flow: str | None, record: str, tell: Tell
) -> tuple[list[Answer], list[str]]:
    """The answers, and which flows were not asked, and why; a flow is asked by its own function.

    Of several connections none is asked: a stack may serve thousands, and each has its own systems.
    """
    store = place.store
    asked = set(flows(store, connection, flow))
    hindered: list[str] = []
    if len({key.connection for key in asked}) > 1:
        asked.clear()
        hindered.append("the table alone was asked; name one connection (--connection) to have its flows asked, too")

    def ask(key: FlowKey, text: str) -> Sequence[Glance]:
        if key not in asked:
            return ()
        found, why_not = glanced(place, key, text, tell)
        hindered.extend([why_not] if why_not else [])
        return found

    return answers_of(store, keys(store, connection, flow), record, ask), hindered


def told(answer: Answer) -> str:
    """An answer as lines of text."""
    lines = [
        f"{answer.name} ({answer.record}, {answer.flow} of {answer.connection}): {answer.status}",
        f"  {answer.because}",
    ]
    if answer.linked:
        linked = answer.linked
        since = f" since {shown(linked.since)}" if linked.since else ""
        to = f"{linked.name} ({linked.record})" if linked.name else str(linked.record)
        lines.append(f"  linked to: {to}{since}. {linked.how}".rstrip())
    for issue in answer.issues:
        next_try = f"next try {shown(issue.next_try)}" if issue.next_try else "nothing tries it again by itself"
        muted = f", muted by {issue.muted}" if issue.muted else ""
        tries = "found just now" if answer.asked else f"{next_try}, tried {issue.attempts + 1} times{muted}"
        lines.append(f"  {issue.code}: {issue.fix} ({tries})")
        lines += [f"    waits for the link of {waits}" for waits in issue.waits_on]
    for asked in answer.waiting:
        steps = ", ".join(f"{step.verb} {step.kind}" for step in asked.steps)
        lines.append(f"  proposal ({asked.verdict}): {steps}. {asked.why}")
    if answer.asked:
        lines.append("  the table knows nothing of it: this is what a look comes to now")
    state = answer.state
    last = max((at for at in (state.last_delta, state.last_comprehensive) if at), default=None)
    lines.append(
        f"  last scan {shown(last) or 'never'}, everything compared {shown(state.last_comprehensive) or 'never'}, "
        f"next scan {shown(state.next_scan) or 'not due'}"
    )
    lines.append(f"  last written: {shown(answer.last_written) or 'never'}")
    lines += [f"    {shown(entry.at)} {entry.by}: {entry.what}" for entry in answer.history]
    return "\n".join(lines)
