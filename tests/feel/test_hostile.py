"""Expressions that want too much end soon, with an error of this package.

The time allowed here is five times the 200 ms of the goal: a machine that runs other tests at the same time
must not fail one. Processor time is what is measured.
"""

from __future__ import annotations

import time

import pytest

from engine import feel

ENDLESS = [
    "for a in 1..1000, b in 1..1000, c in 1..1000 return a * b * c",
    "for i in 1..1000000000 return i",
    'for i in @"0001-01-01"..@"999999999-01-01" return i',
    "for i in 1..50000 return " + "+".join(["i*i"] * 400),
    "for i in 1..100000 return 1.0000000001 ** (i + 0.5)",
    "for i in 1..100000 return sum(numbers)",
    'for i in 1..100000 return @"2024-01-01T00:00:00@Europe/Paris" + @"PT1H"',
    'for i in 1..100000 return contains(text, "zzz")',
    'for i in 1..100000 return text = text + "b"',
    'for i in 1..100000 return range("[1..3]")',
    "for i in 1..1000 return to json(numbers)",
    "some a in 1..100000, b in 1..100000 satisfies a = -b",
    "numbers[count(numbers[item > 5]) > 100000000]",
    "sort(for i in 1..20000 return modulo(i * 7919, 10007), function(x, y) x < y)",
    "distinct values(for i in 1..5000 return [i])",
    "(function(f) f(f))(function(f) f(f))",
    "{f: function(self, n) if n < 2 then n else self(self, n - 1) + self(self, n - 2), r: f(f, 40)}.r",
    '(for i in 1..30 return if i = 1 then "aaaaaaaaaa" else partial[-1] + partial[-1])[-1]',
    'matches("' + "a" * 60 + '!", "^(a|a|aa)*$")',
    'for i in 1..1000 return matches("aaaaaaaaaaaaaaaaaaaaa!", "^(a|a|aa)*$")',
    'replace(string join(for i in 1..50000 return "aaaaaaaaaaaaaaaa"), "(.*)", "$1$1$1$1$1$1$1$1")',
    'replace(text, "(.+)", "' + "$1" * 10_000 + '")',
    'replace(text, "()a", "' + "$1" * 10_000 + '")',
    "{a: for i in 1..40 return partial, b: for i in 1..40 return partial, r: a = b}.r",
    "string(for i in 1..60 return partial)",
    "to json(for i in 1..60 return partial)",
    "flatten(for i in 1..60 return partial)",
]
NULL = [
    "9 ** 9 ** 9 ** 9 ** 9",
    "(10 ** 6000) ** (10 ** 6000)",
    "huge * huge * huge = 1",
    'matches("a", "((((a{100}){100}){100}){100})")',
    'number("' + "9" * 9000 + '")',
    'from json("' + "[" * 20000 + '")',
    'from json("1e999999999")',
    "numbers[1e6000]",
    'substring("abc", 1e6000)',
    "date(1e300, 1, 1)",
    "time(1, 1, 1e6000)",
    "modulo(1e6100, 3)",
    '@"P1D" * 1e300',
    '@"P99999999999999999999Y" + @"2024-01-01"',
]
TOO_LARGE = [
    "1" + " " * 40_000,
    "+".join(["1"] * 3000),
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 121 + "]" * 121,
    "a" + ".a" * 1000,
    "if a then " * 200 + "1" + " else 2" * 200,
    "x instance of " + "list<" * 200 + "number" + ">" * 200,
    "9" * 30_000,
    "a[b" * 100 + " > 1" + "]" * 100,
    "x in (" * 200 + "1" + ")" * 200,
]
SCOPE = {"text": "ab" * 400_000, "numbers": [i + 0.5 for i in range(5000)], "huge": 10**4000, "a": True}


@pytest.fixture(autouse=True)
def no_longer_than_a_second() -> object:
    began = time.process_time()
    yield
    assert time.process_time() - began < 1


@pytest.mark.parametrize("expression", ENDLESS, ids=lambda text: text[:60])
def test_endless_work_ends_in_a_budget_error(expression: str) -> None:
    with pytest.raises(feel.FeelBudgetError):
        feel.compile(expression).evaluate(SCOPE)


@pytest.mark.parametrize("expression", NULL, ids=lambda text: text[:60])
def test_impossible_numbers_are_null(expression: str) -> None:
    assert feel.compile(expression).evaluate(SCOPE) in (None, False)


@pytest.mark.parametrize("expression", TOO_LARGE, ids=lambda text: text[:60])
def test_texts_that_are_too_large_are_syntax_errors(expression: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile(expression)


def test_a_small_list_that_is_endless_when_written_out_is_refused() -> None:
    value = feel.compile("for i in 1..60 return partial").evaluate({})
    with pytest.raises(feel.FeelBudgetError, match="the result has over 1,000,000 values"):
        feel.to_json(value)


def test_a_hundred_thousand_turns_are_allowed() -> None:
    assert feel.compile("count(for i in 1..100000 return i * 2)").evaluate({}) == 100_000


def test_compiled_code_has_no_attribute_access_and_none_of_pythons_builtins() -> None:
    text = (
        "{a: x.y, b: a[item.z > 1].w, c: for i in 1..3 return partial, d: function(p) p.q, e: d(a),"
        ' f: some i in a satisfies i.k in (1, < 2), g: if a instance of list<number> then @"P1D" else -e}'
    )
    code = feel.compile(text)._function.__code__
    assert list(attribute_instructions(code)) == []
    assert "__import__" not in feel.compile(text)._function.__globals__["__builtins__"]


def attribute_instructions(code: object) -> object:
    import dis

    for instruction in dis.get_instructions(code):  # type: ignore[arg-type]
        if "ATTR" in instruction.opname or "IMPORT" in instruction.opname or "METHOD" in instruction.opname:
            yield instruction
    for constant in code.co_consts:  # type: ignore[attr-defined]
        if hasattr(constant, "co_code"):
            yield from attribute_instructions(constant)  # type: ignore[misc]
