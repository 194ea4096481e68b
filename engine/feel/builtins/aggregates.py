"""Functions that make one value of a list: least, greatest, sums, averages, all and any.

Each takes a list, or several arguments as one: `sum([1, 2])`, `sum(1, 2)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.feel.builtins.registry import MISMATCH, builtin, to_number
from engine.feel.evaluation import Evaluation
from engine.feel.limits import COST_OF_DECIMAL
from engine.feel.numbers import CONTEXT, as_number, from_int
from engine.feel.operations.arithmetic import add, divide, multiply
from engine.feel.operations.comparison import keys
from engine.feel.values import BOOLEAN, NULL, describe, kind

WHOLE: Final = {int}


@builtin("min(list: list)", gather=True)
def minimum(run: Evaluation, items: list[Any]) -> object:
    return extreme(run, items, -1)


@builtin("max(list: list)", gather=True)
def maximum(run: Evaluation, items: list[Any]) -> object:
    return extreme(run, items, 1)


def extreme(run: Evaluation, items: list[Any], sign: int) -> object:
    """The least or greatest item; null for an empty list and where two items have no order."""
    run.copy(len(items))
    if not items:
        return None
    if set(map(type, items)) == WHOLE:
        return max(items) if sign > 0 else min(items)
    run.look(len(items))
    best = items[0]
    for item in items:
        pair = keys(run, item, best)
        if pair is None:
            return None
        if pair[0] > pair[1] if sign > 0 else pair[0] < pair[1]:
            best = item
    return best


def numbers(run: Evaluation, name: str, items: list[Any]) -> list[Any] | None:
    """The items as numbers; None, with a warning, if one is something else."""
    run.copy(len(items))
    if set(map(type, items)) == WHOLE:
        return items
    run.spend(len(items) * COST_OF_DECIMAL)
    found = [to_number(item) for item in items]
    if MISMATCH in found:
        wrong = items[found.index(MISMATCH)]
        return run.warn("INVALID_TYPE", f"{name}(): expected numbers, found {describe(wrong)}")
    return found


def total(values: Sequence[Any]) -> Any:
    whole = sum(value for value in values if type(value) is int)
    result: Any = from_int(whole)
    for value in values:
        if type(value) is not int:
            result = CONTEXT.add(result, value)
    return result if type(result) is int else as_number(result)


@builtin("sum(list: list)", gather=True)
def sum_(run: Evaluation, items: list[Any]) -> object:
    values = numbers(run, "sum", items)
    return total(values) if values else None


@builtin("product(list: list)", gather=True)
def product(run: Evaluation, items: list[Any]) -> object:
    values = numbers(run, "product", items)
    if not values:
        return None
    result: object = 1
    for value in values:
        result = multiply(run, result, value)
    return result


@builtin("mean(list: list)", gather=True)
def mean(run: Evaluation, items: list[Any]) -> object:
    values = numbers(run, "mean", items)
    return divide(run, total(values), len(values)) if values else None


@builtin("median(list: list)", gather=True)
def median(run: Evaluation, items: list[Any]) -> object:
    values = numbers(run, "median", items)
    if not values:
        return None
    values = sorted(values)
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return divide(run, add(run, values[middle - 1], values[middle]), 2)


@builtin("stddev(list: list)", gather=True)
def standard_deviation(run: Evaluation, items: list[Any]) -> object:
    """Of a sample; null for fewer than two numbers."""
    values = numbers(run, "stddev", items)
    if values is None or len(values) < 2:
        return (
            run.warn("INVALID_VALUE", "stddev(): expected two numbers or more")
            if values is not None
            else None
        )
    average = CONTEXT.divide(total(values), len(values))
    differences = [CONTEXT.subtract(value, average) for value in values]
    squares = total([CONTEXT.multiply(difference, difference) for difference in differences])
    return as_number(CONTEXT.sqrt(CONTEXT.divide(squares, len(values) - 1)))


@builtin("mode(list: list)", gather=True)
def mode(run: Evaluation, items: list[Any]) -> object:
    """The numbers that occur most often, in ascending order."""
    values = numbers(run, "mode", items)
    if values is None:
        return None
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, times in counts.items() if times == most)


@builtin("all(list: list)", "and(list: list)", gather=True)
def all_(run: Evaluation, items: list[Any]) -> bool | None:
    """False if one is false; else true if all are true; else null."""
    run.copy(len(items))
    if not all_booleans(run, "all", items):
        return None
    if any(item is False for item in items):
        return False
    return None if None in items else True


@builtin("any(list: list)", "or(list: list)", gather=True)
def any_(run: Evaluation, items: list[Any]) -> bool | None:
    """True if one is true; else false if all are false; else null."""
    run.copy(len(items))
    if not all_booleans(run, "any", items):
        return None
    if any(item is True for item in items):
        return True
    return None if None in items else False


def all_booleans(run: Evaluation, name: str, items: list[Any]) -> bool:
    for item in items:
        if kind(item) not in (BOOLEAN, NULL):
            run.warn("INVALID_TYPE", f"{name}(): expected booleans, found {describe(item)}")
            return False
    return True
