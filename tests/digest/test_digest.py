"""The digest: who gets it when, what stands in it, how often, and what happens when its process dies."""

from __future__ import annotations

import csv
import io
from email.message import EmailMessage

import pytest

from shared.sync.errors import ConfigurationWrong, RetryLater
from tests.digest.conftest import Desk, Died, html, text


def _rows(mail: EmailMessage) -> list[dict[str, str]]:
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "issues.csv"
    return list(csv.DictReader(io.StringIO(attached.get_content().removeprefix("\ufeff"))))


def test_it_goes_out_at_its_hour_in_its_zone_once(desk: Desk) -> None:
    desk.issue("1001")
    desk.turn(hours=-1)
    assert desk.digest() == 0
    desk.turn(hours=1)
    assert desk.digest() == 1
    assert desk.digest("two") == 0
    assert desk.mails[0]["To"] == "desk@acme.example"
    assert desk.mails[0]["Subject"] == "Acme: 1 refused, or for a person to look at"


def test_nothing_open_or_no_recipients_no_mail(desk: Desk) -> None:
    assert desk.digest() == 0
    desk.issue("1001")
    desk.connect(recipients=[])
    assert desk.digest() == 0


@pytest.mark.rule("EA-38")
def test_records_that_wait_for_a_mapping_and_records_refused_come_on_two_mails(desk: Desk) -> None:
    desk.issue("1001", "PARENT_NOT_MAPPED", category="mapping", message="1001 waits for its parent.", fix="Link it.")
    desk.issue("1002")
    desk.issue("1003", "AMBIGUOUS_MATCH", category="review", message="1003 may be two.")
    desk.issue("1004", "CONFIGURATION_WRONG", category="system", message="1004 has no board.")
    assert desk.digest() == 2
    mapping, others = desk.mails
    assert mapping["Subject"] == "Acme: 1 waiting for a mapping"
    assert others["Subject"] == "Acme: 3 refused, or for a person to look at"
    assert [row["record"] for row in _rows(mapping)] == ["customer 1001"]
    assert [row["record"] for row in _rows(others)] == ["customer 1004", "customer 1002", "customer 1003"]
    assert "1001 waits for its parent." in text(mapping)
    assert "1001" not in text(others)


@pytest.mark.rule("EA-38")
def test_every_text_of_either_mail_says_what_to_do(desk: Desk) -> None:
    desk.issue("1001", "PARENT_NOT_MAPPED", category="mapping", fix="Settle customer 1000.")
    desk.issue("1002", "CUSTOMER_NOT_MAPPED", category="mapping", fix="Map the company.")
    desk.issue("1003", fix="Correct the address.")
    desk.issue("1004", fix="Correct the name.")
    desk.digest()
    mapping, others = desk.mails
    for mail, fixes in (
        (mapping, {"Settle customer 1000.", "Map the company."}),
        (others, {"Correct the address.", "Correct the name."}),
    ):
        assert {row["what to do"] for row in _rows(mail)} == fixes
        assert all(f"What to do: {fix}" in text(mail) for fix in fixes)
        assert all(f"<b>What to do:</b> {fix}" in html(mail) for fix in fixes)


def test_what_settles_several_records_is_told_once_above_them(desk: Desk) -> None:
    desk.issue("1001", fix="Correct the name.")
    desk.issue("1002", fix="Map the territory.")
    desk.issue("1003", fix="Map the territory.")
    desk.digest()
    for told in (text(desk.mails[0]), html(desk.mails[0])):
        assert told.count("Map the territory.") == told.count("Correct the name.") == 1
        assert told.index("Map the territory.") < told.index("customer 1002") < told.index("customer 1003")
        assert told.index("customer 1001") < told.index("Correct the name.")


@pytest.mark.rule("EA-38")
def test_each_of_the_two_goes_out_only_when_it_has_news(desk: Desk) -> None:
    desk.connect(report_limit=1)
    desk.issue("1001", "PARENT_NOT_MAPPED", category="mapping")
    assert desk.digest() == 1
    desk.turn(days=1)
    desk.issue("1002")
    assert desk.digest() == 1
    assert desk.subjects() == ["Acme: 1 waiting for a mapping", "Acme: 1 refused, or for a person to look at"]


@pytest.mark.rule("EA-38")
def test_one_that_cannot_be_sent_does_not_hold_up_the_other(desk: Desk) -> None:
    desk.issue("1001", "PARENT_NOT_MAPPED", category="mapping")
    desk.issue("1002")
    desk.dies = RetryLater("SES is away")
    desk.refuses_subject = "mapping"
    with pytest.raises(RetryLater):
        desk.digest()
    desk.dies = None
    desk.subjects()
    assert desk.digest("two") == 1
    assert desk.subjects() == ["Acme: 1 waiting for a mapping"]


def test_each_row_says_what_to_do_since_when_and_how_often(desk: Desk) -> None:
    desk.issue("1001", url="https://na.example/1001")
    desk.digest()
    told = text(desk.mails[0])
    assert "What to do: Mend it." in told
    assert "First seen 2026-11-02 07:05, reported 1 of 3 times, next try 2026-11-02 07:10" in told
    assert 'href="https://na.example/1001"' in html(desk.mails[0])
    assert all("crosswise relink" in page for page in (told, html(desk.mails[0])))
    row = _rows(desk.mails[0])[0]
    assert (row["code"], row["record"], row["times reported"]) == ("REFUSED", "customer 1001", "1")


@pytest.mark.rule("EA-45")
def test_an_issue_is_told_three_times_then_only_counted_and_stays_open(desk: Desk) -> None:
    desk.issue("1001")
    for _ in range(3):
        assert desk.digest() == 1
        desk.turn(days=1)
    assert desk.digest() == 0
    desk.issue("1002")
    assert desk.digest() == 1
    told = text(desk.mails[-1])
    assert "customer 1001" not in told
    assert "1 more issue of this sort is open" in told
    assert desk.mails[-1]["Subject"] == "Acme: 2 refused, or for a person to look at"
    assert len(desk.store.issues.of_connection("acme")) == 2


def test_troubles_that_pass_by_themselves_are_not_told_in_their_first_hour(desk: Desk) -> None:
    desk.issue("1001", "NOT_NOW", category="system")
    assert desk.digest() == 0
    desk.turn(days=1)
    assert desk.digest() == 1


def test_a_process_that_dies_after_the_mail_was_accepted_repeats_it_marked_as_such(desk: Desk) -> None:
    desk.issue("1001")
    desk.dies = Died()
    with pytest.raises(Died):
        desk.digest()
    desk.dies = None
    assert desk.digest("two") == 0
    desk.turn(minutes=16)
    assert desk.digest("two") == 1
    assert len(desk.mails) == 2
    assert desk.mails[1]["Subject"] == "Acme: 1 refused, or for a person to look at (may repeat an earlier mail)"
    assert "may repeat an earlier one" in text(desk.mails[1])
    assert desk.store.issues.of_connection("acme")[0].times_mailed == 1


def test_a_mail_that_was_not_accepted_is_tried_again_at_once_and_is_no_repeat(desk: Desk) -> None:
    desk.issue("1001")
    desk.dies = RetryLater("SES is away")
    with pytest.raises(RetryLater):
        desk.digest()
    assert desk.store.issues.of_connection("acme")[0].times_mailed == 0
    desk.dies = None
    assert desk.digest("two") == 1
    assert desk.mails[-1]["Subject"] == "Acme: 1 refused, or for a person to look at"


def test_names_from_outside_neither_break_the_page_nor_begin_a_formula(desk: Desk) -> None:
    desk.issue("1001", message="=HYPERLINK(1) <b>Smith & Sons</b>")
    desk.digest()
    assert "&lt;b&gt;Smith &amp; Sons&lt;/b&gt;" in html(desk.mails[0])
    assert "<b>Smith & Sons</b>" in text(desk.mails[0])
    assert _rows(desk.mails[0])[0]["message"].startswith("'=HYPERLINK")


def test_a_connection_that_cannot_be_mailed_does_not_hold_up_the_others(desk: Desk) -> None:
    desk.issue("1001")
    desk.issue("2001", connection="birch")
    desk.connect("birch", sender="nobody@birch.example")
    desk.refuses = "nobody@birch.example"
    with pytest.raises(ConfigurationWrong):
        desk.digest()
    assert [mail["To"] for mail in desk.mails] == ["desk@acme.example"]


def test_a_second_window_of_the_day_has_its_own_mail(desk: Desk) -> None:
    desk.connect(hours=[7, 13])
    desk.issue("1001")
    assert desk.digest() == 1
    desk.turn(hours=6)
    assert desk.digest() == 1
