"""ConnectWise Automate: `Automate` reads clients, computers and groups, and writes the External ID of a client."""

from shared.systems.connectwise_automate.client import Automate
from shared.systems.connectwise_automate.models import (
    Client,
    Computer,
    Group,
    GroupComputer,
    GroupedComputer,
    GroupName,
    Record,
    RetiredAsset,
)

__all__ = [
    "Automate",
    "Client",
    "Computer",
    "Group",
    "GroupComputer",
    "GroupName",
    "GroupedComputer",
    "Record",
    "RetiredAsset",
]
