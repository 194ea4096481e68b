"""Equality, order, ranges and membership have three answers: true, false, and null where types differ."""

from __future__ import annotations

import pytest

from tests.feel.tables import result, spec

EQUALITY = [
    ("1 = 1.0", True),
    ('"a" != "b"', True),
    ("null = null", True),
    ("1 = null", False),
    ('1 = "1"', None),
    ("true = 1", None),
    ("[1, 2] = [1, 2]", True),
    ("[1, 2] = [2, 1]", False),
    ("{a: 1, b: [2]} = {b: [2], a: 1}", True),
    ("{a: 1} = {a: 1, b: 2}", False),
    ('@"P1Y" = @"P12M"', True),
    ('@"P1Y" = @"P365D"', None),
    ('@"2024-06-01T12:00:00@Europe/Paris" = @"2024-06-01T10:00:00Z"', True),
    ("[1..5] = [1..5]", True),
    ("[1..5] = [1..5)", False),
    ("(< 5) = (< 5)", True),
]
ORDER = [
    ("1 < 2", True),
    ("2.5 >= 2.5", True),
    ('"a" < "b"', True),
    ('1 < "b"', None),
    ("null < 1", None),
    ('@"2024-01-31" < @"2024-02-01"', True),
    ('@"10:00:00" < @"10:00:00Z"', None),
    ("5 between 1 and 5", True),
    ("5 between 6 and 9", False),
    ("5 between null and 9", None),
    ("1 + 1 = 2 and 3 > 2", True),
]
MEMBERSHIP = [
    ("5 in 5", True),
    ("5 in [1..5]", True),
    ("5 in [1..5)", False),
    ("5 in ]5..9]", False),
    ("5 in [1..5[", False),
    ("5 in (1, 2, > 4)", True),
    ("5 in < 5", False),
    ("5 in [1, 2, 5]", True),
    ("5 in [[1..3], [4..6]]", True),
    ("5 in (1 + 1) * 3", False),
    ("[1] in [[1], [2]]", True),
    ("null in [1..5]", None),
    ("5 in [1..null)", None),
    ("5 in (> 4)", True),
    ("5 in !=5", False),
]


@pytest.mark.parametrize(("expression", "expected"), EQUALITY + ORDER + MEMBERSHIP)
def test_comparison(expression: str, expected: object) -> None:
    assert result(expression) == expected


def test_a_float_compares_with_whole_numbers_in_place() -> None:
    assert result("price > 100", price=100.5) is True
    assert result("price = 100", price=100.0) is True
    assert result("price > 100", price="much") is None


def test_in_spec_mode_the_fraction_of_a_second_does_not_count() -> None:
    assert spec('@"10:00:00.1" = @"10:00:00.2"') is True
    assert result('@"10:00:00.1" = @"10:00:00.2"') is False


LOGIC = [
    ("true and false", False),
    ("true and null", None),
    ("false and null", False),
    ("null and false", False),
    ("true or null", True),
    ("null or true", True),
    ("false or null", None),
    ('true and "yes"', None),
    ("not(true)", False),
    ("not(null)", None),
    ("if true then 1 else 2", 1),
    ("if null then 1 else 2", 2),
    ('if "true" then 1 else 2', 2),
    ("true or 1 / 0 > 1 and false", True),
]


@pytest.mark.parametrize(("expression", "expected"), LOGIC)
def test_logic(expression: str, expected: object) -> None:
    assert result(expression) is expected


def test_the_right_side_is_evaluated_only_where_the_left_decides_nothing() -> None:
    assert result("false and assert(1, false) = 1") is False
    assert result("true or assert(1, false) = 1") is True
