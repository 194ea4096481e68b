"""Migration: a running instance goes on in another version, or another process, with the same tokens.

A mapping says which element of the target stands for which of the source. Everything active must be mapped to
something of the same kind in the same place; `check` says all that keeps an instance from it. Events that are waited
for stay as they are where they are mapped (a timer keeps its date), are closed where not, opened where they are new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import catching, joint_starts
from engine.machine import events as ev
from engine.machine.apply import migrate_to
from engine.machine.commands import MigrateInstance, Rejection
from engine.machine.lifecycle import ElementState
from engine.machine.state import MessageSubscription, Subscription, Timer, Wait
from engine.machine.values import Stuck

if TYPE_CHECKING:
    from engine.machine.graph import Graph, Node
    from engine.machine.state import ElementInstance, Instance
    from engine.machine.work import Work

Mapping = dict[str, str]


def migrate(m: Work, command: MigrateInstance) -> None:
    """Move the instance to the target definition, or raise Rejection with every reason against it."""
    instance = m.instance
    target = m.catalog.graph(command.target_process_definition_key)
    reasons = check(instance, target, command.mapping)
    if reasons:
        raise Rejection("INVALID_STATE", f"Expected to migrate process instance '{instance.key}', but {reasons[0]}")
    try:
        opened = _new_subscriptions(m, target, command.mapping)
    except Stuck as stuck:
        raise Rejection("INVALID_STATE", f"Expected to open the target's events, but {stuck.message}") from stuck
    for wait in _unmapped(instance, target, command.mapping):
        m.close_wait(wait)
    event = ev.InstanceMigrated(instance.key, target.definition_key, command.mapping)
    m.events.append(event)
    migrate_to(instance, event, target)
    m.graph = target
    for opening in opened:
        m.emit(opening)


# ---- The verdict ----------------------------------------------------------------------------------------------------


def check(instance: Instance, target: Graph, mapping: Mapping) -> list[str]:
    """Every reason against the migration of an instance; none: it can be done."""
    reasons = _check_mapping(instance.graph, target, mapping)
    for element in instance.elements.values():
        if element.scope is not None:
            reasons += _check_element(element, target, mapping)
        reasons += _check_tokens(element, target, mapping)
    return list(dict.fromkeys(reasons))


def _check_mapping(source: Graph, target: Graph, mapping: Mapping) -> list[str]:
    reasons = [f"the source has no element '{id}'." for id in mapping if id not in source.nodes]
    return reasons + [f"the target has no element '{id}'." for id in mapping.values() if id not in target.nodes]


def _check_element(element: ElementInstance, target: Graph, mapping: Mapping) -> list[str]:
    node = element.node
    if element.state is ElementState.TERMINATING or (element.data and "then" in element.data):
        return [f"'{node.id}' is ending: try again in a moment."]
    if joint_starts.is_awaited(element):
        return [f"'{node.id}' waits for what else begins the process: try again once all of it has come."]
    new = _target_node(node, target, mapping)
    if new is None:
        return [f"'{node.id}' is active and is not mapped to an element of the target."]
    if new.type != node.type or not node.behavior.migrates_to(new.behavior):
        return [f"'{node.id}' is a {node.type} and cannot become '{new.id}', a {new.type} of another kind."]
    if node.trigger is not None and (new.trigger is None or new.trigger.kind != node.trigger.kind):
        return [f"'{node.id}' waits for a {node.trigger.kind}, but '{new.id}' does not."]
    assert element.scope is not None
    if new.scope is not _target_node(element.scope.node, target, mapping):
        return [f"'{new.id}' lies in another scope than what '{node.id}' is active in."]
    return []


def _check_tokens(scope: ElementInstance, target: Graph, mapping: Mapping) -> list[str]:
    """A token that waits at a gateway must find its flow again, by the same id, before the mapped gateway."""
    reasons: list[str] = []
    for flow_id in scope.tokens:
        gateway = scope.instance.graph.flows[flow_id].target
        flow = target.flows.get(flow_id)
        if flow is None or not flow.held or flow.target.id != mapping.get(gateway.id, gateway.id):
            reasons.append(f"a token waits at '{gateway.id}' on the flow '{flow_id}', which the target has not there.")
    return reasons


def _target_node(node: Node, target: Graph, mapping: Mapping) -> Node | None:
    if node.scope is None:
        return target.process
    id = _target_id(node.id, mapping)
    known = target.inner if node.inner else target.nodes
    return known.get(id) if id is not None else None


def _target_id(id: str, mapping: Mapping) -> str | None:
    """The inner instances of an ad-hoc sub-process have an id that follows from its own."""
    own, mark, rest = id.partition("#")
    mapped = mapping.get(own)
    return None if mapped is None else mapped + mark + rest


# ---- Waits ----------------------------------------------------------------------------------------------------------


def _node_of(wait: Wait) -> Node | None:
    return wait.node if isinstance(wait, (Timer, MessageSubscription, Subscription)) else None


def _unmapped(instance: Instance, target: Graph, mapping: Mapping) -> list[Wait]:
    found: list[Wait] = []
    for wait in instance.waits.values():
        node = _node_of(wait)
        if node is not None and _target_node(node, target, mapping) is None:
            found.append(wait)
    return found


def _new_subscriptions(m: Work, target: Graph, mapping: Mapping) -> list[ev.Event]:
    """What the target waits for around what is active, and the source did not."""
    opened: list[ev.Event] = []
    for element in m.instance.elements.values():
        new = _target_node(element.node, target, mapping)
        if new is None or element.state is not ElementState.ACTIVATED:
            continue
        known = {_target_node(node, target, mapping) for node in map(_node_of, element.waits.values()) if node}
        starts = () if catching.is_interrupted(element) else new.event_starts
        for event in (*(new.boundary if not new.inner else ()), *starts):
            if event not in known:
                opened += event.trigger.open(m, element, event)
    return opened


def propose(source: Graph, target: Graph) -> Mapping:
    """The obvious mapping between two versions: the same id, type and place."""
    mapping: Mapping = {}
    for id, node in source.nodes.items():
        new = target.nodes.get(id)
        if new is None or node.scope is None or new.scope is None or new.type != node.type:
            continue
        if new.scope.id == node.scope.id or node.scope.scope is None is new.scope.scope:
            mapping[id] = id
    return mapping
