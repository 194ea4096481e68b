"""Start events: none, message, signal and timer; one of several starts an instance."""

from __future__ import annotations

import pytest

from engine.machine.commands import Rejection
from tests.story import deploy, play


def test_a_process_begins_at_its_none_start_event() -> None:
    story = play("one_task.bpmn", amount=12)

    assert story.active == ["work"]
    assert story.variables == {"amount": 12}


def test_a_message_starts_an_instance_with_its_variables() -> None:
    story = deploy("message_start.bpmn")
    story.message("order_placed", "", orderId="A-1")

    assert story.path == ["order_placed", "work"]
    assert story.variables == {"orderId": "A-1"}


def test_every_message_starts_an_instance_of_its_own() -> None:
    story = deploy("message_start.bpmn")
    story.message("order_placed", "", orderId="A-1")
    story.message("order_placed", "", orderId="A-2")

    started = story.instances("message_start")
    assert [story.variables_of(instance)["orderId"] for instance in started] == ["A-1", "A-2"]


def test_a_message_of_another_name_starts_nothing() -> None:
    story = deploy("message_start.bpmn")

    assert story.message("order_changed") == 0
    assert story.path == []


def test_a_signal_starts_every_process_that_waits_for_it() -> None:
    story = deploy("signal_start.bpmn", "several_start_events.bpmn")
    story.signal("opened", shop="Main Street")

    assert story.path == ["shop_opened", "work", "shop_opened", "work"]
    assert story.variables == {"shop": "Main Street"}


def test_a_timer_starts_an_instance_without_variables() -> None:
    story = deploy("timer_start_cycle.bpmn")
    story.start_timer("timer_start_cycle")

    assert story.path == ["every_hour", "work"]
    assert story.variables == {}


@pytest.mark.parametrize("process_id", ["timer_start_cron", "timer_start_date"])
def test_timers_of_every_kind_start(process_id: str) -> None:
    story = deploy(f"{process_id}.bpmn")
    story.start_timer(process_id)

    assert story.active == ["work"]


def test_of_several_start_events_the_one_that_came_is_entered() -> None:
    story = deploy("several_start_events.bpmn")
    story.start("several_start_events")
    story.message("order_placed")
    story.signal("opened")

    assert story.path == ["start", "work", "order_placed", "work", "shop_opened", "work"]


def test_a_process_without_a_none_start_event_is_not_started_by_hand() -> None:
    story = deploy("message_start.bpmn")

    with pytest.raises(Rejection, match="to have a none start event, but it has none") as refused:
        story.start("message_start")
    assert refused.value.kind == "INVALID_STATE"
    assert story.path == []
