"""Decimal arithmetic: 34 significant digits, half even.

The context is an object that is asked, not one that is set: a thread's own decimal context, which may belong
to an application around us, stays as it is.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from engine.feel.limits import MAX_DIGITS

CONTEXT: Final = Context(
    prec=MAX_DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
LIMIT: Final = 10**MAX_DIGITS
EXACT_FLOATS: Final = 2**53
"""Below it a float compares with whole numbers, and with floats, as its shortest decimal does."""


def as_number(value: Decimal) -> int | Decimal:
    """An int where the value is whole and short, so that what follows is fast."""
    if value.is_finite() and value.adjusted() < 18 and value == value.to_integral_value():
        return int(value)
    return value


def from_float(value: float) -> int | Decimal:
    """A float by its shortest decimal: 0.1 is 0.1. ValueError for what is not a finite number."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is not a number of FEEL")
    return as_number(CONTEXT.create_decimal(repr(value)))


def from_int(value: int) -> int | Decimal:
    """An int, or its 34 most significant digits where it has more."""
    return value if -LIMIT < value < LIMIT else bounded(value)


def bounded(value: int) -> Decimal:
    """ArithmeticError above 10^6145, without ever writing out a huge int."""
    if value.bit_length() > 20_500:
        raise Overflow(f"a number of {value.bit_length()} bits is outside the range of numbers")
    return CONTEXT.create_decimal(value)


def decimal_text(value: int | Decimal) -> str:
    """A number as FEEL writes it: no exponent while that is short, no zeros at the end of a fraction."""
    if isinstance(value, int):
        return str(value) if value.bit_length() < 200 else decimal_text(bounded(value))
    if value == value.to_integral_value() and value.adjusted() < MAX_DIGITS:
        return str(int(value))
    if -20 < value.adjusted() < MAX_DIGITS:
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(CONTEXT.normalize(value))
