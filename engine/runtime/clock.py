"""The time, as the runtime hands it to the machine: milliseconds since the epoch, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable

STANDS_STILL = 5_000  # milliseconds that the system's clock may be set back without ours following it


class Clock:
    """The system's clock, `read` in nanoseconds since the epoch.

    Where the system's is set back by a little, as services do that keep it right, this one stands still meanwhile: what
    happens later does not seem to be earlier. Where it is set back by more, it had been wrong, and this one follows:
    otherwise no timer and no lock would run out until the wrong time has come.
    """

    def __init__(self, read: Callable[[], int] = time.time_ns) -> None:
        self._read = read
        self._latest = 0

    def now(self) -> int:
        """Milliseconds since the epoch."""
        now = self._read() // 1_000_000
        if now > self._latest or now < self._latest - STANDS_STILL:
            self._latest = now
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
