"""Mail through SES, as the raw MIME message, with all its parts and attachments."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from shared.aws.failures import aws_failures
from shared.sync.errors import ConfigurationWrong

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


_SEVEN_BIT = SMTP.clone(cte_type="7bit")
"""SES wants whatever is not ASCII encoded."""


class Mailer:
    """Sends mail."""

    def __init__(self, client: SESClient) -> None:
        self._client = client

    def send(self, message: EmailMessage) -> str:
        """Sends the message from its `From` to everybody in `To`, `Cc` and `Bcc`, and returns SES's id of it.

        ConfigurationWrong if SES does not let the sender send; OutcomeUnknown if SES did not answer, so that it may
        have been sent; RetryLater if SES asks for that (it was not sent).
        """
        with aws_failures(once=True):
            try:
                answer = self._client.send_raw_email(RawMessage={"Data": message.as_bytes(policy=_SEVEN_BIT)})
            except (
                self._client.exceptions.MessageRejected,
                self._client.exceptions.MailFromDomainNotVerifiedException,
                self._client.exceptions.AccountSendingPausedException,
            ) as error:
                said = error.response.get("Error", {}).get("Message", "")
                raise ConfigurationWrong(
                    f"SES does not send mail from {message['From']}: {said}",
                    where="mail.sender of the connection, and the stack's parameter MailIdentity",
                    fix="Verify the sender in SES in this account and region (in its sandbox the recipients as well).",
                ) from error
        return answer["MessageId"]
