"""Item definitions: what the standard lets through, converts or makes null at each typed place."""

from __future__ import annotations

import pytest

from engine import dmn
from engine.feel import temporal
from tests.dmn.writing import (
    component,
    context,
    decision,
    element,
    input_data,
    item,
    knowledge,
    literal,
    read,
    read_as_is,
    spec,
    table,
)

TYPES = (
    item("tStatus", "string", allowed='"open", "closed"'),
    item("tPercent", "number", allowed="[0..100]"),
    item("tNames", "string", is_list=True),
    item("tStatuses", "string", allowed='"open", "closed"', is_list=True),
    item("tPerson", "", component("name", "string"), component("age", "number", allowed=">= 0")),
    item("tTeam", "", component("lead", "tPerson"), component("members", "tPeople")),
    item("tPeople", "tPerson", is_list=True),
    item("tTree", "", component("value", "number"), component("children", "tTrees")),
    item("tTrees", "tTree", is_list=True),
    item("tPredicate", "", element("functionItem", element("parameters", name="n", typeRef="number"))),
)
ANN = '{name: "Ann", age: 30}'


@pytest.mark.parametrize(
    ("type", "text", "expected"),
    [
        ("number", "1", 1),
        ("number", '"1"', None),
        ("string", "null", None),
        ("Any", "[1]", [1]),
        ("number", "[1]", 1),
        ("number", "[1, 2]", None),
        ("tNames", '"ann"', ["ann"]),
        ("tNames", '["ann", 1]', None),
        ("tNames", '["ann", null]', ["ann", None]),
        ("tStatus", '"open"', "open"),
        ("tStatus", '"lost"', None),
        ("tPercent", "100.5", None),
        ("tStatuses", '["open", "closed"]', ["open", "closed"]),
        ("tStatuses", '["open", "lost"]', None),
        ("tPerson", ANN, {"name": "Ann", "age": 30}),
        ("tPerson", '{name: "Ann", age: 30, more: 1}', {"name": "Ann", "age": 30, "more": 1}),
        ("tPerson", '{name: "Ann"}', None),
        ("tPerson", '{name: "Ann", age: null}', {"name": "Ann", "age": None}),
        ("tPerson", '{name: "Ann", age: -1}', None),
        ("tTeam", f"{{lead: {ANN}, members: []}}", {"lead": {"name": "Ann", "age": 30}, "members": []}),
        ("tTeam", f"{{lead: {ANN}, members: [1]}}", None),
        ("tTree", "{value: 1, children: []}", {"value": 1, "children": []}),
        ("tTree", "{value: 1, children: [{value: 2, children: [3]}]}", None),
        ("date and time", 'date("2024-05-01")', temporal.parse_date_time("2024-05-01T00:00:00Z")),
        ("dateTime", 'date("2024-05-01")', temporal.parse_date_time("2024-05-01T00:00:00Z")),
        ("date", 'date and time("2024-05-01T10:00:00")', None),
        ("dayTimeDuration", 'duration("P1D")', temporal.parse_duration("P1D")),
        ("yearMonthDuration", 'duration("P1D")', None),
        ("feel:number", "1", 1),
    ],
)
def test_the_value_of_a_decision_is_held_to_its_type(type: str, text: str, expected: object) -> None:
    assert spec(*TYPES, decision("d", text, type=type)).evaluate("d", {}).value == expected


def test_a_value_that_does_not_fit_is_told() -> None:
    (warning,) = spec(decision("d", '"1"', type="number")).evaluate("d", {}).warnings
    assert warning.message == "the value of decision 'd' must be of type 'number', found '1'"


def test_inputs_are_held_to_their_types() -> None:
    model = spec(*TYPES, input_data("status", "tStatus"), decision("d", "status", needs="?status"))
    assert [model.evaluate("d", {"status": each}).value for each in ("open", ["open"], "lost", 1)] == [
        "open",
        "open",
        None,
        None,
    ]


def test_parameters_and_results_of_knowledge_models_are_held() -> None:
    model = spec(
        *TYPES,
        knowledge("half", "n: number", "n / 2", type="number"),
        knowledge("name of", "who: tPerson", "who.age", type="string"),
        decision("d", f'[half(4), half([4]), half("4"), name of({ANN})]', needs="half(), name of()"),
    )
    assert model.evaluate("d", {}).value == [2, 2, None, None]


def test_functions_are_passed_where_a_function_is_expected() -> None:
    model = spec(
        *TYPES,
        knowledge("apply", "f: tPredicate, n: number", "f(n)"),
        knowledge("is even", "n: number", "even(n)"),
        decision("d", "[apply(is even, 2), apply(odd, 2), apply(1, 2)]", needs="apply(), is even()"),
        decision("e", "apply(function(a, b) a, 2)", needs="apply()"),
    )
    assert model.evaluate("d", {}).value == [True, False, None]
    assert model.evaluate("e", {}).value is None


def test_entries_columns_and_cells_are_held() -> None:
    entry = element("contextEntry", element("variable", name="n", typeRef="number"), literal('"x"'))
    column = element("column", name="n", typeRef="number")
    relation = element("relation", column, element("row", literal("1")), element("row", literal('"x"')))
    model = spec(decision("c", element("context", entry)), decision("r", relation))
    assert model.evaluate("c", {}).value == {"n": None}
    assert model.evaluate("r", {}).value == [{"n": 1}, {"n": None}]


def test_instance_of_knows_the_types_of_the_model_but_not_their_allowed_values() -> None:
    tests = ('"lost" instance of tStatus', "1 instance of tStatus", f"{ANN} instance of tPerson")
    model = spec(*TYPES, decision("d", f"[{', '.join(tests)}]"))
    assert model.evaluate("d", {}).value == [True, False, True]


def test_camunda_does_not_hold_types() -> None:
    model = read(*TYPES, input_data("n", "number"), decision("d", "n", needs="?n", type="tPercent"))
    assert model.evaluate("d", {"n": "many"}).value == "many"


def test_the_allowed_values_of_a_type_rank_the_outputs() -> None:
    drawn = table('PRIORITY | n || status\n | 1 || "closed"\n | 1 || "open"')
    typed = drawn.replace('name="status"', 'name="status" typeRef="tStatus"')
    assert read(*TYPES, decision("d", typed)).evaluate("d", {"n": 1}).value == "open"
    assert read(*TYPES, decision("d", drawn, type="tStatus")).evaluate("d", {"n": 1}).value == "open"


def test_the_allowed_values_of_a_component_rank_the_column_of_its_name() -> None:
    order = item("tOrder", "", component("status", "string", '"open", "closed"'), component("n", "number"))
    drawn = table('PRIORITY | n || status | n\n | 1 || "closed" | 1\n | 1 || "open" | 2')
    assert read(order, decision("d", drawn, type="tOrder")).evaluate("d", {"n": 1}).value == {"status": "open", "n": 2}


def test_a_name_with_operators_in_a_type_can_follow_a_dot() -> None:
    loan = item("tLoan", "", component("debt/income", "number"), component("start date", "date"))
    model = spec(loan, input_data("loan", "tLoan"), decision("d", "loan.debt/income * 2", needs="?loan"))
    variables = {"loan": {"debt/income": 4, "start date": None}}
    assert model.evaluate("d", variables).value == 8


def test_a_type_that_is_defined_by_itself_is_a_problem() -> None:
    model = read_as_is(item("a", "b"), item("b", "a"), decision("d", "1", type="a"), mode=dmn.Mode.SPEC)
    assert {problem.message for problem in model.problems} == {
        "The type 'a' is defined by itself.",
        "The type 'b' is defined by itself.",
    }
    assert model.evaluate("d", {}).value == 1


def test_a_context_typed_as_a_list_is_wrapped() -> None:
    boxed = context(name='"Ann"', age="30")
    assert spec(*TYPES, decision("d", boxed, type="tPeople")).evaluate("d", {}).value == [{"name": "Ann", "age": 30}]
