"""The handler of `POST /webhooks/{partner}/{connection}`."""

from functions.partner_webhook.webhook import take
from functions.receiving import receiver

handler = receiver(take)
