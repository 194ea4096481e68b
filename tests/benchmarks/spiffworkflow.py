"""Ten user tasks in a row, beside SpiffWorkflow, a workflow library in Python that leaves storage to its user.

SpiffWorkflow runs in two processes, one for each core: after each task the state, in its own JSON, is written to
PostgreSQL and committed, and read back before the next. Pointsman runs in one process, as it is, with its history;
the tasks to be completed are found by reading the open ones from the database, as a task list does.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import multiprocessing
import sys
import time
from importlib.metadata import version
from multiprocessing.connection import Connection
from statistics import median

import psycopg
import uvloop
from lxml import etree
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from engine.machine.commands import CompleteUserTask, CreateInstance
from engine.runtime.runtime import Runtime
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import windows

PROCESSES = 2
OPEN_INSTANCES = 200
OPEN_TASKS = "SELECT key FROM user_task WHERE ended_at IS NULL ORDER BY created_at, key LIMIT 500"

# ---- SpiffWorkflow --------------------------------------------------------------------------------------------------


class _Spiff:
    """Workflows of one process in one table, one after the other."""

    def __init__(self, url: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(diagrams.ten_user_tasks(extensions=""))), filename="ten.bpmn")
        self._spec = parser.get_spec("ten_user_tasks")
        self._serializer = BpmnWorkflowSerializer()
        self._database = psycopg.connect(url, prepare_threshold=0)

    def instance(self) -> int:
        """One workflow from start to end; how many tasks it had."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        row = self._database.execute(
            "INSERT INTO workflow (state, ended) VALUES (%s, false) RETURNING id", [self._written(workflow)]
        ).fetchone()
        self._database.commit()
        assert row is not None
        tasks = 0
        while not workflow.is_completed():
            workflow = self._read(row[0])
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            task.data["done"] = True
            task.run()
            workflow.do_engine_steps()
            self._save(row[0], workflow)
            tasks += 1
        return tasks

    def _written(self, workflow: BpmnWorkflow) -> str:
        text: str = self._serializer.serialize_json(workflow)
        return text

    def _read(self, id: int) -> BpmnWorkflow:
        row = self._database.execute("SELECT state FROM workflow WHERE id = %s", [id]).fetchone()
        assert row is not None
        return self._serializer.deserialize_json(row[0])

    def _save(self, id: int, workflow: BpmnWorkflow) -> None:
        parameters = [self._written(workflow), workflow.is_completed(), id]
        self._database.execute("UPDATE workflow SET state = %s, ended = %s WHERE id = %s", parameters)
        self._database.commit()


def _spiff_process(url: str, warm_up: float, seconds: float, repeat: int, result: Connection) -> None:
    spiff = _Spiff(url)
    _tasks_for(spiff, warm_up)
    result.send([_tasks_for(spiff, seconds) for _ in range(repeat)])


def _tasks_for(spiff: _Spiff, seconds: float) -> float:
    began, tasks = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        tasks += spiff.instance()
    return tasks / (time.perf_counter() - began)


def _spiff(url: str, options: argparse.Namespace) -> list[float]:
    """Tasks a second of all processes together."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE workflow (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, state text, ended boolean)"
        )
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in range(PROCESSES)]
    arguments = (url, options.warm_up, options.seconds, options.repeat)
    processes = [context.Process(target=_spiff_process, args=(*arguments, pipe)) for _, pipe in pipes]
    for process in processes:
        process.start()
    found: list[list[float]] = [pipe.recv() for pipe, _ in pipes]
    for process in processes:
        process.join()
    return [sum(each) for each in zip(*found, strict=True)]


# ---- Pointsman ------------------------------------------------------------------------------------------------------


class _People:
    """Keep some instances open, and complete every task that is found, until the block ends."""

    def __init__(self, runtime: Runtime) -> None:
        self.completed = 0
        self._runtime = runtime
        self._seen: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = True

    async def __aenter__(self) -> _People:
        self._loops = [asyncio.create_task(self._look())]
        self._loops += [asyncio.create_task(self._create()) for _ in range(OPEN_INSTANCES)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running = False
        await asyncio.gather(*self._loops)
        await asyncio.gather(*self._tasks)

    async def _create(self) -> None:
        """Another instance for every ten tasks that are done."""
        while self._running:
            until = self.completed + 10 * OPEN_INSTANCES
            await self._runtime.execute(CreateInstance(process_id="ten_user_tasks"))
            while self.completed < until and self._running:
                await asyncio.sleep(0.005)

    async def _look(self) -> None:
        while self._running:
            async with self._runtime.database.borrow() as connection:
                rows = await (await connection.execute(OPEN_TASKS)).fetchall()
            new = [key for (key,) in rows if key not in self._seen]
            self._seen.update(new)
            for key in new:
                task = asyncio.create_task(self._complete(key))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(0 if new else 0.001)

    async def _complete(self, key: int) -> None:
        await self._runtime.execute(CompleteUserTask(user_task_key=key, variables={"done": True}))
        self.completed += 1


async def _pointsman(url: str, options: argparse.Namespace) -> list[float]:
    async with Runtime.open(url) as runtime:
        await runtime.deploy([("ten_user_tasks.bpmn", diagrams.ten_user_tasks())])
        async with _People(runtime) as people:
            return await windows(lambda: people.completed, options.seconds, options.repeat, options.warm_up)


# ---- Both -----------------------------------------------------------------------------------------------------------


def measure(options: argparse.Namespace) -> list[Figure]:
    with case.database() as server:
        theirs = _spiff(server.url, options)
        ours = uvloop.run(_pointsman(server.url, options))
    times = median(ours) / median(theirs)
    return [
        middle(f"user tasks a second, SpiffWorkflow {version('SpiffWorkflow')}, {PROCESSES} processes", theirs, "/s"),
        middle("user tasks a second, Pointsman, one process", ours, "/s"),
        Figure(what="Pointsman is", value=times, unit="× faster", target=7),
    ]


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
