"""What a host relies on: caching, warnings, attributes, JSON, one budget for many expressions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel
from tests.feel.tables import result, warnings

WARNINGS = [
    ("x", "NO_VARIABLE_FOUND"),
    ("{a: 1}.b", "NO_CONTEXT_ENTRY_FOUND"),
    ('"a".b', "NO_PROPERTY_FOUND"),
    ("1 + true", "INVALID_TYPE"),
    ('1 < "a"', "NOT_COMPARABLE"),
    ("[1][2]", "OUT_OF_BOUNDS"),
    ("1 / 0", "INVALID_VALUE"),
    ('date("soon")', "FUNCTION_INVOCATION_FAILURE"),
    ("abs(1, 2)", "NO_FUNCTION_FOUND"),
    ("now()", "FUNCTION_INVOCATION_FAILURE"),
    ('@"soon"', "INVALID_VALUE"),
]


@pytest.mark.parametrize(("expression", "kind"), WARNINGS)
def test_a_null_has_a_reason(expression: str, kind: str) -> None:
    assert warnings(expression) == [kind]


def test_warnings_are_kept_up_to_a_limit() -> None:
    assert len(warnings("for i in 1..1000 return i.x")) == 50


def test_a_filter_misses_no_variable_that_only_some_items_have() -> None:
    assert warnings("items[a > 1]", items=[{"a": 2}]) == []


def test_an_expression_is_compiled_once() -> None:
    assert feel.compile("1 + 1") is feel.compile("1 + 1")
    assert feel.compile("1 + 1") is not feel.compile("1 + 1", mode=feel.Mode.SPEC)


def test_an_attribute_is_an_expression_if_it_begins_with_an_equals_sign() -> None:
    expression = feel.attribute(" =\n a + 1")
    assert isinstance(expression, feel.Expression)
    assert expression.evaluate({"a": 1}) == 2
    static = feel.attribute("a + 1")
    assert isinstance(static, feel.Static)
    assert (static.text, static.names, static.evaluate({})) == ("a + 1", frozenset(), "a + 1")


def test_a_literal_has_a_value() -> None:
    assert feel.parse_value("1.50") == Decimal("1.5")
    assert str(feel.parse_value('@"P1D"')) == "P1D"


JSON = [
    ("1.0", 1),
    ("1.5", 1.5),
    ("2 ** 62", 4611686018427387904),
    ('[@"2024-01-01", {a: @"P1D"}, [1..2), (< 5)]', ["2024-01-01", {"a": "P1D"}, "[1..2)", "(< 5)"]),
    ("x", [1, {"a": 2}]),
]


@pytest.mark.parametrize(("expression", "expected"), JSON)
def test_a_result_becomes_json(expression: str, expected: object) -> None:
    value = result(expression, x=[1.0, {"a": 2}])
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    "expression", ["2 ** 63", "-(2 ** 63) - 1", "10 ** 30", "[10 ** 30]", "function(a) a", "1e6000"]
)
def test_what_has_no_json_form_is_an_error_and_not_a_wrong_number(expression: str) -> None:
    with pytest.raises(feel.FeelValueError):
        result(expression)


def test_expressions_of_one_evaluation_share_its_budget_and_its_warnings() -> None:
    evaluation = feel.Evaluation()
    evaluation.warnings = []
    loop = feel.compile("count(for i in 1..60000 return i)")
    assert loop.run({}, evaluation) == 60_000
    feel.compile("missing").run({}, evaluation)
    assert [one.kind for one in evaluation.warnings] == ["NO_VARIABLE_FOUND"]
    with pytest.raises(feel.FeelBudgetError):
        loop.run({}, evaluation)


def test_the_package_needs_nothing_of_the_project() -> None:
    import ast
    from pathlib import Path

    for path in Path(feel.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            assert not (module or "").startswith("engine.") or (module or "").startswith("engine.feel"), path
