"""An instance as a whole: cancelled, suspended and resumed, and a circle that never ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.work import STEPS
from tests.models import job, loop, model, tags
from tests.story import BEGINNING, Story, deploy, play

CIRCLE = model(tags("startEvent", "start") + tags("manualTask", "a", "b"), "start -> a -> b -> a")


# ---- Cancel ----------------------------------------------------------------------------------------------------------


def test_cancellation_ends_everything() -> None:
    story = play("subprocess_nested.bpmn", x=1)
    story.cancel()

    assert story.terminated == ["left", "right", "inner", "outer"]
    assert (story.jobs, story.active) == ([], [])
    assert story.instance.ended_at == BEGINNING
    assert story.state == "TERMINATED"


def test_ended_instance_is_not_cancelled_again() -> None:
    story = play("one_task.bpmn")
    story.complete()
    with pytest.raises(c.Rejection) as refusal:
        story.cancel()
    assert refusal.value.kind == "NOT_FOUND"


def test_instance_with_an_incident_is_cancelled() -> None:
    story = play("exclusive_gateway_no_default.bpmn", amount=7)
    story.cancel()
    assert story.incidents == []
    assert story.state == "TERMINATED"


# ---- Suspend and resume ----------------------------------------------------------------------------------------------


def suspend(story: Story) -> None:
    """Somebody suspends the first instance."""
    story.do(c.SuspendInstance(process_instance_key=story.instance.key))


def resume(story: Story) -> None:
    """Somebody resumes it."""
    story.do(c.ResumeInstance(process_instance_key=story.instance.key))


@pytest.mark.parametrize(
    "work",
    [
        lambda story: story.complete(),
        lambda story: story.fail(),
        lambda story: story.throw("", "ANY"),
    ],
)
def test_jobs_of_a_suspended_instance_are_not_worked(work: Callable[[Story], None]) -> None:
    story = play("one_task.bpmn")
    suspend(story)
    assert story.instance.suspended_at == BEGINNING
    with pytest.raises(c.Rejection, match="resume it first") as refusal:
        work(story)
    assert refusal.value.kind == "INVALID_STATE"

    resume(story)
    assert story.instance.suspended_at is None
    story.complete()
    assert story.state == "COMPLETED"


def test_user_tasks_of_a_suspended_instance_are_not_worked() -> None:
    story = play("user_task_plain.bpmn")
    suspend(story)
    key = story.task().key
    for command in (
        c.AssignUserTask(user_task_key=key, assignee="ada"),
        c.UpdateUserTask(user_task_key=key, changes={"priority": 1}),
        c.CompleteUserTask(user_task_key=key),
    ):
        with pytest.raises(c.Rejection, match="resume it first"):
            story.do(command)
    resume(story)
    story.complete_task()
    assert story.state == "COMPLETED"


def test_suspended_instance_can_be_cancelled_and_its_variables_set() -> None:
    story = play("one_task.bpmn")
    suspend(story)
    story.set_variables(x=1)
    assert story.variables == {"x": 1}
    story.cancel()
    assert story.state == "TERMINATED"


def test_only_what_runs_is_suspended_and_only_what_is_suspended_is_resumed() -> None:
    story = play("one_task.bpmn")
    with pytest.raises(c.Rejection, match="not suspended"):
        resume(story)
    suspend(story)
    with pytest.raises(c.Rejection, match="suspended"):
        suspend(story)
    resume(story)
    story.complete()
    for command in (suspend, resume):
        with pytest.raises(c.Rejection, match="has ended") as refusal:
            command(story)
        assert refusal.value.kind == "NOT_FOUND"


# ---- Without end -----------------------------------------------------------------------------------------------------


def begun(story: Story) -> int:
    """How many element instances have begun."""
    return sum(isinstance(event, ev.ElementActivated) for event in story.events)


def test_circle_without_end_lets_others_have_their_turn() -> None:
    story = deploy(CIRCLE)
    story.patience = 3
    story.start("process")

    (record,) = story.recorded.values()
    assert [entry.command for entry in record.log] == ["CreateInstance", "Continue", "Continue", "Continue"]
    assert begun(story) == 1 + 4 * STEPS  # and the process itself
    assert len(story.active) == 1


def test_circle_without_end_can_be_cancelled() -> None:
    story = deploy(CIRCLE)
    story.patience = 1
    story.start("process")
    story.cancel()
    assert story.state == "TERMINATED"


def test_circle_without_end_stands_still_while_it_is_suspended() -> None:
    story = deploy(CIRCLE)
    story.patience = 1
    story.start("process")
    suspend(story)
    before = begun(story)
    story.patience = 5
    story.go_on()
    assert begun(story) == before

    story.patience = 2
    resume(story)
    assert begun(story) > before


def test_fan_out_goes_on_where_it_stood_when_it_was_suspended() -> None:
    xml = model(tags("startEvent", "start") + job("work", "", loop()) + tags("endEvent", "end"), "start -> work -> end")
    story = deploy(xml)
    story.patience = 0
    story.start("process", {"items": list(range(1200))})
    suspend(story)
    story.patience = 5
    story.go_on()
    assert len(story.jobs) == 500

    resume(story)
    assert len(story.jobs) == 1200
