"""Intermediate throw event: throws its event and goes on; without one it marks that the path came by."""

from __future__ import annotations

from tests.models import mappings, model, tags
from tests.story import play


def test_without_an_event_it_leads_on_from_start_to_end() -> None:
    story = play("none_events.bpmn")

    assert story.state == "COMPLETED"
    assert story.path[0] == "start"
    assert story.path[-1] == "end"
    assert story.completed == ["start", "halfway", "end"]


def test_what_it_throws_is_heard_and_it_goes_on() -> None:
    story = play("signal_throw_and_catch.bpmn")
    story.complete("work")

    assert story.path[-3:] == ["close_shop", "end_thrown", "end_caught"]
    assert story.state == "COMPLETED"


def test_one_that_is_a_job_waits_for_its_worker() -> None:
    story = play("message_throw_job.bpmn")
    assert story.active == ["notify"]

    story.complete("notify")

    assert story.state == "COMPLETED"


def test_what_cannot_be_thrown_is_an_incident_until_it_can() -> None:
    throw = (
        '<intermediateThrowEvent id="tell"><extensionElements>'
        f"{mappings({'shop': 'assert(shops[1], shops[1] != null)'})}</extensionElements>"
        '<signalEventDefinition signalRef="opened"/></intermediateThrowEvent>'
    )
    signal = '<signal id="opened" name="opened"/>'
    story = play(model(tags("startEvent", "start") + throw, "start -> tell", roots=signal), "signal_start.bpmn")
    assert story.incidents == [("tell", "IO_MAPPING_ERROR")]
    assert story.instances("signal_start") == []

    story.set_variables(shops=["Main Street"])
    story.resolve()

    (heard,) = story.instances("signal_start")
    assert story.variables_of(heard) == {"shop": "Main Street"}
