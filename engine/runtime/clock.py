"""The time, as the runtime hands it to the machine: milliseconds since the epoch, UTC."""

from __future__ import annotations

import time


class Clock:
    """The system's clock, which never goes back within the process even if somebody sets it back."""

    def __init__(self) -> None:
        self._latest = 0

    def now(self) -> int:
        """Milliseconds since the epoch."""
        self._latest = max(self._latest, time.time_ns() // 1_000_000)
        return self._latest


class FakeClock(Clock):
    """A clock that stands still until it is told to move; for tests, which then need no sleep.

    `Runtime.tick()` runs what has become due after a move.
    """

    def __init__(self, now: int = 1_735_689_600_000) -> None:  # 2025-01-01T00:00:00Z
        super().__init__()
        self._latest = now

    def now(self) -> int:
        return self._latest

    def advance(self, milliseconds: int) -> None:
        """Let time pass."""
        self._latest += milliseconds
