"""Timers: dates, durations, cycles and cron, as catch and boundary events; what is due when."""

from __future__ import annotations

import pytest

from engine.machine.commands import Rejection, TriggerTimer
from engine.machine.state import Timer
from engine.triggers.schedule import from_milliseconds
from tests.story import BEGINNING, Story, play

HOUR = 3_600_000


def due(story: Story) -> list[str]:
    """When the open timers are due, oldest timer first."""
    return [from_milliseconds(timer.due_at).strftime("%a %d %b %H:%M") for timer in story.waits(Timer)]


def trigger(story: Story, index: int = 0) -> None:
    """The runtime triggers an open timer, now."""
    story.do(TriggerTimer(timer_key=story.waits(Timer)[index].key))


# ---- Catch events ---------------------------------------------------------------------------------------------------


def test_three_weeks_pass() -> None:
    story = play("timer_catch_duration.bpmn")
    story.forward("P20D")
    assert story.active == ["three_weeks"]

    story.forward("P1D")
    assert story.state == "COMPLETED"


def test_a_date_comes() -> None:
    story = play("timer_catch_date.bpmn", dueDate="2026-01-01T12:00:00+01:00")
    story.forward("PT10H59M")
    assert story.active == ["at_date"]

    story.forward("PT1M")
    assert story.state == "COMPLETED"


def test_a_date_in_the_past_is_due_at_once() -> None:
    story = play("timer_catch_date.bpmn", dueDate="2025-12-31T00:00:00Z")
    story.forward("PT0S")

    assert story.state == "COMPLETED"


@pytest.mark.parametrize("delay", ["-PT1H", "PT0S", "-P3M"])
def test_a_duration_of_nothing_or_less_is_due_at_once(delay: str) -> None:
    story = play("timer_catch_expression.bpmn", delay=delay)
    story.forward("PT0S")

    assert story.state == "COMPLETED"


def test_a_duration_of_months_follows_the_calendar() -> None:
    story = play("timer_catch_expression.bpmn", delay="P1M")

    assert due(story) == ["Sun 01 Feb 00:00"]


def test_a_timer_that_cannot_be_computed_is_an_incident_until_its_variable_is_there() -> None:
    story = play("timer_catch_date.bpmn")
    assert story.incidents == [("at_date", "EXTRACT_VALUE_ERROR")]

    story.set_variables(dueDate="tomorrow")
    story.resolve()
    assert story.incidents == [("at_date", "EXTRACT_VALUE_ERROR")]

    story.set_variables(dueDate="2026-01-02T00:00:00Z")
    story.resolve()
    assert story.incidents == []
    assert due(story) == ["Fri 02 Jan 00:00"]


def test_a_cycle_on_a_catch_event_comes_once() -> None:
    story = play("timer_catch_cycle.bpmn")
    story.forward("PT1H")

    assert story.state == "COMPLETED"


# ---- Boundary events ------------------------------------------------------------------------------------------------


def test_an_interrupting_boundary_timer_ends_the_work() -> None:
    story = play("boundary_timer_interrupting.bpmn")
    story.forward("PT1H")

    assert story.terminated == ["work"]
    assert story.jobs == ["handle"]


def test_work_that_is_done_in_time_disarms_the_timer() -> None:
    story = play("boundary_timer_interrupting.bpmn")
    story.complete("work")
    story.forward("P1D")

    assert story.state == "COMPLETED"
    assert "caught" not in story.path


def test_a_non_interrupting_boundary_timer_leaves_the_work() -> None:
    story = play("boundary_timer_non_interrupting.bpmn")
    story.forward("PT1H")
    assert story.jobs == ["work", "handle"]

    story.complete("work")
    assert story.state == "ACTIVE"
    story.complete("handle")
    assert story.state == "COMPLETED"


def test_a_plain_timer_comes_only_once() -> None:
    story = play("boundary_timer_non_interrupting.bpmn")
    story.forward("P1D")

    assert story.path.count("caught") == 1


def test_a_cycle_comes_as_often_as_it_says() -> None:
    story = play("boundary_timer_cycle.bpmn")
    story.forward("P1D")

    assert story.jobs == ["work", "remind", "remind", "remind"]
    assert story.waits(Timer) == []


def test_a_cycle_ends_with_its_activity() -> None:
    story = play("boundary_timer_cycle.bpmn")
    story.forward("PT1H")
    story.complete("work")

    assert story.waits(Timer) == []
    story.complete("remind")
    assert story.state == "COMPLETED"


def test_a_cycle_counts_from_its_previous_date_and_does_not_drift() -> None:
    story = play("boundary_timer_cycle.bpmn")
    story.now = BEGINNING + HOUR + 600_000  # the runtime comes ten minutes late
    trigger(story)

    assert due(story) == ["Thu 01 Jan 02:00"]


def test_a_cycle_makes_up_for_dates_that_were_missed() -> None:
    story = play("boundary_timer_cycle.bpmn")
    story.now = BEGINNING + 5 * HOUR
    story.forward("PT0S")

    assert story.jobs == ["work", "remind", "remind", "remind"]


def test_a_cron_cycle_counts_from_now_and_misses_what_is_past() -> None:
    story = play("boundary_timer_cron.bpmn")
    assert due(story) == ["Thu 01 Jan 09:00"]

    story.now = BEGINNING + 50 * HOUR  # Saturday, 2:00
    trigger(story)
    assert due(story) == ["Mon 05 Jan 09:00"]
    assert story.jobs == ["work", "remind"]


def test_the_timers_of_an_activity_see_its_locals_and_take_expressions() -> None:
    story = play("boundary_timer_expression.bpmn", order={"limit": "2026-01-01T02:30:00Z"}, interval="R/PT1H")
    story.forward("PT2H29M")
    assert story.path.count("every") == 2

    story.forward("PT1M")
    assert story.state == "COMPLETED"
    assert story.path[-2:] == ["late", "end_late"]


def test_a_boundary_timer_that_cannot_be_computed_keeps_the_work_from_beginning() -> None:
    story = play("boundary_timer_expression.bpmn", order={"limit": "2026-01-01T02:30:00Z"})
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert story.jobs == []
    assert story.waits(Timer) == []

    story.set_variables(interval="R2/PT1H")
    story.resolve()
    assert story.jobs == ["work"]
    assert len(story.waits(Timer)) == 2


# ---- In one instant -------------------------------------------------------------------------------------------------


def test_of_two_boundary_timers_due_at_once_both_come_in_their_order() -> None:
    story = play("boundary_timers_at_once.bpmn")
    story.forward("PT1H")

    assert story.path == ["start", "work", "reminded", "end_reminded", "late", "end_late"]
    assert story.state == "COMPLETED"


def test_after_the_interrupting_one_the_other_has_nothing_to_come_to() -> None:
    story = play("boundary_timers_at_once.bpmn")
    story.now = BEGINNING + HOUR
    reminder, limit = story.waits(Timer)
    story.do(TriggerTimer(timer_key=limit.key))

    with pytest.raises(Rejection, match="does not exist or has ended"):
        story.do(TriggerTimer(timer_key=reminder.key))
    assert story.path == ["start", "work", "late", "end_late"]


def test_a_timer_of_a_suspended_instance_waits_until_it_is_resumed() -> None:
    story = play("boundary_timer_interrupting.bpmn")
    story.suspend()
    story.now = BEGINNING + 2 * HOUR
    with pytest.raises(Rejection, match="suspended"):
        trigger(story)

    story.resume()
    story.forward("PT0S")
    assert story.jobs == ["handle"]
