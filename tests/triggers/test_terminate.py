"""Terminate end events: they end their own flow scope, which then completes."""

from __future__ import annotations

from tests.story import play


def test_it_ends_the_process_which_completes() -> None:
    story = play("terminate_end.bpmn")
    story.complete("short")

    assert story.terminated == ["long"]
    assert story.completed[-1] == "stop"
    assert story.state == "COMPLETED"


def test_in_a_sub_process_it_ends_only_that() -> None:
    story = play("terminate_end_in_subprocess.bpmn")
    story.complete("short")

    assert story.terminated == ["long"]
    assert story.active == ["after"]


def test_a_token_that_waits_at_a_join_ends_too() -> None:
    story = play("terminate_end_at_join.bpmn", good=False)
    story.complete("one")
    story.complete("two")

    assert story.state == "COMPLETED"
    assert "join" not in story.path


def test_it_waits_for_the_end_of_a_called_process() -> None:
    story = play("terminate_end_with_call.bpmn", "call_activity_child.bpmn")
    with story.follow_ups_held():
        story.complete("short")
        assert story.state == "ACTIVE"
        assert story.active == ["call", "child_work"]

    assert story.terminated == ["call", "child_work"]
    assert story.state == "COMPLETED"


def test_it_ends_a_loop_in_the_middle_of_its_round() -> None:
    story = play("terminate_end_beside_loop.bpmn", items=list(range(50)))
    story.complete("begin")

    assert story.state == "COMPLETED"
    assert "pass" in story.terminated


def test_in_an_event_sub_process_it_ends_only_that() -> None:
    story = play("terminate_end_in_event_subprocess.bpmn", orderId="A-1")
    story.message("address_changed", "A-1")
    story.complete("short")

    assert story.active == ["work"]
    assert story.terminated == ["long"]
