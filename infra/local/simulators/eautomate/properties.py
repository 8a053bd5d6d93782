"""Simulated custom properties: which a record may have (its configuration), and their values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.local.simulators.eautomate.codec import Code
from infra.local.simulators.eautomate.store import Arguments, Company, Operations, Refused, Row

# The properties that CEO Juice's customer sync writes and reads (rules EA-14, EA-17, EA-21, EA-22).
CROSSWISE_PROPERTIES = ("ZCJ_CW_CompanyID", "ZCJ_CW_SiteAddressRecID", "ZCJ_SyncToCW")


class CustomProperties:
    """The custom properties that the company knows, each with an ID.

    A record has those of its configuration and no others; a save that names another is refused. What `IDVal`
    means is documented nowhere: it is accepted, and answered as 0.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._names = company.new_table("custom_properties", "Custom property")
        for name in CROSSWISE_PROPERTIES:
            self._names.add(name, {})

    def configure(self, row: Row, names: bool | Iterable[str]) -> None:
        """Give a record its configuration: those of CROSSWISE_PROPERTIES (True), none (False), or `names`.
        Values that stay in the configuration stay."""
        wanted = CROSSWISE_PROPERTIES if names is True else () if names is False else tuple(names)
        for name in wanted:
            if name not in self._names:
                self._names.add(name, {})
        row.properties = {name: row.properties.get(name, "") for name in wanted}

    def write(self, row: Row) -> list[dict[str, Any]]:
        """The record's properties as the service lists them; a blank one is listed too."""
        return [
            {"ID": self._names[name].id, "Name": name, "Value": value, "IDVal": 0}
            for name, value in row.properties.items()
        ]

    def read(self, sent: list[dict[str, Any] | None] | None, configured: Iterable[str], who: str) -> dict[str, str]:
        """The values that a whole save leaves: those sent, and blank for what was not (assumed: the strictest
        reading). Raises Refused for a property that is not `configured` for the record, which `who` names."""
        values = dict.fromkeys(configured, "")
        for entry in filter(None, sent or ()):
            name = self._name(entry, who)
            if name not in values:
                raise Refused(f"Custom property {name} is not in the custom property configuration of {who}.")
            values[name] = entry["Value"] or ""
        return values

    def find(self, attribute: Code) -> str | None:
        """The name of a property given by ID or name, or None."""
        row = self._names.find(attribute)
        return None if row is None else row.number

    def operations(self) -> Operations:
        """The operation that answers a property's ID and code by its name; both are invalid for no such
        property."""
        return {"getSHAttribute": self._attribute}

    def _attribute(self, sent: Arguments) -> Code | None:
        row = self._names.find(Code(code=sent["attributeName"] or ""))
        return None if row is None else row.code

    def _name(self, entry: dict[str, Any], who: str) -> str:
        code = Code(entry["ID"] or None, entry["Name"] or None)
        row = self._names.find(code)
        if row is None:
            raise Refused(f"Custom property {code.code or code.id}, sent for {who}, does not exist.")
        return row.number
