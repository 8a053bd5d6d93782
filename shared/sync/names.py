"""What people call the outside systems."""

from __future__ import annotations

PSA = "connectwise_psa"
AUTOMATE = "connectwise_automate"
EAUTOMATE = "eautomate"
MOOVILA = "moovila"
PCRT = "pcrt"
QUICKPASS = "quickpass"
ZOMENTUM = "zomentum"

TITLES = {
    PSA: "ConnectWise",
    AUTOMATE: "ConnectWise Automate",
    EAUTOMATE: "e-automate",
    MOOVILA: "Moovila",
    PCRT: "PCRT",
    ZOMENTUM: "Zomentum",
    QUICKPASS: "Quickpass",
    "aws": "AWS",
}


def title(system: str) -> str:
    """The system's name as its makers write it; an unknown one as it is."""
    return TITLES.get(system, system)
