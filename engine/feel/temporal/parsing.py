"""ISO 8601 text → temporal value. Each function raises ValueError that says what was expected."""

from __future__ import annotations

import re

from engine.feel.temporal.calendar import DAY, HOUR, MINUTE, SECOND, Zone
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

DATE = r"(?P<year>-?(?:[1-9]\d{4,8}|\d{4}))-(?P<month>\d\d)-(?P<day>\d\d)"
CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,18}))?)?"
ZONE = (
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<zh>\d\d):(?P<zm>\d\d)(?::(?P<zs>\d\d))?(?:\[(?P<region>[\w/+-]{1,64})\])?"
    r"|@(?P<name>[\w/+-]{1,64}))?"
)
IS_DATE = re.compile(DATE, re.ASCII)
IS_TIME = re.compile("T?" + CLOCK + ZONE, re.ASCII)
IS_DATE_TIME = re.compile(DATE + "T" + CLOCK + ZONE, re.ASCII)
IS_DURATION = re.compile(
    r"(?P<sign>-)?P(?!$)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?P<time>T(?!$)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.(?P<fraction>\d*))?S)?)?",
    re.ASCII,
)
MAX_DURATION_TEXT = 80


def parse_date(text: str) -> Date:
    """`YYYY-MM-DD`."""
    match = IS_DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shorten(text)} is not a date; expected 'YYYY-MM-DD'")
    return read_date(match)


def parse_time(text: str) -> Time:
    """`HH:MM:SS`, with an optional fraction, and an optional `Z`, `+HH:MM` or `@Zone/Name`."""
    match = IS_TIME.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{shorten(text)} is not a time; expected 'HH:MM:SS', then 'Z', '+HH:MM' or '@Zone/Name'"
        )
    return read_time(match)


def parse_date_time(text: str) -> DateTime:
    """A date, `T`, a time. A date alone is its midnight."""
    match = IS_DATE_TIME.fullmatch(text)
    if match is not None:
        time = read_time(match)
        return DateTime(read_date(match), time.nanos, time.zone)
    if IS_DATE.fullmatch(text):
        return DateTime(parse_date(text), 0)
    raise ValueError(
        f"{shorten(text)} is not a date and time; expected 'YYYY-MM-DDTHH:MM:SS' and an optional zone"
    )


def parse_duration(text: str) -> YearsMonthsDuration | DaysTimeDuration:
    """`PnYnM` or `PnDTnHnMnS` (also weeks), with an optional minus sign; not a mixture of both."""
    months, nanos, calendar = read_duration(text)
    if calendar and nanos:
        raise ValueError(f"{shorten(text)} mixes months with days; expected 'PnYnM' or 'PnDTnHnMnS'")
    return YearsMonthsDuration(months) if calendar else DaysTimeDuration(nanos)


def parse_interval(text: str) -> tuple[YearsMonthsDuration, DaysTimeDuration]:
    """Any ISO 8601 duration, the calendar part and the exact part: timers may mix what FEEL may not."""
    months, nanos, _ = read_duration(text)
    return YearsMonthsDuration(months), DaysTimeDuration(nanos)


def parse_temporal(text: str) -> Date | Time | DateTime | YearsMonthsDuration | DaysTimeDuration:
    """Whichever of the five the text is, as in `@"…"`."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if IS_DATE.fullmatch(text):
        return parse_date(text)
    if "T" in text[1:]:
        return parse_date_time(text)
    return parse_time(text)


def read_date(match: re.Match[str]) -> Date:
    return Date(int(match["year"]), int(match["month"]), int(match["day"]))


def read_time(match: re.Match[str]) -> Time:
    fraction = int((match["fraction"] or "").ljust(9, "0")[:9])
    return Time.of(
        int(match["hour"]), int(match["minute"]), int(match["second"] or 0), read_zone(match), fraction
    )


def read_zone(match: re.Match[str]) -> Zone:
    if match["utc"]:
        return 0
    if match["name"] or match["region"]:
        return match["name"] or match["region"]
    if match["sign"] is None:
        return None
    if int(match["zm"]) > 59 or int(match["zs"] or 0) > 59:
        raise ValueError(f"{match[0]!r} has an offset with more than 59 minutes or seconds")
    seconds = int(match["zh"]) * 3600 + int(match["zm"]) * 60 + int(match["zs"] or 0)
    return -seconds if match["sign"] == "-" else seconds


def read_duration(text: str) -> tuple[int, int, bool]:
    """Months, nanoseconds, and whether years or months were written (so that `P0Y` is one of months)."""
    match = IS_DURATION.fullmatch(text) if len(text) <= MAX_DURATION_TEXT else None
    if match is None:
        raise ValueError(f"{shorten(text)} is not a duration; expected for example 'P1Y2M' or 'P1DT2H30M'")
    number = {name: int(value) for name, value in match.groupdict().items() if value and value.isdigit()}
    months = number.get("years", 0) * 12 + number.get("months", 0)
    nanos = (number.get("weeks", 0) * 7 + number.get("days", 0)) * DAY
    nanos += (
        number.get("hours", 0) * HOUR + number.get("minutes", 0) * MINUTE + number.get("seconds", 0) * SECOND
    )
    nanos += int((match["fraction"] or "").ljust(9, "0")[:9])
    sign = -1 if match["sign"] else 1
    return sign * months, sign * nanos, "years" in number or "months" in number


def shorten(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
