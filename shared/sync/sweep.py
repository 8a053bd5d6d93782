"""Sweeps: which linked records a comprehensive scan did not come across, so that a look asks for each of them.

That a list lacks a record proves nothing (promise 7). A sweep only says whom to ask for.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from shared.sync.flow import Flow, Sighting, Situation
from shared.sync.link import Link
from shared.sync.ports import Run, Store
from shared.sync.record import SIDES, Ref

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
        """The linked records of the kinds that the flow sweeps, but for those met and those linked since the start.

        One that both sides lack is named itself, since no list of its scope names it any more.
        """
        if self.given_up:
            return []
        links = (one for one in store.links.all_links(flow.key) if not (one.linked_at and one.linked_at >= run.started))
        return list(chain.from_iterable(self._of(link, flow) for link in links))

    def _of(self, link: Link, flow: Flow[Situation]) -> Iterator[Sighting]:
        refs = [link.ref(side) for kind, side in flow.sweeps if kind == link.kind]
        unmet = [ref for ref in refs if str(ref) not in self.met]
        if len(unmet) == len(SIDES):
            yield Sighting(unmet[0], None)
        elif unmet:
            yield Sighting(unmet[0], None, scope=link.scope)
