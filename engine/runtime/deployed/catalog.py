"""One line about everything that is deployed, as it was at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from engine.machine.commands import CreateInstance, EvaluateDecision, Rejection
from engine.machine.graph import Graph
from engine.runtime.deployed.decisions import DecisionInfo
from engine.runtime.postgres.database import Connection

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


class Catalog:
    """What was deployed at `version`, which each deployment and deletion counts up; it never changes.

    The rows of each kind are given in the order of their versions.
    """

    def __init__(
        self,
        version: int = -1,
        processes: Sequence[ProcessInfo] = (),
        resources: Sequence[ResourceInfo] = (),
        decisions: Sequence[DecisionInfo] = (),
    ) -> None:
        self.version = version
        self._processes = {process.key: process for process in processes}
        self._resources = {resource.key: resource for resource in resources}
        self._decisions = {decision.key: decision for decision in decisions}
        living = [process for process in processes if not process.deleted]
        self._by_process_id = _grouped(living, lambda each: (each.tenant, each.process_id))
        self._by_kind = _grouped(resources, lambda each: (each.tenant, each.kind, each.resource_id))
        self._by_resource_id = _grouped(resources, lambda each: (each.tenant, each.resource_id))
        self._by_decision_id = _grouped(decisions, lambda each: (each.tenant, each.decision_id))

    # ---- Processes --------------------------------------------------------------------------------------------------

    def process(self, key: int) -> ProcessInfo | None:
        """A version of a process by its key, deleted ones too, since instances of it may still run."""
        return self._processes.get(key)

    def latest(self, tenant: str, process_id: str) -> ProcessInfo | None:
        """The latest version of a process."""
        versions = self._by_process_id.get((tenant, process_id))
        return versions[-1] if versions else None

    def before(self, process: ProcessInfo) -> ProcessInfo | None:
        """The latest version of a process before one of them."""
        versions = self._by_process_id.get((process.tenant, process.process_id), [])
        older = [each for each in versions if each.version < process.version]
        return older[-1] if older else None

    def in_file(self, resource_key: int) -> list[ProcessInfo]:
        """The versions of processes that one file defines."""
        return [each for each in self._processes.values() if each.resource_key == resource_key]

    def find(self, command: CreateInstance) -> ProcessInfo:
        """The version that a command is to start. Raises Rejection."""
        if command.process_definition_key:
            process = self._processes.get(command.process_definition_key)
            if process is None or process.deleted or process.tenant != command.tenant:
                raise _missing(f"key '{command.process_definition_key}'")
            return process
        versions = self._by_process_id.get((command.tenant, command.process_id), [])
        found: ProcessInfo | None
        if command.process_version != -1:
            found = next((each for each in versions if each.version == command.process_version), None)
        else:
            found = _bound(versions, command.binding, command.binding_deployment_key, command.binding_version_tag)
        if found is None:
            raise _missing(_described(command))
        return found

    # ---- Forms and other files --------------------------------------------------------------------------------------

    def resource(self, tenant: str, kind: str, resource_id: str) -> ResourceInfo | None:
        """The latest version of a form or another file."""
        versions = self._by_kind.get((tenant, kind, resource_id))
        return versions[-1] if versions else None

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the form that a task of `graph` links to, None if there is none."""
        versions = self._by_kind.get((graph.tenant, "form", form_id), [])
        found = _bound(versions, binding, graph.deployment_key, version_tag)
        return found.key if found else None

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of the file that a task of `graph` links to, of any kind but BPMN; None if there is none."""
        versions = self._by_resource_id.get((graph.tenant, resource_id), [])
        found = _bound(versions, binding, graph.deployment_key, version_tag)
        return found.key if found else None

    # ---- Decisions --------------------------------------------------------------------------------------------------

    def bound_decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> DecisionInfo | None:
        """The decision that a task of `graph` calls, None if there is none."""
        versions = self._by_decision_id.get((graph.tenant, decision_id), [])
        found: DecisionInfo | None = _bound(versions, binding, graph.deployment_key, version_tag)
        return found

    def find_decision(self, command: EvaluateDecision) -> DecisionInfo:
        """The decision that a client asks for. Raises Rejection."""
        if command.decision_key:
            info = self._decisions.get(command.decision_key)
            what = f"key '{command.decision_key}'"
        else:
            versions = self._by_decision_id.get((command.tenant, command.decision_id), [])
            info = versions[-1] if versions else None
            what = f"id '{command.decision_id}'"
        if info is None or info.tenant != command.tenant:
            raise Rejection("NOT_FOUND", f"Expected to evaluate decision with {what}, but no decision was found.")
        return info

    def requirements_id(self, decision: DecisionInfo) -> str:
        """The id of the requirements graph that a decision is part of."""
        return self._resources[decision.resource_key].resource_id

    def decisions_of(self, resource_key: int) -> list[DecisionInfo]:
        """The decisions of a requirements graph."""
        return [each for each in self._decisions.values() if each.resource_key == resource_key]


async def read_version(connection: Connection) -> int:
    """The number of the catalog that is current."""
    row = await (await connection.execute(READ_VERSION)).fetchone()
    return row[0] if row else 0


async def read_catalog(connection: Connection, version: int) -> Catalog:
    """Everything that is deployed, which is at least what was at `version`."""
    processes = await connection.execute(READ_PROCESSES)
    resources = await connection.execute(READ_RESOURCES)
    decisions = await connection.execute(READ_DECISIONS)
    return Catalog(
        version,
        [ProcessInfo(*row) for row in await processes.fetchall()],
        [ResourceInfo(*row) for row in await resources.fetchall()],
        [DecisionInfo(*row) for row in await decisions.fetchall()],
    )


def _grouped(rows: Iterable[Any], place: Any) -> dict[tuple[str, ...], list[Any]]:
    groups: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(place(row), []).append(row)
    return groups


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
