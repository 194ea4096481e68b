"""Dates, durations and cycles as timers are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.triggers.schedule import (
    ScheduleError,
    from_milliseconds,
    parse_cycle,
    parse_date,
    parse_duration,
    to_milliseconds,
)


def ms(text: str) -> int:
    return to_milliseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


NOW = ms("2026-03-10T12:00:00")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2030-01-01T09:00:00Z", "2030-01-01T09:00:00"),
        ("2030-01-01T09:00Z", "2030-01-01T09:00:00"),
        ("2030-01-01T09:00:00.250Z", "2030-01-01T09:00:00.250"),
        ("2030-01-01T09:00:00+01:00", "2030-01-01T08:00:00"),
        ("2030-07-01T09:00:00+02:00[Europe/Berlin]", "2030-07-01T07:00:00"),
        ("2030-07-01T09:00:00[Europe/Berlin]", "2030-07-01T07:00:00"),
        ("2030-07-01T09:00:00@Europe/Berlin", "2030-07-01T07:00:00"),
        ("2030-01-01T09:00:00", "2030-01-01T09:00:00"),
        (" 2030-01-01 ", "2030-01-01T00:00:00"),
    ],
)
def test_a_date_is_due_at_that_instant(text: str, due: str) -> None:
    assert parse_date(text).first_due(NOW) == ms(due)


def test_a_past_date_is_due_at_its_date_which_is_at_once() -> None:
    assert parse_date("2001-01-01T00:00:00Z").first_due(NOW) < NOW


@pytest.mark.parametrize("text", ["", "tomorrow", "2030-13-01", "2030-01-01T25:00:00Z", "01.01.2030", "PT1H"])
def test_what_is_no_date_is_refused_with_the_form_expected(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"ISO 8601.*but is"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT1H", "2026-03-10T13:00:00"),
        ("PT0.5S", "2026-03-10T12:00:00.500"),
        ("P3D", "2026-03-13T12:00:00"),
        ("P3W", "2026-03-31T12:00:00"),
        ("P1Y2M3DT4H5M6S", "2027-05-13T16:05:06"),
        ("P11M", "2027-02-10T12:00:00"),
        ("-PT1H", "2026-03-10T11:00:00"),
        ("PT-1H", "2026-03-10T11:00:00"),
        ("PT-0.5S", "2026-03-10T11:59:59.500"),
        ("-P1M", "2026-02-10T12:00:00"),
    ],
)
def test_a_duration_counts_from_now(text: str, due: str) -> None:
    assert parse_duration(text).first_due(NOW) == ms(due)


def test_a_month_after_the_31st_is_the_last_day_of_the_next() -> None:
    assert parse_duration("P1M").first_due(ms("2027-01-31T08:00:00")) == ms("2027-02-28T08:00:00")


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1H", "PT1D", "P1.5D", "P1DT", "R3/PT1H", "PT1H30"])
def test_what_is_no_duration_is_refused_with_the_form_expected(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"ISO 8601.*but is"):
        parse_duration(text)


def test_a_date_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ScheduleError, match="9999"):
        parse_duration("P99999Y").first_due(NOW)
    with pytest.raises(ScheduleError, match="9999"):
        parse_duration("P99999999D").first_due(NOW)


def test_a_cycle_counts_its_repetitions_and_begins_after_one_period() -> None:
    cycle = parse_cycle("R3/PT10S")
    assert cycle.repetitions == 3
    assert cycle.first_due(NOW) == NOW + 10_000


def test_a_cycle_that_repeats_no_time_happens_once() -> None:
    assert parse_cycle("R0/PT1H").repetitions == 1


@pytest.mark.parametrize("text", ["R/PT1H", "R-1/PT1H"])
def test_a_cycle_without_a_count_has_no_end(text: str) -> None:
    assert parse_cycle(text).repetitions is None


def test_a_cycle_does_not_drift_when_it_fires_late() -> None:
    cycle = parse_cycle("R/PT1H")
    first = cycle.first_due(NOW)
    assert cycle.next_due(first, now=first + 59_000) == first + 3_600_000


def test_a_cycle_with_a_start_begins_there() -> None:
    assert parse_cycle("R/2026-04-01T00:00:00Z/P1D").first_due(NOW) == ms("2026-04-01T00:00:00")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("R/2026-01-01T00:00:00Z/P1D", "2026-03-11T00:00:00"),
        ("R/2026-01-31T00:00:00Z/P1M", "2026-03-28T00:00:00"),
        ("R/2026-03-10T12:00:00Z/P1D", "2026-03-10T12:00:00"),
    ],
)
def test_a_start_in_the_past_gives_the_rhythm(text: str, due: str) -> None:
    assert parse_cycle(text).first_due(NOW) == ms(due)


def test_a_rhythm_that_hardly_moves_holds_nobody_up() -> None:
    """In a February a month is a millisecond longer than what is taken from it."""
    assert parse_cycle("R/2020-01-31T00:00:00Z/P1MT-2419199.999S").first_due(NOW) == NOW


@pytest.mark.parametrize("text", ["R", "R3", "R3/", "R3/10S", "Rx/PT1H", "R3/PT1H/PT1H/PT1H", "PT1H", ""])
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_cycle(text)


@pytest.mark.parametrize("text", ["R/PT0S", "R/-PT1H", "R/PT1H-1H"])
def test_an_endless_cycle_of_no_length_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_cycle(text)


def test_a_cron_expression_counts_from_now_and_has_no_end() -> None:
    cycle = parse_cycle("0 0 9-17 * * MON-FRI")
    assert cycle.repetitions is None
    assert cycle.first_due(NOW) == ms("2026-03-10T13:00:00")
    late = ms("2026-03-10T16:30:00")
    assert cycle.next_due(ms("2026-03-10T13:00:00"), late) == ms("2026-03-10T17:00:00")


def test_milliseconds_and_datetimes_are_the_same_instant() -> None:
    assert to_milliseconds(from_milliseconds(NOW + 123)) == NOW + 123
