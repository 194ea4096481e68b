"""Decision tables: every hit policy, aggregation and default, and what is told about an evaluation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import dmn
from tests.dmn.writing import decision, read, read_as_is, spec, table


def value(drawing: str, context: dict[str, object], **options: str) -> object:
    return read(decision("d", table(drawing, **options))).evaluate("d", context).unwrap()


DISHES = """
    UNIQUE | season             | guests || dish
           | "Winter"           | <= 8   || "Roastbeef"
           | "Winter"           | > 8    || "Stew"
           | "Spring","Summer"  | -      || "Salad"
           | not("Winter", "Spring", "Summer") |  || "Spareribs"
"""


@pytest.mark.parametrize(
    ("season", "guests", "dish"),
    [
        ("Winter", 8, "Roastbeef"),
        ("Winter", 8.5, "Stew"),
        ("Summer", 100, "Salad"),
        ("Fall", 3, "Spareribs"),
        ("Winter", None, None),
        ("Winter", "eight", None),
    ],
)
def test_the_rule_that_matches_gives_the_output(season: str, guests: object, dish: str | None) -> None:
    assert value(DISHES, {"season": season, "guests": guests}) == dish


def test_several_outputs_are_a_context() -> None:
    drawing = """
        UNIQUE | age   || status      | rate
               | >= 18 || "approved"  | "basic"
               | < 18  || "declined"  | null
    """
    assert value(drawing, {"age": 20}) == {"status": "approved", "rate": "basic"}
    assert value(drawing, {"age": 17}) == {"status": "declined", "rate": None}


def test_outputs_are_expressions() -> None:
    assert value("UNIQUE | n || double\n | > 0 || n * 2", {"n": 21}) == 42


def test_an_input_may_be_any_expression() -> None:
    assert value('UNIQUE | count(items) || size\n | [1..3] || "small"', {"items": [1, 2]}) == "small"


OVERLAPPING = """
    {policy} | n    || band
             | > 0  || "low"
             | > 10 || "middle"
             | > 20 || "high"
"""
RANKED = '"high", "middle", "low"'


@pytest.mark.parametrize(
    ("policy", "result"),
    [
        ("FIRST", "low"),
        ("PRIORITY", "middle"),
        ("COLLECT", ["low", "middle"]),
        ("RULE ORDER", ["low", "middle"]),
        ("OUTPUT ORDER", ["middle", "low"]),
    ],
)
def test_a_hit_policy_makes_one_result_of_several_rules(policy: str, result: object) -> None:
    assert value(OVERLAPPING.format(policy=policy), {"n": 15}, values=RANKED) == result


def test_unique_fails_where_two_rules_match() -> None:
    result = read(decision("band", table(OVERLAPPING.format(policy="UNIQUE")))).evaluate("band", {"n": 15})
    assert result.value is None
    assert result.failure is not None
    assert result.failure.decision_id == "band"
    assert "rules 1 and 2 match" in result.failure.message
    with pytest.raises(dmn.DecisionEvaluationError, match="UNIQUE"):
        result.unwrap()


def test_any_wants_equal_outputs() -> None:
    equal = """
        ANY | n    || band
            | > 0  || "x"
            | > 10 || "x"
            | > 20 || "y"
    """
    assert value(equal, {"n": 15}) == "x"
    with pytest.raises(dmn.DecisionEvaluationError, match="ANY"):
        value(equal, {"n": 25})


def test_priority_of_several_outputs_compares_from_the_left() -> None:
    drawing = """
        OUTPUT ORDER | n   || grade | color
                     | > 0 || "B"   | "red"
                     | > 0 || "A"   | "blue"
                     | > 0 || "A"   | "red"
    """
    found = value(drawing, {"n": 1}, values='"A", "B" | "red", "blue"')
    assert found == [
        {"grade": "A", "color": "red"},
        {"grade": "A", "color": "blue"},
        {"grade": "B", "color": "red"},
    ]


AMOUNTS = """
    COLLECT | n   || fee
            | > 0 || 10
            | > 1 || 2.5
            | > 2 || 10
"""


@pytest.mark.parametrize(
    ("aggregation", "result"), [("SUM", Decimal("22.5")), ("MIN", Decimal("2.5")), ("MAX", 10), ("COUNT", 3)]
)
def test_collect_aggregates(aggregation: str, result: object) -> None:
    assert value(AMOUNTS, {"n": 3}, aggregation=aggregation) == result


def test_an_aggregation_of_what_cannot_be_added_fails() -> None:
    with pytest.raises(dmn.DecisionEvaluationError, match="SUM needs outputs"):
        value('COLLECT | n || fee\n | > 0 || "ten"', {"n": 1}, aggregation="SUM")


def test_without_a_match_the_default_output_is_the_result() -> None:
    drawing = 'UNIQUE | n || band | color\n | > 0 || "plus" | "green"'
    assert value(drawing, {"n": -1}) is None
    assert value(drawing, {"n": -1}, defaults='"minus" | "red"') == {"band": "minus", "color": "red"}


def test_collecting_nothing_is_null_for_camunda_and_an_empty_list_for_the_standard() -> None:
    drawn = decision("d", table("COLLECT | 1 || fee\n | 2 || 10"))
    assert read(drawn).evaluate("d", {}).value is None
    assert spec(drawn).evaluate("d", {}).value == []


def test_what_fails_is_null_for_the_standard() -> None:
    result = spec(decision("d", table("UNIQUE | 1 || x\n | 1 || 1\n | 1 || 2"))).evaluate("d", {})
    assert (result.value, result.failure) == (None, None)
    assert "UNIQUE" in result.warnings[0].message


def test_input_values_are_held_by_the_standard() -> None:
    drawn = table('UNIQUE | "maybe" || x\n | - || 1', input_values='"yes", "no"')
    assert read(decision("d", drawn)).evaluate("d", {}).value == 1
    assert spec(decision("d", drawn)).evaluate("d", {}).value is None


# -- what is told ----------------------------------------------------------------------------------------


def test_the_trace_tells_inputs_and_matched_rules() -> None:
    result = read(decision("band", table(OVERLAPPING.format(policy="COLLECT")))).evaluate("band", {"n": 15})
    (decided,) = result.decisions
    assert (decided.id, decided.name, decided.type) == ("band", "band", dmn.DecisionType.DECISION_TABLE)
    assert decided.inputs == (("in-n", "n", 15),)
    assert [(rule.id, rule.index) for rule in decided.rules] == [("rule-1", 1), ("rule-2", 2)]
    assert decided.rules[1].outputs == (("out-band", "band", "middle"),)


def test_a_failed_table_tells_what_matched() -> None:
    result = read(decision("band", table(OVERLAPPING.format(policy="UNIQUE")))).evaluate("band", {"n": 15})
    (decided,) = result.decisions
    assert decided.failure == str(result.failure)
    assert decided.inputs == (("in-n", "n", 15),)
    assert [rule.index for rule in decided.rules] == [1, 2]


def test_a_failure_in_a_cell_names_the_rule() -> None:
    drawing = """
        FIRST | n  || x
              | 0  || 0
              | 1  || assert(n, n > 5, "n is too small")
    """
    result = read(decision("d", table(drawing))).evaluate("d", {"n": 1})
    assert result.failure is not None
    assert (result.failure.rule, "n is too small" in result.failure.message) == (2, True)


# -- columns ---------------------------------------------------------------------------------------------


def test_equal_cells_and_strings_match_like_any_others() -> None:
    drawing = """
        COLLECT | who                | n       || rule
                | "ann"              | [1..5]  || 1
                | "ann", "bob"       | -       || 2
                | "bob", who         | [1..5]  || 3
                | starts with(?,"b") | (5..9]  || 4
                | -                  | [1..5]  || 5
                | null               | [1..5]  || 6
    """
    assert value(drawing, {"who": "ann", "n": 5}) == [1, 2, 3, 5]
    assert value(drawing, {"who": "bob", "n": 6}) == [2, 4]
    assert value(drawing, {"who": None, "n": 1}) == [3, 5, 6]
    assert value(drawing, {"who": ["ann"], "n": 1}) == [1, 2, 3, 5]


def test_a_table_of_many_rules() -> None:
    rules = "".join(f'\n | "{number}" | {number} || {number}' for number in range(300))
    model = read(decision("d", table(f"UNIQUE | s | n || x{rules}")))
    assert [model.evaluate("d", {"s": str(number), "n": number}).value for number in (0, 64, 299)] == [0, 64, 299]
    assert model.evaluate("d", {"s": "7", "n": 8}).value is None


@pytest.mark.parametrize(
    ("drawing", "options", "message"),
    [
        ("BEST | n || x\n | 1 || 1", {}, "The hit policy 'BEST' is not known."),
        ("COLLECT | n || x\n | 1 || 1", {"aggregation": "AVERAGE"}, "The aggregation 'AVERAGE' is not known."),
        ("COLLECT | n || x | y\n | 1 || 1 | 2", {"aggregation": "SUM"}, "SUM needs a single output"),
        ("UNIQUE | n || x\n | 1 | 2 || 1", {}, "Rule 1 has 2 inputs and 1 outputs, but the table has 1 and 1."),
        ("UNIQUE | || x\n | 1 || 1", {}, "The input has no expression."),
        ("UNIQUE | n || x\n | < || 1", {}, "'<' is no FEEL"),
    ],
)
def test_a_table_that_cannot_work_is_a_problem(drawing: str, options: dict[str, str], message: str) -> None:
    problems = read_as_is(decision("d", table(drawing, **options))).problems
    assert any(message in problem.message for problem in problems), problems
