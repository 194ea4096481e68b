"""`instance of`."""

from __future__ import annotations

import pytest

from engine import feel
from tests.feel.tables import result

TYPES = [
    ("1 instance of number", True),
    ("1 instance of string", False),
    ("null instance of Any", False),
    ("[1, 2] instance of list<number>", True),
    ('[1, "a"] instance of list<number>', False),
    ("[[1]] instance of list<list<number>>", True),
    ("{a: 1, b: 2} instance of context<a: number>", True),
    ("{b: 2} instance of context<a: number>", False),
    ("[1..5] instance of range<number>", True),
    ('@"2024-01-01" instance of date', True),
    ('@"2024-01-01T00:00:00" instance of date', False),
    ('@"2024-01-01T00:00:00" instance of date and time', True),
    ('@"P1D" instance of days and time duration', True),
    ('@"P1D" instance of years and months duration', False),
    ("(function(a) a) instance of function<number> -> number", True),
    ("(function(a) a) instance of function<number, number> -> number", False),
    ("-1 instance of number", True),
    ("1 instance of number and true", True),
    ("1 instance of tNothing", False),
]


@pytest.mark.parametrize(("expression", "expected"), TYPES)
def test_instance_of(expression: str, expected: bool) -> None:
    assert result(expression) is expected


def test_a_models_own_types_come_with_the_evaluation() -> None:
    evaluation = feel.Evaluation()
    evaluation.types = {"tAge": lambda value: isinstance(value, int) and value < 150}
    assert feel.compile("36 instance of tAge").run({}, evaluation) is True
    assert feel.compile("[36, 200] instance of list<tAge>").run({}, evaluation) is False


def test_a_type_can_be_asked_for_alone() -> None:
    assert feel.parse_type("list<string>")(feel.Evaluation(), ["a"]) is True
