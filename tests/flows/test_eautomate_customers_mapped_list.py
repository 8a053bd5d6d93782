"""The mapped list (EA-20): which customer is which company, for pages and exports."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from functions.eautomate_customers.mapped_list import as_csv, mapped_list
from functions.eautomate_customers.situations import COMPANY, SITE
from shared.sync.link import Link

pytestmark = pytest.mark.rule("EA-20")

LINKS = (
    Link(SITE, "2100", "5101", cw_name="site North", partner_name="customer C100-1 North", how="Created."),
    Link(
        COMPANY,
        "250",
        "5100",
        cw_name="company Acme (ACME)",
        partner_name="customer C100 Acme",
        how="By number.",
        linked_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    ),
)


def page(company: int) -> str:
    return f"https://psa.example/company/{company}"


def test_each_row_has_both_names_both_ids_the_page_and_how_it_was_found() -> None:
    company, site = mapped_list(LINKS, page)
    assert (company.customer, company.customer_id) == ("customer C100 Acme", "5100")
    assert (company.record, company.rec_id, company.url) == (
        "company Acme (ACME)",
        "250",
        "https://psa.example/company/250",
    )
    assert (company.how, company.since) == ("By number.", "2026-11-02T09:00:00.000000Z")
    assert (site.kind, site.record, site.rec_id, site.url, site.since) == (SITE, "site North", "2100", "", "")


def test_the_export_is_csv_with_headings() -> None:
    heading, *rows = csv.reader(as_csv(mapped_list(LINKS, page)).splitlines())
    assert heading == ["kind", "customer", "customer_id", "record", "rec_id", "url", "how", "since"]
    assert [row[2] for row in rows] == ["5100", "5101"]


def test_a_name_that_a_spreadsheet_would_run_is_text() -> None:
    (row,) = mapped_list([Link(COMPANY, "250", "5100", partner_name='=HYPERLINK("x")', cw_name="a, b")], page)
    (_, exported) = csv.reader(as_csv([row]).splitlines())
    assert exported[1] == '\'=HYPERLINK("x")'
    assert exported[3] == "a, b"
