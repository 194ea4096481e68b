"""Manual task: work that no system hears of."""

from __future__ import annotations

from tests.models import job, loop, model, tags
from tests.story import play


def test_it_passes_at_once() -> None:
    story = play("manual_task.bpmn")

    assert story.state == "COMPLETED"
    assert story.completed == story.path == ["start", "call_customer", "end"]


def test_beside_an_undefined_task_it_passes_too() -> None:
    story = play("manual_and_undefined_task.bpmn")

    assert story.state == "COMPLETED"
    assert len(story.path) == 4
    assert story.completed == story.path


def test_it_may_be_done_for_each_item_of_a_list() -> None:
    call = f'<manualTask id="call">{loop()}</manualTask>'
    story = play(model(tags("startEvent", "start") + call + job("log"), "start -> call -> log"), items=[1, 2, 3])

    assert story.path.count("call") == 4  # the loop and its three rounds
    assert story.jobs == ["log"]
