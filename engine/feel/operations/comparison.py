"""Equality, order, ranges, and logic with three values. Each answers True, False or None."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel.evaluation import Evaluation, Null
from engine.feel.limits import COST_OF_DECIMAL, COST_OF_ZONE
from engine.feel.numbers import EXACT_FLOATS
from engine.feel.operations.arithmetic import exact
from engine.feel.temporal.calendar import SECOND
from engine.feel.temporal.types import DateTime, Time
from engine.feel.values import (
    BOOLEAN,
    CONTEXT,
    DATE,
    DATE_TIME,
    DAYS_TIME,
    LIST,
    NULL,
    NUMBER,
    RANGE,
    STRING,
    TIME,
    YEARS_MONTHS,
    Range,
    describe,
    kind,
)

Truth = bool | None
ORDERED: Final = frozenset((NUMBER, STRING, DATE, TIME, DATE_TIME, DAYS_TIME, YEARS_MONTHS))


def equal(run: Evaluation, left: Any, right: Any) -> Truth:
    if type(left) is str and type(right) is str:
        run.charge_string(min(len(left), len(right)))
        return left == right
    if type(left) is type(right) and type(left) in (int, bool):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    name = kind(left)
    if name != kind(right):
        if LIST in (name, kind(right)) and (unwrapped := unwrap(left, right)) is not None:
            return equal(run, *unwrapped)
        return run.warn("NOT_COMPARABLE", f"cannot compare {describe(left)} with {describe(right)}")
    compare = EQUAL_BY_KIND.get(name)
    return compare(run, left, right) if compare else bool(left == right)


def unwrap(left: Any, right: Any) -> tuple[Any, Any] | None:
    """A list of one element compares as that element with what is not a list."""
    if type(left) is list and len(left) == 1:
        return left[0], right
    if type(right) is list and len(right) == 1:
        return left, right[0]
    return None


def equal_numbers(_run: Evaluation, left: Any, right: Any) -> Truth:
    if compare_as_they_are(left, right):
        return bool(left == right)
    return bool(exact(left) == exact(right))


def compare_as_they_are(left: Any, right: Any) -> bool:
    """Whether two numbers of Python compare as the decimals they stand for."""
    if type(left) is Decimal or type(right) is Decimal:
        return False
    return bool(abs(left) < EXACT_FLOATS and abs(right) < EXACT_FLOATS)


def equal_lists(run: Evaluation, left: list[Any], right: list[Any]) -> Truth:
    if len(left) != len(right):
        return False
    run.look(len(left))
    run.enter(1)
    same = all(equal(run, a, b) is True for a, b in zip(left, right, strict=True))
    run.leave()
    return same


def equal_contexts(run: Evaluation, left: dict[str, Any], right: dict[str, Any]) -> Truth:
    if left.keys() != right.keys():
        return False
    run.look(len(left))
    run.enter(1)
    same = all(equal(run, value, right[key]) is True for key, value in left.items())
    run.leave()
    return same


def equal_times(run: Evaluation, left: Time, right: Time) -> Truth:
    run.spend(COST_OF_ZONE)
    if (left.zone is None) != (right.zone is None):
        return False
    return same_clock(run, left.utc_nanos, right.utc_nanos)


def equal_moments(run: Evaluation, left: DateTime, right: DateTime) -> Truth:
    run.spend(COST_OF_ZONE)
    if (left.zone is None) != (right.zone is None):
        return False
    return same_clock(run, left.instant, right.instant)


def same_clock(run: Evaluation, left: int, right: int) -> bool:
    """In spec mode the fraction of a second does not count, as the standard's test kit has it."""
    return left // SECOND == right // SECOND if run.spec else left == right


def equal_ranges(run: Evaluation, left: Range, right: Range) -> Truth:
    shape = (left.start_included, left.end_included, left.operator)
    if shape != (right.start_included, right.end_included, right.operator):
        return False
    return equal(run, left.start, right.start) is True and equal(run, left.end, right.end) is True


EQUAL_BY_KIND: Final[dict[str, Callable[[Evaluation, Any, Any], Truth]]] = {
    NUMBER: equal_numbers,
    LIST: equal_lists,
    CONTEXT: equal_contexts,
    TIME: equal_times,
    DATE_TIME: equal_moments,
    RANGE: equal_ranges,
}


def not_equal(run: Evaluation, left: Any, right: Any) -> Truth:
    same = equal(run, left, right)
    return None if same is None else not same


def keys(run: Evaluation, left: Any, right: Any) -> tuple[Any, Any] | None:
    """Two Python values in the order of `left` and `right`; None, with a warning, if they have none."""
    run.spend(COST_OF_DECIMAL)
    name = kind(left)
    if name == kind(right) and name in ORDERED:
        if name == NUMBER:
            return (left, right) if compare_as_they_are(left, right) else (exact(left), exact(right))
        if name == STRING:
            run.charge_string(min(len(left), len(right)))
        if name not in (TIME, DATE_TIME):
            return left, right
        run.spend(COST_OF_ZONE)
        if (left.zone is None) == (right.zone is None):
            return (left.utc_nanos, right.utc_nanos) if name == TIME else (left.instant, right.instant)
    run.warn("NOT_COMPARABLE", f"cannot compare {describe(left)} with {describe(right)}")
    return None


def less(run: Evaluation, left: Any, right: Any) -> Truth:
    if type(left) is int and type(right) is int:
        return left < right
    pair = keys(run, left, right)
    return None if pair is None else bool(pair[0] < pair[1])


def less_or_equal(run: Evaluation, left: Any, right: Any) -> Truth:
    if type(left) is int and type(right) is int:
        return left <= right
    pair = keys(run, left, right)
    return None if pair is None else bool(pair[0] <= pair[1])


def greater(run: Evaluation, left: Any, right: Any) -> Truth:
    if type(left) is int and type(right) is int:
        return left > right
    pair = keys(run, left, right)
    return None if pair is None else bool(pair[0] > pair[1])


def greater_or_equal(run: Evaluation, left: Any, right: Any) -> Truth:
    if type(left) is int and type(right) is int:
        return left >= right
    pair = keys(run, left, right)
    return None if pair is None else bool(pair[0] >= pair[1])


def between(run: Evaluation, value: Any, low: Any, high: Any) -> Truth:
    return conjunction(run, greater_or_equal(run, value, low), less_or_equal(run, value, high))


# -- logic ---------------------------------------------------------------------------------------------


def conjunction(run: Evaluation, left: Any, right: Any) -> Truth:
    if left is False or right is False:
        return False
    if left is True and right is True:
        return True
    return not_boolean(run, "and", left, right)


def disjunction(run: Evaluation, left: Any, right: Any) -> Truth:
    if left is True or right is True:
        return True
    if left is False and right is False:
        return False
    return not_boolean(run, "or", left, right)


def not_boolean(run: Evaluation, operator: str, left: Any, right: Any) -> Null:
    for value in (left, right):
        if kind(value) not in (BOOLEAN, NULL):
            run.warn(
                "INVALID_TYPE", f"{describe(value)} is not an operand of '{operator}'; expected a boolean"
            )
    return None


def negated(run: Evaluation, value: Any) -> Truth:
    if type(value) is bool:
        return not value
    return run.warn("INVALID_TYPE", f"cannot negate {describe(value)}; expected a boolean")


def any_true(_run: Evaluation, *truths: Truth) -> Truth:
    """True if one is, else None if one is."""
    if True in truths:
        return True
    return None if None in truths else False


# -- ranges and tests ----------------------------------------------------------------------------------


def range_of(run: Evaluation, start: Any, end: Any, start_included: bool, end_included: bool) -> Range | None:
    """`[start..end]`; None where the ends are of types that have no common order."""
    known = [kind(value) for value in (start, end) if value is not None]
    if len(set(known)) == 2 or not set(known) <= ORDERED:
        return run.warn("INVALID_TYPE", f"{describe(start)} and {describe(end)} are not the ends of a range")
    return Range(start, end, start_included, end_included)


def in_range(run: Evaluation, value: Any, range_: Range | None) -> Truth:
    """Whether a range includes a value; null where an end is, as then it cannot be told."""
    if range_ is None:
        return None
    if range_.operator is not None:
        return compare_by(run, range_.operator, value, range_.end if range_.start is None else range_.start)
    if value is None or range_.start is None or range_.end is None:
        return run.warn(
            "NOT_COMPARABLE", f"cannot tell whether a range includes {describe(value)}: an end is null"
        )
    low = greater_or_equal if range_.start_included else greater
    high = less_or_equal if range_.end_included else less
    return conjunction(run, low(run, value, range_.start), high(run, value, range_.end))


def in_value(run: Evaluation, value: Any, test: Any) -> Truth:
    """`value in test`: a range includes it, a list contains it, anything else is equal to it."""
    if type(test) is Range:
        return equal(run, value, test) if type(value) is Range else in_range(run, value, test)
    if type(test) is not list:
        return equal(run, value, test)
    if type(value) is str:
        run.spend(len(test) // 4)
        if value in test:
            return True
    run.look(len(test))
    if type(value) is list and equal_lists(run, value, test):
        return True
    return any(in_value_of_list(run, value, item) is True for item in test)


def in_value_of_list(run: Evaluation, value: Any, item: Any) -> Truth:
    if type(item) is Range:
        return in_value(run, value, item)
    if type(item) is list and type(value) is not list:
        return False
    return equal(run, value, item)


def input_test(run: Evaluation, result: Any, value: Any, mentions_input: bool) -> Truth:
    """A unary test that is an expression: true itself, or met by the input.

    An expression with `?` in it says itself whether the test holds. Any other is compared with the input,
    unless it is a boolean and the input is none.
    """
    if type(result) is bool and (mentions_input or type(value) is not bool):
        return result
    return in_value(run, value, result)


def compare_by(run: Evaluation, operator: str, left: Any, right: Any) -> Truth:
    return COMPARATORS[operator](run, left, right)


COMPARATORS: Final[dict[str, Callable[[Evaluation, Any, Any], Truth]]] = {
    "=": equal,
    "!=": not_equal,
    "<": less,
    "<=": less_or_equal,
    ">": greater,
    ">=": greater_or_equal,
}
