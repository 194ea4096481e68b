"""Incidents at each step of an element's life: nothing half done, and its resolution takes the step again."""

from __future__ import annotations

import pytest

from engine.machine.commands import Rejection, ResolveIncident
from engine.machine.state import Incident, Timer
from tests.story import Story, play

ALL = {"amount": 1, "type": "work", "limit": "PT1H", "good": True}


def tell(**missing: object) -> Story:
    """The story of an activity with all it needs, but for what is said here."""
    return play("incident_at_each_step.bpmn", **{**ALL, **missing})


def reason(story: Story) -> str:
    """What the only incident says."""
    (incident,) = story.waits(Incident)
    return str(incident.message)


def mend(story: Story, **variables: object) -> None:
    """Somebody sets variables and resolves the incident."""
    story.set_variables(**variables)
    story.resolve()


def test_an_input_mapping_fails() -> None:
    story = tell(amount=None)
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]
    assert "assert" in reason(story)
    assert story.locals("work") == {}

    mend(story, amount=2)
    assert story.locals("work") == {"amount": 2}
    assert story.jobs == ["work"]


def test_what_is_missing_comes_with_the_resolution() -> None:
    """In one command: nothing can come between the variable and the step that needs it."""
    story = tell(amount=None)
    (incident,) = story.waits(Incident)
    story.do(ResolveIncident(incident_key=incident.key, variables={"amount": 2}))

    assert story.variables["amount"] == 2
    assert story.locals("work") == {"amount": 2}
    assert story.jobs == ["work"]


def test_nothing_is_set_where_the_resolution_is_refused() -> None:
    story = tell()
    story.fail("work", retries=0)
    (incident,) = story.waits(Incident)
    with pytest.raises(Rejection, match="no retries left"):
        story.do(ResolveIncident(incident_key=incident.key, variables={"amount": 2}))

    assert story.variables["amount"] == 1


def test_the_type_of_a_job_fails() -> None:
    story = tell(type=7)
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert reason(story) == "Expected result of the expression 'type' to be a string, but was '7'."
    assert story.waits(Timer) == []

    mend(story, type="work")
    assert story.jobs == ["work"]


def test_the_subscription_of_a_boundary_event_fails() -> None:
    story = tell(limit="soon")
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert story.jobs == []

    mend(story, limit="PT2H")
    assert story.jobs == ["work"]
    assert len(story.waits(Timer)) == 1


def test_the_output_mapping_fails() -> None:
    story = tell()
    story.complete("work", result=None)
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]
    assert story.waits(Timer) == []
    assert story.flows == ["start_to_work"]

    story.set_variables("work", local=True, result="done")
    story.resolve()
    assert story.variables["result"] == "done"
    assert story.state == "COMPLETED"


def test_the_output_mapping_of_a_boundary_event_fails() -> None:
    story = tell()
    story.forward("PT1H")
    assert story.incidents == [("late", "IO_MAPPING_ERROR")]
    assert story.terminated == ["work"]

    mend(story, excuse="traffic")
    assert story.path[-1] == "end_late"
    assert story.state == "COMPLETED"


@pytest.mark.parametrize(("good", "type"), [(None, "EXTRACT_VALUE_ERROR"), ("yes", "EXTRACT_VALUE_ERROR")])
def test_a_condition_that_is_no_boolean(good: object, type: str) -> None:
    story = tell(good=good)
    story.complete("work", result=1)
    assert story.incidents == [("which", type)]

    mend(story, good=False)
    assert story.path[-1] == "end_other"


def test_no_way_on() -> None:
    story = play("exclusive_gateway_no_default.bpmn")
    ((where, _),) = story.incidents
    assert where in story.active
    assert story.state == "ACTIVE"


def test_a_step_that_fails_again_is_a_new_incident() -> None:
    story = tell(amount=None)
    (first,) = story.waits(Incident)
    story.resolve()

    (second,) = story.waits(Incident)
    assert second.key != first.key
    assert not first.open


def test_one_step_after_the_other() -> None:
    story = tell(amount=None, type=None, limit=None)
    mend(story, amount=1)
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert "'type'" in reason(story)
    mend(story, type="work")
    assert "'limit'" in reason(story)
    mend(story, limit="PT1H")
    assert story.incidents == []
    assert story.jobs == ["work"]


# ---- Jobs -----------------------------------------------------------------------------------------------------------


def test_a_job_without_retries_waits_for_new_ones() -> None:
    story = tell()
    story.fail("work", retries=0, message="The printer is on fire.")
    assert story.incidents == [("work", "JOB_NO_RETRIES")]
    assert reason(story) == "The printer is on fire."
    with pytest.raises(Rejection, match="has no retries left"):
        story.resolve()

    story.update_job("work", retries=1)
    story.resolve()
    story.complete("work", result=1)
    assert story.state == "COMPLETED"


def test_a_job_fails_as_often_as_it_has_retries() -> None:
    story = tell()
    for _ in range(2):
        story.fail("work")
        assert story.incidents == []
    story.fail("work")

    assert story.incidents == [("work", "JOB_NO_RETRIES")]


def test_a_boundary_event_ends_a_job_with_an_incident() -> None:
    story = tell(excuse="traffic")
    story.fail("work", retries=0)
    story.forward("PT1H")

    assert story.incidents == []
    assert story.state == "COMPLETED"


def test_variables_of_a_failed_job_are_local_to_it() -> None:
    story = tell()
    story.fail("work", retries=1, variables={"attempt": 1})

    assert story.locals("work") == {"amount": 1, "attempt": 1}
    assert "attempt" not in story.variables


def test_a_back_off_passes_before_the_job_is_to_be_had_again() -> None:
    story = tell(limit="P1D")
    story.fail("work", retries=2, retry_back_off=60_000)
    assert story.job("work").retry_at == story.now + 60_000

    story.forward("PT1M")
    assert story.job("work").retry_at is None
    story.complete("work", result=1)
    assert story.state == "COMPLETED"


def test_an_instance_that_is_cancelled_leaves_no_incident() -> None:
    story = tell(amount=None)
    story.cancel()

    assert story.state == "TERMINATED"
    assert story.incidents == []
