"""How names are found: single words and backticks in Camunda mode, the longest match in spec mode."""

from __future__ import annotations

import pytest

from engine import feel
from tests.feel.tables import result, spec


def test_the_names_of_an_expression_are_its_free_variables() -> None:
    text = "a + b.c + (for x in xs return x + d) [item > e] + {k: 1, l: k}.l + (function(p) p + f)(1)"
    assert feel.compile(text).names == {"a", "b", "xs", "d", "e", "f"}


def test_only_variables_of_the_expression_are_asked_for() -> None:
    class Scope:
        asked: list[str] = []

        def __getitem__(self, name: str) -> object:
            self.asked.append(name)
            raise KeyError(name)

    assert feel.compile("a + a + get or else(b, 1)").evaluate(Scope()) is None
    assert Scope.asked == ["a", "b"]


CAMUNDA = [
    ("`a b` + 1", 2),
    ("`a-b`", 3),
    ("a-b", -1),
    ("ünï", 7),
    ("$x_1", 8),
    ("item", 9),
]


@pytest.mark.parametrize(("expression", "expected"), CAMUNDA)
def test_camunda_names(expression: str, expected: object) -> None:
    scope = {"a b": 1, "a-b": 3, "a": 1, "b": 2, "ünï": 7, "$x_1": 8, "item": 9}
    assert feel.compile(expression).evaluate(scope) == expected


def test_words_without_an_operator_are_an_error_in_camunda_mode() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile("monthly income")


SPEC = [
    ("monthly income * 12", 1200),
    ("applicant.first name", "Ada"),
    ("profit and loss", 5),
    ("profit and loss and profit", None),
    ("a-b", 3),
    ("in/out", 4),
    ("for loan item in [1, 2] return loan item + 1", [2, 3]),
    ("{start date: 1, b: start date + 1}.b", 2),
    ("(function(first value, n) first value + n)(1, 2)", 3),
    ("[{unit price: 2}][unit price > 1].unit price", [2]),
    ("number of months", 6),
    ("count(number of months)", 1),
    ("applicant's age + 1", 37),
]


@pytest.mark.parametrize(("expression", "expected"), SPEC)
def test_spec_names(expression: str, expected: object) -> None:
    scope = {
        "monthly income": 100,
        "applicant": {"first name": "Ada"},
        "profit and loss": 5,
        "profit": True,
        "a": 1,
        "b": 2,
        "a-b": 3,
        "in/out": 4,
        "number of months": 6,
        "applicant's age": 36,
    }
    compiled = feel.compile(expression, mode=feel.Mode.SPEC, names=scope.keys())
    assert feel.to_json(compiled.evaluate(scope)) == expected


def test_a_variable_comes_before_a_function_of_its_name_where_it_is_known() -> None:
    triple = feel.Function(("x",), lambda run, x: x * 3)
    compiled = feel.compile("abs(-1)", mode=feel.Mode.SPEC, names={"abs"})
    assert compiled.evaluate({"abs": triple}) == -3
    assert compiled.evaluate({"abs": 5}) == 1


def test_in_spec_mode_a_function_is_a_value_under_its_name() -> None:
    assert spec("(function(f) f(-4))(abs)") == 4
    assert spec('sort(["b", "a"], function(x, y) x < y)') == ["a", "b"]
    assert result("abs") is None


def test_python_is_out_of_reach() -> None:
    for name in ("__class__", "__builtins__", "__import__", "run", "context", "v1", "k1", "type_of", "add"):
        assert result(name) is None
        assert result(f"x.{name}", x="text") is None
        assert result(f"{name}(1)") is None
