"""Which nodes can still send a token to a joining gateway: computed once per gateway, when a model is compiled."""

from __future__ import annotations

from engine.machine.graph import Flow, Node


def reach_of(join: Node) -> dict[str, frozenset[str]]:
    """For each incoming flow of `join`, the ids of nodes from which a token can come to take it.

    A way through the join itself does not count: such a token arrives by another of its flows first. Boundary events
    and links are ways too.
    """
    return {flow.id: frozenset(_sources(flow, join)) for flow in join.incoming}


def _sources(flow: Flow, join: Node) -> set[str]:
    found: set[str] = set()
    waiting = [flow.source]
    while waiting:
        node = waiting.pop()
        if node is join or node.id in found:
            continue
        found.add(node.id)
        waiting += _before(node)
    return found


def _before(node: Node) -> list[Node]:
    before = [flow.source for flow in node.incoming]
    if node.attached_to is not None:
        before.append(node.attached_to)
    if node.trigger is not None and node.trigger.kind == "link" and node.scope is not None:
        before += [
            other
            for other in node.scope.nodes
            if other.type == "INTERMEDIATE_THROW_EVENT"
            and other.trigger is not None
            and other.trigger.kind == "link"
            and other.trigger.name == node.trigger.name
        ]
    return before
