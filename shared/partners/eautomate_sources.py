"""Where an e-automate flow reads: its links, ConnectWise, e-automate, and its settings."""

from __future__ import annotations

from typing import Generic, TypeVar

from shared.sync.flow import Context, FlowSettings
from shared.systems.connectwise_psa import Psa
from shared.systems.eautomate import Eautomate

S = TypeVar("S", bound=FlowSettings)


class EautomateSources(Generic[S]):
    """What every look and every scan of one connection reads from; flows add reads of their own.

    `connection` is the connection's id, `flows` are those that it uses.
    """

    def __init__(self, context: Context) -> None:
        self.links = context.links
        self.psa = context.system(Psa)
        self.eautomate = context.system(Eautomate)
        self.settings: S = context.settings
        self.connection = context.connection.id
        self.flows = frozenset[str](context.connection.flows)
