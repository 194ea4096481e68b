"""Definitions and calls of functions, with positions or with names."""

from __future__ import annotations

import pytest

from engine import feel
from tests.feel.tables import result, warnings

CALLS = [
    ("(function(a, b) a - b)(5, 3)", 2),
    ("(function(a, b) a - b)(b: 5, a: 3)", -2),
    ("{f: function(x) x * 2, y: f(4)}.y", 8),
    ("{f: function(x) function(y) x + y, z: f(1)(2)}.z", 3),
    ("(function(a: number) a)(1)", 1),
    ('(function(a: number) a)("x")', None),
    ("(function(a: number) a)([1])", 1),
    ("(function(a: number) a)([1, 2])", None),
    ("(function(a: list<number>) a)(1)", [1]),
    ('string((function(a: date and time) a)(date("2024-05-01")))', "2024-05-01T00:00:00Z"),
    ("(function(a: number) a)([1])", 1),
    ("(function(a: list<number>) a)(1)", [1]),
    ('(function(a: date and time) a)(@"2024-01-01")', "2024-01-01T00:00:00Z"),
    ("(function(a: number) a)(null)", None),
    ("(function(a) a)()", None),
    ("(function(a) a)(1, 2)", None),
    ("(function(a) a)(b: 1)", None),
    ("(function() 42)()", 42),
    ('substring(string: "foobar", start position: 3)', "obar"),
    ('substring(start position: 3, length: 2, string: "foobar")', "ob"),
    ('substring(text: "foobar", start position: 3)', None),
    ("substring()", None),
    ("5(1)", None),
    ('"abs"(-1)', None),
    ('(function(x) external {java: {class: "C"}})', None),
]


@pytest.mark.parametrize(("expression", "expected"), CALLS)
def test_calls(expression: str, expected: object) -> None:
    assert result(expression) == expected


def test_a_function_of_the_host_is_called_like_any_other() -> None:
    tax = feel.Function(("net", "rate"), lambda run, net, rate: net * rate)
    assert feel.compile("tax(200, 3)").evaluate({"tax": tax}) == 600
    assert feel.compile("tax(rate: 3, net: 200)").evaluate({"tax": tax}) == 600
    assert feel.compile("tax(200)").evaluate({"tax": tax}) is None


def test_a_function_refers_to_what_was_in_scope_where_it_was_defined() -> None:
    assert result("{n: 2, f: function(x) x * n, g: (function(n) f(n))(10)}.g") == 20


def test_a_failed_call_says_what_was_expected() -> None:
    message = feel.compile("upper case(5)").evaluate_with_warnings({}).warnings[0].message
    assert message == "upper case() cannot be called with number 5; expected upper case(string)"
    assert warnings("nothing(1)") == ["NO_VARIABLE_FOUND", "NO_FUNCTION_FOUND"]
