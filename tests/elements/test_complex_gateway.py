"""Complex gateway: goes on when enough tokens have arrived, and swallows those that come after."""

from tests.models import job, model, tags, when
from tests.story import play


def test_two_of_three_opinions_are_enough() -> None:
    story = play("complex_gateway.bpmn")
    story.complete("third")
    assert "decide" not in story.jobs

    story.complete("first")

    assert "decide" in story.jobs


def test_the_late_opinion_is_swallowed() -> None:
    story = play("complex_gateway.bpmn")
    story.complete("third")
    story.complete("first")
    story.complete("decide")
    assert story.state == "ACTIVE"

    story.complete("second")

    assert story.state == "COMPLETED"
    assert story.path.count("decide") == 1


def test_the_late_opinion_may_come_before_the_decision() -> None:
    story = play("complex_gateway.bpmn")
    for expert in ("third", "first", "second"):
        story.complete(expert)
    assert story.jobs == ["decide"]

    story.complete("decide")

    assert story.state == "COMPLETED"


def test_it_forks_like_an_inclusive_gateway() -> None:
    story = play(
        model(
            tags("startEvent", "start")
            + '<complexGateway id="x" default="x_to_c"/>'
            + job("a")
            + job("b")
            + job("c")
            + when("x", "a", "n > 1")
            + when("x", "b", "n > 2"),
            "start -> x -> c",
        ),
        n=3,
    )

    assert story.jobs == ["a", "b"]
