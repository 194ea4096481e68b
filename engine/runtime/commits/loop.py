"""The commit loop: whatever commands wait are carried out together, in one transaction, by one of a few lanes.

Theory of operation
-------------------
`execute` puts a command into the queue and waits for its answer. Each lane has a connection of its own and does the
same for ever: take what waits (up to `batch_size` commands, on instances that no other lane holds), run it as a
`Batch`, COMMIT, answer. No lane waits for more to come: while one commits, what arrives meanwhile is the next batch of
another. So a lone command is answered after one commit, and under load a commit is shared by hundreds.

What becomes of the commands afterwards, and when a batch fails, is in aftermath.py.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import psycopg

from engine.machine.commands import Command
from engine.runtime.actor import ACTOR
from engine.runtime.commits.aftermath import Aftermath
from engine.runtime.commits.batch import Batch, not_found
from engine.runtime.commits.context import Context
from engine.runtime.commits.queue import Ask, CommandQueue, Entry, Line
from engine.runtime.commits.targets import find_instances
from engine.runtime.errors import InternalError, Overloaded, Unavailable
from engine.runtime.postgres.database import Database, PlanAge
from engine.runtime.postgres.sending import SendingConnection

logger = logging.getLogger(__name__)

#: How many times the size of a batch one may have whose commands are all of one instance, such as a large fan-out.
LONG_BATCH = 3

_LARGEST_KEY = 2**63 - 1


class CommitLoop:
    """`lanes` transactions at a time, of up to `batch_size` commands; more than `max_waiting` are refused."""

    def __init__(self, context: Context, database: Database, lanes: int, batch_size: int, max_waiting: int) -> None:
        self._context = context
        self._database = database
        self._lanes = lanes
        self._batch_size = batch_size
        self._max_waiting = max_waiting
        self._queue = CommandQueue()
        self._aftermath = Aftermath(context, self._queue)
        self._tasks: list[asyncio.Task[None]] = []
        self._reconnecting: set[asyncio.Task[SendingConnection]] = set()
        self._connected = 0
        self._closed = False
        self.commits = 0  # how many batches were committed, and with how many commands
        self.commands = 0

    # ---- Life cycle -------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect and begin. Raises psycopg.Error where the database cannot be reached."""
        connections = [await self._database.connect(hot=True) for _ in range(self._lanes)]
        self._connected = self._lanes
        self._tasks = [
            asyncio.create_task(self._lane(connection), name=f"lane {number}")
            for number, connection in enumerate(connections)
        ]

    async def stop(self) -> None:
        """Let what is under way be committed and refuse the rest."""
        self._closed = True
        self._aftermath.close()
        self._refuse_waiting("The server is shutting down.")
        self._queue.close()
        for connecting in self._reconnecting:
            connecting.cancel()
        await asyncio.gather(*self._tasks)

    @property
    def available(self) -> bool:
        """Whether commands are taken."""
        return self._connected > 0 and not self._closed

    # ---- Commands come in -------------------------------------------------------------------------------------------

    async def execute(self, command: Command) -> Any:
        """Carry out a command; the answer comes after COMMIT.

        Raises Rejection where it cannot be done, Unavailable where the database or a place in the queue is missing,
        InternalError where the engine fails at it.
        """
        self._check_available()
        if self._queue.waiting >= self._max_waiting:
            raise Overloaded(f"{self._max_waiting} commands wait already; try again later.")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(Entry(command, Ask(future), actor=ACTOR.get()))
        return await future

    async def execute_next(self, command: Command) -> Any:
        """Carry out a command that belongs to no instance before whatever waits, however much that is.

        Raises what `execute` raises, but never Overloaded.
        """
        self._check_available()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.put_back([Entry(command, Ask(future))])
        return await future

    async def carry_out_pending(self, command: Command, key: int) -> None:
        """Carry out a follow-up whose row is committed already; `key` is the row's. Its outcome is its own affair."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(Entry(command, Ask(future), key))
        await future

    def _check_available(self) -> None:
        if self._closed or not self._connected:
            raise Unavailable("The database cannot be reached." if not self._closed else "The server is stopped.")

    def _enqueue(self, entry: Entry) -> None:
        command = entry.command
        kind = command.target_kind
        if kind == "new":
            self._queue.add(entry)
            return
        target = command.target
        if not 0 < target <= _LARGEST_KEY:
            raise not_found(command)
        entry.instance_key = target if kind == "instance" else self._context.cache.owner(target) or 0
        if entry.instance_key:
            self._queue.add(entry)
        else:
            self._queue.add_unresolved(entry)

    # ---- Lanes ------------------------------------------------------------------------------------------------------

    async def _lane(self, connection: SendingConnection) -> None:
        queue = self._queue
        plans = PlanAge()
        while await queue.arrival():
            if connection.closed:
                found = await self._reconnect()
                if found is None:
                    return
                connection, plans = found, PlanAge()
            taken = queue.take_unresolved(self._batch_size)
            try:
                await self._look_up(connection, taken)
                taken, lines = queue.take(self._batch_size, self._batch_size * LONG_BATCH)
                if taken:
                    await self._carry_out(connection, plans, taken, lines)
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("A lane of the commit loop failed and goes on with a new connection")
                _leave_nobody_waiting(taken)
                await connection.close()
        await connection.close()

    async def _reconnect(self) -> SendingConnection | None:
        """A new connection, however long it takes; None if the loop is stopped meanwhile."""
        connecting = asyncio.create_task(self._connect_again())
        self._reconnecting.add(connecting)
        await asyncio.wait([connecting])
        self._reconnecting.discard(connecting)
        return None if connecting.cancelled() else connecting.result()

    async def _connect_again(self) -> SendingConnection:
        """Mostly the database is there, and only the connection was lost. Otherwise nobody is kept waiting for it."""
        try:
            return await self._database.connect(hot=True)
        except psycopg.OperationalError:
            self._connected -= 1
        if not self._connected:
            self._refuse_waiting("The database cannot be reached.")
        connection = await self._database.connect_when_possible(hot=True)
        self._connected += 1
        return connection

    def _refuse_waiting(self, reason: str) -> None:
        for entry in self._queue.drain():
            entry.fail(Unavailable(reason))

    async def _look_up(self, connection: SendingConnection, entries: list[Entry]) -> None:
        """Find the instances of commands whose target is not in memory."""
        if not entries:
            return
        try:
            found = await find_instances(connection, entries)
        except psycopg.Error as error:
            self._aftermath.try_again(entries, error)
            return
        for entry in entries:
            entry.instance_key = found.get((entry.command.target_kind, entry.command.target), 0)
            if entry.instance_key:
                self._queue.add(entry)
            else:
                entry.fail(not_found(entry.command))

    async def _carry_out(
        self, connection: SendingConnection, plans: PlanAge, entries: list[Entry], lines: list[Line]
    ) -> None:
        """One batch, from BEGIN to the answers."""
        batch = Batch(self._context, connection, entries)
        try:
            await self._context.keys.prepare()
            async with connection.pipeline() as pipeline:
                if plans.is_over(time.monotonic()):
                    await connection.execute(b"DISCARD PLANS")
                await connection.execute(b"BEGIN")
                await batch.run()
                batch.committing = True
                await connection.execute(b"COMMIT")
                await pipeline.sync()
        except Exception as error:  # noqa: BLE001  (whatever it was, the transaction is over)
            await self._aftermath.undo(connection, batch, error)
        else:
            self.commits += 1
            self.commands += len(entries)
            self._aftermath.finish(batch)
        finally:
            self._queue.release(lines)


def _leave_nobody_waiting(entries: list[Entry]) -> None:
    """By a defect nobody knows what became of these; whoever was answered already does not hear of it."""
    for entry in entries:
        entry.fail(InternalError("A defect of the engine; the log has the details. The command may have been done."))
