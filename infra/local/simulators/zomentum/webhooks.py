"""Posts what changed in the simulated Zomentum to the one address that is set. All of it is assumed.

A post is a JSON object with `eventId`, `event` (`created`, `updated`, `deleted`), `entity` (`client_company`, ...) and
`id`, signed in `X-Zomentum-Signature`.
"""

from __future__ import annotations

from infra.local.simulators.posting import SignedEvents
from infra.local.simulators.zomentum.entities import ENTITIES

HEADER = "X-Zomentum-Signature"
_TOLD = frozenset(
    {"client_company", "client_user", "opportunity", "item", "document", "tax_region", "tax_category"}
)  # fmt: skip


class Webhooks(SignedEvents):
    """Posts what happens to the lists."""

    def __init__(self) -> None:
        super().__init__(HEADER)

    def note(self, path: str, record_id: str, what: str) -> None:
        """Hears of a change of a list."""
        entity = ENTITIES[path].name
        if entity in _TOLD:
            self.tell(event=what, entity=entity, id=record_id)
