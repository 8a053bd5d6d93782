"""Mail goes out whole, once, and says whose sender is not verified."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING, Any, cast

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from shared.aws.clients import Clients
from shared.aws.mail import Mailer
from shared.sync.errors import ConfigurationWrong, OutcomeUnknown, RetryLater
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

SENDER = "Crosswise <crosswise@example.com>"


@pytest.fixture
def ses(clients: Clients) -> SESClient:
    clients.ses.verify_email_identity(EmailAddress="crosswise@example.com")
    return clients.ses


@pytest.fixture
def digest() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, "a@example.com, b@example.com", "Fünf Fehler"
    message.set_content("Fünf Kunden warten.")
    message.add_alternative("<p>Fünf Kunden warten.</p>", subtype="html")
    message.add_attachment("name;code\r\nÄrzte;X\r\n", subtype="csv", filename="issues.csv")
    return message


def test_text_html_and_attachment_arrive(ses: SESClient, digest: EmailMessage) -> None:
    id_ = Mailer(ses).send(digest)
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    arrived = email.message_from_string(sent.raw_data, policy=default)
    assert isinstance(arrived, EmailMessage)
    assert sent.raw_data.isascii(), "SES wants the rest encoded"
    assert id_ == sent.id
    assert sorted(sent.destinations) == ["a@example.com", "b@example.com"]
    assert arrived["Subject"] == "Fünf Fehler"
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Fünf Kunden warten."
    assert html.get_content().strip() == "<p>Fünf Kunden warten.</p>"
    (attached,) = arrived.iter_attachments()
    assert attached.get_filename() == "issues.csv"
    assert "Ärzte;X" in attached.get_content()


def test_a_sender_that_is_not_verified_is_named(clients: Clients, digest: EmailMessage) -> None:
    with pytest.raises(ConfigurationWrong, match=r"crosswise@example\.com") as failure:
        Mailer(clients.ses).send(digest)
    assert "MailIdentity" in failure.value.where


def test_a_lost_answer_is_no_promise_that_nothing_was_sent(
    ses: SESClient, answers: Answers, digest: EmailMessage
) -> None:
    answers.lose(ses, "SendRawEmail")
    with pytest.raises(OutcomeUnknown):
        Mailer(ses).send(digest)
    assert len(ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages) == 1


def test_a_refusal_for_now_sent_nothing(ses: SESClient, answers: Answers, digest: EmailMessage) -> None:
    answers.refuse(ses, "SendRawEmail", "Throttling")
    with pytest.raises(RetryLater) as failure:
        Mailer(ses).send(digest)
    assert not isinstance(failure.value, OutcomeUnknown)


def test_mail_is_never_repeated_by_the_client_itself() -> None:
    once, often = (cast("Any", client.meta.config).retries for client in (Clients().ses, Clients().dynamodb))
    assert (once["total_max_attempts"], often["total_max_attempts"]) == (1, 4)
