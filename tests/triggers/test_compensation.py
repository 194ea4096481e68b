"""Compensation: what was completed is undone, once per completion, and the throw waits for it."""

from __future__ import annotations

from tests.story import Story, play


def undone(story: Story) -> list[str]:
    """The handlers that were entered, in their order."""
    return [id for id in story.path if id.startswith("undo_") and not id.startswith(("undo_all", "undo_again"))]


# ---- What is undone -------------------------------------------------------------------------------------------------


def test_a_throw_undoes_all_that_was_completed_the_last_first_and_waits_for_it() -> None:
    story = play("compensation_throw.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    assert story.jobs == ["undo_book_flight", "undo_book_hotel"]

    story.complete("undo_book_hotel")
    assert story.jobs == ["undo_book_flight"]
    story.complete("undo_book_flight")
    assert story.jobs == ["apologize"]


def test_the_boundary_event_that_ties_a_handler_is_never_entered() -> None:
    story = play("compensation_throw.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")

    assert "undo_book_hotel_event" not in story.path


def test_an_end_event_undoes_only_what_was_completed() -> None:
    story = play("compensation_end.bpmn", fly=False)
    story.complete("book_hotel")
    assert story.jobs == ["undo_book_hotel"]

    story.complete("undo_book_hotel")
    assert story.state == "COMPLETED"


def test_without_anything_completed_a_throw_goes_on_at_once() -> None:
    story = play("compensation_interrupted.bpmn")
    story.throw("book_hotel", "sold_out")

    assert story.state == "COMPLETED"
    assert undone(story) == []


def test_a_sub_process_that_was_interrupted_is_not_undone() -> None:
    story = play("compensation_interrupted.bpmn")
    story.complete("book_hotel")
    story.throw("book_flight", "sold_out")

    assert story.state == "COMPLETED"
    assert undone(story) == []


def test_what_is_still_under_way_is_not_undone() -> None:
    story = play("compensation_parallel_throw.bpmn")
    story.complete("book_hotel")
    story.complete("change_mind")
    assert story.jobs == ["book_flight", "undo_book_hotel"]

    story.complete("book_flight")
    story.complete("undo_book_hotel")
    assert story.state == "COMPLETED"
    assert undone(story) == ["undo_book_hotel"]


def test_every_completion_is_undone_once() -> None:
    story = play("compensation_loop.bpmn", more=True)
    story.complete("book_room")
    story.complete("book_room")
    story.complete("book_room", more=False)

    assert story.jobs == ["undo_book_room"] * 3


def test_a_second_throw_finds_nothing_left() -> None:
    story = play("compensation_twice.bpmn")
    story.complete("book_hotel")
    story.complete("undo_book_hotel")

    assert story.state == "COMPLETED"
    assert undone(story) == ["undo_book_hotel"]


def test_an_activity_ref_narrows_it_to_one_activity() -> None:
    story = play("compensation_activity_ref.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    assert story.jobs == ["undo_book_flight"]

    story.complete("undo_book_flight")
    assert story.state == "COMPLETED"


def test_an_activity_ref_to_a_sub_process_undoes_what_was_done_in_it() -> None:
    story = play("compensation_subprocess_ref.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    assert story.jobs == ["undo_book_flight"]


def test_the_last_completed_is_undone_first_also_across_sub_processes() -> None:
    story = play("compensation_order.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    story.complete("plan_trip")
    story.complete("change_mind")

    assert story.jobs == ["undo_book_flight", "undo_book_hotel"]


# ---- How far it reaches ---------------------------------------------------------------------------------------------


def test_it_reaches_into_completed_sub_processes() -> None:
    story = play("compensation_in_subprocess.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")

    assert story.jobs == ["undo_book_flight", "undo_book_hotel"]


def test_it_never_reaches_the_parent() -> None:
    story = play("compensation_not_of_parent.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    assert story.jobs == ["undo_book_flight"]

    story.complete("undo_book_flight")
    assert story.state == "COMPLETED"


def test_from_an_event_sub_process_it_reaches_the_enclosing_scope() -> None:
    story = play("compensation_from_event_subprocess.bpmn")
    story.complete("book_hotel")
    story.throw("book_flight", "sold_out")
    assert story.jobs == ["undo_book_hotel"]

    story.complete("undo_book_hotel")
    assert story.state == "COMPLETED"


def test_a_sub_process_with_a_handler_and_what_was_done_in_it_are_both_undone() -> None:
    story = play("compensation_subprocess_handler.bpmn")
    story.complete("book_flight")

    assert sorted(story.jobs) == ["undo_book_flight", "undo_journey"]


def test_it_stops_at_a_call_activity_which_may_have_a_handler_of_its_own() -> None:
    story = play("compensation_stops_at_call.bpmn", "compensation_in_subprocess.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    for _ in range(2):  # the called process itself undoes what it has done
        story.complete()
    assert story.jobs == ["undo_call"]

    story.complete("undo_call")
    assert story.state == "COMPLETED"


def test_a_multi_instance_activity_is_undone_once() -> None:
    story = play("compensation_multi_instance.bpmn", rooms=[1, 2, 3])
    for _ in range(3):
        story.complete("book_room")

    assert story.jobs == ["undo_book_room"]


def test_what_was_done_in_each_round_of_a_multi_instance_sub_process_is_undone() -> None:
    story = play("compensation_in_multi_instance.bpmn", cities=["Bern", "Rome"])
    story.complete("book_hotel")
    story.complete("book_hotel")
    assert story.jobs == ["undo_book_hotel", "undo_book_hotel"]
    assert [job.element.variables["city"].value for job in (story.job(), story.waits(type(story.job()))[1])] == [
        "Rome",
        "Bern",
    ]

    story.complete()
    story.complete()
    assert story.state == "COMPLETED"


# ---- Handlers -------------------------------------------------------------------------------------------------------


def test_a_handler_sees_the_locals_of_the_completed_sub_process_and_the_variables_of_now() -> None:
    story = play("compensation_locals.bpmn", city="Bern")
    story.complete("book_hotel", booking="B-1")
    story.set_variables(city="Rome", booking="of the process")
    story.complete("change_plans")

    assert story.locals("undo_book_hotel") == {"booking": "B-1", "place": "Bern"}
    assert story.variables["city"] == "Rome"


def test_a_handler_may_be_a_multi_instance_activity() -> None:
    story = play("compensation_handler_multi_instance.bpmn", rooms=[1, 2])
    story.complete("book_rooms")
    assert story.jobs == ["cancel_room", "cancel_room"]

    story.complete("cancel_room")
    assert story.state == "ACTIVE"
    story.complete("cancel_room")
    assert story.state == "COMPLETED"


def test_a_handler_may_be_a_sub_process() -> None:
    story = play("compensation_handler_subprocess.bpmn")
    story.complete("book_room")
    story.complete("cancel_room")
    assert story.jobs == ["refund"]

    story.complete("refund")
    assert story.state == "COMPLETED"


def test_a_handler_that_is_stuck_holds_the_throw_up() -> None:
    story = play("compensation_throw.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    story.complete("undo_book_flight")
    story.fail("undo_book_hotel", retries=0)
    assert story.incidents == [("undo_book_hotel", "JOB_NO_RETRIES")]

    story.update_job("undo_book_hotel", retries=1)
    story.resolve()
    story.complete("undo_book_hotel")
    assert story.jobs == ["apologize"]


def test_a_process_can_be_cancelled_while_it_undoes() -> None:
    story = play("compensation_throw.bpmn")
    story.complete("book_hotel")
    story.complete("book_flight")
    story.cancel()

    assert story.state == "TERMINATED"
    assert story.jobs == []
