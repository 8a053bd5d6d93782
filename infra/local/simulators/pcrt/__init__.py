"""PCRT's database, as a repair shop has it: the tables that Crosswise reads, filled to fit a fleet in Automate.

Unlike the other simulators this one is no server: it is a file of SQLite's, or a database on a MariaDB server that
somebody started, and its base URL is the address of that. `simulator` edits it as technicians do, and obeys faults;
`seed` invents what is there at first, with what only PCRT's side can have wrong; `store` speaks SQL; `mariadb` starts
a server. Table and column names are those of stock PCRT 9.6. Of the shop's own columns, CWA Group and Additional
Members, nothing is published; assumed are `cwagroup` (the id of an Automate group) and `additionalmembers` (PCIDs with
commas between them) in `servicecontracts`; a subscription without a group belongs to the PCID whose `scid` names it.
"""

from infra.local.simulators.pcrt.mariadb import MariaDb, NoMariaDb
from infra.local.simulators.pcrt.seed import Trouble
from infra.local.simulators.pcrt.simulator import PcrtSimulator

__all__ = ["MariaDb", "NoMariaDb", "PcrtSimulator", "Trouble"]
