"""Cron expressions: which date comes next, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.triggers.cron import Cron, CronError

TUESDAY = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def dates(text: str, after: datetime = TUESDAY, count: int = 3) -> list[str]:
    expression, found = Cron(text), []
    for _ in range(count):
        after = expression.next(after)
        found.append(after.astimezone(expression.zone).strftime("%Y-%m-%d %H:%M:%S"))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * * *", ["2026-03-10 12:00:01", "2026-03-10 12:00:02", "2026-03-10 12:00:03"]),
        ("*/20 * * * * *", ["2026-03-10 12:00:20", "2026-03-10 12:00:40", "2026-03-10 12:01:00"]),
        ("0 0/15 * * * *", ["2026-03-10 12:15:00", "2026-03-10 12:30:00", "2026-03-10 12:45:00"]),
        ("0 50/5 * * * *", ["2026-03-10 12:50:00", "2026-03-10 12:55:00", "2026-03-10 13:50:00"]),
        ("0 0 9-17 * * MON-FRI", ["2026-03-10 13:00:00", "2026-03-10 14:00:00", "2026-03-10 15:00:00"]),
        ("0 0 9,17 * * *", ["2026-03-10 17:00:00", "2026-03-11 09:00:00", "2026-03-11 17:00:00"]),
        ("0 0 0 25 12 ?", ["2026-12-25 00:00:00", "2027-12-25 00:00:00", "2028-12-25 00:00:00"]),
        ("0 0 0 1 jan,jul *", ["2026-07-01 00:00:00", "2027-01-01 00:00:00", "2027-07-01 00:00:00"]),
        ("0 0 0 ? * SUN", ["2026-03-15 00:00:00", "2026-03-22 00:00:00", "2026-03-29 00:00:00"]),
        ("0 0 0 ? * 0", ["2026-03-15 00:00:00", "2026-03-22 00:00:00", "2026-03-29 00:00:00"]),
        ("0 0 0 ? * 7", ["2026-03-15 00:00:00", "2026-03-22 00:00:00", "2026-03-29 00:00:00"]),
        ("0 0 0 ? * FRI-SUN", ["2026-03-13 00:00:00", "2026-03-14 00:00:00", "2026-03-15 00:00:00"]),
        ("0 0 0 13 * FRI", ["2026-03-13 00:00:00", "2026-11-13 00:00:00", "2027-08-13 00:00:00"]),
        ("0 0 0 L * *", ["2026-03-31 00:00:00", "2026-04-30 00:00:00", "2026-05-31 00:00:00"]),
        ("0 0 0 L-3 * *", ["2026-03-28 00:00:00", "2026-04-27 00:00:00", "2026-05-28 00:00:00"]),
        ("0 0 0 LW * *", ["2026-03-31 00:00:00", "2026-04-30 00:00:00", "2026-05-29 00:00:00"]),
        ("0 0 0 15W * *", ["2026-03-16 00:00:00", "2026-04-15 00:00:00", "2026-05-15 00:00:00"]),
        ("0 0 0 1W * *", ["2026-04-01 00:00:00", "2026-05-01 00:00:00", "2026-06-01 00:00:00"]),
        ("0 0 0 1W 8 *", ["2026-08-03 00:00:00", "2027-08-02 00:00:00", "2028-08-01 00:00:00"]),
        ("0 0 0 ? * FRIL", ["2026-03-27 00:00:00", "2026-04-24 00:00:00", "2026-05-29 00:00:00"]),
        ("0 0 0 ? * 5L", ["2026-03-27 00:00:00", "2026-04-24 00:00:00", "2026-05-29 00:00:00"]),
        ("0 0 0 ? * MON#1", ["2026-04-06 00:00:00", "2026-05-04 00:00:00", "2026-06-01 00:00:00"]),
        ("0 0 0 ? * 5#5", ["2026-05-29 00:00:00", "2026-07-31 00:00:00", "2026-10-30 00:00:00"]),
        ("0 0 0 29 2 *", ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"]),
        ("@hourly", ["2026-03-10 13:00:00", "2026-03-10 14:00:00", "2026-03-10 15:00:00"]),
        ("@daily", ["2026-03-11 00:00:00", "2026-03-12 00:00:00", "2026-03-13 00:00:00"]),
        ("@weekly", ["2026-03-15 00:00:00", "2026-03-22 00:00:00", "2026-03-29 00:00:00"]),
        ("@monthly", ["2026-04-01 00:00:00", "2026-05-01 00:00:00", "2026-06-01 00:00:00"]),
        ("@yearly", ["2027-01-01 00:00:00", "2028-01-01 00:00:00", "2029-01-01 00:00:00"]),
    ],
)
def test_the_next_dates(text: str, expected: list[str]) -> None:
    assert dates(text) == expected


def test_a_time_zone_in_front() -> None:
    expression = Cron("CRON_TZ=America/New_York 0 0 9 * * *")
    assert expression.next(TUESDAY) == datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def test_clocks_put_forward_a_fixed_hour_in_the_gap_fires_right_after_it() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert dates("CRON_TZ=Europe/Berlin 0 30 2 * * *", saturday) == [
        "2026-03-29 03:30:00",
        "2026-03-30 02:30:00",
        "2026-03-31 02:30:00",
    ]


def test_clocks_put_back_a_fixed_hour_fires_once() -> None:
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert dates("CRON_TZ=Europe/Berlin 0 30 2 * * *", saturday) == [
        "2026-10-25 02:30:00",
        "2026-10-26 02:30:00",
        "2026-10-27 02:30:00",
    ]


@pytest.mark.parametrize(
    "evening_before", [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)]
)
@pytest.mark.parametrize(
    ("text", "minutes"), [("0 30 * * * *", 60), ("0 */10 * * * *", 10), ("0 * * * * *", 1)]
)
def test_what_fires_every_hour_keeps_its_pace_when_clocks_change(
    evening_before: datetime, text: str, minutes: int
) -> None:
    expression = Cron(text, ZoneInfo("Europe/Berlin"))
    found = [expression.next(evening_before)]
    while found[-1] < evening_before + timedelta(hours=6):
        found.append(expression.next(found[-1]))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "six fields.*has 0"),
        ("0 9 * * *", "has 5.*seconds in front"),
        ("0 0 9 * * ? 2030", "six fields.*has 7"),
        ("60 * * * * *", "second must be 0 to 59, but is '60'"),
        ("0 0 24 * * *", "hour must be 0 to 23"),
        ("0 0 0 0 * *", "day of the month must be 1 to 31"),
        ("0 0 0 1 13 *", "month must be 1 to 12 or JAN to DEC"),
        ("0 0 0 ? * 8", "day of the week must be 0 to 7 or SUN to SAT"),
        ("0 0 0 ? * XYZ", "day of the week .* is 'XYZ'"),
        ("0 0 22-4 * * *", "runs backwards"),
        ("*/0 * * * * *", "step of the second must be a positive number"),
        ("0 0 0 ? * MON#6", "expected 1 to 5"),
        ("0 0 0 L-31 * *", "before every month"),
        ("0 0 0 30 2 *", "can never be"),
        ("0 0 0 31 4,6 *", "can never be"),
        ("0,,1 * * * * *", "is ''"),
        ("@never", "not a known schedule"),
        ("CRON_TZ=Mars/Base @daily", "not a time zone"),
        ("CRON_TZ=../etc @daily", "not a time zone"),
    ],
)
def test_what_is_refused_and_why(text: str, reason: str) -> None:
    with pytest.raises(CronError, match=reason):
        Cron(text)


def test_the_calendar_ends() -> None:
    with pytest.raises(CronError, match="no date after"):
        Cron("@yearly").next(datetime(9999, 6, 1, tzinfo=UTC))


@given(after=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_date_is_later_and_matches(after: datetime) -> None:
    found = Cron("30 */7 8-18/2 * * MON,WED-FRI").next(after)
    assert found > after
    assert (found.second, found.minute % 7, found.hour % 2) == (30, 0, 0)
    assert found.weekday() in (0, 2, 3, 4)


def test_the_rarest_date_is_found() -> None:
    assert Cron("0 0 0 29 2 MON").next(datetime(2072, 3, 1, tzinfo=UTC)).year == 2112
