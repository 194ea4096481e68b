"""Task listeners: jobs that run before a user task moves on; they may deny the move, or correct the task."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.lifecycle import JobKind, ListenerEvent, UserTaskState
from tests.models import listeners, model
from tests.story import Story, play

EVENTS = ("creating", "assigning", "updating", "completing", "canceling")


def listened(*pairs: tuple[str, str], extensions: str = "", more: str = "", **variables: object) -> Story:
    """A process of one user task with these task listeners, each (event, job type)."""
    inside = f"<zeebe:userTask/>{extensions}{listeners(*pairs, kind='task')}"
    task = f'<userTask id="approve"><extensionElements>{inside}</extensionElements></userTask>'
    elements = f'<startEvent id="start"/>{task}<endEvent id="end"/>{more}'
    return play(model(elements, "start -> approve -> end"), **variables)


def answer(story: Story, **result: object) -> None:
    """The worker of the open listener answers."""
    story.do(c.CompleteJob(job_key=story.job().key, result=c.JobResult(**result)))


def command_of(event: str, story: Story) -> c.Command:
    """What makes a task go through an event."""
    key = story.task().key
    return {
        "assigning": c.AssignUserTask(user_task_key=key, assignee="ada"),
        "updating": c.UpdateUserTask(user_task_key=key, changes={"priority": 99}),
        "completing": c.CompleteUserTask(user_task_key=key, variables={"approved": True}),
        "canceling": c.CancelInstance(process_instance_key=story.instance.key),
    }[event]


# ---- Every event -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_task_waits_for_the_listener_of_its_move(event: str) -> None:
    story = listened((event, "listen"))
    if event != "creating":
        story.do(command_of(event, story))

    job, task = story.job(), story.task()
    assert (job.kind, job.type) == (JobKind.TASK_LISTENER, "listen")
    assert job.listener is ListenerEvent[event.upper()]
    assert task.state is UserTaskState[event.upper()]

    story.complete()
    assert story.jobs == []
    assert task.state.name == {"completing": "COMPLETED", "canceling": "CANCELED"}.get(event, "CREATED")


def test_listeners_of_an_event_run_one_after_the_other() -> None:
    story = listened(("completing", "first"), ("creating", "other"), ("completing", "second"))
    story.complete()  # of creating
    story.complete_task(approved=True)
    types = []
    for _ in range(2):
        types.append(story.job().type)
        story.complete()

    assert types == ["first", "second"]
    assert story.variables == {"approved": True}
    assert story.state == "COMPLETED"


def test_nothing_else_is_done_to_a_task_that_is_on_its_way() -> None:
    story = listened(("assigning", "listen"))
    story.do(command_of("assigning", story))
    for event in ("assigning", "updating", "completing"):
        with pytest.raises(c.Rejection, match="in state 'ASSIGNING'"):
            story.do(command_of(event, story))


def test_assignee_of_the_model_is_announced_after_creation() -> None:
    extensions = '<zeebe:assignmentDefinition assignee="ada"/>'
    story = listened(("creating", "create"), ("assigning", "assign"), extensions=extensions)
    assert (story.job().type, story.task().assignee) == ("create", None)
    story.complete()
    assert (story.job().type, story.task().assignee) == ("assign", None)
    story.complete()
    assert (story.task().assignee, story.task().state) == ("ada", UserTaskState.CREATED)


# ---- Denied ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["assigning", "updating", "completing"])
def test_denied_move_leaves_the_task_as_it_was(event: str) -> None:
    story = listened((event, "listen"), (event, "never"))
    story.do(command_of(event, story))
    answer(story, denied=True, denied_reason="not today")

    task = story.task()
    assert (task.state, task.assignee, task.priority) == (UserTaskState.CREATED, None, 50)
    assert story.jobs == []
    assert story.variables == {}


def test_log_tells_why_it_was_denied() -> None:
    story = listened(("completing", "listen"))
    story.do(c.CompleteUserTask(user_task_key=story.task().key))
    answer(story, denied=True, denied_reason="not today")

    moved = [event for event in story.events if isinstance(event, ev.UserTaskMoved)]
    assert [(UserTaskState(event.state).name, event.denied) for event in moved] == [
        ("CREATED", None),
        ("COMPLETING", None),
        ("CREATED", "not today"),
    ]


@pytest.mark.parametrize("event", ["creating", "canceling"])
def test_creation_and_cancellation_are_not_denied(event: str) -> None:
    story = listened((event, "listen"))
    if event == "canceling":
        story.cancel()
    with pytest.raises(c.Rejection, match="cannot be denied") as refusal:
        answer(story, denied=True)
    assert refusal.value.kind == "INVALID_ARGUMENT"


# ---- Corrected -------------------------------------------------------------------------------------------------------


def test_listener_corrects_the_task() -> None:
    story = listened(("creating", "listen"))
    corrections = {
        "candidate_groups": ["managers"],
        "candidate_users": ["grace"],
        "due_date": "2026-02-01T09:00:00.000Z",
        "follow_up_date": "2026-01-20T09:00:00.000Z",
        "priority": 80,
    }
    answer(story, corrections=corrections)
    assert {name: getattr(story.task(), name) for name in corrections} == corrections


def test_later_listener_corrects_what_an_earlier_one_said() -> None:
    story = listened(("assigning", "first"), ("assigning", "second"))
    story.do(command_of("assigning", story))
    answer(story, corrections={"assignee": "grace", "priority": 1})
    answer(story, corrections={"priority": 2})
    assert (story.task().assignee, story.task().priority) == ("grace", 2)


def test_correction_of_the_assignee_takes_the_task_from_them() -> None:
    extensions = '<zeebe:assignmentDefinition assignee="ada"/>'
    story = listened(("creating", "listen"), extensions=extensions)
    answer(story, corrections={"assignee": ""})
    assert story.task().assignee is None


def test_correction_is_not_given_with_a_denial() -> None:
    story = listened(("completing", "listen"))
    story.complete_task()
    with pytest.raises(c.Rejection, match="both"):
        answer(story, denied=True, corrections={"priority": 1})


def test_listener_has_no_variables_to_give() -> None:
    story = listened(("completing", "listen"))
    story.complete_task()
    with pytest.raises(c.Rejection, match="without variables"):
        story.complete(noise=1)


# ---- Trouble ---------------------------------------------------------------------------------------------------------


def test_listener_without_retries_is_an_incident() -> None:
    story = listened(("completing", "listen"))
    story.complete_task(approved=True)
    story.fail(retries=0)
    assert story.incidents == [("approve", "TASK_LISTENER_NO_RETRIES")]

    story.do(c.UpdateJob(job_key=story.job().key, retries=1))
    story.resolve()
    story.complete()
    assert story.variables == {"approved": True}
    assert story.state == "COMPLETED"


def test_listener_whose_type_cannot_be_evaluated_is_an_incident() -> None:
    story = listened(("completing", "=kind"))
    story.complete_task(approved=True)
    assert story.incidents == [("approve", "EXTRACT_VALUE_ERROR")]

    story.set_variables(kind="listen")
    story.resolve()
    story.complete()
    assert story.variables == {"kind": "listen", "approved": True}
    assert story.state == "COMPLETED"


@pytest.mark.parametrize("event", EVENTS)
def test_listener_throws_no_error(event: str) -> None:
    """Not even where its task has an event that would catch it: the task is on its way, and goes on with an answer."""
    caught = '<boundaryEvent id="caught" attachedToRef="approve"><errorEventDefinition/></boundaryEvent>'
    story = listened((event, "listen"), more=caught)
    if event != "creating":
        story.do(command_of(event, story))

    with pytest.raises(c.Rejection, match="it is the job of a task listener") as refused:
        story.throw("approve", "LATE", note="lost")

    assert refused.value.kind == "INVALID_STATE"
    assert story.task().state is UserTaskState[event.upper()]
    assert (story.incidents, story.variables) == ([], {})
    story.complete()
    assert story.jobs == []


# ---- Canceling -------------------------------------------------------------------------------------------------------


def test_instance_ends_only_when_the_canceling_listener_has_answered() -> None:
    story = listened(("canceling", "first"), ("canceling", "second"))
    story.cancel()
    assert story.state == "ACTIVE"
    assert story.active == ["approve"]

    story.complete()
    assert story.state == "ACTIVE"
    story.complete()
    assert story.state == "TERMINATED"


def test_cancellation_stops_the_move_that_was_under_way() -> None:
    story = listened(("assigning", "assign"), ("canceling", "cancel"))
    story.do(command_of("assigning", story))
    story.cancel()
    assert [job.type for job in story.waits(type(story.job()))] == ["cancel"]
    story.complete()
    assert story.state == "TERMINATED"


def test_boundary_event_is_entered_when_the_canceling_listener_has_answered() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="approve"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    story = listened(("canceling", "listen"), more=late)
    story.forward("PT1H")
    assert story.path == ["start", "approve"]

    story.complete()
    assert story.path == ["start", "approve", "late"]
    assert story.state == "COMPLETED"


def test_failed_canceling_listener_is_an_incident() -> None:
    story = listened(("canceling", "listen"))
    story.cancel()
    story.fail(retries=0)
    assert story.incidents == [("approve", "TASK_LISTENER_NO_RETRIES")]

    story.do(c.UpdateJob(job_key=story.job().key, retries=1))
    story.resolve()
    story.complete()
    assert story.state == "TERMINATED"
