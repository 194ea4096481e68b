"""Temporal functions, and `cycle` for timers. What is now comes with the evaluation, never from a clock."""

from __future__ import annotations

from typing import Any, Final

from engine.feel.builtins.registry import builtin
from engine.feel.evaluation import Evaluation
from engine.feel.temporal.calendar import day_number, days_in_month
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, YearsMonthsDuration

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@builtin("now()")
def now(run: Evaluation) -> DateTime | None:
    if run.now is None:
        return run.warn("FUNCTION_INVOCATION_FAILURE", "now(): this evaluation was given no time")
    return DateTime.from_datetime(run.now)


@builtin("today()")
def today(run: Evaluation) -> Date | None:
    if run.now is None:
        return run.warn("FUNCTION_INVOCATION_FAILURE", "today(): this evaluation was given no time")
    return DateTime.from_datetime(run.now).date


@builtin("day of week(date: date)")
def day_of_week(_run: Evaluation, date: Date) -> str:
    return DAYS[date.weekday - 1]


@builtin("day of year(date: date)")
def day_of_year(_run: Evaluation, date: Date) -> int:
    return date.number - day_number(date.year, 1, 1) + 1


@builtin("week of year(date: date)")
def week_of_year(_run: Evaluation, date: Date) -> int:
    """By ISO 8601: a week belongs to the year that its Thursday is in."""
    thursday = Date.from_number(date.number + 4 - date.weekday)
    return (thursday.number - day_number(thursday.year, 1, 1)) // 7 + 1


@builtin("month of year(date: date)")
def month_of_year(_run: Evaluation, date: Date) -> str:
    return MONTHS[date.month - 1]


@builtin("last day of month(date: date)")
def last_day_of_month(_run: Evaluation, date: Date) -> Date:
    return Date(date.year, date.month, days_in_month(date.year, date.month))


@builtin("cycle(interval: duration)")
def cycle(_run: Evaluation, interval: YearsMonthsDuration | DaysTimeDuration) -> str:
    """A repeating interval of ISO 8601 without an end: `R/PT1H`."""
    return f"R/{interval}"


@builtin("cycle(repetitions: number?, interval: duration)")
def repeated_cycle(
    _run: Evaluation, repetitions: Any, interval: YearsMonthsDuration | DaysTimeDuration
) -> str:
    return f"R{'' if repetitions is None else int(repetitions)}/{interval}"
