"""Intermediate catch event: a step that waits for its event."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel, compile_model
from engine.machine.state import MessageSubscription, Timer
from tests.models import mappings, model, tags
from tests.story import play

PAID = (
    '<message id="paid" name="paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/>'
    "</extensionElements></message>"
)


def test_it_waits_for_its_event_and_goes_on_with_what_that_brings() -> None:
    story = play("message_catch.bpmn", orderId="A-1")
    assert story.active == ["paid"]

    story.message("payment_received", "A-1", amount=12)

    assert story.path == ["start", "paid", "end"]
    assert story.variables == {"orderId": "A-1", "amount": 12}
    assert story.waits(MessageSubscription) == []


def test_an_output_mapping_takes_from_what_came() -> None:
    extensions = f"<extensionElements>{mappings(outputs={'paid': 'amount'})}</extensionElements>"
    event = (
        f'<intermediateCatchEvent id="wait">{extensions}<messageEventDefinition messageRef="paid"/>'
        "</intermediateCatchEvent>"
    )
    story = play(model(tags("startEvent", "start") + event, "start -> wait", roots=PAID), orderId="A-1")
    story.message("paid", "A-1", amount=12, noise=1)

    assert story.variables == {"orderId": "A-1", "paid": 12}


def test_it_waits_no_longer_once_its_instance_is_cancelled() -> None:
    story = play("timer_catch_duration.bpmn")
    assert len(story.waits(Timer)) == 1

    story.cancel()

    assert story.waits(Timer) == []
    assert story.state == "TERMINATED"


def test_what_it_cannot_wait_for_is_an_incident_until_it_can() -> None:
    story = play("message_catch.bpmn")
    assert story.incidents == [("paid", "EXTRACT_VALUE_ERROR")]

    story.set_variables(orderId="A-1")
    story.resolve()

    assert story.message("payment_received", "A-1") == 1
    assert story.state == "COMPLETED"


def test_it_has_something_to_wait_for() -> None:
    xml = model(tags("startEvent", "start") + tags("intermediateCatchEvent", "wait"), "start -> wait")

    with pytest.raises(InvalidModel, match="Must have an event definition"):
        compile_model(xml)
