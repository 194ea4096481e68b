"""Receive tasks and event-based gateways that stand where the process begins."""

from tests.story import deploy


def test_the_message_of_a_receive_task_starts_an_instance() -> None:
    story = deploy("receive_task_instantiates.bpmn")
    story.message("order", "A7", amount=12)

    assert story.path == ["receive", "work"]
    assert story.variables["amount"] == 12


def test_each_event_behind_the_gateway_starts_an_instance() -> None:
    story = deploy("event_based_gateway_instantiates.bpmn")
    story.message("phone", "any")
    story.message("mail", "other")  # with the same key it would wait until the first instance ends

    assert story.jobs == ["answer_phone", "answer_mail"]
