"""The cells of decision tables."""

from __future__ import annotations

from typing import Any

import pytest

from engine import feel

CELLS = [
    ("-", 5, True),
    ("5", 5, True),
    ("5", 6, False),
    ("5", 5.0, True),
    ("< 10", 5, True),
    ("> limit", 5, False),
    ("= 5", 5, True),
    ("!= 5", 5, False),
    ("[1..5]", 5, True),
    ("(1..5)", 5, False),
    ("]1..5[", 3, True),
    ("1, 2, > 8", 9, True),
    ("1, 2, > 8", 5, False),
    ("not(1, 2)", 3, True),
    ("not(1, 2)", 2, False),
    ("not(< 3)", 2, False),
    ('"a", "b"', "b", True),
    ("null", None, True),
    ("null", 5, False),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("? > 3 and even(?)", 4, True),
    ("? > 3 and even(?)", 5, False),
    ("limits", 20, True),
    ("limit > 5", "x", True),
    ('contains(?, "ab")', "cab", True),
    ('not(contains(?, "ab"))', "cab", False),
    ('@"2024-01-31"', feel.parse_value('@"2024-01-31"'), True),
    ('> date("2024-01-01")', feel.parse_value('@"2024-01-31"'), True),
    ("< 10", None, None),
    ("< 10", "x", None),
]


@pytest.mark.parametrize(("cell", "value", "expected"), CELLS)
def test_cells(cell: str, value: Any, expected: bool | None) -> None:
    assert feel.compile_unary(cell).evaluate({"limit": 10, "limits": [10, 20]}, value) is expected
