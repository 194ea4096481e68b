"""How an instance begins: at its none start event, at a start event that was triggered, or at given elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import events as ev
from engine.machine import joint_starts
from engine.machine.commands import CreateInstance, Rejection

if TYPE_CHECKING:
    from engine.machine.graph import Graph, Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


def check_start(graph: Graph, command: CreateInstance) -> None:
    """Raise Rejection where the process has not what the command wants to start at."""
    for element_id in [i.element_id for i in command.start_instructions] + command.terminate_after:
        _check_element(graph, element_id)
    for instruction in command.start_instructions:
        _check_can_start(graph.nodes[instruction.element_id])
    if not command.start_instructions and command.start_event is None and graph.process.start is None:
        raise Rejection(
            "INVALID_STATE",
            f"Expected the process '{graph.process_id}' to have a none start event, but it has none: it starts by "
            "a message, a signal or a timer only, or with start instructions.",
        )


def _check_element(graph: Graph, element_id: str) -> None:
    if element_id not in graph.nodes:
        raise Rejection(
            "INVALID_ARGUMENT",
            f"Expected an element with the id '{element_id}' in the process '{graph.process_id}', but there is none.",
        )


def _check_can_start(node: Node) -> None:
    """Not at an event that belongs to another element, and not inside what makes the scopes in it by itself."""
    if not node.behavior.enters_alone:
        raise Rejection(
            "INVALID_ARGUMENT", f"Expected an element to start at, but '{node.id}' is a {node.type}: not supported."
        )
    scope: Node | None = node.scope
    while scope is not None:
        if scope.inner:
            raise Rejection(
                "INVALID_ARGUMENT",
                f"Expected an element to start at, but '{node.id}' is inside the {scope.drawn.behavior.words} "
                f"'{scope.drawn.id}', which decides itself what begins in it.",
            )
        scope = scope.scope


def start_instance(m: Work, command: CreateInstance) -> None:
    """Write the first variables and queue the beginning of the root element instance."""
    root = m.instance.root
    data: dict[str, object] = {}
    if command.depth:
        data["depth"] = command.depth
    if command.terminate_after:
        data["terminate_after"] = command.terminate_after
    if command.start_instructions:
        data["start_at"] = [instruction.element_id for instruction in command.start_instructions]
    if command.start_event is not None:
        data.update(start=command.start_event, payload=command.variables)
    first = joint_starts.first_of(m.graph, command)
    if first is not None:
        data["first"] = first
    if data:
        m.emit(ev.DataChanged(root.key, data))
    if command.start_event is None:
        for name, text in m.texts(command.variables).items():
            m.set_local(root, name, text)
    m.later(m.try_step, m.begin, root)


def enter_at(m: Work, node: Node) -> ElementInstance:
    """Enter a node wherever it lies: the sub-processes around it are entered first, without their start events."""
    return m.enter(node, _scope_for(m, node.scope))


def _scope_for(m: Work, scope: Node | None) -> ElementInstance:
    root = m.instance.root
    if scope is None or scope is root.node:
        return root
    around = _scope_for(m, scope.scope)
    for child in around.children.values():
        if child.node is scope and child.data and child.data.get("direct"):
            return child
    return m.enter(scope, around, data={"direct": True})
