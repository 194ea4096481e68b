"""Decision tables: from XML to columns, rules and a hit policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine import feel
from engine.dmn.boxed.hit_policies import AGGREGATIONS, MULTIPLE, SINGLE
from engine.dmn.boxed.tables import Column, DecisionTable, Output, Rule
from engine.dmn.compilation import Compilation, Evaluator, Names, Tester, nothing
from engine.dmn.source import Element, attribute, child, children, text_of, type_ref
from engine.feel import FeelSyntaxError
from engine.feel.nodes import Literal


class Cell(NamedTuple):
    """An input cell that does not let everything through, and the rules that have it.

    `strings` are set where it is nothing but strings.
    """

    test: Tester
    strings: tuple[str, ...]
    rules: int


def decision_table(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    rules = children(element, "rule")
    inputs = children(element, "input")
    outputs = children(element, "output")
    check_rules(compilation, rules, len(inputs), len(outputs))
    columns = [
        input_column(compilation, column, [cell_at(rule, index) for rule in rules], names)
        for index, column in enumerate(inputs)
    ]
    policy, aggregation = policy_of(compilation, element, len(outputs))
    return DecisionTable(
        columns,
        output_columns(compilation, element, outputs, names),
        [rule_of(compilation, rule, index, outputs, names) for index, rule in enumerate(rules, 1)],
        policy,
        aggregation,
        compilation.strict,
    )


def check_rules(compilation: Compilation, rules: Sequence[Element], inputs: int, outputs: int) -> None:
    for index, rule in enumerate(rules, 1):
        cells, entries = len(children(rule, "inputEntry")), len(children(rule, "outputEntry"))
        if (cells, entries) != (inputs, outputs):
            compilation.problem(
                rule,
                f"Rule {index} has {cells} inputs and {entries} outputs, but the table has {inputs} and {outputs}.",
                "Give the rule one cell per column.",
            )


def cell_at(rule: Element, index: int) -> Element | None:
    cells = children(rule, "inputEntry")
    return cells[index] if index < len(cells) else None

def policy_of(compilation: Compilation, element: Element, columns: int) -> tuple[str, str]:
    policy = attribute(element, "hitPolicy").upper() or "UNIQUE"
    if policy not in SINGLE and policy not in MULTIPLE:
        known = ", ".join((*SINGLE, *MULTIPLE))
        compilation.problem(element, f"The hit policy '{policy}' is not known.", f"Choose one of {known}.")
        policy = "UNIQUE"
    aggregation = attribute(element, "aggregation").upper() if policy == "COLLECT" else ""
    if aggregation and aggregation not in AGGREGATIONS:
        known = ", ".join(AGGREGATIONS)
        compilation.problem(element, f"The aggregation '{aggregation}' is not known.", f"Choose one of {known}.")
        return policy, ""
    if aggregation and columns > 1:
        compilation.problem(
            element,
            f"The aggregation {aggregation} needs a single output, but the table has {columns}.",
            "Split the table, or collect without an aggregation.",
        )
        return policy, ""
    return policy, aggregation


def input_column(
    compilation: Compilation, element: Element, cells: Sequence[Element | None], names: Names
) -> Column:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    if expression is None or not text:
        compilation.problem(element, "The input has no expression.", "Say what the column tests, such as a variable.")
        evaluate: Evaluator = nothing
    else:
        evaluate = compilation.feel(expression, names)
    name = attribute(element, "label") or text
    values = child(element, "inputValues")
    different, unconditional = different_cells(compilation, cells, names)
    return Column(
        attribute(element, "id"),
        name,
        compilation.typed(evaluate, type_ref(expression), f"input '{name}'"),
        compilation.tests(values, names) if values is not None and compilation.strict else None,
        unconditional,
        rules_by_string(different),
        tuple((cell.test, cell.rules) for cell in different if not cell.strings),
        tuple((cell.test, cell.rules) for cell in different),
    )


def different_cells(
    compilation: Compilation, cells: Sequence[Element | None], names: Names
) -> tuple[list[Cell], int]:
    """The cells of a column by their text, and the rules whose cell lets everything through."""
    found: dict[str, Cell] = {}
    unconditional = 0
    for index, element in enumerate(cells):
        text = text_of(element)
        known = found.get(text)
        test = compilation.tests(element, names) if known is None and element is not None else None
        if known is not None:
            found[text] = known._replace(rules=known.rules | 1 << index)
        elif test is not None:
            found[text] = Cell(test, strings_of(compilation, text), 1 << index)
        else:
            unconditional |= 1 << index
    return list(found.values()), unconditional


def strings_of(compilation: Compilation, text: str) -> tuple[str, ...]:
    """The strings that a cell consists of; none if there is anything else in it."""
    try:
        tests = feel.parse_unary(text, mode=compilation.mode).tests
    except FeelSyntaxError:
        return ()
    values = [test.value for test in tests if isinstance(test, Literal)]
    strings = [value for value in values if isinstance(value, str)]
    return tuple(strings) if len(strings) == len(tests) else ()


def rules_by_string(cells: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, int] = {}
    for cell in cells:
        for string in cell.strings:
            found[string] = found.get(string, 0) | cell.rules
    return found


def output_columns(
    compilation: Compilation, table: Element, elements: Sequence[Element], names: Names
) -> list[Output]:
    if not elements:
        compilation.problem(table, "The table has no output.", "Add a column for the result.")
    type_name = type_ref(table) or compilation.result_type
    return [
        output_column(compilation, element, names, number if len(elements) > 1 else 0, type_name)
        for number, element in enumerate(elements, 1)
    ]


def output_column(compilation: Compilation, element: Element, names: Names, number: int, type_name: str) -> Output:
    """`number` is the place among several columns, 0 for an only one, which needs no name.

    `type_name` is the type of the table's result.
    """
    name = attribute(element, "name")
    if number and not name:
        compilation.problem(element, f"Output {number} has no name.", "Name each output of a table with several.")
        name = f"output {number}"
    label = attribute(element, "label") or name
    default = child(element, "defaultOutputEntry")
    values = child(element, "outputValues")
    of_type = type_ref(element) or (f"{type_name}.{name}" if number else type_name)
    order = values if text_of(values) else compilation.allowed_values.get(of_type)
    return Output(
        attribute(element, "id"),
        name,
        label,
        typed_output(compilation, element, default, names) if default is not None else None,
        compilation.feel_list(order, names) if order is not None else nothing,
    )


def typed_output(compilation: Compilation, column: Element, entry: Element, names: Names) -> Evaluator:
    """An output cell, held to the type of its column."""
    evaluate = compilation.feel(entry, names)
    return compilation.typed(evaluate, type_ref(column), f"output '{attribute(column, 'name')}'")


def rule_of(
    compilation: Compilation, element: Element, index: int, columns: Sequence[Element], names: Names
) -> Rule:
    entries = children(element, "outputEntry")
    outputs = [typed_output(compilation, column, entry, names) for column, entry in zip(columns, entries, strict=False)]
    missing = [nothing] * (len(columns) - len(outputs))
    return Rule(attribute(element, "id"), index, (*outputs, *missing))
