"""Starts that need several things, on a bench: the rules are those of engine/runtime/events/joint_starts.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import commands as c
from engine.machine.joint_starts import Waiting, is_known, place_of, receivers
from engine.machine.lifecycle import SubscriptionKind
from engine.machine.state import MessageSubscription, Subscription

if TYPE_CHECKING:
    from engine.machine.graph import Graph, StartGroup
    from engine.sandbox.bench import Bench


def instead(bench: Bench, graph: Graph, command: c.CreateInstance) -> list[Waiting] | None:
    """Who waits for what is about to begin an instance; nobody where it is no news; None: it begins one."""
    group = graph.start_group(command.start_event) if command.start_event is not None else None
    if group is None:
        return None
    waiting = _waiting(bench, graph, group)
    chosen = receivers(command, waiting)
    return chosen if chosen or is_known(group, command, waiting) else None


def keyless(bench: Bench, graph: Graph, element_id: str, name: str) -> MessageSubscription | None:
    """The oldest instance that began at a start event by something else and waits for a message without a key."""
    if graph.start_group(element_id) is None:
        return None
    found = (
        wait
        for wait in bench.waits(MessageSubscription)
        if (wait.node.id, wait.name, wait.correlation_key) == (element_id, name, "") and _is_of(wait, graph)
    )
    return next(found, None)


def _waiting(bench: Bench, graph: Graph, group: StartGroup) -> list[Waiting]:
    place = place_of(graph, group)
    found = [
        Waiting(wait.key, wait.element.instance.key, **(wait.data or {}))
        for wait in bench.waits(Subscription)
        if wait.kind is SubscriptionKind.START and wait.name == place
    ]
    messages = (keyless(bench, graph, s.element_id, s.name) for s in group.starts if s.kind == "message")
    return found + [Waiting(m.key, m.element.instance.key, "message", m.name) for m in messages if m is not None]


def _is_of(wait: MessageSubscription, graph: Graph) -> bool:
    return wait.element.instance.graph.process_id == graph.process_id
