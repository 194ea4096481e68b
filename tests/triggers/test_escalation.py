"""Escalations: the scopes around are told; whether anybody listens or not, it is not an error."""

from __future__ import annotations

from tests.story import play


def test_a_non_interrupting_boundary_event_hears_while_the_sub_process_goes_on() -> None:
    story = play("escalation_throw.bpmn")
    assert sorted(story.jobs) == ["handle", "work"]

    story.complete("work")
    story.complete("after")
    story.complete("handle")
    assert story.state == "COMPLETED"


def test_an_interrupting_boundary_event_ends_the_sub_process_and_the_throw_never_completes() -> None:
    story = play("boundary_escalation_interrupting.bpmn")
    story.complete("before")

    assert story.jobs == ["handle"]
    assert "raise_late" not in story.completed
    assert story.terminated == ["raise_late", "host"]


def test_an_end_event_escalates_and_both_ways_go_on() -> None:
    story = play("escalation_end.bpmn")

    assert sorted(story.jobs) == ["after", "handle"]
    assert "raise_late" in story.completed


def test_an_event_without_a_code_hears_every_escalation() -> None:
    story = play("escalation_catch_all.bpmn")

    assert "caught" in story.path
    assert story.state == "COMPLETED"


def test_the_very_code_beats_the_catch_all_and_variables_go_to_the_flow_scope() -> None:
    story = play("escalation_specific_first.bpmn")

    assert "late" in story.path
    assert "any_escalation" not in story.path
    assert story.variables == {"days": 5}


def test_an_escalation_that_nobody_hears_changes_nothing() -> None:
    story = play("escalation_uncaught.bpmn")

    assert story.state == "COMPLETED"
    assert story.incidents == []


def test_an_interrupting_event_sub_process_takes_over() -> None:
    story = play("event_subprocess_escalation_interrupting.bpmn")
    story.complete("before")
    assert story.active == ["handling", "handle"]
    assert "raise_late" not in story.completed

    story.complete("handle")
    assert story.state == "COMPLETED"


def test_a_non_interrupting_event_sub_process_runs_beside_the_flow() -> None:
    story = play("event_subprocess_escalation_non_interrupting.bpmn")
    story.complete("before")

    assert sorted(story.jobs) == ["handle", "work"]


def test_a_handler_that_escalates_is_heard_further_out_and_not_by_itself() -> None:
    story = play("escalation_from_event_subprocess.bpmn")

    assert story.path.count("handling") == 1
    assert story.path.count("caught") == 1
    assert story.active == ["inside", "work"]


# ---- Through call activities ----------------------------------------------------------------------------------------


def test_a_calling_process_may_listen_while_the_called_one_goes_on() -> None:
    story = play("call_activity_escalation.bpmn", "call_activity_escalation_child.bpmn")

    assert sorted(story.jobs) == ["child_work", "handle"]


def test_an_interrupting_event_of_the_calling_process_ends_the_call_and_the_throw_never_completes() -> None:
    story = play("call_activity_escalation_interrupting.bpmn", "call_activity_escalation_child.bpmn")

    assert story.jobs == ["handle"]
    assert "raise_late" not in story.completed
    assert "child_work" not in story.path


def test_if_nobody_above_listens_the_called_process_goes_on() -> None:
    story = play("call_activity_escalation_uncaught.bpmn", "call_activity_escalation_child.bpmn")
    assert story.jobs == ["child_work"]
    assert story.incidents == []

    story.complete("child_work")
    assert story.state == "COMPLETED"
