"""The handler of `POST /callbacks/{connection}`."""

from functions.connectwise_callback.callback import take
from functions.receiving import receiver

handler = receiver(take)
