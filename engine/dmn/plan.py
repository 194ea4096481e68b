"""The order in which a requirements graph is evaluated: each element once, what is required first.

A plan is made when a decision is first asked for and kept. Running it is a loop, so the depth of a graph costs
no stack. Elements of an imported model are told apart by the path of imports that leads to them: a model that is
imported twice may be given two sets of inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from engine.dmn.boxed.tables import DecisionTable, TableFailure
from engine.dmn.compilation import Scope
from engine.dmn.elements import Decision, InputData, Path, Requirement
from engine.dmn.errors import DecisionEvaluationError, DecisionFailure
from engine.dmn.results import EvaluatedDecision
from engine.dmn.types import convert_or_null
from engine.feel import Evaluation, FeelError

MAX_CHAIN: Final = 200
"""Decisions that require each other in a row."""
MAX_STEPS: Final = 10_000
"""Decisions and inputs in one evaluation."""


class Source(NamedTuple):
    """A value that a decision's logic sees: under which names, of which import, and which step gave it."""

    alias: str | None
    names: tuple[str, ...]
    step: int


class Step(NamedTuple):
    """One element to evaluate."""

    path: Path
    element: InputData | Decision
    sources: tuple[Source, ...]


class Plan:
    """Some steps whose values are given come first, then those to evaluate.

    `strict`: a decision sees what it requires and nothing else, and values are held to their types. Else it
    sees the whole context as well.
    """

    def __init__(self, given: Sequence[Requirement], targets: Sequence[Requirement], strict: bool) -> None:
        self.strict = strict
        self.given = len(given)
        self.steps: list[Step] = []
        self.index: dict[tuple[Path, InputData | Decision], int] = {}
        for position, requirement in enumerate(given):
            self.index[requirement.path, requirement.element] = position
        self.targets = [self.add(target.path, target.element, ()) for target in targets]

    def add(self, path: Path, element: InputData | Decision, chain: tuple[Decision, ...]) -> int:
        """The position of an element, after everything that it requires."""
        known = self.index.get((path, element))
        if known is not None:
            return known
        sources: tuple[Source, ...] = ()
        if isinstance(element, Decision):
            check_chain(element, chain)
            sources = tuple(
                Source(
                    requirement.alias,
                    names_of(requirement.element, self.strict),
                    self.add((*path, *requirement.path), requirement.element, (*chain, element)),
                )
                for requirement in element.requirements
                if self.strict or isinstance(requirement.element, Decision)
            )
        if len(self.steps) >= MAX_STEPS:
            raise DecisionFailure(f"more than {MAX_STEPS:,} decisions and inputs are required; split the model")
        self.steps.append(Step(path, element, sources))
        position = self.index[path, element] = self.given + len(self.steps) - 1
        return position

    def run(
        self,
        run: Evaluation,
        context: Mapping[str, object],
        given: Sequence[object] = (),
        trace: list[EvaluatedDecision] | None = None,
    ) -> list[object]:
        """The values of the targets. DecisionEvaluationError where a decision fails."""
        values = list(given)
        for step in self.steps:
            element = step.element
            if isinstance(element, InputData):
                values.append(input_value(run, context, step.path, element))
                continue
            evaluated = self.decide(element, self.scope(step, values, context), run, trace)
            values.append(evaluated.value)
            if trace is not None:
                trace.append(evaluated)
        return [values[target] for target in self.targets]

    def scope(self, step: Step, values: list[object], context: Mapping[str, object]) -> Scope:
        assert isinstance(step.element, Decision)
        scope = dict(step.element.functions) if self.strict else {**context, **step.element.functions}
        for alias, names, position in step.sources:
            value = values[position]
            if alias:
                imported = scope.get(alias)
                known = imported if isinstance(imported, dict) else {}
                scope[alias] = {**known, **dict.fromkeys(names, value)}
            else:
                for name in names:
                    scope[name] = value
        return scope

    def decide(
        self, decision: Decision, scope: Scope, run: Evaluation, trace: list[EvaluatedDecision] | None
    ) -> EvaluatedDecision:
        logic = decision.logic
        try:
            if isinstance(logic, DecisionTable):
                outcome = logic.decide(scope, run)
                value = self.held(decision, outcome.value, run)
                return EvaluatedDecision(
                    decision.id, decision.name, decision.kind, value, outcome.inputs, outcome.rules
                )
            value = self.held(decision, logic(scope, run), run)
            return EvaluatedDecision(decision.id, decision.name, decision.kind, value)
        except (DecisionFailure, FeelError) as error:
            failure = failed(decision, error)
            if trace is not None:
                seen = (error.inputs, error.rules) if isinstance(error, TableFailure) else ((), ())
                trace.append(
                    EvaluatedDecision(decision.id, decision.name, decision.kind, None, *seen, failure=str(failure))
                )
            raise failure from error

    def held(self, decision: Decision, value: object, run: Evaluation) -> object:
        """The value as one of the decision's type."""
        if not self.strict:
            return value
        return convert_or_null(run, decision.type, value, f"the value of decision '{decision.name}'")


def planned(id: str, given: Sequence[Requirement], targets: Sequence[Requirement], strict: bool) -> Plan:
    """A plan for the element of that id; DecisionEvaluationError where the requirements cannot be ordered."""
    try:
        return Plan(given, targets, strict)
    except DecisionFailure as failure:
        raise DecisionEvaluationError(id, None, failure.message) from failure


def failed(decision: Decision, error: Exception) -> DecisionEvaluationError:
    rule = error.rule if isinstance(error, DecisionFailure) else None
    return DecisionEvaluationError(decision.id, rule, str(error))


def check_chain(decision: Decision, chain: tuple[Decision, ...]) -> None:
    if decision in chain:
        raise DecisionFailure(f"decision '{decision.name}' requires itself; remove one of the requirements")
    if len(chain) >= MAX_CHAIN:
        raise DecisionFailure(f"more than {MAX_CHAIN} decisions require each other in a row; shorten the chain")


def names_of(element: InputData | Decision, strict: bool) -> tuple[str, ...]:
    """The names under which a value is seen: its variable's, and for Camunda its element's id and name as well."""
    if strict or isinstance(element, InputData):
        return (element.name if isinstance(element, InputData) else element.variable,)
    return tuple(dict.fromkeys(filter(None, (element.id, element.name, element.variable))))


def input_value(run: Evaluation, context: Mapping[str, object], path: Path, element: InputData) -> object:
    """An input from the context: `context[import][name]`, or `context[import.name]`, or simply by its name."""
    value = lookup(context, tuple(filter(None, path)), element.name)
    return convert_or_null(run, element.type, value, f"the input '{element.name}'")


def lookup(context: Mapping[str, object], path: Path, name: str) -> object:
    inner: object = context
    for alias in path:
        inner = inner.get(alias) if isinstance(inner, Mapping) else None
    if isinstance(inner, Mapping) and name in inner:
        return inner[name]
    return context.get(".".join((*path, name)), context.get(name))
