"""Dates, times, durations.

Own classes, because Python's end at year 9999, stop at microseconds and know no time with a zone's name:

- `calendar.py`   days of the calendar, zones, units of time, in plain numbers
- `types.py`      Date, Time, DateTime, YearsMonthsDuration, DaysTimeDuration: immutable, `str()` is ISO 8601
- `parsing.py`    ISO 8601 text → value; each raises ValueError that says what is wrong
- `arithmetic.py` adding and subtracting, calendar-correct; the order of moments

A zone is `None` (local), an `int` (offset from UTC in seconds) or a `str` (an IANA name such as
"Europe/Paris"). Python's own `datetime` enters by `DateTime.from_datetime` and leaves by `to_datetime`.
"""

from __future__ import annotations

from engine.feel.temporal.arithmetic import add_duration
from engine.feel.temporal.calendar import Zone
from engine.feel.temporal.parsing import (
    parse_date,
    parse_date_time,
    parse_duration,
    parse_interval,
    parse_temporal,
    parse_time,
)
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

__all__ = [
    "Date",
    "DateTime",
    "DaysTimeDuration",
    "Time",
    "YearsMonthsDuration",
    "Zone",
    "add_duration",
    "parse_date",
    "parse_date_time",
    "parse_duration",
    "parse_interval",
    "parse_temporal",
    "parse_time",
]
