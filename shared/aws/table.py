"""The store: all that the engine keeps, joined over the one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.aws.dynamo import Table
from shared.aws.flows import Flows
from shared.aws.imported import Imported
from shared.aws.issues import Issues
from shared.aws.journal import Journal
from shared.aws.leases import Leases
from shared.aws.links import Links
from shared.aws.proposals import Proposals
from shared.aws.turns import Turns
from shared.sync import imported, ports, proposal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.aws.patience import Patience


class Store:
    """`shared.sync.ports.Store` on the table of this name."""

    def __init__(self, client: DynamoDBClient, table: str, patience: Patience | None = None) -> None:
        opened = Table(client, table, patience)
        self.links: ports.Links = Links(opened)
        self.issues: ports.Issues = Issues(opened)
        self.flows: ports.Flows = Flows(opened)
        self.journal: ports.Journal = Journal(opened)
        self.leases: ports.Leases = Leases(opened)
        self.proposals: proposal.Proposals = Proposals(opened)
        self.turns: ports.KeptTurns = Turns(opened)
        self.imported: imported.Imported = Imported(opened)
