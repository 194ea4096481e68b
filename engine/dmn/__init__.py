"""DMN: decisions, read from XML of version 1.1 to 1.5 and evaluated with FEEL.

    >>> from engine import dmn, xml
    >>> model = dmn.read_model(xml.parse(data))
    >>> [str(problem) for problem in model.problems]
    []
    >>> model.evaluate("dish", {"season": "Winter", "guests": 8}).value
    'Roastbeef'

## Theory of operation
XML → `reader` (lists the elements, links their references) → `Model`. Each piece of logic is compiled once by
`boxed` into an evaluator, a function of (scope, run): the scope is a dict of the variables that can be seen, the
run is FEEL's Evaluation, with its budgets, time and warnings. Literal expressions, cells of tables and the like
are compiled by FEEL itself.

To evaluate a decision is to run its `plan`: all decisions that it requires in an order in which each comes after
those that it needs, each once. Knowledge models and services are functions that expressions call; how deep they
call each other is limited by FEEL's budgets. A decision that requires itself is a problem of the file.

## Two modes
`Mode.CAMUNDA` is how Camunda evaluates: decisions see all variables, types are not held, a table that cannot
decide (two rules match and the hit policy is UNIQUE) fails, and nothing is evaluated after it. `Mode.SPEC` is
the standard: a decision sees what it requires, values are held to their types (`types`: converted or null),
names may have spaces, and what fails is null with a warning.

## For the host
- `read_model(root, mode=, imports=) -> Model`: from any tree like ElementTree's; `Model.problems` say what to mend
- `read_models(roots, mode=) -> list[Model]`: several that may import each other
- `imported_by(root) -> set[str]`: the namespaces that a file imports
- `Model.decisions`: by id; each has `id`, `name`, `kind`, `requirements`
- `Model.evaluate(id_or_name, context, now=) -> DecisionResult`: the value; each decision with inputs, matched rules
  and outputs; the failure, a `DecisionEvaluationError`; the warnings
- `Model.evaluate_service(id_or_name, context, now=) -> DecisionResult`

Nothing in here reads files, knows the time or draws random numbers.
"""

from __future__ import annotations

from engine.dmn.elements import Decision, InputData, Knowledge
from engine.dmn.errors import DecisionEvaluationError, Problem, UnknownDecision
from engine.dmn.model import Model
from engine.dmn.reader import imported_by, read_model, read_models
from engine.dmn.results import (
    DecisionResult,
    DecisionType,
    EvaluatedDecision,
    EvaluatedInput,
    EvaluatedOutput,
    MatchedRule,
)
from engine.dmn.services import Service
from engine.feel import Mode

__all__ = [
    "Decision",
    "DecisionEvaluationError",
    "DecisionResult",
    "DecisionType",
    "EvaluatedDecision",
    "EvaluatedInput",
    "EvaluatedOutput",
    "InputData",
    "Knowledge",
    "MatchedRule",
    "Mode",
    "Model",
    "Problem",
    "Service",
    "UnknownDecision",
    "imported_by",
    "read_model",
    "read_models",
]
