"""Each boxed expression beside decision tables."""

from __future__ import annotations

import pytest

from engine import dmn
from tests.dmn.writing import context, decision, element, formal_parameters, literal, logic, read, read_as_is, spec


def value(boxed: str, variables: dict[str, object] | None = None) -> object:
    return read(decision("d", boxed)).evaluate("d", variables or {}).unwrap()


def function(parameters: str, body: str, **attributes: str) -> str:
    return element("functionDefinition", formal_parameters(parameters), logic(body), **attributes)


def invocation(called: str, **arguments: str) -> str:
    bindings = (
        element("binding", element("parameter", name=name), logic(value)) for name, value in arguments.items()
    )
    return element("invocation", literal(called), *bindings)


def conditional(condition: str, then: str, otherwise: str) -> str:
    parts = (("if", condition), ("then", then), ("else", otherwise))
    return element("conditional", *(element(name, logic(text)) for name, text in parts))


def iterator(kind: str, variable: str, domain: str, body: str) -> str:
    last = "return" if kind == "for" else "satisfies"
    return element(kind, element("in", logic(domain)), element(last, logic(body)), iteratorVariable=variable)


def filtered(domain: str, match: str) -> str:
    return element("filter", element("in", logic(domain)), element("match", logic(match)))


def relation(columns: str, *rows: str) -> str:
    names = [name.strip() for name in columns.split("|")]
    cells = [[literal(cell.strip()) for cell in row.split("|")] for row in rows]
    return element(
        "relation", *(element("column", name=name) for name in names), *(element("row", *row) for row in cells)
    )


# -- literals, lists, relations, contexts ----------------------------------------------------------------


def test_a_literal_expression_sees_the_variables() -> None:
    assert value("price * 2", {"price": 21}) == 42


def test_a_list() -> None:
    boxed = element("list", literal("1"), literal("n"), element("list", literal("2")))
    assert value(boxed, {"n": "x"}) == [1, "x", [2]]


def test_a_relation_is_a_list_of_contexts() -> None:
    found = value(relation("name | age", '"Ann" | 30', '"Bob" | 20 + 5'))
    assert found == [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 25}]


def test_the_entries_of_a_context_see_those_before_them() -> None:
    assert value(context(net="100", tax="net * 0.2", gross="net + tax")) == {"net": 100, "tax": 20, "gross": 120}


def test_the_entry_without_a_name_is_the_result() -> None:
    assert value(context(net="100", tax="net * 0.2", result="net + tax")) == 120


def test_an_entry_hides_a_variable_only_inside_its_context() -> None:
    inner = context(n="n + 1", result="n * 10")
    assert value(context(inner=inner, n_after="n"), {"n": 1}) == {"inner": 20, "n_after": 1}


# -- functions -------------------------------------------------------------------------------------------


def test_a_function_is_called_by_name_and_by_position() -> None:
    subtract = function("a, b", "a - b")
    assert value(context(minus=subtract, result="[minus(5, 3), minus(b: 5, a: 3)]")) == [2, -2]


def test_an_invocation_binds_by_name() -> None:
    subtract = function("a, b", "a - b")
    assert value(context(minus=subtract, result=invocation("minus", b="1", a="10"))) == 9


def test_an_invocation_that_names_no_parameter_is_null() -> None:
    assert value(context(minus=function("a", "-a"), result=invocation("minus", b="1"))) is None


def test_an_invocation_may_call_a_built_in_function() -> None:
    model = spec(decision("d", invocation("substring", string='"Annabel"', **{"start position": "5"})))
    assert model.evaluate("d", {}).value == "bel"


def test_a_function_keeps_the_scope_it_was_made_in() -> None:
    make = function("factor", function("n", "n * factor"))
    assert value(context(times=make, factor="100", result="times(3)(5)")) == 15


def test_a_function_may_call_itself() -> None:
    factorial = function("n", "if n < 2 then 1 else n * factorial(n - 1)")
    assert value(context(factorial=factorial, result="factorial(10)")) == 3628800


def test_a_function_that_calls_itself_for_ever_fails() -> None:
    with pytest.raises(dmn.DecisionEvaluationError, match="deep"):
        value(context(forever=function("n", "forever(n + 1)"), result="forever(0)"))


def test_a_function_in_another_language_is_a_problem_and_null() -> None:
    model = read_as_is(decision("d", context(f=function("a", "{}", kind="Java"), result="f(1)")))
    assert [problem.message for problem in model.problems] == ["A function in Java cannot be called."]
    assert model.evaluate("d", {}).value is None


# -- conditionals, iterators, filters --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"), [("n > 5", "big"), ("n > 50", "small"), ("null", "small"), ('"yes"', None)]
)
def test_a_conditional(condition: str, expected: object) -> None:
    assert value(conditional(condition, '"big"', '"small"'), {"n": 10}) == expected


def test_only_the_branch_that_is_taken_is_evaluated() -> None:
    assert value(conditional("true", "1", 'assert(1, false, "never")')) == 1


@pytest.mark.parametrize(
    ("domain", "body", "expected"),
    [
        ("[1, 2, 3]", "x * n", [10, 20, 30]),
        ("1..3", "x", None),
        ("[1..3]", "x", [1, 2, 3]),
        ("4", "x", [4]),
        ("[]", "x", []),
        ("null", "x", None),
        ("[1, 2, 3]", "count(partial) + x", [1, 3, 5]),
    ],
)
def test_a_for_loop(domain: str, body: str, expected: object) -> None:
    model = read_as_is(decision("d", iterator("for", "x", domain, body)))
    assert model.evaluate("d", {"n": 10}).value == expected


@pytest.mark.parametrize(
    ("kind", "domain", "body", "expected"),
    [
        ("some", "[1, 2, 3]", "x > 2", True),
        ("some", "[1, 2, 3]", "x > 3", False),
        ("some", "[]", "true", False),
        ("some", "[1, null]", "x > 3", None),
        ("some", "[1, 2]", 'if x = 2 then true else "no boolean"', None),
        ("every", "[1, 2, 3]", "x > 0", True),
        ("every", "[1, 2, 3]", "x > 1", False),
        ("every", "[]", "false", True),
        ("every", "[2, null]", "x > 1", None),
    ],
)
def test_a_quantifier(kind: str, domain: str, body: str, expected: object) -> None:
    assert value(iterator(kind, "x", domain, body)) == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("item.age > 25", [{"name": "Ann", "age": 30}]),
        ("age > 25", [{"name": "Ann", "age": 30}]),
        ("age > limit", [{"name": "Ann", "age": 30}]),
        ("null", []),
        ('"no boolean"', None),
    ],
)
def test_a_filter(match: str, expected: object) -> None:
    people = [{"name": "Ann", "age": 30}, {"name": "Bob", "age": 25}]
    assert value(filtered("people", match), {"people": people, "limit": 29}) == expected


def test_boxed_expressions_hold_each_other() -> None:
    discounts = iterator("for", "item", "items", conditional("item.price > 100", "item.price * 0.9", "item.price"))
    boxed = context(prices=discounts, result="sum(prices)")
    assert value(boxed, {"items": [{"price": 200}, {"price": 20}]}) == 200


def test_nesting_has_a_limit() -> None:
    deep = "1"
    for _ in range(60):
        deep = element("list", logic(deep))
    model = read_as_is(decision("d", deep))
    assert [problem.message for problem in model.problems] == ["Boxed expressions are nested more than 50 deep."]
