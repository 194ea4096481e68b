"""What the engine takes for the time while somebody sets the clock of the machine."""

from __future__ import annotations

from engine.runtime.clock import Clock


def _read(*seconds: float) -> list[int]:
    """What a clock answers, one time after the other, while the system's shows these seconds."""
    shown = iter(seconds)
    clock = Clock(lambda: int(next(shown) * 1e9))
    return [clock.now() for _ in seconds]


def test_time_goes_on_as_the_systems_does() -> None:
    assert _read(1, 1.5, 3_600) == [1_000, 1_500, 3_600_000]


def test_time_stands_still_while_the_systems_clock_is_a_little_behind() -> None:
    assert _read(100, 99, 99.5, 101) == [100_000, 100_000, 100_000, 101_000]


def test_a_clock_that_was_wrong_by_an_hour_is_followed_back() -> None:
    assert _read(3_700, 100, 101) == [3_700_000, 100_000, 101_000]
