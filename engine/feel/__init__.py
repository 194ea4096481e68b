"""FEEL, the expression language of DMN and BPMN: version 1.5, complete, as a library that stands alone.

    >>> from engine import feel
    >>> feel.compile('amount > 100 and status = "open"').evaluate({"amount": 120, "status": "open"})
    True

## Theory of operation
Text → `lexer` (tokens) → `parser` (Pratt; nodes of `nodes`) → `compiler` (Python's `ast` → a code object) →
a function of (context, run). `compile()` does all of it once per text and keeps the result. Evaluating calls
the function: it reads its variables from the context, and everything that is not a plain comparison of
small values is a call of one of `operations` or of the `builtins`.

An expression does not fail: what cannot be computed is null, and a warning says why
(`evaluate_with_warnings`). Only `assert()` and a budget end an evaluation with an error. Every error is a
`FeelError`.

The code of an expression holds no attribute access and no builtins of Python, and names of the text never
become Python's names. Loops, lists, strings, calls and patterns are charged to an `Evaluation` before they
run (`limits`), so any expression ends within about 200 ms. Time and randomness are arguments.

## Values
See `values`: JSON goes in as it is, numbers are int or Decimal (34 digits), dates and durations are the
classes of `temporal`. `to_json` turns a result into JSON.

## Modes
`Mode.CAMUNDA`: names are single words or stand in backticks. `Mode.SPEC`: names may have spaces, and are
found by the longest match among the `names` given to `compile`, keys, parameters and loop variables.

The few results that differ between Camunda and the standard go by the mode too (`Evaluation.spec`): fractions
of a second in `=`, a key that occurs twice, an empty substring, the syntax of patterns.

## For the host
- `compile(text, mode=, names=) -> Expression`: `.names`, `.evaluate(context, now=, entropy=)`,
  `.evaluate_with_warnings(context, now=, entropy=) -> Result`. Without `now`, `now()` and `today()` are null;
  without `entropy`, a source of random bytes, `uuid()` and `random number()` are
- `compile_unary(text) -> UnaryTests`: `.evaluate(context, input_value)` is True, False or None
- `attribute(text) -> Expression | Static`: a model's attribute, an expression if it begins with `=`
- `Expression.run(context, evaluation)`, `UnaryTests.test(context, input, evaluation)`: several expressions
  in one `Evaluation`, with one budget, time and list of warnings
- `Function(parameters, body)`: a function of the host's, to be put into the context; `call_function` calls
  any; `equal` and `is_in` compare as `=` and `in` do
- `parse`, `parse_unary`: the tree alone; `parse_value`: a literal's value; `parse_type`: a type → a test
- `temporal.parse_duration`, `parse_date_time`, `add_duration`: for timers
"""

from __future__ import annotations

from engine.feel import temporal
from engine.feel.errors import (
    FeelAssertionError,
    FeelBudgetError,
    FeelError,
    FeelSyntaxError,
    FeelValueError,
)
from engine.feel.evaluation import Evaluation, Result, Warning
from engine.feel.expression import (
    Expression,
    Mode,
    Scope,
    Static,
    UnaryTests,
    attribute,
    compile,
    compile_unary,
    evaluate,
    parse,
    parse_type,
    parse_unary,
    parse_value,
)
from engine.feel.jsonable import to_json
from engine.feel.operations.comparison import equal
from engine.feel.operations.comparison import in_value as is_in
from engine.feel.operations.control import call_value as call_function
from engine.feel.values import Function, Range

__all__ = [
    "Evaluation",
    "Expression",
    "FeelAssertionError",
    "FeelBudgetError",
    "FeelError",
    "FeelSyntaxError",
    "FeelValueError",
    "Function",
    "Mode",
    "Range",
    "Result",
    "Scope",
    "Static",
    "UnaryTests",
    "Warning",
    "attribute",
    "call_function",
    "compile",
    "compile_unary",
    "equal",
    "evaluate",
    "is_in",
    "parse",
    "parse_type",
    "parse_unary",
    "parse_value",
    "temporal",
    "to_json",
]
