"""Why a record is as it is: one answer, from what the last looks left in the table, never from rules of its own.

Of what no look has come across the table knows nothing: there the flow itself is asked what a look would come to now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.sync.finding import Found, address, at, find
from shared.sync.glance import Glance
from shared.sync.history import Entry
from shared.sync.issue import OpenIssue
from shared.sync.link import Intent, Link, Seen
from shared.sync.pausing import CONNECTION
from shared.sync.plan import Step
from shared.sync.ports import FlowState, Store
from shared.sync.record import SIDES, FlowKey, Ref

Status = Literal[
    "in step", "left alone", "cancelled", "issue", "being created", "proposed", "rejected", "ready", "unknown"
]

Ask = Callable[[FlowKey, str], Iterable[Glance]]
"""Asks a flow what it would make of the records of its sources that a text may mean."""

LATEST = 5
"""So many entries of the history are told."""


@dataclass(frozen=True)
class Pairing:
    """What the record is linked to, how that was found, and since when (UTC; None: not known)."""

    record: Ref
    name: str
    how: str
    since: datetime | None


@dataclass(frozen=True)
class Trouble:
    """An open issue of the record. `next_try` is in UTC; None: nothing tries it again by itself."""

    code: str
    message: str
    fix: str
    waits_on: tuple[str, ...]
    attempts: int
    next_try: datetime | None
    muted: str


@dataclass(frozen=True)
class Waiting:
    """What a person is asked to approve, or has rejected, and why it would be done."""

    verdict: str
    by: str
    reason: str
    why: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Flowing:
    """How the flow itself stands. Times are UTC; None: never, or not due."""

    paused: str
    paused_by: str
    last_delta: datetime | None
    last_comprehensive: datetime | None
    next_scan: datetime | None


@dataclass(frozen=True)
class Answer:
    """Why one record of one flow is as it is: `because` in one sentence, the rest as the table has it.

    `history` holds the latest entries, oldest first, and `last_written` when its last step was carried out. `asked`
    says that the table knows nothing of it: the flow was asked just now what a look would come to.
    """

    connection: str
    flow: str
    record: Ref
    name: str
    status: Status
    because: str
    linked: Pairing | None
    issues: tuple[Trouble, ...]
    waiting: tuple[Waiting, ...]
    state: Flowing
    last_written: datetime | None
    history: tuple[Entry, ...]
    asked: bool = False


def why(store: Store, keys: Iterable[FlowKey], text: str, ask: Ask = lambda _key, _text: ()) -> list[Answer]:
    """An answer for each record that the text may mean: of the table (see `find`), then of the flows that are asked.

    An address that the table knows means nothing else. Any other text may mean more than the table has come across, as
    numbers of different records are alike, so that every flow is asked. None where nobody knows of any.
    """
    keys = list(keys)
    found = find(store, keys, text)
    known = [one for one in found if one.is_known]
    if known and address(text) is not None:
        return [answer(store, one) for one in known]
    answers = [answer(store, one) for one in known]
    told = {(one.key, ref): place for place, one in enumerate(known) for ref in one.refs}
    for key in keys:
        for glance in ask(key, text):
            if (key, glance.ref) not in told:
                here = at(store, key, glance.ref)
                told |= {(key, ref): len(answers) for ref in here.refs}
                answers.append(answer(store, here) if here.is_known else _fresh(store, key, glance))
            place = told[key, glance.ref]
            answers[place] = _by_now(answers[place], glance)
    return answers or [answer(store, one) for one in found]


def answer(store: Store, found: Found) -> Answer:
    """The answer for one record."""
    state = store.flows.state(found.key)
    history = sorted(
        (entry for ref in found.refs for entry in store.journal.of_record(found.key, ref)),
        key=lambda entry: (entry.at, entry.id),
    )
    status, because = _because(found, history)
    issues = found.issues
    if status == "in step" and (whole := _whole(store, found)):
        status, because, more = whole
        issues = (*issues, *(one for one in more if one not in issues))
    if status != "issue":
        because = " ".join((because, *(_told(one) for one in found.issues if not one.issue.blocks)))
    if stands := _stands(store, found):
        status, because = "left alone", f"{stands} {because}"
    if paused := _paused(store, found.key, state):
        because = f"{paused} {because}"
    return Answer(
        found.key.connection,
        found.key.flow,
        found.record,
        found.name,
        status,
        because,
        _pairing(found),
        tuple(map(_trouble, issues)),
        tuple(Waiting(one.verdict, one.by, one.reason, one.why, one.steps) for one in found.proposals),
        _flowing(state),
        max((entry.at for entry in history if entry.after), default=None),
        tuple(history[-LATEST:]),
    )


def _fresh(store: Store, key: FlowKey, glance: Glance) -> Answer:
    """What the flow says that a look would come to now."""
    state = store.flows.state(key)
    status: Status = "left alone" if glance.outcome == "skipped" else "issue" if glance.outcome == "issue" else "ready"
    told = dict.fromkeys(issue.message for issue in glance.issues if issue.message not in glance.reason)
    because = " ".join(map(_sentence, (glance.reason, *told)))
    if status == "ready":
        steps = f" ({', '.join(glance.steps)})" if glance.steps else ""
        because = (
            f"Nothing keeps it back{steps}: {because} No scan has come across it yet; "
            f"`crosswise sync {key.flow} --mode comprehensive` takes it up now."
        )
    if paused := _paused(store, key, state):
        because = f"{paused} {because}"
    return Answer(
        key.connection,
        key.flow,
        glance.ref,
        glance.name,
        status,
        because,
        None,
        tuple(Trouble(one.code, one.message, one.fix, one.waits_on, 0, None, "") for one in glance.issues),
        (),
        _flowing(state),
        None,
        (),
        asked=True,
    )


def _by_now(answer: Answer, glance: Glance) -> Answer:
    """What kept an unlinked record may be mended since it was looked at; whoever asks may just have done so."""
    mended = answer.status in ("issue", "left alone") and answer.linked is None and glance.outcome == "applied"
    if not mended:
        return answer
    return replace(answer, because=f"{answer.because} By now nothing keeps it back: the next scan or try takes it up.")


def _because(found: Found, history: Sequence[Entry]) -> tuple[Status, str]:
    """What holds the record, by what weighs most: a person's word, an issue, a proposal, a rule, nothing."""
    state = found.state
    if isinstance(state, Link | Seen) and state.held:
        return "cancelled", _sentence(state.held)
    blocking = [one for one in found.issues if one.issue.blocks]
    if blocking:
        return "issue", " ".join(_told(one) for one in blocking)
    if asked := [one for one in found.proposals if one.verdict == "open"]:
        return "proposed", f"It waits for a person's approval: {' '.join(_sentence(one.why) for one in asked)}"
    if said := [one for one in found.proposals if one.verdict == "rejected"]:
        return "rejected", " ".join(f"{one.by} rejected it: {_sentence(one.reason)}" for one in said)
    match state:
        case Intent():
            return "being created", (
                "It is being created in the other system; whether that came to its end is looked up by itself."
            )
        case Link() if state.left:
            return "left alone", _sentence(state.left)
        case Link() if not state.settled:
            return "unknown", "It is linked, and no look has come to its end since."
        case Link():
            return "in step", "Both sides agreed when they were last compared."
        case Seen():
            return "left alone", _sentence(state.reason)
    if found.issues:
        return "issue", " ".join(_told(one) for one in found.issues)
    if history:
        return "unknown", f"It is not linked, and nothing has looked at it since: {_sentence(history[-1].what)}"
    return "unknown", "Nothing is known of it: no look has ever come across it."


def _whole(store: Store, found: Found) -> tuple[Status, str, tuple[OpenIssue, ...]] | None:
    """What holds the tree or set that the record is part of, with the issues of the whole; None where nothing does."""
    scope = found.state.scope if isinstance(found.state, Link) else None
    if scope is None:
        return None
    home = at(store, found.key, scope)
    whole = home.state
    if isinstance(whole, Link | Seen) and whole.held:
        return "cancelled", _sentence(whole.held), ()
    issues = tuple(one for one in home.issues if one.issue.blocks and one.issue.record in home.refs)
    if issues:
        return "issue", " ".join(map(_told, issues)), issues
    reason = whole.left if isinstance(whole, Link) else whole.reason if isinstance(whole, Seen) else ""
    return ("left alone", _sentence(reason), ()) if reason else None


def _stands(store: Store, found: Found) -> str:
    """Why its whole takes no part in the sync, where it does not (ADR-0015)."""
    scope = found.state.scope if isinstance(found.state, Link | Seen) else None
    ends = at(store, found.key, scope).refs if scope else found.refs
    turn = next((one for one in store.turns.find(found.key, ends).values() if not one.enabled), None)
    if turn is None:
        return ""
    stands = "disconnected for good" if turn.disconnected else "disabled until a person enables it"
    return f"Its sync is {stands}: {_sentence(turn.disabled)} As it was last looked at:"


def _told(issue: OpenIssue) -> str:
    told = _sentence(issue.issue.message)
    return f"{told} Whoever it waits for is looked at first." if issue.issue.waits_on else told


def _paused(store: Store, key: FlowKey, state: FlowState) -> str:
    if not state.paused:
        return ""
    by = f" by {state.paused_by}" if state.paused_by else ""
    codes = {
        one.issue.code
        for one in store.issues.of_connection(key.connection)
        if one.scope.kind == CONNECTION and one.flow == key
    }
    see = f" (issue {', '.join(sorted(codes))})" if codes and not by else ""
    return f"The flow is paused{by}: {_sentence(state.paused)[:-1]}{see}. Until it goes on, this stays:"


def _flowing(state: FlowState) -> Flowing:
    return Flowing(state.paused, state.paused_by, state.last_delta, state.last_comprehensive, state.due)


def _pairing(found: Found) -> Pairing | None:
    link = found.state
    if not isinstance(link, Link):
        return None
    (other,) = (side for side in SIDES if link.ref(side) != found.record)
    name = link.cw_name if other == "cw" else link.partner_name
    return Pairing(link.ref(other), name, link.how, link.linked_at)


def _trouble(open_: OpenIssue) -> Trouble:
    issue = open_.issue
    waits = tuple(f"{awaited.flow} {awaited.ref}" for awaited in issue.waits_on)
    return Trouble(issue.code, issue.message, issue.fix, waits, open_.attempts, open_.due, open_.muted)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
