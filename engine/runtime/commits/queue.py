"""The commands that wait, in an order that several lanes can take from at once.

Commands of one instance stand in one `Line` and are done in the order they came. A lane takes whole lines: while it
holds one, nobody else touches that instance, and what arrives meanwhile waits in the line. Taking and giving back
costs nothing per command that waits, however long a line is. A command that belongs to no instance yet (a new
instance, a message) is a line of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from engine.machine.commands import Command
from engine.machine.graph import Graph


class Ask:
    """Somebody who waits for an answer: until the command, and the follow-ups that it caused, are committed."""

    __slots__ = ("future", "open", "result")

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future
        self.open = 1
        self.result: object = None

    def finish_one(self) -> None:
        """One of the commands is done; the last one gives the answer."""
        self.open -= 1
        if not self.open:
            self.give()

    def give(self) -> None:
        """Answer now, whatever is still open."""
        if not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Entry:
    """One command on its way.

    `instance_key` is known once the target is resolved; of a new instance it is its key to be. `graph` is the
    definition of a new instance. `pending_key` is the key of its row in `pending_command`, 0 if a client sent it.
    `actor` is the user who sent it, as far as that is known (engine/runtime/actor.py).
    """

    __slots__ = ("actor", "alone", "ask", "attempts", "command", "graph", "instance_key", "pending_key")

    def __init__(
        self, command: Command, ask: Ask | None = None, pending_key: int = 0, actor: str = ""
    ) -> None:
        self.command = command
        self.actor = actor
        self.ask = ask
        self.instance_key = 0
        self.graph: Graph | None = None
        self.pending_key = pending_key
        self.attempts = 0
        self.alone = False  # it was in a batch that failed: it gets one of its own

    def fail(self, error: Exception) -> None:
        """It is not carried out. A sender gets the error; of a follow-up nobody waits for more than its end."""
        if self.ask is None:
            return
        if self.pending_key:
            self.ask.finish_one()
        else:
            self.ask.fail(error)


class Line:
    """The commands of one instance that wait; `held` while a lane has the instance."""

    __slots__ = ("entries", "held", "key", "listed")

    def __init__(self, key: int) -> None:
        self.key = key
        self.entries: deque[Entry] = deque()
        self.held = False
        self.listed = False


class CommandQueue:
    """All commands that wait. Not for threads: everything happens on the event loop."""

    def __init__(self) -> None:
        self._ready: deque[Line | Entry] = deque()
        self._lines: dict[int, Line] = {}
        self._unresolved: list[Entry] = []
        self._arrived = asyncio.Event()
        self._closed = False
        self.waiting = 0

    # ---- in

    def add(self, entry: Entry) -> None:
        """At the end; an entry without `instance_key` belongs to no instance yet."""
        self.waiting += 1
        self._place(entry, first=False)
        self._arrived.set()

    def put_back(self, entries: list[Entry]) -> None:
        """To the head, in their order: commands that were taken and are to be tried again, and follow-ups."""
        self.waiting += len(entries)
        for entry in reversed(entries):
            if entry.instance_key or entry.command.target_kind == "new":
                self._place(entry, first=True)
            else:
                self._unresolved.insert(0, entry)
        self._arrived.set()

    def add_unresolved(self, entry: Entry) -> None:
        """A command whose instance must be looked up in the database first."""
        self.waiting += 1
        self._unresolved.append(entry)
        self._arrived.set()

    def _place(self, entry: Entry, first: bool) -> None:
        if not entry.instance_key or entry.command.target_kind == "new":
            self._list(entry, first)
            return
        line = self._lines.get(entry.instance_key)
        if line is None:
            line = self._lines[entry.instance_key] = Line(entry.instance_key)
        if first:
            line.entries.appendleft(entry)
        else:
            line.entries.append(entry)
        if not line.held and not line.listed:
            line.listed = True
            self._list(line, first)

    def _list(self, item: Line | Entry, first: bool) -> None:
        if first:
            self._ready.appendleft(item)
        else:
            self._ready.append(item)

    # ---- out

    async def arrival(self) -> bool:
        """Wait until there is something to take; False once the queue is closed and empty."""
        while not self._ready and not self._unresolved:
            if self._closed:
                return False
            self._arrived.clear()
            await self._arrived.wait()
        return True

    def close(self) -> None:
        """Nothing more comes."""
        self._closed = True
        self._arrived.set()

    def take_unresolved(self, limit: int) -> list[Entry]:
        taken, self._unresolved = self._unresolved[:limit], self._unresolved[limit:]
        self.waiting -= len(taken)
        return taken

    def take(self, limit: int, of_one: int = 0) -> tuple[list[Entry], list[Line]]:
        """Up to `limit` commands, those of one instance side by side, and the lines that the caller now holds.

        Up to `of_one`, if that is more, where the first instance has so many: nobody else can work on it meanwhile,
        and nobody else's command is in the batch to wait for them.
        """
        entries: list[Entry] = []
        lines: list[Line] = []
        while self._ready and len(entries) < limit:
            item = self._ready.popleft()
            head = item if isinstance(item, Entry) else item.entries[0]
            if head.alone and entries:
                self._ready.appendleft(item)
                break
            if isinstance(item, Entry):
                entries.append(item)
            else:
                item.listed = False
                item.held = True
                lines.append(item)
                _take_from(item, entries, limit if entries else max(limit, of_one))
            if head.alone:
                break
        self.waiting -= len(entries)
        return entries, lines

    def release(self, lines: list[Line]) -> None:
        """Give instances back; what waits in their lines may be taken from now on."""
        for line in lines:
            line.held = False
            if line.entries:
                if not line.listed:
                    line.listed = True
                    self._ready.append(line)
                    self._arrived.set()
            else:
                del self._lines[line.key]

    def drain(self) -> list[Entry]:
        """Take everything that waits and is not held, to be refused."""
        drained: list[Entry] = self._unresolved
        self._unresolved = []
        drained += [item for item in self._ready if isinstance(item, Entry)]
        for line in self._lines.values():
            drained.extend(line.entries)
            line.entries.clear()
            line.listed = False
        self._ready.clear()
        self._lines = {key: line for key, line in self._lines.items() if line.held}
        self.waiting = 0
        return drained


def _take_from(line: Line, entries: list[Entry], limit: int) -> None:
    """Move commands from the head of a line until it or the batch is full; one that must be alone stays behind."""
    waiting = line.entries
    entries.append(waiting.popleft())
    if entries[-1].alone:
        return
    while waiting and len(entries) < limit and not waiting[0].alone:
        entries.append(waiting.popleft())
