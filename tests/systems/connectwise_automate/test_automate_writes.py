"""The one write of the Automate adapter: a client's external id."""

from __future__ import annotations

import json

import pytest

from infra.local.simulators.automate import AutomateSimulator
from shared.sync.errors import (
    OutcomeUnknown,
    RecordRejected,
)
from shared.sync.plan import Step
from shared.systems.connectwise_automate import (
    Automate,
    Client,
)
from tests.systems.connectwise_automate.conftest import update
from tests.systems.watching import Watch


def test_the_external_id_is_written_with_a_capitalised_patch(
    automate: Automate, server: AutomateSimulator, watch: Watch
) -> None:
    client = server.add_client("Acme", "0")
    done = automate.apply(update(client, {"external_id": "0"}, external_id="301"))
    assert isinstance(done.record, Client)
    assert (done.id, done.record.external_id) == (str(client), "301")
    assert server.record("Clients", client)["ExternalId"] == "301"
    assert json.loads(watch.requests[-1].content) == [{"Op": "replace", "Path": "/ExternalId", "Value": "301"}]


def test_what_differs_in_nothing_is_not_sent(automate: Automate, server: AutomateSimulator) -> None:
    assert automate.apply(update(5, {"external_id": "301"}, external_id="301")).id == "5"
    assert server.requests == {}


@pytest.mark.parametrize("fault", ["lost_answer", "html"])
def test_a_write_without_an_answer_is_to_be_looked_for(
    automate: Automate, server: AutomateSimulator, fault: str
) -> None:
    client = server.add_client("Acme")
    server.faults.order(fault, operation="PATCH")
    with pytest.raises(OutcomeUnknown):
        automate.apply(update(client, external_id="301"))
    assert server.requests["PATCH Clients/{id}"] == 1


def test_a_client_that_is_gone_cannot_be_written(automate: Automate, server: AutomateSimulator) -> None:
    with pytest.raises(RecordRejected) as raised:
        automate.apply(update(5, external_id="301"))
    assert raised.value.code == "NotFound"


@pytest.mark.parametrize(
    "step",
    [
        update(5, name="Other"),
        update(5, external_id=None),
        Step("one", "connectwise_automate", "client", "create", fields={"external_id": "1"}),
        Step("one", "connectwise_automate", "computer", "update", "5", fields={"asset_tag": "1004"}),
    ],
)
def test_nothing_else_is_written(automate: Automate, server: AutomateSimulator, step: Step) -> None:
    with pytest.raises(ValueError):
        automate.apply(step)
    assert server.requests == {}
