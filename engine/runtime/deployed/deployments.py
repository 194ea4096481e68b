"""Deploying: files become versions of processes, forms, decision models and other resources.

All files of one deployment are checked before anything is written; one error, and nothing is deployed. Deployments
exclude each other (a lock that ends with the transaction), so versions count up without gaps. A file that has not
changed since its latest version keeps its key and version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from engine import dmn
from engine.machine.commands import Rejection
from engine.machine.graph import Graph, StartDefinition
from engine.machine.values import to_text
from engine.runtime.deployed.catalog import ProcessInfo
from engine.runtime.deployed.decisions import DecisionInfo
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.deployed.files import BPMN, DMN, File
from engine.runtime.results import Deployable, Deployed, DeployedDecisionDefinition, DeployedProcess, DeployedResource
from engine.store import catalog as sql
from engine.store.arrays import time_parameter
from engine.store.asking import run
from engine.store.keys import KeySource
from engine.triggers.schedule import ScheduleError


class Deployment:
    """One deployment on its way into the database."""

    def __init__(
        self, connection: sql.Connection, keys: KeySource, definitions: Definitions, tenant: str, now: int
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._definitions = definitions
        self._tenant = tenant
        self._now = now
        self._key = self._new_key()
        self._added: list[tuple[ProcessInfo, Graph]] = []
        self._models: dict[str, int] = {}  # keys of decision models by the names of their files
        self._changed = False

    def _new_key(self) -> int:
        return self._keys.key(self._keys.part)

    async def run(self, files: list[File]) -> Deployed:
        """Everything in one transaction."""
        connection = self._connection
        async with connection.transaction():
            await connection.execute(sql.LOCK_DEPLOYMENTS)
            await self._definitions.refresh(connection)
            deployments: list[Deployable] = []
            for file in files:
                deployments += await self._deploy(file)
            if self._changed:
                await connection.execute(sql.INSERT_DEPLOYMENT, [self._key, self._tenant, time_parameter(self._now)])
                await connection.execute(sql.COUNT_VERSION)
        for process, graph in self._added:
            self._definitions.add(process, graph)
        return Deployed(key=self._key, tenant=self._tenant, deployments=deployments)

    async def _deploy(self, file: File) -> Sequence[Deployable]:
        if file.kind == DMN:
            return await self._deploy_decisions(file)
        if file.kind != BPMN:
            return [await self._deploy_resource(file)]
        unchanged = [await self._unchanged(graph.process_id, file) for graph in file.graphs]
        if all(unchanged):
            return [process for process in unchanged if process is not None]
        self._changed = True
        resource_key = await self._insert_resource(file, await self._next_resource_version(file))
        return [await self._deploy_process(file, graph, resource_key) for graph in file.graphs]

    # ---- Processes --------------------------------------------------------------------------------------------------

    async def _unchanged(self, process_id: str, file: File) -> DeployedProcess | None:
        """The latest version of a process, if it is the same file."""
        latest = self._definitions.catalog.latest(self._tenant, process_id)
        if latest is None:
            return None
        cursor = await self._connection.execute(sql.READ_PROCESS_CHECKSUM, [latest.key])
        row = await cursor.fetchone()
        same = row is not None and row[0] == file.checksum and latest.resource_name == file.name
        return _deployed(latest) if same else None

    async def _deploy_process(self, file: File, graph: Graph, resource_key: int) -> DeployedProcess:
        cursor = await self._connection.execute(sql.READ_LATEST_PROCESS, [self._tenant, graph.process_id])
        process = ProcessInfo(
            key=self._new_key(),
            process_id=graph.process_id,
            version=_number(await cursor.fetchone()) + 1,
            tenant=self._tenant,
            version_tag=graph.version_tag,
            deployment_key=self._key,
            resource_key=resource_key,
            resource_name=file.name,
            deleted=False,
        )
        await self._insert_process(process, graph, file.checksum)
        await self._subscribe(process, graph)
        self._added.append((process, graph))
        return _deployed(process)

    async def _insert_process(self, process: ProcessInfo, graph: Graph, checksum: bytes) -> None:
        row: list[Any] = [
            process.key, process.process_id, process.version, process.tenant, graph.name, graph.version_tag,
            process.resource_name, process.resource_key, checksum, process.deployment_key, graph.start_form_id,
        ]  # fmt: skip
        await self._connection.execute(sql.INSERT_PROCESS, row)
        nodes = [(node, False) for node in graph.nodes.values() if node is not graph.process]
        nodes += [(node, True) for node in graph.inner.values()]
        rows = [
            (process.key, node.id, inner, node.type, node.name, to_text(node.properties) if node.properties else None)
            for node, inner in nodes
        ]
        await run(self._connection, sql.INSERT_ELEMENTS, rows)

    async def _subscribe(self, process: ProcessInfo, graph: Graph) -> None:
        """What starts the process from outside starts the new version from now on."""
        await self._connection.execute(sql.DELETE_STARTS, [process.tenant, process.process_id])
        await insert_starts(self._connection, self._keys, process, graph, self._now)

    # ---- Other files ------------------------------------------------------------------------------------------------

    async def _deploy_resource(self, file: File) -> DeployedResource:
        latest = self._definitions.catalog.resource(self._tenant, file.kind, file.resource_id)
        if latest is not None:
            cursor = await self._connection.execute(sql.READ_RESOURCE_CHECKSUM, [latest.key])
            row = await cursor.fetchone()
            if row is not None and row[0] == file.checksum and latest.name == file.name:
                return self._deployed_resource(file, latest.key, latest.version)
        self._changed = True
        version = await self._next_resource_version(file)
        key = await self._insert_resource(file, version)
        return self._deployed_resource(file, key, version)

    async def _deploy_decisions(self, file: File) -> list[Deployable]:
        """The requirements graph, and each of its decisions, in the same versions if nothing has changed."""
        graph = await self._deploy_resource(file)
        self._models[file.name] = graph.key
        known = {each.decision_id: each for each in self._definitions.catalog.decisions_of(graph.key)}
        deployed = [known.get(each.id) or await self._deploy_decision(each, graph.key) for each in file.decisions]
        found = [
            DeployedDecisionDefinition(
                key=info.key,
                decision_id=info.decision_id,
                name=info.name,
                version=info.version,
                requirements_id=file.resource_id,
                requirements_key=graph.key,
                tenant=self._tenant,
            )
            for info in deployed
        ]
        return [*found, graph]

    async def _deploy_decision(self, decision: dmn.Decision, resource_key: int) -> DecisionInfo:
        cursor = await self._connection.execute(sql.READ_LATEST_DECISION, [self._tenant, decision.id])
        version = _number(await cursor.fetchone()) + 1
        key = self._new_key()
        row: list[Any] = [key, decision.id, decision.name, version, None, self._tenant, resource_key, self._key]
        await self._connection.execute(sql.INSERT_DECISION, row)
        return DecisionInfo(key, decision.id, decision.name, version, self._tenant, None, resource_key, self._key)

    def _deployed_resource(self, file: File, key: int, version: int) -> DeployedResource:
        return DeployedResource(
            key=key,
            kind=file.kind,
            resource_id=file.resource_id,
            version=version,
            resource_name=file.name,
            title=file.title,
            tenant=self._tenant,
        )

    async def _next_resource_version(self, file: File) -> int:
        cursor = await self._connection.execute(sql.READ_LATEST_RESOURCE, [self._tenant, file.kind, file.resource_id])
        return _number(await cursor.fetchone()) + 1

    async def _insert_resource(self, file: File, version: int) -> int:
        key = self._new_key()
        imports = to_text([self._models[name] for name in file.imports]) if file.imports else None
        row: list[Any] = [
            key, file.kind, file.resource_id, file.name, file.title, version, file.version_tag, self._tenant, self._key,
            file.checksum, file.content, imports,
        ]  # fmt: skip
        await self._connection.execute(sql.INSERT_RESOURCE, row)
        return key


async def insert_starts(
    connection: sql.Connection, keys: KeySource, process: ProcessInfo, graph: Graph, now: int
) -> None:
    """Write what starts the latest version of a process from outside."""
    rows = []
    for start in graph.starts:
        due_at, repetitions = first_date(start, now)
        rows.append(
            (
                keys.key(keys.part), process.key, process.process_id, process.tenant, start.element_id, start.kind,
                start.name, due_at, repetitions, now,
            )
        )  # fmt: skip
    await run(connection, sql.INSERT_STARTS, rows)


def first_date(start: StartDefinition, now: int) -> tuple[int | None, int]:
    """When a start timer is due first, and how often again after that; None for other starts. Raises Rejection."""
    if start.kind != "timer":
        return None, 0
    trigger = start.trigger
    try:
        due_at, repetitions, _ = trigger.first(trigger.text_at(datetime.fromtimestamp(now / 1000, UTC)), now)
    except ScheduleError as error:
        reason = f"The timer start event '{start.element_id}' has no date: {error}"
        raise Rejection("INVALID_ARGUMENT", reason) from error
    return due_at, repetitions


def _number(row: tuple[Any, ...] | None) -> int:
    assert row is not None
    return int(row[0])


def _deployed(process: ProcessInfo) -> DeployedProcess:
    return DeployedProcess(
        key=process.key,
        process_id=process.process_id,
        version=process.version,
        resource_name=process.resource_name,
        tenant=process.tenant,
    )


async def delete_resource(
    connection: sql.Connection, keys: KeySource, definitions: Definitions, key: int, now: int
) -> None:
    """Delete one version of a process, or one other file.

    Running instances of the version go on. If it was the latest, what starts the one before from outside is armed
    again. Raises Rejection (NOT_FOUND).
    """
    async with connection.transaction():
        await connection.execute(sql.LOCK_DEPLOYMENTS)
        await definitions.refresh(connection)
        process = definitions.catalog.process(key)
        if process is not None and not process.deleted:
            await _delete_process(connection, keys, definitions, process, now)
        elif (await (await connection.execute(sql.DELETE_RESOURCE, [key])).fetchone()) is None:
            reason = f"Expected to delete resource with key '{key}', but no such resource was found."
            raise Rejection("NOT_FOUND", reason)
        else:
            await connection.execute(sql.DELETE_DECISIONS, [key])
        await connection.execute(sql.COUNT_VERSION)


async def _delete_process(
    connection: sql.Connection, keys: KeySource, definitions: Definitions, process: ProcessInfo, now: int
) -> None:
    was_latest = definitions.catalog.latest(process.tenant, process.process_id) == process
    await connection.execute(sql.DELETE_PROCESS, [process.key])
    if not was_latest:
        return
    await connection.execute(sql.DELETE_STARTS, [process.tenant, process.process_id])
    before = definitions.catalog.before(process)
    if before is not None:
        await insert_starts(connection, keys, before, await definitions.ensure(connection, before.key), now)
