"""Boolean functions, and `assert`."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.errors import FeelAssertionError
from engine.feel.evaluation import Evaluation
from engine.feel.operations.comparison import equal, negated
from engine.feel.temporal.types import DateTime, Time
from engine.feel.values import kind


@builtin("not(negand: any?)")
def logical_not(run: Evaluation, value: Any) -> bool | None:
    return negated(run, value)


@builtin("is defined(value: any?)")
def is_defined(_run: Evaluation, value: Any) -> bool:
    return value is not None


@builtin("get or else(value: any?, default: any?)")
def get_or_else(_run: Evaluation, value: Any, default: Any) -> object:
    return default if value is None else value


@builtin("assert(value: any?, condition: any?, [cause: string])")
def assert_(
    _run: Evaluation, value: Any, condition: Any, cause: str = "the condition is not fulfilled"
) -> object:
    if condition is not True:
        raise FeelAssertionError(cause)
    return value


@builtin("is(value1: any?, value2: any?)")
def same(run: Evaluation, left: Any, right: Any) -> bool:
    """Stricter than `=`: times must have the same clock and the same zone."""
    if kind(left) != kind(right):
        return False
    if isinstance(left, Time | DateTime):
        return bool(left == right)
    return equal(run, left, right) is True


@builtin(
    "fromAi(value: any?, [description: string?], [type: string?], [schema: context?], [options: context?])"
)
def from_ai(_run: Evaluation, value: Any, *_description: Any) -> object:
    """The value as it is; the rest tells an integration what to ask for."""
    return value
