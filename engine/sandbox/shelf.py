"""What is deployed on the bench of a sandbox: files, each in one version.

Drafts are one deployment; what is deployed already and only referred to is another, so that a reference bound to the
deployment of its process finds what it would find in earnest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from engine import dmn
from engine.machine.commands import DEFAULT_TENANT, CreateInstance
from engine.machine.graph import Graph
from engine.runtime.deployed.catalog import Catalog, ProcessInfo, ResourceInfo
from engine.runtime.deployed.decisions import DecisionInfo, DeployedDecision
from engine.runtime.deployed.files import BPMN, FORM, File, read_files


class Source(msgspec.Struct, frozen=True):
    """A file; `deployed`: not a draft, but what the drafts refer to."""

    name: str
    content: bytes
    deployed: bool = False


class Shelf:
    """Compiled files, as the machine (Catalog) and the bench (Deployed) ask for them."""

    secret = b"a sandbox draws the same lots each time"

    def __init__(self, sources: Sequence[Source], new_key: Callable[[], int]) -> None:
        """Raises InvalidDeployment with everything that is wrong with any of the files."""
        self._new_key = new_key
        self._graphs: dict[int, Graph] = {}
        self._models: dict[int, dmn.Model] = {}
        self._contents: dict[int, bytes] = {}
        self._processes: list[ProcessInfo] = []
        self._resources: list[ResourceInfo] = []
        self._decisions: list[DecisionInfo] = []
        deployments = {of_drafts: new_key() for of_drafts in (False, True)}
        deployed = {(source.name, source.content): source.deployed for source in sources}
        for file in read_files([(source.name, source.content) for source in sources]):  # in an order of its own
            self._add(file, deployments[deployed[file.name, file.content]])
        self._catalog = Catalog(1, self._processes, self._resources, self._decisions)

    def _add(self, file: File, deployment_key: int) -> None:
        key = self._new_key()
        self._contents[key] = file.content
        if file.kind == BPMN:
            for graph in file.graphs:
                self._add_process(file, graph, key, deployment_key)
            return
        resource = ResourceInfo(
            key, file.kind, file.resource_id, 1, DEFAULT_TENANT, file.version_tag, deployment_key, file.name
        )
        self._resources.append(resource)
        if file.model is not None:
            self._models[key] = file.model
            self._decisions += [
                DecisionInfo(self._new_key(), decision.id, decision.name, 1, DEFAULT_TENANT, None, key, deployment_key)
                for decision in file.decisions
            ]

    def _add_process(self, file: File, graph: Graph, resource_key: int, deployment_key: int) -> None:
        graph.definition_key, graph.version, graph.deployment_key = self._new_key(), 1, deployment_key
        process = ProcessInfo(
            graph.definition_key, graph.process_id, 1, DEFAULT_TENANT, graph.version_tag, deployment_key, resource_key,
            file.name, False,
        )  # fmt: skip
        self._processes.append(process)
        self._graphs[process.key] = graph

    # ---- For the machine and the bench ------------------------------------------------------------------------------

    def find(self, command: CreateInstance) -> Graph:
        return self._graphs[self._catalog.find(command).key]

    def latest(self) -> Iterable[Graph]:
        return self._graphs.values()

    def graph(self, key: int) -> Graph:
        return self._graphs[key]

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        return self._catalog.resource_key(resource_id, binding, version_tag, graph)

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        return self._catalog.form_key(form_id, binding, version_tag, graph)

    def decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> DeployedDecision | None:
        info = self._catalog.bound_decision(decision_id, binding, version_tag, graph)
        if info is None:
            return None
        siblings = {each.decision_id: each for each in self._catalog.decisions_of(info.resource_key)}
        return DeployedDecision(info, self._models[info.resource_key], siblings)

    # ---- For people -------------------------------------------------------------------------------------------------

    def form(self, key: int) -> bytes:
        """The JSON text of a form."""
        return self._contents[key]

    def start_form(self, graph: Graph) -> bytes | None:
        """The form that a process is started with, if it is on the shelf."""
        form = self._catalog.resource(DEFAULT_TENANT, FORM, graph.start_form_id) if graph.start_form_id else None
        return self._contents[form.key] if form else None

    def text_of(self, graph: Graph) -> bytes:
        """The BPMN file that a process is defined in."""
        process = self._catalog.process(graph.definition_key)
        assert process is not None
        return self._contents[process.resource_key]
