"""The built-in functions, one table per topic. Times and dates are in test_temporal.py."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.builtins import REGISTRY
from tests.feel.tables import result, spec

CONVERSION = [
    ("string(1.10)", "1.1"),
    ("string(null)", None),
    ('string({a: 1, b: ["x", true]})', '{a: 1, b: ["x", true]}'),
    ("string([1..5))", "[1..5)"),
    ("string(10 ** 20)", "100000000000000000000"),
    ('number("1500.5")', 1500.5),
    ('number("1,500", ",")', 1500),
    ('number("1 500,5", " ", ",")', 1500.5),
    ('number("1.500,5", ".", ",")', 1500.5),
    ('number("1,5", ",", ",")', None),
    ('number("x")', None),
    ('number("NaN")', None),
    ('context([{key: "a", value: 1}, {key: "b", value: null}])', {"a": 1, "b": None}),
    ('context([{key: "a"}])', None),
    ('from json("{\\"a\\": [1, 2.5, null]}")', {"a": [1, 2.5, None]}),
    ('from json("{")', None),
    ('from json("NaN")', None),
    ('to json({a: @"P1D", b: [1, 2.5]})', '{"a":"P1D","b":[1,2.5]}'),
    ("to json(abs)", "null"),
    ("to json(function(a) a)", None),
    ('range("[18..21)")', "[18..21)"),
    ('range("[\\"a\\"..\\"c\\"]")', '["a".."c"]'),
    ('range("[date(\\"2024-01-01\\")..date(\\"2024-02-01\\")]")', "[2024-01-01..2024-02-01]"),
    ('range("[2..1]")', None),
    ('range("1")', None),
]
BOOLEANS = [
    ("is defined(1)", True),
    ("is defined(x)", False),
    ("is defined(x.y)", False),
    ("get or else(null, 5)", 5),
    ("get or else(false, 5)", False),
    ("assert(4, 4 > 3)", 4),
    ("is(1, 1.0)", True),
    ('is(@"10:00:00Z", @"11:00:00+01:00")', False),
    ('is(@"2024-01-01", @"2024-01-01T00:00:00")', False),
    ('fromAi(5, "a number", "number", null, {required: true})', 5),
    ('fromAi(value: 5, type: "number")', 5),
]
STRINGS = [
    ('substring("foobar", 3)', "obar"),
    ('substring("foobar", -2)', "ar"),
    ('substring("foobar", 3, 10)', "obar"),
    ('substring("foobar", 0)', None),
    ('string length("🐎x")', 2),
    ('upper case("aBc")', "ABC"),
    ('lower case("aBc")', "abc"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "xyz")', ""),
    ('substring after("foobar", "ob")', "ar"),
    ('substring after("foobar", "")', "foobar"),
    ('contains("foobar", "of")', False),
    ('starts with("foobar", "fo")', True),
    ('ends with("foobar", "r")', True),
    ('matches("foobar", "^fo*bar")', True),
    ('matches("FooBar", "foo", "i")', True),
    ('matches("foobar", "[")', None),
    ('matches("foobar", "o", "z")', None),
    ('matches("a\\nb", "a.b")', False),
    ('matches("a\\nb", "a.b", "s")', True),
    ('matches("a.b", "a.b", "q")', True),
    ('matches("axb", "a.b", "q")', False),
    ('matches("x", "[a-z-[aeiou]]")', True),
    ('matches("e", "^[a-z-[aeiou]]$")', False),
    ('matches("hello", "\\p{IsBasicLatin}+")', True),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', "(012) 345-6789"),
    ('replace("a.b", ".", "$", "q")', "a$b"),
    ('replace("abc", "b", "$")', None),
    ('split("John Doe", "\\s")', ["John", "Doe"]),
    ('split("a;b;c;;", ";")', ["a", "b", "c", "", ""]),
    ('split("a1b22c", "([0-9])+")', ["a", "b", "c"]),
    ('extract("are 1234, 1256, 1378", "12[0-9]*")', ["1234", "1256"]),
    ('trim("  a b ")', "a b"),
    ('is blank(" ")', True),
    ('to base64("FEEL")', "RkVFTA=="),
    ('string join(["a", null, "c"], ", ")', "a, c"),
    ('string join(["a", "b"], ", ", "[", "]")', "[a, b]"),
    ('string join(["a", 1])', None),
    ('"\\u0041\\U01F40E\\n".length', None),
    ('string length("\\u0041\\U01F40E\\n")', 3),
]
NUMBERS = [
    ("decimal(1/3, 2)", 0.33),
    ("decimal(2.5, 0)", 2),
    ('decimal(2.5, 0, "half_up")', 3),
    ("floor(-1.5)", -2),
    ("floor(-1.56, 1)", -1.6),
    ("ceiling(1.2)", 2),
    ("round up(-5.1, 0)", -6),
    ("round down(-1.126, 2)", -1.12),
    ("round half up(5.5)", 6),
    ("round half down(5.5)", 5),
    ("floor(1234.5, -2)", 1200),
    ("abs(-10)", 10),
    ("modulo(-12, 5)", 3),
    ("modulo(10.1, -4.5)", -3.4),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("decimal(log(10), 10)", 2.3025850930),
    ("log(0)", None),
    ("decimal(exp(5), 10)", 148.4131591026),
    ("odd(5)", True),
    ("even(-2)", True),
    ("odd(1.5)", False),
    ("even(1.5)", False),
]
LISTS = [
    ("list contains([1, null], null)", True),
    ('list contains([1, "2"], 2)', False),
    ("count([1, null])", 2),
    ("min(3, 1, 2)", 1),
    ('max(["a", "c", "b"])', "c"),
    ('max([1, "a"])', None),
    ("min([])", None),
    ("sum([1, 2.5])", 3.5),
    ("sum(1, 2, 3)", 6),
    ('sum([1, "a"])', None),
    ("sum([])", None),
    ("product([2, 3, 4])", 24),
    ("mean([1, 2])", 1.5),
    ("median(8, 2, 5, 3, 4)", 4),
    ("median([6, 1, 2, 3])", 2.5),
    ("decimal(stddev(2, 4, 7, 5), 6)", 2.081666),
    ("stddev([1])", None),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ("mode([])", []),
    ("all([true, null, false])", False),
    ("all([true, null])", None),
    ("any([false, null, true])", True),
    ("any(false, null)", None),
    ("any([1, true])", None),
    ("all([])", True),
    ("and([true, false])", False),
    ("or([true, false])", True),
    ("sublist([1, 2, 3], 2)", [2, 3]),
    ("sublist([1, 2, 3], -2, 1)", [2]),
    ("sublist([1, 2, 3], 4)", None),
    ("append([1], 2, [3])", [1, 2, [3]]),
    ("concatenate([1], [2], 3)", [1, 2, 3]),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("insert before([1, 3], -1, 2)", [1, 2, 3]),
    ("remove([1, 2, 3], 2)", [1, 3]),
    ("remove([1], 5)", None),
    ("list replace([2, 4, 7, 8], 3, 6)", [2, 4, 6, 8]),
    ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", [5, 5, 7, 8]),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 3, 2], 2)", [2, 4]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ('distinct values([1, 1.0, "a", [1], [1], null, null])', [1, "a", [1], None]),
    ("duplicate values([1, 2, 1, 1])", [1]),
    ("flatten([[1, [2]], 3])", [1, 2, 3]),
    ("sort([3, 1, 2], function(x, y) x < y)", [1, 2, 3]),
    ("sort(list: [3, 1, 2], precedes: function(x, y) x > y)", [3, 2, 1]),
    ("sort([3, 1, 2])", [1, 2, 3]),
    ('sort([3, "a"])', None),
    ("is empty([])", True),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("partition([1], 0)", None),
]
CONTEXTS = [
    ('get value({foo: 123}, "foo")', 123),
    ('get value({x: {y: 1}}, ["x", "y"])', 1),
    ('get value({a: 1}, "b")', None),
    ("get entries({foo: 123})", [{"key": "foo", "value": 123}]),
    ('context put({x: 1}, "y", 2)', {"x": 1, "y": 2}),
    ('context put({x: 1}, ["y", "z"], 2)', {"x": 1, "y": {"z": 2}}),
    ("context put({x: 1}, [], 2)", None),
    ('put({x: 1}, "x", 2)', {"x": 2}),
    ("context merge([{x: 1, y: 0}, {y: 2}])", {"x": 1, "y": 2}),
    ("put all({x: 1}, {y: 2})", {"x": 1, "y": 2}),
]
RANGES = [
    ("before(1, 10)", True),
    ("before([1..5), [5..10])", True),
    ("before([1..5], [5..10])", False),
    ("before(1, (1..5])", True),
    ("after([5..10], [1..5))", True),
    ("after(12, [2..5])", True),
    ("meets([1..3], [3..5])", True),
    ("met by([5..10], [1..5))", False),
    ("overlaps((3..7], [1..4])", True),
    ("overlaps([1..3], (3..6])", False),
    ("overlaps before([1..5), (3..8])", True),
    ("overlaps after([4..10], [1..5))", True),
    ("finishes(5, [1..5])", True),
    ("finishes([3..5], [1..5])", True),
    ("finished by([1..5], [3..5])", True),
    ("includes([5..10], 6)", True),
    ("includes([1..10], [1..5))", True),
    ("during((1..5], (1..10])", True),
    ("starts((1..5), (1..10))", True),
    ("started by([1..10], [1..10))", True),
    ("coincides(5, 5)", True),
    ("coincides((1..5], [1..5))", False),
    ('before(1, "a")', None),
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    CONVERSION + BOOLEANS + STRINGS + NUMBERS + LISTS + CONTEXTS + RANGES,
    ids=lambda value: str(value)[:60],
)
def test_builtins(expression: str, expected: object) -> None:
    assert result(expression) == expected


def test_every_function_of_the_reference_is_there() -> None:
    camunda = """
        string, number, context, date, time, date and time, duration, years and months duration, from json,
        to json, not, is defined, get or else, assert, substring, string length, upper case, lower case,
        substring before, substring after, contains, starts with, ends with, matches, replace, split,
        extract, trim, uuid, to base64, is blank, decimal, floor, ceiling, round up, round down,
        round half up, round half down, abs, modulo, sqrt, log, exp, odd, even, random number,
        list contains, count, min, max, sum, product, mean, median, stddev, mode, all, any, and, or,
        sublist, append, concatenate, insert before, remove, reverse, index of, union, distinct values,
        duplicate values, flatten, sort, string join, is empty, partition, get value, get entries,
        context put, put, context merge, put all, now, today, day of week, day of year, week of year,
        month of year, last day of month, before, after, meets, met by, overlaps, overlaps before,
        overlaps after, finishes, finished by, includes, during, starts, started by, coincides, cycle,
        fromAi, is, list replace, range
    """
    assert {name.strip() for name in camunda.replace("\n", " ").split(",")} == set(REGISTRY)


def test_randomness_comes_from_the_host() -> None:
    ones = {"entropy": lambda count: b"\xff" * count}
    assert feel.compile("uuid()").evaluate({}, **ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff"
    assert 0 <= feel.compile("random number()").evaluate({}, **ones) < 1  # type: ignore[operator]
    assert result("uuid()") is None


def test_a_context_of_entries_keeps_the_last_of_two_keys_except_in_spec_mode() -> None:
    twice = 'context([{key: "a", value: 1}, {key: "a", value: 2}])'
    assert result(twice) == {"a": 2}
    assert spec(twice) is None


PATTERNS = [
    ('matches("abc\\n", "abc$")', True, False),
    ('replace("abc", "x*", "-")', "-a-b-c-", None),
    ('matches("abc", "\\Aabc\\z")', True, None),
    ('matches("x", "[a-z&&[^x]]")', False, True),
    ('matches("hello", "\\i\\c*")', True, True),
    ('matches("a", "(a)\\2")', None, None),
]


@pytest.mark.parametrize(("expression", "camunda", "standard"), PATTERNS)
def test_patterns_are_javas_in_camunda_mode_and_xpaths_in_spec_mode(
    expression: str, camunda: object, standard: object
) -> None:
    assert result(expression) == camunda
    assert spec(expression) == standard


def test_a_substring_of_no_length_is_empty_except_in_spec_mode() -> None:
    assert result('substring("foobar", 3, 0)') == ""
    assert spec('substring("foobar", 3, 0)') is None


def test_assert_ends_the_evaluation() -> None:
    with pytest.raises(feel.FeelAssertionError, match="x must be positive"):
        result('assert(x, x > 0, "x must be positive")', x=-1)
