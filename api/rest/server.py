"""What the operations work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.rest.access import Gate
from engine.store.search import Reader

if TYPE_CHECKING:
    from engine.runtime.runtime import Runtime
    from web.admission import Admission

MEGABYTE = 1024 * 1024


class Limits(msgspec.Struct, frozen=True):
    """How large requests may be, in bytes: JSON bodies, and deployments with all their files."""

    body: int = 4 * MEGABYTE
    deployment: int = 32 * MEGABYTE


class Server:
    """One server: the runtime, which carries out commands, and the reader, which answers searches.

    `admission` finds out who asks, for pages and for the REST API; `gate` stands before the latter's operations.
    """

    def __init__(self, runtime: Runtime, reader: Reader, limits: Limits, admission: Admission) -> None:
        self.runtime = runtime
        self.reader = reader
        self.limits = limits
        self.admission = admission
        self.people = admission.people
        self.gate = Gate(admission, reader)

    async def new_key(self) -> int:
        """A key for something that has no row of its own."""
        keys = self.runtime.keys
        await keys.prepare()
        return keys.key(keys.part)
