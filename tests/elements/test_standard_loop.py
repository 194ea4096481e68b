"""Standard loop: an activity again and again while its condition holds."""

from tests.story import play


def test_the_activity_is_repeated_until_it_is_done() -> None:
    story = play("standard_loop.bpmn")
    story.complete(done=False)
    assert story.jobs == ["work"]

    story.complete(done=True)

    assert story.state == "COMPLETED"
    assert len([id for id in story.path if id == "work"]) == 3  # the loop and its two rounds


def test_it_is_done_once_even_if_it_was_done_before() -> None:
    assert play("standard_loop.bpmn", done=True).jobs == ["work"]


def test_tested_before_it_may_never_be_done() -> None:
    story = play("standard_loop_test_before.bpmn", done=True)

    assert story.state == "COMPLETED"
    assert story.completed == ["start", "work", "end"]


def test_tested_before_it_is_tested_before_each_round() -> None:
    story = play("standard_loop_test_before.bpmn", done=False)
    story.complete(done=True)

    assert story.state == "COMPLETED"


def test_each_round_knows_its_number() -> None:
    story = play("standard_loop.bpmn")
    story.complete(done=False)

    assert story.job().element.variables["loopCounter"].value == 2


def test_the_maximum_ends_it() -> None:
    story = play("standard_loop_maximum.bpmn")
    for _ in range(3):
        story.complete(done=False)

    assert story.state == "COMPLETED"


def test_a_condition_that_is_no_boolean_is_an_incident_of_the_round() -> None:
    story = play("standard_loop.bpmn")
    story.complete(done="perhaps")
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]

    story.set_variables(done=False)
    story.resolve()

    assert story.jobs == ["work"]
