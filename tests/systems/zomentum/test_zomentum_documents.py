"""Documents of Zomentum: revisions, line items from a CSV, and the file itself."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from infra.local.simulators.zomentum import ZomentumSimulator
from shared.sync.errors import RecordRejected, RetryLater
from shared.systems.zomentum import Document, Line, Zomentum
from tests.systems.watching import Watch

HEADINGS = "Product Name,Quantity,Unit Price"


@pytest.fixture
def laptop(server: ZomentumSimulator) -> str:
    return server.add_item("Laptop 14", 1290, 1010.5, product_id="LT-14", manufacturer_part_number="N14")


@pytest.fixture
def quote(server: ZomentumSimulator, laptop: str) -> str:
    deal = server.add_opportunity(server.add_company("Acme"), "Refresh")
    lines = [server.line(laptop, 2), server.line(laptop, 1, bundle="b7", description='17", black\nor grey')]
    return server.add_document(deal, "Quote / 7", lines)


@pytest.fixture
def document(zomentum: Zomentum, quote: str) -> Document:
    found = zomentum.document(quote)
    assert found is not None
    return found


def test_lines_are_those_of_the_newest_revision(
    zomentum: Zomentum, server: ZomentumSimulator, quote: str, document: Document, laptop: str
) -> None:
    first, second = zomentum.lines(document)
    assert first == Line(
        position=1, item=laptop, name="Laptop 14", description="Laptop 14", product_id="LT-14",
        manufacturer_part_number="N14", billing_period="one_time", quantity=Decimal(2), sell_price=Decimal(1290),
        cost_price=Decimal("1010.5"),
    )  # fmt: skip
    assert (second.position, second.description, second.bundle) == (2, '17", black\nor grey', "b7")
    server.revise(quote, [server.line(laptop, 5)])
    revised = zomentum.document(quote)
    assert revised is not None
    assert [revision.number for revision in revised.revisions] == [1, 2]
    assert [line.quantity for line in zomentum.lines(revised)] == [Decimal(5)]
    assert [line.quantity for line in zomentum.lines(document)] == [Decimal(2), Decimal(1)]


def test_a_document_without_a_revision_has_no_lines(zomentum: Zomentum, watch: Watch) -> None:
    assert zomentum.lines(Document(id="a1")) == []
    assert watch.requests == []


def test_a_document_is_listed_with_its_opportunity(
    zomentum: Zomentum, server: ZomentumSimulator, document: Document
) -> None:
    assert zomentum.documents() == [document]
    assert document.opportunity == server.records("opportunities")[0]["id"]
    assert document.url == f"{server.url}/documents/{document.id}"


def csv(watch: Watch, body: bytes, kind: str = "text/csv") -> None:
    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "downloadproducts" not in request.url.path and "/download/" not in request.url.path:
            return response
        return httpx.Response(200, content=body, headers={"content-type": kind})

    watch.rewrite = rewrite


def test_headings_may_be_more_and_in_any_case(zomentum: Zomentum, document: Document, watch: Watch) -> None:
    csv(watch, b'unit price, QUANTITY ,product name,Colour\n"1,290.50",2.5,Laptop,grey\n,1,Free,\n')
    first, second = zomentum.lines(document)
    assert (first.name, first.quantity, first.sell_price) == ("Laptop", Decimal("2.5"), Decimal("1290.50"))
    assert (second.sell_price, second.quantity) == (None, Decimal(1))


def test_a_quote_of_no_lines(zomentum: Zomentum, document: Document, watch: Watch) -> None:
    csv(watch, f"{HEADINGS}\n".encode())
    assert zomentum.lines(document) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "a list without"),
        (b"<html><title>One moment</title></html>", "a list without"),
        (b"Product Name,Quantity\nLaptop,1\n", "a list without"),
        (f"{HEADINGS}\nLaptop,two,1\n".encode(), r"a line that cannot be read \(quantity"),
        (f"{HEADINGS}\nLaptop,NaN,1\n".encode(), r"a line that cannot be read \(quantity"),
        (f'{HEADINGS}\n"Laptop,1,1\n'.encode(), "no CSV"),
        (f"{HEADINGS}\nLapt\xf6p,1,1\n".encode("latin-1"), "no CSV"),
    ],
)
def test_what_is_no_list_of_lines_is_an_error(
    zomentum: Zomentum, document: Document, watch: Watch, body: bytes, why: str
) -> None:
    csv(watch, body)
    with pytest.raises(RetryLater, match=why):
        zomentum.lines(document)


def test_a_document_is_downloaded_with_its_name(zomentum: Zomentum, document: Document) -> None:
    file = zomentum.download(document.id)
    assert (file.name, file.type) == ("Quote _ 7.pdf", "application/pdf")
    assert file.content.startswith(b"%PDF")
    assert "%PDF" not in repr(file)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''Angebot%20%C3%9Cber.pdf", "Angebot Über.pdf"),
        ("attachment", "{id}.pdf"),
        ("", "{id}.pdf"),
    ],
)
def test_a_file_name_is_a_name_and_no_path(
    zomentum: Zomentum, document: Document, watch: Watch, header: str, name: str
) -> None:
    def named(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if "/download/" in request.url.path:
            response.headers["content-disposition"] = header
        return response

    watch.rewrite = named
    assert zomentum.download(document.id).name == name.format(id=document.id)


@pytest.mark.parametrize(("body", "kind"), [(b"", "application/pdf"), (b"<html>", "text/html; charset=utf-8")])
def test_a_download_that_is_no_file_is_an_error(
    zomentum: Zomentum, document: Document, watch: Watch, body: bytes, kind: str
) -> None:
    csv(watch, body, kind)
    with pytest.raises(RetryLater, match="with no file"):
        zomentum.download(document.id)


def test_a_document_that_is_gone_is_told(zomentum: Zomentum, server: ZomentumSimulator, document: Document) -> None:
    server.delete("documents", document.id)
    for attempt in (lambda: zomentum.download(document.id), lambda: zomentum.lines(document)):
        with pytest.raises(RecordRejected) as raised:
            attempt()
        assert raised.value.code == "NotFound"
