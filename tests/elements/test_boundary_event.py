"""Boundary events on whatever has some: sub-processes, call activities, loops; several on one activity."""

from __future__ import annotations

from engine.machine.state import MessageSubscription, Timer
from tests.story import play

# ---- On a sub-process -----------------------------------------------------------------------------------------------


def test_all_that_is_in_a_sub_process_ends_with_it() -> None:
    story = play("boundary_on_subprocess.bpmn")
    story.complete("left")
    story.forward("PT1H")

    assert story.terminated == ["right", "inside"]
    assert story.jobs == ["handle"]


def test_a_sub_process_that_completes_disarms_its_boundary_event() -> None:
    story = play("boundary_on_subprocess.bpmn")
    story.complete("left")
    story.complete("right")

    assert story.state == "COMPLETED"
    assert story.waits(Timer) == []


# ---- Several on one activity ----------------------------------------------------------------------------------------


def test_an_interrupting_event_closes_the_others() -> None:
    story = play("boundary_timer_and_message.bpmn", orderId="A-1")
    story.forward("PT30M")
    assert story.jobs == ["work", "remind"]

    story.message("order_cancelled", "A-1")
    assert story.jobs == ["remind"]
    assert story.waits(Timer) == []
    story.complete("remind")
    assert story.state == "COMPLETED"


def test_a_timer_that_interrupts_closes_the_message() -> None:
    story = play("boundary_timer_and_message.bpmn", orderId="A-1")
    story.forward("PT1H")

    assert story.waits(MessageSubscription) == []
    assert story.path == ["start", "work", "half_hour", "remind", "one_hour", "end_late"]


# ---- On a call activity ---------------------------------------------------------------------------------------------


def test_a_non_interrupting_event_leaves_the_called_process() -> None:
    story = play("call_activity_boundary.bpmn", "call_activity_child.bpmn")
    story.forward("PT30M")
    assert story.jobs == ["child_work"]

    story.complete("child_work")
    assert story.state == "COMPLETED"


def test_an_interrupting_event_ends_the_called_process_and_then_goes_on() -> None:
    story = play("call_activity_boundary.bpmn", "call_activity_child.bpmn")
    with story.follow_ups_held():
        story.forward("PT1H")
        assert story.active == ["call", "child_work"]
        assert "one_hour" not in story.path

    (child,) = story.instances("call_activity_child")
    assert child.root.state.name == "TERMINATED"
    assert story.jobs == ["after_late"]


def test_a_called_process_that_completes_just_then_is_too_late() -> None:
    story = play("call_activity_boundary.bpmn", "call_activity_child.bpmn")
    with story.follow_ups_held():
        story.forward("PT1H")
        story.complete("child_work", result=1)

    assert story.jobs == ["after_late"]
    assert story.variables == {}


def test_an_instance_that_is_cancelled_waits_for_its_called_process() -> None:
    story = play("call_activity_boundary.bpmn", "call_activity_child.bpmn")
    with story.follow_ups_held():
        story.forward("PT1H")
        story.cancel()
        assert story.state == "ACTIVE"

    assert story.state == "TERMINATED"
    assert story.terminated == ["call", "child_work"]


def test_an_error_that_comes_while_the_call_is_being_ended_is_too_late() -> None:
    story = play("call_activity_event_subprocess.bpmn", "call_activity_child.bpmn")
    with story.follow_ups_held():
        story.cancel()
        story.throw("child_work", "card_declined")

    assert story.state == "TERMINATED"
    assert "handling" not in story.path


# ---- On a multi-instance activity -----------------------------------------------------------------------------------


def test_it_belongs_to_the_whole_and_ends_all_items() -> None:
    story = play("multi_instance_boundary.bpmn", items=["a", "b", "c"])
    assert len(story.waits(Timer)) == 1
    story.complete("work", result="A")
    story.forward("PT1H")

    assert story.jobs == []
    assert story.path[-2:] == ["one_hour", "end_late"]
    assert "results" not in story.variables


def test_a_non_interrupting_event_leaves_all_items() -> None:
    story = play("multi_instance_error.bpmn", items=[1, 2], orderId="A-1")
    story.message("address_changed", "A-1")
    assert story.jobs == ["work", "work"]

    story.complete("work")
    story.complete("work")
    assert story.state == "COMPLETED"
    assert story.path[-2:] == ["end_told", "end"]
