"""What becomes of the commands of a batch once its transaction is over.

After COMMIT the instances go back into the cache, participants and waiters hear of it, follow-ups are queued, and the
senders are answered: at once, or after the follow-ups that their command caused.

When a batch fails:

    the machine fails at a command    only that command fails (batch.py)
    a deadlock, a serialization       all commands are tried again
    keys run out                      the same, with more of them: a signal may reach any number of instances
    anything else in the database     the commands are tried again one by one; the one that fails alone is answered
                                      with its error
    the connection is lost            before COMMIT: all are tried again once the lane has connected again. After it
                                      nobody knows whether it came through: all are answered `Unavailable`

After any failure the touched instances leave the cache, since their rows are older than they.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import psycopg

from engine.machine.commands import Command, Rejection
from engine.runtime.commits.batch import Batch
from engine.runtime.commits.cache import take_apart
from engine.runtime.commits.context import Context
from engine.runtime.commits.queue import CommandQueue, Entry
from engine.runtime.errors import InternalError, Unavailable
from engine.runtime.postgres.database import Connection
from engine.store.keys import KeysExhausted
from engine.store.limits import TOO_LARGE

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
FOLLOW_UP_PATIENCE = 5.0  # seconds after which a command is answered though its follow-ups are not all done


class Aftermath:
    """Ends batches; whoever calls holds the instances until it returns."""

    def __init__(self, context: Context, queue: CommandQueue) -> None:
        self._context = context
        self._queue = queue
        self._closed = False

    def close(self) -> None:
        """Carry nothing out any more that is not under way: stored follow-ups are found by whoever starts next."""
        self._closed = True

    # ---- After COMMIT -----------------------------------------------------------------------------------------------

    def finish(self, batch: Batch) -> None:
        """The batch is durable."""
        context = self._context
        for instance in batch.touched.values():
            context.cache.put(instance)
        context.cache.note(batch.rows.opened, batch.rows.closed)
        _tell([participant.committed for participant in context.participants], batch)
        ended = [instance for instance in batch.touched.values() if instance.ended_at is not None]
        for instance in ended:
            context.completions.ended(instance)
        self._queue_again([*batch.follow_ups, *batch.again])
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

    def _queue_again(self, entries: list[Entry]) -> None:
        if not self._closed:
            self._queue.put_back(entries)
            return
        for entry in entries:
            entry.fail(Unavailable("The server is shutting down."))

    # ---- After ROLLBACK ---------------------------------------------------------------------------------------------

    async def undo(self, connection: Connection, batch: Batch, error: Exception) -> None:
        """Nothing of the batch has happened: forget it, and decide what becomes of its commands."""
        for key in (*batch.touched, *[entry.instance_key for entry in batch.entries]):
            self._context.cache.discard(key)
        for entry in batch.follow_ups:
            if entry.ask is not None:
                entry.ask.open -= 1
        _tell([participant.rolled_back for participant in self._context.participants], batch)
        is_lost = await _is_lost(connection)
        if isinstance(error, Unavailable):
            _fail(batch.entries, error)
        elif is_lost and batch.committing:
            _fail(batch.entries, _unknown(error))
        elif is_lost or isinstance(error, psycopg.errors.TransactionRollback):
            self.try_again(batch.entries, error)
        elif isinstance(error, KeysExhausted):
            self._context.keys.grow()
            self.try_again(batch.entries, error)
        elif len(batch.entries) > 1:
            for entry in batch.entries:
                entry.alone = True
            self.try_again(batch.entries, error)
        else:
            _fail(batch.entries, _own_error(batch.entries[0].command, error))

    def try_again(self, entries: list[Entry], error: Exception) -> None:
        """Put commands back to the head of the queue, unless they have failed too often."""
        logger.info("%d commands are tried again: %s", len(entries), error)
        for entry in entries:
            entry.attempts += 1
        _fail(
            [entry for entry in entries if entry.attempts >= MOST_ATTEMPTS],
            Unavailable(f"The command failed {MOST_ATTEMPTS} times, lastly with: {error}"),
        )
        self._queue_again([entry for entry in entries if entry.attempts < MOST_ATTEMPTS])


def _tell(steps: list[Callable[[Batch], None]], batch: Batch) -> None:
    """A participant that fails now has a defect; it must not keep the others, and the senders, from going on."""
    for step in steps:
        try:
            step(batch)
        except Exception:
            logger.exception("%s failed after the end of a batch", step)


def _fail(entries: Iterable[Entry], error: Exception) -> None:
    for entry in entries:
        entry.fail(error)


def _unknown(error: Exception) -> Unavailable:
    return Unavailable(f"The database went away, and whether the command was carried out is not known: {error}")


def _own_error(command: Command, error: Exception) -> Exception:
    """What a command that fails alone is answered."""
    if isinstance(error, (psycopg.DataError, TOO_LARGE, UnicodeError)):
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
