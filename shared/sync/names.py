"""What people call the outside systems, and how they count."""

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


def counted(number: int, one: str, several: str = "") -> str:
    """So many of something, in words: 1 record, 2 records; `several` where an s does not do."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
