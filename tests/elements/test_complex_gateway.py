"""Complex gateway: goes on when enough tokens have arrived, and swallows those that come after."""

from tests.models import flows, job, model, tags, when
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


def test_a_condition_that_cannot_be_told_is_no_incident_any_longer_once_its_scope_is_interrupted() -> None:
    join = '<complexGateway id="join"><activationCondition>=activationCount &gt;= need</activationCondition>'
    start = '<startEvent id="give_up"><signalEventDefinition signalRef="s"/></startEvent>'
    watch = f'<subProcess id="watch" triggeredByEvent="true">{start}{job("mend")}'
    watch += f'{flows("give_up -> mend")}</subProcess>'
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork") + job("a") + job("b")
    story = play(
        model(
            f"{elements}{join}</complexGateway>{watch}",
            "start -> fork -> a -> join",
            "fork -> b -> join",
            roots='<signal id="s" name="s"/>',
        )
    )
    story.complete("a")
    assert story.incidents == [("process", "EXTRACT_VALUE_ERROR")]

    story.signal("s")

    assert story.incidents == []
    assert story.jobs == ["mend"]
