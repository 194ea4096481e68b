"""The calendar, zones and the units of time, in plain numbers."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_YEAR = 999_999_999
MAX_OFFSET = 18 * 3600

Zone = int | str | None
"""An offset from UTC in seconds, the IANA name of a zone, or None for local time."""

EPOCH_DAYS = 719_468  # days from 0000-03-01 to 1970-01-01
DAYS_PER_ERA = 146_097  # 400 years


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, for any year."""
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (
        era * DAYS_PER_ERA
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - EPOCH_DAYS
    )


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@lru_cache(maxsize=256)
def zone_info(name: str) -> tzinfo:
    """The rules of a zone; ValueError if there is no such zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}; use an IANA name such as 'Europe/Paris'") from error


def within_python(year: int) -> int:
    """A year that Python's datetime knows, with the same calendar: it repeats every 400 years."""
    return year if 2 <= year <= 9998 else 2000 + year % 400


def clock_text(nanos: int) -> str:
    """`HH:MM:SS` with as much of the fraction as is not zero."""
    seconds, fraction = divmod(nanos, SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{fraction:09d}".rstrip("0") if fraction else text


def zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    seconds = abs(zone)
    text = f"{'-' if zone < 0 else '+'}{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def check_zone(zone: Zone) -> None:
    if isinstance(zone, str):
        zone_info(zone)
    elif zone is not None and abs(zone) > MAX_OFFSET:
        raise ValueError(f"offset {zone_text(zone)} is outside -18:00 to +18:00")
