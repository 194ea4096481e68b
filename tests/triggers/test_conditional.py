"""Conditional events: evaluated as their scope opens, and once for every change of variables that they see."""

from __future__ import annotations

import pytest

from tests.story import play

# ---- Catch events ---------------------------------------------------------------------------------------------------


def test_a_condition_that_holds_already_passes_at_once() -> None:
    story = play("conditional_catch.bpmn", amount=101)

    assert story.state == "COMPLETED"


def test_a_condition_waits_until_a_change_makes_it_true() -> None:
    story = play("conditional_catch.bpmn", amount=1)
    story.set_variables(amount=100)
    assert story.active == ["large"]

    story.set_variables(amount=101)
    assert story.state == "COMPLETED"


def test_a_variable_that_is_missing_makes_it_false() -> None:
    story = play("conditional_catch.bpmn")
    assert story.active == ["large"]

    story.set_variables(amount=101)
    assert story.state == "COMPLETED"


def test_a_condition_that_fails_counts_as_false() -> None:
    story = play("conditional_fails.bpmn", amount=13)
    assert story.active == ["large"]
    assert story.incidents == []

    story.set_variables(amount=101)
    assert story.state == "COMPLETED"


@pytest.mark.parametrize("value", ["many", None, [1], {"n": 1000}])
def test_a_value_that_cannot_be_compared_counts_as_false(value: object) -> None:
    story = play("conditional_catch.bpmn", amount=value)

    assert story.active == ["large"]
    assert story.incidents == []


# ---- Boundary events ------------------------------------------------------------------------------------------------


def test_an_interrupting_boundary_condition_ends_the_work() -> None:
    story = play("conditional_boundary_interrupting.bpmn", amount=1)
    story.set_variables(amount=200)

    assert story.terminated == ["work"]
    assert story.path[-2:] == ["large", "end_large"]


def test_the_result_of_a_job_may_make_it_true_but_its_activity_is_done() -> None:
    story = play("conditional_boundary_interrupting.bpmn", amount=1)
    story.complete("work", amount=200)

    assert story.path == ["start", "work", "end"]


def test_a_non_interrupting_boundary_condition_comes_for_every_change_while_it_holds() -> None:
    story = play("conditional_boundary_non_interrupting.bpmn", amount=1)
    story.set_variables(amount=200)
    story.set_variables(amount=50)
    story.set_variables(amount=300)
    story.set_variables(amount=400)

    assert story.path.count("large") == 3
    assert story.active == ["work"]


def test_a_condition_that_holds_as_it_opens_comes_once_whatever_was_set_before() -> None:
    story = play("conditional_boundary_non_interrupting.bpmn", amount=200)

    assert story.path.count("large") == 1


def test_several_variables_that_are_set_together_are_one_change() -> None:
    story = play("conditional_boundary_non_interrupting.bpmn", amount=1)
    story.set_variables(amount=200, other=1)

    assert story.path.count("large") == 1


def test_a_variable_that_keeps_its_value_is_no_change() -> None:
    story = play("conditional_boundary_non_interrupting.bpmn", amount=1)
    story.set_variables(amount=200)
    story.set_variables(amount=200)

    assert story.path.count("large") == 1


# ---- Filters --------------------------------------------------------------------------------------------------------


def test_a_filter_by_name_passes_over_other_variables() -> None:
    story = play("conditional_filter_names.bpmn", amount=10, limit=100)
    story.set_variables(amount=200)
    assert story.path.count("large") == 0

    story.set_variables(limit=150)
    assert story.path.count("large") == 1


def test_a_filter_by_create_takes_new_variables_only() -> None:
    story = play("conditional_filter_create.bpmn")
    story.set_variables(note="first")
    story.set_variables(note="second")

    assert story.path.count("noted") == 1


def test_a_filter_by_update_takes_changes_only() -> None:
    story = play("conditional_filter_update.bpmn")
    story.set_variables(note="first")
    assert story.path.count("noted") == 0

    story.set_variables(note="second")
    story.set_variables(note="third")
    assert story.path.count("noted") == 2


# ---- Scopes ---------------------------------------------------------------------------------------------------------


def test_a_change_counts_downward_from_its_scope() -> None:
    story = play("conditional_scopes.bpmn", amount=1)
    story.set_variables("beside", local=True, amount=200)
    assert "large" in story.active

    story.set_variables("inside", local=True, amount=200)
    assert "large" not in story.active


def test_an_interrupting_event_sub_process_takes_over() -> None:
    story = play("conditional_event_subprocess_interrupting.bpmn", amount=1)
    story.set_variables(amount=200)
    assert story.active == ["handling", "handle"]

    story.complete("handle")
    assert story.state == "COMPLETED"


def test_an_event_sub_process_whose_condition_holds_from_the_start_takes_over_at_once() -> None:
    story = play("conditional_event_subprocess_interrupting.bpmn", amount=200)

    assert story.active == ["handling", "handle"]
    assert story.path.count("handling") == 1


def test_a_non_interrupting_event_sub_process_runs_for_every_change_while_it_holds() -> None:
    story = play("conditional_event_subprocess_non_interrupting.bpmn", amount=200)
    assert story.path.count("handling") == 1

    story.set_variables(amount=300)
    story.set_variables(amount=3)
    assert story.path.count("handling") == 2


# ---- Event-based gateway --------------------------------------------------------------------------------------------


def test_a_condition_may_decide_at_an_event_based_gateway() -> None:
    story = play("conditional_event_based_gateway.bpmn", amount=1)
    story.set_variables(amount=200)

    assert story.path == ["start", "wait", "large", "end_large"]
    assert story.state == "COMPLETED"


def test_a_condition_that_holds_already_decides_at_once() -> None:
    story = play("conditional_event_based_gateway.bpmn", amount=200)

    assert story.path == ["start", "wait", "large", "end_large"]
