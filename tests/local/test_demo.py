"""The demo, as `make demo` runs it but smaller: it comes out well, and shows everything that it promises."""

from __future__ import annotations

import io
import re
from datetime import date
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from rich.console import Console

from infra.local.demo.failures import FAILURES
from infra.local.demo.failures.failure import Made
from infra.local.demo.nights import REPAIRS
from infra.local.demo.playing import Case
from infra.local.demo.show import demo, failures_table
from infra.local.demo.sizes import SMALL
from shared.sync.record import Ref

TODAY = date(2026, 11, 30)
"""The last day of a month: what is billed a day later is this month's all the same."""


def test_the_demo_ends_well_and_shows_every_kind_of_outcome(tmp_path: Path) -> None:
    out = io.StringIO()
    ended = demo(Console(file=out, width=200), tmp_path, SMALL, today=TODAY)
    told = out.getvalue()
    assert ended == 0, told
    for cause in ("AMBIGUOUS_MATCH", "CUSTOM_PROPERTY_MISSING", "PARENT_NOT_MAPPED", "REFUSED"):
        assert cause in told
    for row in ("applied", "skipped, with a reason", "requests to connectwise_psa", "requests to eautomate"):
        assert row in told
    assert "What to do:" in told
    settled = told[told.index("What went wrong") : told.index("What ConnectWise bills")]
    assert len(re.findall(r"after \d+ min|never again|  by hand *\n", settled)) == len(FAILURES)
    for failure in FAILURES:
        assert failure.fix in settled
        assert failure.code in settled
    _has_all_mail(tmp_path)
    _shows_three_nights(told, tmp_path / "shop")
    _shows_a_deal(told)
    _shows_a_project(told)
    _shows_a_matching(told)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_failure_takes_two_lines_of_a_narrow_screen_and_one_of_a_wide_one(width: int) -> None:
    message = f"Customer C10259 Linden Charter School could be: {'company Cole Tanner Eye Care; ' * 5}."
    cases = [
        Case(failure, Made(Ref("customer", "partner", "1"), lambda: None), message=message, minutes=22)
        for failure in FAILURES
    ]
    out = io.StringIO()
    Console(file=out, width=width).print(failures_table(cases, width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    synced = [failure for failure in FAILURES if failure.ends == "linked"]
    assert out.getvalue().count("after 22 min") == len(synced)
    for failure in FAILURES:
        assert failure.code in out.getvalue()
    told = [line for line in lines if "Customer C10259" in line]
    assert len(told) == len(FAILURES)
    assert all("\u2026" in line for line in told)
    assert len(lines) < len(FAILURES) * (1.5 if width == 200 else 2.5) + 20


def _shows_three_nights(told: str, mail: Path) -> None:
    nights = told[told.index("Three nights of computer coverage") :]
    for words in ("1: as found", "2: six issues settled", "3: a client deleted", "Computers in the wrong group"):
        assert words in nights
    settled = nights[nights.index("What a technician settled") : nights.index("A client was deleted by accident")]
    for code in REPAIRS:
        assert re.search(rf"{code} .* yes\s*\n", settled)
    assert "is not in Automate any more" in nights
    (digest,) = mail.glob("*.eml")
    assert "Demo Repair Shop" in str(_read(digest)["Subject"])


def _shows_a_deal(told: str) -> None:
    """Started, made once, merged with both values told, won with all that belongs to it."""
    sold = told[told.index("An MSP that sells in Zomentum") : told.index("A project office")]
    for words in (
        "checks in both systems hold",
        "Lakeside Clinic: new network, 1. Prospecting, Open",
        "Lakeside Clinic: network, 2 sites, 2. Proposal, Open; given up",
        "3. Closing, Won: 2 x SW-24, 1 x FW-60F; 1 document(s), 1 note(s)",
        "3 x SW-24, 1 x SVC-ONB; 2 document(s), 1 note(s)",
    ):
        assert words in sold
    assert re.search(r"Of \d+ issues 0 are open \d+ minutes? later", sold)


def _shows_a_project(told: str) -> None:
    day = told[told.index("A day of one project") : told.index("A help desk with Quickpass")]
    for words in (
        "Requested until the ten minutes are over",
        "It is archived in Moovila.",
        "Kim is asked; she approves",
    ):
        assert words in day
    assert "nothing  " not in day


def _shows_a_matching(told: str) -> None:
    matching = told[told.index("A help desk with Quickpass") :]
    assert re.search(r"accounts are matched +16 +4 +3 +1\s", matching)
    assert re.search(rf"Kim saves the rest +{SMALL.accounts}\s", matching)
    assert "A ticket's contact who is matched: ada.abbott@northgate.example.com" in matching
    assert "New Nurse is linked to no account" in matching


def _has_all_mail(folder: Path) -> None:
    """Both digests, and the mail of each attempt; each as a mail and as a page."""
    mails = {path.stem: _read(path) for path in sorted(folder.glob("*.eml"))}
    assert {path.stem for path in folder.glob("*.html")} == set(mails)
    digests = [mail for mail in mails.values() if list(mail.iter_attachments())]
    assert [str(mail["Subject"]).partition(" ")[2] for mail in digests] == [
        "Dealer: 13 waiting for a mapping",
        "Dealer: 24 refused, or for a person to look at",
    ]
    for digest in digests:
        assert [part.get_filename() for part in digest.iter_attachments()] == ["issues.csv"]
    results = [str(mail["Subject"]).split()[2] for mail in mails.values() if mail not in digests]
    assert set(results) == {"OK:", "FAIL:"}
    assert results.count("OK:") == SMALL.calls + 4, (
        "three that failed or were on hold, and one whose ticket was deleted"
    )


def _read(path: Path) -> EmailMessage:
    mail = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(mail, EmailMessage)
    return mail
