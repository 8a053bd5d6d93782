"""Sweeps: which linked records a comprehensive scan did not come across, so that a look asks for each of them.

That a list lacks a record proves nothing (promise 7). A sweep only says whom to ask for.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.sync.flow import Flow, Sighting, Situation
from shared.sync.ports import Run, Store
from shared.sync.record import Ref

LIMIT = 200_000
"""Characters of what a handed over run has met: a message holds 262,144 bytes. That is some 80,000 records."""


@dataclass
class Sweep:
    """The linked records that a run has met so far; `given_up` where they are too many to be handed over."""

    met: set[str] = field(default_factory=set)
    given_up: bool = False

    @classmethod
    def of(cls, text: str | None) -> Sweep:
        """The inverse of `text`; a new one without it."""
        if text is None:
            return cls()
        if not text:
            return cls(given_up=True)
        return cls(set(zlib.decompress(base64.b64decode(text)).decode().split("\n")))

    def text(self) -> str:
        """What the message that goes on with the run carries."""
        text = base64.b64encode(zlib.compress("\n".join(sorted(self.met)).encode(), 9)).decode()
        return "" if self.given_up or len(text) > LIMIT else text

    def meet(self, refs: Iterable[Ref]) -> None:
        self.met.update(map(str, refs))

    def lacked(self, flow: Flow[Situation], store: Store, run: Run) -> Sequence[Sighting]:
        """The linked records of the kinds that the flow sweeps, but for those met and those linked since the start."""
        if self.given_up:
            return []
        return [
            Sighting(link.ref(side), None, scope=link.scope)
            for link in store.links.all_links(flow.key)
            for kind, side in flow.sweeps
            if link.kind == kind
            and str(link.ref(side)) not in self.met
            and not (link.linked_at and link.linked_at >= run.started)
        ]
