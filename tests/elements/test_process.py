"""Process: the root scope, in which an instance begins, and which completes when nothing is left in it."""

from __future__ import annotations

from tests.story import play


def test_it_begins_at_its_start_event_and_completes_with_its_last_path() -> None:
    story = play("two_ends.bpmn")
    story.complete("pack")
    assert story.state == "ACTIVE"

    story.complete("bill")

    assert story.state == "COMPLETED"
    assert story.instance.root.state.name == "COMPLETED"


def test_what_it_is_started_with_are_its_variables_and_those_of_all_within() -> None:
    story = play("one_task.bpmn", amount=12)
    assert story.variables == {"amount": 12}

    story.complete("work", amount=13, done=True)

    assert story.variables == {"amount": 13, "done": True}


def test_nothing_of_it_is_left_once_it_is_cancelled() -> None:
    story = play("two_ends.bpmn")
    story.cancel()

    assert story.state == "TERMINATED"
    assert sorted(story.terminated) == ["bill", "pack"]
    assert story.jobs == []


def test_many_instances_of_it_run_apart() -> None:
    story = play("one_task.bpmn", amount=1)
    other = story.start("one_task", {"amount": 2})
    story.complete("work", amount=10)

    assert story.state == "COMPLETED"
    assert story.variables_of(other) == {"amount": 2}
    assert story.jobs == ["work"]
