"""Every state that a scope's turn can come to, in whatever order things happen: nothing is lost, one worker at a time.

A breadth-first walk over all reachable states. Times are reduced to "come" and "to come", tickets to "the turn's own"
and "any other", so that the states are few. What a real run adds (the table, the queue) is in tests/shapes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.sync.record import Ref
from shared.sync.turns import Mode, Turn

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WINDOW = timedelta(minutes=10)
MODES: tuple[Mode, Mode] = ("delta", "comprehensive")
MOVES = {
    ("Idle", "Requested"),
    ("Requested", "In Queue"),
    ("In Queue", "Syncing"),
    ("Syncing", "Idle"),
    ("Syncing", "Requested"),  # by way of Idle, in one write: triggered meanwhile, or to be taken again
}


@dataclass(frozen=True)
class World:
    """The turn, what is in the queue, and who is at work; and what only a model knows.

    `unread`: something changed that no sync has begun to read since. `reading`: a sync under way that has begun after
    such a change is not over. `owed`: an issue will be retried. `dropped`: something changed while it was disabled.
    """

    turn: Turn
    messages: frozenset[str] = frozenset()
    worker: str = ""
    unread: bool = False
    reading: bool = False
    owed: bool = False
    dropped: bool = False


def moved(before: Turn, after: Turn) -> Turn:
    """One call of one move."""
    if before.status != after.status:
        assert (before.status, after.status) in MOVES
    return after


def reduced(world: World) -> World:
    """The same state with times and tickets as plain as can be, so that equal ones are seen to be equal."""
    turn = world.turn

    def plain(at: datetime | None) -> datetime | None:
        return at and (LATER if at > NOW else NOW)

    own = {turn.ticket: "own", "": ""}
    return replace(
        world,
        turn=replace(
            turn,
            ticket=own[turn.ticket],
            due=plain(turn.due),
            not_before=LATER if turn.not_before and turn.not_before > NOW else None,
            wake=plain(turn.wake),
            tries=min(turn.tries, 1),
            by="",
            disabled="a reason" if turn.disabled else "",
            disconnected=turn.disconnected and NOW,
            ended=None,
            anew=False,
            archived=False,
            facts={},
            last_delta=None,
            last_comprehensive=None,
            revision=0,
        ),
        messages=frozenset(own.get(ticket, "other") for ticket in world.messages),
        worker=own.get(world.worker, "other"),
    )


def steps(world: World) -> Iterator[tuple[str, World]]:
    """Everything that can happen next."""
    yield from changes(world)
    yield from people(world)
    yield from workers(world)
    yield from times(world)
    yield "the clock comes by", ticked(world)


def triggered(world: World, mode: Mode) -> World:
    turn = moved(world.turn, world.turn.trigger(NOW, mode))
    if not turn.enabled:
        return replace(world, turn=turn, dropped=True)
    return queued(replace(world, turn=turn, unread=True))


def queued(world: World) -> World:
    """As the engine does: what is eligible is put in line, and its message is sent, in one go."""
    turn = moved(world.turn, world.turn.queue(NOW))
    if turn.status == "In Queue" != world.turn.status:
        assert not (turn.not_before and turn.not_before > NOW), "put in line within the window"
        return replace(world, turn=turn, messages=world.messages | {turn.ticket})
    return replace(world, turn=turn)


def changes(world: World) -> Iterator[tuple[str, World]]:
    for mode in MODES:
        yield f"a {mode} trigger", triggered(world, mode)
    if world.owed:
        yield "an issue's retry", triggered(replace(world, owed=False), "delta")


def people(world: World) -> Iterator[tuple[str, World]]:
    turn = world.turn
    if turn.status == "Idle" and turn.enabled:
        yield "a manual sync", triggered(world, "delta")
    if turn.enabled:
        yield (
            "disabled",
            replace(world, turn=moved(turn, turn.disable(NOW, "a reason")), dropped=world.dropped or world.unread),
        )
    elif not turn.disconnected:
        enabled = moved(turn, turn.enable(NOW, "kim"))
        assert "comprehensive" in (enabled.again, enabled.mode)
        yield "enabled", queued(replace(world, turn=enabled, unread=True, dropped=False))
    if not turn.disconnected:
        yield "disconnected", replace(world, turn=moved(turn, turn.disconnect(NOW, "a reason")))
    else:
        anew = moved(turn, turn.pair_anew(NOW, "kim"))
        yield "made anew", queued(replace(world, turn=anew, unread=True, dropped=False))


def workers(world: World) -> Iterator[tuple[str, World]]:
    turn = world.turn
    for ticket in world.messages:
        yield "a message is lost", replace(world, messages=world.messages - {ticket})
        for left in (world.messages, world.messages - {ticket}):
            yield "a message comes", begun(replace(world, messages=left), ticket)
    if world.worker and world.worker == turn.ticket and turn.status == "Syncing":
        over = replace(world, worker="", reading=False)
        complete = moved(turn, turn.complete(NOW, WINDOW))
        yield "complete", queued(replace(over, turn=complete))
        yield (
            "complete, ended",
            queued(replace(over, turn=moved(turn, replace(turn, wake=LATER).complete(NOW, WINDOW)))),
        )
        stands = moved(turn, turn.disable(NOW, "archived").complete(NOW, WINDOW))
        yield "complete, archived", queued(replace(over, turn=stands, dropped=True))
        yield "failed", queued(replace(over, turn=moved(turn, turn.fail(NOW)), owed=world.owed or world.reading))
        short = moved(turn, turn.fail(NOW, compared=False))
        assert not short.owes or moved(short, short.trigger(NOW)).mode == "comprehensive"
        yield "cut short", queued(replace(over, turn=short, owed=world.owed or world.reading))
        later = moved(turn, turn.later(NOW, LATER))
        yield "not now", queued(replace(over, turn=later, unread=world.unread or world.reading))
        for sent in (True, False):
            more = world.messages | ({"more"} if sent else set())
            yield "out of time", replace(world, turn=moved(turn, turn.go_on("more", LATER)), messages=more, worker="")
    if world.worker:
        yield "the worker dies", replace(world, worker="")


def begun(world: World, ticket: str) -> World:
    turn = world.turn
    if not turn.takes(ticket):
        return world
    assert not world.worker, "two are at it"
    taken = turn.begin(LATER)
    if turn.status == "In Queue":
        moved(turn, taken)
    if not turn.enabled:
        return replace(world, turn=moved(taken, taken.drop(NOW)), reading=False, unread=False)
    reading = world.reading or world.unread
    return replace(world, turn=taken, worker=taken.ticket, reading=reading, unread=False)


def times(world: World) -> Iterator[tuple[str, World]]:
    """What is to come has come. A turn's claim outlasts whoever has it; a request is not due within the window."""
    turn = world.turn
    for name in ("due", "not_before", "wake"):
        if getattr(turn, name) == LATER:
            worker = "" if name == "due" and turn.status == "Syncing" else world.worker
            more = {"not_before": NOW} if name == "due" and turn.status == "Requested" else {}
            yield f"{name} comes", replace(world, turn=replace(turn, **{name: NOW, **more}), worker=worker)


def ticked(world: World) -> World:
    before = world.turn
    turn = before.tick(NOW)
    if before.status == "Syncing" and turn.status != "Syncing":
        world = replace(world, reading=False, unread=world.unread or world.reading)
    if turn.status == "In Queue":
        assert not (turn.not_before and turn.not_before > NOW), "put in line within the window"
        return replace(world, turn=turn, messages=world.messages | {turn.ticket})
    return replace(world, turn=turn)


def holds(world: World) -> None:
    """What must be true of every state."""
    turn = world.turn
    if turn.enabled and world.unread:
        assert turn.status in ("Requested", "In Queue") or (turn.status == "Syncing" and turn.again), (
            "a trigger is lost"
        )
    if world.reading:
        assert turn.status == "Syncing", "a sync that nobody carries on"
    if turn.enabled:
        assert not world.dropped, "what came while it was disabled is lost"
    if turn.status == "Requested":
        assert (turn.due or NOW) >= (turn.not_before or NOW), "eligible within the window"
    if turn.status != "Idle":
        assert turn.next_due is not None, "nobody ever comes by"
    if turn.status == "Idle":
        assert (turn.again, turn.ticket, turn.due) == (None, "", None)


def settles(world: World) -> bool:
    """Whether it comes to rest, with nothing unread, if the world only does its work from here on."""
    for _ in range(20):
        world = finished(world)
        turn = world.turn
        if turn.status == "Idle" and not (turn.wake and turn.wake <= NOW):
            return not world.reading and not (turn.enabled and world.unread)
        for name in ("not_before", "due"):
            if getattr(turn, name):
                turn = replace(turn, **{name: NOW})
        world = ticked(replace(world, turn=turn))
        for ticket in sorted(world.messages):
            world = finished(replace(begun(world, ticket), messages=world.messages - {ticket}))
    return False


def finished(world: World) -> World:
    """Whoever is at work comes to the end of it."""
    if world.worker != world.turn.ticket or not world.worker:
        return replace(world, worker="")
    return queued(replace(world, worker="", reading=False, turn=world.turn.complete(NOW, WINDOW)))


@pytest.mark.rule("MV-13")
@pytest.mark.rule("MV-14")
def test_no_state_loses_a_trigger_or_has_two_at_one_scope() -> None:
    first = World(Turn(Ref("project", "cw", "1")))
    seen = {first}
    todo = deque([(first, ())])
    kinds: Counter[str] = Counter()
    while todo:
        world, path = todo.popleft()
        for what, after in steps(world):
            here = (*path, what)
            try:
                holds(after)
                plain = reduced(after)
                if plain not in seen:
                    assert settles(plain), "it never comes to rest"
            except AssertionError as error:
                raise AssertionError(f"{error}: {' > '.join(here)}\n{after}") from error
            kinds[what] += 1
            if plain not in seen:
                seen.add(plain)
                todo.append((plain, here))
    assert {world.turn.status for world in seen} == {"Idle", "Requested", "In Queue", "Syncing"}
    assert len(kinds) == 22, "everything that can happen has happened"
    assert 500 < len(seen) < 20_000


def test_a_comprehensive_turn_that_was_cut_short_is_still_owed() -> None:
    asked = Turn(Ref("project", "cw", "1")).trigger(NOW, "comprehensive").queue(NOW).begin(LATER)
    cut = asked.fail(NOW, compared=False)
    again = cut.trigger(NOW)
    assert (again.mode, again.queue(NOW).begin(LATER).complete(NOW, WINDOW).trigger(NOW).mode) == (
        "comprehensive",
        "delta",
    )
    assert asked.fail(NOW).trigger(NOW).mode == "delta", "it was compared, and its issue tells what is left"
