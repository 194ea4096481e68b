"""Events with several definitions: any of them, or (parallel multiple) all of them."""

from tests.story import deploy, play


def test_the_first_that_comes_is_enough() -> None:
    story = play("multiple_catch.bpmn", orderId="A7")
    story.message("paid", "A7", amount=12)

    assert story.state == "COMPLETED"
    assert story.variables["amount"] == 12


def test_so_is_any_other() -> None:
    story = play("multiple_catch.bpmn", orderId="A7")
    story.forward("PT1H")

    assert story.state == "COMPLETED"


def test_parallel_multiple_waits_for_all() -> None:
    story = play("parallel_multiple_catch.bpmn", orderId="A7")
    story.message("paid", "A7", amount=12)
    story.forward("PT1H")
    assert story.state == "ACTIVE"

    story.signal("closing", at="six")

    assert story.state == "COMPLETED"
    assert story.variables == {"orderId": "A7", "amount": 12, "at": "six"}


def test_on_a_boundary_a_message_or_an_error() -> None:
    by_message, by_error = (play("multiple_boundary.bpmn", orderId="A7") for _ in range(2))
    by_message.message("paid", "A7")
    by_error.throw("work", "broken")

    assert by_message.jobs == by_error.jobs == ["handle"]


def test_a_process_starts_by_either() -> None:
    story = deploy("multiple_start.bpmn")
    story.message("paid", "A7")
    story.signal("closing")

    assert story.jobs == ["work", "work"]


def test_thrown_all_are_thrown() -> None:
    story = play("multiple_throw.bpmn")

    assert sorted(story.jobs) == ["close", "handle", "within"]
