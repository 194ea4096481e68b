"""What starts a process from outside: start events, and receive tasks and event-based gateways that instantiate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import feel
from engine.machine.graph import Graph, Node, StartDefinition, StartGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.bpmn.source import SourceElement

    Sources = Mapping[Node, SourceElement]


def find_starts(graph: Graph, sources: Sources) -> None:
    """Give the graph its starts; report those that cannot be, and a process that nothing can begin."""
    process = graph.process
    for node in process.nodes:
        if node.behavior.instantiates:
            _add_instantiating(graph, sources, node)
    starts = [node for node in process.nodes if node.type == "START_EVENT"]
    for node in starts:
        _add_start_event(graph, sources, node)
    named = [(start.kind, start.name) for start in graph.starts if start.kind in ("message", "signal")]
    for kind, name in {pair for pair in named if named.count(pair) > 1}:
        sources[process].problem(f"Must not start by the {kind} '{name}' in two start events.")
    if not starts and not graph.starts:
        _check_can_begin(process, sources[process])


def _add_instantiating(graph: Graph, sources: Sources, node: Node) -> None:
    added: list[StartDefinition] = []
    for target in node.behavior.starts_at(node):
        trigger = target.trigger or getattr((target.inner_node or target).behavior, "message", None)
        if trigger is not None:  # else its own check reports it
            added += [_add(graph, sources, target, part) for part in trigger.parts]
    if node.behavior.starts_together:
        StartGroup(node.id, tuple(added))


def _add_start_event(graph: Graph, sources: Sources, node: Node) -> None:
    if node.trigger is None:
        form = sources[node].extension("formDefinition")
        graph.start_form_id = form.get("formId") if form is not None else graph.start_form_id
        return
    added = [_add(graph, sources, node, part) for part in node.trigger.parts]
    if len(added) > 1 and node.trigger.parallel:
        StartGroup(node.id, tuple(added))


def _add(graph: Graph, sources: Sources, node: Node, trigger: Any) -> StartDefinition:
    name = getattr(trigger, "name", None)
    text = name if isinstance(name, str) else _evaluated(name)
    if name and not text:
        message = f"Must have a name that needs no variables, since it starts an instance, but it is '{name.text}'."
        sources[node].problem(message)
    start = StartDefinition(node.id, text, node, trigger)
    graph.starts.append(start)
    return start


def _evaluated(name: Any) -> str:
    """The name of a start event's message or signal, evaluated without variables; empty if it has none."""
    try:
        value = name.evaluate({}) if name is not None else None
    except feel.FeelError:
        return ""
    return value if isinstance(value, str) else ""


def _check_can_begin(process: Node, source: SourceElement) -> None:
    from engine.elements.scopes import begins_by_itself

    if not any(begins_by_itself(node) for node in process.nodes):
        source.problem("Must have a start event: draw one where the process begins.")
