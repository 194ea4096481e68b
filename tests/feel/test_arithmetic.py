"""Numbers are decimals of 34 digits, and what has no value is null."""

from __future__ import annotations

import pytest

from tests.feel.tables import result

ARITHMETIC = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 4 - 3", 3),
    ("0.1 + 0.2", 0.3),
    ("7 / 2", 3.5),
    ("6 / 2", 3),
    ("1 / 3 * 3", 1.0),
    ("2 ** 3 ** 2", 64),
    ("-3 ** 2", 9),
    ("10 ** -2", 0.01),
    ("--5", 5),
    ("-(-(5))", 5),
    ("1.5e3", 1500),
    (".5 + .5", 1),
    ('"a" + "b"', "ab"),
    ("1 / 0", None),
    ("1 + null", None),
    ('1 + "a"', None),
    ("-true", None),
    ("10 ** 400 * 10 ** 400 > 0", True),
    ("10 ** 6000 * 10 ** 6000", None),
]
LONG = [
    ("string(99999999999999999 * 99999999999999999)", "9999999999999999800000000000000001"),
    ("string(999999999999999999 * 999999999999999999)", "9.99999999999999998E+35"),
    ("string(1 / 3)", "0.3333333333333333333333333333333333"),
    ("string(2 / 3)", "0.6666666666666666666666666666666667"),
    ("9999999999999999999999999999999999 + 1 = 10 ** 34", True),
]


@pytest.mark.parametrize(("expression", "expected"), ARITHMETIC + LONG)
def test_arithmetic(expression: str, expected: object) -> None:
    assert result(expression) == expected


def test_a_float_of_json_counts_by_its_shortest_decimal() -> None:
    assert result("a + b = 0.3", a=0.1, b=0.2) is True
    assert result("string(a)", a=0.1) == "0.1"
    assert result("a = 1", a=1.0) is True


def test_a_sum_of_many_terms_is_not_a_deep_tree() -> None:
    assert result(" + ".join(["1"] * 900)) == 900
    assert result(" and ".join(["true"] * 900)) is True
