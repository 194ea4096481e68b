"""The service: what opens, runs and closes together."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from engine.machine.commands import (
    DEFAULT_TENANT,
    BroadcastSignal,
    Command,
    CorrelateMessage,
    PublishMessage,
    Rejection,
)
from engine.machine.names import check_names
from engine.machine.values import given_texts
from engine.runtime.background.batch_operations import DELETION, BatchOperations
from engine.runtime.background.leadership import Leadership
from engine.runtime.background.retention import Retention
from engine.runtime.background.services import ServiceGroup
from engine.runtime.background.timers import StartTimers, Timers
from engine.runtime.background.upkeep import ExpiredMessages, JobDeadlines, Leftovers, OldIdempotencyKeys
from engine.runtime.business_ids import BusinessIds
from engine.runtime.changes import Changes
from engine.runtime.clock import Clock
from engine.runtime.commits.cache import InstanceCache
from engine.runtime.commits.context import Context
from engine.runtime.commits.loop import CommitLoop
from engine.runtime.completion import Completions
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.deployed.deployments import Deployment, delete_resource
from engine.runtime.deployed.files import read_files
from engine.runtime.evaluations import Evaluations
from engine.runtime.events.conditionals import Conditionals
from engine.runtime.events.joint_starts import JointStarts
from engine.runtime.events.messages import Messages
from engine.runtime.events.signals import Signals
from engine.runtime.history import History
from engine.runtime.idempotency import Idempotency
from engine.runtime.jobs.dispatch import JobDispatch
from engine.runtime.jobs.leases import Leases
from engine.runtime.jobs.polling import JobRequest
from engine.runtime.migration_plans import MigrationPlan, propose_plan
from engine.runtime.notifications import Notifier
from engine.runtime.postgres.database import Database
from engine.runtime.results import ActivatedJob, Deployed, InstanceCompleted
from engine.store.keys import TAKE_BLOCKS, KeySource

DEFAULT_REQUEST_TIMEOUT = 10_000  # milliseconds


@dataclass(frozen=True, slots=True)
class Options:
    """How a runtime works.

    `lanes` is how many transactions run at a time, `batch_size` how many commands one takes, `max_waiting` how many
    may wait before others are refused. `cached_elements` bounds the instances in memory by their element instances.
    `unique_business_id`: among running root instances of a process and tenant. `history_kept`: milliseconds for which
    an instance is kept after its end, None for ever. Without `background` nothing happens by itself: `Runtime.tick`
    does what is due.
    """

    lanes: int = 2
    batch_size: int = 200
    max_waiting: int = 10_000
    cached_elements: int = 150_000
    pool_size: int = 6
    unique_business_id: bool = False
    history_kept: int | None = None
    background: bool = True


class Runtime:
    """The engine on one database; several may run on the same one, in any number of processes.

        async with Runtime.open("postgresql://…") as runtime:
            await runtime.deploy([("order.bpmn", xml)])
            await runtime.execute(CreateInstance(process_id="order"))

    `clock` is for tests. The database must have the schema of this version (engine.store.migrate).
    """

    def __init__(self, url: str, options: Options | None = None, clock: Clock | None = None) -> None:
        self.options = options = options or Options()
        self.clock = clock = clock or Clock()
        self.name = secrets.token_hex(4)
        self.database = database = Database(url, options.pool_size)
        self.definitions = Definitions()
        self.notifier = Notifier(database, self.name)
        self.jobs = JobDispatch(database, self.definitions, self.notifier, self._execute_next)
        self.keys = KeySource(self._take_blocks)
        self.history = History(database, self.definitions)
        self.completions = Completions(database, self.notifier, self.keys)
        self.changes = Changes(clock, database, self.notifier)
        self.context = Context(
            clock=clock,
            keys=self.keys,
            cache=InstanceCache(options.cached_elements),
            definitions=self.definitions,
            jobs=self.jobs,
            completions=self.completions,
        )
        self.commits = CommitLoop(self.context, database, options.lanes, options.batch_size, options.max_waiting)
        self.leadership = Leadership(database)
        self.services = ServiceGroup(clock)
        self.retention = Retention(clock, database, options.history_kept)
        self.batch_operations = BatchOperations(
            clock,
            database,
            self.keys,
            self.commits,
            self.leadership,
            self.retention,
            self._wake_for_batch_operations,
        )
        self._join_participants()
        self._add_services()

    def _join_participants(self) -> None:
        """In the order in which they take their locks."""
        self.context.join(self.changes)
        self.context.join(Idempotency())
        self.context.join(BusinessIds(self.options.unique_business_id))
        self.context.join(JointStarts())
        self.context.join(Leases())
        self.context.join(self.batch_operations.items)
        self.context.join(Signals())
        self.context.join(Conditionals())
        self.context.join(Evaluations())
        self.context.join(Messages())
        self.context.join(self.jobs)

    def _add_services(self) -> None:
        clock, database, commits = self.clock, self.database, self.commits
        timers = Timers(clock, database, commits, self.leadership, self._wake_for_dates)
        self.context.join(timers)
        self.services.add(timers)
        self.services.add(StartTimers(clock, database, self.definitions, self.keys, commits))
        self.services.add(JobDeadlines(clock, database, commits, self.jobs, self.leadership))
        self.services.add(ExpiredMessages(clock, database))
        self.services.add(OldIdempotencyKeys(clock, database))
        self.services.add(Leftovers(clock, database, commits))
        self.services.add(self.retention)
        self.services.add(self.batch_operations)
        self.services.add(self.changes)

    async def _execute_next(self, command: Command) -> Any:
        return await self.commits.execute_next(command)

    def _wake_for_batch_operations(self) -> None:
        self.services.wake(BatchOperations.name)

    def _wake_for_dates(self) -> None:
        """Something is due earlier than was known: a timer, or the end of a job's back-off."""
        self.services.wake(Timers.name)
        self.services.wake(JobDeadlines.name)

    # ---- Life cycle -------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, url: str, options: Options | None = None, clock: Clock | None = None) -> Runtime:
        """A runtime to be used in `async with`, or to be `start`ed and `close`d."""
        return cls(url, options, clock)

    async def start(self) -> None:
        """Connect, and begin to work. Raises psycopg.Error where the database cannot be reached."""
        await self.commits.start()
        await self.keys.prepare()
        async with self.database.borrow() as connection:
            await self.definitions.refresh(connection)
        if self.options.background:
            self.notifier.start(self.jobs.look_again, self.completions.wake_all, self.changes)
            self.services.start()

    async def release_waiting(self) -> None:
        """Answer who waits for jobs, an end or a change, with nothing; a server stops quickly after it."""
        self.completions.close()
        self.changes.close()
        await self.jobs.close()

    async def close(self) -> None:
        """Finish what is under way, refuse the rest, and disconnect."""
        self.changes.close()
        await self.services.stop()
        await self.jobs.close()
        await self.commits.stop()
        await self.jobs.close()
        await self.notifier.stop()
        await self.keys.close()
        await self.leadership.close()
        await self.database.close()

    async def __aenter__(self) -> Runtime:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def tick(self) -> None:
        """Do what is due now; for a runtime without background work, and a clock that stands still."""
        await self.services.tick()

    async def _take_blocks(self, count: int) -> int:
        async with self.database.borrow() as connection:
            cursor = await connection.execute(TAKE_BLOCKS, {"count": count})
            row: Any = await cursor.fetchone()
        return int(row[0])

    # ---- What it does -----------------------------------------------------------------------------------------------

    @property
    def available(self) -> bool:
        """Whether commands are taken: the database can be reached."""
        return self.commits.available

    async def execute(self, command: Command) -> Any:
        """Carry out a command; its answer (engine.runtime.results) comes once it is durable.

        Raises Rejection where it cannot be carried out, Unavailable where the database is away or too much waits,
        InternalError where the engine fails at it; nothing has happened in any of these, except that after
        Unavailable it may have.
        """
        if isinstance(command, PublishMessage | CorrelateMessage | BroadcastSignal):
            _check(command)  # an instance would refuse it when nobody is there to be told
        return await self.commits.execute(command)

    async def deploy(self, files: Sequence[tuple[str, bytes]], tenant: str = DEFAULT_TENANT) -> Deployed:
        """Deploy files, given by name and content: all or none.

        Raises InvalidDeployment (a Rejection) with everything that is wrong, Unavailable.
        """
        read = read_files(files)
        await self.keys.prepare()
        async with self.database.borrow() as connection:
            now = self.clock.now()
            deployed = await Deployment(connection, self.keys, self.definitions, tenant, now).run(read)
        self.services.wake(StartTimers.name)
        return deployed

    async def delete_resource(self, key: int, with_history: bool = False) -> int | None:
        """Delete a version of a process, or a form or other file.

        `with_history`: instances of the process that have ended by now are forgotten, too, by a batch operation whose
        key is the answer; so also where the process was deleted before. Raises Rejection (NOT_FOUND), Unavailable.
        """
        await self.keys.prepare()
        try:
            async with self.database.borrow() as connection:
                await delete_resource(connection, self.keys, self.definitions, key, self.clock.now())
        except Rejection:
            if not with_history or self.definitions.catalog.process(key) is None:
                raise
        if not with_history or self.definitions.catalog.process(key) is None:
            return None
        return await self.batch_operations.create(DELETION, {"processDefinitionKey": str(key)})

    async def delete_instance(self, key: int) -> None:
        """Forget an instance that has ended, and what it called.

        Raises Rejection (NOT_FOUND, INVALID_STATE), Unavailable.
        """
        await self.retention.delete(key)

    async def propose_migration(self, source: int, target: int) -> MigrationPlan:
        """A mapping between two process definitions, by key. Raises Rejection (NOT_FOUND), Unavailable."""
        async with self.database.borrow() as connection:
            return await propose_plan(connection, self.definitions, source, target)

    async def activate_jobs(
        self,
        type: str,
        worker: str,
        timeout: int,
        max_jobs: int,
        fetch_variables: Iterable[str] | None = None,
        request_timeout: int = 0,
        tenants: Iterable[str] = (DEFAULT_TENANT,),
        with_lease: bool = False,
    ) -> list[ActivatedJob]:
        """Jobs of a type, locked to the worker for `timeout` milliseconds; waits until there is one.

        `request_timeout` in milliseconds: 0 is 10 seconds, less than 0 does not wait. Raises Unavailable.
        """
        names = None if fetch_variables is None else frozenset(fetch_variables)
        request = JobRequest(type, worker, timeout, max_jobs, names or None, frozenset(tenants), with_lease)
        wait = request_timeout or DEFAULT_REQUEST_TIMEOUT
        return await self.jobs.activate(request, wait / 1000)

    async def completion(self, instance_key: int, timeout: float) -> InstanceCompleted | None:
        """How an instance ended, None if it has not within `timeout` seconds. Raises Unavailable."""
        return await self.completions.completion(instance_key, timeout)


def _check(command: PublishMessage | CorrelateMessage | BroadcastSignal) -> None:
    """Raises Rejection for what can neither be kept nor handed to an instance."""
    given_texts(command.variables)
    check_names("the name", [command.name])
    if not isinstance(command, BroadcastSignal):
        check_names("the correlation key", [command.correlation_key])
    if isinstance(command, PublishMessage):
        check_names("the message id", [command.message_id])
