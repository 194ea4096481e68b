"""A sub-process that says itself how it is undone, by an event sub-process that starts with compensation."""

from tests.story import Story, play


def thrown() -> Story:
    story = play("compensation_event_subprocess.bpmn")
    story.complete("book")
    story.complete("pay")
    return story


def test_the_event_subprocess_undoes_the_subprocess() -> None:
    assert thrown().jobs == ["call_agent"]


def test_what_was_done_inside_is_undone_only_when_it_says_so() -> None:
    story = thrown()
    assert "undo_book" not in story.jobs

    story.complete("call_agent")

    assert story.jobs == ["undo_book"]


def test_the_throw_waits_for_all_of_it() -> None:
    story = thrown()
    story.complete("call_agent")
    assert story.state == "ACTIVE"

    story.complete("undo_book")

    assert story.state == "COMPLETED"


def test_it_sees_the_variables_that_the_subprocess_had() -> None:
    story = thrown()

    assert story.locals("undo_trip")["tripNumber"] == "A7"


def test_a_subprocess_that_never_completed_is_not_undone() -> None:
    story = play("compensation_event_subprocess.bpmn")
    story.cancel()

    assert "undo_trip" not in story.path
