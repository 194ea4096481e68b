"""Numeric functions. Results have at most 34 significant digits."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.evaluation import Evaluation
from engine.feel.limits import COST_OF_SERIES
from engine.feel.numbers import CONTEXT, as_number
from engine.feel.temporal.types import DaysTimeDuration, YearsMonthsDuration

MIN_SCALE: Final = -6111
MAX_SCALE: Final = 6176
ROUNDINGS: Final = {
    "UP": ROUND_UP,
    "DOWN": ROUND_DOWN,
    "CEILING": ROUND_CEILING,
    "FLOOR": ROUND_FLOOR,
    "HALF_UP": ROUND_HALF_UP,
    "HALF_DOWN": ROUND_HALF_DOWN,
    "HALF_EVEN": ROUND_HALF_EVEN,
}


def rounded(number: Any, scale: Any, rounding: str) -> object:
    """To `scale` digits after the point. ValueError for a scale outside -6111 to 6176."""
    digits = int(scale)
    if not MIN_SCALE <= digits <= MAX_SCALE:
        raise ValueError(f"scale {digits} is outside {MIN_SCALE} to {MAX_SCALE}")
    value = Decimal(number)
    exponent = value.as_tuple().exponent
    if not value or (isinstance(exponent, int) and -exponent <= digits):
        return as_number(value)
    if value.adjusted() + digits < -1:
        value = Decimal(1).scaleb(-digits - 2).copy_sign(value)
    return as_number(value.quantize(Decimal(1).scaleb(-digits), rounding, CONTEXT))


@builtin("decimal(n: number, scale: number, [mode: string])")
def decimal(_run: Evaluation, number: Any, scale: Any, mode: str = "HALF_EVEN") -> object:
    if mode.upper() == "UNNECESSARY":
        result = rounded(number, scale, ROUND_HALF_EVEN)
        if result != number:
            raise ValueError(f"{number} has more than {scale} digits after the point")
        return result
    if mode.upper() not in ROUNDINGS:
        raise ValueError(
            f"unknown rounding mode {mode[:40]!r}; expected one of {', '.join(ROUNDINGS)}, UNNECESSARY"
        )
    return rounded(number, scale, ROUNDINGS[mode.upper()])


@builtin("floor(n: number, [scale: number])")
def floor(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_FLOOR)


@builtin("ceiling(n: number, [scale: number])")
def ceiling(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_CEILING)


@builtin("round up(n: number, [scale: number])")
def round_up(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_UP)


@builtin("round down(n: number, [scale: number])")
def round_down(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_DOWN)


@builtin("round half up(n: number, [scale: number])")
def round_half_up(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_HALF_UP)


@builtin("round half down(n: number, [scale: number])")
def round_half_down(_run: Evaluation, number: Any, scale: Any = 0) -> object:
    return rounded(number, scale, ROUND_HALF_DOWN)


@builtin("abs(n: number)", "abs(number: number)")
def absolute(_run: Evaluation, number: Any) -> object:
    return abs(number) if type(number) is int else CONTEXT.abs(number)


@builtin("abs(n: days and time duration)")
def absolute_days(_run: Evaluation, duration: DaysTimeDuration) -> DaysTimeDuration:
    return DaysTimeDuration(abs(duration.nanos))


@builtin("abs(n: years and months duration)")
def absolute_months(_run: Evaluation, duration: YearsMonthsDuration) -> YearsMonthsDuration:
    return YearsMonthsDuration(abs(duration.total_months))


@builtin("modulo(dividend: number, divisor: number)")
def modulo(_run: Evaluation, dividend: Any, divisor: Any) -> object:
    """`dividend - divisor * floor(dividend / divisor)`: the sign is the divisor's."""
    if not divisor:
        raise ZeroDivisionError
    if type(dividend) is int and type(divisor) is int:
        return dividend % divisor
    remainder = CONTEXT.remainder(dividend, divisor)
    if remainder and remainder.is_signed() != (divisor < 0):
        remainder = CONTEXT.add(remainder, divisor)
    return as_number(remainder)


@builtin("sqrt(number: number)")
def sqrt(run: Evaluation, number: Any) -> object:
    run.spend(COST_OF_SERIES)
    return as_number(CONTEXT.sqrt(number))


@builtin("log(number: number)")
def log(run: Evaluation, number: Any) -> object:
    run.spend(COST_OF_SERIES)
    if number <= 0:
        raise ValueError(f"{number} has no logarithm; expected a number above 0")
    return as_number(CONTEXT.ln(number))


@builtin("exp(number: number)")
def exp(run: Evaluation, number: Any) -> object:
    run.spend(COST_OF_SERIES)
    return as_number(CONTEXT.exp(number))


@builtin("odd(number: number)")
def odd(_run: Evaluation, number: Any) -> bool:
    return parity(number) == 1


@builtin("even(number: number)")
def even(_run: Evaluation, number: Any) -> bool:
    return parity(number) == 0


def parity(number: Any) -> int | None:
    """0, 1, or None for what is not whole."""
    if type(number) is int:
        return number % 2
    if number != number.to_integral_value():
        return None
    return 0 if number.as_tuple().exponent > 0 else int(CONTEXT.remainder(abs(number), 2))


@builtin("random number()")
def random_number(run: Evaluation) -> object:
    """From 0 up to, not including, 1."""
    if run.entropy is None:
        return run.warn(
            "FUNCTION_INVOCATION_FAILURE",
            "random number(): this evaluation was given no source of randomness",
        )
    run.charge(1)
    return as_number(CONTEXT.divide(int.from_bytes(run.entropy(8), "big") >> 1, 2**63))
