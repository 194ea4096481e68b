"""Sequence flows out of and into whatever is no gateway: several, with conditions, or none at all."""

from __future__ import annotations

from tests.models import model, tags, when
from tests.story import play


def test_task_without_outgoing_flow_ends_its_path() -> None:
    story = play("implicit_end.bpmn")
    story.complete("work")

    assert story.path == ["start", "work"]
    assert story.state == "COMPLETED"


def test_two_flows_out_of_a_task_are_both_taken() -> None:
    story = play("implicit_fork.bpmn")
    story.complete("order")
    assert story.jobs == ["pack", "bill"]

    story.complete("bill")
    assert story.state == "ACTIVE"
    story.complete("pack")
    assert story.state == "COMPLETED"


def test_two_flows_into_a_task_are_two_visits() -> None:
    story = play("implicit_merge.bpmn")
    story.complete("pack")
    story.complete("bill")
    assert story.jobs == ["log", "log"]

    story.complete("log")
    story.complete("log")
    assert story.path.count("end") == 2
    assert story.state == "COMPLETED"


CHOOSING_TASK = model(
    '<startEvent id="start"/><manualTask id="look" default="look_to_other"/>'
    + tags("endEvent", "large", "even", "other")
    + when("look", "large", "amount > 10")
    + when("look", "even", "even(amount)"),
    "start -> look -> other",
)


def test_conditional_flows_out_of_a_task_are_taken_where_they_hold() -> None:
    assert play(CHOOSING_TASK, amount=12).path == ["start", "look", "large", "even"]
    assert play(CHOOSING_TASK, amount=11).path == ["start", "look", "large"]


def test_default_flow_of_a_task_is_taken_where_no_condition_holds() -> None:
    assert play(CHOOSING_TASK, amount=3).path == ["start", "look", "other"]


def test_task_with_conditions_none_of_which_holds_is_an_incident() -> None:
    xml = model(
        tags("startEvent", "start") + tags("manualTask", "look") + tags("endEvent", "end") + when("look", "end", "ok"),
        "start -> look",
    )
    story = play(xml, ok=False)
    assert story.incidents == [("look", "CONDITION_ERROR")]

    story.set_variables(ok=True)
    story.resolve()
    assert story.path == ["start", "look", "end"]
    assert story.state == "COMPLETED"
