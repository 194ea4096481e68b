"""Variables: scopes, what is seen from where, and setting them from outside."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from engine.machine import events as ev
from tests.models import flows, job, mappings, model, tags
from tests.story import Story, play


def nested(**variables: object) -> Story:
    """A job `work` with the local `a` in a sub-process `sub` with the locals `a` and `b`."""
    work = job("work", mappings(inputs={"a": '"task"'}))
    extensions = f"<extensionElements>{mappings(inputs={'a': '1', 'b': '2'})}</extensionElements>"
    sub = f'<subProcess id="sub">{extensions}{tags("startEvent", "go")}{work}{flows("go -> work")}</subProcess>'
    return play(model(tags("startEvent", "start") + sub + job("after"), "start -> sub -> after"), **variables)


def test_variables_of_the_start_are_those_of_the_process() -> None:
    plain = {"text": "ä€𝄞", "number": 1.5, "big": 2**60, "null": None}
    nested = {"list": [1, None, True], "object": {"a": {"b": []}}}
    assert play("one_task.bpmn", **plain, **nested).variables == plain | nested


def test_variable_with_its_old_value_is_not_written_again() -> None:
    story = play("one_task.bpmn", x=1)
    story.set_variables(x=1)
    assert [e.name for e in story.events if isinstance(e, ev.VariableCreated | ev.VariableUpdated)] == ["x"]


def test_merge_climbs_to_the_nearest_scope_that_has_the_name_else_to_the_root() -> None:
    story = nested(c=3)
    story.complete("work", a="local", b="sub", c="root", d="new")
    assert story.variables == {"c": "root", "d": "new"}


def test_locals_of_a_sub_process_end_with_it() -> None:
    story = nested()
    story.complete("work")
    assert story.jobs == ["after"]
    assert story.variables == {}


def test_set_variables_merges_from_the_element_upward() -> None:
    story = nested(c=3)
    story.set_variables("work", a=10, b=20, c=30, d=40)
    assert story.locals("work") == {"a": 10}
    assert story.locals("sub") == {"a": 1, "b": 20}
    assert story.variables == {"c": 30, "d": 40}


def test_set_variables_locally_writes_right_there() -> None:
    story = nested(c=3)
    story.set_variables("work", local=True, a=10, b=20, c=30)
    assert story.locals("work") == {"a": 10, "b": 20, "c": 30}
    assert story.locals("sub") == {"a": 1, "b": 2}
    assert story.variables == {"c": 3}


def test_set_variables_at_the_process_reaches_only_it() -> None:
    story = nested()
    story.set_variables(a=10, e=50)
    assert story.locals("sub") == {"a": 1, "b": 2}
    assert story.variables == {"a": 10, "e": 50}


def test_variables_are_not_set_where_nothing_is() -> None:
    story = play("one_task.bpmn")
    key = story.element(story.jobs[0]).key
    story.complete()
    with pytest.raises(c.Rejection) as refusal:
        story.do(c.SetVariables(element_instance_key=key, variables={"x": 1}))
    assert refusal.value.kind == "NOT_FOUND"


@pytest.mark.parametrize("value", [2**70, "\ud800", {"a": [2**70]}])
def test_value_without_a_json_form_is_refused_and_nothing_has_happened(value: object) -> None:
    story = play("one_task.bpmn")
    job_key, bad = story.job().key, {"good": 1, "bad": value}
    for command in (
        c.CompleteJob(job_key=job_key, variables=bad),
        c.FailJob(job_key=job_key, variables=bad),
        c.ThrowJobError(job_key=job_key, code="ANY", variables=bad),
        c.SetVariables(element_instance_key=story.instance.key, variables=bad),
    ):
        with pytest.raises(c.Rejection, match="'bad'") as refusal:
            story.do(command)
        assert refusal.value.kind == "INVALID_ARGUMENT"
    assert len(story.jobs) == 1
    assert story.variables == {}


def test_instance_is_not_started_with_a_value_without_a_json_form() -> None:
    with pytest.raises(c.Rejection, match="'bad'"):
        play("one_task.bpmn", bad=2**70)
