"""The bare writer: what PostgreSQL and psycopg can do with the rows of one-task instances, and nothing else.

The rows are the engine's own, taken once from an instance that was started and completed in memory; for every further
instance only the keys are others. They are sent by the statements of engine/store/rows.py, in the transactions that the
engine would make: 100 instances are created (their jobs locked to a worker), then completed. Two connections take
turns, as the engine's two lanes do. The tables are analyzed first.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg

from engine.bpmn import compile_model
from engine.machine import advance as machine
from engine.machine.commands import CompleteJob, CreateInstance
from engine.machine.state import Job
from engine.runtime.postgres.database import Connection, Database, PlanAge
from engine.store.batch import Row, Statement
from engine.store.keys import BLOCK, PART_SHIFT, PARTS
from engine.store.rows import JobLock, Rows
from engine.store.statements import INSERT_JOB
from tests.benchmarks import diagrams
from tests.benchmarks.load import windows

WRITERS = 2
BATCH = 100
DEFINITION = 7
FIRST = 1 << 40  # the first counter of the keys: far from those that a runtime makes

Shape = list[tuple[Statement, list[Row]]]
_SCOPE_KEYS = INSERT_JOB.columns.index("scope_keys")


class Template:
    """The rows of one instance whose keys are 0, 1, 2, …: those of its creation, and those of its completion."""

    def __init__(self) -> None:
        self.keys = 0
        graph = compile_model(diagrams.ONE_TASK.read_bytes(), "one_task.bpmn").processes[0]
        graph.definition_key = DEFINITION
        now = int(time.time() * 1000)
        key = self._key()
        create = CreateInstance(process_id="one_task", variables={"number": 1, "customer": "Ada"})
        outcome = machine.create(graph, create, key, now, self._key, _NoCatalog())
        instance = outcome.instance
        self.created = self._rows(instance, "CreateInstance", outcome.events, now)
        (job,) = instance.waits.values()
        assert isinstance(job, Job)
        complete = CompleteJob(job_key=job.key, variables={"done": True})
        outcome = machine.advance(instance, complete, now, self._key, _NoCatalog())
        assert instance.ended_at is not None
        self.completed = self._rows(instance, "CompleteJob", outcome.events, now)

    def _key(self) -> int:
        self.keys += 1
        return FIRST + self.keys - 1

    def _rows(self, instance: Any, command: str, events: Any, now: int) -> Shape:
        rows = Rows(now, lambda job: JobLock("worker 1", None, now, now + 60_000))
        rows.log(instance, instance.version, command, events)
        rows.collect(instance)
        return [(statement, written) for statement, written in rows.lists.items() if written]

    def fill(self, shape: Shape, first: int) -> list[tuple[Statement, list[Row]]]:
        """The rows of a batch of instances whose keys begin at a counter."""
        firsts = range(first, first + BATCH * self.keys, self.keys)
        part = (first // BLOCK) % PARTS
        return [
            (statement, [self._moved(statement, row, part, counter) for counter in firsts for row in rows])
            for statement, rows in shape
        ]

    def _moved(self, statement: Statement, row: Row, part: int, counter: int) -> Row:
        shift = (part << PART_SHIFT) + counter - FIRST
        last = FIRST + self.keys
        moved = [value + shift if type(value) is int and FIRST <= value < last else value for value in row]
        moved[0] = part
        if statement is INSERT_JOB:
            scopes = [str(int(key) + shift) for key in row[_SCOPE_KEYS][1:-1].split(",")]
            moved[_SCOPE_KEYS] = f"{{{','.join(scopes)}}}"
        return tuple(moved)


class _NoCatalog:
    """The process asks for nothing."""


class _Writer:
    def __init__(self, connection: Connection, template: Template, first: int) -> None:
        self.connection = connection
        self.template = template
        self.next = first
        self.written = 0
        self.going_on = True
        self._plans = PlanAge()

    async def run(self) -> None:
        while self.going_on:
            await self._transaction(self.template.fill(self.template.created, self.next))
            await self._transaction(self.template.fill(self.template.completed, self.next))
            self.next += BATCH * self.template.keys
            self.written += BATCH
        await self.connection.close()

    async def _transaction(self, rows: list[tuple[Statement, list[Row]]]) -> None:
        async with self.connection.pipeline() as pipeline:
            if self._plans.is_over(time.monotonic()):
                await self.connection.execute(b"DISCARD PLANS")
            await self.connection.execute(b"BEGIN")
            for statement, written in rows:
                self.connection.write(statement, written)
            await self.connection.execute(b"COMMIT")
            await pipeline.sync()


async def rates(url: str, seconds: float, repeat: int, warm_up: float) -> list[float]:
    """Instances a second, over several stretches of time."""
    template = Template()
    database = Database(url)
    writers = [
        _Writer(await database.connect(hot=True), template, FIRST + number * (1 << 36)) for number in range(WRITERS)
    ]
    tasks = [asyncio.create_task(writer.run()) for writer in writers]
    await asyncio.sleep(warm_up)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("VACUUM ANALYZE")
    found = await windows(lambda: sum(writer.written for writer in writers), seconds, repeat, 0.5)
    for writer in writers:
        writer.going_on = False
    await asyncio.gather(*tasks)
    return found
