"""The commands of a flow in preview: what would be written, and what a person says to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.local.cli.desk import By, at_work
from infra.local.cli.place import OnStack, open_place
from infra.local.cli.screen import FAILED, WRONG_USE, Failed, complain, say, say_json, say_table
from infra.local.cli.showing import AsJson, ConnectionId, flows
from shared.sync.names import counted, title
from shared.sync.plan import LINKS, Step
from shared.sync.preview import counts, differences
from shared.sync.proposal import Proposal
from shared.sync.record import FlowKey

if TYPE_CHECKING:
    from shared.aws.table import Store

WhichFlow = Annotated[str, typer.Argument(metavar="FLOW", help="The flow, for example eautomate_customers.")]


def preview(flow: WhichFlow, connection: ConnectionId = None, json: AsJson = False, stack: OnStack = None) -> None:
    """Show what would be written: counts by system, kind and verb, and each record's fields before and after."""
    store = open_place(stack).store
    found = [one for key in flows(store, connection, flow) for one in store.proposals.of_flow(key)]
    if json:
        say_json({"counts": [[*what, number] for what, number in counts(found).items()], "records": _data(found)})
        return
    if not found:
        say(f"nothing of {flow} waits for a person's word: {_why_none(store, flows(store, connection, flow))}")
        return
    say_table(
        ("system", "kind", "verb", "records"),
        [(title(system), kind, verb, number) for (system, kind, verb), number in counts(found).items()],
    )
    for one in found:
        verdict = {"open": "", "approved": f" (approved by {one.by})"}.get(
            one.verdict, f" (rejected by {one.by}: {one.reason})"
        )
        say(f"{one.flow.connection} {one.name} {one.record}{verdict}: {one.why}")
        for step in one.steps:
            say(f"  {_called(step)}")
            for change in differences(step):
                before = "" if step.verb in ("create", "link") else f"{change.before!r} -> "
                say(f"    {change.field}: {before}{change.after!r}")
    say(counted(len(found), "record"))


def _why_none(store: Store, keys: Iterable[FlowKey]) -> str:
    """Whether anything could wait: whether one of these flows is in preview at all."""
    settings = {FlowKey(one.id, name): each for one in store.flows.connections() for name, each in one.flows.items()}
    if any(settings[key].get("preview") for key in keys):
        return "no scan has found anything to be written"
    return "it is not in preview (`preview = true` in its settings), and no rule asks"


def approve(
    flow: WhichFlow,
    records: Annotated[list[str] | None, typer.Argument(metavar="[RECORD]...", help="Addresses or ids.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every record that waits.")] = False,
    verb: Annotated[
        str | None, typer.Option(metavar="VERB", help="With --all: what creates records (create), or the rest (link).")
    ] = None,
    connection: ConnectionId = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Have just what `preview` shows carried out, for these records or for all."""
    if bool(records) == everything or (verb and not everything):
        raise Failed("name records, or give --all, with --verb or without", WRONG_USE)
    with at_work(by, stack) as desk:
        open_ = [one for key in flows(desk.store, connection, flow) for one in desk.store.proposals.of_flow(key)]
        # What was approved and still stands may have been cut short before anybody was told to look: told again.
        standing = [one for one in open_ if one.verdict != "rejected"]
        chosen = _chosen(open_, records) if records else _of_verb(standing, verb)
        _tell(chosen, desk.operator.approve(chosen), "approved")


def reject(
    flow: WhichFlow,
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Addresses or ids.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads the history.")],
    connection: ConnectionId = None,
    by: By = None,
    stack: OnStack = None,
) -> None:
    """Have just what `preview` shows left undone, for these records."""
    with at_work(by, stack) as desk:
        open_ = [one for key in flows(desk.store, connection, flow) for one in desk.store.proposals.of_flow(key)]
        chosen = _chosen(open_, records)
        _tell(chosen, desk.operator.reject(chosen, reason), "rejected")


def _chosen(proposals: Iterable[Proposal], records: Iterable[str]) -> list[Proposal]:
    """The proposals of these records; Failed, with nothing judged, where one of them has none."""
    found: dict[tuple[str, str], Proposal] = {}
    for text in records:
        mine = [one for one in proposals if text in (str(one.record), one.record.id, one.name.text)]
        if not mine:
            raise Failed(f"no proposal is of a record {text!r}; nothing was judged", WRONG_USE)
        found |= {(one.flow.connection, str(one.record)): one for one in mine}
    return list(found.values())


def _of_verb(proposals: list[Proposal], verb: str | None) -> list[Proposal]:
    """Those that create records, or those that only link or change them; all where a flow is just in preview.

    Where a rule has each record asked for, what creates and what does not is not approved in one breath: Failed.
    """
    if verb not in (None, "create", "link"):
        raise Failed(f"--verb is create or link, not {verb}", WRONG_USE)
    create = [one for one in proposals if any(step.verb == "create" for step in one.steps)]
    others = [one for one in proposals if one not in create]
    if verb is not None:
        return create if verb == "create" else others
    if create and others and any(step.ask for one in create for step in one.steps):
        raise Failed(
            f"{len(create)} of these create records, {len(others)} do not: say which, --verb create or --verb link",
            WRONG_USE,
        )
    return proposals


def _tell(chosen: list[Proposal], changed: list[Proposal], verdict: str) -> None:
    say(f"{counted(len(chosen) - len(changed), 'record')} {verdict}")
    for one in changed:
        complain(f"crosswise: what would be done for {one.name} ({one.record}) has changed since; look at it anew")
    if changed:
        raise typer.Exit(FAILED)


def _called(step: Step) -> str:
    if step.system == LINKS:
        return f"{step.verb} the two. {step.why}".rstrip()
    key = f" {step.key}" if isinstance(step.key, str) else ""
    return f"{title(step.system)}: {step.verb} {step.kind}{key}. {step.why}".rstrip()


def _data(proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    return [
        {
            "connection": one.flow.connection,
            "record": str(one.record),
            "name": one.name.text,
            "reason": one.why,
            "verdict": one.verdict,
            "by": one.by,
            "said": one.reason,
            "fingerprint": one.fingerprint,
            "steps": [
                {
                    "system": step.system,
                    "kind": step.kind,
                    "verb": step.verb,
                    "key": step.key if isinstance(step.key, str) else None,
                    "why": step.why,
                    "fields": [
                        {"field": change.field, "before": change.before, "after": change.after}
                        for change in differences(step)
                    ],
                }
                for step in one.steps
            ],
        }
        for one in proposals
    ]


COMMANDS = (preview, approve, reject)
