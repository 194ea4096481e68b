"""A text that is no expression says where it is wrong, and what was expected there."""

from __future__ import annotations

import pytest

from engine import feel

ERRORS = [
    ("", 1, 1, "a value"),
    ("1 +", 1, 4, "a value"),
    ("1 2", 1, 3, "an operator or the end of the expression"),
    ("(1", 1, 3, "')'"),
    ("[1, 2", 1, 6, "']'"),
    ("[1..5", 1, 6, "']', ')' or '[' at the end of the range"),
    ("{a 1}", 1, 5, "a key and ':'"),
    ("{a: 1,}", 1, 7, "a key"),
    ("if a then b", 1, 12, "'else'"),
    ("for x in y", 1, 11, "'return'"),
    ("some x in y return z", 1, 13, "'satisfies'"),
    ("function(1) 2", 1, 10, "the name of a parameter"),
    ("a instance number", 1, 12, "'of'"),
    ("a instance of 5", 1, 15, "a type"),
    ('"abc', 1, 1, 'a closing "'),
    ("`abc", 1, 1, "a closing `"),
    ("/* abc", 1, 1, "*/"),
    ("@abc", 1, 1, '@"2024-01-31"'),
    ("1 < 2 < 3", 1, 7, "'and', 'or' or brackets around one"),
    ("f(a: 1, 2)", 1, 10, ""),
    ("f(1,)", 1, 5, "an argument"),
    ("a +\n  * b", 2, 3, "a value"),
    ("a # b", 1, 3, "an operator or the end of the expression"),
    ("]1, 2[", 1, 3, "'..' of a range"),
]


@pytest.mark.parametrize(("text", "line", "column", "expected"), ERRORS)
def test_errors_have_a_place_and_an_expectation(text: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile(text)
    error = caught.value
    assert (error.line, error.column, error.expected) == (line, column, expected)
    assert f"at line {line}, column {column}" in str(error)


@pytest.mark.parametrize("text", ["", "1,", "not(1", "- 1 -", "> ", "not(1), 2 3"])
def test_unary_tests_have_errors_too(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile_unary(text)


def test_comments_and_white_space_are_nothing() -> None:
    assert feel.evaluate("/* one */ 1 // and\n + /* two\n lines */ 1", {}) == 2
