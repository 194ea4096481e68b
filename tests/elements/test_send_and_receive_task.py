"""Send task: a job. Receive task: waits for one message, with all that surrounds a task."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from engine.machine.state import MessageSubscription
from tests.models import mappings, model
from tests.story import Story, play

MESSAGE = (
    '<message id="paid" name="paid"><extensionElements>'
    '<zeebe:subscription correlationKey="=orderId"/></extensionElements></message>'
)


def receive(inside: str = "", more: str = "", *ways: str, **variables: object) -> Story:
    """A process of one receive task for the message `paid` with the key `orderId`."""
    task = f'<startEvent id="start"/><receiveTask id="wait" messageRef="paid">{inside}</receiveTask>{more}'
    return play(model(task, "start -> wait", *ways, roots=MESSAGE), **variables)


def test_send_task_is_a_job() -> None:
    story = play("send_task.bpmn")
    assert story.job("send_invoice").type == "send_invoice"

    story.complete(sent=True)
    assert story.variables == {"sent": True}
    assert story.state == "COMPLETED"


def test_receive_task_completes_with_its_message() -> None:
    story = receive(orderId="o-1")
    assert story.message("paid", "o-2") == 0
    assert story.message("paid", "o-1", amount=12) == 1

    assert story.variables == {"orderId": "o-1", "amount": 12}
    assert story.state == "COMPLETED"


def test_receive_task_takes_one_message_only() -> None:
    story = receive(orderId="o-1")
    (subscription,) = story.waits(MessageSubscription)
    story.message("paid", "o-1")
    command = c.DeliverMessage(
        process_instance_key=story.instance.key, subscription_key=subscription.key, message_key=1, variables={}
    )
    with pytest.raises(c.Rejection):
        story.do(command)


def test_correlation_key_may_be_a_number() -> None:
    story = receive(orderId=17)
    assert story.message("paid", "17") == 1
    assert story.state == "COMPLETED"


@pytest.mark.parametrize("key", [None, True, [], {}])
def test_correlation_key_must_be_a_text_or_a_number(key: object) -> None:
    story = receive(orderId=key)
    assert story.incidents == [("wait", "EXTRACT_VALUE_ERROR")]

    story.set_variables(orderId="o-1")
    story.resolve()
    assert story.message("paid", "o-1") == 1


def test_correlation_key_sees_the_input_mappings() -> None:
    extensions = f"<extensionElements>{mappings(inputs={'orderId': 'order.id'})}</extensionElements>"
    story = receive(extensions, order={"id": "o-1"})
    assert story.message("paid", "o-1") == 1


def test_message_is_mapped_out() -> None:
    extensions = f"<extensionElements>{mappings(outputs={'order.paid': 'amount'})}</extensionElements>"
    story = receive(extensions, orderId="o-1", order={"id": "o-1"})
    story.message("paid", "o-1", amount=12, noise=1)
    assert story.variables == {"orderId": "o-1", "order": {"id": "o-1", "paid": 12}}


def test_boundary_event_of_a_receive_task_stops_its_waiting() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        '</timerEventDefinition></boundaryEvent><endEvent id="end_late"/>'
    )
    story = receive("", late, "late -> end_late", orderId="o-1")
    story.forward("PT1H")

    assert story.path == ["start", "wait", "late", "end_late"]
    assert story.message("paid", "o-1") == 0
    assert story.state == "COMPLETED"


def test_receive_task_per_item_waits_for_each_key() -> None:
    each = (
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=orders" inputElement="orderId" '
        'outputCollection="amounts" outputElement="=amount"/></extensionElements></multiInstanceLoopCharacteristics>'
    )
    extensions = f"<extensionElements>{mappings(outputs={'amount': 'amount'})}</extensionElements>"
    story = receive(extensions + each, orders=["o-1", "o-2"])
    story.message("paid", "o-2", amount=2)
    assert story.state == "ACTIVE"
    story.message("paid", "o-1", amount=1)
    assert story.variables["amounts"] == [1, 2]
    assert story.state == "COMPLETED"
