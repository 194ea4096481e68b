"""FEEL value ⇄ JSON. What comes in is JSON as it is; what goes out is turned into it here."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from engine.feel.errors import FeelBudgetError, FeelValueError
from engine.feel.limits import MAX_DEPTH, MAX_RESULT
from engine.feel.numbers import decimal_text
from engine.feel.temporal.calendar import zone_text
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import Function, Range

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1


def to_json(value: object) -> Any:
    """A result as JSON: None, bool, int, float, str, list, dict.

    A number becomes an int if it is whole, else a float. Dates, times and durations become their ISO 8601
    text, ranges their FEEL text. FeelValueError for a function and for a whole number outside 64 bits.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return integer(value)  # type: ignore[arg-type]
    return Writer(MAX_RESULT).write(value, 0)


def integer(value: int) -> int:
    if MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    raise FeelValueError(f"{value:.6e} is a whole number outside 64 bits and has no JSON form here")


class Writer:
    """Counts what it writes: lists that share parts can be small in memory and endless when written out.

    A part that occurs again is not walked again, but counted again.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self.known: dict[int, tuple[Any, int]] = {}

    def write(self, value: Any, depth: int) -> Any:
        if type(value) is list or type(value) is dict:
            return self.container(value, depth)
        self.add(1, depth)
        if value is None or type(value) in (str, bool):
            return value
        return integer(value) if type(value) is int else scalar(value)

    def container(self, value: Any, depth: int) -> Any:
        written, size = self.known.get(id(value), (None, 0))
        if size:
            self.add(size, depth)
            return written
        before = self.count
        self.add(1, depth)
        if type(value) is list:
            written = [self.write(item, depth + 1) for item in value]
        else:
            written = {str(key): self.write(item, depth + 1) for key, item in value.items()}
        self.known[id(value)] = written, self.count - before
        return written

    def add(self, count: int, depth: int) -> None:
        self.count += count
        if self.count > self.limit or depth > MAX_DEPTH:
            raise FeelBudgetError(
                f"the result has over {self.limit:,} values or is nested over {MAX_DEPTH} deep"
            )


def scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return from_decimal(value)
    if isinstance(value, float):
        return integer(int(value)) if value.is_integer() else value
    if isinstance(value, DateTime):
        return moment_text(value)
    if isinstance(value, Date | Time | YearsMonthsDuration | DaysTimeDuration):
        return str(value)
    if isinstance(value, Range):
        return range_text(value)
    what = "a function" if isinstance(value, Function) else type(value).__name__
    raise FeelValueError(f"the result is {what}, which has no JSON form; expected a value")


def from_decimal(value: Decimal) -> int | float:
    if value == value.to_integral_value():
        if value.adjusted() > 19:
            raise FeelValueError(f"{value:.6e} is a whole number outside 64 bits and has no JSON form here")
        return integer(int(value))
    return float(value)


def moment_text(value: DateTime) -> str:
    """With the offset beside the zone's name, as in `2025-11-24T10:00:00+01:00[Europe/Berlin]`."""
    if not isinstance(value.zone, str):
        return str(value)
    return f"{DateTime(value.date, value.nanos)}{zone_text(value.offset)}[{value.zone}]"


def range_text(value: Range) -> str:
    if value.operator is not None:
        return f"({value.operator} {scalar_text(value.end if value.start is None else value.start)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{scalar_text(value.start)}..{scalar_text(value.end)}{closing}"


def scalar_text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | Decimal):
        return decimal_text(value)
    return str(value)
