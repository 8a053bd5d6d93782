"""Contracts of e-automate as flows read them: whose they are, of which type and state, which changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.systems.eautomate.requests import GetContract, GetContractList, GetContractListForCustomer
from shared.systems.eautomate.service import Service
from shared.systems.eautomate.wire import BEGINNING, EaCode


@dataclass(frozen=True)
class Contract:
    """A contract's head: `customer_id` is e-automate's ID of the customer, `type` and `status` are codes."""

    id: str
    customer_id: str
    type: str
    active: bool
    number: str = ""
    status: str = ""
    remarks: str = ""


class Contracts:
    """Reads contracts. The lists give no more than ids, so every contract is one more request."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def changed(self, since: str | None) -> tuple[Sequence[str], str]:
        """The ids of contracts new or updated since a TimeStamp, and the TimeStamp to ask with next time."""
        rows, timestamp = self._service.changed(GetContractList, since)
        return [row.ContractNumber.id for row in rows if row.ContractNumber.id], timestamp

    def contract(self, id: str) -> Contract | None:  # noqa: A002 (as the adapter calls ids)
        """The contract with this ID, if there is one."""
        data = self._service.ask(GetContract(EaCode.by_id(int(id)))).result
        if data is None or not data.ContractNumber.id:
            return None
        return Contract(
            data.ContractNumber.id,
            data.Customer.id,
            data.Type.plain,
            data.Active.plain,
            data.ContractNumber.plain,
            data.Status.plain,
            data.Remarks.plain,
        )

    def numbers(self) -> frozenset[str]:
        """The numbers of all contracts, templates too, exactly as they are written; one request for a long list."""
        listed = self._service.result(GetContractList(BEGINNING))
        return frozenset(row.ContractNumber.plain for row in listed.Details or () if row.ContractNumber.plain)

    def active(self, customer_id: str) -> tuple[str, ...]:
        """The ids of a customer's active contracts; one request."""
        listed = self._service.ask(GetContractListForCustomer(EaCode.by_id(int(customer_id)))).result
        rows = (listed.Details or ()) if listed else ()
        return tuple(row.ContractNumber.id for row in rows if row.Active.plain and row.ContractNumber.id)

    def active_types(self, customer_id: str) -> tuple[str, ...]:
        """The types of a customer's active contracts, each once; one request, and one for each active contract."""
        found = (self.contract(id_) for id_ in self.active(customer_id))
        return tuple(dict.fromkeys(contract.type for contract in found if contract and contract.type))
