"""`+ - * / **` and negation. Whole numbers take the short way; the rest goes by the types of both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from engine.feel.evaluation import Evaluation
from engine.feel.limits import COST_OF_DECIMAL, COST_OF_SERIES, COST_OF_ZONE
from engine.feel.numbers import CONTEXT, LIMIT, as_number, bounded, from_float, from_int
from engine.feel.temporal import arithmetic as temporal
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import (
    DATE,
    DATE_TIME,
    DAYS_TIME,
    NUMBER,
    STRING,
    TIME,
    YEARS_MONTHS,
    describe,
    kind,
)

Operation = Callable[[Any, Any], object]
Table = Mapping[tuple[str, str], Operation]


def add(run: Evaluation, left: Any, right: Any) -> object:
    if type(left) is int and type(right) is int:
        total = left + right
        return total if -LIMIT < total < LIMIT else bounded_or_null(run, total)
    if type(left) is str and type(right) is str:
        run.charge_string(len(left) + len(right))
        return left + right
    return by_types(run, ADD, "add", left, right)


def subtract(run: Evaluation, left: Any, right: Any) -> object:
    if type(left) is int and type(right) is int:
        difference = left - right
        return difference if -LIMIT < difference < LIMIT else bounded_or_null(run, difference)
    return by_types(run, SUBTRACT, "subtract", left, right)


def multiply(run: Evaluation, left: Any, right: Any) -> object:
    if type(left) is int and type(right) is int and -LIMIT < left < LIMIT and -LIMIT < right < LIMIT:
        product = left * right
        return product if -LIMIT < product < LIMIT else bounded_or_null(run, product)
    return by_types(run, MULTIPLY, "multiply", left, right)


def divide(run: Evaluation, left: Any, right: Any) -> object:
    return by_types(run, DIVIDE, "divide", left, right)


def power(run: Evaluation, left: Any, right: Any) -> object:
    run.spend(COST_OF_SERIES)
    return by_types(run, POWER, "raise to a power", left, right)


def negate(run: Evaluation, value: Any) -> object:
    if type(value) is int:
        return -value
    name = kind(value)
    if name == NUMBER:
        return as_number(CONTEXT.minus(exact(value)))
    if name in (DAYS_TIME, YEARS_MONTHS):
        return temporal.negate(value)
    return run.warn("INVALID_TYPE", f"cannot negate {describe(value)}; expected a number or a duration")


def by_types(run: Evaluation, table: Table, verb: str, left: Any, right: Any) -> object:
    run.spend(COST_OF_ZONE if type(left) is DateTime or type(right) is DateTime else COST_OF_DECIMAL)
    operation = table.get((kind(left), kind(right)))
    if operation is None:
        return run.warn("INVALID_TYPE", f"cannot {verb} {describe(left)} and {describe(right)}")
    try:
        return operation(left, right)
    except (ArithmeticError, ValueError) as error:
        return run.warn(
            "INVALID_VALUE", f"cannot {verb} {describe(left)} and {describe(right)}: {reason(error)}"
        )


def bounded_or_null(run: Evaluation, value: int) -> object:
    try:
        return bounded(value)
    except ArithmeticError as error:
        return run.warn("INVALID_VALUE", reason(error))


def reason(error: Exception) -> str:
    """What went wrong; decimal's own errors carry only the names of signals."""
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, ArithmeticError) and not isinstance(error.args[0] if error.args else None, str):
        return "the result is not a number or is outside the range of numbers"
    return str(error)


def exact(value: int | Decimal | float) -> int | Decimal:
    """A number as the decimal context takes it, with at most 34 digits."""
    if type(value) is Decimal:
        return value
    return from_float(value) if type(value) is float else from_int(int(value))


def add_numbers(left: Any, right: Any) -> object:
    return as_number(CONTEXT.add(exact(left), exact(right)))


def subtract_numbers(left: Any, right: Any) -> object:
    return as_number(CONTEXT.subtract(exact(left), exact(right)))


def multiply_numbers(left: Any, right: Any) -> object:
    return as_number(CONTEXT.multiply(exact(left), exact(right)))


def divide_numbers(left: Any, right: Any) -> object:
    left, right = exact(left), exact(right)
    if not right:
        raise ZeroDivisionError
    return as_number(CONTEXT.divide(left, right))


def power_numbers(left: Any, right: Any) -> object:
    return as_number(CONTEXT.power(exact(left), exact(right)))


def scaled(count: int, factor: Any) -> int:
    """A whole count times a number, towards zero."""
    return int(count * Fraction(checked_factor(factor)))


def divided(count: int, divisor: Any) -> int:
    divisor = checked_factor(divisor)
    if not divisor:
        raise ZeroDivisionError
    return int(count / Fraction(divisor))


def checked_factor(factor: Any) -> int | Decimal:
    """A number near enough to one that its fraction stays small."""
    number = exact(factor)
    if number and not -40 < Decimal(number).adjusted() < 40:
        raise OverflowError(f"a duration times {describe(number)} is outside the range of durations")
    return number


def ratio(left: int, right: int) -> object:
    return divide_numbers(left, right)


def flipped(operation: Operation) -> Operation:
    return lambda left, right: operation(right, left)


def subtracting(operation: Operation) -> Operation:
    return lambda left, right: operation(left, temporal.negate(right))


DURATIONS_ADD: Final[Table] = {
    (DAYS_TIME, DAYS_TIME): lambda a, b: DaysTimeDuration(a.nanos + b.nanos),
    (YEARS_MONTHS, YEARS_MONTHS): lambda a, b: YearsMonthsDuration(a.total_months + b.total_months),
}
MOMENTS_ADD: Final[Table] = {
    (DATE, DAYS_TIME): temporal.add_to_date,
    (DATE, YEARS_MONTHS): temporal.add_to_date,
    (DATE_TIME, DAYS_TIME): temporal.add_to_date_time,
    (DATE_TIME, YEARS_MONTHS): temporal.add_to_date_time,
    (TIME, DAYS_TIME): temporal.add_to_time,
}
ADD: Final[Table] = {
    (NUMBER, NUMBER): add_numbers,
    (STRING, STRING): lambda a, b: a + b,
    **DURATIONS_ADD,
    **MOMENTS_ADD,
    **{(duration, moment): flipped(operation) for (moment, duration), operation in MOMENTS_ADD.items()},
}


def date_minus_moment(left: Date, right: DateTime) -> DaysTimeDuration:
    """A date counts as its midnight in UTC, which has no distance to a local date and time."""
    return temporal.between_moments(right, DateTime(left, 0, 0))


def moment_minus_date(left: DateTime, right: Date) -> DaysTimeDuration:
    return temporal.between_moments(DateTime(right, 0, 0), left)


def time_minus_time(left: Time, right: Time) -> DaysTimeDuration:
    return temporal.between_times(right, left)


SUBTRACT: Final[Table] = {
    (NUMBER, NUMBER): subtract_numbers,
    (DATE, DATE): lambda a, b: DaysTimeDuration.of(days=a.number - b.number),
    (DATE_TIME, DATE_TIME): lambda a, b: temporal.between_moments(b, a),
    (DATE, DATE_TIME): date_minus_moment,
    (DATE_TIME, DATE): moment_minus_date,
    (TIME, TIME): time_minus_time,
    **{types: subtracting(operation) for types, operation in {**DURATIONS_ADD, **MOMENTS_ADD}.items()},
}
MULTIPLY: Final[Table] = {
    (NUMBER, NUMBER): multiply_numbers,
    (DAYS_TIME, NUMBER): lambda a, b: DaysTimeDuration(scaled(a.nanos, b)),
    (NUMBER, DAYS_TIME): lambda a, b: DaysTimeDuration(scaled(b.nanos, a)),
    (YEARS_MONTHS, NUMBER): lambda a, b: YearsMonthsDuration(scaled(a.total_months, b)),
    (NUMBER, YEARS_MONTHS): lambda a, b: YearsMonthsDuration(scaled(b.total_months, a)),
}
DIVIDE: Final[Table] = {
    (NUMBER, NUMBER): divide_numbers,
    (DAYS_TIME, NUMBER): lambda a, b: DaysTimeDuration(divided(a.nanos, b)),
    (YEARS_MONTHS, NUMBER): lambda a, b: YearsMonthsDuration(divided(a.total_months, b)),
    (DAYS_TIME, DAYS_TIME): lambda a, b: ratio(a.nanos, b.nanos),
    (YEARS_MONTHS, YEARS_MONTHS): lambda a, b: ratio(a.total_months, b.total_months),
}
POWER: Final[Table] = {(NUMBER, NUMBER): power_numbers}
