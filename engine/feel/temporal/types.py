"""The five temporal values of FEEL. Years run from -999999999 to 999999999, seconds to the nanosecond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from engine.feel.temporal.calendar import (
    DAY,
    DAYS_PER_ERA,
    EPOCH_DAYS,
    HOUR,
    MAX_YEAR,
    MINUTE,
    SECOND,
    Zone,
    check_zone,
    clock_text,
    day_number,
    days_in_month,
    within_python,
    zone_info,
    zone_text,
)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the calendar. ValueError if there is no such day."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not -MAX_YEAR <= self.year <= MAX_YEAR:
            raise ValueError(f"year {self.year} is outside -{MAX_YEAR} to {MAX_YEAR}")
        if not 1 <= self.month <= 12:
            raise ValueError(f"month {self.month} is outside 1 to 12")
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise ValueError(f"{self.year}-{self.month:02} has no day {self.day}")

    @classmethod
    def from_number(cls, number: int) -> Date:
        """The date that is `number` days after 1970-01-01."""
        era, day_of_era = divmod(number + EPOCH_DAYS, DAYS_PER_ERA)
        year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        shifted_month = (5 * day_of_year + 2) // 153
        month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
        year = year_of_era + era * 400 + (month <= 2)
        return cls(year, month, day_of_year - (153 * shifted_month + 2) // 5 + 1)

    @property
    def number(self) -> int:
        return day_number(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday."""
        return (self.number + 3) % 7 + 1

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


class Clock:
    """What Time and DateTime share: a time of day as `nanos` since midnight, and a zone."""

    __slots__ = ()
    nanos: int
    zone: Zone

    @property
    def hour(self) -> int:
        return self.nanos // HOUR

    @property
    def minute(self) -> int:
        return self.nanos // MINUTE % 60

    @property
    def second(self) -> int:
        return self.nanos // SECOND % 60

    @property
    def timezone(self) -> str | None:
        return self.zone if isinstance(self.zone, str) else None


@dataclass(frozen=True, slots=True)
class Time(Clock):
    """A time of day: `nanos` since midnight, below 24 hours."""

    nanos: int
    zone: Zone = None

    def __post_init__(self) -> None:
        check_zone(self.zone)

    @classmethod
    def of(cls, hour: int, minute: int, second: int, zone: Zone = None, fraction: int = 0) -> Time:
        """From its parts; `fraction` in nanoseconds. ValueError if a part is out of its range."""
        for name, value, limit in (("hour", hour, 24), ("minute", minute, 60), ("second", second, 60)):
            if not 0 <= value < limit:
                raise ValueError(f"{name} {value} is outside 0 to {limit - 1}")
        return cls(hour * HOUR + minute * MINUTE + second * SECOND + fraction, zone)

    @property
    def offset(self) -> int | None:
        """Seconds from UTC; for a named zone its standard offset, because a time alone has no season."""
        if isinstance(self.zone, str):
            rules = zone_info(self.zone)
            winter, summer = (rules.utcoffset(datetime(2001, month, 1)) or timedelta() for month in (1, 7))
            return int(min(winter, summer).total_seconds())
        return self.zone

    @property
    def utc_nanos(self) -> int:
        return self.nanos - (self.offset or 0) * SECOND

    def __str__(self) -> str:
        return clock_text(self.nanos) + zone_text(self.zone)


@dataclass(frozen=True, slots=True)
class DateTime(Clock):
    """A moment (with a zone) or a local date and time (without)."""

    date: Date
    nanos: int
    zone: Zone = None

    def __post_init__(self) -> None:
        check_zone(self.zone)

    @classmethod
    def from_datetime(cls, moment: datetime) -> DateTime:
        """From Python's. A ZoneInfo keeps its name, any other tzinfo its offset, a naive one is local."""
        nanos = (
            moment.hour * HOUR + moment.minute * MINUTE + moment.second * SECOND + moment.microsecond * 1000
        )
        zone: Zone = None
        if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key != "UTC":
            zone = moment.tzinfo.key
        elif moment.tzinfo is not None:
            zone = int((moment.utcoffset() or timedelta()).total_seconds())
        return cls(Date(moment.year, moment.month, moment.day), nanos, zone)

    @classmethod
    def from_instant(cls, instant: int, zone: Zone) -> DateTime:
        """The wall clock in `zone` at `instant`, in nanoseconds since 1970-01-01T00:00:00 UTC."""
        offset = zone if isinstance(zone, int) else 0
        if isinstance(zone, str):
            number, nanos = divmod(instant, DAY)
            utc = python_datetime(Date.from_number(number), nanos)
            local = utc.replace(tzinfo=UTC).astimezone(zone_info(zone))
            offset = int((local.utcoffset() or timedelta()).total_seconds())
        number, nanos = divmod(instant + offset * SECOND, DAY)
        return cls(Date.from_number(number), nanos, zone)

    def to_datetime(self, default: tzinfo = UTC) -> datetime:
        """Python's aware datetime; a local one is read in zone `default`. ValueError beyond year 9999."""
        moment = datetime(self.year, self.month, self.day, self.hour, self.minute, self.second)
        moment = moment.replace(microsecond=self.nanos % SECOND // 1000)
        if isinstance(self.zone, str):
            return moment.replace(tzinfo=zone_info(self.zone))
        if self.zone is None:
            return moment.replace(tzinfo=default)
        return moment.replace(tzinfo=timezone(timedelta(seconds=self.zone)))

    @property
    def year(self) -> int:
        return self.date.year

    @property
    def month(self) -> int:
        return self.date.month

    @property
    def day(self) -> int:
        return self.date.day

    @property
    def weekday(self) -> int:
        return self.date.weekday

    @property
    def time(self) -> Time:
        return Time(self.nanos, self.zone)

    @property
    def offset(self) -> int | None:
        """Seconds from UTC at this moment; None for a local date and time."""
        if isinstance(self.zone, str):
            local = python_datetime(self.date, self.nanos)
            return int((zone_info(self.zone).utcoffset(local) or timedelta()).total_seconds())
        return self.zone

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 UTC; a local date and time counts as if it were UTC."""
        return self.date.number * DAY + self.nanos - (self.offset or 0) * SECOND

    def __str__(self) -> str:
        return f"{self.date}T{clock_text(self.nanos)}{zone_text(self.zone)}"


def python_datetime(date: Date, nanos: int) -> datetime:
    """Naive, in a year that Python knows: good enough to ask a zone for its offset."""
    midnight = datetime(within_python(date.year), date.month, date.day)
    return midnight + timedelta(seconds=nanos // SECOND)


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """A number of calendar months."""

    total_months: int

    @property
    def years(self) -> int:
        return int(self.total_months / 12)

    @property
    def months(self) -> int:
        return self.total_months - self.years * 12

    def __str__(self) -> str:
        years, months = divmod(abs(self.total_months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.total_months < 0 else ''}P{text}"


@dataclass(frozen=True, slots=True, order=True)
class DaysTimeDuration:
    """An exact span of time, in nanoseconds."""

    nanos: int

    @classmethod
    def of(cls, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> DaysTimeDuration:
        return cls(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND)

    def part(self, unit: int, limit: int) -> int:
        """How many whole `unit`s, below `limit` of them, with the sign of the whole."""
        magnitude = abs(self.nanos) // unit
        magnitude = magnitude % limit if limit else magnitude
        return -magnitude if self.nanos < 0 else magnitude

    @property
    def days(self) -> int:
        return self.part(DAY, 0)

    @property
    def hours(self) -> int:
        return self.part(HOUR, 24)

    @property
    def minutes(self) -> int:
        return self.part(MINUTE, 60)

    @property
    def seconds(self) -> int:
        return self.part(SECOND, 60)

    def to_timedelta(self) -> timedelta:
        """Python's, rounded down to the microsecond."""
        return timedelta(microseconds=self.nanos // 1000)

    def __str__(self) -> str:
        rest = abs(self.nanos)
        days, rest = divmod(rest, DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        seconds, fraction = divmod(rest, SECOND)
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if fraction:
            clock += f"{seconds}.{fraction:09d}".rstrip("0") + "S"
        elif seconds or not (days or clock):
            clock += f"{seconds}S"
        return (
            ("-" if self.nanos < 0 else "")
            + "P"
            + (f"{days}D" if days else "")
            + (f"T{clock}" if clock else "")
        )
