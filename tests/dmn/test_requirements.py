"""The requirements graph: order, scopes, knowledge models, services, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import dmn
from tests.dmn.writing import (
    decision,
    element,
    input_data,
    knowledge,
    literal,
    read,
    read_as_is,
    spec,
    table,
)


def service(name: str, *, outputs: str, inputs: str = "", decisions: str = "", type: str = "") -> str:
    def references(kind: str, names: str) -> list[str]:
        return [element(kind, href=f"#{each.strip()}") for each in names.split(",") if each.strip()]

    return element(
        "decisionService",
        element("variable", name=name, type=type),
        *references("outputDecision", outputs),
        *references("inputDecision", decisions),
        *references("inputData", inputs),
        id=name,
        name=name,
    )


# -- decisions -------------------------------------------------------------------------------------------


DISH = (
    decision("season", table('UNIQUE | temperature || season\n | > 25 || "summer"\n | <= 25 || "winter"')),
    decision("dish", 'if season = "summer" then "salad" else "stew"', needs="season"),
)


def test_a_decision_sees_the_result_of_the_one_it_requires() -> None:
    assert read(*DISH).evaluate("dish", {"temperature": 30}).value == "salad"


def test_the_trace_lists_what_is_required_first() -> None:
    result = read(*DISH).evaluate("dish", {"temperature": 30})
    assert [(one.id, one.type.value, one.value) for one in result.decisions] == [
        ("season", "DECISION_TABLE", "summer"),
        ("dish", "LITERAL_EXPRESSION", "salad"),
    ]


def test_each_decision_is_evaluated_once() -> None:
    model = read(
        decision("base", "n + 1"),
        decision("left", "base * 2", needs="base"),
        decision("right", "base * 3", needs="base"),
        decision("top", "left + right", needs="left, right"),
    )
    result = model.evaluate("top", {"n": 1})
    assert result.value == 10
    assert [one.id for one in result.decisions] == ["base", "left", "right", "top"]


def test_only_what_is_required_is_evaluated() -> None:
    model = read(
        decision("used", "1"),
        decision("unused", 'assert(1, false, "never")'),
        decision("top", "used", needs="used"),
    )
    assert [one.id for one in model.evaluate("top", {}).decisions] == ["used", "top"]


def test_a_decision_is_found_by_id_and_by_name() -> None:
    named = element("decision", literal("1"), id="dish_1", name="Dish of the day")
    model = read(named)
    assert model.evaluate("dish_1", {}).value == model.evaluate("Dish of the day", {}).value == 1
    with pytest.raises(dmn.UnknownDecision, match="no decision 'dessert'; the model has 'dish_1'"):
        model.evaluate("dessert", {})


def test_camunda_sees_a_required_decision_by_id_name_and_variable() -> None:
    season = element("decision", element("variable", name="current"), literal('"fall"'), id="season_1", name="Season")
    model = read(season, decision("all", "[season_1, Season, current]", needs="season_1"))
    assert model.evaluate("all", {}).value == ["fall", "fall", "fall"]


def test_a_failed_decision_ends_the_evaluation() -> None:
    model = read(
        decision("checked", 'assert(n, n > 0, "n must be positive")'), decision("top", "checked + 1", needs="checked")
    )
    result = model.evaluate("top", {"n": -1})
    assert result.failure is not None
    assert str(result.failure) == "Expected to evaluate decision 'checked', but " + result.failure.message
    assert "n must be positive" in result.failure.message
    assert [(one.id, one.failure is None) for one in result.decisions] == [("checked", False)]


def test_warnings_say_why_a_part_is_null() -> None:
    result = read(decision("d", "amont * 2")).evaluate("d", {"amount": 1})
    assert result.value is None
    assert result.warnings[0].message == "no variable 'amont'; expected one in scope"


def test_the_time_is_an_argument() -> None:
    model = read(decision("d", "today().year"))
    assert model.evaluate("d", {}, now=datetime(2031, 5, 1, tzinfo=UTC)).value == 2031
    assert model.evaluate("d", {}).value is None


# -- scopes ----------------------------------------------------------------------------------------------


def test_in_the_standard_a_decision_sees_nothing_but_what_it_requires() -> None:
    parts = (input_data("a"), input_data("b"), decision("d", "[a, b]", needs="?a"))
    assert spec(*parts).evaluate("d", {"a": 1, "b": 2, "c": 3}).value == [1, None]
    assert read(*parts).evaluate("d", {"a": 1, "b": 2}).value == [1, 2]


def test_in_the_standard_what_is_required_by_others_is_not_seen() -> None:
    model = spec(
        decision("deep", "1"),
        decision("middle", "deep", needs="deep"),
        decision("top", "[middle, deep]", needs="middle"),
    )
    assert model.evaluate("top", {}).value == [1, None]


def test_names_may_have_spaces_and_operators() -> None:
    rule = "Loan amount < 1000 and debt-to-income ratio < 0.4"
    parts = (
        input_data("Loan amount"),
        input_data("debt-to-income ratio"),
        decision("Eligible?", rule, needs="?Loan amount, ?debt-to-income ratio"),
    )
    variables: dict[str, object] = {"Loan amount": 500, "debt-to-income ratio": 0.3}
    assert spec(*parts).evaluate("Eligible?", variables).value is True
    assert read(*parts).evaluate("Eligible?", variables).value is True


# -- knowledge models ------------------------------------------------------------------------------------


def test_a_knowledge_model_is_a_function() -> None:
    model = read(
        knowledge("discount", "price, percent", "price * percent / 100"),
        decision("d", "discount(200, 10) + discount(percent: 50, price: 10)", needs="discount()"),
    )
    assert model.evaluate("d", {}).value == 25


def test_a_knowledge_model_may_be_a_table_and_use_others() -> None:
    model = spec(
        knowledge("rate", "years", table("FIRST | years || rate\n | > 10 || 5\n | - || 8")),
        knowledge("interest", "amount, years", "amount * rate(years) / 100", needs="rate()"),
        decision("d", "interest(1000, 20)", needs="interest()"),
    )
    assert model.evaluate("d", {}).value == 50


def test_a_knowledge_model_sees_its_parameters_only() -> None:
    model = spec(input_data("x"), knowledge("f", "a", "[a, x]"), decision("d", "f(1)", needs="f(), ?x"))
    assert model.evaluate("d", {"x": 2}).value == [1, None]


def test_a_knowledge_model_that_is_not_required_is_not_known() -> None:
    model = spec(knowledge("f", "a", "a"), decision("d", "f(1)"))
    assert model.evaluate("d", {}).value is None


def test_a_knowledge_model_may_call_itself_within_a_limit() -> None:
    model = spec(
        knowledge("sum to", "n", "if n <= 0 then 0 else n + sum to(n - 1)"),
        decision("small", "sum to(50)", needs="sum to()"),
        decision("huge", "sum to(100000)", needs="sum to()"),
    )
    assert model.evaluate("small", {}).value == 1275
    failure = model.evaluate("huge", {}).failure
    assert failure is not None
    assert "deep" in failure.message


# -- services --------------------------------------------------------------------------------------------

ROUTE = (
    input_data("distance"),
    decision("speed", "60"),
    decision("hours", "distance / speed", needs="?distance, speed"),
    service("duration", outputs="hours", inputs="distance", decisions="speed"),
)


def test_a_service_is_a_function_of_its_inputs_and_input_decisions() -> None:
    model = spec(*ROUTE, decision("d", "[duration(120, 30), duration(speed: 40, distance: 120)]", needs="duration()"))
    assert model.evaluate("d", {}).value == [4, 3]


def test_a_service_can_be_asked_itself() -> None:
    result = spec(*ROUTE).evaluate_service("duration", {"distance": 100, "speed": 50})
    assert result.value == 2
    assert [one.name for one in result.decisions] == ["hours"]


def test_a_service_leaves_the_decisions_outside_alone() -> None:
    model = spec(*ROUTE, decision("d", "[duration(120, 30), speed, distance]", needs="duration(), speed, ?distance"))
    assert model.evaluate("d", {"distance": 7}).value == [4, 60, 7]


def test_a_service_with_several_outputs_is_a_context() -> None:
    model = spec(decision("a", "1"), decision("b", "2"), service("both", outputs="a, b"))
    assert model.evaluate_service("both", {}).value == {"a": 1, "b": 2}


def test_a_service_called_with_the_wrong_arguments_is_null() -> None:
    model = spec(
        input_data("n", type="number"),
        decision("double", "n * 2", needs="?n"),
        service("twice", outputs="double", inputs="n"),
        decision("d", '[twice(2), twice("2"), twice(), twice(1, 2), twice(m: 1)]', needs="twice()"),
    )
    assert model.evaluate("d", {}).value == [4, None, None, None, None]


# -- what is refused -------------------------------------------------------------------------------------


def test_decisions_that_require_each_other_are_a_problem() -> None:
    model = read_as_is(decision("a", "b", needs="b"), decision("b", "a", needs="a"))
    assert "requires itself" in model.problems[0].message
    failure = model.evaluate("a", {}).failure
    assert failure is not None
    assert "requires itself" in failure.message


def test_a_requirement_of_nothing_is_a_problem() -> None:
    (problem,) = read_as_is(decision("a", "1", needs="gone")).problems
    assert (problem.element_id, problem.message) == ("a", "The requiredDecision '#gone' does not exist.")


def test_a_decision_without_logic_is_a_problem_and_null() -> None:
    model = read_as_is(decision("a"), mode=dmn.Mode.SPEC)
    assert [problem.message for problem in model.problems] == ["Decision 'a' has no logic."]
    assert model.evaluate("a", {}).value is None


def test_an_id_that_is_used_twice_is_a_problem() -> None:
    assert [problem.message for problem in read_as_is(decision("a", "1"), decision("a", "2")).problems] == [
        "The id 'a' is used twice."
    ]


def test_a_long_chain_of_requirements_is_evaluated_and_a_longer_one_refused() -> None:
    def chain(length: int) -> list[str]:
        return [decision("d0", "0"), *(decision(f"d{n}", f"d{n - 1} + 1", needs=f"d{n - 1}") for n in range(1, length))]

    assert read(*chain(200)).evaluate("d199", {}).value == 199
    assert "200 decisions in a row" in read_as_is(*chain(210)).problems[0].message


def test_a_wide_graph_is_evaluated_without_going_over_it_twice() -> None:
    layers = [decision("d0-0", "1"), decision("d0-1", "1")]
    for level in range(1, 60):
        below = f"d{level - 1}-0, d{level - 1}-1"
        layers += [decision(f"d{level}-{side}", "1", needs=below) for side in (0, 1)]
    assert len(read(*layers).evaluate("d59-0", {}).decisions) == 119
