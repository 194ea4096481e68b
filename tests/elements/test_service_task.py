"""Service task: a job, from its creation to its end, whatever the worker makes of it."""

from __future__ import annotations

import msgspec
import pytest

from engine.machine import commands as c
from engine.machine.lifecycle import JobKind, JobState
from engine.machine.state import Incident
from tests.models import job, model
from tests.story import BEGINNING, Story, play

SECOND = 1_000


def one_job(attributes: str, **variables: object) -> Story:
    """A process of one service task with these attributes of its task definition."""
    extensions = f"<extensionElements><zeebe:taskDefinition {attributes}/></extensionElements>"
    task = f'<serviceTask id="work">{extensions}</serviceTask>'
    return play(model(f'<startEvent id="start"/>{task}', "start -> work"), **variables)


# ---- What the job is -------------------------------------------------------------------------------------------------


def test_job_has_its_type_and_three_retries() -> None:
    job = play("one_task.bpmn").job()

    assert (job.type, job.retries, job.priority, job.headers) == (job.element.node.id, 3, 0, "{}")
    assert (job.state, job.kind, job.created_at) == (JobState.CREATED, JobKind.BPMN_ELEMENT, BEGINNING)


def test_type_and_retries_may_be_expressions() -> None:
    job = play("service_task_details.bpmn", region="north", attempts=5).job("work")

    assert (job.type, job.retries) == ("work-north", 5)
    assert msgspec.json.decode(job.headers) == {"priority": "high", "team": "billing"}


def test_retries_may_be_a_text_with_a_number() -> None:
    assert one_job('type="work" retries="=attempts"', attempts="7").job().retries == 7


def test_priority_may_be_an_expression() -> None:
    xml = model(
        '<startEvent id="start"/>' + job("work", '<zeebe:jobPriorityDefinition priority="=urgency * 10"/>'),
        "start -> work",
    )
    assert play(xml, urgency=4).job().priority == 40


@pytest.mark.parametrize(
    ("attributes", "variables"),
    [
        ('type="=kind"', {"kind": None}),
        ('type="=kind"', {"kind": 7}),
        ('type="=kind + 1"', {"kind": "x"}),
        ('type="work" retries="=attempts"', {"attempts": "many"}),
        ('type="work" retries="=attempts"', {"attempts": True}),
        ('type="work" retries="=attempts"', {"attempts": 10**12}),
        ('type="work" retries="=missing"', {}),
    ],
)
def test_part_that_cannot_be_evaluated_is_an_incident(attributes: str, variables: dict[str, object]) -> None:
    story = one_job(attributes, **variables)

    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert story.jobs == []


def test_resolving_evaluates_the_job_again() -> None:
    story = one_job('type="=kind"')
    story.resolve()
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]

    story.set_variables(kind="pack")
    story.resolve()
    assert story.incidents == []
    assert story.job("work").type == "pack"


# ---- Completion ------------------------------------------------------------------------------------------------------


def test_completion_merges_the_variables_and_goes_on() -> None:
    story = play("one_task.bpmn", order=1, total=0)
    story.complete(total=12, paid=True)

    assert story.variables == {"order": 1, "total": 12, "paid": True}
    assert story.state == "COMPLETED"


def test_job_can_be_completed_once() -> None:
    story = play("one_task.bpmn")
    key = story.job().key
    story.complete()

    with pytest.raises(c.Rejection) as refusal:
        story.do(c.CompleteJob(job_key=key))
    assert refusal.value.kind == "NOT_FOUND"


# ---- Failure ---------------------------------------------------------------------------------------------------------


def test_failure_with_retries_left_runs_again_at_once() -> None:
    story = play("one_task.bpmn")
    story.fail(message="no connection")

    job = story.job()
    assert (job.state, job.retries, job.error_message) == (JobState.CREATED, 2, "no connection")
    assert story.incidents == []


def test_worker_says_how_many_retries_are_left() -> None:
    story = play("one_task.bpmn")
    story.fail(retries=9)
    assert story.job().retries == 9


def test_failure_with_a_back_off_waits_for_it() -> None:
    story = play("one_task.bpmn")
    story.fail(retry_back_off=30 * SECOND)
    assert story.job().state is JobState.FAILED
    assert story.job().retry_at == BEGINNING + 30 * SECOND

    story.forward("PT29S")
    assert story.job().state is JobState.FAILED
    story.forward("PT1S")
    assert story.job().state is JobState.CREATED
    assert story.job().retry_at is None


def test_job_in_its_back_off_can_be_completed() -> None:
    story = play("one_task.bpmn")
    story.fail(retry_back_off=30 * SECOND)
    story.complete()
    assert story.state == "COMPLETED"


def test_back_off_is_not_cut_short() -> None:
    story = play("one_task.bpmn")
    story.fail(retry_back_off=30 * SECOND)

    with pytest.raises(c.Rejection):
        story.do(c.RecurJob(job_key=story.job().key))


def test_third_failure_is_an_incident() -> None:
    story = play("one_task.bpmn")
    for _ in range(3):
        story.fail(message="no connection")

    (incident,) = story.waits(Incident)
    assert incident.type.name == "JOB_NO_RETRIES"
    assert incident.message == "no connection"
    assert incident.job_key == story.job().key


def test_job_with_an_incident_is_neither_completed_nor_failed() -> None:
    story = play("one_task.bpmn")
    story.fail(retries=0)

    for tell in (story.complete, story.fail):
        with pytest.raises(c.Rejection, match="resolve the incident first") as refusal:
            tell()
        assert refusal.value.kind == "INVALID_STATE"


def test_incident_of_a_job_is_resolved_once_it_has_retries() -> None:
    story = play("one_task.bpmn")
    story.fail(retries=0)
    with pytest.raises(c.Rejection, match="update its retries"):
        story.resolve()

    story.do(c.UpdateJob(job_key=story.job().key, retries=2))
    story.resolve()
    assert story.incidents == []
    assert (story.job().state, story.job().retries) == (JobState.CREATED, 2)

    story.complete()
    assert story.state == "COMPLETED"


def test_failing_again_after_a_resolution_is_a_new_incident() -> None:
    story = play("one_task.bpmn")
    story.fail(retries=0)
    (first,) = story.waits(Incident)
    story.do(c.UpdateJob(job_key=story.job().key, retries=1))
    story.resolve()
    story.fail()

    (second,) = story.waits(Incident)
    assert second.key != first.key


def test_variables_of_a_failed_job_are_local_to_the_task() -> None:
    story = play("one_task.bpmn", attempt=0)
    story.fail(variables={"attempt": 1, "reason": "busy"})

    assert story.locals(story.job().element.node.id) == {"attempt": 1, "reason": "busy"}
    assert story.variables == {"attempt": 0}


# ---- Thrown errors ---------------------------------------------------------------------------------------------------


def test_thrown_error_that_is_caught_ends_the_task() -> None:
    story = play("boundary_error_interrupting.bpmn")
    (element_id,) = story.jobs
    error = story.element(element_id).node.boundary[0]
    story.throw(element_id, error.trigger.code)

    assert element_id in story.terminated
    assert error.id in story.path


def test_thrown_error_that_nobody_catches_is_an_incident() -> None:
    story = play("one_task.bpmn")
    story.throw("", "CARD_DECLINED", "the bank said no")

    (incident,) = story.waits(Incident)
    assert incident.type.name == "UNHANDLED_ERROR_EVENT"
    assert "CARD_DECLINED" in incident.message
    assert "the bank said no" in incident.message
    assert story.job().state is JobState.ERROR_THROWN
    with pytest.raises(c.Rejection, match="resolve the incident first"):
        story.complete()


def test_job_of_an_uncaught_error_is_available_again_after_resolution() -> None:
    story = play("one_task.bpmn")
    story.throw("", "CARD_DECLINED")
    story.resolve()
    story.complete()
    assert story.state == "COMPLETED"


# ---- Update ----------------------------------------------------------------------------------------------------------


def test_retries_and_priority_can_be_updated() -> None:
    story = play("one_task.bpmn")
    story.do(c.UpdateJob(job_key=story.job().key, retries=8))
    story.do(c.UpdateJob(job_key=story.job().key, priority=70))
    assert (story.job().retries, story.job().priority) == (8, 70)


def test_retries_are_not_updated_below_one() -> None:
    story = play("one_task.bpmn")
    with pytest.raises(c.Rejection) as refusal:
        story.do(c.UpdateJob(job_key=story.job().key, retries=0))
    assert refusal.value.kind == "INVALID_ARGUMENT"


@pytest.mark.parametrize("command", [c.CompleteJob, c.FailJob, c.UpdateJob, c.RecurJob])
def test_unknown_job_is_refused(command: type[c.CompleteJob]) -> None:
    story = play("one_task.bpmn")
    with pytest.raises(c.Rejection) as refusal:
        story.do(command(job_key=story.element(story.jobs[0]).key))
    assert refusal.value.kind == "NOT_FOUND"
