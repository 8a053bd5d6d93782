"""Preview and approval: nothing is written outside before a person said so, for just these steps."""

from __future__ import annotations

from shared.sync.proposal import approve, reject
from tests.engine.bench import Bench


def test_in_preview_nothing_is_written_outside_and_every_plan_is_kept(bench: Bench) -> None:
    bench.connect(preview=True)
    bench.widget("1", "One")
    bench.widget("2", "Two")
    assert bench.sync()["proposed"] == 2
    assert bench.cw.records == {}
    assert "gadget" not in bench.partner.records["1"]
    kept = bench.store.proposals.of_flow(bench.key)
    assert [[s.id for s in proposal.steps] for proposal in kept] == [["gadget", "link", "back"]] * 2
    assert bench.sync()["queued"] == 0


def test_what_is_approved_is_carried_out_and_who_said_so_is_in_the_history(bench: Bench) -> None:
    bench.connect(preview=True)
    ref = bench.widget("1", "One")
    bench.widget("2", "Two")
    bench.sync()
    first = bench.store.proposals.of_scope(bench.key, ref)[0]
    bench.store.proposals.judge(approve(first, "kim", bench.clock.now()))
    bench.change(ref, by="kim")
    assert bench.deliver()["applied"] == 1
    assert list(bench.cw.records) == ["1"]
    assert bench.store.journal.of_record(bench.key, ref)[0].by == "kim"
    assert [p.record.id for p in bench.store.proposals.of_flow(bench.key)] == ["2"]


def test_a_plan_that_is_no_longer_true_is_asked_anew(bench: Bench) -> None:
    bench.connect(preview=True)
    ref = bench.widget("1", "One")
    bench.sync()
    first = bench.store.proposals.of_scope(bench.key, ref)[0]
    bench.store.proposals.judge(approve(first, "kim", bench.clock.now()))
    bench.partner.records["1"]["name"] = "Renamed meanwhile"
    bench.change(ref, by="kim")
    assert bench.deliver()["proposed"] == 1
    assert bench.cw.records == {}
    anew = bench.store.proposals.of_scope(bench.key, ref)[0]
    assert anew.verdict == "open"
    assert anew.fingerprint != first.fingerprint


def test_a_rejection_holds_for_these_steps_with_its_reason(bench: Bench) -> None:
    bench.connect(preview=True)
    ref = bench.widget("1", "One")
    bench.sync()
    first = bench.store.proposals.of_scope(bench.key, ref)[0]
    bench.store.proposals.judge(reject(first, "kim", bench.clock.now(), "a test customer"))
    bench.change(ref)
    assert bench.deliver()["skipped"] == 1
    assert "a test customer" in bench.state(ref).reason
    bench.partner.records["1"]["name"] = "Another"
    bench.change(ref)
    assert bench.deliver()["proposed"] == 1


def test_without_preview_only_the_steps_that_ask_are_kept(bench: Bench) -> None:
    bench.connect(ask=True)
    bench.widget("1", "One")
    assert bench.sync()["proposed"] == 1
    assert bench.cw.records == {}


def test_a_linked_record_in_preview_costs_nothing_until_it_changes(bench: Bench) -> None:
    bench.widget("1", "One")
    bench.sync()
    bench.connect(preview=True)
    bench.sync()
    bench.partner.records["1"]["name"] = "New"
    assert bench.sync()["proposed"] == 1
    assert bench.sync()["queued"] == 0
    assert bench.cw.records["1"]["name"] == "One"


def test_leaving_preview_carries_out_what_is_still_true(bench: Bench) -> None:
    bench.connect(preview=True)
    bench.widget("1", "One")
    bench.sync()
    bench.connect()
    assert bench.sync()["applied"] == 1
