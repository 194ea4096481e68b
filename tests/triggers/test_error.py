"""Errors: who catches what is thrown, from the inside outward; what happens where nobody does."""

from __future__ import annotations

import pytest

from engine.machine.commands import Rejection
from engine.machine.state import Incident
from tests.story import Story, play


def reason(story: Story) -> str:
    """What the only incident says."""
    (incident,) = story.waits(Incident)
    return str(incident.message)


# ---- Boundary events ------------------------------------------------------------------------------------------------


def test_a_boundary_event_catches_the_error_of_a_job() -> None:
    story = play("boundary_error_interrupting.bpmn")
    story.throw("work", "out_of_stock", "None left.")

    assert story.terminated == ["work"]
    assert story.path == ["start", "work", "caught", "handle"]


def test_a_boundary_event_without_a_code_catches_every_error() -> None:
    story = play("boundary_error_catch_all.bpmn")
    story.throw("work", "whatever")

    assert story.path == ["start", "work", "failed", "end_failed"]


@pytest.mark.parametrize(
    ("code", "caught"), [("out_of_stock", "out_of_stock"), ("whatever", "any_error"), ("", "any_error")]
)
def test_in_one_scope_the_very_code_beats_the_catch_all(code: str, caught: str) -> None:
    story = play("boundary_error_specific_first.bpmn")
    story.throw("work", code)

    assert story.path[2] == caught


def test_an_end_event_throws_an_error_out_of_its_sub_process() -> None:
    story = play("error_end.bpmn")
    story.complete("within")

    assert story.terminated == ["failed", "inside"]
    assert story.path[-2:] == ["caught", "handle"]


def test_an_end_event_may_compute_its_code_and_take_variables_along() -> None:
    story = play("error_expression.bpmn", code="out_of_stock")

    assert story.path[-2:] == ["caught", "handle"]
    assert story.variables == {"code": "out_of_stock", "reason": "sold out"}


def test_a_code_that_is_no_text_is_an_incident() -> None:
    story = play("error_expression.bpmn", code=404)
    assert story.incidents == [("failed", "EXTRACT_VALUE_ERROR")]

    story.set_variables(code="gone")
    story.resolve()
    assert story.path[-2:] == ["any_error", "end_any"]


def test_the_variables_of_an_error_stay_at_the_boundary_event() -> None:
    story = play("boundary_error_interrupting.bpmn", orderId="A-1")
    story.throw("work", "out_of_stock", missing="A chair")

    assert story.variables == {"orderId": "A-1"}


def test_an_output_mapping_takes_variables_of_an_error_further() -> None:
    story = play("error_variables_mapped.bpmn")
    story.throw("work", "out_of_stock", missing="A chair", count=3)

    assert story.variables == {"missingArticle": "A chair"}


def test_the_error_of_one_item_ends_all_items() -> None:
    story = play("multi_instance_error.bpmn", items=[1, 2, 3], orderId="A-1")
    story.complete("work")
    story.throw("work", "out_of_stock")

    assert story.terminated == ["work", "work", "work"]  # two items and the body
    assert story.path[-2:] == ["caught", "end_caught"]
    assert story.state == "COMPLETED"


# ---- Event sub-processes --------------------------------------------------------------------------------------------


def test_an_event_sub_process_catches_and_the_variables_reach_the_instance() -> None:
    story = play("event_subprocess_error_interrupting.bpmn")
    story.throw("work", "out_of_stock", missing="A chair")
    assert story.active == ["handling", "handle"]
    assert story.variables == {"missing": "A chair"}

    story.complete("handle")
    assert story.state == "COMPLETED"


def test_a_handler_that_throws_again_is_heard_further_out() -> None:
    story = play("error_from_event_subprocess.bpmn")
    story.throw("work", "out_of_stock")
    story.complete("handle")

    assert story.path[-3:] == ["thrown_again", "caught", "end_caught"]
    assert story.state == "COMPLETED"


# ---- From the inside outward ----------------------------------------------------------------------------------------


def test_the_innermost_scope_catches_and_there_the_event_sub_process_first() -> None:
    story = play("error_innermost_first.bpmn")
    story.throw("work", "out_of_stock")

    assert story.active == ["outer", "inner", "handling", "handle"]


def test_an_interrupted_scope_is_passed_over_but_its_boundary_events_are_armed() -> None:
    story = play("error_innermost_first.bpmn")
    story.throw("work", "out_of_stock")
    story.throw("handle", "out_of_stock")
    assert story.active == ["outer", "handle_inner"]

    story.throw("handle_inner", "out_of_stock")
    assert story.path[-2:] == ["caught_outer", "end_outer"]


def test_a_catch_all_inside_beats_the_very_code_outside() -> None:
    story = play("error_catch_all_inside.bpmn")
    story.throw("work", "out_of_stock")

    assert story.path[-3:] == ["any_error", "end_any", "end"]


# ---- Through call activities ----------------------------------------------------------------------------------------


def test_an_error_climbs_to_the_call_activity() -> None:
    story = play("call_activity_error.bpmn", "call_activity_error_child.bpmn")

    assert story.path_of("call_activity_error")[-2:] == ["declined", "end_declined"]
    assert story.terminated == ["call", "child_failed"]
    assert story.active == []


def test_an_error_climbs_through_several_calls() -> None:
    others = ("call_activity_error_middle.bpmn", "call_activity_error_child.bpmn")
    story = play("call_activity_nested.bpmn", *others)

    assert story.path_of("call_activity_nested") == ["start", "call_middle", "declined", "end_declined"]
    assert [instance.ended_at is not None for instance in story.instances("call_activity_error_child")] == [True]
    assert story.active == []


def test_the_error_of_a_job_climbs_too_and_its_variables_with_it() -> None:
    story = play("call_activity_event_subprocess.bpmn", "call_activity_child.bpmn")
    story.throw("child_work", "card_declined", by="bank")

    assert story.active == ["handling", "handle"]
    assert story.variables == {"by": "bank"}


# ---- Uncaught -------------------------------------------------------------------------------------------------------


def test_an_uncaught_error_of_a_job_is_an_incident_that_says_what_would_be_caught() -> None:
    story = play("boundary_error_interrupting.bpmn")
    story.throw("work", "sold_out", "None left.")

    assert story.incidents == [("work", "UNHANDLED_ERROR_EVENT")]
    assert reason(story) == (
        "An error was thrown with the code 'sold_out' and the message 'None left.', but nothing catches it. "
        "Error events around it catch: out_of_stock."
    )


def test_a_job_with_an_uncaught_error_is_not_completed_before_its_incident_is_resolved() -> None:
    story = play("boundary_error_interrupting.bpmn")
    story.throw("work", "sold_out")
    with pytest.raises(Rejection, match="resolve the incident first"):
        story.complete("work")

    story.resolve()
    story.complete("work")
    assert story.state == "COMPLETED"


def test_after_the_incident_is_resolved_the_job_may_throw_what_is_caught() -> None:
    story = play("boundary_error_interrupting.bpmn")
    story.throw("work", "sold_out")
    story.resolve()
    story.throw("work", "out_of_stock")

    assert story.jobs == ["handle"]


def test_an_uncaught_error_of_a_job_that_waits_for_its_back_off_ends_the_back_off() -> None:
    story = play("boundary_error_interrupting.bpmn")
    story.fail("work", retries=1, retry_back_off=60_000)
    story.throw("work", "sold_out")
    story.forward("PT1M")
    assert story.incidents == [("work", "UNHANDLED_ERROR_EVENT")]

    story.resolve()
    story.complete("work")
    assert story.state == "COMPLETED"


def test_an_uncaught_error_of_an_end_event_is_an_incident_and_thrown_again_by_its_resolution() -> None:
    story = play("error_end_uncaught.bpmn")
    assert story.incidents == [("failed", "UNHANDLED_ERROR_EVENT")]
    assert "No error events are around it." in reason(story)

    story.resolve()
    assert story.incidents == [("failed", "UNHANDLED_ERROR_EVENT")]


def test_an_error_that_no_caller_catches_is_an_incident_where_it_was_thrown() -> None:
    others = ("call_activity_error_middle.bpmn", "call_activity_error_child.bpmn")
    story = play("call_activity_error_middle.bpmn", *others)

    assert story.incidents == [("child_failed", "UNHANDLED_ERROR_EVENT")]
    assert story.state == "ACTIVE"


def test_a_job_whose_error_no_caller_catches_goes_on_after_its_incident() -> None:
    story = play("call_activity.bpmn", "call_activity_child.bpmn")
    story.throw("child_work", "sold_out")
    assert story.incidents == [("child_work", "UNHANDLED_ERROR_EVENT")]

    story.resolve()
    story.complete("child_work")
    assert story.jobs == ["after"]


def test_an_instance_with_an_incident_can_be_cancelled() -> None:
    story = play("error_end_uncaught.bpmn")
    story.cancel()

    assert story.state == "TERMINATED"
    assert story.incidents == []
