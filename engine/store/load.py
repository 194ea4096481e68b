"""Rows → instances, for those that are not in memory.

What is open is read, one statement per table for all instances at once; what has ended is not, but for the inner
instances of open multi-instance bodies, whose results the body collects. An instance that is in memory but behind its
row is not read again: the log rows that are missing are applied to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from engine.machine import events as ev
from engine.machine.apply import apply
from engine.machine.graph import Graph, Node
from engine.machine.lifecycle import (
    ElementState,
    IncidentType,
    JobKind,
    JobState,
    ListenerEvent,
    SubscriptionKind,
    UserTaskState,
)
from engine.machine.state import (
    ElementInstance,
    Incident,
    Instance,
    Job,
    MessageSubscription,
    Subscription,
    Timer,
    UserTask,
    Variable,
    Wait,
)
from engine.store.arrays import Int4Array, Int8Array
from engine.store.keys import PART_SHIFT

Connection = AsyncConnection[tuple[Any, ...]]
Instances = dict[int, Instance]

_decode = msgspec.json.decode

_OF_INSTANCES = "unnest(%b::integer[], %b::bigint[]) AS k (part, key)"


def milliseconds(column: str) -> str:
    """A time in milliseconds since the epoch."""
    return f"(extract(epoch FROM {column}) * 1000)::bigint"


def iso_text(column: str) -> str:
    """A time as ISO 8601 text."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def _of_instances(columns: str, table: str, condition: str) -> bytes:
    match = "t.part = k.part AND t.process_instance_key = k.key"
    return f"SELECT {columns} FROM {_OF_INSTANCES} JOIN {table} AS t ON {match} {condition}".encode()  # noqa: S608


# In the order of keys, so that two transactions cannot wait for each other.
LOCK_INSTANCES = f"""
    SELECT t.key, t.version, t.ended_at IS NOT NULL, t.process_definition_key
    FROM {_OF_INSTANCES} JOIN process_instance AS t ON t.part = k.part AND t.key = k.key
    ORDER BY t.part, t.key FOR NO KEY UPDATE OF t
""".encode()  # noqa: S608

READ_LOG = (
    b"SELECT t.process_instance_key, t.seq, " + milliseconds("t.at").encode() + b", t.events "
    b"FROM unnest(%b::integer[], %b::bigint[], %b::integer[]) AS k (part, key, seq) "
    b"JOIN log AS t ON t.part = k.part AND t.process_instance_key = k.key AND t.seq > k.seq "
    b"ORDER BY t.process_instance_key, t.seq"
)

READ_INSTANCES = f"""
    SELECT t.key, t.process_definition_key, t.tenant_id, t.state, t.version, t.parent_process_instance_key,
        t.parent_element_instance_key, t.root_process_instance_key, t.business_id, t.tags, t.tokens, t.data,
        {milliseconds("t.started_at")}, {milliseconds("t.suspended_at")}
    FROM {_OF_INSTANCES} JOIN process_instance AS t ON t.part = k.part AND t.key = k.key
""".encode()  # noqa: S608

# Scopes come before what is in them, since keys of one process grow and a scope is made first; across processes they
# may not, so `_place` does not rely on it.
READ_ELEMENTS = _of_instances(
    "t.process_instance_key, t.key, t.scope_key, t.element_id, t.inner, t.state, t.loop_counter, t.tokens, t.data, "
    f"t.result, {milliseconds('t.started_at')}",
    "element_instance",
    "AND t.ended_at IS NULL",
)
READ_ENDED_INNER = (
    b"SELECT t.process_instance_key, t.scope_key, t.state, t.loop_counter, t.result "
    b"FROM unnest(%b::integer[], %b::bigint[], %b::bigint[]) AS k (part, instance_key, key) "
    b"JOIN element_instance AS t ON t.part = k.part AND t.process_instance_key = k.instance_key "
    b"AND t.scope_key = k.key AND t.ended_at IS NOT NULL"
)
READ_VARIABLES = (
    b"SELECT t.process_instance_key, t.scope_key, t.name, t.key, t.value "
    b"FROM unnest(%b::integer[], %b::bigint[], %b::bigint[]) AS k (part, instance_key, key) "
    b"JOIN variable AS t ON t.part = k.part AND t.process_instance_key = k.instance_key AND t.scope_key = k.key"
)
READ_JOBS = _of_instances(
    "t.process_instance_key, t.key, t.element_instance_key, t.type, t.kind, t.listener, t.state, t.retries, "
    f"t.priority, t.headers, {milliseconds('t.created_at')}, {milliseconds('t.due_at')}, t.error_code, t.error_message",
    "job",
    "AND t.ended_at IS NULL",
)
READ_USER_TASKS = _of_instances(
    "t.process_instance_key, t.key, t.element_instance_key, t.state, t.assignee, t.candidate_groups, "
    f"t.candidate_users, t.priority, {iso_text('t.due_date')}, {iso_text('t.follow_up_date')}, t.form_key, "
    f"t.external_form_reference, t.headers, t.action, {milliseconds('t.created_at')}",
    "user_task",
    "AND t.ended_at IS NULL",
)
READ_TIMERS = _of_instances(
    f"t.process_instance_key, t.key, t.element_instance_key, t.node_id, {milliseconds('t.due_at')}, t.repetitions, "
    "t.cycle",
    "timer",
    "",
)
READ_SUBSCRIPTIONS = _of_instances(
    "t.process_instance_key, t.key, t.element_instance_key, t.node_id, t.kind, t.name, t.data",
    "event_subscription",
    "",
)
READ_MESSAGE_SUBSCRIPTIONS = f"""
    SELECT t.process_instance_key, t.key, t.element_instance_key, t.node_id, t.name, t.correlation_key,
        {milliseconds("t.updated_at")}
    FROM unnest(%b::bigint[]) AS k (key)
    JOIN message_subscription AS t ON t.process_instance_key = k.key AND t.state = 'CREATED'
""".encode()  # noqa: S608
READ_INCIDENTS = _of_instances(
    "t.process_instance_key, t.key, t.element_instance_key, t.type, t.message, t.job_key, "
    f"{milliseconds('t.created_at')}",
    "incident",
    "AND t.ended_at IS NULL",
)


def key_parameters(keys: Sequence[int]) -> list[Any]:
    """The parts and the keys, as the statements here want them."""
    return [Int4Array([key >> PART_SHIFT for key in keys]), Int8Array(keys)]


async def load(connection: Connection, keys: Sequence[int], graph_of: Callable[[int], Graph]) -> Instances:
    """Read running instances. `graph_of` gives the graph of a definition key and must know all that are needed.

    Runs in the caller's transaction, which holds the instances' locks, in four round trips at most.
    """
    parameters = key_parameters(keys)
    cursor = await connection.execute(READ_INSTANCES, parameters)
    instances = {row[0]: _instance(row, graph_of) for row in await cursor.fetchall()}
    cursor = await connection.execute(READ_ELEMENTS, parameters)
    _place_elements(instances, await cursor.fetchall())
    await _load_scopes(connection, instances)
    await _load_waits(connection, instances, parameters)
    return instances


def _instance(row: Any, graph_of: Callable[[int], Graph]) -> Instance:
    instance = Instance(graph_of(row[1]), row[0], row[2], row[12], new=False)
    instance.root.state = ElementState(row[3])
    instance.version = row[4]
    instance.parent_key, instance.parent_element_key, instance.root_key = row[5], row[6], row[7]
    instance.business_id = row[8]
    instance.tags = _decode(row[9]) if row[9] else []
    instance.root.tokens = _decode(row[10]) if row[10] else {}
    instance.root.data = _decode(row[11]) if row[11] else None
    instance.suspended_at = row[13]
    return instance


def _place_elements(instances: Instances, rows: list[Any]) -> None:
    """Make the element instances, each after its scope, and those in one scope in the order in which they began."""
    waiting = {row[1]: row for row in sorted(rows, key=lambda row: row[1])}
    for row in list(waiting.values()):
        chain = []
        current = row
        while current is not None and current[1] in waiting:
            chain.append(waiting.pop(current[1]))
            current = waiting.get(current[2])
        for each in reversed(chain):
            _place(instances[each[0]], each)


def _place(instance: Instance, row: Any) -> None:
    _, key, scope_key, element_id, inner, state, loop_counter, tokens, data, result, started_at = row
    scope = instance.elements[scope_key]
    node = instance.graph.node(element_id, inner)
    element = ElementInstance(instance, key, node, scope, started_at, False, loop_counter)
    element.state = ElementState(state)
    element.tokens = _decode(tokens) if tokens else {}
    element.data = _decode(data) if data else None
    element.result = result
    instance.elements[key] = scope.children[key] = element


async def _load_scopes(connection: Connection, instances: Instances) -> None:
    """Variables of every open scope, and the score of every open multi-instance body."""
    scopes = [element for instance in instances.values() for element in instance.elements.values()]
    bodies = [element for element in scopes if element.node.inner_node is not None]
    variables = await connection.execute(READ_VARIABLES, _scope_parameters(scopes))
    inner = await connection.execute(READ_ENDED_INNER, _scope_parameters(bodies)) if bodies else None
    for instance_key, scope_key, name, key, value in await variables.fetchall():
        scope = instances[instance_key].elements[scope_key]
        scope.variables[name] = Variable(key, scope, name, value, new=False)
    for row in await inner.fetchall() if inner else ():
        _count_inner(instances[row[0]].elements[row[1]], row)


def _scope_parameters(scopes: list[ElementInstance]) -> list[Any]:
    keys = [scope.instance.key for scope in scopes]
    return [*key_parameters(keys), Int8Array([scope.key for scope in scopes])]


def _count_inner(body: ElementInstance, row: Any) -> None:
    _, _, state, loop_counter, result = row
    if loop_counter is None:
        return  # an inner instance that is not counted: of an ad-hoc sub-process
    if state == ElementState.COMPLETED:
        body.completed += 1
        if result is not None:
            body.results[loop_counter] = result
    else:
        body.terminated += 1


async def _load_waits(connection: Connection, instances: Instances, parameters: list[Any]) -> None:
    """All waits, in one round trip, in the order of their keys within each kind."""
    queries = [
        (await connection.execute(query, parameters[1:] if query is READ_MESSAGE_SUBSCRIPTIONS else parameters), make)
        for query, make in _WAITS
    ]
    for cursor, make in queries:
        for row in sorted(await cursor.fetchall()):
            element = instances[row[0]].elements[row[2]]
            wait = make(row, element)
            element.waits[wait.key] = element.instance.waits[wait.key] = wait


def _event_node(element: ElementInstance, node_id: str) -> Node:
    """The node that waits; where it is the element itself, that may be an inner activity."""
    return element.node if element.node.id == node_id else element.instance.graph.nodes[node_id]


def _job(row: Any, element: ElementInstance) -> Job:
    _, key, _, type, kind, listener, state, retries, priority, headers, created_at, due_at, code, message = row
    job = Job(key, element, False, type, JobKind(kind), ListenerEvent(listener), retries, priority, headers, created_at)
    # The machine does not know locks: to it an activated job is one that is to be had.
    job.state = JobState.CREATED if state == JobState.ACTIVATED else JobState(state)
    job.retry_at = due_at if job.state is JobState.FAILED else None
    job.error_code, job.error_message = code, message
    return job


def _user_task(row: Any, element: ElementInstance) -> UserTask:
    task = UserTask(row[1], element, False, row[14])
    task.state = UserTaskState(row[3])
    task.assignee, task.candidate_groups, task.candidate_users, task.priority = row[4:8]
    task.due_date, task.follow_up_date, task.form_key, task.external_form_reference = row[8:12]
    task.headers, task.action = row[12], row[13]
    return task


def _timer(row: Any, element: ElementInstance) -> Timer:
    _, key, _, node_id, due_at, repetitions, cycle = row
    return Timer(key, element, False, _event_node(element, node_id), due_at, repetitions, cycle)


def _subscription(row: Any, element: ElementInstance) -> Subscription:
    _, key, _, node_id, kind, name, data = row
    node = _event_node(element, node_id)
    return Subscription(key, element, False, node, SubscriptionKind(kind), name, _decode(data) if data else None)


def _message_subscription(row: Any, element: ElementInstance) -> MessageSubscription:
    _, key, _, node_id, name, correlation_key, updated_at = row
    node = _event_node(element, node_id)
    return MessageSubscription(key, element, False, node, name, correlation_key, updated_at)


def _incident(row: Any, element: ElementInstance) -> Incident:
    _, key, _, type, message, job_key, created_at = row
    return Incident(key, element, False, IncidentType(type), message, job_key, created_at)


_WAITS: tuple[tuple[bytes, Callable[[Any, ElementInstance], Wait]], ...] = (
    (READ_JOBS, _job),
    (READ_USER_TASKS, _user_task),
    (READ_TIMERS, _timer),
    (READ_SUBSCRIPTIONS, _subscription),
    (READ_MESSAGE_SUBSCRIPTIONS, _message_subscription),
    (READ_INCIDENTS, _incident),
)


async def catch_up(connection: Connection, behind: Sequence[tuple[Instance, int]]) -> tuple[list[Wait], list[Wait]]:
    """Bring instances in memory to the version that is given with each, by what other processes have logged since.

    Answers the waits that were opened and those that were closed.
    """
    known = {instance.key: instance for instance, _ in behind}
    versions = Int4Array([instance.version for instance in known.values()])
    cursor = await connection.execute(READ_LOG, [*key_parameters(list(known)), versions])
    for key, _, at, events in await cursor.fetchall():
        for event in ev.decode(events):
            apply(known[key], event, at)
    waits: list[Wait] = []
    for instance, version in behind:
        waits += [changed for changed in instance.changes if isinstance(changed, Wait)]
        settle(instance)
        instance.version = version  # not every command has left a log row
    return [wait for wait in waits if wait.open], [wait for wait in waits if not wait.open]


def settle(instance: Instance) -> None:
    """What has changed is in the rows already."""
    for changed in instance.changes:
        if isinstance(changed, (ElementInstance, Variable, Wait)):
            changed.new = False
        if isinstance(changed, Job):
            changed.released = False
    instance.changes.clear()
