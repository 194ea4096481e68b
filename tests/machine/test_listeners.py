"""Execution listeners: jobs that run, one at a time, before an element starts and after its work is done."""

from __future__ import annotations

import msgspec
import pytest

from engine.machine import commands as c
from engine.machine.lifecycle import ElementState, JobKind, ListenerEvent
from engine.machine.state import Timer
from tests.models import flows, job, listeners, mappings, model, tags, when
from tests.story import Story, play

BOTH = listeners(("start", "before"), ("end", "after"))


def listened(extensions: str = BOTH, more: str = "", **variables: object) -> Story:
    """A process of one service task `work` with these extension elements."""
    elements = tags("startEvent", "start") + job("work", extensions) + tags("endEvent", "end") + more
    return play(model(elements, "start -> work -> end"), **variables)


def work_through(story: Story) -> list[str]:
    """Complete all jobs, oldest first; their types."""
    types = []
    while story.jobs:
        types.append(story.job().type)
        story.complete()
    return types


def test_listeners_run_before_and_after_the_work() -> None:
    story = listened()
    waiting = story.job()
    assert (waiting.kind, waiting.listener) == (JobKind.EXECUTION_LISTENER, ListenerEvent.START)
    assert story.element("work").state is ElementState.ACTIVATING

    story.complete()
    assert (story.job().kind, story.job().type) == (JobKind.BPMN_ELEMENT, "work")
    story.complete()
    assert (story.job().type, story.job().listener) == ("after", ListenerEvent.END)
    assert story.element("work").state is ElementState.COMPLETING

    story.complete()
    assert story.state == "COMPLETED"


def test_listeners_of_an_event_run_one_after_the_other() -> None:
    story = listened(listeners(("start", "a"), ("end", "c"), ("start", "b"), ("end", "d")))
    assert work_through(story) == ["a", "b", "work", "c", "d"]
    assert story.state == "COMPLETED"


def test_listener_has_the_headers_of_its_element_and_retries_of_its_own() -> None:
    listener = '<zeebe:executionListener eventType="start" type="=kind" retries="7"/>'
    extensions = (
        f"<zeebe:executionListeners>{listener}</zeebe:executionListeners>"
        '<zeebe:taskHeaders><zeebe:header key="a" value="b"/></zeebe:taskHeaders>'
    )
    waiting = listened(extensions, kind="before").job()
    assert (waiting.type, waiting.retries) == ("before", 7)
    assert msgspec.json.decode(waiting.headers) == {"a": "b"}


# ---- Order of things -------------------------------------------------------------------------------------------------


def test_start_listener_sees_input_mappings_and_adds_to_them_locally() -> None:
    story = listened(BOTH + mappings(inputs={"x": "1"}))
    assert story.locals("work") == {"x": 1}
    story.complete(y=2)
    assert story.locals("work") == {"x": 1, "y": 2}
    assert story.variables == {}


def test_job_is_evaluated_with_what_the_start_listener_gave() -> None:
    task = job("work", BOTH).replace('type="work"', 'type="=kind"')
    story = play(model(tags("startEvent", "start") + task, "start -> work"))
    story.complete(kind="pack")
    assert story.job().type == "pack"


def test_end_listener_runs_after_output_mappings_and_gives_to_the_scope() -> None:
    story = listened(BOTH + mappings(outputs={"total": "amount"}))
    story.complete()
    story.complete(amount=3, noise=1)
    assert story.variables == {"total": 3}
    story.complete(logged=True)
    assert story.variables == {"total": 3, "logged": True}


def test_boundary_events_are_armed_after_the_start_listeners() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="work"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    story = listened(BOTH, late)
    assert story.waits(Timer) == []
    story.complete()
    assert len(story.waits(Timer)) == 1
    story.complete()
    assert story.waits(Timer) == []


# ---- On every kind of element ----------------------------------------------------------------------------------------


PASSING = ["startEvent", "manualTask", "task", "exclusiveGateway", "endEvent", "intermediateThrowEvent"]


@pytest.mark.parametrize("tag", PASSING)
def test_element_that_passes_at_once_waits_for_its_listeners(tag: str) -> None:
    element = f'<{tag} id="it"><extensionElements>{BOTH}</extensionElements></{tag}>'
    begin, way = ("", "") if tag == "startEvent" else (tags("startEvent", "start"), "start -> it")
    story = play(model(begin + element, *([way] if way else [])))
    assert work_through(story) == ["before", "after"]
    assert story.state == "COMPLETED"


def test_gateway_chooses_after_its_end_listener() -> None:
    gateway = f'<exclusiveGateway id="choose"><extensionElements>{BOTH}</extensionElements></exclusiveGateway>'
    ends = tags("endEvent", "yes", "no") + when("choose", "yes", "ok") + when("choose", "no", "not(ok)")
    story = play(model(tags("startEvent", "start") + gateway + ends, "start -> choose"), ok=False)
    story.complete()
    story.complete(ok=True)
    assert story.path == ["start", "choose", "yes"]


def test_process_and_sub_process_have_listeners() -> None:
    sub = f'<subProcess id="sub"><extensionElements>{BOTH}</extensionElements>{tags("startEvent", "go")}</subProcess>'
    outer = listeners(("start", "first"), ("end", "last"))
    elements = f"<extensionElements>{outer}</extensionElements>" + tags("startEvent", "start") + sub
    story = play(model(elements, "start -> sub"))
    assert work_through(story) == ["first", "before", "after", "last"]
    assert story.state == "COMPLETED"


def test_join_has_listeners_per_firing() -> None:
    join = f'<parallelGateway id="join"><extensionElements>{BOTH}</extensionElements></parallelGateway>'
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork") + job("a") + job("b") + join
    story = play(model(elements, "start -> fork", "fork -> a -> join", "fork -> b -> join"))
    assert work_through(story) == ["a", "b", "before", "after"]
    assert story.state == "COMPLETED"


def test_listeners_of_a_multi_instance_run_for_each_item() -> None:
    each = (
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>"
    )
    story = play(model(tags("startEvent", "start") + job("work", BOTH, each), "start -> work"))
    assert sorted(work_through(story)) == ["after", "after", "before", "before", "work", "work"]
    assert story.state == "COMPLETED"


# ---- Trouble ---------------------------------------------------------------------------------------------------------


def test_listener_without_retries_is_an_incident() -> None:
    story = listened()
    story.fail(retries=0, message="no connection")
    assert story.incidents == [("work", "EXECUTION_LISTENER_NO_RETRIES")]

    story.do(c.UpdateJob(job_key=story.job().key, retries=1))
    story.resolve()
    assert work_through(story) == ["before", "work", "after"]
    assert story.state == "COMPLETED"


def test_listeners_that_have_answered_do_not_run_again_when_a_later_one_was_stuck() -> None:
    story = listened(listeners(("start", "a"), ("start", "=kind"), ("end", "b"), ("end", "=other")))
    story.complete()
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    story.set_variables(kind="second")
    story.resolve()
    assert story.job().type == "second"

    story.complete()
    story.complete("work")
    assert story.job().type == "b"
    story.complete()
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    story.set_variables(other="fourth")
    story.resolve()
    assert work_through(story) == ["fourth"]
    assert story.state == "COMPLETED"


def test_listeners_that_have_answered_do_not_run_again_when_the_element_was_stuck() -> None:
    task = job("work", BOTH).replace('type="work"', 'type="=kind"')
    story = play(model(tags("startEvent", "start") + task, "start -> work"))
    story.complete()
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]

    story.set_variables(kind="pack")
    story.resolve()
    assert work_through(story) == ["pack", "after"]


def test_error_thrown_by_a_listener_is_caught_around_the_element() -> None:
    catch = '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>'
    inside = tags("startEvent", "go") + job("work", BOTH) + flows("go -> work")
    sub = f'<subProcess id="sub">{inside}</subProcess>'
    story = play(model(tags("startEvent", "start") + sub + catch, "start -> sub"))
    story.throw("work", "ANY")
    assert story.path[-1] == "caught"
    assert story.state == "COMPLETED"


def around_listeners(own: str = "") -> Story:
    """A task with both listeners in a sub-process with a catch-all, and `own` beside the task."""
    catch = '<boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>'
    inside = tags("startEvent", "go") + job("work", BOTH) + own + flows("go -> work")
    sub = f'<subProcess id="sub">{inside}</subProcess>'
    return play(model(tags("startEvent", "start") + sub + catch + job("mend"), "start -> sub", "caught -> mend"))


def test_error_thrown_by_an_end_listener_is_caught_around_the_element() -> None:
    story = around_listeners()
    story.complete("work")
    story.complete("work")
    assert story.job().type == "after"

    story.throw("work", "ANY")

    assert story.terminated == ["work", "sub"]
    assert story.jobs == ["mend"]


@pytest.mark.parametrize("done", [0, 2], ids=["start", "end"])
def test_the_elements_own_boundary_event_does_not_catch_the_error_of_its_listener(done: int) -> None:
    story = around_listeners('<boundaryEvent id="own" attachedToRef="work"><errorEventDefinition/></boundaryEvent>')
    for _ in range(done):
        story.complete("work")

    story.throw("work", "ANY")

    assert "own" not in story.path
    assert story.path[-2:] == ["caught", "mend"]


@pytest.mark.parametrize("done", [0, 2], ids=["start", "end"])
def test_error_of_a_listener_that_nobody_catches_is_an_incident_and_the_listener_is_asked_again(done: int) -> None:
    story = listened()
    for _ in range(done):
        story.complete("work")
    asked = story.job().type
    story.throw("work", "ANY")
    assert story.incidents == [("work", "UNHANDLED_ERROR_EVENT")]

    story.resolve()

    assert story.job().type == asked
    work_through(story)
    assert story.state == "COMPLETED"


def test_cancellation_ends_a_listener() -> None:
    story = listened()
    story.cancel()
    assert story.jobs == []
    assert story.state == "TERMINATED"
