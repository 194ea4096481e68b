"""Modification: a token is put somewhere, taken away or moved, by an operator.

All checks come first, on all instructions; then everything is activated, then what is to end is ended, so that no
scope completes in between. A scope in which nothing is left ends with what was in it, up to the process itself.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.machine import events as ev
from engine.machine.commands import (
    ActivateInstruction,
    ModifyInstance,
    MoveInstruction,
    Rejection,
    TerminateInstruction,
)
from engine.machine.lifecycle import ElementState
from engine.machine.values import given_texts

if TYPE_CHECKING:
    from engine.machine.graph import Graph, Node
    from engine.machine.state import ElementInstance, Instance
    from engine.machine.work import Work


def modify(m: Work, command: ModifyInstance) -> None:
    """Carry out all instructions, or raise Rejection."""
    sources = [_sources(m.instance, move) for move in command.move]
    ending = [element for move in sources for element in move]
    ending += [element for instruction in command.terminate for element in _to_terminate(m.instance, instruction)]
    plans = [_plan(m.instance, instruction, None) for instruction in command.activate]
    for move, elements in zip(command.move, sources, strict=True):
        plans += [_plan(m.instance, move, element) for element in elements]
    for plan in plans:
        _activate(m, *plan)
    for element in _tops(ending):
        m.terminate(element)


# ---- What is meant --------------------------------------------------------------------------------------------------


def _to_terminate(instance: Instance, instruction: TerminateInstruction) -> list[ElementInstance]:
    if instruction.element_instance_key:
        element = instance.elements.get(instruction.element_instance_key)
        if element is None or element.state is ElementState.TERMINATING:
            raise Rejection(
                "INVALID_ARGUMENT",
                f"Expected to modify instance of process '{instance.graph.process_id}' but it contains one or more "
                f"terminate instructions with an element instance that could not be found: "
                f"'{instruction.element_instance_key}'",
            )
        return [element]
    return _active(instance, instruction.element_id)


def _sources(instance: Instance, move: MoveInstruction) -> list[ElementInstance]:
    if move.source_element_instance_key:
        return _to_terminate(instance, TerminateInstruction(element_instance_key=move.source_element_instance_key))
    return _active(instance, move.source_element_id)


def _active(instance: Instance, element_id: str) -> list[ElementInstance]:
    _node(instance.graph, element_id)
    found = [e for e in instance.elements.values() if e.node.id == element_id and not e.node.inner]
    if not found:
        reason = f"Expected an active element instance of '{element_id}' to end or to move, but there is none."
        raise Rejection("INVALID_ARGUMENT", reason)
    return found


def _node(graph: Graph, element_id: str) -> Node:
    node = graph.nodes.get(element_id)
    if node is None:
        reason = f"Expected an element with the id '{element_id}' in the process '{graph.process_id}', but found none."
        raise Rejection("INVALID_ARGUMENT", reason)
    return node


_Plan = tuple["Node", "ElementInstance", dict[str, dict[str, str]]]


def _plan(
    instance: Instance, instruction: ActivateInstruction | MoveInstruction, source: ElementInstance | None
) -> _Plan:
    """The node to enter, the existing scope it goes into or below, and variables (JSON texts) by scope id."""
    node = _node(instance.graph, instruction.element_id)
    if not node.behavior.enters_alone:
        reason = f"Expected an element to activate, but '{node.id}' is a {node.type}: it cannot be activated by itself."
        raise Rejection("INVALID_ARGUMENT", reason)
    variables = {wanted.scope_id: given_texts(wanted.variables) for wanted in instruction.variables}
    return node, _ancestor(instance, node, instruction, source), variables


def _ancestor(
    instance: Instance,
    node: Node,
    instruction: ActivateInstruction | MoveInstruction,
    source: ElementInstance | None,
) -> ElementInstance:
    """The nearest existing scope of the node: the chosen one, the one that the moved token is in, or the only one."""
    chosen = instruction.ancestor_key
    scope_nodes = list(_scopes(node))
    if chosen:
        found = instance.elements.get(chosen)
        if found is None or found.node not in scope_nodes:
            reason = f"Expected '{chosen}' to be an active scope around '{node.id}', but it is not."
            raise Rejection("INVALID_ARGUMENT", reason)
        return found
    around = list(_around(source)) if source is not None else []
    for scope in scope_nodes:
        own = [element for element in around if element.node is scope]
        existing = own or [e for e in instance.elements.values() if e.node is scope and _is_open(e)]
        if len(existing) > 1:
            keys = ", ".join(str(element.key) for element in existing)
            reason = f"Expected one active scope '{scope.drawn.id}', but there are several ({keys}): choose one."
            raise Rejection("INVALID_ARGUMENT", reason)
        if existing:
            return existing[0]
        if scope.inner:
            maker = f"the {scope.drawn.behavior.words} '{scope.drawn.id}'"
            reason = f"Expected an active scope in {maker} to put '{node.id}' into, but there is none."
            raise Rejection("INVALID_ARGUMENT", reason)
    return instance.root


def _is_open(element: ElementInstance) -> bool:
    return element.state in (ElementState.ACTIVATING, ElementState.ACTIVATED)


def _scopes(node: Node) -> Iterable[Node]:
    scope = node.scope
    while scope is not None:
        yield scope
        scope = scope.scope


def _around(element: ElementInstance) -> Iterable[ElementInstance]:
    scope = element.scope
    while scope is not None:
        yield scope
        scope = scope.scope


# ---- What happens ---------------------------------------------------------------------------------------------------


def _activate(m: Work, node: Node, ancestor: ElementInstance, variables: dict[str, dict[str, str]]) -> None:
    missing: list[Node] = []
    for scope in _scopes(node):
        if scope is ancestor.node:
            break
        missing.insert(0, scope)
    for name, text in variables.get("", {}).items():
        m.set_local(m.instance.root, name, text)
    current = ancestor
    for scope in missing:
        current = m.enter(scope, current, data={"direct": True}, variables=variables.get(scope.id))
    m.enter(node, current, variables=variables.get(node.id))


def _tops(ending: list[ElementInstance]) -> list[ElementInstance]:
    """What to end: a scope in place of its children where all of them end and nothing else is in it."""
    chosen = dict.fromkeys(ending)
    again = True
    while again:
        again = False
        for scope in dict.fromkeys(e.scope for e in chosen if e.scope is not None):
            if scope not in chosen and not scope.tokens and all(child in chosen for child in scope.children.values()):
                chosen[scope] = None
                again = True
    return [element for element in chosen if element.scope is None or element.scope not in chosen]


# ---- Preview --------------------------------------------------------------------------------------------------------


def twin(instance: Instance) -> Instance:
    """A copy that a command may be tried on; the graph is shared."""
    graph = instance.graph
    nodes = [*graph.nodes.values(), *graph.inner.values()]
    shared: list[Any] = [graph, *nodes, *graph.flows.values()]
    return copy.deepcopy(instance, {id(thing): thing for thing in shared})


def told(events: list[ev.Event], instance: Instance) -> dict[str, list[dict[str, Any]]]:
    """What events mean to an operator: which elements would be activated, completed and terminated, and which stuck."""
    ids = {key: element.node.id for key, element in instance.elements.items()}
    found: dict[str, list[dict[str, Any]]] = {"activated": [], "completed": [], "terminated": [], "incidents": []}
    for event in events:
        if isinstance(event, ev.ElementActivating):
            ids[event.key] = event.element_id
            found["activated"].append({"elementId": event.element_id})
        elif isinstance(event, ev.ElementCompleted):
            found["completed"].append({"elementId": ids[event.key], "elementInstanceKey": str(event.key)})
        elif isinstance(event, ev.ElementTerminated):
            found["terminated"].append({"elementId": ids[event.key], "elementInstanceKey": str(event.key)})
        elif isinstance(event, ev.IncidentCreated):
            found["incidents"].append({"elementId": ids[event.element_key], "message": event.message})
    return found
