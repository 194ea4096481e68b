"""Jobs find workers.

Theory of operation
-------------------
A worker asks for jobs of a type and waits. When a batch creates such a job, or makes one available again, the job's
row is written locked to that worker already, and the worker has it in its hands after COMMIT: no poll, no second
transaction. Workers are served in the order they came, and the jobs of one batch are spread over those that wait.

A job for which nobody waits here is left in its row. A request therefore first registers, then looks at the rows
(in the next batch, with the jobs that this leaves there; see polling.py), then waits: whatever becomes available in
between is either in the rows or pushed. It looks again when somebody says that there is something: a commit of this
process, a notification from another, a lock that timed out; and every second, in case a notification was lost. A type
whose rows were found empty is `dry`: nobody looks at them before that.

What a batch has promised to a worker counts only when it commits. A worker that has gone meanwhile does not take its
jobs with it: they are made available again at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from engine.machine.commands import Command, ResumeInstance
from engine.machine.state import Job
from engine.runtime.commits.participants import Participant
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.jobs.polling import TAKE, JobRequest, TakeJobs, Taken, give_back, jobs_of, take_parameters, taken_of
from engine.runtime.jobs.pushing import pushed_job
from engine.runtime.notifications import Notifier
from engine.runtime.postgres.database import Database
from engine.runtime.results import ActivatedJob
from engine.store.rows import JobLock

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry
    from engine.runtime.postgres.sending import Answer

CarryOut = Callable[[Command], Awaitable[Any]]

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds


class Waiter:
    """One request that waits. `promised`: a batch that is not committed yet has jobs for it."""

    __slots__ = ("future", "gone", "jobs", "promised", "request")

    def __init__(self, request: JobRequest) -> None:
        self.request = request
        self.jobs: list[ActivatedJob] = []
        self.promised = False
        self.gone = False
        self.future: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self.future is not None and not self.future.done():
            self.future.set_result(None)


class TypeState:
    """Who waits for jobs of one type, in order; whether there are none in the rows; when they were looked at.

    `requests` counts all that are under way, also those that do not wait in the line at the moment.
    """

    __slots__ = ("changes", "dry", "looked_at", "requests", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[Waiter, None] = {}
        self.requests = 0
        self.dry = False
        self.looked_at = 0.0
        self.changes = 0  # a look that began before a change does not make the type dry after it

    def something_came(self) -> None:
        """There may be jobs in the rows: let the first who waits look."""
        self.dry = False
        self.changes += 1
        for waiter in self.waiting:
            waiter.wake()
            return


class Promises:
    """What one batch has promised, what it takes from the rows, and of what it leaves jobs in them."""

    __slots__ = ("jobs", "left", "taken", "turns")

    def __init__(self) -> None:
        self.jobs: dict[Waiter, list[tuple[Job, JobLock]]] = {}
        self.turns: dict[str, deque[Waiter]] = {}  # by type: those with room for more
        self.left: set[tuple[str, str]] = set()  # types and tenants
        self.taken: list[tuple[Entry, JobRequest, Answer]] = []


class JobDispatch(Participant):
    """Hands jobs to workers; see the module's text. `carry_out` is how it asks the commit loop for jobs."""

    commands: frozenset[type[Command]] = frozenset({TakeJobs})

    def __init__(self, database: Database, definitions: Definitions, notifier: Notifier, carry_out: CarryOut) -> None:
        self._carry_out = carry_out
        self._database = database
        self._definitions = definitions
        self._notifier = notifier
        self._types: dict[str, TypeState] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._closed = False

    # ---- Requests ---------------------------------------------------------------------------------------------------

    async def activate(self, request: JobRequest, timeout: float) -> list[ActivatedJob]:
        """Jobs for a worker, as soon as there are any; none after `timeout` seconds.

        With a timeout of 0 or less nobody waits: what is in the rows now is all there is. Raises Unavailable.
        """
        if timeout <= 0:
            return await self._poll(request)
        state = self._types.setdefault(request.type, TypeState())
        waiter = Waiter(request)
        state.waiting[waiter] = None
        state.requests += 1
        try:
            await self._wait(state, waiter, asyncio.get_running_loop().time() + timeout)
        except asyncio.CancelledError:
            waiter.gone = True
            self._make_available(waiter.jobs)
            raise
        finally:
            state.waiting.pop(waiter, None)
            state.requests -= 1
            if not state.requests:
                del self._types[request.type]
        return waiter.jobs

    async def _wait(self, state: TypeState, waiter: Waiter, deadline: float) -> None:
        """Until the waiter has jobs or its time is over; never while a batch may still bring some."""
        loop = asyncio.get_running_loop()
        while not waiter.jobs:
            if not waiter.promised:
                if not state.dry or loop.time() >= state.looked_at + LOOK_EVERY:
                    await self._look(state, waiter)
                    if waiter.jobs:
                        return
                if self._closed or loop.time() >= deadline:
                    return
            waiter.future = loop.create_future()
            alarm = loop.call_at(min(deadline, state.looked_at + LOOK_EVERY), waiter.wake)
            if waiter.promised:
                alarm.cancel()
            await waiter.future
            alarm.cancel()

    async def _look(self, state: TypeState, waiter: Waiter) -> None:
        """Look at the rows. Nothing is promised to the waiter meanwhile."""
        state.waiting.pop(waiter, None)
        state.dry = True
        state.looked_at = asyncio.get_running_loop().time()
        changes = state.changes
        try:
            waiter.jobs = await self._poll(waiter.request)
        except Exception:
            state.dry = False
            raise
        if len(waiter.jobs) >= waiter.request.max_jobs or state.changes != changes:
            state.something_came()
        if not waiter.jobs:
            state.waiting[waiter] = None

    async def _poll(self, request: JobRequest) -> list[ActivatedJob]:
        """The jobs in the rows; if nobody wants them any more when they come, they are made available again."""
        task = asyncio.ensure_future(self._take(request))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._polled_for_nobody)
            raise

    async def _take(self, request: JobRequest) -> list[ActivatedJob]:
        taken: Taken = await self._carry_out(TakeJobs(request=request))
        if any(self._definitions.catalog.process(row[1]) is None for row in taken.jobs):
            async with self._database.borrow() as connection:
                await self._definitions.refresh(connection)
        return jobs_of(taken, request, self._definitions)

    async def take(self, batch: Batch) -> None:
        """Let those who ask have what is in the rows, what this batch has written included."""
        for entry in batch.services:
            if isinstance(entry.command, TakeJobs):
                request = entry.command.request
                answer = await batch.connection.execute(TAKE, take_parameters(request, batch.now))
                batch.promises.taken.append((entry, request, answer))

    # ---- Jobs become available --------------------------------------------------------------------------------------

    def new_promises(self) -> Promises:
        """What a batch keeps of what it is promised."""
        return Promises()

    def offer(self, promises: Promises, now: int, job: Job) -> JobLock | None:
        """The lock that a batch writes an available job with, at `now`, if a worker waits for it."""
        instance = job.element.instance
        if instance.suspended_at is not None:
            return None
        waiter = self._next(promises, job.type, instance.tenant)
        if waiter is None:
            promises.left.add((job.type, instance.tenant))
            return None
        request = waiter.request
        lease = request.lease()
        lock = JobLock(request.worker, lease, now, now + request.lock_timeout)
        promises.jobs[waiter].append((job, lock))
        return lock

    def _next(self, promises: Promises, type: str, tenant: str) -> Waiter | None:
        """Whoever waits longest; once everybody has something, those with room for more, in turn."""
        state = self._types.get(type)
        if state is not None:
            for waiter in state.waiting:
                if tenant in waiter.request.tenants:
                    del state.waiting[waiter]
                    self._promise(promises, type, waiter)
                    return waiter
        turns = promises.turns.get(type)
        if not turns:
            return None
        return _take_turn(promises, turns, tenant)

    def _promise(self, promises: Promises, type: str, waiter: Waiter) -> None:
        waiter.promised = True
        promises.jobs[waiter] = []
        if waiter.request.max_jobs > 1:
            promises.turns.setdefault(type, deque()).append(waiter)

    def committed(self, batch: Batch) -> None:
        promises: Promises = batch.promises
        for waiter, jobs in promises.jobs.items():
            pushed = [pushed_job(job, lock, waiter.request) for job, lock in jobs]
            waiter.promised = False
            if waiter.gone:
                self._make_available(pushed)
            else:
                waiter.jobs = pushed
                waiter.wake()
        emptied = self._hand_out(batch)
        left = {type for type, tenant in promises.left - emptied} | _resumed(batch)
        if left:
            self.available(left)

    def _hand_out(self, batch: Batch) -> set[tuple[str, str]]:
        """Answer those who asked; the types and tenants of which the batch leaves nothing in the rows after all."""
        emptied: set[tuple[str, str]] = set()
        for entry, request, answer in batch.promises.taken:
            taken = taken_of(answer.rows, batch.now)
            batch.answer(entry, taken)
            if len(taken.jobs) < request.max_jobs:
                emptied.update((request.type, tenant) for tenant in request.tenants)
        return emptied

    def rolled_back(self, batch: Batch) -> None:
        """Those who were promised something are the first again."""
        for waiter in reversed(batch.promises.jobs):
            waiter.promised = False
            if not waiter.gone:
                state = self._types[waiter.request.type]
                state.waiting = {waiter: None, **state.waiting}
                waiter.wake()

    def available(self, types: Iterable[str]) -> None:
        """There are jobs of these types in the rows: let workers here and at other processes look."""
        self.look_again(types)
        self._notifier.jobs_available(types)

    def look_again(self, types: Iterable[str]) -> None:
        """The same, for workers here only."""
        for type in types:
            state = self._types.get(type)
            if state is not None:
                state.something_came()

    # ---- Workers that have gone -------------------------------------------------------------------------------------

    def _polled_for_nobody(self, task: asyncio.Task[list[ActivatedJob]]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._make_available(task.result())

    def _make_available(self, jobs: list[ActivatedJob]) -> None:
        if jobs:
            task = asyncio.ensure_future(self._give_back(jobs))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _give_back(self, jobs: list[ActivatedJob]) -> None:
        try:
            async with self._database.borrow() as connection:
                await give_back(connection, jobs)
        except Exception:
            logger.exception("%d jobs of a worker that has gone stay locked until their time is over", len(jobs))
            return
        self.available({job.type for job in jobs})

    # ---- The end ----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Send waiting workers away with nothing, and finish what is under way."""
        self._closed = True
        for state in list(self._types.values()):
            for waiter in list(state.waiting):
                waiter.wake()
        await asyncio.gather(*self._background, return_exceptions=True)


def _resumed(batch: Batch) -> set[str]:
    """The types of jobs that may be had again, because their instances are no longer suspended."""
    resumed = {entry.instance_key for entry in batch.entries if isinstance(entry.command, ResumeInstance)}
    instances = [batch.touched[key] for key in resumed if key in batch.touched]
    return {wait.type for instance in instances for wait in instance.waits.values() if isinstance(wait, Job)}


def _take_turn(promises: Promises, turns: deque[Waiter], tenant: str) -> Waiter | None:
    for _ in range(len(turns)):
        waiter = turns.popleft()
        if tenant not in waiter.request.tenants:
            turns.append(waiter)
            continue
        if len(promises.jobs[waiter]) + 1 < waiter.request.max_jobs:
            turns.append(waiter)
        return waiter
    return None
