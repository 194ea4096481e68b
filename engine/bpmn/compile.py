"""BPMN XML → Graph: read, resolve references, unfold loops, check.

Everything wrong with a file is reported at once, each with the element, its line and the mend. What only says how a
diagram looks (text annotations, groups, data that is only drawn, the diagram itself) is passed over.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import engine.elements
import engine.triggers
from engine.bpmn.catchers import check_catchers
from engine.bpmn.reach import reach_of
from engine.bpmn.source import BPMN, Document, SourceElement
from engine.bpmn.starts import find_starts
from engine.elements.base import Behavior
from engine.elements.reading import (
    read_data_inputs,
    read_data_outputs,
    read_listeners,
    read_mappings,
    read_properties,
)
from engine.elements.registry import ELEMENTS, LOOPS, TRIGGERS, Problem
from engine.machine.graph import Flow, Graph, Node
from engine.triggers.multiple import MultipleTrigger
from engine.xml import XmlError, parse

# Every module of the two packages registers what it knows; nothing else names them.
for _package in (engine.elements, engine.triggers):
    for _module in pkgutil.iter_modules(_package.__path__):
        importlib.import_module(f"{_package.__name__}.{_module.name}")

#: What a process may contain that does not execute.
_DRAWN = frozenset(
    {
        "association",
        "dataInputAssociation",
        "dataObject",
        "dataObjectReference",
        "dataOutputAssociation",
        "dataStoreReference",
        "documentation",
        "extensionElements",
        "group",
        "humanPerformer",
        "incoming",
        "ioBinding",
        "ioSpecification",
        "laneSet",
        "outgoing",
        "performer",
        "potentialOwner",
        "property",
        "textAnnotation",
        "auditing",
        "monitoring",
        "artifact",
        "correlationSubscription",
        "resourceRole",
        "supportedInterfaceRef",
        "supports",
        "completionCondition",
    }
)


class InvalidModel(Exception):
    """A file that cannot be deployed; `problems` says all that is wrong with it."""

    def __init__(self, resource_name: str, problems: list[Problem]) -> None:
        super().__init__(f"'{resource_name}': " + "; ".join(str(problem) for problem in problems))
        self.resource_name = resource_name
        self.problems = problems


class Model:
    """A compiled file: its executable processes."""

    def __init__(self, processes: list[Graph]) -> None:
        self.processes = processes


def compile_model(xml: bytes, resource_name: str = "") -> Model:
    """Compile a BPMN file (bytes of XML). Raises InvalidModel with everything that is wrong."""
    try:
        document = Document(parse(xml))
    except XmlError as error:
        raise InvalidModel(resource_name, [Problem("", error.line, error.message)]) from error
    processes = _compile(document)
    if document.problems:
        raise InvalidModel(resource_name, document.problems)
    return Model(processes)


def _compile(document: Document) -> list[Graph]:
    root = SourceElement(document, document.root)
    if document.root.tag != f"{{{BPMN}}}definitions":
        found, expected = document.root.tag, f"{{{BPMN}}}definitions"
        document.problem("", root.line, f"This is not a BPMN 2.0 file: its root is '{found}', not '{expected}'.")
        return []
    document.check_names()
    executable = [p for p in root.children("process") if p.flag("isExecutable")]
    if not executable:
        message = "The file has no executable process: set isExecutable (“Executable”) on the one that should run."
        document.problem("", root.line, message)
    return [_Compiler(document, process).compile() for process in executable]


class _Compiler:
    """Compiles one process. `sources` and `checked` remember where each node came from."""

    def __init__(self, document: Document, source: SourceElement) -> None:
        self.document = document
        self.source = source
        self.sources: dict[Node, SourceElement] = {}
        self.checked: list[tuple[Node, SourceElement]] = []
        self.lanes: dict[str, str] = {}  # names by the id of a flow node
        process = Node(source.id, source.name, ELEMENTS["process"].read(source), None)
        self.graph = Graph(source.id, source.name or None, process)
        if not source.id:
            source.problem("Must have an id: it is what the process is started by.")

    def compile(self) -> Graph:
        graph, process = self.graph, self.graph.process
        self.sources[process] = self.source
        process.properties = read_properties(self.source)
        process.documentation = self._documentation(self.source)
        self._read_surroundings(process, self.source)
        self._read_process()
        self._read_lanes(self.source)
        self._read_scope(process, self.source)
        self._check()
        for node in graph.nodes.values():
            if node.joins:
                node.reach = reach_of(node)
        return graph

    def _read_process(self) -> None:
        tag = self.source.extension("versionTag")
        self.graph.version_tag = tag.get("value") if tag is not None else None

    def _read_lanes(self, source: SourceElement) -> None:
        """The lane of each flow node; lanes within lanes come later, so that the innermost wins."""
        for lanes in source.children("laneSet", "childLaneSet"):
            for lane in lanes.children("lane"):
                for reference in lane.children("flowNodeRef"):
                    self.lanes[self.document.id_of(reference.text())] = lane.name or lane.id
                self._read_lanes(lane)

    # ---- Scopes -----------------------------------------------------------------------------------------------------

    def _read_scope(self, scope: Node, source: SourceElement) -> None:
        flows: list[SourceElement] = []
        nodes: list[Node] = []
        around = self._listening(scope)
        for child in source.children():
            if child.tag == "sequenceFlow":
                flows.append(child)
            elif child.tag in ELEMENTS:
                nodes.append(self._read_node(child, around if child.flag("triggeredByEvent") else scope))
            elif child.tag not in _DRAWN and child.tag not in LOOPS:
                child.problem(f"Must be of a kind that executes: '{child.tag}' is not supported.")
        scope.nodes = tuple(node for node in nodes if node.scope is scope)
        if around is not scope:
            around.nodes = tuple(node for node in nodes if node.scope is around)
        for flow in flows:
            self._read_flow(flow, scope)
        for node in nodes:
            self._finish_node(node)
        self._read_associations(source)
        self._find_starts(scope)
        self._find_event_starts(around)
        if scope.scope is None and not nodes:
            source.problem("Must have a flow element: the process is empty.")

    def _read_node(self, source: SourceElement, scope: Node) -> Node:
        if not source.id:
            source.problem(f"Must have an id: this {source.tag} has none.")
        behavior: Behavior = ELEMENTS[source.tag].read(source)
        loop = self._read_loop(source, behavior)
        if loop is None:
            node = Node(source.id, source.name, behavior, scope)
        else:
            node = Node(source.id, source.name, LOOPS[loop.tag](source, loop), scope)
            node.behavior.instantiates = behavior.instantiates
            inner = Node(source.id, source.name, behavior, node, inner=True)
            node.inner_node, node.nodes = inner, (inner,)
            self.graph.inner[source.id] = inner
        self.graph.nodes[source.id] = node
        self.sources[node] = source
        active = node.inner_node or node
        node.properties = active.properties = read_properties(source)
        node.documentation = active.documentation = self._documentation(source)
        active.lane = self.lanes.get(source.id, "")
        self._read_surroundings(active, source)
        active.trigger = self._read_trigger(source, active)
        if behavior.container:
            self._read_scope(self._inside(active), source)
        self.checked.append((active, source))
        return node

    @staticmethod
    def _read_loop(source: SourceElement, behavior: Behavior) -> SourceElement | None:
        loops = source.children(*LOOPS)
        if not loops:
            return None
        if not behavior.activity:
            source.problem("Must have no loop: only an activity may be repeated.")
            return None
        if len(loops) > 1:
            source.problem(f"Must have at most one loop, but has {len(loops)}.")
        return loops[0]

    @staticmethod
    def _documentation(source: SourceElement) -> str:
        return "\n".join(text for child in source.children("documentation") if (text := child.text()))

    def _inside(self, node: Node) -> Node:
        """The scope that a container's children run in: its own, or that of the inner instances it makes."""
        behavior = node.behavior.inner_instance()
        if behavior is None:
            return node
        inside = Node(f"{node.id}#innerInstance", node.name, behavior, node, inner=True)
        node.inner_node = self.graph.inner[inside.id] = inside
        return inside

    @staticmethod
    def _listening(scope: Node) -> Node:
        """Where the event sub-processes of a scope listen: in an ad-hoc sub-process, around its inner instances."""
        if scope.scope is not None and scope.inner and scope.scope.behavior.inner_instance() is not None:
            return scope.scope
        return scope

    def _read_surroundings(self, node: Node, source: SourceElement) -> None:
        node.inputs = read_data_inputs(source) + read_mappings(source, "input")
        node.outputs = read_mappings(source, "output")
        node.writes, node.copies = read_data_outputs(source)
        node.listeners = read_listeners(source)

    def _read_trigger(self, source: SourceElement, node: Node) -> Any:
        position = getattr(node.behavior, "position", None)
        definitions = self._definitions(source)
        if position is None or not definitions:
            return None
        if position == "start" and node.scope is not None and node.scope.type == "EVENT_SUB_PROCESS":
            position = "event sub-process"
        for definition in definitions:
            if definition.tag not in TRIGGERS:
                source.problem(f"Must have an event definition that executes: '{definition.tag}' is not supported.")
                return None
        node.interrupting = self._interrupts(source, position)
        trigger = (
            TRIGGERS[definitions[0].tag](definitions[0], source, position)
            if len(definitions) == 1
            else MultipleTrigger(definitions, source, position)
        )
        self.graph.has_conditions |= any(part.kind == "conditional" for part in trigger.parts)
        return trigger

    @staticmethod
    def _definitions(source: SourceElement) -> list[SourceElement]:
        """What makes an event happen: written in it, or beside the process for several events to refer to."""
        definitions: list[SourceElement] = []
        for child in source.children():
            if child.tag.endswith("EventDefinition"):
                definitions.append(child)
            elif child.tag == "eventDefinitionRef":
                found = source.find(child.text())
                if found is None:
                    child.problem(f"Must refer to an event definition, but nothing has the id '{child.text()}'.")
                else:
                    definitions.append(found)
        return definitions

    @staticmethod
    def _interrupts(source: SourceElement, position: str) -> bool:
        attribute = {"boundary": "cancelActivity", "event sub-process": "isInterrupting"}.get(position)
        return attribute is None or source.flag(attribute, default=True)

    # ---- Flows ------------------------------------------------------------------------------------------------------

    def _read_flow(self, source: SourceElement, scope: Node) -> None:
        start, end = (self._flow_end(source, scope, attribute) for attribute in ("sourceRef", "targetRef"))
        if start is None or end is None:
            return
        condition = source.child("conditionExpression")
        compiled = source.feel(condition.text(), "the condition") if condition is not None else None
        flow = Flow(source.id or self._flow_id(start, end), start, end, compiled)
        flow.source.outgoing += (flow,)
        flow.target.incoming += (flow,)
        self.graph.flows[flow.id] = flow

    def _flow_id(self, source: Node, target: Node) -> str:
        """An id for a flow that was drawn without one: the same each time the file is compiled."""
        id = f"{source.id}_to_{target.id}"
        while id in self.graph.flows or self.document.has(id):
            id += "_again"
        return id

    def _flow_end(self, source: SourceElement, scope: Node, attribute: str) -> Node | None:
        id = source.referred(attribute)
        node = self.graph.nodes.get(id or "")
        if node is None:
            source.problem(f"Must lead from one element of the process to another, but its {attribute} is '{id}'.")
        elif node.scope is not scope:
            source.problem(f"Must not cross the border of a sub-process, but its {attribute} '{id}' lies in another.")
        else:
            return node
        return None

    # ---- What refers to other nodes ---------------------------------------------------------------------------------

    def _finish_node(self, node: Node) -> None:
        source = self.sources[node]
        default = source.referred("default")
        if default is not None:
            node.default = next((flow for flow in node.outgoing if flow.id == default), None)
            if node.default is None:
                source.problem(f"Must have a default flow of its own, but '{default}' does not leave it.")
        if source.flag("isForCompensation"):
            node.handler = True
            if node.incoming or node.outgoing:
                source.problem("Must have no sequence flows: it runs only where the activity it belongs to is undone.")
        node.conditional = any(flow.condition is not None for flow in node.outgoing)
        if node.type == "BOUNDARY_EVENT":
            self._attach(node, source)
        node.joins = len(node.incoming) > 1 and type(node.behavior).arrived is not Behavior.arrived
        for flow in node.incoming:
            flow.held = node.joins

    def _attach(self, node: Node, source: SourceElement) -> None:
        id = source.referred("attachedToRef")
        host = self.graph.nodes.get(id or "")
        if host is None or host.scope is not node.scope or not host.behavior.activity:
            source.problem(f"Must be attached to an activity of its own scope, but attachedToRef is '{id}'.")
            return
        node.attached_to = host
        if node.trigger is not None and node.trigger.kind != "compensation":
            host.boundary += (node,)

    def _read_associations(self, source: SourceElement) -> None:
        """An association from a compensation boundary event ties its activity to the handler."""
        for association in source.children("association"):
            event = self.graph.nodes.get(association.referred("sourceRef") or "")
            handler = self.graph.nodes.get(association.referred("targetRef") or "")
            if event is None or handler is None or event.attached_to is None or event.trigger is None:
                continue
            if event.trigger.kind == "compensation":
                if event.attached_to.compensation is not None:
                    self.sources[event].problem(f"Must be the only handler of '{event.attached_to.id}'.")
                event.attached_to.compensation = handler
                handler.handler = True
                if handler.incoming or handler.outgoing:
                    association.problem(f"Must lead to a handler without sequence flows, but '{handler.id}' has some.")

    def _find_starts(self, scope: Node) -> None:
        starts = [node for node in scope.nodes if node.type == "START_EVENT"]
        plain = [node for node in starts if node.trigger is None]
        source = self.sources.get(scope) or self.source
        if len(plain) > 1:
            source.problem(f"Must have at most one none start event, but has {len(plain)}.")
        if scope.type == "SUB_PROCESS" and len(starts) > len(plain):
            source.problem("Must start with a none start event: an embedded sub-process is entered by its flow.")
        scope.start = plain[0] if plain else None
        if scope.scope is None:
            find_starts(self.graph, self.sources)

    def _find_event_starts(self, scope: Node) -> None:
        starts_inside = [
            start
            for node in scope.nodes
            if node.type == "EVENT_SUB_PROCESS"
            for start in node.nodes
            if start.type == "START_EVENT" and start.trigger is not None
        ]
        scope.event_starts = tuple(start for start in starts_inside if start.trigger.kind != "compensation")
        for start in starts_inside:
            if start.trigger.kind == "compensation":
                self._compensate_by(scope, start)

    def _compensate_by(self, scope: Node, start: Node) -> None:
        """An event sub-process that starts with compensation is how the sub-process around it is undone."""
        compensable = scope.scope if scope.inner else scope
        source = self.sources[start]
        assert start.scope is not None
        if compensable is None or compensable.scope is None:
            source.problem("Must lie in a sub-process: a process as a whole is never compensated.")
        elif compensable.compensation is not None:
            source.problem(f"Must be the only handler of '{scope.id}', which has another.")
        else:
            compensable.compensation = start.scope
            start.scope.handler = True
            start.scope.start = start

    # ---- Checks -----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        for node, source in self.checked:
            node.behavior.check(node, source)
        for node in self.sources:
            check_catchers(node.boundary, self.sources)
        for scope in (self.graph.process, *(node for node, _ in self.checked)):
            check_catchers(scope.event_starts, self.sources)
