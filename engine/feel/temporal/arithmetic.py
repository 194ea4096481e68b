"""Sums and differences of temporal values, and their order."""

from __future__ import annotations

from datetime import datetime

from engine.feel.temporal.calendar import DAY, days_in_month
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

Duration = YearsMonthsDuration | DaysTimeDuration


def add_duration(moment: datetime, duration: Duration) -> datetime:
    """Python's aware datetime plus a duration.

    Months keep the wall clock and the zone (31 January plus a month is the last of February); days and time
    are exact. OverflowError beyond year 9999.
    """
    if isinstance(duration, DaysTimeDuration):
        return moment + duration.to_timedelta()
    moved = add_months(Date(moment.year, moment.month, moment.day), duration.total_months)
    if not 1 <= moved.year <= 9999:
        raise OverflowError(f"{moment} plus {duration} is outside the years 1 to 9999")
    return moment.replace(year=moved.year, month=moved.month, day=moved.day)


def add_months(date: Date, months: int) -> Date:
    """The same day of the month, or the month's last day where that does not exist."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def add_to_date(date: Date, duration: Duration) -> Date:
    """A time of day in the duration counts from midnight, and only the day is kept."""
    if isinstance(duration, YearsMonthsDuration):
        return add_months(date, duration.total_months)
    return Date.from_number(date.number + duration.nanos // DAY)


def add_to_date_time(moment: DateTime, duration: Duration) -> DateTime:
    if isinstance(duration, YearsMonthsDuration):
        return DateTime(add_months(moment.date, duration.total_months), moment.nanos, moment.zone)
    if moment.zone is None:
        return DateTime.from_instant(moment.instant + duration.nanos, None)
    return DateTime.from_instant(moment.instant + duration.nanos, moment.zone)


def add_to_time(time: Time, duration: DaysTimeDuration) -> Time:
    return Time((time.nanos + duration.nanos) % DAY, time.zone)


def negate(duration: Duration) -> Duration:
    if isinstance(duration, YearsMonthsDuration):
        return YearsMonthsDuration(-duration.total_months)
    return DaysTimeDuration(-duration.nanos)


def between_moments(start: DateTime, end: DateTime) -> DaysTimeDuration:
    """From `start` to `end`. ValueError if one has a zone and the other has none."""
    if (start.zone is None) != (end.zone is None):
        raise ValueError(f"{start} and {end} cannot be compared: one has a time zone, the other has none")
    return DaysTimeDuration(end.instant - start.instant)


def between_times(start: Time, end: Time) -> DaysTimeDuration:
    """From `start` to `end` on one day. ValueError if one has a zone and the other has none."""
    if (start.zone is None) != (end.zone is None):
        raise ValueError(f"{start} and {end} cannot be compared: one has a time zone, the other has none")
    return DaysTimeDuration(end.utc_nanos - start.utc_nanos)


def months_between(start: Date, end: Date) -> YearsMonthsDuration:
    """Whole months from `start` to `end`, towards zero."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonthsDuration(months)
