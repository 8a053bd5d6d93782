"""The command `why`: one question about a record, one answer."""

from __future__ import annotations

from dataclasses import asdict

from infra.local.cli.desk import Record, keys, nothing_known
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import Failed, say, say_json
from infra.local.cli.showing import AsJson, ConnectionId, FlowName, shown
from shared.sync.why import Answer
from shared.sync.why import why as answers


def why(
    record: Record,
    connection: ConnectionId = None,
    flow: FlowName = None,
    json: AsJson = False,
    stack: OnStack = None,
) -> None:
    """Tell why a record is as it is: linked to what, kept by what, last written when, tried again when."""
    store = open_place(stack).store
    found = answers(store, keys(store, connection, flow), record)
    if json:
        say_json([{**asdict(one), "record": str(one.record)} for one in found])
    if not found:
        raise Failed(nothing_known(store, connection, flow, record))
    if not json:
        say("\n\n".join(map(told, found)))


def told(answer: Answer) -> str:
    """An answer as lines of text."""
    lines = [
        f"{answer.name} ({answer.record}, {answer.flow} of {answer.connection}): {answer.status}",
        f"  {answer.because}",
    ]
    if answer.linked:
        linked = answer.linked
        since = f" since {shown(linked.since)}" if linked.since else ""
        lines.append(f"  linked to: {linked.name} ({linked.record}){since}. {linked.how}".rstrip())
    for issue in answer.issues:
        next_try = f"next try {shown(issue.next_try)}" if issue.next_try else "nothing tries it again by itself"
        muted = f", muted by {issue.muted}" if issue.muted else ""
        lines.append(f"  {issue.code}: {issue.fix} ({next_try}, tried {issue.attempts + 1} times{muted})")
        lines += [f"    waits for the link of {waits}" for waits in issue.waits_on]
    for asked in answer.waiting:
        steps = ", ".join(f"{step.verb} {step.kind}" for step in asked.steps)
        lines.append(f"  proposal ({asked.verdict}): {steps}. {asked.why}")
    state = answer.state
    last = max((at for at in (state.last_delta, state.last_comprehensive) if at), default=None)
    lines.append(
        f"  last scan {shown(last) or 'never'}, everything compared {shown(state.last_comprehensive) or 'never'}, "
        f"next scan {shown(state.next_scan) or 'not due'}"
    )
    lines.append(f"  last written: {shown(answer.last_written) or 'never'}")
    lines += [f"    {shown(entry.at)} {entry.by}: {entry.what}" for entry in answer.history]
    return "\n".join(lines)
