"""What the operations work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.store.search import Reader

if TYPE_CHECKING:
    from engine.runtime.runtime import Runtime

MEGABYTE = 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """How large requests may be, in bytes: JSON bodies, and deployments with all their files."""

    body: int = 4 * MEGABYTE
    deployment: int = 32 * MEGABYTE


class Server:
    """One server: the runtime, which carries out commands, and the reader, which answers searches."""

    def __init__(self, runtime: Runtime, reader: Reader, limits: Limits) -> None:
        self.runtime = runtime
        self.reader = reader
        self.limits = limits

    async def new_key(self) -> int:
        """A key for something that has no row of its own."""
        keys = self.runtime.keys
        await keys.prepare()
        return keys.key(keys.part)
