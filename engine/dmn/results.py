"""What an evaluation answers: the value, and how each decision of the graph came to its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from engine.dmn.errors import DecisionEvaluationError
from engine.feel import Warning


class DecisionType(Enum):
    """The boxed expression that is a decision's logic. The values are the names of the wire protocol."""

    DECISION_TABLE = "DECISION_TABLE"
    LITERAL_EXPRESSION = "LITERAL_EXPRESSION"
    CONTEXT = "CONTEXT"
    INVOCATION = "INVOCATION"
    LIST = "LIST"
    RELATION = "RELATION"
    FUNCTION = "FUNCTION"
    CONDITIONAL = "CONDITIONAL"
    FOR = "FOR"
    SOME = "SOME"
    EVERY = "EVERY"
    FILTER = "FILTER"
    UNSPECIFIED = "UNSPECIFIED"


class EvaluatedInput(NamedTuple):
    """The value of an input column; its name is the column's label, or else its expression."""

    id: str
    name: str
    value: object


class EvaluatedOutput(NamedTuple):
    """The value in an output column; its name is the column's label, or else its name."""

    id: str
    name: str
    value: object


@dataclass(slots=True)
class MatchedRule:
    """A rule whose inputs all matched. `index` counts from 1."""

    id: str
    index: int
    outputs: tuple[EvaluatedOutput, ...]


class EvaluatedDecision(NamedTuple):
    """One decision of the graph. `inputs` and `rules` are those of a decision table, else empty.

    `failure` says why there is no value; then it is the last decision that was evaluated.
    """

    id: str
    name: str
    type: DecisionType
    value: object
    inputs: tuple[EvaluatedInput, ...] = ()
    rules: tuple[MatchedRule, ...] = ()
    failure: str | None = None


class DecisionResult(NamedTuple):
    """`decisions` in the order in which they were evaluated: what is required first, what was asked last.

    `warnings` are those of the FEEL expressions: why a part of them became null. Values are FEEL values;
    `engine.feel.to_json` turns them into JSON.
    """

    value: object
    decisions: tuple[EvaluatedDecision, ...]
    failure: DecisionEvaluationError | None = None
    warnings: tuple[Warning, ...] = ()

    def unwrap(self) -> object:
        """The value; raises the failure if there is one."""
        if self.failure is not None:
            raise self.failure
        return self.value
