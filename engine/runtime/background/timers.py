"""Timers of instances, and start timers: what the clock sets off.

A due timer becomes a `TriggerTimer` command; the instance decides, and a timer that is gone by then was just late.
A start timer moves to its next date in the transaction that stores the start of an instance, so that neither
happens without the other, and no date twice, however many processes look.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from engine.machine.commands import CreateInstance, TriggerTimer, encode_follow_up
from engine.runtime.background.attempts import Attempts
from engine.runtime.background.leadership import Leadership
from engine.runtime.clock import Clock
from engine.runtime.commits.participants import Participant
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.postgres.database import Connection, Database
from engine.store import due
from engine.store.arrays import time_parameter
from engine.store.asking import fetch, run
from engine.store.due import next_date
from engine.store.keys import KeySource, part_of
from engine.store.statements import INSERT_PENDING
from engine.triggers.schedule import ScheduleError, parse_cycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.machine.graph import Node
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.loop import CommitLoop

logger = logging.getLogger(__name__)

AT_ONCE = 500  # how many are looked up, and under way, at a time


class Timers(Participant):
    """The service that fires the timers of instances.

    As a participant it hears of dates, and calls `wake` for one that is earlier than it knew.
    """

    name = "timers"

    def __init__(
        self,
        clock: Clock,
        database: Database,
        loop: CommitLoop,
        leadership: Leadership,
        wake: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._database = database
        self._leadership = leadership
        self._attempts = Attempts(clock, loop)
        self._next: int | None = None
        self._wake = wake

    def committed(self, batch: Batch) -> None:
        due_at = batch.rows.due
        if due_at is not None and (self._next is None or due_at < self._next):
            self._next = due_at
            self._wake()

    async def tick(self) -> int | None:
        """Fire what is due, again and again until nothing is; answer when the next one is."""
        while True:
            now = self._clock.now()
            before = await self._leadership.due_before(now)
            parameters = {
                "now": time_parameter(before),
                "except": self._attempts.paused(),
                "limit": AT_ONCE,
            }
            async with self._database.borrow() as connection:
                keys = [key for (key,) in await fetch(connection, due.DUE_TIMERS, parameters)]
                if not keys:
                    self._next = await next_date(connection, due.NEXT_TIMER, parameters)
                    return self._next
            await self._attempts.make({key: TriggerTimer(timer_key=key) for key in keys})


class DueStart(NamedTuple):
    """A start timer whose date has come; `repetitions` left after it, -1 without end."""

    key: int
    definition_key: int
    tenant: str
    element_id: str
    due_at: int
    repetitions: int


class StartTimers:
    """The service that starts instances at their dates."""

    name = "start timers"

    def __init__(
        self, clock: Clock, database: Database, definitions: Definitions, keys: KeySource, loop: CommitLoop
    ) -> None:
        self._clock = clock
        self._database = database
        self._definitions = definitions
        self._keys = keys
        self._loop = loop

    async def tick(self) -> int | None:
        """Start what is due, dates that were missed too; answer when the next one is."""
        while True:
            await self._keys.prepare()
            async with self._database.borrow() as connection:
                started = await self._fire(connection, self._clock.now())
                if not started:
                    return await next_date(connection, due.NEXT_START, {})
            await asyncio.gather(*[self._loop.carry_out_pending(command, key) for key, command in started])

    async def _fire(self, connection: Connection, now: int) -> list[tuple[int, CreateInstance]]:
        """Store the starts that are due and set the next dates, in one transaction."""
        async with connection.transaction():
            parameters = {"now": time_parameter(now), "limit": AT_ONCE}
            starts = [DueStart(*row) for row in await fetch(connection, due.DUE_STARTS, parameters)]
            if not starts:
                return []
            await self._definitions.refresh(connection)
            commands: list[tuple[int, CreateInstance]] = []
            for start in starts:
                await self._move(connection, start, now)
                commands.append((self._keys.key(self._keys.part), _create(start)))
            rows = [(part_of(key), key, encode_follow_up(command), now) for key, command in commands]
            await run(connection, INSERT_PENDING, rows)
        return commands

    async def _move(self, connection: Connection, start: DueStart, now: int) -> None:
        graph = await self._definitions.ensure(connection, start.definition_key)
        due_at, repetitions = next_start(graph.nodes[start.element_id], start, now)
        parameters = {
            "key": start.key,
            "due": None if due_at is None else time_parameter(due_at),
            "repetitions": repetitions,
        }
        await connection.execute(due.MOVE_START, parameters)


def next_start(node: Node, start: DueStart, now: int) -> tuple[int | None, int]:
    """The date of a start timer after this one, None if there is none, and the repetitions left after that."""
    if start.repetitions == 0:
        return None, 0
    try:
        timer = next(part for part in node.trigger.parts if part.kind == "timer")
        text = timer.text_at(datetime.fromtimestamp(now / 1000, UTC))
        due_at = parse_cycle(text).next_due(start.due_at, now)
    except ScheduleError as error:
        logger.error("The start timer '%s' has no further dates: %s", start.element_id, error)
        return None, 0
    return due_at, start.repetitions - 1 if start.repetitions > 0 else -1


def _create(start: DueStart) -> CreateInstance:
    return CreateInstance(
        process_definition_key=start.definition_key,
        tenant=start.tenant,
        start_event=start.element_id,
        start_kind="timer",
    )
