"""A suspended instance does not move: what comes to it is kept, and counts when it is resumed."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from tests.models import job, model, tags
from tests.story import play

CAUGHT = "<conditionalEventDefinition><condition>=x</condition></conditionalEventDefinition>"


def test_a_message_waits_for_the_resumption() -> None:
    story = play("message_catch.bpmn", orderId="A7")
    story.suspend()
    assert story.message("payment_received", "A7", paid=True) == 1
    assert story.active == ["paid"]
    assert story.variables == {"orderId": "A7"}

    story.resume()

    assert story.state == "COMPLETED"
    assert story.variables["paid"] is True


def test_so_does_a_signal() -> None:
    story = play("signal_catch.bpmn")
    story.suspend()
    story.signal("closed", reason="holiday")
    assert story.state == "ACTIVE"

    story.resume()

    assert story.state == "COMPLETED"
    assert story.variables == {"reason": "holiday"}


def test_what_came_is_taken_in_its_order() -> None:
    story = play("boundary_message_non_interrupting.bpmn", orderId="A7")
    story.suspend()
    for number in range(3):
        story.message("address_changed", "A7", number=number)
    assert story.jobs == ["work"]

    story.resume()

    assert story.jobs == ["work", "handle", "handle", "handle"]
    assert story.variables["number"] == 2


def test_a_second_message_for_an_event_that_takes_one_is_left_for_the_next() -> None:
    story = play("message_catch.bpmn", orderId="A7")
    story.suspend()
    story.message("payment_received", "A7", ttl=60_000, first=True)
    story.message("payment_received", "A7", ttl=60_000, second=True)
    story.resume()
    assert story.variables == {"orderId": "A7", "first": True}

    following = story.start("message_catch", {"orderId": "A7"})

    assert story.variables_of(following)["second"] is True


def test_the_end_of_a_called_process_waits_for_the_resumption() -> None:
    story = play("call_activity.bpmn", "call_activity_child.bpmn", amount=1)
    story.suspend()
    story.complete()
    assert story.active == ["call"]

    story.resume()

    assert "call" in story.completed


def test_an_error_of_a_called_process_waits_for_the_resumption() -> None:
    call = '<callActivity id="call"><extensionElements><zeebe:calledElement processId="child"/></extensionElements>'
    caught = '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition/></boundaryEvent>'
    elements = tags("startEvent", "start") + f"{call}</callActivity>{caught}" + job("mend")
    parent = model(elements, "start -> call", "caught -> mend")
    story = play(parent, model(tags("startEvent", "begin") + job("work"), "begin -> work", id="child"))
    story.suspend()
    story.throw("work", "declined")
    assert story.active == ["call", "work"]

    story.resume()

    assert story.jobs == ["mend"]


def test_it_is_cancelled_with_the_process_that_it_called() -> None:
    story = play("call_activity.bpmn", "call_activity_child.bpmn", amount=1)
    story.suspend()
    story.cancel()

    assert [record.instance.root.state.name for record in story.recorded.values()] == ["TERMINATED"] * 2


@pytest.mark.parametrize("by", ["cancellation", "modification"])
def test_the_end_of_a_called_process_that_was_kept_is_enough_to_end_its_call(by: str) -> None:
    story = play("call_activity.bpmn", "call_activity_child.bpmn", amount=1)
    story.suspend()
    story.complete()

    if by == "cancellation":
        story.cancel()
    else:
        call = c.TerminateInstruction(element_instance_key=story.element("call").key)
        story.do(c.ModifyInstance(process_instance_key=story.instance.key, terminate=[call]))

    assert story.state == "TERMINATED"


def test_what_was_kept_goes_with_an_instance_that_is_cancelled() -> None:
    story = play("message_catch.bpmn", orderId="A7")
    story.suspend()
    story.message("payment_received", "A7")
    story.cancel()

    assert story.state == "TERMINATED"


def test_an_operator_changes_what_is_suspended() -> None:
    caught = f'<intermediateCatchEvent id="x">{CAUGHT}</intermediateCatchEvent>'
    story = play(model(tags("startEvent", "start") + caught + job("work"), "start -> x -> work"))
    story.suspend()
    story.set_variables(x=True)

    assert story.jobs == ["work"]
    story.do(
        c.ModifyInstance(
            process_instance_key=story.instance.key,
            move=[c.MoveInstruction(source_element_id="work", element_id="x")],
        )
    )
    assert story.jobs == ["work"]
