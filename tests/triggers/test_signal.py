"""Signals: everybody who waits now gets them, nobody later."""

from __future__ import annotations

from tests.story import deploy, play


def test_a_signal_completes_the_catch_event_with_its_variables() -> None:
    story = play("signal_catch.bpmn")
    story.signal("closed", reason="fire")

    assert story.state == "COMPLETED"
    assert story.variables == {"reason": "fire"}


def test_a_signal_reaches_all_that_wait_of_all_processes() -> None:
    story = deploy("signal_catch.bpmn", "boundary_signal_interrupting.bpmn")
    for _ in range(2):
        story.start("signal_catch")
        story.start("boundary_signal_interrupting")
    story.signal("closed")

    assert story.active == ["handle", "handle"]


def test_a_signal_is_never_kept() -> None:
    story = deploy("signal_catch.bpmn")
    story.signal("closed")
    story.start("signal_catch")

    assert story.active == ["shop_closed"]


def test_a_signal_of_another_name_is_not_meant() -> None:
    story = play("signal_catch.bpmn")
    story.signal("opened")

    assert story.active == ["shop_closed"]


def test_the_name_may_be_an_expression() -> None:
    story = play("signal_name_expression.bpmn", shop="north")
    story.signal("closed-south")
    assert story.active == ["shop_closed"]

    story.signal("closed-north")
    assert story.state == "COMPLETED"


def test_a_name_that_is_no_text_is_an_incident() -> None:
    story = play("signal_name_expression.bpmn")
    assert story.incidents == [("shop_closed", "EXTRACT_VALUE_ERROR")]

    story.set_variables(shop="north")
    story.resolve()
    story.signal("closed-north")
    assert story.state == "COMPLETED"


def test_an_interrupting_boundary_signal_ends_the_work() -> None:
    story = play("boundary_signal_interrupting.bpmn")
    story.signal("closed")

    assert story.terminated == ["work"]
    assert story.jobs == ["handle"]


def test_a_non_interrupting_boundary_signal_may_come_again() -> None:
    story = play("boundary_signal_non_interrupting.bpmn")
    story.signal("closed")
    story.signal("closed")
    assert story.jobs == ["work", "handle", "handle"]


def test_an_interrupting_event_sub_process_takes_over() -> None:
    story = play("event_subprocess_signal_interrupting.bpmn")
    story.signal("closed")
    story.signal("closed")
    assert story.active == ["handling", "handle"]

    story.complete("handle")
    assert story.state == "COMPLETED"


def test_a_non_interrupting_event_sub_process_runs_for_every_signal() -> None:
    story = play("event_subprocess_signal_non_interrupting.bpmn")
    story.signal("closed")
    story.signal("closed")

    assert story.jobs == ["work", "handle", "handle"]


def test_a_thrown_signal_reaches_other_processes_with_what_is_mapped_into_it() -> None:
    story = deploy("signal_throw_payload.bpmn", "signal_catch.bpmn")
    story.start("signal_catch")
    story.start("signal_throw_payload", {"secret": 42})

    (caught,) = story.instances("signal_catch")
    assert caught.ended_at is not None
    assert story.variables_of(caught) == {"reason": "fire"}


def test_a_thrown_signal_reaches_its_own_instance() -> None:
    story = play("signal_throw_and_catch.bpmn")
    story.complete("work")

    assert story.state == "COMPLETED"
    assert story.path[-3:] == ["close_shop", "end_thrown", "end_caught"]


def test_an_end_event_throws_a_signal() -> None:
    story = deploy("signal_end.bpmn", "signal_catch.bpmn")
    story.start("signal_catch")
    story.start("signal_end")

    assert [instance.ended_at is not None for instance in story.instances("signal_catch")] == [True]
    assert story.active == []
