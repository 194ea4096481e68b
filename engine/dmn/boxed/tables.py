"""Decision tables.

A rule matches if each of its cells lets the value of its column through. Cells that let everything through are
left out when the table is compiled, and a rule is given up at its first cell that does not match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.dmn.boxed.hit_policies import AGGREGATIONS, MULTIPLE, SINGLE, Outputs
from engine.dmn.compilation import Compilation, Evaluator, Names, Scope, Tester, boxed, nothing
from engine.dmn.errors import DecisionFailure
from engine.dmn.results import EvaluatedInput, EvaluatedOutput, MatchedRule
from engine.dmn.source import Element, attribute, child, children, text_of, type_ref
from engine.feel import Evaluation, FeelError


class Input(NamedTuple):
    """A column of inputs. `allowed` are its input values."""

    id: str
    name: str
    evaluate: Evaluator
    allowed: Tester | None


class Output(NamedTuple):
    """A column of outputs. `name` is the key in the result, `label` what people read."""

    id: str
    name: str
    label: str
    default: Evaluator | None
    order: Evaluator
    """The list of its values by falling priority: the output values, or else those that its type allows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`cells` are the tests that can fail, each with the index of its column."""

    id: str
    index: int
    cells: tuple[tuple[int, Tester], ...]
    outputs: tuple[Evaluator, ...]


class Outcome(NamedTuple):
    """The value of a table, and how it came to it."""

    value: object
    inputs: tuple[EvaluatedInput, ...]
    rules: tuple[MatchedRule, ...]


class TableFailure(DecisionFailure):
    """A failure with what had been evaluated before it."""

    def __init__(self, cause: DecisionFailure, inputs: tuple[EvaluatedInput, ...], rules: tuple[MatchedRule, ...]) -> None:
        super().__init__(cause.message, cause.rule)
        self.inputs = inputs
        self.rules = rules


class DecisionTable:
    """A compiled table. Calling it evaluates it for its value alone; `decide` tells the inputs and rules too.

    In strict mode a failure is null and a warning, as the standard says; else it is raised as a TableFailure.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        outputs: Sequence[Output],
        rules: Sequence[Rule],
        policy: str,
        aggregation: str,
        strict: bool,
    ) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.rules = tuple(rules)
        self.policy = policy
        self.aggregation = aggregation
        self.strict = strict
        self.columns = tuple(column.evaluate for column in inputs)
        self.checks = tuple((index, column.allowed) for index, column in enumerate(inputs) if column.allowed)
        self.names = tuple(output.name for output in outputs)
        self.has_default = any(output.default for output in outputs)
        self.ranked = policy in ("PRIORITY", "OUTPUT ORDER")

    def __call__(self, scope: Scope, run: Evaluation) -> object:
        return self.decide(scope, run).value

    def decide(self, scope: Scope, run: Evaluation) -> Outcome:
        values: list[object] = []
        matched: list[MatchedRule] = []
        try:
            values.extend([evaluate(scope, run) for evaluate in self.columns])
            self.check_inputs(values, run)
            for rule in self.matching(scope, values, run):
                matched.append(self.matched(rule, scope, run))  # noqa: PERF401 - what matched before a failure is told
            value = self.result(matched, scope, run)
        except FeelError as error:
            raise TableFailure(DecisionFailure(str(error)), self.seen(values), tuple(matched)) from error
        except DecisionFailure as failure:
            if not self.strict:
                raise TableFailure(failure, self.seen(values), tuple(matched)) from failure
            value = run.warn("DECISION_FAILURE", str(failure))
        return Outcome(value, self.seen(values), tuple(matched))

    def seen(self, values: list[object]) -> tuple[EvaluatedInput, ...]:
        return tuple(
            [EvaluatedInput(column.id, column.name, value) for column, value in zip(self.inputs, values, strict=False)]
        )

    def check_inputs(self, values: list[object], run: Evaluation) -> None:
        """Input values are held in strict mode; Camunda's engine does not look at them."""
        for index, allowed in self.checks:
            value = values[index]
            items = value if isinstance(value, list) else [value]
            if allowed({}, value, run) is not True and not all(allowed({}, item, run) is True for item in items):
                raise DecisionFailure(f"the value of the input '{self.inputs[index].name}' is not one of its input values")

    def matching(self, scope: Scope, values: list[object], run: Evaluation) -> list[Rule]:
        found: list[Rule] = []
        for rule in self.rules:
            try:
                for column, test in rule.cells:
                    if test(scope, values[column], run) is not True:
                        break
                else:
                    found.append(rule)
                    if self.policy == "FIRST":
                        break
            except (FeelError, DecisionFailure) as error:
                raise DecisionFailure(str(error), rule.index) from error
        return found

    def matched(self, rule: Rule, scope: Scope, run: Evaluation) -> MatchedRule:
        try:
            values = [evaluate(scope, run) for evaluate in rule.outputs]
        except (FeelError, DecisionFailure) as error:
            raise DecisionFailure(str(error), rule.index) from error
        outputs = [
            EvaluatedOutput(output.id, output.label, value)
            for output, value in zip(self.outputs, values, strict=True)
        ]
        return MatchedRule(rule.id, rule.index, tuple(outputs))

    # -- results ---------------------------------------------------------------------------------------

    def result(self, matched: list[MatchedRule], scope: Scope, run: Evaluation) -> object:
        if not matched:
            return self.without_match(scope, run)
        matches = [[output.value for output in rule.outputs] for rule in matched]
        ranks = [self.order_of(output, scope, run) for output in self.outputs] if self.ranked else []
        if self.policy in SINGLE:
            return self.value_of(SINGLE[self.policy](run, matches, ranks))
        found = [self.value_of(outputs) for outputs in MULTIPLE[self.policy](run, matches, ranks)]
        return AGGREGATIONS[self.aggregation](run, found) if self.aggregation else found

    def without_match(self, scope: Scope, run: Evaluation) -> object:
        """The default outputs; else null, or in strict mode what collecting nothing gives."""
        if self.has_default:
            return self.value_of([output.default(scope, run) if output.default else None for output in self.outputs])
        if not self.strict or self.policy != "COLLECT":
            return None
        if self.aggregation:
            return 0 if self.aggregation == "COUNT" else None
        return []

    def value_of(self, outputs: Outputs) -> object:
        """The value of the only column, or a context of all."""
        return outputs[0] if len(self.names) == 1 else dict(zip(self.names, outputs, strict=True))

    def order_of(self, output: Output, scope: Scope, run: Evaluation) -> list[object]:
        values = output.order(scope, run)
        return values if isinstance(values, list) else []


# -- compiling -------------------------------------------------------------------------------------------


@boxed("decisionTable")
def decision_table(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    inputs = [input_column(compilation, column, names) for column in children(element, "input")]
    outputs = output_columns(compilation, element, names)
    rules = [
        rule_of(compilation, rule, index, inputs, output_elements(element), names)
        for index, rule in enumerate(children(element, "rule"), 1)
    ]
    policy, aggregation = policy_of(compilation, element, len(outputs))
    return DecisionTable(inputs, outputs, rules, policy, aggregation, compilation.strict)


def output_elements(element: Element) -> list[Element]:
    return children(element, "output")


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


def input_column(compilation: Compilation, element: Element, names: Names) -> Input:
    expression = child(element, "inputExpression")
    text = text_of(expression)
    if expression is None or not text:
        compilation.problem(element, "The input has no expression.", "Say what the column tests, such as a variable.")
        evaluate: Evaluator = nothing
    else:
        evaluate = compilation.feel(expression, names)
    name = attribute(element, "label") or text
    values = child(element, "inputValues")
    allowed = compilation.tests(values, names) if values is not None and compilation.strict else None
    typed = compilation.typed(evaluate, type_ref(expression), f"input '{name}'")
    return Input(attribute(element, "id"), name, typed, allowed)


def output_columns(compilation: Compilation, table: Element, names: Names) -> list[Output]:
    elements = output_elements(table)
    if not elements:
        compilation.problem(table, "The table has no output.", "Add a column for the result.")
    return [
        output_column(compilation, element, names, number if len(elements) > 1 else 0)
        for number, element in enumerate(elements, 1)
    ]


def output_column(compilation: Compilation, element: Element, names: Names, number: int) -> Output:
    """`number` is the place among several columns, 0 for an only one, which needs no name."""
    name = attribute(element, "name")
    if number and not name:
        compilation.problem(element, f"Output {number} has no name.", "Name each output of a table with several.")
        name = f"output {number}"
    label = attribute(element, "label") or name
    default = child(element, "defaultOutputEntry")
    values = child(element, "outputValues")
    order = values if text_of(values) else compilation.allowed_values.get(type_ref(element))
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
    compilation: Compilation,
    element: Element,
    index: int,
    inputs: list[Input],
    outputs: list[Element],
    names: Names,
) -> Rule:
    cells = children(element, "inputEntry")
    entries = children(element, "outputEntry")
    if len(cells) != len(inputs) or len(entries) != len(outputs):
        compilation.problem(
            element,
            f"Rule {index} has {len(cells)} inputs and {len(entries)} outputs,"
            f" but the table has {len(inputs)} and {len(outputs)}.",
            "Give the rule one cell per column.",
        )
    tests = [(column, compilation.tests(cell, names | {"?"})) for column, cell in enumerate(cells[: len(inputs)])]
    values = [
        typed_output(compilation, column, entry, names) for column, entry in zip(outputs, entries, strict=False)
    ]
    return Rule(
        attribute(element, "id"),
        index,
        tuple((column, test) for column, test in tests if test is not None),
        (*values, *[nothing] * (len(outputs) - len(values))),
    )
