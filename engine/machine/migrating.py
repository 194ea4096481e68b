"""Migration: a running instance goes on in another version, or another process, with the same tokens.

A mapping says which element of the target stands for which of the source. Everything active must be mapped to
something of the same kind in the same place; `verdict` says all that keeps an instance from it. Events around what is
active stay as they are where they are mapped (a timer keeps its date, what has come does not come again), are closed
where not, opened where they are new. What was completed and can be undone can be undone in the target, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.machine import catching, conditions, joint_starts
from engine.machine import events as ev
from engine.machine.apply import migrate_to
from engine.machine.commands import MigrateInstance, Rejection
from engine.machine.compensating import is_compensation, remembered, undoing_event, undone_by, within
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
    reasons, opened = _try(m, target, command.mapping)
    if reasons:
        raise Rejection("INVALID_STATE", f"Expected to migrate process instance '{instance.key}', but {reasons[0]}")
    for wait in _unmapped(instance, target, command.mapping):
        m.close_wait(wait)
    mapping = command.mapping | _completed(instance, target, command.mapping)
    event = ev.InstanceMigrated(instance.key, target.definition_key, mapping)
    m.events.append(event)
    migrate_to(instance, event, target)
    m.graph = target
    _place_remembered(m)
    for opening in opened:
        m.emit(opening)
    if opened and target.has_conditions:
        for element in instance.elements.values():
            m.later(conditions.check_opened, m, element)


# ---- The verdict ----------------------------------------------------------------------------------------------------


def verdict(m: Work, command: MigrateInstance) -> list[str]:
    """Every reason against the migration of an instance; none: it can be done. Nothing happens."""
    reasons, _ = _try(m, m.catalog.graph(command.target_process_definition_key), command.mapping)
    return reasons


def _try(m: Work, target: Graph, mapping: Mapping) -> tuple[list[str], list[ev.Event]]:
    """All reasons against it; where there are none, the events that open what the target waits for besides."""
    reasons = _check(m.instance, target, mapping)
    if reasons:
        return reasons, []
    try:
        return [], _new_subscriptions(m, target, mapping)
    except Stuck as stuck:
        return [f"what the target waits for cannot be opened: {stuck.message}"], []


def _check(instance: Instance, target: Graph, mapping: Mapping) -> list[str]:
    reasons = _check_mapping(instance.graph, target, mapping)
    for element in instance.elements.values():
        if element.scope is not None:
            reasons += _check_element(element, target, mapping)
        reasons += _check_tokens(element, target, mapping)
        reasons += _check_events(element, target, mapping)
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
    if not _same_kind(node, new):
        return [_other_kind(node, new)]
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


def _check_events(element: ElementInstance, target: Graph, mapping: Mapping) -> list[str]:
    """An event of an element must become one of the same kind; one that it waits for, where it can go on waiting."""
    host = _target_node(element.node, target, mapping)
    if host is None:
        return []
    reasons: list[str] = []
    awaited = set(_awaited(host))
    open_now = {_node_of(wait) for wait in element.waits.values()}
    became: dict[Node, Node] = {}
    for node in _awaited(element.node):
        new = _target_node(node, target, mapping)
        if new is None:
            continue
        if not _same_kind(node, new):
            reasons.append(_other_kind(node, new))
        elif node not in open_now:
            continue
        elif new not in awaited:
            reasons.append(f"'{node.id}' belongs to '{element.node.id}', but '{new.id}' does not to '{host.id}'.")
        elif new in became:
            reasons.append(f"'{became[new].id}' and '{node.id}' would both become '{new.id}'.")
        became[new] = node
    for wait in remembered(element):
        reasons += _check_undoing(wait.node, target, mapping, host)
    return reasons


def _awaited(node: Node) -> Iterator[Node]:
    """The events that an instance of the node waits for, apart from what it is itself."""
    if not node.inner:
        yield from node.boundary
    yield from node.event_starts
    yield from node.behavior.awaits(node)


def _same_kind(node: Node, new: Node) -> bool:
    if new.type != node.type or not node.behavior.migrates_to(new.behavior):
        return False
    return node.trigger is None or (new.trigger is not None and bool(node.trigger.migrates_to(new.trigger)))


def _other_kind(node: Node, new: Node) -> str:
    if node.trigger is not None and new.type == node.type:
        return f"'{node.id}' waits for {node.trigger.words}, but '{new.id}' does not."
    return f"'{node.id}' is a {node.type} and cannot become '{new.id}', a {new.type} of another kind."


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


# ---- What was completed and can be undone ---------------------------------------------------------------------------


def _check_undoing(node: Node, target: Graph, mapping: Mapping, host: Node) -> list[str]:
    """It must be undone in the target, too, in the same way, and from within `host`, which its scope becomes."""
    event = undoing_event(node)
    new_event = _target_node(event, target, mapping)
    if new_event is not None and not _same_kind(event, new_event):
        return [_other_kind(event, new_event)]
    new = _undone_as(node, target, mapping)
    if new is None:
        return [f"'{node.id}' can still be undone, and is not mapped to an element of the target."]
    if new_event is not None and new is not (_target_node(node, target, mapping) or new):
        return [f"'{event.id}' belongs to '{node.id}', but '{new_event.id}' does not to '{mapping[node.id]}'."]
    old_handler, handler = node.compensation, new.compensation
    if old_handler is None or handler is None:
        return [f"'{node.id}' can still be undone, but nothing in the target undoes '{new.id}'."]
    if handler.behavior.event_scope != old_handler.behavior.event_scope:
        ways = f"by the {old_handler.type} '{old_handler.id}', but '{new.id}' by the {handler.type} '{handler.id}'"
        return [f"'{node.id}' is undone {ways}."]
    if within(new, host) is None:
        return [f"'{new.id}' lies in another scope than what '{node.id}' was completed in."]
    return []


def _undone_as(node: Node, target: Graph, mapping: Mapping) -> Node | None:
    """What it is in the target: by the event that says how it is undone, else by itself, else by its id.

    Nothing asks for a mapping of what is over; what it has to undo must not be forgotten for want of one.
    """
    event = _target_node(undoing_event(node), target, mapping)
    if event is not None:
        return undone_by(event)
    return target.nodes.get(mapping.get(node.id, node.id))


def _completed(instance: Instance, target: Graph, mapping: Mapping) -> Mapping:
    """The mapping of what can be undone."""
    became: Mapping = {}
    for wait in instance.waits.values():
        if isinstance(wait, Subscription) and is_compensation(wait):
            new = _undone_as(wait.node, target, mapping)
            assert new is not None
            became[wait.node.id] = new.id
    return became


def _place_remembered(m: Work) -> None:
    """It is found by the activities that it was completed in, too: those around it in the target."""
    for wait in list(m.instance.waits.values()):
        if isinstance(wait, Subscription) and is_compensation(wait):
            data = wait.data or {}
            around = within(wait.node, wait.element.node)
            if around != data["within"]:
                m.emit(ev.SubscriptionChanged(wait.key, wait.element.key, {**data, "within": around}))


# ---- Waits ----------------------------------------------------------------------------------------------------------


def _node_of(wait: Wait) -> Node | None:
    return wait.node if isinstance(wait, (Timer, MessageSubscription, Subscription)) else None


def _unmapped(instance: Instance, target: Graph, mapping: Mapping) -> list[Wait]:
    found: list[Wait] = []
    for wait in instance.waits.values():
        node = _node_of(wait)
        if node is not None and not is_compensation(wait) and _target_node(node, target, mapping) is None:
            found.append(wait)
    return found


def _new_subscriptions(m: Work, target: Graph, mapping: Mapping) -> list[ev.Event]:
    """What the target waits for around what is active, and the source does not know. Raises Stuck."""
    opened: list[ev.Event] = []
    for element in m.instance.elements.values():
        new = _target_node(element.node, target, mapping)
        if new is None or element.state is not ElementState.ACTIVATED:
            continue
        known = {_target_node(node, target, mapping) for node in _awaited(element.node)}
        for event in _awaited(new):
            if event in known or (event in new.event_starts and catching.is_interrupted(element)):
                continue
            opened += event.behavior.catches(event).open(m, element, event)
    return opened


def propose(source: Graph, target: Graph) -> Mapping:
    """The obvious mapping between two versions: the same id, kind and place."""
    alike = {id for id, node in source.nodes.items() if node.scope is not None and _alike(node, target.nodes.get(id))}

    def stays(id: str) -> bool:
        """An event of an activity without a counterpart may stay, if it is one of a new activity now."""
        old, new = source.nodes[id].attached_to, target.nodes[id].attached_to
        if old is None or new is None:
            return old is new
        return old.id == new.id if old.id in alike else new.id not in alike

    return {id: id for id in source.nodes if id in alike and stays(id)}


def _alike(node: Node, new: Node | None) -> bool:
    """The same id, the same kind, in scopes that are alike."""
    if new is None or node.scope is None or new.scope is None:
        return new is not None and node.scope is new.scope
    return node.id == new.id and _same_kind(node, new) and _alike(node.scope, new.scope)
