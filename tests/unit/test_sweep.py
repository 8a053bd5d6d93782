"""What a run has met travels with the message that goes on with it, as long as that has room."""

import random

from shared.sync.record import Ref
from shared.sync.sweep import LIMIT, Sweep


def refs(number: int) -> list[Ref]:
    return [Ref("ticket", "cw", str(id_)) for id_ in random.Random(7).sample(range(10**6), number)]


def test_what_was_met_is_handed_over() -> None:
    sweep = Sweep.of(None)
    sweep.meet(refs(15_000))
    text = sweep.text()
    assert len(text) < LIMIT / 2
    assert Sweep.of(text) == sweep
    assert Sweep.of(Sweep.of(None).text()).met <= {""}


def test_more_than_a_message_holds_ends_the_sweep_and_not_the_run() -> None:
    sweep = Sweep.of(None)
    sweep.meet(refs(150_000))
    assert sweep.text() == ""
    assert Sweep.of("").given_up
    assert Sweep.of("").text() == ""
