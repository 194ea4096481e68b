"""Loops, quantifiers, functions and calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.feel.evaluation import Evaluation
from engine.feel.temporal.types import Date, DateTime
from engine.feel.values import DATE, NUMBER, Function, Range, describe, kind

TypeTest = Callable[[Evaluation, object], bool]


def span(run: Evaluation, start: Any, end: Any) -> list[Any] | None:
    """`start..end` of a loop: up or down, both ends included; whole numbers or dates."""
    if type(start) is int and type(end) is int:
        run.foresee(abs(end - start) + 1)
        return list(range(start, end + 1) if start <= end else range(start, end - 1, -1))
    if type(start) is Date and type(end) is Date:
        days = span(run, start.number, end.number)
        return None if days is None else [Date.from_number(day) for day in days]
    ends = f"from {describe(start)} to {describe(end)}"
    return run.warn("INVALID_TYPE", f"cannot loop {ends}; expected whole numbers or dates")


def items_of(run: Evaluation, domain: Any, weight: int) -> list[Any] | None:
    """What a loop turns over: a list, a range, or a single value as a list of itself. Charged here."""
    if type(domain) is Range:
        domain = range_items(run, domain)
    if domain is None:
        return run.warn("INVALID_TYPE", "cannot loop over null; expected a list or a range")
    items = domain if type(domain) is list else [domain]
    run.charge(len(items), weight)
    return items


def range_items(run: Evaluation, range_: Range) -> list[Any] | None:
    if kind(range_.start) not in (NUMBER, DATE) or range_.operator is not None:
        return run.warn("INVALID_TYPE", "cannot loop over this range; expected one of whole numbers or dates")
    first, last = range_.start, range_.end
    if (type(first) is type(last) is int and first > last) or (
        type(first) is type(last) is Date and first > last
    ):
        return run.warn("INVALID_VALUE", "cannot loop over a range that ends before it starts")
    items = span(run, first, last)
    if items is None:
        return None
    return items[0 if range_.start_included else 1 : len(items) if range_.end_included else -1]


def for_each(run: Evaluation, domain: Any, body: Callable[[Any], object], weight: int) -> list[object] | None:
    items = domain if type(domain) is list else items_of(run, domain, weight)
    if items is None:
        return None
    if items is domain:
        run.charge(len(items), weight)
    return [body(item) for item in items]


def for_flat(
    run: Evaluation, domain: Any, body: Callable[[Any], list[object] | None], weight: int
) -> list[object] | None:
    """An outer loop: the lists of the inner one, joined."""
    items = items_of(run, domain, weight)
    if items is None:
        return None
    results: list[object] = []
    for item in items:
        inner = body(item)
        if inner is None:
            return None
        results.extend(inner)
    return results


def for_partial(
    run: Evaluation,
    domains: Sequence[Callable[..., Any]],
    body: Callable[..., object],
    weight: int,
    keeps: bool,
) -> list[object] | None:
    """A loop whose body sees what has been computed so far as `partial`.

    A body that may keep it gets a copy at each turn, so that nothing changes later in what it keeps.
    """
    results: list[object] = []

    def turn(bound: tuple[object, ...]) -> bool:
        if len(bound) == len(domains):
            run.spend(len(results) // 8 if keeps else 0)
            results.append(body(list(results) if keeps else results, *bound))
            return True
        items = items_of(run, domains[len(bound)](*bound), weight)
        return items is not None and all(turn((*bound, item)) for item in items)

    return results if turn(()) else None


def some(run: Evaluation, domain: Any, test: Callable[[Any], Any], weight: int) -> bool | None:
    items = items_of(run, domain, weight)
    if items is None:
        return None
    unknown = False
    for item in items:
        truth = test(item)
        if truth is True:
            return True
        unknown = unknown or truth is not False
    return None if unknown else False


def every(run: Evaluation, domain: Any, test: Callable[[Any], Any], weight: int) -> bool | None:
    items = items_of(run, domain, weight)
    if items is None:
        return None
    unknown = False
    for item in items:
        truth = test(item)
        if truth is False:
            return False
        unknown = unknown or truth is not True
    return None if unknown else True


def instance_of(run: Evaluation, value: object, test: TypeTest) -> bool:
    return value is not None and test(run, value)


def function_of(
    parameters: tuple[str, ...], types: tuple[TypeTest | None, ...], body: Callable[..., object], weight: int
) -> Function:
    """A function that an expression defines."""

    def call(run: Evaluation, *arguments: object) -> object:
        run.enter(weight)
        try:
            return body(run, *arguments)
        finally:
            run.leave()

    return Function(parameters, call, types)


def function_or(value: object, builtin: Function) -> Function:
    """The variable of that name if it is a function, else the built-in one."""
    return value if type(value) is Function else builtin


def call_value(run: Evaluation, function: Any, names: tuple[str, ...], *arguments: object) -> object:
    """Call what a variable or an expression gave."""
    if type(function) is not Function:
        return run.warn("NO_FUNCTION_FOUND", f"cannot call {describe(function)}; expected a function")
    if function.invoke is not None and not names:
        return function.invoke(run, *arguments)
    values = ordered(function, names, arguments)
    if values is None:
        wanted, found = ", ".join(function.parameters), ", ".join(names) or len(arguments)
        return run.warn("FUNCTION_INVOCATION_FAILURE", f"{function.name} takes ({wanted}); found {found}")
    for position, test in enumerate(function.types):
        value = values[position]
        if test is None or value is None or test(run, value):
            continue
        fitting = [each for each in conversions(value) if test(run, each)]
        if not fitting:
            parameter = function.parameters[position]
            return run.warn(
                "FUNCTION_INVOCATION_FAILURE", f"{describe(value)} is not of the type of {parameter!r}"
            )
        values[position] = fitting[0]
    result = function.body(run, *values)
    if function.result is not None and result is not None and not function.result(run, result):
        return run.warn(
            "FUNCTION_INVOCATION_FAILURE", f"{function.name} gave {describe(result)}, not its result type"
        )
    return result


def conversions(value: Any) -> list[Any]:
    """What an argument may stand for: a list of one for its item, a date for its midnight, all for a list."""
    if type(value) is list:
        return value if len(value) == 1 else []
    return [DateTime(value, 0, 0), [value]] if type(value) is Date else [[value]]


def ordered(function: Function, names: tuple[str, ...], arguments: tuple[object, ...]) -> list[object] | None:
    """The arguments in the order of the parameters; None if they do not fit."""
    if names:
        given = dict(zip(names, arguments, strict=True))
        if not given.keys() <= set(function.parameters) or len(given) != len(names):
            return None
        return [given.get(parameter) for parameter in function.parameters]
    if function.variadic:
        return list(arguments)
    return list(arguments) if len(arguments) == len(function.parameters) else None
