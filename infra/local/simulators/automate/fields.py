"""Which fields Automate's records have, as far as the simulator keeps them, and what kind of value each holds.

A kind is `id`, `text`, `number`, `flag`, `moment`, or `one:` or `many:` and the name of another table, for records
within a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

FIELDS: Mapping[str, Mapping[str, str]] = {
    "Clients": {
        "Id": "id", "Name": "text", "Company": "text", "City": "text", "State": "text", "PhoneNumber": "text",
        "Comment": "text", "ExternalId": "text",
    },
    "Locations": {"Id": "id", "Name": "text", "Client": "one:Clients"},
    "Computers": {
        "Id": "id", "ComputerName": "text", "FriendlyName": "text", "SerialNumber": "text", "AssetTag": "text",
        "LastUserName": "text", "LoggedInUsers": "many:LoggedInUsers", "Type": "text", "Status": "text",
        "OperatingSystemName": "text", "DomainName": "text", "LocalIPAddress": "text", "MACAddress": "text",
        "BiosManufacturer": "text", "TotalMemory": "number", "IsVirtualMachine": "flag", "Comment": "text",
        "DateAdded": "moment", "RemoteAgentLastContact": "moment", "Client": "one:Clients",
        "Location": "one:Locations", "Groups": "many:Groups",
    },
    "LoggedInUsers": {"LoggedInUserName": "text", "ConsoleId": "number"},
    "Groups": {"Id": "id", "ParentId": "id", "Name": "text", "FullName": "text", "TypeName": "text"},
    "GroupComputers": {"Id": "id", "GroupId": "id", "ComputerId": "id"},
    "RetiredAssets": {
        "Id": "id", "ComputerId": "id", "ComputerName": "text", "AssetTag": "text", "RetiredDate": "moment",
        "RetireComment": "text", "Client": "one:Clients",
    },
}  # fmt: skip


def named(table: str, name: str) -> str | None:
    """The field of a table with this name, letter case aside."""
    return next((field for field in FIELDS[table] if field.casefold() == name.casefold()), None)


def resolved(table: str, path: str) -> tuple[tuple[str, ...], str] | None:
    """The names along a dotted path, as they are written in records, and the kind at its end; None: no such field."""
    names: list[str] = []
    kind = f"one:{table}"
    for word in path.split("."):
        holder = kind.partition(":")[2]
        name = named(holder, word) if holder else None
        if name is None:
            return None
        names.append(name)
        kind = FIELDS[holder][name]
    return None if ":" in kind else (tuple(names), kind)


def values(row: Any, names: Iterable[str]) -> list[Any]:
    """What a record holds at a path; several where records within it are many, none where it holds nothing."""
    found = [row]
    for name in names:
        inner = [each[name] for each in found if isinstance(each, Mapping) and each.get(name) is not None]
        found = [each for value in inner for each in (value if isinstance(value, list) else [value])]
    return found
