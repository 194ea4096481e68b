"""What is deployed, in memory: a short line about everything, and the compiled graphs of what runs.

Every batch asks the database for one number, which each deployment and deletion counts up; only when it has moved is
the catalog read again. So a process that another server has just deployed is known here with the next command,
without any message between the servers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine import dmn
from engine.bpmn import compile_model
from engine.machine.commands import CreateInstance, EvaluateDecision, Rejection
from engine.machine.graph import Graph
from engine.runtime.database import Connection
from engine.runtime.decisions import DecisionInfo, DeployedDecision
from engine.xml import parse

READ_VERSION = b"SELECT version FROM catalog_version WHERE id = 1"
READ_PROCESSES = b"""
    SELECT key, process_id, version, tenant_id, version_tag, deployment_key, resource_key, resource_name, deleted
    FROM process_definition ORDER BY version
"""
READ_RESOURCES = b"""
    SELECT key, kind, resource_id, version, tenant_id, version_tag, deployment_key, name
    FROM resource WHERE NOT deleted AND kind <> 'bpmn' ORDER BY version
"""
READ_DECISIONS = b"""
    SELECT key, decision_id, name, version, tenant_id, version_tag, resource_key, deployment_key
    FROM decision_definition WHERE NOT deleted ORDER BY version
"""
READ_XML = b"SELECT content FROM resource WHERE key = %b"


class ProcessInfo(NamedTuple):
    """One version of a process."""

    key: int
    process_id: str
    version: int
    tenant: str
    version_tag: str | None
    deployment_key: int
    resource_key: int
    resource_name: str
    deleted: bool


class ResourceInfo(NamedTuple):
    """One version of a form, a decision model or another file."""

    key: int
    kind: str
    resource_id: str
    version: int
    tenant: str
    version_tag: str | None
    deployment_key: int
    name: str


class NotLoaded(Exception):
    """A decision model that a command needs is not in memory yet; the command is tried again once it is."""

    def __init__(self, resource_key: int) -> None:
        super().__init__(f"The decision model {resource_key} is not loaded.")
        self.resource_key = resource_key


class Definitions:
    """The catalog of this process; `graphs` is how many compiled graphs are kept besides those of cached instances.

    It is the `Catalog` that the machine may ask.
    """

    def __init__(self, graphs: int = 500) -> None:
        self._capacity = graphs
        self._graphs: OrderedDict[int, Graph] = OrderedDict()
        self._version = -1
        self._processes: dict[int, ProcessInfo] = {}
        self._versions: dict[tuple[str, str], list[ProcessInfo]] = {}  # by tenant and id, the latest last
        self._decisions: dict[int, DecisionInfo] = {}
        self._decision_versions: dict[tuple[str, str], list[DecisionInfo]] = {}  # by tenant and id, the latest last
        self._wanted: set[int] = set()
        self._models: dict[int, dmn.Model] = {}  # by resource key
        self._resources: dict[int, ResourceInfo] = {}
        self._resource_versions: dict[tuple[str, str, str], list[ResourceInfo]] = {}  # by tenant, kind and id

    # ---- Staying current --------------------------------------------------------------------------------------------

    async def refresh(self, connection: Connection) -> None:
        """Read the catalog again if anybody has deployed or deleted something."""
        cursor = await connection.execute(READ_VERSION)
        row = await cursor.fetchone()
        version = row[0] if row else 0
        if version != self._version:
            await self._read(connection)
            self._version = version
        while self._wanted:
            await self.load_model(connection, self._wanted.pop())

    def want(self, resource_key: int) -> None:
        """Have a decision model loaded by the next refresh."""
        self._wanted.add(resource_key)

    async def _read(self, connection: Connection) -> None:
        processes = await (await connection.execute(READ_PROCESSES)).fetchall()
        resources = await (await connection.execute(READ_RESOURCES)).fetchall()
        self._processes = {row[0]: ProcessInfo(*row) for row in processes}
        self._versions = {}
        for process in self._processes.values():
            if not process.deleted:
                self._versions.setdefault((process.tenant, process.process_id), []).append(process)
        self._resources = {row[0]: ResourceInfo(*row) for row in resources}
        self._resource_versions = {}
        for resource in self._resources.values():
            place = (resource.tenant, resource.kind, resource.resource_id)
            self._resource_versions.setdefault(place, []).append(resource)
        await self._read_decisions(connection)

    async def _read_decisions(self, connection: Connection) -> None:
        decisions = await (await connection.execute(READ_DECISIONS)).fetchall()
        self._decisions = {row[0]: DecisionInfo(*row) for row in decisions}
        self._decision_versions = {}
        for decision in self._decisions.values():
            self._decision_versions.setdefault((decision.tenant, decision.decision_id), []).append(decision)

    # ---- Looking up -------------------------------------------------------------------------------------------------

    def process(self, key: int) -> ProcessInfo | None:
        """A version of a process by its key, deleted ones too, since instances of it may still run."""
        return self._processes.get(key)

    def latest(self, tenant: str, process_id: str) -> ProcessInfo | None:
        """The latest version of a process."""
        versions = self._versions.get((tenant, process_id))
        return versions[-1] if versions else None

    def before(self, process: ProcessInfo) -> ProcessInfo | None:
        """The latest version of a process before one of them."""
        versions = self._versions.get((process.tenant, process.process_id), [])
        older = [each for each in versions if each.version < process.version]
        return max(older, key=lambda each: each.version, default=None)

    def resource(self, tenant: str, kind: str, resource_id: str) -> ResourceInfo | None:
        """The latest version of a form or another file."""
        versions = self._resource_versions.get((tenant, kind, resource_id))
        return versions[-1] if versions else None

    def decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> DeployedDecision | None:
        """The decision that a task of `graph` calls, None if there is none. Raises NotLoaded."""
        versions = self._decision_versions.get((graph.tenant, decision_id), [])
        found = _bound(versions, binding, graph.deployment_key, version_tag)
        return self._with_model(found) if found else None

    def _with_model(self, info: DecisionInfo) -> DeployedDecision:
        model = self._models.get(info.resource_key)
        if model is None:
            raise NotLoaded(info.resource_key)
        siblings = {each.decision_id: each for each in self.decisions_of(info.resource_key)}
        return DeployedDecision(info, model, siblings)

    async def find_decision(self, connection: Connection, command: EvaluateDecision) -> DeployedDecision:
        """The decision that a client asks for. Raises Rejection."""
        if command.decision_key:
            info = self._decisions.get(command.decision_key)
            what = f"key '{command.decision_key}'"
        else:
            versions = self._decision_versions.get((command.tenant, command.decision_id), [])
            info = versions[-1] if versions else None
            what = f"id '{command.decision_id}'"
        if info is None or info.tenant != command.tenant:
            raise Rejection("NOT_FOUND", f"Expected to evaluate decision with {what}, but no decision was found.")
        await self.load_model(connection, info.resource_key)
        return self._with_model(info)

    async def load_model(self, connection: Connection, resource_key: int) -> None:
        """Bring a decision model into memory."""
        if resource_key not in self._models:
            row: Any = await (await connection.execute(READ_XML, [resource_key])).fetchone()
            self._models[resource_key] = dmn.read_model(parse(row[0]))

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the file that a task of `graph` links to, of any kind but BPMN; None if there is none."""
        kinds = {kind for tenant, kind, id in self._resource_versions if (tenant, id) == (graph.tenant, resource_id)}
        versions = [v for kind in sorted(kinds) for v in self._resource_versions[graph.tenant, kind, resource_id]]
        found = _bound(versions, binding, graph.deployment_key, version_tag)
        return found.key if found else None

    def requirements_id(self, decision: DecisionInfo) -> str:
        """The id of the requirements graph that a decision is part of."""
        return self._resources[decision.resource_key].resource_id

    def decisions_of(self, resource_key: int) -> list[DecisionInfo]:
        """The decisions of a requirements graph."""
        return [each for each in self._decisions.values() if each.resource_key == resource_key]

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the form that a task of `graph` links to, None if there is none."""
        versions = self._resource_versions.get((graph.tenant, "form", form_id), [])
        found = _bound(versions, binding, graph.deployment_key, version_tag)
        return found.key if found else None

    def find(self, command: CreateInstance) -> ProcessInfo:
        """The version that a command is to start. Raises Rejection."""
        if command.process_definition_key:
            process = self._processes.get(command.process_definition_key)
            if process is None or process.deleted or process.tenant != command.tenant:
                raise _missing(f"key '{command.process_definition_key}'")
            return process
        versions = self._versions.get((command.tenant, command.process_id), [])
        if command.process_version != -1:
            found = next((each for each in versions if each.version == command.process_version), None)
        else:
            deployment, tag = command.binding_deployment_key, command.binding_version_tag
            found = _bound(versions, command.binding, deployment, tag)
        if found is None:
            raise _missing(_described(command))
        return found

    async def resolve(self, connection: Connection, command: CreateInstance) -> Graph:
        """The graph that a command is to start. Raises Rejection."""
        key = self.find(command).key
        return self._graphs.get(key) or await self.ensure(connection, key)

    # ---- Graphs -----------------------------------------------------------------------------------------------------

    def graph(self, key: int) -> Graph:
        """The graph of a definition that `ensure` or `resolve` has brought into memory."""
        return self._graphs[key]

    async def ensure(self, connection: Connection, key: int) -> Graph:
        """The graph of a definition, compiled from its XML if need be. Raises KeyError."""
        graph = self._graphs.get(key)
        if graph is None:
            graph = await self._compile(connection, self._processes[key])
        self._graphs.move_to_end(key)
        return graph

    async def _compile(self, connection: Connection, process: ProcessInfo) -> Graph:
        """Compile all processes of the file, since they are often used together."""
        cursor = await connection.execute(READ_XML, [process.resource_key])
        row: Any = await cursor.fetchone()
        model = compile_model(row[0], process.resource_name)
        same_file = [each for each in self._processes.values() if each.resource_key == process.resource_key]
        for graph in model.processes:
            for info in same_file:
                if info.process_id == graph.process_id:
                    self.add(info, graph)
        return self._graphs[process.key]

    def add(self, process: ProcessInfo, graph: Graph) -> None:
        """Keep a compiled graph."""
        graph.definition_key = process.key
        graph.version = process.version
        graph.tenant = process.tenant
        graph.deployment_key = process.deployment_key
        self._graphs[process.key] = graph
        while len(self._graphs) > self._capacity:
            self._graphs.popitem(last=False)


def _bound(versions: Iterable[Any], binding: str, deployment_key: int, version_tag: str) -> Any:
    """The latest of the versions that a binding allows."""
    found = None
    for version in versions:
        if binding == "deployment" and version.deployment_key != deployment_key:
            continue
        if binding == "versionTag" and version.version_tag != version_tag:
            continue
        found = version
    return found


def _described(command: CreateInstance) -> str:
    text = f"process ID '{command.process_id}'"
    if command.process_version != -1:
        return f"{text} and version '{command.process_version}'"
    if command.binding == "deployment":
        return f"{text} in deployment '{command.binding_deployment_key}'"
    if command.binding == "versionTag":
        return f"{text} and version tag '{command.binding_version_tag}'"
    return text


def _missing(what: str) -> Rejection:
    return Rejection("NOT_FOUND", f"Expected to find process definition with {what}, but none found.")
