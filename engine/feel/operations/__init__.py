"""What compiled expressions call. Every operation gets the Evaluation first and never raises for bad values:
what cannot be computed is None, with a warning.

`OPERATIONS` is the whole world of a compiled expression: they stand where Python's builtins would be, its
globals hold only its constants, and it contains no attribute access.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from engine.feel.operations import access, arithmetic, comparison, control
from engine.feel.values import Range

_FUNCTIONS: Final[tuple[Callable[..., Any], ...]] = (
    access.bad_literal,
    access.filter_list,
    access.index,
    access.missing,
    access.not_missing,
    access.path,
    access.put,
    arithmetic.add,
    arithmetic.divide,
    arithmetic.multiply,
    arithmetic.negate,
    arithmetic.power,
    arithmetic.subtract,
    comparison.any_true,
    comparison.between,
    comparison.conjunction,
    comparison.disjunction,
    comparison.equal,
    comparison.greater,
    comparison.greater_or_equal,
    comparison.in_range,
    comparison.in_value,
    comparison.input_test,
    comparison.less,
    comparison.less_or_equal,
    comparison.negated,
    comparison.not_equal,
    comparison.range_of,
    control.call_value,
    control.every,
    control.for_each,
    control.for_flat,
    control.for_partial,
    control.function_of,
    control.function_or,
    control.instance_of,
    control.some,
    control.span,
)
OPERATIONS: Final[dict[str, object]] = {
    **{function.__name__: function for function in _FUNCTIONS},
    "unary_range": Range.of,
    "type_of": type,
    "plain_numbers": frozenset((int, float)),
    "str_type": str,
    "dict_type": dict,
    "KeyError": KeyError,
}
