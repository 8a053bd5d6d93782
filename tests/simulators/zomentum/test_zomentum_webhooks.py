"""What the simulated Zomentum posts, and that Crosswise's receiver takes it for what it is."""

from __future__ import annotations

import httpx

from functions.partner_webhook.partners import PARTNERS
from infra.local.simulators.zomentum import ZomentumSimulator
from shared.systems.callbacks import signed
from shared.systems.zomentum import Company, Contact, Document, Item, Opportunity, TaxCategory, TaxRegion
from tests.simulators.receiving import PATH as RECEIVER_PATH
from tests.simulators.receiving import Receiver

PATH = "client/companies"


def test_what_changes_is_posted_as_our_receiver_reads_it(server: ZomentumSimulator, receiver: Receiver) -> None:
    server.webhooks.url, server.webhooks.secret = receiver.url, "shh"
    acme = server.add_company("Acme")
    server.edit(PATH, acme, phone="1")
    server.delete(PATH, acme)
    assert server.webhooks.settled()
    partner = PARTNERS["zomentum"]
    for path, headers, body in receiver.posts:
        assert path == RECEIVER_PATH
        signature = partner.written(headers[partner.header])
        assert signature is not None
        assert signed(b"shh", body, signature)
        assert not signed(b"demo", body, signature)
    assert [(one[partner.type], one[partner.record]) for one in receiver.said()] == [("client_company", acme)] * 3
    assert [one["event"] for one in receiver.said()] == ["created", "updated", "deleted"]
    assert len({one[partner.message] for one in receiver.said()}) == 3


def test_every_sort_of_record_is_told_by_the_name_that_its_model_knows(
    server: ZomentumSimulator, receiver: Receiver
) -> None:
    server.webhooks.url = receiver.url
    acme = server.add_company("Acme")
    deal = server.add_opportunity(acme, "Refresh")
    server.add_document(deal, "Quote", [server.line(server.add_item("Laptop"))])
    region = server.add("tax/regions", name="Nevada")
    server.add("tax/categories", name="Taxable", tax_region_id=region, rate=6.85)
    assert server.webhooks.settled()
    models = (Company, Contact, Opportunity, Item, Document, TaxRegion, TaxCategory)
    assert {one["entity"] for one in receiver.said()} == {model.entity for model in models}


def test_nothing_is_posted_before_somebody_says_where_to(server: ZomentumSimulator, receiver: Receiver) -> None:
    server.add_company("Acme")
    order = {"url": receiver.url, "secret": "shh"}
    assert httpx.post(f"{server.url}/_simulator/webhooks", json=order).status_code == 204
    server.add_company("Other")
    assert server.webhooks.settled()
    assert len(receiver.posts) == 1
    assert server.webhooks.secret == "shh"


def test_a_post_that_is_refused_comes_again_as_the_same(server: ZomentumSimulator, receiver: Receiver) -> None:
    server.webhooks.url = receiver.url
    receiver.refusals = 2
    server.add_company("Acme")
    assert server.webhooks.settled()
    assert len(receiver.posts) == 3
    assert len({body for _, _, body in receiver.posts}) == 1
    receiver.refusals = 9
    server.add_company("Other")
    assert server.webhooks.settled()
    assert [event.status for event in server.webhooks.done] == [200, 429]
    assert server.webhooks.done[1].told["entity"] == "client_company"


def test_nobody_but_loopback_is_posted_to(server: ZomentumSimulator) -> None:
    server.webhooks.url = "https://example.com/webhooks"
    server.add_company("Acme")
    assert server.webhooks.settled()
    assert [event.status for event in server.webhooks.done] == [0]
