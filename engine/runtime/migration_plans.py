"""A proposed mapping between two process definitions, to begin a migration with."""

from __future__ import annotations

from dataclasses import dataclass

from engine.machine.commands import Rejection
from engine.machine.graph import Graph
from engine.machine.migrating import propose
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """`mapping`: target element ids by source element id; `unmapped`: source elements without a counterpart."""

    mapping: dict[str, str]
    unmapped: list[str]


async def propose_plan(connection: Connection, definitions: Definitions, source: int, target: int) -> MigrationPlan:
    """The obvious mapping from one definition to another, by their keys. Raises Rejection (NOT_FOUND)."""
    await definitions.refresh(connection)
    graph = await _graph(connection, definitions, source)
    mapping = propose(graph, await _graph(connection, definitions, target))
    unmapped = [node.id for node in graph.nodes.values() if node is not graph.process and node.id not in mapping]
    return MigrationPlan(mapping, unmapped)


async def _graph(connection: Connection, definitions: Definitions, key: int) -> Graph:
    try:
        return await definitions.ensure(connection, key)
    except KeyError:
        reason = f"Expected to find process definition with key '{key}', but none found."
        raise Rejection("NOT_FOUND", reason) from None
