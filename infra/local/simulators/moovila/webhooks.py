"""Posts what changed in the simulated Moovila to the one address that is set.

That there are webhooks is documented; all of their form is assumed: a JSON object with `event` (`created`, `updated`,
`deleted`), `entity` (`task`, ...), `id`, `projectId` where there is one, `at` and `eventId`, signed in
`X-Moovila-Signature`.
"""

from __future__ import annotations

from infra.local.simulators.moovila.entities import ENTITIES, PROJECTS
from infra.local.simulators.moovila.store import Row
from infra.local.simulators.posting import SignedEvents

HEADER = "X-Moovila-Signature"


class Webhooks(SignedEvents):
    """Posts what happens to the lists."""

    def __init__(self) -> None:
        super().__init__(HEADER)

    def note(self, path: str, row: Row, what: str) -> None:
        """Hears of a change of a list."""
        project = row["id"] if path == PROJECTS else row.get("projectId")
        told = {"event": what, "entity": ENTITIES[path].name, "id": row["id"], "at": row["updatedAt"]}
        self.tell(**told, **({"projectId": project} if project else {}))
