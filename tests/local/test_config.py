"""Config files: what holds, and every fault by its path."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from infra.local.config import DEMO_KEYS, SIZES, UNSET, Config, ConfigFaults, Known, check, default, load


class Toys(BaseModel):
    model_config = ConfigDict(extra="forbid")
    create_missing: bool = False
    limits: list[int] = Field(default_factory=list)


KNOWN = Known(
    {"eautomate_customers": Toys, "carrier_pigeons": Toys},
    {"eautomate_customers": ("connectwise_psa", "eautomate"), "carrier_pigeons": ("connectwise_psa", "carrier")},
)
REAL = """
[[connection]]
id = "acme"
time_zone = "America/Chicago"
[connection.systems.connectwise_psa]
base_url = "https://api-na.myconnectwise.net/"
company = "acme"
keys = {public_key = "env:PUBLIC", private_key = "env:PRIVATE", client_id = "env:CLIENT"}
[connection.flows.eautomate_customers]
create_missing = true
"""
VARIABLES = {"PUBLIC": "pub", "PRIVATE": "priv", "CLIENT": "id"}


def of(text: str, variables: dict[str, str] | None = None, known: Known = KNOWN) -> Config:
    return check(tomllib.loads(text), VARIABLES if variables is None else variables, known)


def faults(text: str, variables: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigFaults) as caught:
        of(text, variables)
    return caught.value.faults


def test_a_real_system_is_taken_as_it_is_and_the_other_is_simulated() -> None:
    (item,) = of(REAL).connections
    psa, eautomate = (item.connection.systems[name] for name in ("connectwise_psa", "eautomate"))
    assert (psa.base_url, psa.company) == ("https://api-na.myconnectwise.net", "acme")
    assert item.keys["connectwise_psa"] == {"public_key": "pub", "private_key": "priv", "client_id": "id"}
    assert item.simulated == ("eautomate",)
    assert (eautomate.base_url, eautomate.company) == (UNSET, "1")
    assert item.keys["eautomate"] == {"user": "demo", "password": "demo"}
    assert item.connection.flows == {"eautomate_customers": {"create_missing": True}}


def test_keys_stay_out_of_settings_and_prints() -> None:
    (item,) = of(REAL).connections
    assert "keys" not in (item.connection.systems["connectwise_psa"].model_extra or {})
    assert "priv" not in repr(item)
    assert "priv" not in item.connection.model_dump_json()


def test_a_simulator_that_runs_already_needs_no_keys_in_the_file() -> None:
    (item,) = of(
        '[[connection]]\nid = "a"\n[connection.systems.eautomate]\nbase_url = "http://127.0.0.1:8766"\ncompany = "1"\n'
        "[connection.flows.eautomate_customers]\n"
    ).connections
    assert item.keys["eautomate"] == DEMO_KEYS["eautomate"]
    assert item.simulated == ("connectwise_psa",)


def test_a_region_stands_for_an_address_and_wants_keys() -> None:
    text = """
        [[connection]]
        id = "acme"
        systems.quickpass = {region = "eu", keys = {refresh_token = "env:TOKEN"}}
        flows.quickpass_contacts = {}
    """
    (item,) = of(text, {"TOKEN": "secret"}, Known.of_functions()).connections
    assert item.connection.systems["quickpass"].base_url == "https://eu-admin.getquickpass.com"
    assert (item.simulated, item.keys["quickpass"]) == (("connectwise_psa",), {"refresh_token": "secret"})


def test_settings_of_a_simulated_system_are_kept() -> None:
    systems = '[connection.systems.eautomate]\nzone = "America/Chicago"\n'
    (item,) = of(f'[[connection]]\nid = "a"\n{systems}[connection.flows.eautomate_customers]\n').connections
    assert item.connection.systems["eautomate"].model_extra == {"zone": "America/Chicago"}


def test_without_a_file_there_is_one_demo_connection() -> None:
    config = default(Known.of_functions())
    (item,) = config.connections
    assert item.connection.id == "demo"
    assert sorted(item.simulated) == ["connectwise_psa", "eautomate"]
    assert list(item.connection.flows) == ["eautomate_customers"]
    assert config.sizes == SIZES


def test_sizes_of_simulated_systems() -> None:
    config = of('[simulated.eautomate]\ncustomers = 5\n[[connection]]\nid = "a"\n')
    assert config.sizes == {**SIZES, "eautomate": {"customers": 5}}


def test_every_fault_is_named_with_its_path_all_at_once() -> None:
    found = faults(
        """
surplus = 1
[simulated.eautomate]
customers = -1
castles = 3
[[connection]]
id = "Acme!"
time_zone = "Mars/Olympus"
colour = "red"
[connection.mail]
hours = [7, 24]
[connection.systems.connectwise_psa]
base_url = "http://api-na.myconnectwise.net"
keys = {public_key = "literal-secret", private_key = "env:NOT_SET", spare = 3}
[connection.systems.pigeons]
base_url = "https://coop.example.com"
[connection.flows.eautomate_customers]
create_missing = "perhaps"
limits = [1, "two"]
colour = "red"
[connection.flows.eautomate_custmers]
[[connection]]
id = "b"
[connection.flows.carrier_pigeons]
[[connection]]
id = "b"
"""
    )
    places = {fault.partition(": ")[0]: fault.partition(": ")[2] for fault in found}
    assert list(places) == [
        "surplus",
        "simulated.eautomate.customers",
        "simulated.eautomate.castles",
        "connection[0].flows.eautomate_customers.create_missing",
        "connection[0].flows.eautomate_customers.limits[1]",
        "connection[0].flows.eautomate_customers.colour",
        "connection[0].flows.eautomate_custmers",
        "connection[0].systems.connectwise_psa.keys.public_key",
        "connection[0].systems.connectwise_psa.keys.private_key",
        "connection[0].systems.connectwise_psa.keys.client_id",
        "connection[0].systems.connectwise_psa.keys.spare",
        "connection[0].systems.pigeons",
        "connection[0].id",
        "connection[0].time_zone",
        "connection[0].mail.hours",
        "connection[0].systems.connectwise_psa.base_url",
        "connection[0].colour",
        "connection[1].systems.carrier.base_url",
        "connection[2].id",
    ]
    assert places["connection[0].flows.eautomate_custmers"] == (
        "there is no such flow; perhaps eautomate_customers is meant"
    )
    assert places["connection[0].flows.eautomate_customers.create_missing"] == "must be true or false"
    assert places["connection[0].flows.eautomate_customers.limits[1]"] == "must be a whole number"
    assert places["connection[0].flows.eautomate_customers.colour"] == "there is no such setting"
    assert "lower-case letters" in places["connection[0].id"]
    assert "no IANA time zone" in places["connection[0].time_zone"]
    assert "NOT_SET is not set" in places["connection[0].systems.connectwise_psa.keys.private_key"]
    assert places["connection[0].systems.connectwise_psa.keys.client_id"] == "missing"
    assert "no simulator of carrier" in places["connection[1].systems.carrier.base_url"]
    assert places["connection[2].id"] == "'b' is the id of connection[1] already"
    assert "literal-secret" not in "".join(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "connection: there is none"),
        ('connection = "acme"', "connection: must be an array of tables"),
        ("[connection]\nid = 'a'", "connection: must be an array of tables"),
        ("[[connection]]\n", "connection[0].id: is needed, and not there"),
        ("[[connection]]\nid = 3\n", 'connection[0].id: must be a text, "in quotes"'),
        ("simulated = 3\n[[connection]]\nid = 'a'\n", "simulated: must be tables"),
        ("[[connection]]\nid = 'a'\nsystems = 3\n", "connection[0].systems: must be a table of names"),
        ("[[connection]]\nid = 'a'\nflows = 3\n", "connection[0].flows: must be a table of names"),
        ("[[connection]]\nid = 'a'\nsystems = {eautomate = 3}\n", "connection[0].systems.eautomate: must be a table"),
        (
            "[[connection]]\nid = 'a'\nsystems = {eautomate = {base_url = 'https://x.example.com'}}\n",
            'connection[0].systems.eautomate.keys: must say where its keys are: keys = {user = "env:NAME", password',
        ),
        (
            "[[connection]]\nid = 'a'\nsystems = {eautomate = {keys = {user = 'env:PUBLIC'}}}\n",
            "connection[0].systems.eautomate.base_url: missing; a simulated system has keys of its own",
        ),
    ],
)
def test_a_fault_says_what_to_do(text: str, fault: str) -> None:
    found = faults(text)
    assert found[0].startswith(fault)


def test_the_real_settings_models_are_asked() -> None:
    text = "[[connection]]\nid = 'a'\n[connection.flows.eautomate_customers]\ncreate_missing = 'perhaps'\n"
    with pytest.raises(ConfigFaults, match=r"connection\[0\]\.flows\.eautomate_customers\.create_missing: "):
        of(text, known=Known.of_functions())


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), (b"x y", "line 1"), (b"\xff", "utf-8")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: Any, words: str) -> None:
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigFaults, match=words) as caught:
        load(path, {}, KNOWN)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_fault_of_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[[connection]]\n")
    with pytest.raises(ConfigFaults) as caught:
        load(path, {}, KNOWN)
    assert str(caught.value) == f"{path}: connection[0].id: is needed, and not there"


def test_what_is_nearly_a_name_is_told_with_the_name_that_was_meant() -> None:
    assert faults(
        '[[connection]]\nid = "a"\ntimezone = "UTC"\n[connection.flows.eautomate_customers]\ncreate_mising = 1\n'
    ) == [
        "connection[0].flows.eautomate_customers.create_mising: there is no such setting; "
        "perhaps create_missing is meant",
        "connection[0].timezone: there is no such setting; perhaps time_zone is meant",
    ]
