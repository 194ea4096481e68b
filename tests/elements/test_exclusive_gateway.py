"""Exclusive gateway: the first flow whose condition is true, otherwise the default."""

from __future__ import annotations

import pytest

from engine.machine.state import Incident
from tests.models import model, tags, when
from tests.story import Story, play


def choose(condition: str, default: str = "", **variables: object) -> Story:
    """A gateway with one condition, to `yes`, and a default flow to `no` if there is one."""
    gateway = f'<exclusiveGateway id="choose"{default}/>'
    elements = f'<startEvent id="start"/>{gateway}' + tags("endEvent", "yes", "no") + when("choose", "yes", condition)
    ways = ["start -> choose", "choose -> no"] if default else ["start -> choose"]
    return play(model(elements, *ways), **variables)


def test_condition_decides() -> None:
    assert play("exclusive_gateway.bpmn", amount=12).path[-1] == "large"
    assert play("exclusive_gateway.bpmn", amount=10).path[-1] == "small"


def test_flows_come_together_without_waiting() -> None:
    story = play("exclusive_gateway.bpmn", amount=12)
    story.complete("large")
    assert story.path == ["start", "how_much", "large", "join", "end"]
    assert story.state == "COMPLETED"


def test_first_true_condition_in_the_order_of_the_file_wins() -> None:
    elements = tags("startEvent", "start") + tags("exclusiveGateway", "choose") + tags("endEvent", "a", "b")
    story = play(model(elements + when("choose", "b", "true") + when("choose", "a", "true"), "start -> choose"))
    assert story.path == ["start", "choose", "b"]


def test_condition_after_the_chosen_one_is_not_evaluated() -> None:
    elements = tags("startEvent", "start") + tags("exclusiveGateway", "choose") + tags("endEvent", "a", "b")
    conditions = when("choose", "a", "true") + when("choose", "b", "assert(x, false)")
    story = play(model(elements + conditions, "start -> choose"))
    assert story.state == "COMPLETED"


def test_no_condition_and_no_default_is_an_incident() -> None:
    story = play("exclusive_gateway_no_default.bpmn", amount=7)
    (incident,) = story.waits(Incident)
    assert (incident.element.node.id, incident.type.name) == ("how_much", "CONDITION_ERROR")
    assert "amount > 10" in incident.message

    story.set_variables(amount=3)
    story.resolve()
    assert story.jobs == ["small"]


def test_resolving_without_a_mend_is_a_new_incident() -> None:
    story = play("exclusive_gateway_no_default.bpmn", amount=7)
    (first,) = story.waits(Incident)
    story.resolve()
    (second,) = story.waits(Incident)
    assert second.key != first.key
    assert story.jobs == []


@pytest.mark.parametrize("value", [None, 1, "true", [True]])
def test_condition_that_is_no_boolean_is_an_incident(value: object) -> None:
    story = choose("answer", ' default="choose_to_no"', answer=value)
    assert story.incidents == [("choose", "EXTRACT_VALUE_ERROR")]

    story.set_variables(answer=False)
    story.resolve()
    assert story.path == ["start", "choose", "no"]


def test_condition_over_a_missing_variable_is_an_incident() -> None:
    story = choose("amount > 10", ' default="choose_to_no"')
    assert story.incidents == [("choose", "EXTRACT_VALUE_ERROR")]


def test_condition_of_the_default_flow_is_not_asked() -> None:
    elements = (
        '<startEvent id="start"/><exclusiveGateway id="choose" default="choose_to_b"/>'
        + tags("endEvent", "a", "b")
        + when("choose", "b", "false")
        + when("choose", "a", "false")
    )
    assert play(model(elements, "start -> choose")).path == ["start", "choose", "b"]


def test_single_flow_out_needs_no_condition() -> None:
    elements = tags("startEvent", "start") + tags("exclusiveGateway", "merge") + tags("endEvent", "end")
    assert play(model(elements, "start -> merge -> end")).state == "COMPLETED"


def test_gateway_without_a_flow_out_ends_its_path() -> None:
    elements = tags("startEvent", "start") + tags("exclusiveGateway", "merge")
    assert play(model(elements, "start -> merge")).state == "COMPLETED"


def test_loop_goes_round_until_it_is_good() -> None:
    story = play("loop_back.bpmn")
    story.complete("try", good=False)
    story.complete("try", good=False)
    story.complete("try", good=True)
    assert story.path == ["start", *["retry", "try", "good"] * 3, "end"]
    assert story.state == "COMPLETED"
