"""Parallel multiple start events: the first thing begins an instance, which goes on once all have come."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel
from tests.models import model
from tests.story import deploy


def test_the_first_begins_an_instance_that_waits_for_the_others() -> None:
    story = deploy("parallel_multiple_start.bpmn")
    story.message("order", "A7", amount=12)
    assert story.active == ["start"]
    assert story.variables == {"amount": 12}

    story.message("payment", "A7", paid=True)
    story.signal("open")

    assert story.jobs == ["deliver"]
    assert len(story.recorded) == 1


@pytest.mark.parametrize("first", ["signal", "order", "payment"])
def test_any_order_will_do(first: str) -> None:
    story = deploy("parallel_multiple_start.bpmn")
    if first == "signal":
        story.signal("open")
    for name in ("payment", "order") if first == "payment" else ("order", "payment"):
        story.message(name, "A7")
    if first != "signal":
        story.signal("open")

    assert story.path == ["start", "deliver"]


def test_messages_of_two_keys_are_two_instances() -> None:
    story = deploy("parallel_multiple_start.bpmn")
    story.message("order", "A7")
    story.message("payment", "B8")
    story.signal("open")
    assert story.jobs == []

    story.message("payment", "A7")

    assert story.jobs == ["deliver"]
    assert story.active == ["deliver", "start"]


def test_the_same_again_waits_for_the_end_of_the_first() -> None:
    story = deploy("parallel_multiple_start.bpmn")
    story.message("order", "A7")
    story.message("order", "A7", ttl=1_000)

    assert len(story.recorded) == 1
    story.cancel()
    assert len(story.recorded) == 2


def test_a_condition_over_what_has_come() -> None:
    story = deploy("parallel_multiple_start_condition.bpmn")
    story.message("order", "A7", amount=99)
    assert story.jobs == []

    story.set_variables(amount=101)

    assert story.jobs == ["deliver"]


def test_output_mappings_choose_from_all_that_came() -> None:
    mapping = "<extensionElements><zeebe:ioMapping><zeebe:output source='=a + b' target='sum'/></zeebe:ioMapping>"
    story = deploy(
        model(
            f'<startEvent id="start" parallelMultiple="true">{mapping}</extensionElements>'
            '<messageEventDefinition messageRef="first"/><messageEventDefinition messageRef="second"/></startEvent>'
            '<userTask id="work"/>',
            "start -> work",
            roots='<message id="first" name="first"/><message id="second" name="second"/>',
        )
    )
    story.message("first", "A7", a=1)
    story.message("second", "A7", b=2)

    assert story.active == ["work"]
    assert story.variables == {"sum": 3}


def test_behind_a_parallel_event_based_gateway_each_goes_its_way() -> None:
    story = deploy("event_based_gateway_parallel.bpmn")
    story.message("references", "Ann")
    assert story.jobs == ["read_references"]
    assert story.active == ["application_came", "read_references"]

    story.message("application", "Ann")
    story.complete("read_application")
    story.complete("read_references")

    assert story.state == "COMPLETED"


def test_a_parallel_gateway_must_instantiate() -> None:
    with pytest.raises(InvalidModel, match="Must not be parallel unless it instantiates"):
        deploy(
            model(
                '<startEvent id="start"/><eventBasedGateway id="both" eventGatewayType="Parallel"/>'
                '<receiveTask id="a" messageRef="m"/><receiveTask id="b" messageRef="m"/>',
                "start -> both -> a",
                "both -> b",
                roots='<message id="m" name="m"/>',
            )
        )
