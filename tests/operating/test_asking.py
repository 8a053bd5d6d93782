"""Issues, flows and proposals under a person's hand."""

from __future__ import annotations

import pytest

from functions.error_digest.report import reports
from shared.sync.connection import Connection
from shared.sync.errors import RetryLater
from shared.sync.issue import OpenIssue
from shared.sync.operating import NotPossible, Operator
from shared.sync.pausing import CONNECTION
from shared.sync.record import Ref
from tests.engine.bench import Bench


def connection(bench: Bench) -> Connection:
    found = bench.store.flows.connection("demo")
    assert found is not None
    return found


def refused(bench: Bench) -> OpenIssue:
    bench.widget("1", "Bad")
    bench.cw.refuses = {"Bad": "No."}
    bench.sync()
    issue: OpenIssue = bench.issues()["REFUSED 1"]
    return issue


def test_a_retry_looks_now_and_in_the_persons_name(bench: Bench, kim: Operator) -> None:
    issue = refused(bench)
    bench.cw.refuses = {}
    assert kim.retry(issue)
    assert bench.deliver()["applied"] == 1
    assert bench.issues() == {}
    entries = bench.store.journal.of_record(bench.key, issue.scope)
    assert {entry.by for entry in entries} == {"kim"}
    assert "Asked for another try of REFUSED." in [entry.what for entry in entries]


def test_a_retry_that_fails_does_not_put_the_next_one_off(bench: Bench, kim: Operator) -> None:
    issue = refused(bench)
    for _ in range(3):
        kim.retry(bench.issues()["REFUSED 1"])
        assert bench.deliver()["issue"] == 1
    assert bench.issues()["REFUSED 1"].due == issue.due


def test_a_muted_issue_is_kept_and_retried_and_counted_but_not_mailed(bench: Bench, kim: Operator) -> None:
    kim.mute(refused(bench))
    bench.widget("2", "Worse")
    bench.cw.refuses["Worse"] = "No, either."
    bench.sync()
    bench.clock.turn(minutes=6)
    assert bench.due()["issue"] == 2
    issues = bench.issues()
    assert (issues["REFUSED 1"].muted, issues["REFUSED 1"].attempts) == ("kim", 1)
    (found,) = reports(connection(bench), list(issues.values()), bench.clock.now())
    assert [row.scope.id for group in found.groups for row in group.rows] == ["2"]
    assert (found.counted, found.total) == (1, 2)
    kim.unmute(issues["REFUSED 1"])
    assert bench.issues()["REFUSED 1"].muted == ""
    said = [entry.what for entry in bench.store.journal.of_record(bench.key, Ref("widget-gadget", "partner", "1"))]
    assert said == ["Muted REFUSED.", "Unmuted REFUSED."]


def test_what_a_person_paused_waits_for_a_person_and_then_compares_everything(bench: Bench, kim: Operator) -> None:
    bench.widget("1", "Before")
    bench.sync()
    assert kim.pause(connection(bench), None, "We move house.") == [bench.key]
    bench.widget("2", "Meanwhile")
    assert bench.sync()["parked"] == 1
    bench.change(Ref(CONNECTION, "cw", "connectwise_psa"))
    bench.deliver()
    assert bench.store.flows.state(bench.key).paused == "We move house."
    bench.clock.turn(hours=1)
    assert kim.resume(connection(bench), None) == [bench.key]
    assert kim.resume(connection(bench), None) == []
    assert bench.due()["applied"] == 1
    state = bench.store.flows.state(bench.key)
    assert state.last_comprehensive == bench.clock.now()
    entries = bench.store.journal.of_record(bench.key, Ref(CONNECTION, "cw", bench.key.flow))
    assert [(entry.by, entry.what) for entry in entries] == [("kim", "Paused: We move house."), ("kim", "Resumed.")]


def test_a_flow_that_is_not_in_use_cannot_be_paused(bench: Bench, kim: Operator) -> None:
    with pytest.raises(NotPossible, match="does not use moovila_projects; it uses eautomate_customers"):
        kim.pause(connection(bench), "moovila_projects", "why not")


def test_what_is_approved_is_written_and_what_is_rejected_is_not(bench: Bench, kim: Operator) -> None:
    bench.connect(preview=True)
    bench.widget("1", "One")
    bench.widget("2", "Two")
    bench.sync()
    one, two = sorted(bench.store.proposals.of_flow(bench.key), key=lambda proposal: proposal.record.id)
    assert kim.approve([one]) == []
    assert kim.reject([two], "a test customer") == []
    counts = bench.deliver()
    assert (counts["applied"], counts["skipped"]) == (1, 1)
    assert [record["name"] for record in bench.cw.records.values()] == ["One"]
    assert "a test customer" in bench.state(two.record).reason
    approved, rejected = (bench.store.journal.of_record(bench.key, proposal.record) for proposal in (one, two))
    assert ("kim", "Approved what was proposed.") in [(entry.by, entry.what) for entry in approved]
    assert [(entry.by, entry.what) for entry in rejected] == [("kim", "Rejected what was proposed: a test customer")]


def test_an_approval_of_what_changed_meanwhile_is_told(bench: Bench, kim: Operator) -> None:
    bench.connect(preview=True)
    ref = bench.widget("1", "One")
    bench.sync()
    (seen,) = bench.store.proposals.of_flow(bench.key)
    bench.partner.records["1"]["name"] = "Another"
    bench.change(ref)
    bench.deliver()
    assert [one.record for one in kim.approve([seen])] == [ref]
    bench.deliver()
    assert bench.cw.records == {}
    assert bench.store.proposals.of_flow(bench.key)[0].verdict == "open"


def test_a_broken_scan_is_retried_as_a_scan(bench: Bench, kim: Operator) -> None:
    bench.widget("1", "One")
    bench.scan()
    bench.partner.errors = [RetryLater("cut", after=600)]
    bench.deliver()
    (issue,) = bench.issues().values()
    assert issue.issue.code == "SCAN_FAILED"
    kim.retry(issue)
    assert bench.deliver()["scanned"] == 1
    assert bench.issues() == {}
