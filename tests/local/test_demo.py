"""The demo, as `make demo` runs it: everything that it promises to show, and nothing left to do at its end."""

from __future__ import annotations

import io
from email import policy
from email.parser import BytesParser
from pathlib import Path

from rich.console import Console

from infra.local.demo.show import demo


def test_the_demo_ends_well_and_shows_every_kind_of_outcome(tmp_path: Path) -> None:
    out = io.StringIO()
    assert demo(Console(file=out, width=200), tmp_path) == 0
    told = out.getvalue()
    for cause in ("AMBIGUOUS_MATCH", "CUSTOM_PROPERTY_MISSING", "PARENT_NOT_MAPPED", "REFUSED"):
        assert cause in told
    for row in ("applied", "skipped, with a reason", "requests to connectwise_psa", "requests to eautomate"):
        assert row in told
    assert "What to do:" in told
    parser = BytesParser(policy=policy.default)
    mails = [parser.parsebytes(path.read_bytes()) for path in sorted(tmp_path.glob("*.eml"))]
    assert [mail["Subject"] for mail in mails] == [
        "Demo Dealer: 5 waiting for a mapping",
        "Demo Dealer: 38 refused, or for a person to look at",
    ]
    for mail in mails:
        assert [part.get_filename() for part in mail.iter_attachments()] == ["issues.csv"]
    assert len(list(tmp_path.glob("*.html"))) == len(mails)
