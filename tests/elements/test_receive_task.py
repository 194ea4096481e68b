"""Receive task: waits for one message, with all that surrounds a task, or starts the process with it."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from engine.machine.state import MessageSubscription
from tests.models import job, loop, mappings, model
from tests.story import Story, deploy, play

MESSAGE = (
    '<message id="paid" name="paid"><extensionElements>'
    '<zeebe:subscription correlationKey="=orderId"/></extensionElements></message>'
)

#: Starts an instance, whatever its key.
VOTE = '<message id="vote" name="vote"/>'


def receive(inside: str = "", more: str = "", *ways: str, **variables: object) -> Story:
    """A process of one receive task for the message `paid` with the key `orderId`."""
    task = f'<startEvent id="start"/><receiveTask id="wait" messageRef="paid">{inside}</receiveTask>{more}'
    return play(model(task, "start -> wait", *ways, roots=MESSAGE), **variables)


def votes(characteristics: str) -> Story:
    """A process that begins with the first vote."""
    receive = f'<receiveTask id="receive" messageRef="vote" instantiate="true">{characteristics}</receiveTask>'
    return deploy(model(receive + job("count"), "receive -> count", roots=VOTE))


def test_a_message_completes_a_receive_task() -> None:
    story = play("receive_task.bpmn", orderId="A-1")
    story.message("payment_received", "A-1", amount=12)

    assert story.state == "COMPLETED"
    assert story.variables == {"orderId": "A-1", "amount": 12}


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


def test_a_receive_task_may_have_a_time_limit() -> None:
    story = play("boundary_on_receive_task.bpmn", orderId="A-1")
    story.forward("PT1H")

    assert story.path[-1] == "end_late"
    assert story.waits(MessageSubscription) == []


def test_a_receive_task_that_got_its_message_disarms_the_time_limit() -> None:
    story = play("boundary_on_receive_task.bpmn", orderId="A-1")
    story.message("payment_received", "A-1")
    story.forward("PT1H")

    assert story.path == ["start", "await_payment", "end"]


# ---- Where the process begins ----------------------------------------------------------------------------------------


def test_the_message_of_a_receive_task_starts_an_instance() -> None:
    story = deploy("receive_task_instantiates.bpmn")
    story.message("order", "A7", amount=12)

    assert story.path == ["receive", "work"]
    assert story.variables["amount"] == 12


def test_a_looping_receive_task_takes_as_many_messages_of_a_key() -> None:
    story = votes(loop('outputCollection="votes" outputElement="=vote"'))
    story.message("vote", "A7", items=["Ann", "Bob", "Cyd"], vote="yes")
    assert story.active == ["receive"] * 3

    story.message("vote", "A7", vote="no")
    story.message("vote", "B8", items=["Dan", "Eve"], vote="late")
    story.message("vote", "A7", vote="maybe")

    assert story.jobs == ["count"]
    assert story.variables["votes"] == ["yes", "no", "maybe"]
    assert len(story.recorded) == 2


def test_so_does_a_sequence() -> None:
    story = votes(loop(sequential=True))
    story.message("vote", "A7", items=[1, 2])
    assert story.active == ["receive"] * 2

    story.message("vote", "A7")

    assert story.jobs == ["count"]


def test_so_does_a_standard_loop() -> None:
    story = votes('<standardLoopCharacteristics loopMaximum="2"/>')
    story.message("vote", "A7")
    story.message("vote", "A7")

    assert story.jobs == ["count"]
    assert len(story.recorded) == 1


def test_one_message_starts_every_process_that_begins_with_it() -> None:
    receive = '<receiveTask id="receive" messageRef="vote" instantiate="true"/>'
    start = '<startEvent id="start"><messageEventDefinition messageRef="vote"/></startEvent>'
    story = deploy(
        model(receive + job("count"), "receive -> count", id="a", roots=VOTE),
        model(start + job("note"), "start -> note", id="b", roots=VOTE),
    )

    assert story.message("vote", "A7") == 2
    assert story.jobs == ["count", "note"]
