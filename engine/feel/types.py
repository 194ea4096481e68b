"""Type expressions → tests, for `instance of` and for the parameters of functions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine.feel.evaluation import Evaluation
from engine.feel.nodes import TypeNode
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import Function, Range

TypeTest = Callable[[Evaluation, object], bool]


def of_types(*types: type[object]) -> TypeTest:
    return lambda _run, value: type(value) in types


SIMPLE: Final[dict[str, TypeTest]] = {
    "Any": lambda _run, value: value is not None,
    "Null": lambda _run, value: value is None,
    "null": lambda _run, value: value is None,
    "number": of_types(int, Decimal, float),
    "string": of_types(str),
    "boolean": of_types(bool),
    "date": of_types(Date),
    "time": of_types(Time),
    "date and time": of_types(DateTime),
    "days and time duration": of_types(DaysTimeDuration),
    "years and months duration": of_types(YearsMonthsDuration),
    "day-time-duration": of_types(DaysTimeDuration),
    "year-month-duration": of_types(YearsMonthsDuration),
    "duration": of_types(DaysTimeDuration, YearsMonthsDuration),
    "list": of_types(list),
    "context": of_types(dict),
    "range": of_types(Range),
    "function": of_types(Function),
}


def type_test(node: TypeNode) -> TypeTest:
    """Whether a value, that may not be null, is of a type."""
    if node.name == "list" and node.arguments:
        return list_test(type_test(node.arguments[0]))
    if node.name == "context" and node.arguments:
        return context_test(
            {key: type_test(type_) for key, type_ in zip(node.keys, node.arguments, strict=True)}
        )
    if node.name == "range" and node.arguments:
        return range_test(type_test(node.arguments[0]))
    if node.name == "function" and (node.arguments or node.result):
        return function_test(len(node.arguments))
    return SIMPLE.get(node.name) or model_type(node.name)


def list_test(of_item: TypeTest) -> TypeTest:
    def test(run: Evaluation, value: object) -> bool:
        if type(value) is not list:
            return False
        run.look(len(value))
        return all(item is None or of_item(run, item) for item in value)

    return test


def context_test(entries: dict[str, TypeTest]) -> TypeTest:
    def test(run: Evaluation, value: object) -> bool:
        if type(value) is not dict:
            return False
        run.look(len(entries))
        return all(
            key in value and (value[key] is None or of(run, value[key])) for key, of in entries.items()
        )

    return test


def range_test(of_end: TypeTest) -> TypeTest:
    def test(run: Evaluation, value: object) -> bool:
        if type(value) is not Range:
            return False
        return all(end is None or of_end(run, end) for end in (value.start, value.end))

    return test


def function_test(count: int) -> TypeTest:
    return lambda _run, value: type(value) is Function and (value.variadic or len(value.parameters) == count)


def model_type(name: str) -> TypeTest:
    """A type that is not FEEL's own: the Evaluation's `types` know it, or nothing is of it."""

    def test(run: Evaluation, value: object) -> bool:
        found = (run.types or {}).get(name)
        if found is None:
            run.warn("INVALID_TYPE", f"unknown type {name!r}")
            return False
        return found(value)

    return test
