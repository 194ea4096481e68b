"""Commands that a service gives for what is due, and which of them to leave alone for a while.

What is due stands in a row until its command has removed it. If the command fails by a defect, or is refused while
the row stays, the row is passed over for some time, so that it neither keeps the service busy nor others waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.machine.commands import Command, Rejection
from engine.runtime.clock import Clock
from engine.runtime.errors import InternalError

if TYPE_CHECKING:
    from engine.runtime.commits.loop import CommitLoop

AFTER_REJECTION = 1_000  # milliseconds; mostly another process was faster, and the row is gone
AFTER_FAILURE = 30_000  # milliseconds


class Attempts:
    """Carries out commands and remembers which keys to pass over."""

    def __init__(self, clock: Clock, loop: CommitLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._until: dict[int, int] = {}

    def paused(self) -> list[int]:
        """The keys to pass over now."""
        now = self._clock.now()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return list(self._until)

    def pause(self, key: int, milliseconds: int) -> None:
        """Pass over a key for a while."""
        self._until[key] = self._clock.now() + milliseconds

    async def make(self, commands: Mapping[int, Command]) -> None:
        """Carry out all commands, by the keys of their rows. Raises Unavailable, once all are answered."""
        results = await asyncio.gather(*map(self._loop.execute, commands.values()), return_exceptions=True)
        unexpected: list[BaseException] = []
        for key, result in zip(commands, results, strict=True):
            if isinstance(result, Rejection):
                self.pause(key, AFTER_REJECTION)
            elif isinstance(result, InternalError):
                self.pause(key, AFTER_FAILURE)
            elif isinstance(result, BaseException):
                unexpected.append(result)
        if unexpected:
            raise unexpected[0]
