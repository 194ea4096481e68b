"""Dates, times and durations: literals, properties, arithmetic, and the helpers for timers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.feel import temporal
from tests.feel.tables import result

LITERALS = [
    ('@"2024-02-29"', "2024-02-29"),
    ('@"2023-02-29"', None),
    ('@"10:30:00.50"', "10:30:00.5"),
    ('@"10:30:00+02:00"', "10:30:00+02:00"),
    ('@"10:30:00@Europe/Paris"', "10:30:00@Europe/Paris"),
    ('@"10:30:00@Nowhere/Land"', None),
    ('@"2024-01-01T10:00:00Z"', "2024-01-01T10:00:00Z"),
    ('@"2024-06-01T10:00:00@Europe/Paris"', "2024-06-01T10:00:00+02:00[Europe/Paris]"),
    ('string(@"2024-06-01T10:00:00@Europe/Paris")', "2024-06-01T10:00:00@Europe/Paris"),
    ('@"P1DT2H3M4.5S"', "P1DT2H3M4.5S"),
    ('@"P14M"', "P1Y2M"),
    ('@"-PT36H"', "-P1DT12H"),
    ('@"PT0S"', "PT0S"),
    ('@"P0Y"', "P0M"),
    ('@"P1Y1D"', None),
    ('@"soon"', None),
    ('string(date("-999999999-12-31"))', "-999999999-12-31"),
    ('date("01211-12-31")', None),
    ('date and time("2024-12-31T23:59:59.123456789@Asia/Dhaka").second', 59),
]
PROPERTIES = [
    ('@"2024-02-29".year', 2024),
    ('@"2024-02-29".weekday', 4),
    ('@"2024-02-29T10:20:30+01:00".time offset', "PT1H"),
    ('@"2024-02-29T10:20:30@Europe/Paris".timezone', "Europe/Paris"),
    ('@"2024-07-29T10:20:30@Europe/Paris".time offset', "PT2H"),
    ('@"2024-02-29T10:20:30".time offset', None),
    ('@"10:20:30".minute', 20),
    ('@"P1Y2M".months', 2),
    ('@"P1DT25H".days', 2),
    ('@"-P1DT2H".hours', -2),
    ('@"P1Y".days', None),
    ("[1..5).end included", False),
    ("(> 5).start", 5),
]
ARITHMETIC = [
    ('@"2024-01-31" + @"P1M"', "2024-02-29"),
    ('@"P1M" + @"2024-01-31"', "2024-02-29"),
    ('@"2024-03-31" - @"P1M"', "2024-02-29"),
    ('@"2024-01-01" + @"PT36H"', "2024-01-02"),
    ('@"2024-01-01" - @"PT1H"', "2023-12-31"),
    ('@"2024-03-01" - @"2024-02-01"', "P29D"),
    ('@"23:30:00" + @"PT1H"', "00:30:00"),
    ('@"10:00:00" - @"11:30:00"', "-PT1H30M"),
    ('@"2024-03-30T12:00:00@Europe/Paris" + @"P1D"', "2024-03-31T13:00:00+02:00[Europe/Paris]"),
    ('@"2024-03-30T12:00:00@Europe/Paris" + @"P1M"', "2024-04-30T12:00:00+02:00[Europe/Paris]"),
    ('@"2024-01-01T00:00:00Z" - @"2024-01-01T00:00:00+01:00"', "PT1H"),
    ('@"2024-01-01T00:00:00Z" - @"2024-01-01T00:00:00"', None),
    ('@"2024-01-02T00:00:00Z" - @"2024-01-01"', "P1D"),
    ('@"P1D" * 1.5', "P1DT12H"),
    ('@"P1Y" / 2', "P6M"),
    ('@"P1D" / @"PT12H"', 2),
    ('@"P1D" + @"P1M"', None),
    ('@"P1D" / 0', None),
    ('@"2024-01-01" + 1', None),
    ('@"999999999-12-31" + @"P1D"', None),
    ('-@"P1D"', "-P1D"),
]
FUNCTIONS = [
    ("now()", "2024-02-29T13:30:15+01:00[Europe/Berlin]"),
    ("today()", "2024-02-29"),
    ('day of week(@"2024-02-29")', "Thursday"),
    ('month of year(@"2024-02-29")', "February"),
    ('day of year(@"2024-12-31")', 366),
    ('week of year(@"2021-01-03")', 53),
    ('last day of month(@"2023-02-01T10:00:00")', "2023-02-28"),
    ('abs(@"-PT5H")', "PT5H"),
    ('abs(@"-P2M")', "P2M"),
    ('cycle(@"PT1H")', "R/PT1H"),
    ('cycle(3, @"P1D")', "R3/P1D"),
    ('years and months duration(date("2011-12-22"), date("2013-08-24"))', "P1Y8M"),
    ('years and months duration(date("2013-08-24"), date("2011-12-22"))', "-P1Y8M"),
    (
        'date and time(@"2020-07-31T14:27:30@Europe/Berlin", "America/Los_Angeles")',
        "2020-07-31T05:27:30-07:00[America/Los_Angeles]",
    ),
    ('date and time(@"2020-07-31", @"10:00:00Z")', "2020-07-31T10:00:00Z"),
    ('date and time("2018-04-29T09:30:00+02:00[Europe/Berlin]").timezone', "Europe/Berlin"),
    ('time(14, 30, 0, duration("PT1H"))', "14:30:00+01:00"),
    ("time(14, 30, 1.5)", "14:30:01.5"),
    ("date(2024, 13, 1)", None),
    ('time(@"2024-01-01")', "00:00:00Z"),
]


@pytest.mark.parametrize(("expression", "expected"), LITERALS + PROPERTIES + ARITHMETIC + FUNCTIONS)
def test_temporal(expression: str, expected: object) -> None:
    assert result(expression) == expected


def test_a_month_later_keeps_the_clock_and_the_zone() -> None:
    start = datetime(2024, 1, 31, 12, 0, tzinfo=ZoneInfo("Europe/Paris"))
    month, day = temporal.parse_duration("P1M"), temporal.parse_duration("P1D")
    assert temporal.add_duration(start, month) == datetime(
        2024, 2, 29, 12, 0, tzinfo=ZoneInfo("Europe/Paris")
    )
    assert temporal.add_duration(datetime(2024, 1, 1, tzinfo=UTC), day) == datetime(2024, 1, 2, tzinfo=UTC)


def test_an_interval_of_a_timer_may_mix_months_and_days() -> None:
    months, exact = temporal.parse_interval("P1M2DT3H")
    assert months.total_months == 1
    assert exact.to_timedelta() == timedelta(days=2, hours=3)
    assert str(temporal.parse_duration("P2W")) == "P14D"


def test_a_date_and_time_becomes_pythons() -> None:
    moment = temporal.parse_date_time("2024-06-01T10:00:00@Europe/Paris").to_datetime()
    assert moment == datetime(2024, 6, 1, 8, 0, tzinfo=UTC)
    assert temporal.parse_date_time("2024-06-01T10:00:00").to_datetime() == datetime(
        2024, 6, 1, 10, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "1D", "P1.5D", "PT1S2H", "P" + "9" * 100 + "D"])
def test_what_is_no_duration_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; expected"):
        temporal.parse_duration(text)


def test_a_day_number_and_a_date_are_the_same_thing() -> None:
    for number in (-400_000_000, -719_468, -1, 0, 59, 19_782, 400_000_000):
        assert temporal.Date.from_number(number).number == number
    assert temporal.Date(1970, 1, 1).number == 0
