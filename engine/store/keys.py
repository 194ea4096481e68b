"""Keys: 63-bit integers that this process makes by itself, from blocks that the database hands out.

    key = part << 51 | counter

The counter never repeats, whatever the part, so a key is unique over all tables; the part, 0 to 4095, is the place of
the row in a distributed database and can be read off. A block is 65,536 counters. A new instance gets its part from
the number of the block, so what is inserted at about the same time lies side by side in the indexes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from zlib import crc32

PARTS = 4096
PART_SHIFT = 51
BLOCK = 65_536
_COUNTER = (1 << PART_SHIFT) - 1

#: Hands out that many new blocks in a row, one at least; answers the number of the first.
TAKE_BLOCKS = """
    INSERT INTO key_block (id, next) VALUES (1, 1 + %(count)s)
    ON CONFLICT (id) DO UPDATE SET next = key_block.next + %(count)s
    RETURNING next - %(count)s
"""


def part_of(key: int) -> int:
    """The part that a key was made for."""
    return key >> PART_SHIFT


def part_of_text(*texts: str) -> int:
    """The part of what crosses instances: a message by tenant, name and correlation key, a business id, …"""
    return crc32("\x1f".join(texts).encode()) % PARTS


class KeysExhausted(RuntimeError):
    """One command used more keys than are held ready; nothing has happened."""


class KeySource:
    """Makes keys. `fetch` asks the database for a number of blocks and answers the number of the first.

    `prepare` is called before each batch and waits only where the reserve is gone; otherwise the reserve is filled
    in the background.
    """

    def __init__(self, fetch: Callable[[int], Awaitable[int]], reserve: int = 2) -> None:
        self._fetch = fetch
        self._reserve = reserve
        self._blocks: list[int] = []
        self._taken: set[int] = set()
        self._next = 0
        self._end = 0
        self._filling: asyncio.Task[None] | None = None

    @property
    def part(self) -> int:
        """The part for instances that are made now."""
        return (self._next // BLOCK) % PARTS

    def key(self, part: int) -> int:
        """A new key of `part`. Raises KeysExhausted."""
        counter = self._next
        if counter >= self._end:
            counter = self._next_block()
        self._next = counter + 1
        return part << PART_SHIFT | counter

    def has_made(self, key: int) -> bool:
        """Whether a key is of this source."""
        return (key & _COUNTER) // BLOCK in self._taken

    def maker(self, part: int) -> Callable[[], int]:
        """A function that makes keys of `part`."""
        key = self.key
        return lambda: key(part)

    async def prepare(self) -> None:
        """Make sure that there are keys for a batch."""
        if not self._blocks:
            await self._fill()
        if self._next >= self._end:
            self._next_block()
        if len(self._blocks) < self._reserve and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill_quietly())

    def grow(self) -> None:
        """Hold twice as many ready from now on: a batch has used more than there were."""
        self._reserve *= 2

    async def close(self) -> None:
        """Stop filling the reserve; what is left of it is never used."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)

    def _next_block(self) -> int:
        if not self._blocks:
            raise KeysExhausted("The keys of this process are used up for now; repeat the command.")
        self._next = self._blocks.pop(0) * BLOCK
        self._end = self._next + BLOCK
        return self._next

    async def _fill(self) -> None:
        """Bring the reserve up to its size; several that wait for it at once may make it larger."""
        count = self._reserve - len(self._blocks)
        if count <= 0:  # the table would take blocks back, and hand them out again
            return
        first = await self._fetch(count)
        self._blocks.extend(range(first, first + count))
        self._taken.update(range(first, first + count))

    async def _fill_quietly(self) -> None:
        """In the background: what goes wrong here is met again, and raised, when the reserve is gone."""
        await asyncio.gather(self._fill(), return_exceptions=True)
