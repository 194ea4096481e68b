"""How a Python function becomes a built-in function of FEEL.

A signature is written as in the standard:

    @builtin("substring(string: string, start position: number, [length: number])")

`[…]` is optional, a type with `?` takes null as well, and a last parameter with `…` takes all that follow.
A function may have several signatures; the first one whose arguments fit is called. With `gather`, several
arguments where one list is expected are that list: `sum(1, 2)`. The Python function gets the Evaluation
first. It answers None, after a warning, for what it cannot compute, and may raise ValueError or
ArithmeticError for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar

from engine.feel.evaluation import Evaluation, Null
from engine.feel.numbers import from_float, from_int
from engine.feel.operations.arithmetic import reason
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import Function, Range, describe

Invoke = Callable[..., object]
Body = TypeVar("Body", bound=Callable[..., object])
Coercion = Callable[[Any], Any]


class Mismatch:
    """The type of MISMATCH: a value is not of the parameter's type."""


MISMATCH: Final = Mismatch()


def to_number(value: Any) -> Any:
    if type(value) is int:
        return from_int(value)
    if type(value) is Decimal:
        return value
    return from_float(value) if type(value) is float else MISMATCH


def to_list(value: Any) -> Any:
    if type(value) is list:
        return value
    return MISMATCH if value is None else [value]


def to_date(value: Any) -> Any:
    if type(value) is DateTime:
        return value.date
    return value if type(value) is Date else MISMATCH


def to_date_time(value: Any) -> Any:
    if type(value) is Date:
        return DateTime(value, 0, 0)
    return value if type(value) is DateTime else MISMATCH


def to_point(value: Any) -> Any:
    return MISMATCH if value is None or type(value) in (Range, list, dict) else value


def anything(value: Any) -> Any:
    return MISMATCH if value is None else value


def exactly(*types: type[Any]) -> Coercion:
    """A value of one of the types, alone or as the only element of a list."""

    def coerce(value: Any) -> Any:
        if type(value) in types:
            return value
        if type(value) is list and len(value) == 1 and type(value[0]) in types:
            return value[0]
        return MISMATCH

    return coerce


def unwrapping(coercion: Coercion) -> Coercion:
    """A list of one element stands for its element where no list is expected."""

    def unwrap(value: Any) -> Any:
        return coercion(value[0] if type(value) is list and len(value) == 1 else value)

    return unwrap


def or_null(coercion: Coercion) -> Coercion:
    return lambda value: None if value is None else coercion(value)


COERCIONS: Final[dict[str, Coercion]] = {
    "any": anything,
    "number": unwrapping(to_number),
    "string": exactly(str),
    "boolean": exactly(bool),
    "list": to_list,
    "context": exactly(dict),
    "date": unwrapping(to_date),
    "time": exactly(Time),
    "date and time": unwrapping(to_date_time),
    "only date and time": exactly(DateTime),
    "days and time duration": exactly(DaysTimeDuration),
    "years and months duration": exactly(YearsMonthsDuration),
    "duration": exactly(DaysTimeDuration, YearsMonthsDuration),
    "range": exactly(Range),
    "function": exactly(Function),
    "point": unwrapping(to_point),
}


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a built-in function."""

    parameters: tuple[str, ...]
    coercions: tuple[Coercion, ...]
    required: int
    variadic: bool
    gather: bool
    function: Callable[..., object]

    def takes(self, count: int) -> bool:
        if self.gather and count > 1:
            return True
        return self.required <= count and (self.variadic or count <= len(self.parameters))

    def order(self, names: tuple[str, ...]) -> tuple[int, ...] | None:
        """Which argument goes where, -1 for one that is not given; None if the names do not fit."""
        if not set(names) <= set(self.parameters) or len(set(names)) < len(names):
            return None
        order = [names.index(name) if name in names else -1 for name in self.parameters]
        while order and order[-1] == -1 and len(order) > self.required:
            order.pop()
        return tuple(order)

    def bind(self, arguments: Sequence[object]) -> list[object] | None:
        """The arguments as the function takes them; None if one is of another type."""
        if self.gather and len(arguments) > 1:
            arguments = (list(arguments),)
        coercions = self.coercions
        if len(arguments) > len(coercions):
            coercions += coercions[-1:] * (len(arguments) - len(coercions))
        values = []
        for coerce, value in zip(coercions, arguments, strict=False):
            value = coerce(value)
            if value is MISMATCH:
                return None
            values.append(value)
        return values


REGISTRY: Final[dict[str, list[Overload]]] = {}


def builtin(*signatures: str, gather: bool = False) -> Callable[[Body], Body]:
    """Register a function under each of the signatures."""

    def register(function: Body) -> Body:
        for signature in signatures:
            name, _, rest = signature.partition("(")
            REGISTRY.setdefault(name, []).append(overload_of(rest.rstrip(")"), gather, function))
        return function

    return register


def overload_of(parameters: str, gather: bool, function: Callable[..., object]) -> Overload:
    names: list[str] = []
    coercions: list[Coercion] = []
    required = 0
    for part in filter(None, (part.strip() for part in parameters.split(","))):
        name, _, type_name = part.strip("[]…").partition(": ")
        coercion = COERCIONS[type_name.rstrip("?")]
        names.append(name)
        coercions.append(or_null(coercion) if type_name.endswith("?") else coercion)
        required += not part.startswith("[")
    return Overload(tuple(names), tuple(coercions), required, parameters.endswith("…"), gather, function)


@lru_cache(maxsize=4096)
def invocation(name: str, count: int, names: tuple[str, ...] = ()) -> Invoke:
    """What a call of the built-in function `name` with so many, or so named, arguments does."""
    overloads = REGISTRY[name]
    if names:
        fitting = [
            (overload, order) for overload in overloads if (order := overload.order(names)) is not None
        ]
        return named(name, fitting) if fitting else unknown(name, ", ".join(names))
    candidates = [overload for overload in overloads if overload.takes(count)]
    return positional(name, candidates) if candidates else unknown(name, str(count))


def positional(name: str, overloads: Sequence[Overload]) -> Invoke:
    def invoke(run: Evaluation, *arguments: object) -> object:
        for overload in overloads:
            values = overload.bind(arguments)
            if values is not None:
                return guarded(run, name, overload.function, values)
        return no_overload(run, name, arguments)

    return invoke


def named(name: str, fitting: Sequence[tuple[Overload, tuple[int, ...]]]) -> Invoke:
    def invoke(run: Evaluation, *arguments: object) -> object:
        for overload, order in fitting:
            values = overload.bind([None if index < 0 else arguments[index] for index in order])
            if values is not None:
                return guarded(run, name, overload.function, values)
        return no_overload(run, name, arguments)

    return invoke


def guarded(run: Evaluation, name: str, function: Callable[..., object], values: list[object]) -> object:
    try:
        return function(run, *values)
    except (ArithmeticError, ValueError) as error:
        return run.warn("FUNCTION_INVOCATION_FAILURE", f"{name}(): {reason(error)}")


def no_overload(run: Evaluation, name: str, arguments: Sequence[object]) -> Null:
    found = ", ".join(describe(argument) for argument in arguments[:5])
    return run.warn("FUNCTION_INVOCATION_FAILURE", f"{name}() cannot be called with {found}; {usage(name)}")


def unknown(name: str, found: str) -> Invoke:
    message = f"no function {name}() with the arguments {found}; {usage(name)}"
    return lambda run, *arguments: run.warn("NO_FUNCTION_FOUND", message)


def usage(name: str) -> str:
    return "expected " + " or ".join(f"{name}({', '.join(one.parameters)})" for one in REGISTRY[name][:4])


@lru_cache(maxsize=512)
def as_value(name: str) -> Function:
    """A built-in function as a value, to be passed to another."""

    def invoke(run: Evaluation, *arguments: object) -> object:
        return invocation(name, len(arguments))(run, *arguments)

    first = REGISTRY[name][0]
    return Function(first.parameters, invoke, name=name, variadic=True, invoke=invoke)
