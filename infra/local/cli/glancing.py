"""What a flow would decide of a record now, as its own function answers it: the one that has keys and adapters."""

from __future__ import annotations

from infra.local.cli.control import Tell
from infra.local.cli.place import Place
from infra.local.cli.refusals import is_refusal, refusal
from infra.local.cli.screen import Failed
from shared.sync.glance import Glance
from shared.sync.record import FlowKey


def glanced(place: Place, key: FlowKey, text: str, tell: Tell) -> tuple[list[Glance], str]:
    """What a look at each record that the text may mean would come to; and what hindered that, if anything did."""
    tell(f"asking {key.flow} of {key.connection}")
    request = {"function": key.flow, "event": {"why": {"connection": key.connection, "record": text}}}
    try:
        done = place.ask("invoke", request, tell)
    except Exception as error:
        if not (isinstance(error, Failed) or is_refusal(error)):
            raise
        done = {"error": str(error) if isinstance(error, Failed) else refusal(error)}
    answer = done.get("answer") or {}
    hindered = done["error"] or answer.get("hindered")
    told = f"{key.flow} of {key.connection} could not be asked: {hindered}" if hindered else ""
    return [Glance.model_validate(one) for one in answer.get("glances", ())], told
