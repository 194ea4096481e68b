"""Cron expressions with seconds, as Spring and Camunda 8 read them: `0 0 9-17 * * MON-FRI`.

Six fields: second, minute, hour, day of the month, month, day of the week (0 or 7 is Sunday). Each is `*`, a
value, a range `a-b`, either with a step `/n`, or a list of these; months and weekdays also by name. A day
must match both of its fields. Days of the month know `L` (the last), `L-3` (three before it), `15W` (the
weekday nearest to the 15th) and `LW` (the last weekday); days of the week know `FRIL` (the last Friday) and
`FRI#2` (the second Friday). `?` means `*`. `@yearly`, `@monthly`, `@weekly`, `@daily`, `@midnight` and
`@hourly` are short for the obvious. A leading `CRON_TZ=Europe/Berlin` names the time zone; without one it is
UTC.

Where clocks are put forward, an expression of fixed hours that falls into the gap fires right after it; where
they are put back, it fires once. One that fires every hour goes on at its pace through both.

Written here rather than taken from a library because it must be exact in three things at once: this dialect
(seconds first; both day fields must match, where Unix cron joins them by "or"), daylight saving, and the
refusal of what can never be.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}

# The rarest date, a 29 February on a given weekday across a century without a leap day, comes after 40.
HORIZON_YEARS = 41


class CronError(ValueError):
    """Not a cron expression, or one that no date can ever match."""


class Field(NamedTuple):
    """One of the six places: its name, lowest and highest value, and names of values (the first is `low`)."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


SECOND = Field("second", 0, 59)
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day of the month", 1, 31)
MONTH = Field("month", 1, 12, MONTHS)
WEEKDAY = Field("day of the week", 0, 7, WEEKDAYS)

Month = tuple[int, int]  # year and month
DayRule = Callable[[int, int], set[int]]  # year, month → days of that month


class Cron:
    """A parsed expression; `next` is its only question."""

    def __init__(self, text: str, zone: ZoneInfo | None = None) -> None:
        """`zone` where the text names none; None is UTC. Raises CronError."""
        self.text = text
        fields, named_zone = _fields(text)
        self.zone = named_zone or zone or ZoneInfo("UTC")
        self._seconds = _values(SECOND, fields[0])
        self._minutes = _values(MINUTE, fields[1])
        self._hours = _values(HOUR, fields[2])
        self._day_rules = _day_rules(fields[3])
        self._months = _values(MONTH, fields[4])
        self._weekday_rules = _weekday_rules(fields[5])
        self._every_hour = len(self._hours) == 24
        if next(self._dates(date(2024, 1, 1)), None) is None:
            raise CronError(f"The cron expression '{text}' can never be: no date matches its day and month.")

    def next(self, after: datetime) -> datetime:
        """The first match after `after`, in UTC. Raises CronError where the calendar ends (year 9999)."""
        local = after.astimezone(self.zone)
        for wall in self._walls(local.replace(tzinfo=None, fold=0)):
            found = self._in_utc(wall, local.fold if self._every_hour else 0)
            if found > after:
                return self._in_repeated_hour(after, local, found)
        raise CronError(f"The cron expression '{self.text}' has no date after {after.isoformat()}.")

    def _in_utc(self, wall: datetime, fold: int) -> datetime:
        """A wall-clock time as an instant; what falls into a gap comes right after it.

        `fold` says which of the two a repeated time is.
        """
        first = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if not fold:
            return first
        return max(first, wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC))

    def _in_repeated_hour(self, after: datetime, local: datetime, found: datetime) -> datetime:
        """The match in an hour that clocks repeat between `after` and `found`, if it fires every hour."""
        back = (local.utcoffset() or timedelta()) - (found.astimezone(self.zone).utcoffset() or timedelta())
        if not self._every_hour or back <= timedelta():
            return found
        for wall in self._walls(local.replace(tzinfo=None, fold=0) - back):
            again = self._in_utc(wall, 1)
            if again > after:
                return min(again, found)
        return found

    def _walls(self, after: datetime) -> Iterator[datetime]:
        """The matching wall-clock times after `after`, both without a zone."""
        for day in self._dates(after.date()):
            for hour in self._hours:
                if day == after.date() and hour < after.hour:
                    continue
                for minute in self._minutes:
                    for second in self._seconds:
                        wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001
                        if wall > after:
                            yield wall

    def _dates(self, first: date) -> Iterator[date]:
        """The matching dates from `first` on, within the horizon."""
        for year in range(first.year, min(first.year + HORIZON_YEARS, 9998) + 1):
            for month in self._months:
                if (year, month) < (first.year, first.month):
                    continue
                for day in self._days(year, month):
                    found = date(year, month, day)
                    if found >= first:
                        yield found

    def _days(self, year: int, month: int) -> list[int]:
        of_month = set[int]().union(*(rule(year, month) for rule in self._day_rules))
        of_week = set[int]().union(*(rule(year, month) for rule in self._weekday_rules))
        return sorted(of_month & of_week)


@lru_cache(maxsize=1024)
def cron(text: str) -> Cron:
    """The parsed expression; each text is parsed once."""
    return Cron(text)


def _fields(text: str) -> tuple[list[str], ZoneInfo | None]:
    words = text.split()
    zone = None
    if words and words[0].startswith(("CRON_TZ=", "TZ=")):
        zone = _zone(words.pop(0).partition("=")[2])
    if len(words) == 1 and words[0].startswith("@"):
        if words[0].lower() not in MACROS:
            raise CronError(f"'{words[0]}' is not a known schedule; known are {', '.join(MACROS)}.")
        words = MACROS[words[0].lower()].split()
    if len(words) != 6:
        hint = " Put '0' for the seconds in front." if len(words) == 5 else ""
        raise CronError(
            "A cron expression has six fields (second, minute, hour, day of the month, month, day of the "
            f"week), but '{text}' has {len(words)}.{hint}"
        )
    return [word.upper() for word in words], zone


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CronError(f"'{name}' is not a time zone; expected a name such as Europe/Berlin.") from None


# ---- Fields ------------------------------------------------------------------------------------------------


def _values(field: Field, text: str) -> tuple[int, ...]:
    """The sorted values of a list of values, ranges and steps."""
    return tuple(sorted(set[int]().union(*(_range(field, item) for item in text.split(",")))))


def _range(field: Field, text: str) -> set[int]:
    span, slash, step_text = text.partition("/")
    if span in ("*", "?"):
        low, high = field.low, field.high
    elif "-" in span:
        low_text, _, high_text = span.partition("-")
        low, high = _value(field, low_text), _value(field, high_text)
        if field is WEEKDAY and high == 0:
            high = 7  # a week that ends on Sunday, such as FRI-SUN
    else:
        low = _value(field, span)
        high = field.high if slash else low
    if low > high:
        raise CronError(f"The {field.name} '{text}' runs backwards; write two ranges, such as '22-23,0-4'.")
    return set(range(low, high + 1, _step(field, step_text) if slash else 1))


def _value(field: Field, text: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not re.fullmatch(r"[0-9]{1,4}", text) or not field.low <= int(text) <= field.high:
        names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise CronError(f"The {field.name} must be {field.low} to {field.high}{names}, but is '{text}'.")
    return int(text)


def _step(field: Field, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) == 0:
        raise CronError(f"The step of the {field.name} must be a positive number, but is '{text}'.")
    return int(text)


# ---- Days --------------------------------------------------------------------------------------------------


def _day_rules(text: str) -> list[DayRule]:
    return [_day_rule(item) for item in text.split(",")]


def _day_rule(text: str) -> DayRule:
    if text == "LW":
        return lambda year, month: {_nearest_weekday(year, month, monthrange(year, month)[1])}
    if match := re.fullmatch(r"L(?:-([0-9]{1,2}))?", text):
        before = int(match[1] or 0)
        if before > 30:
            raise CronError(f"The day of the month '{text}' lies before every month; expected L-1 to L-30.")
        return lambda year, month: {day for day in [monthrange(year, month)[1] - before] if day > 0}
    if text.endswith("W"):
        wanted = _value(DAY, text[:-1])
        return lambda year, month: (
            {_nearest_weekday(year, month, wanted)} if wanted <= monthrange(year, month)[1] else set()
        )
    values = _range(DAY, text)
    return lambda year, month: {day for day in values if day <= monthrange(year, month)[1]}


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The weekday (Monday to Friday) of that month nearest to `day`."""
    weekday = date(year, month, day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < monthrange(year, month)[1] else day - 2
    return day


def _weekday_rules(text: str) -> list[DayRule]:
    return [_weekday_rule(item) for item in text.split(",")]


def _weekday_rule(text: str) -> DayRule:
    if "#" in text:
        name, _, ordinal = text.partition("#")
        if ordinal not in ("1", "2", "3", "4", "5"):
            raise CronError(f"The day of the week '{text}' asks for number '{ordinal}'; expected 1 to 5.")
        wanted, number = _value(WEEKDAY, name) % 7, int(ordinal)
        return lambda year, month: set(_weekdays(year, month, {wanted})[number - 1 : number])
    if text.endswith("L") and len(text) > 1:
        last = _value(WEEKDAY, text[:-1]) % 7
        return lambda year, month: set(_weekdays(year, month, {last})[-1:])
    values = {value % 7 for value in _range(WEEKDAY, text)}
    return lambda year, month: set(_weekdays(year, month, values))


def _weekdays(year: int, month: int, weekdays: set[int]) -> list[int]:
    """The days of a month that fall on these weekdays (0 is Sunday)."""
    first, length = monthrange(year, month)  # 0 is Monday
    return [day for day in range(1, length + 1) if (first + day) % 7 in weekdays]
