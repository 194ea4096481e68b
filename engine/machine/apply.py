"""The only mutator: what an event does to an instance.

Every function takes the event's instance, the event and the time of its log row. What it changes it also notes in
`instance.changes`, for the store. Applied to the same state, the same events give the same state, wherever that is:
where the command ran, in another server process that catches up from the log, or in a test that replays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.machine import events as ev
from engine.machine.graph import Graph, Node
from engine.machine.lifecycle import (
    MOVES,
    ElementState,
    IncidentType,
    JobKind,
    JobState,
    ListenerEvent,
    SubscriptionKind,
    UserTaskState,
)
from engine.machine.state import (
    DecisionEvaluation,
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


class Defect(Exception):
    """An event that cannot follow on the state: a defect of the engine, never of a model or a request."""


def apply(instance: Instance, event: ev.Event, at: int) -> None:
    """Change the instance by one event that happened at `at` (milliseconds since the epoch)."""
    _APPLY[type(event)](instance, event, at)


def instance_of(graph: Graph, event: ev.InstanceCreated, at: int) -> Instance:
    """The instance that `event` creates; it is new, so the store inserts it."""
    instance = Instance(graph, event.key, event.tenant, at, new=True)
    instance.parent_key = event.parent_key
    instance.parent_element_key = event.parent_element_key
    instance.root_key = event.root_key or event.key
    instance.business_id = event.business_id
    instance.tags = list(event.tags)
    instance.changes[instance] = None
    return instance


def migrate_to(instance: Instance, event: ev.InstanceMigrated, graph: Graph) -> None:
    """Let an instance go on in another graph; whatever waits for an event that is not mapped has been closed."""
    mapping = event.mapping
    instance.graph = graph
    instance.migrated = True
    for element in instance.elements.values():
        own, mark, rest = element.node.id.partition("#")
        id = mapping.get(own, own) + mark + rest
        element.node = graph.process if element.scope is None else graph.node(id, element.node.inner)
        instance.changes[element] = None
    for wait in instance.waits.values():
        if isinstance(wait, (Timer, MessageSubscription, Subscription)):
            wait.node = graph.node(mapping.get(wait.node.id, wait.node.id), wait.node.inner)
    instance.changes[instance] = None


# ---- Element instances ----------------------------------------------------------------------------------------------


def _activating(instance: Instance, event: ev.ElementActivating, at: int) -> None:
    scope = instance.elements[event.scope_key]
    node = instance.graph.node(event.element_id, event.inner)
    element = ElementInstance(instance, event.key, node, scope, at, True, event.loop_counter)
    scope.children[event.key] = element
    instance.elements[event.key] = element
    instance.changes[element] = None


def _move(instance: Instance, key: int, state: ElementState) -> ElementInstance:
    element = instance.elements[key]
    if state not in MOVES[element.state]:
        raise Defect(f"{element!r} cannot become {state.name}")
    element.state = state
    instance.changes[element] = None
    return element


def _activated(instance: Instance, event: ev.ElementActivated, at: int) -> None:
    _move(instance, event.key, ElementState.ACTIVATED)


def _completing(instance: Instance, event: ev.ElementCompleting, at: int) -> None:
    _move(instance, event.key, ElementState.COMPLETING)


def _terminating(instance: Instance, event: ev.ElementTerminating, at: int) -> None:
    _move(instance, event.key, ElementState.TERMINATING)


def _completed(instance: Instance, event: ev.ElementCompleted, at: int) -> None:
    _leave(instance, _move(instance, event.key, ElementState.COMPLETED), at)


def _terminated(instance: Instance, event: ev.ElementTerminated, at: int) -> None:
    _leave(instance, _move(instance, event.key, ElementState.TERMINATED), at)


def _leave(instance: Instance, element: ElementInstance, at: int) -> None:
    if element.children or element.waits:
        raise Defect(f"{element!r} ended before what is in it: {element.children} {element.waits}")
    element.ended_at = at
    if element.scope is None:
        instance.ended_at = at
        instance.changes[instance] = None
    else:
        del element.scope.children[element.key]
        if element.loop_counter is not None:
            _count(element.scope, element)
    del instance.elements[element.key]


def _count(body: ElementInstance, inner: ElementInstance) -> None:
    """Keep the score of a multi-instance body; its rows are the inner instances' own."""
    if inner.state is ElementState.COMPLETED:
        body.completed += 1
        if inner.result is not None and inner.loop_counter is not None:
            body.results[inner.loop_counter] = inner.result
    else:
        body.terminated += 1


def _flow_taken(instance: Instance, event: ev.SequenceFlowTaken, at: int) -> None:
    if event.held:
        scope = instance.elements[event.scope_key]
        scope.tokens[event.flow_id] = scope.tokens.get(event.flow_id, 0) + 1
        instance.changes[scope] = None


def _tokens_consumed(instance: Instance, event: ev.TokensConsumed, at: int) -> None:
    scope = instance.elements[event.scope_key]
    for flow_id in event.flow_ids:
        scope.tokens[flow_id] -= 1
        if not scope.tokens[flow_id]:
            del scope.tokens[flow_id]
    instance.changes[scope] = None


def _data_changed(instance: Instance, event: ev.DataChanged, at: int) -> None:
    element = instance.elements[event.key]
    element.data = event.data
    instance.changes[element] = None


def _result_recorded(instance: Instance, event: ev.ResultRecorded, at: int) -> None:
    element = instance.elements[event.key]
    element.result = event.text
    instance.changes[element] = None


# ---- Variables ------------------------------------------------------------------------------------------------------


def _variable_created(instance: Instance, event: ev.VariableCreated, at: int) -> None:
    scope = instance.elements[event.scope_key]
    variable = Variable(event.key, scope, event.name, event.text, new=True)
    scope.variables[event.name] = variable
    instance.changes[variable] = None


def _variable_updated(instance: Instance, event: ev.VariableUpdated, at: int) -> None:
    variable = instance.elements[event.scope_key].variables[event.name]
    variable.write(event.text)
    instance.changes[variable] = None


# ---- Waits ----------------------------------------------------------------------------------------------------------


def _open(instance: Instance, wait: Wait) -> None:
    wait.element.waits[wait.key] = wait
    instance.waits[wait.key] = wait
    instance.changes[wait] = None


def _close(instance: Instance, key: int) -> Any:
    wait = instance.waits.pop(key)
    wait.open = False
    del wait.element.waits[key]
    instance.changes[wait] = None
    return wait


def _job_created(instance: Instance, event: ev.JobCreated, at: int) -> None:
    job = Job(
        event.key,
        instance.elements[event.element_key],
        True,
        event.type,
        JobKind(event.kind),
        ListenerEvent(event.listener),
        event.retries,
        event.priority,
        event.headers,
        at,
    )
    _open(instance, job)


def _end_job(instance: Instance, key: int, state: JobState, at: int) -> Job:
    job: Job = _close(instance, key)
    job.state = state
    job.retry_at = None
    job.ended_at = at
    return job


def _job_completed(instance: Instance, event: ev.JobCompleted, at: int) -> None:
    _end_job(instance, event.key, JobState.COMPLETED, at)


def _job_canceled(instance: Instance, event: ev.JobCanceled, at: int) -> None:
    _end_job(instance, event.key, JobState.CANCELED, at)


def _job_error_thrown(instance: Instance, event: ev.JobErrorThrown, at: int) -> None:
    job = _end_job(instance, event.key, JobState.ERROR_THROWN, at)
    job.error_code = event.code
    job.error_message = event.message


def _job(instance: Instance, key: int) -> Job:
    job = instance.waits[key]
    assert isinstance(job, Job)
    instance.changes[job] = None
    return job


def _job_failed(instance: Instance, event: ev.JobFailed, at: int) -> None:
    job = _job(instance, event.key)
    available = event.retries > 0 and event.retry_at is None
    job.state = JobState.CREATED if available else JobState.FAILED
    job.retries = event.retries
    job.retry_at = event.retry_at
    job.error_message = event.message
    job.released = True


def _job_updated(instance: Instance, event: ev.JobUpdated, at: int) -> None:
    job = _job(instance, event.key)
    job.retries = event.retries
    job.priority = event.priority


def _job_recurred(instance: Instance, event: ev.JobRecurred, at: int) -> None:
    job = _job(instance, event.key)
    job.state = JobState.CREATED
    job.retry_at = None
    job.released = True


def _job_error_uncaught(instance: Instance, event: ev.JobErrorUncaught, at: int) -> None:
    job = _job(instance, event.key)
    job.state = JobState.ERROR_THROWN
    job.retry_at = None
    job.error_code = event.code
    job.error_message = event.message
    job.released = True


def _timer_scheduled(instance: Instance, event: ev.TimerScheduled, at: int) -> None:
    element = instance.elements[event.element_key]
    node = instance.graph.nodes[event.node_id]
    _open(instance, Timer(event.key, element, True, node, event.due_at, event.repetitions, event.cycle))


def _message_subscription_opened(instance: Instance, event: ev.MessageSubscriptionOpened, at: int) -> None:
    element = instance.elements[event.element_key]
    node = _event_node(instance, event.node_id, element)
    _open(instance, MessageSubscription(event.key, element, True, node, event.name, event.correlation_key, at))


def _event_node(instance: Instance, node_id: str, element: ElementInstance) -> Node:
    """The node that waits; where it is the element itself, that may be an inner activity (a receive task)."""
    return element.node if element.node.id == node_id else instance.graph.nodes[node_id]


def _message_correlated(instance: Instance, event: ev.MessageCorrelated, at: int) -> None:
    subscription = instance.waits[event.key]
    assert isinstance(subscription, MessageSubscription)
    subscription.updated_at = at
    if event.closes:
        _close(instance, event.key)
        subscription.message_key = event.message_key
    instance.changes[subscription] = None


def _message_subscription_closed(instance: Instance, event: ev.MessageSubscriptionClosed, at: int) -> None:
    _close(instance, event.key).updated_at = at


def _subscription_opened(instance: Instance, event: ev.SubscriptionOpened, at: int) -> None:
    element = instance.elements[event.element_key]
    node = instance.graph.nodes[event.node_id]
    kind = SubscriptionKind(event.kind)
    _open(instance, Subscription(event.key, element, True, node, kind, event.name, event.data))


def _subscription_changed(instance: Instance, event: ev.SubscriptionChanged, at: int) -> None:
    subscription = instance.waits[event.key]
    assert isinstance(subscription, Subscription)
    del subscription.element.waits[event.key]
    subscription.element = instance.elements[event.element_key]
    subscription.element.waits[event.key] = subscription
    subscription.data = event.data
    instance.changes[subscription] = None


def _wait_closed(instance: Instance, event: Any, at: int) -> None:
    _close(instance, event.key)


def _incident_created(instance: Instance, event: ev.IncidentCreated, at: int) -> None:
    element = instance.elements[event.element_key]
    kind = IncidentType(event.type)
    _open(instance, Incident(event.key, element, True, kind, event.message, event.job_key, at))


def _incident_resolved(instance: Instance, event: ev.IncidentResolved, at: int) -> None:
    _close(instance, event.key).ended_at = at


def _decision_evaluated(instance: Instance, event: ev.DecisionEvaluated, at: int) -> None:
    element = instance.elements[event.element_key]
    instance.changes[DecisionEvaluation(event.key, element, event.decision_key, event.trace)] = None


# ---- User tasks -----------------------------------------------------------------------------------------------------


def _user_task_creating(instance: Instance, event: ev.UserTaskCreating, at: int) -> None:
    task = UserTask(event.key, instance.elements[event.element_key], True, at)
    task.assignee = event.assignee
    task.candidate_groups = event.candidate_groups
    task.candidate_users = event.candidate_users
    task.due_date = event.due_date
    task.follow_up_date = event.follow_up_date
    task.priority = event.priority
    task.form_key = event.form_key
    task.external_form_reference = event.external_form_reference
    task.headers = event.headers
    _open(instance, task)


def _user_task(instance: Instance, key: int) -> UserTask:
    task = instance.waits[key]
    assert isinstance(task, UserTask)
    instance.changes[task] = None
    return task


def _user_task_moved(instance: Instance, event: ev.UserTaskMoved, at: int) -> None:
    task = _user_task(instance, event.key)
    task.state = UserTaskState(event.state)
    task.action = event.action or task.action
    if task.state in (UserTaskState.COMPLETED, UserTaskState.CANCELED):
        _close(instance, event.key)
        task.ended_at = at


def _user_task_assigned(instance: Instance, event: ev.UserTaskAssigned, at: int) -> None:
    _user_task(instance, event.key).assignee = event.assignee


def _user_task_updated(instance: Instance, event: ev.UserTaskUpdated, at: int) -> None:
    task = _user_task(instance, event.key)
    task.candidate_groups = event.candidate_groups
    task.candidate_users = event.candidate_users
    task.due_date = event.due_date
    task.follow_up_date = event.follow_up_date
    task.priority = event.priority


# ---- The instance ---------------------------------------------------------------------------------------------------


def _suspended(instance: Instance, event: ev.InstanceSuspended, at: int) -> None:
    instance.suspended_at = at
    instance.changes[instance] = None


def _resumed(instance: Instance, event: ev.InstanceResumed, at: int) -> None:
    instance.suspended_at = None
    instance.changes[instance] = None


def _business_id_assigned(instance: Instance, event: ev.BusinessIdAssigned, at: int) -> None:
    instance.business_id = event.business_id
    instance.changes[instance] = None


def _created(instance: Instance, event: ev.InstanceCreated, at: int) -> None:
    raise Defect("the first event of an instance is applied by instance_of")


_APPLY: dict[type[ev.Event], Callable[[Instance, Any, int], None]] = {
    ev.InstanceCreated: _created,
    ev.ElementActivating: _activating,
    ev.ElementActivated: _activated,
    ev.ElementCompleting: _completing,
    ev.ElementCompleted: _completed,
    ev.ElementTerminating: _terminating,
    ev.ElementTerminated: _terminated,
    ev.SequenceFlowTaken: _flow_taken,
    ev.TokensConsumed: _tokens_consumed,
    ev.DataChanged: _data_changed,
    ev.ResultRecorded: _result_recorded,
    ev.VariableCreated: _variable_created,
    ev.VariableUpdated: _variable_updated,
    ev.JobCreated: _job_created,
    ev.JobCompleted: _job_completed,
    ev.JobFailed: _job_failed,
    ev.JobErrorThrown: _job_error_thrown,
    ev.JobCanceled: _job_canceled,
    ev.JobUpdated: _job_updated,
    ev.JobRecurred: _job_recurred,
    ev.JobErrorUncaught: _job_error_uncaught,
    ev.TimerScheduled: _timer_scheduled,
    ev.TimerTriggered: _wait_closed,
    ev.TimerCanceled: _wait_closed,
    ev.MessageSubscriptionOpened: _message_subscription_opened,
    ev.MessageCorrelated: _message_correlated,
    ev.MessageSubscriptionClosed: _message_subscription_closed,
    ev.SubscriptionOpened: _subscription_opened,
    ev.SubscriptionChanged: _subscription_changed,
    ev.SubscriptionClosed: _wait_closed,
    ev.IncidentCreated: _incident_created,
    ev.IncidentResolved: _incident_resolved,
    ev.DecisionEvaluated: _decision_evaluated,
    ev.UserTaskCreating: _user_task_creating,
    ev.UserTaskMoved: _user_task_moved,
    ev.UserTaskAssigned: _user_task_assigned,
    ev.UserTaskUpdated: _user_task_updated,
    ev.InstanceSuspended: _suspended,
    ev.InstanceResumed: _resumed,
    ev.BusinessIdAssigned: _business_id_assigned,
}
