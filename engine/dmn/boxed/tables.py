"""Decision tables, compiled.

Which rules match is found column by column: a column knows its different tests and, for each, the rules that have
it, as the bits of an integer. A test is evaluated once however many rules share it, and not at all when all of its
rules are already out. Cells that are strings, the most common ones, are looked up by the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.dmn.boxed.hit_policies import AGGREGATIONS, MULTIPLE, SINGLE, Match, Outputs
from engine.dmn.compilation import Evaluator, Scope, Tester
from engine.dmn.errors import DecisionFailure
from engine.dmn.results import EvaluatedInput, EvaluatedOutput, MatchedRule
from engine.feel import Evaluation, FeelError


@dataclass(frozen=True, slots=True)
class Column:
    """A column of inputs. Sets of rules are integers: bit 0 is the first rule.

    `unconditional` are the rules whose cell lets everything through. `strings` holds, by string, the rules whose
    cell is that string or a list with it; for a value that is no string, they are among `all_tests`.
    """

    id: str
    name: str
    evaluate: Evaluator
    allowed: Tester | None
    unconditional: int
    strings: Mapping[str, int]
    other_tests: tuple[tuple[Tester, int], ...]
    all_tests: tuple[tuple[Tester, int], ...]

    def narrow(self, rules: int, value: object, scope: Scope, run: Evaluation) -> int:
        """Those of the rules whose cell in this column lets the value through."""
        if type(value) is str:
            matched = self.unconditional | self.strings.get(value, 0)
            tests = self.other_tests
        else:
            matched, tests = self.unconditional, self.all_tests
        for test, bits in tests:
            wanted = bits & rules
            if wanted:
                try:
                    if test(scope, value, run) is True:
                        matched |= bits
                except (FeelError, DecisionFailure) as error:
                    raise DecisionFailure(str(error), next(positions(wanted)) + 1) from error
        return rules & matched


def positions(bits: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


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
    """`index` counts from 1."""

    id: str
    index: int
    outputs: tuple[Evaluator, ...]


class Outcome(NamedTuple):
    """The value of a table, and how it came to it."""

    value: object
    inputs: tuple[EvaluatedInput, ...]
    rules: tuple[MatchedRule, ...]


class TableFailure(DecisionFailure):
    """A failure with what had been evaluated before it."""

    def __init__(self, cause: Exception, inputs: tuple[EvaluatedInput, ...], rules: tuple[MatchedRule, ...]) -> None:
        super().__init__(str(cause), cause.rule if isinstance(cause, DecisionFailure) else None)
        self.inputs = inputs
        self.rules = rules


class DecisionTable:
    """Calling it evaluates it for its value alone; `decide` tells the inputs and rules too.

    In strict mode a failure is null and a warning, as the standard says; else it is raised as a TableFailure.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        outputs: Sequence[Output],
        rules: Sequence[Rule],
        policy: str,
        aggregation: str,
        strict: bool,
    ) -> None:
        self.columns = tuple(columns)
        self.outputs = tuple(outputs)
        self.rules = tuple(rules)
        self.policy = policy
        self.aggregation = aggregation
        self.strict = strict
        self.every_rule = (1 << len(rules)) - 1
        self.is_checked = any(column.allowed for column in columns)
        self.names = tuple(output.name for output in outputs)
        self.has_default = any(output.default for output in outputs)
        self.is_ranked = policy in ("PRIORITY", "OUTPUT ORDER")

    def __call__(self, scope: Scope, run: Evaluation) -> object:
        return self.decide(scope, run).value

    def decide(self, scope: Scope, run: Evaluation) -> Outcome:
        inputs: list[EvaluatedInput] = []
        matched: list[MatchedRule] = []
        try:
            inputs += [EvaluatedInput(column.id, column.name, column.evaluate(scope, run)) for column in self.columns]
            if self.is_checked:
                self.check(inputs, run)
            rules = self.matching(inputs, scope, run)
            wanted = rules & -rules if self.policy == "FIRST" else rules
            matched += [self.matched(self.rules[position], scope, run) for position in positions(wanted)]
            value = self.result(matched, scope, run)
        except (FeelError, DecisionFailure) as error:
            if isinstance(error, FeelError) or not self.strict:
                raise TableFailure(error, tuple(inputs), tuple(matched)) from error
            value = run.warn("DECISION_FAILURE", str(error))
        return Outcome(value, tuple(inputs), tuple(matched))

    def check(self, inputs: list[EvaluatedInput], run: Evaluation) -> None:
        """Input values are held in strict mode; Camunda's engine does not look at them."""
        for column, (_, name, value) in zip(self.columns, inputs, strict=True):
            items = value if isinstance(value, list) else [value]
            allowed = column.allowed
            if allowed is None or allowed({}, value, run) is True:
                continue
            if not all(allowed({}, item, run) is True for item in items):
                raise DecisionFailure(f"the value of the input '{name}' is not one of its input values")

    def matching(self, inputs: list[EvaluatedInput], scope: Scope, run: Evaluation) -> int:
        """The rules all of whose cells let the inputs through."""
        rules = self.every_rule
        for column, (_, _, value) in zip(self.columns, inputs, strict=True):
            rules = column.narrow(rules, value, scope, run)
            if not rules:
                break
        return rules

    def matched(self, rule: Rule, scope: Scope, run: Evaluation) -> MatchedRule:
        try:
            outputs = [
                EvaluatedOutput(output.id, output.label, evaluate(scope, run))
                for output, evaluate in zip(self.outputs, rule.outputs, strict=True)
            ]
        except (FeelError, DecisionFailure) as error:
            raise DecisionFailure(str(error), rule.index) from error
        return MatchedRule(rule.id, rule.index, tuple(outputs))

    # -- results ---------------------------------------------------------------------------------------

    def result(self, matched: list[MatchedRule], scope: Scope, run: Evaluation) -> object:
        if not matched:
            return self.without_match(scope, run)
        matches = [Match(rule.index, [output.value for output in rule.outputs]) for rule in matched]
        ranks = [self.order_of(output, scope, run) for output in self.outputs] if self.is_ranked else []
        if self.policy in SINGLE:
            return self.value_of(SINGLE[self.policy](run, matches, ranks).outputs)
        found = [self.value_of(match.outputs) for match in MULTIPLE[self.policy](run, matches, ranks)]
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
