"""What people call the outside systems."""

from __future__ import annotations

PSA = "connectwise_psa"
AUTOMATE = "connectwise_automate"
EAUTOMATE = "eautomate"
PCRT = "pcrt"
ZOMENTUM = "zomentum"

TITLES = {
    PSA: "ConnectWise",
    AUTOMATE: "ConnectWise Automate",
    EAUTOMATE: "e-automate",
    "moovila": "Moovila",
    PCRT: "PCRT",
    ZOMENTUM: "Zomentum",
    "quickpass": "Quickpass",
    "aws": "AWS",
}


def title(system: str) -> str:
    """The system's name as its makers write it; an unknown one as it is."""
    return TITLES.get(system, system)
