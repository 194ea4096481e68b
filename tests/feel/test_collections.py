"""Lists, contexts, paths, filters, loops and quantifiers."""

from __future__ import annotations

import pytest

from tests.feel.tables import result

PEOPLE = [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 17}, {"name": "Cy"}]

FILTERS = [
    ("[10, 20, 30][1]", 10),
    ("[10, 20, 30][-1]", 30),
    ("[10, 20, 30][0]", None),
    ("[10, 20, 30][4]", None),
    ("[10, 20, 30][item > 15]", [20, 30]),
    ("[10, 20, 30][i]", 20),
    ("people[age >= 18].name", ["Ada"]),
    ("people[item.age < 18][1].name", "Bob"),
    ("people[age > limit].name", ["Ada"]),
    ("[{item: 1}, {item: 2}][item >= 2]", [{"item": 2}]),
    ("[1, 2, 3][even(item)]", [2]),
    ("5[1]", 5),
    ("5[true]", [5]),
    ("null[1]", None),
    ("[][item > 1]", []),
    ('[1, 2]["a"]', None),
]
PATHS = [
    ("people.name", ["Ada", "Bob", "Cy"]),
    ("people.age", [36, 17, None]),
    ("{a: {b: 1}}.a.b", 1),
    ("{a: 1}.b", None),
    ("{a: 1}.a.b", None),
    ('{"two words": 1}.`two words`', 1),
    ("{if: 1}.if", 1),
]
CONTEXTS = [
    ("{a: 1, b: a + 1, c: a + b}", {"a": 1, "b": 2, "c": 3}),
    ("{a: 1, b: {a: 5, c: a}, d: a}", {"a": 1, "b": {"a": 5, "c": 5}, "d": 1}),
    ("{a: {b: 2, c: b * 2}.c}", {"a": 4}),
    ("{two words: 1, b: two words + 1}.b", 2),
    ("{}", {}),
]
LOOPS = [
    ("for x in [1, 2, 3] return x * x", [1, 4, 9]),
    ("for x in 1..3 return x", [1, 2, 3]),
    ("for x in 3..1 return x", [3, 2, 1]),
    ("for x in [1..3] return x", [1, 2, 3]),
    ("for x in (1..3) return x", [2]),
    ("for x in [3..1] return x", None),
    ("for x in 1..2, y in [10, 20] return x + y", [11, 21, 12, 22]),
    ("for x in [[1, 2], [3]], y in x return y", [1, 2, 3]),
    ("for x in 0..4 return if x = 0 then 1 else x * partial[-1]", [1, 1, 2, 6, 24]),
    ("for x in 1..2, y in 1..2 return count(partial)", [0, 1, 2, 3]),
    ("for x in 5 return x", [5]),
    ("for x in null return x", None),
    ('for d in @"2024-02-28"..@"2024-03-01" return d', ["2024-02-28", "2024-02-29", "2024-03-01"]),
    ('for s in "a".."c" return s', None),
    ("(for f in (for n in 1..3 return function() n) return f())", [1, 2, 3]),
]
QUANTIFIERS = [
    ("some x in [1, 2, 3] satisfies x > 2", True),
    ("some x in [1, 2] satisfies x > 2", False),
    ("some x in [1, null] satisfies x > 2", None),
    ("every x in [1, 2] satisfies x > 0", True),
    ("every x in [1, null] satisfies x > 0", None),
    ("every x in [0, null] satisfies x > 0", False),
    ("every x in [] satisfies x > 0", True),
    ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    FILTERS + PATHS + CONTEXTS + LOOPS + QUANTIFIERS,
    ids=lambda value: str(value)[:60],
)
def test_collections(expression: str, expected: object) -> None:
    assert result(expression, people=PEOPLE, limit=20, i=2) == expected


def test_an_entry_of_the_item_comes_before_a_variable() -> None:
    assert result("people[age > 18].name", people=PEOPLE[:2], age=99) == ["Ada"]
    assert result("people[age > 18].name", people=PEOPLE, age=99) == ["Ada", "Cy"]


def test_input_is_never_changed() -> None:
    people = [{"name": "Ada"}]
    result('append(context put(people[1], "age", 36), people)', people=people)
    assert people == [{"name": "Ada"}]


def test_taking_item_after_item_costs_no_more_than_the_items() -> None:
    numbers = list(range(5_000))
    assert result("count(for i in 1..5000 return numbers[i])", numbers=numbers) == 5_000
    assert result("(for i in 1..5000 return if i = 1 then 1 else partial[-1] + 1)[-1]") == 5_000
    assert result("sum(for i in 1..2000 return if i = 1 then 1 else count(partial))") == 1_999_001


def test_what_keeps_partial_keeps_what_it_was_then() -> None:
    assert result("for i in 1..3 return partial") == [[], [[]], [[], [[]]]]
    assert result("for i in 1..3 return {a: partial}.a") == [[], [[]], [[], [[]]]]
