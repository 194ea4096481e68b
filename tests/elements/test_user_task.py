"""User task: work for a person, or, in the older manner, a job that stands for it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.lifecycle import UserTaskState
from engine.machine.state import Incident
from tests.models import model
from tests.story import BEGINNING, Story, deploy, play

DUE = {"due": "2026-02-01T09:00:00.000Z", "followUp": "2026-01-20T09:00:00.000Z"}


def one_task(extensions: str, **variables: object) -> Story:
    """A process of one user task with these extension elements."""
    task = f'<userTask id="approve"><extensionElements><zeebe:userTask/>{extensions}</extensionElements></userTask>'
    return play(model(f'<startEvent id="start"/>{task}', "start -> approve"), **variables)


# ---- What the task is ------------------------------------------------------------------------------------------------


def test_plain_task_is_for_anybody() -> None:
    task = play("user_task_plain.bpmn").task()

    assert (task.state, task.assignee, task.priority) == (UserTaskState.CREATED, None, 50)
    assert (task.candidate_groups, task.candidate_users, task.due_date, task.follow_up_date) == ([], [], None, None)
    assert task.created_at == BEGINNING


def test_task_has_people_dates_and_priority() -> None:
    task = play("user_task.bpmn", approver="linus", **DUE).task("approve")

    assert task.assignee == "linus"
    assert task.candidate_groups == ["managers", "directors"]
    assert task.candidate_users == ["ada", "grace"]
    assert (task.due_date, task.follow_up_date) == (DUE["due"], DUE["followUp"])
    assert task.priority == 70


def test_assignee_of_the_model_is_assigned_after_creation() -> None:
    story = play("user_task.bpmn", approver="linus", **DUE)
    states = [UserTaskState(event.state).name for event in story.events if isinstance(event, ev.UserTaskMoved)]
    assert states == ["CREATED", "ASSIGNING", "CREATED"]


def test_what_is_null_is_not_set() -> None:
    task = play("user_task.bpmn").task()
    assert (task.assignee, task.due_date, task.follow_up_date) == (None, None, None)


def test_task_has_headers() -> None:
    story = one_task('<zeebe:taskHeaders><zeebe:header key="team" value="billing"/></zeebe:taskHeaders>')
    assert msgspec.json.decode(story.task().headers) == {"team": "billing"}


@pytest.mark.parametrize(
    "extensions",
    [
        '<zeebe:assignmentDefinition assignee="=7"/>',
        '<zeebe:assignmentDefinition candidateGroups="=7"/>',
        '<zeebe:assignmentDefinition candidateUsers="=[1, 2]"/>',
        f'<zeebe:assignmentDefinition assignee="{"a" * 801}"/>',
        f'<zeebe:assignmentDefinition candidateGroups="clerks, {"a" * 801}"/>',
        f'<zeebe:assignmentDefinition candidateUsers="=[&quot;{"a" * 801}&quot;]"/>',
        '<zeebe:taskSchedule dueDate="=&quot;tomorrow&quot;"/>',
        '<zeebe:taskSchedule followUpDate="=7"/>',
        '<zeebe:priorityDefinition priority="=101"/>',
        '<zeebe:priorityDefinition priority="=&quot;high&quot;"/>',
    ],
)
def test_attribute_of_the_wrong_kind_is_an_incident(extensions: str) -> None:
    story = one_task(extensions)
    assert story.incidents == [("approve", "EXTRACT_VALUE_ERROR")]
    assert story.tasks == []


def test_resolving_evaluates_the_attributes_again() -> None:
    story = one_task('<zeebe:priorityDefinition priority="=urgency"/>', urgency=1000)
    story.set_variables(urgency=90)
    story.resolve()
    assert story.task().priority == 90


# ---- Forms -----------------------------------------------------------------------------------------------------------


def test_task_links_a_deployed_form() -> None:
    story = deploy("user_task_form.bpmn", forms={"approval": 4711})
    story.start("user_task_form")
    assert story.task().form_key == 4711


def test_missing_form_is_an_incident_until_it_is_deployed() -> None:
    story = play("user_task_form.bpmn")
    (incident,) = story.waits(Incident)
    assert incident.type.name == "FORM_NOT_FOUND"
    assert "'approval'" in incident.message

    story.forms["approval"] = 4711
    story.resolve()
    assert story.task().form_key == 4711


def test_form_outside_is_only_referred_to() -> None:
    story = one_task('<zeebe:formDefinition externalReference="=&quot;form-&quot; + kind"/>', kind="a")
    assert story.task().external_form_reference == "form-a"


# ---- Assignment ------------------------------------------------------------------------------------------------------


def test_task_is_assigned_and_unassigned() -> None:
    story = play("user_task_plain.bpmn")
    key = story.task().key
    story.do(c.AssignUserTask(user_task_key=key, assignee="ada"))
    assert (story.task().assignee, story.task().state) == ("ada", UserTaskState.CREATED)

    story.do(c.AssignUserTask(user_task_key=key, assignee=None))
    assert story.task().assignee is None


def test_assignment_may_refuse_to_take_from_another() -> None:
    story = play("user_task_plain.bpmn")
    key = story.task().key
    story.do(c.AssignUserTask(user_task_key=key, assignee="ada", allow_override=False))
    with pytest.raises(c.Rejection, match="assigned to 'ada' already") as refusal:
        story.do(c.AssignUserTask(user_task_key=key, assignee="grace", allow_override=False))
    assert refusal.value.kind == "INVALID_STATE"

    story.do(c.AssignUserTask(user_task_key=key, assignee="grace"))
    assert story.task().assignee == "grace"


@pytest.mark.parametrize("holder", ["ada", None])
@pytest.mark.parametrize(
    "act",
    [
        lambda key, holder: c.AssignUserTask(user_task_key=key, assignee="ada", expected_assignee=holder),
        lambda key, holder: c.AssignUserTask(user_task_key=key, assignee=None, expected_assignee=holder),
        lambda key, holder: c.UpdateUserTask(user_task_key=key, expected_assignee=holder),
        lambda key, holder: c.CompleteUserTask(user_task_key=key, expected_assignee=holder),
    ],
)
def test_nothing_is_done_to_a_task_that_has_changed_hands(
    act: Callable[[int, str | None], c.Command], holder: str | None
) -> None:
    story = play("user_task_plain.bpmn")
    key = story.task().key
    story.do(c.AssignUserTask(user_task_key=key, assignee="grace"))
    with pytest.raises(c.Rejection, match="but it is assigned to 'grace'") as refusal:
        story.do(act(key, holder))
    assert refusal.value.kind == "INVALID_STATE"
    story.do(c.CompleteUserTask(user_task_key=key, expected_assignee="grace"))
    assert story.state == "COMPLETED"


# ---- Update ----------------------------------------------------------------------------------------------------------


def test_update_changes_what_it_names_and_nothing_else() -> None:
    story = play("user_task.bpmn", approver="linus", **DUE)
    story.do(c.UpdateUserTask(user_task_key=story.task().key, changes={"priority": 10, "candidate_users": []}))

    task = story.task()
    assert (task.priority, task.candidate_users) == (10, [])
    assert (task.candidate_groups, task.due_date, task.assignee) == (["managers", "directors"], DUE["due"], "linus")


def test_update_takes_away_a_date() -> None:
    story = play("user_task.bpmn", **DUE)
    story.do(c.UpdateUserTask(user_task_key=story.task().key, changes={"due_date": None}))
    assert story.task().due_date is None


# ---- Completion ------------------------------------------------------------------------------------------------------


def test_completion_merges_the_variables_and_goes_on() -> None:
    story = play("user_task_plain.bpmn", amount=5)
    key = story.task().key
    story.complete_task(approved=True)

    assert story.variables == {"amount": 5, "approved": True}
    assert story.state == "COMPLETED"
    with pytest.raises(c.Rejection) as refusal:
        story.do(c.CompleteUserTask(user_task_key=key))
    assert refusal.value.kind == "NOT_FOUND"


def test_life_of_a_task_ends_canceled_with_its_instance() -> None:
    story = play("user_task_plain.bpmn")
    task = story.task()
    story.cancel()

    states = [UserTaskState(event.state).name for event in story.events if isinstance(event, ev.UserTaskMoved)]
    assert states == ["CREATED", "CANCELING", "CANCELED"]
    assert (task.state, task.open) == (UserTaskState.CANCELED, False)


# ---- A job that stands for a task ------------------------------------------------------------------------------------


def test_task_of_the_older_kind_is_a_job() -> None:
    story = play("user_task_job.bpmn")
    job = story.job("approve")
    assert (job.type, job.retries) == ("io.camunda.zeebe:userTask", 1)
    assert msgspec.json.decode(job.headers) == {"io.camunda.zeebe:assignee": "ada"}

    story.complete("approve", approved=True)
    assert story.variables == {"approved": True}
    assert story.state == "COMPLETED"


def test_job_of_a_task_tells_all_attributes_in_its_headers() -> None:
    extensions = (
        '<zeebe:assignmentDefinition candidateGroups="a, b" candidateUsers="=[user]"/>'
        '<zeebe:taskSchedule dueDate="=due" followUpDate="=followUp"/>'
        '<zeebe:formDefinition formKey="form-1"/>'
        '<zeebe:taskHeaders><zeebe:header key="team" value="billing"/></zeebe:taskHeaders>'
    )
    task = f'<userTask id="approve"><extensionElements>{extensions}</extensionElements></userTask>'
    story = play(model(f'<startEvent id="start"/>{task}', "start -> approve"), user="ada", **DUE)

    headers = msgspec.json.decode(story.job().headers)
    assert headers == {
        "team": "billing",
        "io.camunda.zeebe:candidateGroups": '["a","b"]',
        "io.camunda.zeebe:candidateUsers": '["ada"]',
        "io.camunda.zeebe:dueDate": DUE["due"],
        "io.camunda.zeebe:followUpDate": DUE["followUp"],
        "io.camunda.zeebe:formKey": "form-1",
    }
