"""What is deployed, in memory: the catalog of everything, and what is compiled of it.

Every batch asks the database for one number, which each deployment and deletion counts up; only when it has moved is
the catalog read again. So a process that another server has just deployed is known here with the next command,
without any message between the servers.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

import msgspec

from engine import dmn
from engine.bpmn import compile_model
from engine.machine.commands import CreateInstance, EvaluateDecision
from engine.machine.graph import Graph
from engine.runtime.deployed.catalog import Catalog, ProcessInfo, read_catalog, read_version
from engine.runtime.deployed.decisions import DecisionInfo, DeployedDecision
from engine.runtime.postgres.database import Connection
from engine.xml import parse

READ_CONTENT = b"SELECT content, imports FROM resource WHERE key = %b"


class NotLoaded(Exception):
    """A decision model that a command needs is not in memory yet; the command is tried again once it is."""

    def __init__(self, resource_key: int) -> None:
        super().__init__(f"The decision model {resource_key} is not loaded.")
        self.resource_key = resource_key


class Definitions:
    """The current catalog, and compiled graphs and decision models.

    `graphs` is how many graphs are kept besides those of cached instances. This is also the `Catalog` that the
    machine may ask (engine.machine.graph).
    """

    def __init__(self, graphs: int = 500) -> None:
        self.catalog = Catalog()
        self.secret = secrets.token_bytes(32)  # of this server process: what random values in expressions come from
        self._capacity = graphs
        self._graphs: OrderedDict[int, Graph] = OrderedDict()
        self._models: dict[int, dmn.Model] = {}  # by resource key
        self._imports: dict[int, list[int]] = {}  # resource keys of what each model imports, directly or not
        self._wanted: set[int] = set()

    async def refresh(self, connection: Connection) -> None:
        """Read the catalog again if anybody has deployed or deleted something."""
        version = await read_version(connection)
        if version > self.catalog.version:
            catalog = await read_catalog(connection, version)
            if version > self.catalog.version:  # another lane may have read a newer one meanwhile
                self.catalog = catalog
        while self._wanted:
            await self.load_model(connection, self._wanted.pop())

    # ---- Processes --------------------------------------------------------------------------------------------------

    async def resolve(self, connection: Connection, command: CreateInstance) -> Graph:
        """The graph that a command is to start. Raises Rejection."""
        key = self.catalog.find(command).key
        return self._graphs.get(key) or await self.ensure(connection, key)

    def graph(self, key: int) -> Graph:
        """The graph of a definition that `ensure` or `resolve` has brought into memory."""
        return self._graphs[key]

    async def ensure(self, connection: Connection, key: int) -> Graph:
        """The graph of a definition, compiled from its XML if need be. Raises KeyError."""
        if key not in self._graphs:
            process = self.catalog.process(key)
            if process is None:
                raise KeyError(key)
            await self._compile(connection, process)
        self._graphs.move_to_end(key)
        return self._graphs[key]

    async def _compile(self, connection: Connection, process: ProcessInfo) -> None:
        """Compile all processes of the file, since they are often used together."""
        content, _ = await _content(connection, process.resource_key)
        model = compile_model(content, process.resource_name)
        graphs = {graph.process_id: graph for graph in model.processes}
        for info in self.catalog.in_file(process.resource_key):
            self.add(info, graphs[info.process_id])

    def add(self, process: ProcessInfo, graph: Graph) -> None:
        """Keep a compiled graph."""
        graph.definition_key = process.key
        graph.version = process.version
        graph.tenant = process.tenant
        graph.deployment_key = process.deployment_key
        self._graphs[process.key] = graph
        while len(self._graphs) > self._capacity:
            self._graphs.popitem(last=False)

    # ---- What tasks link to -----------------------------------------------------------------------------------------

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the form that a task of `graph` links to, None if there is none."""
        return self.catalog.form_key(form_id, binding, version_tag, graph)

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the file that a task of `graph` links to, None if there is none."""
        return self.catalog.resource_key(resource_id, binding, version_tag, graph)

    # ---- Decisions --------------------------------------------------------------------------------------------------

    def decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> DeployedDecision | None:
        """The decision that a task of `graph` calls, None if there is none. Raises NotLoaded."""
        found = self.catalog.bound_decision(decision_id, binding, version_tag, graph)
        return self._with_model(found) if found else None

    async def find_decision(self, connection: Connection, command: EvaluateDecision) -> DeployedDecision:
        """The decision that a client asks for. Raises Rejection."""
        info = self.catalog.find_decision(command)
        await self.load_model(connection, info.resource_key)
        return self._with_model(info)

    def _with_model(self, info: DecisionInfo) -> DeployedDecision:
        model = self._models.get(info.resource_key)
        if model is None:
            raise NotLoaded(info.resource_key)
        files = (*self._imports[info.resource_key], info.resource_key)
        known = {each.decision_id: each for key in files for each in self.catalog.decisions_of(key)}
        return DeployedDecision(info, model, known)

    def want(self, resource_key: int) -> None:
        """Have a decision model loaded by the next refresh."""
        self._wanted.add(resource_key)

    async def load_model(self, connection: Connection, resource_key: int) -> None:
        """Bring a decision model into memory, and those that it imports."""
        if resource_key in self._models:
            return
        content, imports = await _content(connection, resource_key)
        for key in imports:
            await self.load_model(connection, key)
        imported = [self._models[key] for key in imports]
        self._imports[resource_key] = [each for key in imports for each in (*self._imports[key], key)]
        self._models[resource_key] = dmn.read_model(parse(content), imports=imported)


async def _content(connection: Connection, resource_key: int) -> tuple[bytes, list[int]]:
    """A deployed file, and the keys of those that it imports."""
    row: Any = await (await connection.execute(READ_CONTENT, [resource_key])).fetchone()
    return row[0], msgspec.json.decode(row[1]) if row[1] else []
