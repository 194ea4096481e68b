"""The commit loop: whatever commands wait are carried out together, in one transaction, by one of a few lanes.

Theory of operation
-------------------
`execute` puts a command into the queue and waits for its answer. Each lane has a connection of its own and does the
same for ever: take what waits (up to `batch_size` commands, on instances that no other lane holds), run it as a
`Batch`, COMMIT, answer. No lane waits for more to come: while one commits, what arrives meanwhile is the next batch of
another. So a lone command is answered after one commit, and under load a commit is shared by hundreds.

When a batch fails:

    the machine fails at a command    only that command fails (batch.py)
    a deadlock, a serialization       all commands are tried again
    anything else in the database     the commands are tried again one by one; the one that fails alone is answered
                                      with its error
    the connection is lost            before COMMIT: all are tried again once the lane has connected again. After it
                                      nobody knows whether it came through: all are answered `Unavailable`. While no
                                      lane is connected everybody is

After any failure the touched instances leave the cache, since their rows are older than they.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

import psycopg

from engine.machine.commands import Command, Rejection
from engine.runtime.batch import Batch, not_found
from engine.runtime.cache import take_apart
from engine.runtime.context import Context
from engine.runtime.database import Connection, Database, PlanAge
from engine.runtime.errors import InternalError, Overloaded, Unavailable
from engine.runtime.queue import Ask, CommandQueue, Entry, Line
from engine.runtime.targets import find_instances

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
FOLLOW_UP_PATIENCE = 5.0  # seconds after which a command is answered though its follow-ups are not all done
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
        self._tasks: list[asyncio.Task[None]] = []
        self._reconnecting: set[asyncio.Task[Connection]] = set()
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
        if self._closed or not self._connected:
            raise Unavailable("The database cannot be reached." if not self._closed else "The server is stopped.")
        if self._queue.waiting >= self._max_waiting:
            raise Overloaded(f"{self._max_waiting} commands wait already; try again later.")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(Entry(command, Ask(future)))
        return await future

    async def carry_out_pending(self, command: Command, key: int) -> None:
        """Carry out a follow-up whose row is committed already; `key` is the row's. Its outcome is its own affair."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(Entry(command, Ask(future), key))
        await future

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

    async def _lane(self, connection: Connection) -> None:
        queue = self._queue
        plans = PlanAge()
        while await queue.arrival():
            if connection.closed:
                found = await self._reconnect()
                if found is None:
                    return
                connection, plans = found, PlanAge()
            try:
                await self._look_up(connection, queue.take_unresolved(self._batch_size))
                entries, lines = queue.take(self._batch_size)
                if entries:
                    await self._carry_out(connection, plans, entries, lines)
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("A lane of the commit loop failed and goes on with a new connection")
                await connection.close()
        await connection.close()

    async def _reconnect(self) -> Connection | None:
        """A new connection, however long it takes; None if the loop is stopped meanwhile."""
        connecting = asyncio.create_task(self._connect_again())
        self._reconnecting.add(connecting)
        await asyncio.wait([connecting])
        self._reconnecting.discard(connecting)
        return None if connecting.cancelled() else connecting.result()

    async def _connect_again(self) -> Connection:
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
        _fail(self._queue.drain(), Unavailable(reason))

    async def _look_up(self, connection: Connection, entries: list[Entry]) -> None:
        """Find the instances of commands whose target is not in memory."""
        if not entries:
            return
        try:
            found = await find_instances(connection, entries)
        except psycopg.Error as error:
            _fail(entries, _unavailable(error))
            return
        for entry in entries:
            entry.instance_key = found.get((entry.command.target_kind, entry.command.target), 0)
            if entry.instance_key:
                self._queue.add(entry)
            else:
                _fail([entry], not_found(entry.command))

    async def _carry_out(self, connection: Connection, plans: PlanAge, entries: list[Entry], lines: list[Line]) -> None:
        """One batch, from BEGIN to the answers."""
        await self._context.keys.prepare()
        batch = Batch(self._context, connection, entries)
        try:
            async with connection.pipeline() as pipeline:
                if plans.is_over(time.monotonic()):
                    await connection.execute(b"DISCARD PLANS")
                await connection.execute(b"BEGIN")
                await batch.run()
                batch.committing = True
                await connection.execute(b"COMMIT")
                await pipeline.sync()
        except Exception as error:  # noqa: BLE001  (whatever it was, the transaction is over)
            await self._undo(connection, batch, error)
            self._queue.release(lines)
        else:
            self._finish(batch, lines)

    # ---- After COMMIT -----------------------------------------------------------------------------------------------

    def _finish(self, batch: Batch, lines: list[Line]) -> None:
        context = self._context
        self.commits += 1
        self.commands += len(batch.entries)
        ended = [instance for instance in batch.touched.values() if instance.ended_at is not None]
        for instance in batch.touched.values():
            context.cache.put(instance)
        context.cache.note(batch.rows.opened, batch.rows.closed)
        for participant in context.participants:
            participant.committed(batch)
        for instance in ended:
            context.completions.ended(instance)
        self._queue.put_back([*batch.follow_ups, *batch.again])
        self._queue.release(lines)
        self._answer(batch)
        for instance in ended:
            take_apart(instance)
        context.cache.trim()

    def _answer(self, batch: Batch) -> None:
        for entry, outcome in batch.outcomes.items():
            ask = entry.ask
            if ask is None:
                continue
            if entry.pending_key:
                ask.finish_one()
            elif isinstance(outcome, Exception):
                ask.fail(outcome)
            else:
                ask.result = outcome
                ask.finish_one()
                if ask.open:
                    asyncio.get_running_loop().call_later(FOLLOW_UP_PATIENCE, ask.give)

    # ---- After ROLLBACK ---------------------------------------------------------------------------------------------

    async def _undo(self, connection: Connection, batch: Batch, error: Exception) -> None:
        """Forget what the batch did in memory, and decide what becomes of its commands."""
        self._forget(batch)
        for entry in batch.follow_ups:
            if entry.ask is not None:
                entry.ask.open -= 1
        for participant in self._context.participants:
            participant.rolled_back(batch)
        if await _is_lost(connection):
            if batch.committing:
                _fail(batch.entries, _unavailable(error))
            else:
                self._try_again(batch.entries, error, alone=False)
        elif isinstance(error, psycopg.errors.TransactionRollback):
            self._try_again(batch.entries, error, alone=False)
        elif len(batch.entries) > 1:
            self._try_again(batch.entries, error, alone=True)
        else:
            _fail(batch.entries, _own_error(batch.entries[0].command, error))

    def _forget(self, batch: Batch) -> None:
        for key in (*batch.touched, *[entry.instance_key for entry in batch.entries]):
            self._context.cache.discard(key)

    def _try_again(self, entries: list[Entry], error: Exception, alone: bool) -> None:
        logger.info("A batch of %d commands is tried again: %s", len(entries), error)
        again: list[Entry] = []
        for entry in entries:
            entry.attempts += 1
            entry.alone = entry.alone or alone
            if entry.attempts < MOST_ATTEMPTS:
                again.append(entry)
            else:
                _fail([entry], Unavailable(f"The command failed {MOST_ATTEMPTS} times, lastly with: {error}"))
        self._queue.put_back(again)


def _fail(entries: Iterable[Entry], error: Exception) -> None:
    for entry in entries:
        if entry.ask is None:
            continue
        if entry.pending_key:
            entry.ask.finish_one()
        else:
            entry.ask.fail(error)


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"The database went away, and whether the command was carried out is not known: {error}")


def _own_error(command: Command, error: Exception) -> Exception:
    """What a command that fails alone is answered."""
    if isinstance(error, (psycopg.DataError, UnicodeError)):
        return Rejection("INVALID_ARGUMENT", f"The command holds what cannot be stored: {error}")
    name = type(command).__name__
    logger.error("%s failed", name, exc_info=error)
    return InternalError(f"{name} failed by a defect of the engine ({error}); the log has the details.")


async def _is_lost(connection: Connection) -> bool:
    """End the transaction; true if the connection is of no use any more."""
    try:
        if not connection.closed:
            await connection.rollback()
    except psycopg.Error:
        await connection.close()
    return connection.closed
