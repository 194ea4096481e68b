"""Call activity: runs another process and completes with it."""

from __future__ import annotations

import pytest

from engine.elements.call_activity import MAX_DEPTH
from engine.machine import commands as c
from engine.machine.state import Incident
from tests.models import job, mappings, model, tags
from tests.story import Story, deploy, play

CHILD = model(tags("startEvent", "child_start") + job("child_work"), "child_start -> child_work", id="child")


def call(attributes: str = "", extensions: str = "", inside: str = "", more: str = "", *ways: str) -> bytes:
    """A process `parent` of one call activity that calls `child`."""
    activity = (
        '<callActivity id="call"><extensionElements>'
        f'<zeebe:calledElement processId="child" {attributes}/>{extensions}</extensionElements>{inside}</callActivity>'
    )
    elements = tags("startEvent", "start") + activity + tags("endEvent", "end") + more
    return model(elements, "start -> call -> end", *ways, id="parent")


def child_variables(story: Story) -> dict[str, object]:
    """The variables of the first called instance."""
    return story.variables_of(story.instances("child")[0])


# ---- Calling ---------------------------------------------------------------------------------------------------------


def test_called_process_runs_and_the_call_completes_with_it() -> None:
    story = play("call_activity.bpmn", "call_activity_child.bpmn")
    assert story.jobs == ["child_work"]
    assert story.path_of("call_activity") == ["start", "call"]

    story.complete("child_work")
    assert story.jobs == ["after"]
    story.complete("after")
    assert [instance.root.state.name for instance in story.instances("call_activity_child")] == ["COMPLETED"]
    assert story.state == "COMPLETED"


def test_called_instance_knows_who_called() -> None:
    story = play(call(), CHILD)
    (child,) = story.instances("child")
    assert (child.parent_key, child.root_key) == (story.instance.key, story.instance.key)
    assert child.parent_element_key == story.element("call").key


# ---- Variables -------------------------------------------------------------------------------------------------------


def test_all_variables_go_in_and_come_out() -> None:
    story = play(call(), CHILD, a=1, b=2)
    assert child_variables(story) == {"a": 1, "b": 2}
    story.complete("child_work", b=3, c=4)
    assert story.variables == {"a": 1, "b": 3, "c": 4}


def test_input_mappings_go_in_beside_all_the_others() -> None:
    story = play(call(extensions=mappings(inputs={"a": "a + 10"})), CHILD, a=1, b=2)
    assert child_variables(story) == {"a": 11, "b": 2}


def test_without_propagation_only_mapped_variables_go_in() -> None:
    attributes = 'propagateAllParentVariables="false"'
    assert child_variables(play(call(attributes), CHILD, a=1)) == {}
    assert child_variables(play(call(attributes, mappings(inputs={"b": "a + 1"})), CHILD, a=1)) == {"b": 2}


def test_without_propagation_nothing_comes_out() -> None:
    story = play(call('propagateAllChildVariables="false"'), CHILD, a=1)
    story.complete("child_work", a=2, b=3)
    assert story.variables == {"a": 1}


def test_output_mappings_choose_what_comes_out() -> None:
    variables = {"child": "call_activity_child", "order": {"id": "o-1"}}
    story = play("call_activity_mapped.bpmn", "call_activity_child.bpmn", **variables)
    assert story.variables_of(story.instances("call_activity_child")[0]) == {"orderId": "o-1"}
    story.complete("child_work", receipt="r-1", noise=1)
    assert story.variables == {"child": "call_activity_child", "order": {"id": "o-1", "receipt": "r-1"}}


# ---- What cannot be called -------------------------------------------------------------------------------------------


def test_process_that_is_not_deployed_is_an_incident_until_it_is() -> None:
    story = play(call())
    (incident,) = story.waits(Incident)
    assert (incident.element.node.id, incident.type.name) == ("call", "CALLED_ELEMENT_ERROR")
    assert "'child'" in incident.message

    story.graphs.update(deploy(CHILD).graphs)
    story.resolve()
    story.complete("child_work")
    assert story.state == "COMPLETED"


def test_process_without_a_none_start_event_cannot_be_called() -> None:
    story = play(call(), "timer_start_cron.bpmn")
    story.graphs["child"] = story.graphs["timer_start_cron"]
    story.resolve()
    assert story.incidents == [("call", "CALLED_ELEMENT_ERROR")]


def test_call_that_failed_can_be_cancelled() -> None:
    story = play(call())
    story.cancel()
    assert story.state == "TERMINATED"


def test_name_of_the_process_may_be_missing_at_run_time() -> None:
    story = play("call_activity_mapped.bpmn", "call_activity_child.bpmn")
    assert story.incidents == [("call", "EXTRACT_VALUE_ERROR")]
    story.set_variables(child="call_activity_child")
    story.resolve()
    assert story.jobs == ["child_work"]


def test_process_that_calls_itself_stops_at_a_depth() -> None:
    xml = call().replace(b'processId="child"', b'processId="parent"')
    story = play(xml)
    assert len(story.instances("parent")) == MAX_DEPTH + 1
    assert story.incidents == [("call", "CALLED_ELEMENT_ERROR")]

    story.cancel()
    assert all(instance.ended_at is not None for instance in story.instances("parent"))


# ---- Errors and escalations ------------------------------------------------------------------------------------------

ERROR = '<error id="declined" errorCode="DECLINED"/>'
CATCH = '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition errorRef="declined"/></boundaryEvent>'


def catching(file: bytes) -> bytes:
    """The same model, with an error event on the call activity."""
    file = file.replace(b"<process", ERROR.encode() + b"<process")
    return file.replace(b"</process>", CATCH.encode() + b"</process>")


def test_error_end_of_the_called_process_reaches_the_boundary() -> None:
    story = play("call_activity_error.bpmn", "call_activity_error_child.bpmn")
    assert story.path_of("call_activity_error") == ["start", "call", "declined", "end_declined"]
    assert [i.root.state.name for i in story.instances("call_activity_error_child")] == ["TERMINATED"]
    assert story.state == "COMPLETED"


def test_error_of_a_job_climbs_through_two_calls() -> None:
    middle = call().replace(b'id="parent"', b'id="middle"')
    outer = catching(call().replace(b'processId="child"', b'processId="middle"'))
    story = play(outer, middle, CHILD)
    story.throw("child_work", "DECLINED", reason="no money")

    assert story.path_of("parent") == ["start", "call", "caught"]
    states = [instance.root.state.name for id in ("child", "middle") for instance in story.instances(id)]
    assert states == ["TERMINATED", "TERMINATED"]
    assert story.state == "COMPLETED"


def test_error_that_nobody_above_catches_is_an_incident_where_it_was_thrown() -> None:
    story = play(catching(call()), CHILD)
    story.throw("child_work", "OTHER")
    assert story.incidents == [("child_work", "UNHANDLED_ERROR_EVENT")]

    story.resolve()
    story.complete("child_work")
    assert story.state == "COMPLETED"


# ---- Ending ----------------------------------------------------------------------------------------------------------


def test_cancellation_waits_for_the_called_instance() -> None:
    story = play(call(), CHILD)
    story.cancel()
    assert [instance.root.state.name for instance in story.instances("child")] == ["TERMINATED"]
    assert story.state == "TERMINATED"


def test_called_instance_is_not_cancelled_by_itself() -> None:
    story = play(call(), CHILD)
    (child,) = story.instances("child")
    with pytest.raises(c.Rejection, match="parent") as refusal:
        story.do(c.CancelInstance(process_instance_key=child.key))
    assert refusal.value.kind == "INVALID_STATE"


def test_interrupting_boundary_event_ends_the_called_instance_first() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="call"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )
    story = play(call("", "", "", late), CHILD)
    story.forward("PT1H")

    assert [instance.root.state.name for instance in story.instances("child")] == ["TERMINATED"]
    assert story.path_of("parent") == ["start", "call", "late"]
    assert story.state == "COMPLETED"


def test_failing_output_mapping_is_an_incident_and_the_child_has_ended() -> None:
    story = play(call(extensions=mappings(outputs={"total": "assert(amount, amount != null)"})), CHILD)
    story.complete("child_work")
    assert story.incidents == [("call", "IO_MAPPING_ERROR")]
    assert [instance.root.state.name for instance in story.instances("child")] == ["COMPLETED"]

    story.cancel()
    assert story.state == "TERMINATED"


def test_calls_are_nested() -> None:
    middle = call().replace(b'id="parent"', b'id="middle"')
    outer = call().replace(b'processId="child"', b'processId="middle"')
    story = play(outer, middle, CHILD, x=1)
    (child,) = story.instances("child")
    assert (child.root_key, child.parent_key) == (story.instance.key, story.instances("middle")[0].key)

    story.complete("child_work", x=2)
    assert story.variables == {"x": 2}
    assert story.state == "COMPLETED"
