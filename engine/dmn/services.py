"""Decision services: some decisions of a model as one function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.dmn.boxed.functions import Parameter, arguments_of, entered
from engine.dmn.compilation import Compilation
from engine.dmn.elements import Requirement
from engine.dmn.errors import DecisionEvaluationError, DecisionFailure
from engine.dmn.plan import Plan, names_of, planned
from engine.dmn.results import EvaluatedDecision
from engine.dmn.types import Type
from engine.feel import Evaluation, Function

SERVICE_WEIGHT: Final = 50
"""What a call is charged; its decisions are charged for their loops and calls as well."""


class Service:
    """Its parameters are its input data and then its input decisions, whose own logic is not evaluated.

    `type` is that of its result.
    """

    def __init__(
        self,
        id: str,
        name: str,
        compilation: Compilation,
        inputs: Sequence[Requirement],
        outputs: Sequence[Requirement],
        type_: Type,
    ) -> None:
        self.id = id
        self.name = name
        self.compilation = compilation
        self.inputs = inputs
        self.outputs = outputs
        self.type = type_
        self.parameters = tuple(names_of(each.element, True)[0] for each in inputs)
        self.function = Function(self.parameters, self.call, name=name)
        self.plan: Plan | None = None

    def call(self, run: Evaluation, *arguments: object) -> object:
        """As a function: it sees its arguments and nothing else."""
        types = [each.element.type for each in self.inputs]
        parameters = tuple(map(Parameter, self.parameters, types))
        values = arguments_of(self.compilation, run, self.name, parameters, arguments)
        if values is None:
            return None
        try:
            return entered(run, SERVICE_WEIGHT, lambda: self.evaluate(run, values, list(values.values())))
        except DecisionEvaluationError as error:
            raise DecisionFailure(str(error)) from error

    def evaluate(
        self,
        run: Evaluation,
        context: Mapping[str, object],
        given: Sequence[object],
        trace: list[EvaluatedDecision] | None = None,
    ) -> object:
        """The value of its only output decision, or a context of all of them.

        DecisionEvaluationError where a decision fails.
        """
        strict = self.compilation.strict
        if self.plan is None:
            self.plan = planned(self.id, self.inputs, self.outputs, strict)
        values = self.plan.run(run, context, given, trace)
        names = [names_of(output.element, True)[0] for output in self.outputs]
        value = values[0] if len(values) == 1 else dict(zip(names, values, strict=True))
        return self.compilation.converted(run, self.type, value, f"the result of '{self.name}'")
