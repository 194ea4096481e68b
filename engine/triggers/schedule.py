"""When a timer fires: a date, a duration, a cycle, or a cron expression, read from its text.

    parse_date("2030-01-01T09:00:00+01:00")     once, then
    parse_duration("P3DT12H")                   once, that long from now
    parse_cycle("R3/PT10S")                     three times, ten seconds apart
    parse_cycle("R/2030-01-01T00:00:00Z/P1D")   every day from that date, without end
    parse_cycle("0 0 9 * * MON-FRI")            as a clock on the wall says (cron.py)

Pure: "now" is an argument. Times are milliseconds since the epoch, UTC. A cycle counts from its previous due
date, so it does not drift, and makes up for dates that were missed; a cron expression counts from now. What
lies in the past is due at once. How many repetitions are left is counted by whoever owns the timer.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.triggers.cron import Cron, CronError, cron

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()) * 1000

#: Months of 2,500 years. A month less 28 days may go on by a millisecond, and nobody waits for where that leads.
_MOST_STEPS = 30_000


class ScheduleError(ValueError):
    """The text is no date, duration or cycle; the message says what was expected and what was found."""


class Schedule:
    """`repetitions` is how often it fires in all; None: without end."""

    repetitions: int | None = 1

    def first_due(self, now: int) -> int:
        """The first date, for a timer that is set up at `now`."""
        raise NotImplementedError

    def next_due(self, previous_due: int, now: int) -> int:
        """The date after `previous_due`, for a timer that fires at `now` and is to be repeated."""
        raise ScheduleError(f"{self} happens once and has no next date.")


class Duration:
    """A span of calendar months and of milliseconds; either may be negative."""

    __slots__ = ("milliseconds", "months")

    def __init__(self, months: int, milliseconds: int) -> None:
        self.months = months
        self.milliseconds = milliseconds

    def after(self, start: int) -> int:
        """The time this long after `start`; a day that its month does not have becomes the last one."""
        due = (_add_months(start, self.months) if self.months else start) + self.milliseconds
        if due > _LATEST:
            raise ScheduleError("The date lies beyond the year 9999.")
        return due


class At(Schedule):
    """Once, at a date."""

    def __init__(self, due: int) -> None:
        self.due = due

    def __str__(self) -> str:
        return f"The date {from_milliseconds(self.due).isoformat()}"

    def first_due(self, now: int) -> int:
        return self.due


class After(Schedule):
    """Once, some time after it is set up."""

    def __init__(self, duration: Duration) -> None:
        self.duration = duration

    def __str__(self) -> str:
        return "The duration"

    def first_due(self, now: int) -> int:
        return self.duration.after(now)


class Cycle(Schedule):
    """Again and again, a period apart; from `start`, or else one period after it is set up."""

    def __init__(self, repetitions: int | None, period: Duration, start: int | None) -> None:
        self.repetitions = repetitions
        self.period = period
        self.start = start

    def first_due(self, now: int) -> int:
        """A start in the past still gives the rhythm: the first date is the next of it; now, if that leads nowhere."""
        if self.start is None:
            return self.period.after(now)
        if self.start >= now:
            return self.start
        return self._next_in_rhythm(self.start, now)

    def _next_in_rhythm(self, start: int, now: int) -> int:
        due = start
        if not self.period.months and self.period.milliseconds > 0:
            due += (now - start) // self.period.milliseconds * self.period.milliseconds
        for _ in range(_MOST_STEPS):
            if due >= now:
                return due
            following = self.period.after(due)
            if following <= due:
                break
            due = following
        return now

    def next_due(self, previous_due: int, now: int) -> int:
        return self.period.after(previous_due)


class CronSchedule(Schedule):
    """Without end, whenever the clock on the wall matches."""

    repetitions = None

    def __init__(self, expression: Cron) -> None:
        self.expression = expression

    def first_due(self, now: int) -> int:
        try:
            return to_milliseconds(self.expression.next(from_milliseconds(now)))
        except CronError as error:
            raise ScheduleError(str(error)) from None

    def next_due(self, previous_due: int, now: int) -> int:
        return self.first_due(max(previous_due, now))


def from_milliseconds(milliseconds: int) -> datetime:
    """An instant as a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(when: datetime) -> int:
    """A datetime with a zone as an instant."""
    return (when - _EPOCH) // timedelta(milliseconds=1)


def parse_date(text: str) -> Schedule:
    """ISO 8601, such as 2030-01-01T09:00:00Z or …+01:00[Europe/Berlin]; UTC where it says nothing else."""
    return At(_instant(text))


def parse_duration(text: str) -> Schedule:
    """ISO 8601, such as P3D, PT1H30M or P1Y2M3W; negative ones are due at once."""
    return After(duration(text))


@lru_cache(maxsize=1024)
def parse_cycle(text: str) -> Schedule:
    """ISO 8601 repeating interval (R3/PT10S, R/PT1H, R/2030-01-01T00:00:00Z/P1D) or a cron expression."""
    stripped = text.strip()
    if re.match(r"R[^ ]*/", stripped):
        return _repeating_interval(stripped)
    if re.match(r"R\d*$|P", stripped):
        raise ScheduleError(f"A cycle is written R[repetitions]/duration, such as R3/PT10S, but is '{text}'.")
    try:
        return CronSchedule(cron(stripped))
    except CronError as error:
        raise ScheduleError(str(error)) from None


def _repeating_interval(text: str) -> Schedule:
    count, *parts = text.split("/")
    if not re.fullmatch(r"R[0-9]{0,9}|R-1", count) or len(parts) > 2:
        raise ScheduleError(f"A cycle is written R[repetitions]/[start/]duration, such as R3/PT10S, but is '{text}'.")
    repetitions = None if count in ("R", "R-1") else max(int(count[1:]), 1)  # R0, too, happens once
    start = _instant(parts[0]) if len(parts) == 2 and parts[0] else None
    period = duration(parts[-1])
    if repetitions is None and period.after(0) <= 0:
        raise ScheduleError(f"The cycle '{text}' has no end, so its duration must be longer than nothing.")
    return Cycle(repetitions, period, start)


_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?=.)(?:(?P<years>[+-]?\d{1,6})Y)?(?:(?P<months>[+-]?\d{1,6})M)?(?:(?P<weeks>[+-]?\d{1,6})W)?"
    r"(?:(?P<days>[+-]?\d{1,8})D)?"
    r"(?:T(?=.)(?:(?P<hours>[+-]?\d{1,9})H)?(?:(?P<minutes>[+-]?\d{1,10})M)?"
    r"(?:(?P<seconds>[+-]?\d{1,12})(?:[.,](?P<fraction>\d{1,9}))?S)?)?",
    re.ASCII,
)


@lru_cache(maxsize=1024)
def duration(text: str) -> Duration:
    """ISO 8601, with weeks, a sign in front and signs of single parts. Raises ScheduleError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ScheduleError(f"A duration is written as in ISO 8601 (PT15M, P3D, P1Y2M), but is '{text}'.")
    part = {name: int(value) for name, value in match.groupdict(default="0").items() if name != "sign"}
    hours = (part["weeks"] * 7 + part["days"]) * 24 + part["hours"]
    seconds = hours * 3600 + part["minutes"] * 60 + part["seconds"]
    fraction = int((match["fraction"] or "").ljust(3, "0")[:3])
    if (match["seconds"] or "").startswith("-"):
        fraction = -fraction
    sign = -1 if match["sign"] == "-" else 1
    return Duration(sign * (part["years"] * 12 + part["months"]), sign * (seconds * 1000 + fraction))


_DATE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:T[0-9:.,]+(?:Z|[+-]\d\d:?\d\d)?)?)(?:\[(?P<in>[^\]]+)\]|@(?P<at>\S+))?",
    re.ASCII,
)


def _instant(text: str) -> int:
    match = _DATE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        when = datetime.fromisoformat(match["date"].replace("Z", "+00:00").replace(",", "."))
        zone = match["in"] or match["at"]
        if when.tzinfo is None:
            when = when.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        return to_milliseconds(when)
    except (ValueError, KeyError, OSError, OverflowError):
        raise ScheduleError(
            f"A date is written as in ISO 8601, such as 2030-01-01T09:00:00+01:00, but is '{text}'."
        ) from None


def _add_months(start: int, months: int) -> int:
    when = from_milliseconds(start)
    year, month = divmod(when.year * 12 + when.month - 1 + months, 12)
    if year > 9999:
        raise ScheduleError("The date lies beyond the year 9999.")
    if year < 1:
        return 0  # long ago is due at once, however long
    day = min(when.day, monthrange(year, month + 1)[1])
    return to_milliseconds(when.replace(year=year, month=month + 1, day=day))
