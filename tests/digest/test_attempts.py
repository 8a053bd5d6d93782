"""EA-47: a mail for every attempt to make a ticket of a call, OK or FAIL in its first column, each told once."""

from __future__ import annotations

import re
from email.message import EmailMessage
from itertools import pairwise

import pytest

from shared.sync.errors import RetryLater
from shared.sync.history import BY_HAND
from shared.sync.issue import delay
from shared.sync.link import Link
from tests.digest.conftest import TRANSFERS, Desk, Died, call, html, text

FLOW = "eautomate_call_transfers"


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The connection uses call transfers."""
    desk.connect(flows=[FLOW])
    return desk


def _first_row(mail: EmailMessage) -> list[str]:
    """The cells of the one row, as a browser shows them."""
    cells = re.findall(r"<td style=\"padding:10px[^>]*>(.*?)</td>", html(mail), re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


@pytest.mark.rule("EA-47")
def test_an_attempt_that_came_off_is_told_once_with_ok_in_the_first_column(desk: Desk) -> None:
    desk.comes_off("5001", "12007")
    assert desk.attempts() == 1
    (mail,) = desk.mails
    assert mail["Subject"] == "Acme: OK: call SC5001 is ticket 12007"
    assert _first_row(mail) == ["OK", "call SC5001", "ticket 12007", "Created ticket and linked."]
    assert "OK | call SC5001 | ticket 12007 | Created ticket and linked." in text(mail).splitlines()
    assert 'href="https://na.example.com/v4_6_release/' in html(mail), "it opens the ticket"
    assert mail["To"] == "desk@acme.example"
    for minutes in (5, 60, 60 * 30):
        desk.turn(minutes=minutes)
        assert desk.attempts("two") == 0


@pytest.mark.rule("EA-47")
def test_an_attempt_that_failed_is_told_with_fail_in_the_first_column(desk: Desk) -> None:
    desk.fails("5001", message="There is no board Nope.", fix="Name another board.")
    assert desk.attempts() == 1
    (mail,) = desk.mails
    assert mail["Subject"] == "Acme: FAIL: call SC5001"
    assert _first_row(mail) == ["FAIL", "call SC5001", "none", "There is no board Nope."]
    assert "FAIL | call SC5001 | no ticket | There is no board Nope." in text(mail).splitlines()
    assert "What to do: Name another board." in text(mail)
    assert "Attempt 1, next try 2026-11-02 07:10" in text(mail)
    desk.turn(minutes=5)
    assert desk.attempts("two") == 0, "nothing was tried since"


@pytest.mark.rule("EA-47")
def test_each_retry_is_an_attempt_so_the_mails_come_at_the_growing_delays(desk: Desk) -> None:
    """Looked at every five minutes for a day, retried as it is due."""
    issue = desk.fails("5001")
    told = []
    for minute in range(0, 24 * 60, 5):
        if issue.due is not None and desk.time >= issue.due:
            issue = desk.fails("5001")
        if desk.attempts(f"run {minute}"):
            told.append(minute)
        desk.turn(minutes=5)
    waits = [later - earlier for earlier, later in pairwise(told)]
    assert waits == [delay(number).total_seconds() / 60 for number in range(len(waits))]
    assert len(told) == issue.attempts + 1 == 9


@pytest.mark.rule("EA-47")
def test_attempts_that_were_made_while_no_mail_went_out_are_all_told(desk: Desk) -> None:
    desk.fails("5001")
    for minutes in (5, 10, 20):
        desk.turn(minutes=minutes)
        desk.fails("5001")
    desk.comes_off("5002", "12008")
    assert desk.attempts() == 5
    assert sorted(re.findall(r"Attempt (\d)", " ".join(text(mail) for mail in desk.mails))) == ["1", "2", "3", "4"]
    assert desk.attempts("two") == 0


@pytest.mark.rule("EA-47")
def test_a_call_that_failed_and_came_off_is_told_both(desk: Desk) -> None:
    desk.fails("5001", "CUSTOMER_NOT_MAPPED", category="mapping")
    desk.attempts()
    desk.turn(minutes=7)
    desk.comes_off("5001", "12007")
    desk.attempts()
    assert desk.subjects() == ["Acme: FAIL: call SC5001", "Acme: OK: call SC5001 is ticket 12007"]


@pytest.mark.rule("EA-47")
def test_a_call_that_fails_anew_is_told_anew(desk: Desk) -> None:
    """Put on hold, its issue closed; taken off hold, it failed again (EA-49)."""
    desk.fails("5001")
    desk.attempts()
    desk.store.issues.close(desk.store.issues.of_scope(TRANSFERS, call("5001"))[0])
    desk.turn(minutes=30)
    desk.fails("5001")
    assert desk.attempts() == 1


def test_a_ticket_that_was_found_again_after_a_lost_answer_is_an_attempt_that_came_off(desk: Desk) -> None:
    desk.comes_off("5001", "12007", what="Linked.", after={"cw": "12007", "partner": "5001"})
    assert desk.attempts() == 1
    assert desk.subjects() == ["Acme: OK: call SC5001 is ticket 12007"]


def test_what_a_person_linked_is_no_attempt(desk: Desk) -> None:
    desk.comes_off("5001", "12007", what="Linked.", by="kim", occasion=BY_HAND)
    assert desk.attempts() == 0


def test_what_a_person_had_tried_again_is_an_attempt(desk: Desk) -> None:
    desk.comes_off("5001", "12007", by="kim", occasion="kim 3f2a")
    assert desk.attempts() == 1


def test_a_ticket_that_is_there_is_no_failed_attempt_whatever_is_wrong_since(desk: Desk) -> None:
    desk.comes_off("5001", "12007")
    desk.fails("5001", message="e-automate refused the hold.")
    desk.attempts()
    assert desk.subjects() == ["Acme: OK: call SC5001 is ticket 12007"]


def test_a_look_that_came_to_no_end_is_an_attempt_only_once_a_create_was_begun(desk: Desk) -> None:
    desk.fails("5001", "NOT_NOW", category="system")
    assert desk.attempts() == 0
    desk.begins("5001")
    assert desk.attempts() == 1


def test_warnings_muted_issues_and_other_flows_are_no_attempts(desk: Desk) -> None:
    desk.fails("5001", blocks=False)
    desk.store.issues.mute(desk.fails("5002"), "kim")
    desk.issue("1001")
    assert desk.attempts() == 0


def test_nobody_is_mailed_who_does_not_use_the_flow_or_has_no_recipients(desk: Desk) -> None:
    desk.fails("5001")
    desk.connect()
    assert desk.attempts() == 0
    desk.connect(flows=[FLOW], recipients=[])
    assert desk.attempts() == 0
    desk.connect(flows=[FLOW])
    assert desk.attempts() == 1


def test_a_process_that_dies_after_the_mail_was_accepted_repeats_that_one_mail_marked_as_such(desk: Desk) -> None:
    desk.comes_off("5001", "12007")
    desk.turn(minutes=1)
    desk.fails("5002")
    desk.dies, desk.refuses_subject = Died(), "FAIL"
    with pytest.raises(Died):
        desk.attempts()
    desk.dies = None
    assert desk.subjects() == ["Acme: OK: call SC5001 is ticket 12007", "Acme: FAIL: call SC5002"]
    desk.turn(minutes=5)
    assert desk.attempts("two") == 0, "the dead one may yet be at it"
    desk.turn(minutes=15)
    assert desk.attempts("two") == 1
    assert desk.subjects() == ["Acme: FAIL: call SC5002 (may repeat an earlier mail)"]


def test_a_mail_that_was_not_accepted_goes_out_next_time_and_is_no_repeat(desk: Desk) -> None:
    desk.fails("5001")
    desk.dies = RetryLater("SES is away")
    with pytest.raises(RetryLater):
        desk.attempts()
    desk.dies = None
    desk.subjects()
    assert desk.attempts("two") == 1
    assert desk.subjects() == ["Acme: FAIL: call SC5001"]


def test_what_was_tried_more_than_a_day_ago_is_told_no_more(desk: Desk) -> None:
    """So that new recipients are not flooded, and nothing comes twice when its trace is gone."""
    desk.connect(flows=[FLOW], recipients=[])
    desk.fails("5001")
    desk.comes_off("5002", "12007")
    desk.turn(days=1)
    desk.connect(flows=[FLOW])
    assert desk.attempts() == 0
    desk.fails("5001")
    assert desk.attempts() == 1


def test_a_link_that_is_gone_by_now_does_not_hide_that_it_was_made(desk: Desk) -> None:
    desk.comes_off("5001", "12007")
    link = desk.store.links.find(TRANSFERS, [call("5001")])[call("5001")]
    assert isinstance(link, Link)
    desk.store.links.unlink(TRANSFERS, link)
    assert desk.attempts() == 1
    assert _first_row(desk.mails[0])[:3] == ["OK", "call 5001", "ticket 12007"]


def test_names_from_outside_neither_break_the_page_nor_the_subject(desk: Desk) -> None:
    desk.fails("5001\r\nBcc: x@example.com", message="<b>Smith & Sons</b>")
    desk.attempts()
    assert "&lt;b&gt;Smith &amp; Sons&lt;/b&gt;" in html(desk.mails[0])
    assert desk.mails[0]["Bcc"] is None
