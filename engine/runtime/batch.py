"""One transaction: many commands, carried out together.

    async with connection.pipeline():
        lock the instances of all commands, in key order         ┐ one round trip
        delete the pending rows of those that are follow-ups     │
        ask whether the catalog is current                       ┘
        read instances that are not in memory, catch up those that are behind
        participants: admit
        advance every command, create called instances           (in memory)
        participants: settle
        one statement per table, COMMIT                          one round trip

A command that is rejected, or fails by itself, leaves no trace. If the machine fails in the middle of one, its
instance leaves the batch and the cache; commands on it that went well before are tried again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from engine.machine import advance as machine
from engine.machine.commands import (
    Command,
    CreateInstance,
    Rejection,
    ReportCallFailed,
    encode_follow_up,
)
from engine.runtime.errors import InternalError
from engine.runtime.queue import Ask, Entry, Line
from engine.runtime.results import InstanceStarted
from engine.store import load
from engine.store.keys import PART_SHIFT, KeysExhausted
from engine.store.rows import INSERT_PENDING, Rows

if TYPE_CHECKING:
    from engine.machine.advance import Outcome
    from engine.machine.graph import Graph
    from engine.machine.state import Instance
    from engine.runtime.commit import Tools

logger = logging.getLogger(__name__)


class Batch:
    """The state of one transaction while it runs.

    `entries` are the commands on instances, those of one instance side by side; `services` those that belong to
    participants. `touched` are the instances that were changed or created.
    """

    def __init__(self, tools: Tools, connection: load.Connection, entries: list[Entry], lines: list[Line]) -> None:
        self.tools = tools
        self.connection = connection
        self.lines = lines
        self.now = tools.clock.now()
        self.rows = Rows(self.now, lambda job: tools.jobs.offer(self, job))
        self.entries = [entry for entry in entries if type(entry.command) not in tools.services]
        self.services = [entry for entry in entries if type(entry.command) in tools.services]
        self.touched: dict[int, Instance] = {}
        self.again: list[Entry] = []  # to be tried once more, after this batch
        self.follow_ups: list[Entry] = []  # stored by this batch, to be carried out after it
        self.pushed: list[Any] = []  # jobs that were given to waiting workers: engine.runtime.jobs
        self._loaded: dict[int, Instance] = {}
        self._creates: list[tuple[Entry, CreateInstance]] = []  # called instances, created in this same batch
        self._answers: list[tuple[Entry, object]] = []
        self._failures: list[tuple[Entry, Exception]] = []

    # ---- For participants ------------------------------------------------------------------------------------------

    def answer(self, entry: Entry, result: object) -> None:
        """What the sender gets once the batch and its follow-ups are committed."""
        self._answers.append((entry, result))

    def reject(self, entry: Entry, error: Exception) -> None:
        """What the sender gets instead of a result; nothing else of the command happens."""
        self._failures.append((entry, error))

    def store(self, command: Command, cause: Entry | None) -> None:
        """A follow-up: kept in `pending_command`, carried out after COMMIT. Its cause is answered after it."""
        key = self.tools.keys.key(_part_of(command))
        part = key >> PART_SHIFT
        ask = None if cause is None else cause.ask
        if ask is not None:
            ask.open += 1
        self.rows.add(INSERT_PENDING, (part, key, encode_follow_up(command), self.now))
        self.follow_ups.append(Entry(command, ask, part, key))

    def create(self, command: CreateInstance, cause: Entry | None = None) -> Instance:
        """Start an instance in this batch. Raises Rejection."""
        graph = self.tools.definitions.resolve(command)
        key = command.key or self.tools.new_instance_key()
        return self._create(cause, command, graph, key).instance
