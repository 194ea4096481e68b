"""Batch operations: one thing done to many instances, in the background.

    create   the operation and an item for each instance that matches, in one transaction
    tick     portions of items, as commands like all others, until none is left
    answer   each item tells whether it was done, or the engine's reason why not

An item is exactly once: `BatchItems` locks its row in the transaction that carries out its command, passes over it if
somebody has done it meanwhile, and marks it as done there. So it does not matter when a server dies, nor that two
servers work on one operation. What is refused has changed nothing, and is marked afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from engine.machine.commands import (
    CancelInstance,
    Command,
    MigrateInstance,
    ModifyInstance,
    MoveInstruction,
    Rejection,
    ResolveIncident,
    ResumeInstance,
    SuspendInstance,
    UpdateJob,
)
from engine.runtime.background.leadership import Leadership
from engine.runtime.clock import Clock
from engine.runtime.commits.loop import CommitLoop
from engine.runtime.commits.participants import Participant
from engine.runtime.errors import InternalError
from engine.runtime.postgres.database import Database
from engine.store import batch_operations as sql
from engine.store.arrays import time_parameter
from engine.store.asking import ask, fetch
from engine.store.batch import Row
from engine.store.batch_operations import BatchState, ItemState
from engine.store.keys import KeySource
from engine.store.search import InvalidSearch
from engine.store.search.batches import insert_items

if TYPE_CHECKING:
    from engine.runtime.background.retention import Retention
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

PORTION = 100  # items that are under way at a time; other commands get their turn between portions
AT_ONCE = 20  # operations that take turns


class Instructions(msgspec.Struct, frozen=True):
    """What is to be done, beside the type: where to migrate, what to move (pairs of source and target), or which
    variables to set in the process before an incident is resolved.
    """

    target_process_definition_key: int = 0
    mapping: dict[str, str] = {}
    moves: list[tuple[str, str]] = []
    variables: dict[str, Any] = {}


def _move(key: int, instructions: Instructions) -> Command:
    moves = [MoveInstruction(source_element_id=source, element_id=target) for source, target in instructions.moves]
    return ModifyInstance(process_instance_key=key, move=moves)


def _migrate(key: int, instructions: Instructions) -> Command:
    return MigrateInstance(
        process_instance_key=key,
        target_process_definition_key=instructions.target_process_definition_key,
        mapping=instructions.mapping,
    )


#: The one type that is no command: what it is done to has ended.
DELETION = "DELETE_PROCESS_INSTANCE"

#: The command for an item, by the type of the operation.
COMMANDS: dict[str, Callable[[int, Instructions], Command]] = {
    "CANCEL_PROCESS_INSTANCE": lambda key, _: CancelInstance(process_instance_key=key),
    "RESOLVE_INCIDENT": lambda key, how: ResolveIncident(incident_key=key, variables=how.variables),
    "MIGRATE_PROCESS_INSTANCE": _migrate,
    "MODIFY_PROCESS_INSTANCE": _move,
    "SUSPEND_PROCESS_INSTANCE": lambda key, _: SuspendInstance(process_instance_key=key),
    "RESUME_PROCESS_INSTANCE": lambda key, _: ResumeInstance(process_instance_key=key),
}


class BatchItems(Participant):
    """Makes the commands of items happen once, and notes that they have."""

    def __init__(self) -> None:
        self._items: dict[int, tuple[Command, Row]] = {}  # by the identity of the command

    def watch(self, command: Command, part: int, operation: int, item: int) -> None:
        """The command is that of an item, until `forget`."""
        self._items[id(command)] = command, (part, operation, item)

    def forget(self, command: Command) -> None:
        del self._items[id(command)]

    async def admit(self, batch: Batch) -> None:
        entries = self._entries(batch)
        if not entries:
            return
        left = {row[:2] for row in await ask(batch.connection, sql.LOCK_ITEMS, [item for _, item in entries])}
        for entry, (_, *item) in entries:
            if tuple(item) not in left:
                batch.answer(entry, None)

    async def settle(self, batch: Batch) -> None:
        for entry, item in self._entries(batch):
            if entry in batch.outcomes and not isinstance(batch.outcomes[entry], Exception):
                batch.rows.add(sql.COMPLETE_ITEMS, (*item, batch.now))

    def _entries(self, batch: Batch) -> list[tuple[Entry, Row]]:
        if not self._items:
            return []
        return [
            (entry, self._items[id(entry.command)][1]) for entry in batch.entries if id(entry.command) in self._items
        ]


class BatchOperations:
    """Creates batch operations, works on them, and stops them."""

    name = "batch operations"

    def __init__(
        self,
        clock: Clock,
        database: Database,
        keys: KeySource,
        loop: CommitLoop,
        leadership: Leadership,
        retention: Retention,
        wake: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._database = database
        self._keys = keys
        self._loop = loop
        self._leadership = leadership
        self._retention = retention
        self._wake = wake
        self.items = BatchItems()

    # ---- For clients ------------------------------------------------------------------------------------------------

    async def create(self, type: str, filter: dict[str, Any], instructions: Instructions | None = None) -> int:
        """Begin an operation on the process instances that match a filter; answers its key.

        Raises InvalidSearch for a filter that makes no sense, Unavailable.
        """
        await self._keys.prepare()
        key = self._keys.key(self._keys.part)
        async with self._database.borrow() as connection:
            try:
                async with connection.transaction():
                    total = await insert_items(connection, key, type, filter)
                    row = {"key": key, "type": type, "total": total, "now": self._now()}
                    told = msgspec.json.encode(instructions or Instructions()).decode()
                    await connection.execute(sql.INSERT, row | {"instructions": told})
            except psycopg.DataError as error:
                raise InvalidSearch(f"The filter asks for what cannot be compared: {error}") from error
        self._wake()
        return key

    async def suspend(self, key: int) -> None:
        """Leave the rest for later. Raises Rejection, Unavailable."""
        await self._change(key, "suspend", {BatchState.CREATED, BatchState.ACTIVE}, BatchState.SUSPENDED)

    async def resume(self, key: int) -> None:
        """Go on. Raises Rejection, Unavailable."""
        await self._change(key, "resume", {BatchState.SUSPENDED}, BatchState.ACTIVE)
        self._wake()

    async def cancel(self, key: int) -> None:
        """Leave the rest undone. Raises Rejection, Unavailable."""
        running = {BatchState.CREATED, BatchState.ACTIVE, BatchState.SUSPENDED}
        await self._change(key, "cancel", running, BatchState.CANCELED)

    async def _change(self, key: int, what: str, allowed: set[BatchState], state: BatchState) -> None:
        place = {"key": key, "now": self._now()}
        async with self._database.borrow() as connection, connection.transaction():
            rows = await fetch(connection, sql.READ_STATE, place)
            if not rows:
                reason = f"Expected to {what} batch operation with key '{key}', but no such batch operation was found."
                raise Rejection("NOT_FOUND", reason)
            current = BatchState(rows[0][0])
            if current not in allowed:
                reason = f"Expected to {what} batch operation with key '{key}', but it is {current.name.lower()}."
                raise Rejection("INVALID_STATE", reason)
            if state is BatchState.CANCELED:
                await connection.execute(sql.CANCEL_ITEMS, place)
                await connection.execute(sql.CANCEL, place)
            else:
                await connection.execute(sql.CHANGE_STATE, place | {"state": state.value})

    def _now(self) -> object:
        return time_parameter(self._clock.now())

    # ---- In the background ------------------------------------------------------------------------------------------

    async def tick(self) -> int | None:
        """Work until nothing is left to do; other servers step in where the leading one hangs."""
        while True:
            before = time_parameter(await self._leadership.due_before(self._clock.now()))
            async with self._database.borrow() as connection:
                operations = await fetch(connection, sql.OPEN, {"before": before, "limit": AT_ONCE})
            if not operations:
                return None
            for key, type, instructions in operations:
                await self._work_on(key, type, msgspec.json.decode(instructions, type=Instructions))

    async def _work_on(self, key: int, type: str, instructions: Instructions) -> None:
        """One portion of an operation; the end of it, where nothing is left."""
        async with self._database.borrow() as connection:
            items = await fetch(connection, sql.OPEN_ITEMS, {"key": key, "limit": PORTION})
            moved = sql.MOVE_ON if items else sql.COMPLETE
            await connection.execute(moved, {"key": key, "now": self._now()})
        results = await asyncio.gather(
            *[self._do(type, instructions, key, part, item, job) for item, part, job in items],
            return_exceptions=True,
        )
        async with self._database.borrow() as connection:
            for (item, part, _), result in zip(items, results, strict=True):
                if isinstance(result, (Rejection, InternalError)):
                    failed = self._end_of(key, part, item, ItemState.FAILED, str(result))
                    await connection.execute(sql.END_ITEM, failed)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, (Rejection, InternalError)):
                raise result

    async def _do(
        self, type: str, instructions: Instructions, operation: int, part: int, item: int, job: int | None
    ) -> None:
        """Carry out the command of an item; an incident whose job has no retries gives it one first."""
        if type == DELETION:
            done = self._end_of(operation, part, item, ItemState.COMPLETED)
            await self._retention.delete(item, sql.END_ITEM, done)
            return
        if job is not None:
            await self._loop.execute(UpdateJob(job_key=job, retries=1))
        command = COMMANDS[type](item, instructions)
        self.items.watch(command, part, operation, item)
        try:
            await self._loop.execute(command)
        finally:
            self.items.forget(command)

    def _end_of(
        self, operation: int, part: int, item: int, state: ItemState, reason: str | None = None
    ) -> dict[str, object]:
        """The parameters of END_ITEM."""
        return {
            "key": operation,
            "part": part,
            "item": item,
            "state": state.value,
            "reason": reason,
            "now": self._now(),
        }
