"""What must hold for any expression: random tokens, random trees, random numbers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import temporal
from engine.feel.builtins import REGISTRY

WORDS = [
    *("1", "2.5", '"abc"', "x", "y", "item", "partial", "?", "true", "false", "null", "`a b`"),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "<",
        "<=",
        "=",
        "!=",
        ">",
        ">=",
    ),
    *("and", "or", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between"),
    *(
        "instance of",
        "function",
        "not",
        '@"2024-01-31"',
        '@"P1D"',
        "number",
        "list<",
        "__class__",
        ".__init__",
    ),
    *(f"{name}(" for name in REGISTRY),
]
LEAVES = [
    *("1", "2.5", "-3", "0", "1e300", '"abc"', '""', "x", "y", "l", "c", "item", "true", "false", "null"),
    *('@"2024-01-31"', '@"P1D"', '@"P1M"', '@"10:00:00@Europe/Paris"', '@"2024-01-31T10:00:00Z"', "[1..3]"),
    *("[]", "{}", "(< 5)", "function(a) a", "function(a, b) a < b", "999999999999999999999999999999999999"),
]
SCOPE = {"x": 5, "y": "abc", "l": [1, 2.5, "a", None], "c": {"a": [1, {"a": 2}]}}

leaves = st.sampled_from(LEAVES)


def branches(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    shapes = [
        *("({0} + {1})", "({0} * {1})", "({0} / {1})", "({0} ** {1})", "({0} < {1})", "({0} = {1})"),
        *("({0} and {1})", "(if {0} then {1} else {2})", "{0}[{1}]", "{0}.a", "({0} in ({1}, {2}))"),
        *("(for i in {0} return {1})", "(some i in {0} satisfies {1})", "({0} between {1} and {2})"),
        *("{{a: {0}, b: a, c: {1}}}", "[{0}, {1}]", "-{0}", "({0} instance of list<number>)"),
        *(f"{name}({{0}})" for name in REGISTRY),
        *(f"{name}({{0}}, {{1}})" for name in REGISTRY),
        *(f"{name}({{0}}, {{1}}, {{2}})" for name in REGISTRY),
    ]
    return st.builds(lambda shape, *parts: shape.format(*parts), st.sampled_from(shapes), inner, inner, inner)


trees = st.recursive(leaves, branches, max_leaves=12)


def run(text: str) -> None:
    """Either a value, or an error of this package; in less than a second of processor time."""
    began = time.process_time()
    for mode in feel.Mode:
        try:
            value = feel.compile(text, mode=mode).evaluate(
                SCOPE, now=datetime(2024, 1, 1, tzinfo=UTC), entropy=lambda count: b"\x01" * count
            )
            feel.to_json(value)
            feel.compile_unary(text, mode=mode).evaluate(SCOPE, 5)
        except feel.FeelError:
            continue
    assert time.process_time() - began < 1


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_random_tokens_raise_nothing_but_errors_of_feel(text: str) -> None:
    run(text)


@settings(max_examples=300)
@given(trees)
def test_random_expressions_raise_nothing_but_errors_of_feel(text: str) -> None:
    run(text)


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_random_characters_raise_nothing_but_errors_of_feel(text: str) -> None:
    run(text)


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6)


@given(decimals, st.sampled_from("+-*/"), decimals, st.sampled_from("+-*/"), decimals)
def test_arithmetic_is_that_of_pythons_decimal(
    a: Decimal, op1: str, b: Decimal, op2: str, c: Decimal
) -> None:
    operations = {"+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__"}
    found = feel.evaluate(f"((x {op1} y) {op2} z)", {"x": a, "y": b, "z": c})
    with localcontext(Context(prec=34, rounding=ROUND_HALF_EVEN)):
        if (op1 == "/" and b == 0) or (op2 == "/" and c == 0):
            assert found is None
        else:
            assert found == getattr(getattr(a, operations[op1])(b), operations[op2])(c)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**60), 2**60))
def test_a_float_compares_as_its_shortest_decimal(number: float, whole: int) -> None:
    expected = Decimal(repr(number)) < whole
    assert feel.evaluate(f"x < {whole}", {"x": number}) is expected
    assert feel.evaluate("x < y", {"x": number, "y": whole}) is expected


@given(st.integers(-(10**11), 10**11))
def test_every_day_number_is_a_date(number: int) -> None:
    date = temporal.Date.from_number(number)
    assert date.number == number
    assert temporal.parse_date(str(date)) == date


@given(st.integers(-(10**24), 10**24), st.integers(-(10**7), 10**7))
def test_a_duration_is_what_its_text_says(nanos: int, months: int) -> None:
    for duration in (temporal.DaysTimeDuration(nanos), temporal.YearsMonthsDuration(months)):
        assert temporal.parse_duration(str(duration)) == duration
