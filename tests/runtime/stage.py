"""Tell a story to a runtime and read in the rows what came of it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import psycopg

from engine.machine.commands import (
    BroadcastSignal,
    CancelInstance,
    CompleteJob,
    CorrelateMessage,
    CreateInstance,
    PublishMessage,
)
from engine.runtime.events.offers import MessageResult
from engine.runtime.results import ActivatedJob, InstanceStarted
from engine.runtime.runtime import Runtime
from tests.runtime.conftest import fixture

MINUTE = 60_000
HOUR = 60 * MINUTE


class Stage:
    """A runtime, and a look at its rows."""

    def __init__(self, runtime: Runtime, url: str) -> None:
        self.runtime = runtime
        self.url = url

    # ---- What is done

    async def deploy(self, *names: str) -> None:
        await self.runtime.deploy([fixture(f"{name}.bpmn") for name in names])

    async def start(self, process_id: str, **variables: Any) -> int:
        """The key of a new instance."""
        started: InstanceStarted = await self.runtime.execute(
            CreateInstance(process_id=process_id, variables=variables)
        )
        return started.process_instance_key

    async def cancel(self, key: int) -> None:
        await self.runtime.execute(CancelInstance(process_instance_key=key))

    async def publish(
        self, name: str, correlation_key: str = "", ttl: int = 0, id: str = "", **variables: Any
    ) -> MessageResult:
        command = PublishMessage(
            name=name,
            correlation_key=correlation_key,
            time_to_live=ttl,
            message_id=id,
            variables=variables,
        )
        result: MessageResult = await self.runtime.execute(command)
        return result

    async def correlate(self, name: str, correlation_key: str = "", **variables: Any) -> MessageResult:
        command = CorrelateMessage(name=name, correlation_key=correlation_key, variables=variables)
        result: MessageResult = await self.runtime.execute(command)
        return result

    async def signal(self, name: str, **variables: Any) -> None:
        await self.runtime.execute(BroadcastSignal(name=name, variables=variables))

    async def jobs(self, type: str) -> list[ActivatedJob]:
        """The jobs of a type that are available now, activated."""
        return await self.runtime.activate_jobs(type, "worker", HOUR, 1_000, request_timeout=-1)

    async def work(self, type: str, **variables: Any) -> int:
        """Complete every available job of a type, all at once; answers how many."""
        jobs = await self.jobs(type)
        execute = self.runtime.execute
        await asyncio.gather(*[execute(CompleteJob(job_key=job.key, variables=variables)) for job in jobs])
        return len(jobs)

    # ---- What came of it

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def column(self, query: str, *parameters: object) -> list[Any]:
        return [row[0] for row in self.rows(query, *parameters)]

    def count(self, table: str) -> int:
        count: int = self.column(f"SELECT count(*) FROM {table}")[0]
        return count

    def instances(self, process_id: str) -> list[int]:
        """The keys of all instances of a process, in the order in which they started."""
        return self.column(
            "SELECT i.key FROM process_instance i JOIN process_definition d ON d.key = i.process_definition_key "
            "WHERE d.process_id = %s ORDER BY i.started_at, i.key",
            process_id,
        )

    def running(self, process_id: str) -> list[int]:
        """The keys of the instances of a process that have not ended."""
        ended = set(self.column("SELECT key FROM process_instance WHERE ended_at IS NOT NULL"))
        return [key for key in self.instances(process_id) if key not in ended]

    def has_ended(self, key: int) -> bool:
        ended: bool = self.column("SELECT ended_at IS NOT NULL FROM process_instance WHERE key = %s", key)[0]
        return ended

    def path(self, key: int) -> list[str]:
        """The elements that an instance has entered, in their order."""
        return self.column(
            "SELECT element_id FROM element_instance WHERE process_instance_key = %s ORDER BY key", key
        )

    def variables(self, key: int) -> dict[str, Any]:
        """The variables of an instance's root."""
        rows = self.rows("SELECT name, value FROM variable WHERE scope_key = %s", key)
        return {name: msgspec.json.decode(value) for name, value in rows}

    def leftovers(self) -> dict[str, int]:
        """What still waits for somebody: nothing, when all is over."""
        waiting = {
            "pending commands": "SELECT count(*) FROM pending_command",
            "subscriptions": "SELECT count(*) FROM message_subscription WHERE state = 'CREATED'",
            "signal subscriptions": "SELECT count(*) FROM event_subscription",
            "timers": "SELECT count(*) FROM timer",
            "jobs": "SELECT count(*) FROM job WHERE ended_at IS NULL",
            "elements": "SELECT count(*) FROM element_instance WHERE ended_at IS NULL",
            "start locks": "SELECT count(*) FROM message_start_lock",
        }
        counts = {what: self.column(query)[0] for what, query in waiting.items()}
        return {what: count for what, count in counts.items() if count}
