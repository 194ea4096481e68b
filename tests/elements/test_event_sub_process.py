"""Event sub-processes in processes and sub-processes: what they interrupt, and what else comes meanwhile."""

from __future__ import annotations

from engine.machine.commands import DeliverMessage
from engine.machine.state import MessageSubscription, Subscription, Timer
from tests.story import Story, play


def deliver(story: Story) -> None:
    """The message that the story waits for is delivered, ahead of all that is on its way."""
    (wait,) = story.waits(MessageSubscription)
    key = wait.element.instance.key
    story.do(DeliverMessage(process_instance_key=key, subscription_key=wait.key, message_key=1))


def test_it_interrupts_only_its_own_scope() -> None:
    story = play("event_subprocess_in_subprocess.bpmn", orderId="A-1")
    story.message("address_changed", "A-1")
    assert story.active == ["inside", "handling", "handle"]

    story.complete("handle")
    assert story.active == ["after"]


def test_a_scope_that_has_completed_listens_no_longer() -> None:
    story = play("event_subprocess_in_subprocess.bpmn", orderId="A-1")
    story.complete("within")

    assert story.message("address_changed", "A-1") == 0
    assert story.active == ["after"]


def test_a_token_that_waits_at_a_join_goes_with_what_is_interrupted() -> None:
    story = play("event_subprocess_at_join.bpmn", orderId="A-1")
    story.complete("one")
    story.message("address_changed", "A-1")
    assert story.terminated == ["two"]

    story.complete("handle")
    assert story.state == "COMPLETED"
    assert "join" not in story.path


def test_an_interrupting_one_closes_the_others_of_its_scope() -> None:
    story = play("event_subprocess_several.bpmn", orderId="A-1")
    story.message("order_cancelled", "A-1")

    assert story.waits(MessageSubscription) == []
    assert story.waits(Subscription) == []
    assert [timer.node.id for timer in story.waits(Timer)] == ["one_day"]


def test_the_boundary_events_of_an_interrupted_scope_stay_armed() -> None:
    story = play("event_subprocess_several.bpmn", orderId="A-1")
    story.message("order_cancelled", "A-1")
    story.forward("P1D")

    assert story.terminated == ["work", "cancel", "cancelling", "inside"]
    assert story.path[-2:] == ["one_day", "end_late"]
    assert story.state == "COMPLETED"


def test_what_a_non_interrupting_one_began_is_interrupted_too() -> None:
    story = play("event_subprocess_several.bpmn", orderId="A-1")
    story.signal("closed")
    assert story.jobs == ["work", "tell"]

    story.message("order_cancelled", "A-1")
    assert story.jobs == ["cancel"]


def test_two_that_come_at_once_the_first_wins() -> None:
    story = play("event_subprocess_several.bpmn", orderId="A-1")
    story.forward("PT1H")
    story.message("order_cancelled", "A-1")

    assert story.path[-4:] == ["timing", "one_hour", "time_end", "end"]
    assert "cancelling" not in story.path


def test_timers_of_event_sub_processes_come_as_often_as_they_say() -> None:
    story = play("event_subprocess_timer_cycle.bpmn")
    story.forward("P1D")

    assert story.jobs == ["work", "handle", "handle", "handle"]


def test_an_interrupting_timer_takes_over() -> None:
    story = play("event_subprocess_timer_interrupting.bpmn")
    story.forward("PT1H")

    assert story.active == ["handling", "handle"]


def test_a_non_interrupting_timer_runs_beside() -> None:
    story = play("event_subprocess_timer_non_interrupting.bpmn")
    story.forward("P1D")

    assert story.jobs == ["work", "handle"]


# ---- What cannot open, and what takes its time ----------------------------------------------------------------------


def test_an_event_that_cannot_open_keeps_its_scope_from_beginning() -> None:
    story = play("event_subprocess_incident.bpmn")
    assert story.incidents == [("inside", "EXTRACT_VALUE_ERROR")]
    assert "inside_start" not in story.path

    story.set_variables(orderId="A-1")
    story.resolve()
    assert story.jobs == ["work"]
    assert story.message("address_changed", "A-1") == 1
    assert story.state == "COMPLETED"


def test_an_event_that_cannot_open_keeps_the_process_from_beginning() -> None:
    story = play("event_subprocess_message_interrupting.bpmn")
    assert story.incidents == [("event_subprocess_message_interrupting", "EXTRACT_VALUE_ERROR")]

    story.set_variables(orderId="A-1")
    story.resolve()
    assert story.jobs == ["work"]


def test_it_begins_once_the_called_process_that_it_interrupts_has_ended() -> None:
    story = play("event_subprocess_with_call.bpmn", "call_activity_child.bpmn", orderId="A-1")
    with story.follow_ups_held():
        deliver(story)
        assert story.active == ["call", "child_work"]

    assert story.active == ["handling", "handle"]
    assert story.terminated == ["call", "child_work"]


def test_a_boundary_event_that_waits_for_a_called_process_is_overtaken_by_an_interruption() -> None:
    story = play("event_subprocess_with_call.bpmn", "call_activity_child.bpmn", orderId="A-1")
    with story.follow_ups_held():
        story.forward("PT1H")
        deliver(story)

    assert story.active == ["handling", "handle"]
    assert "one_hour" not in story.path
