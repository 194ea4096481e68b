"""Messages: who waits under which name and key, and what a message does that comes before, while and after."""

from __future__ import annotations

import pytest

from engine.machine.commands import DeliverMessage, Rejection
from engine.machine.state import MessageSubscription
from tests.story import Story, deploy, play


def keys(story: Story) -> list[tuple[str, str]]:
    """Name and correlation key of the open subscriptions."""
    return [(wait.name, wait.correlation_key) for wait in story.waits(MessageSubscription)]


# ---- Catch events ---------------------------------------------------------------------------------------------------


def test_a_message_completes_the_catch_event_with_its_variables() -> None:
    story = play("message_catch.bpmn", orderId="A-1")
    assert story.message("payment_received", "A-1", amount=12) == 1

    assert story.state == "COMPLETED"
    assert story.variables == {"orderId": "A-1", "amount": 12}


@pytest.mark.parametrize(("name", "key"), [("payment_received", "A-2"), ("payment_refused", "A-1")])
def test_another_key_or_name_is_not_meant(name: str, key: str) -> None:
    story = play("message_catch.bpmn", orderId="A-1")

    assert story.message(name, key) == 0
    assert story.active == ["paid"]


@pytest.mark.parametrize(("value", "key"), [(17, "17"), ("", ""), (1.5, "1.5"), (0, "0")])
def test_the_key_is_a_string_or_a_number(value: object, key: str) -> None:
    story = play("message_catch.bpmn", orderId=value)

    assert keys(story) == [("payment_received", key)]


@pytest.mark.parametrize("value", [None, True, ["A-1"], {"id": "A-1"}])
def test_a_key_that_is_something_else_is_an_incident(value: object) -> None:
    story = play("message_catch.bpmn", orderId=value)
    assert story.incidents == [("paid", "EXTRACT_VALUE_ERROR")]

    story.set_variables(orderId="A-1")
    story.resolve()
    assert keys(story) == [("payment_received", "A-1")]


def test_a_key_that_is_too_long_to_be_found_again_is_an_incident() -> None:
    story = play("message_catch.bpmn", orderId="x" * 801)
    assert story.incidents == [("paid", "EXTRACT_VALUE_ERROR")]


def test_the_name_is_evaluated_as_the_subscription_opens() -> None:
    story = play("message_names.bpmn", topic="price", orderId="A-1")
    story.set_variables(topic="date", orderId="A-2")

    assert keys(story) == [("answer-price", "A-1")]


def test_a_name_that_is_no_text_is_an_incident() -> None:
    story = play("message_names.bpmn", topic=3, orderId="A-1")

    assert story.incidents == [("answered", "EXTRACT_VALUE_ERROR")]


# ---- Before, while and after ----------------------------------------------------------------------------------------


def test_a_message_that_comes_before_its_subscription_is_kept_while_it_lives() -> None:
    story = deploy("message_catch.bpmn")
    story.message("payment_received", "A-1", ttl=60_000, amount=12)
    story.start("message_catch", {"orderId": "A-1"})

    assert story.state == "COMPLETED"
    assert story.variables["amount"] == 12


def test_a_message_without_time_to_live_is_not_kept() -> None:
    story = deploy("message_catch.bpmn")
    story.message("payment_received", "A-1")
    story.start("message_catch", {"orderId": "A-1"})

    assert story.active == ["paid"]


def test_a_message_whose_time_is_over_is_not_delivered() -> None:
    story = deploy("message_catch.bpmn")
    story.message("payment_received", "A-1", ttl=60_000)
    story.forward("PT1M")
    story.start("message_catch", {"orderId": "A-1"})

    assert story.active == ["paid"]


def test_a_message_that_comes_while_the_key_is_in_an_incident_is_taken_once_it_is_resolved() -> None:
    story = play("message_catch.bpmn")
    story.message("payment_received", "A-1", ttl=60_000)
    story.set_variables(orderId="A-1")
    story.resolve()

    assert story.state == "COMPLETED"


def test_a_message_that_comes_after_the_subscription_has_closed_changes_nothing() -> None:
    story = play("boundary_message_interrupting.bpmn", orderId="A-1")
    (subscription,) = story.waits(MessageSubscription)
    story.complete("work")

    late = DeliverMessage(
        process_instance_key=story.instance.key, subscription_key=subscription.key, message_key=1, variables={}
    )
    with pytest.raises(Rejection, match="does not exist or has ended"):
        story.do(late)
    assert story.state == "COMPLETED"


def test_a_message_reaches_one_instance_of_a_process_the_oldest() -> None:
    story = play("message_catch.bpmn", orderId="A-1")
    story.start("message_catch", {"orderId": "A-1"})
    assert story.message("payment_received", "A-1") == 1

    assert story.state == "COMPLETED"
    assert story.active == ["paid"]


def test_a_message_reaches_instances_of_several_processes() -> None:
    story = deploy("message_catch.bpmn", "receive_task.bpmn")
    story.start("message_catch", {"orderId": "A-1"})
    story.start("receive_task", {"orderId": "A-1"})

    assert story.message("payment_received", "A-1") == 2
    assert story.active == []


# ---- Boundary events ------------------------------------------------------------------------------------------------


def test_an_interrupting_boundary_message_ends_the_work() -> None:
    story = play("boundary_message_interrupting.bpmn", orderId="A-1")
    story.message("address_changed", "A-1", address="Main Street 1")

    assert story.terminated == ["work"]
    assert story.jobs == ["handle"]
    assert story.variables == {"orderId": "A-1", "address": "Main Street 1"}


def test_a_non_interrupting_boundary_message_may_come_again() -> None:
    story = play("boundary_message_non_interrupting.bpmn", orderId="A-1")
    story.message("address_changed", "A-1")
    story.message("address_changed", "A-1")
    assert story.jobs == ["work", "handle", "handle"]

    story.complete("work")
    assert story.message("address_changed", "A-1") == 0
    story.complete("handle")
    story.complete("handle")
    assert story.state == "COMPLETED"


def test_the_payload_of_a_boundary_event_goes_to_the_flow_scope() -> None:
    story = play("boundary_message_payload.bpmn", orderId="A-1", note="of the process")
    story.message("address_changed", "A-1", note="of the message", address="Main Street 1")

    assert story.locals("work") == {"note": "of the work"}
    assert story.locals("inside") == {"note": "of the message"}
    assert story.variables == {"orderId": "A-1", "note": "of the process", "address": "Main Street 1"}


def test_the_payload_of_a_boundary_event_with_a_mapping_stays_there_but_for_what_is_mapped() -> None:
    story = play("boundary_message_mapped.bpmn", orderId="A-1")
    story.message("address_changed", "A-1", address="Main Street 1", by="phone")

    assert story.variables == {"orderId": "A-1", "newAddress": "Main Street 1"}


# ---- Event sub-processes --------------------------------------------------------------------------------------------


def test_an_interrupting_event_sub_process_takes_over() -> None:
    story = play("event_subprocess_message_interrupting.bpmn", orderId="A-1")
    story.message("address_changed", "A-1", address="Main Street 1")
    assert story.terminated == ["work"]
    assert story.active == ["handling", "handle"]
    assert story.variables["address"] == "Main Street 1"

    story.complete("handle")
    assert story.state == "COMPLETED"


def test_a_non_interrupting_event_sub_process_may_run_several_times_at_once() -> None:
    story = play("event_subprocess_message_non_interrupting.bpmn", orderId="A-1")
    story.message("address_changed", "A-1")
    story.message("address_changed", "A-1")
    assert story.jobs == ["work", "handle", "handle"]

    for _ in range(3):
        story.complete()
    assert story.state == "COMPLETED"


def test_the_scope_waits_for_its_non_interrupting_event_sub_process_but_no_longer_listens() -> None:
    story = play("event_subprocess_message_non_interrupting.bpmn", orderId="A-1")
    story.message("address_changed", "A-1")
    story.complete("work")

    assert story.state == "ACTIVE"
    story.complete("handle")
    assert story.state == "COMPLETED"
    assert keys(story) == []


def test_what_a_local_of_an_event_sub_process_takes_ends_with_it() -> None:
    story = play("event_subprocess_message_mapped.bpmn", orderId="A-1")
    story.message("address_changed", "A-1", address="Main Street 1")
    assert story.locals("handling") == {"newAddress": "Main Street 1"}

    story.complete("handle")
    assert story.variables == {"orderId": "A-1"}


# ---- Throwing -------------------------------------------------------------------------------------------------------


def test_a_message_throw_event_is_a_job() -> None:
    story = play("message_throw_job.bpmn")
    assert story.jobs == ["notify"]

    story.complete("notify", messageId="M-1")
    assert story.state == "COMPLETED"
    assert story.variables == {"messageId": "M-1"}


def test_a_message_end_event_is_a_job() -> None:
    story = play("message_end_job.bpmn")
    story.complete("work")
    assert story.jobs == ["notify"]

    story.complete("notify")
    assert story.state == "COMPLETED"
