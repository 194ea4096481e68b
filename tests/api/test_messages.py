"""Messages and signals over REST."""

from __future__ import annotations

import pytest

from tests.models import model
from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    """A server with the processes; each test looks at instances of its own."""
    shared_api.deploy("message_catch.bpmn", "message_start.bpmn", "signal_catch.bpmn")
    return shared_api


def test_a_message_waits_for_its_receiver(api: Api) -> None:
    message = {
        "name": "payment_received",
        "correlationKey": "o-1",
        "timeToLive": 60_000,
        "variables": {"paid": True},
    }
    published = api.post("/messages/publication", {**message, "messageId": "m-1"})
    assert set(published) == {"tenantId", "messageKey"}
    assert api.post("/messages/publication", {**message, "messageId": "m-1"}, status=409)["title"] == "ALREADY_EXISTS"
    key = api.start("message_catch", orderId="o-1")
    assert api.get(f"/process-instances/{key}")["state"] == "COMPLETED"
    [arrived] = api.search("/correlated-message-subscriptions", processInstanceKey=key)
    assert (arrived["messageKey"], arrived["elementId"]) == (published["messageKey"], "paid")
    assert {v["name"]: v["value"] for v in api.search("/variables", processInstanceKey=key)}["paid"] == "true"


def test_a_correlation_needs_somebody_who_waits(api: Api) -> None:
    message = {"name": "payment_received", "correlationKey": "o-2"}
    assert "nobody waits" in api.post("/messages/correlation", message, status=404)["detail"]
    key = api.start("message_catch", orderId="o-2")
    answer = api.post("/messages/correlation", message)
    assert set(answer) == {"tenantId", "messageKey", "processInstanceKey"}
    assert answer["processInstanceKey"] == key
    [subscription] = api.search("/message-subscriptions", processInstanceKey=key)
    assert subscription["messageSubscriptionState"] == "CORRELATED"


def test_a_start_event_is_a_subscription_without_an_instance(api: Api) -> None:
    [subscription] = api.search(
        "/message-subscriptions", messageSubscriptionType="START_EVENT", processDefinitionId="message_start"
    )
    assert subscription["processInstanceKey"] is None
    assert subscription["extensionProperties"] == subscription["toolProperties"] == {}
    assert subscription["toolName"] is None


def test_a_subscription_shows_the_properties_of_its_element(api: Api) -> None:
    properties = {"io.camunda.tool:name": "order", "inbound.type": "webhook", "colour": "blue"}
    lines = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in properties.items())
    extensions = f"<extensionElements><zeebe:properties>{lines}</zeebe:properties></extensionElements>"
    described = model(
        f'<startEvent id="start">{extensions}<messageEventDefinition messageRef="m"/></startEvent>',
        id="described",
        roots='<message id="m" name="described"/>',
    )
    api.request("POST", "/deployments", files=[("resources", ("described.bpmn", described))])
    [subscription] = api.search("/message-subscriptions", toolName="order")
    assert subscription["processDefinitionId"] == "described"
    assert subscription["extensionProperties"] == properties
    assert subscription["toolProperties"] == {"io.camunda.tool:name": "order"}
    assert subscription["inboundConnectorType"] == "webhook"


def test_a_signal_reaches_everybody_who_waits(api: Api) -> None:
    keys = [api.start("signal_catch") for _ in range(3)]
    answer = api.post("/signals/broadcast", {"signalName": "closed", "variables": {"loud": True}})
    assert set(answer) == {"tenantId", "signalKey"}
    assert [api.get(f"/process-instances/{key}")["state"] for key in keys] == ["COMPLETED"] * 3
