"""What people call the outside systems."""

from __future__ import annotations

TITLES = {
    "connectwise_psa": "ConnectWise",
    "connectwise_automate": "ConnectWise Automate",
    "eautomate": "e-automate",
    "moovila": "Moovila",
    "pcrt": "PCRT",
    "zomentum": "Zomentum",
    "quickpass": "Quickpass",
    "aws": "AWS",
}


def title(system: str) -> str:
    """The system's name as its makers write it; an unknown one as it is."""
    return TITLES.get(system, system)
