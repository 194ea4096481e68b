"""Instances → rows: what a batch of commands changed, as rows per statement.

`Rows.collect` walks the changes of an instance once and sorts them into the batch statements below; nothing is sent
before all commands of the batch are done. What is added with `Rows.add` for other tables goes out with them. The
statements run in the order in which they stand in `STATEMENTS`, then the others in the order of their first row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from engine.machine import events as ev
from engine.machine.lifecycle import JobState
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
from engine.store import tables
from engine.store.arrays import array_literal
from engine.store.batch import Row, Statement, delete, insert, update
from engine.store.decisions import INSERT_DECISION, decision_rows
from engine.store.keys import PART_SHIFT, part_of_text

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_json = msgspec.json.Encoder().encode

# ---- The statements -------------------------------------------------------------------------------------------------

INSERT_INSTANCE = insert(
    tables.process_instance,
    [
        "part", "key", "process_definition_key", "tenant_id", "state", "version", "parent_process_instance_key",
        "parent_element_instance_key", "root_process_instance_key", "business_id", "tags", "tokens", "data",
        "started_at", "ended_at", "suspended_at",
    ],
)  # fmt: skip
UPDATE_INSTANCE = update(
    tables.process_instance,
    ["part", "key", "process_definition_key", "state", "version", "tokens", "data", "ended_at", "suspended_at"],
)
INSERT_ELEMENT = insert(
    tables.element_instance,
    [
        "part", "process_instance_key", "key", "scope_key", "process_definition_key", "element_id", "inner", "state",
        "loop_counter", "tokens", "data", "result", "started_at", "ended_at",
    ],
)  # fmt: skip
UPDATE_ELEMENT = update(
    tables.element_instance,
    [
        "part", "process_instance_key", "key", "process_definition_key", "element_id", "state", "tokens", "data",
        "result", "ended_at",
    ],
)  # fmt: skip
INSERT_VARIABLE = insert(tables.variable, ["part", "process_instance_key", "scope_key", "name", "key", "value"])
UPDATE_VARIABLE = update(tables.variable, ["part", "process_instance_key", "scope_key", "name", "value"])
INSERT_JOB = insert(
    tables.job,
    [
        "part", "key", "process_instance_key", "root_process_instance_key", "process_definition_key",
        "element_instance_key", "element_id", "scope_keys", "tenant_id", "type", "kind", "listener", "state",
        "retries", "priority", "headers", "attempt", "worker", "lease_token", "activated_at", "due_at",
        "error_code", "error_message", "created_at", "updated_at", "ended_at",
    ],
)  # fmt: skip
# The last worker stays in the row; its lock goes.
END_JOB = update(
    tables.job,
    ["part", "key", "state", "error_code", "error_message", "ended_at"],
    "state = u.state, error_code = u.error_code, error_message = u.error_message, ended_at = u.ended_at, "
    "updated_at = u.ended_at, due_at = NULL, lease_token = NULL",
    name="end job",
)
# An attempt at a job that nobody had activated counts as one, so that attempts have a number each.
RELEASE_JOB = update(
    tables.job,
    [
        "part", "key", "state", "retries", "priority", "error_code", "error_message", "worker", "lease_token",
        "activated_at", "due_at", "attempt", "updated_at",
    ],
    "state = u.state, retries = u.retries, priority = u.priority, error_code = u.error_code, "
    "error_message = u.error_message, worker = coalesce(u.worker, t.worker), lease_token = u.lease_token, "
    "activated_at = coalesce(u.activated_at, t.activated_at), due_at = u.due_at, updated_at = u.updated_at, "
    "attempt = t.attempt + u.attempt + (t.state = 0)::int",
    name="release job",
)  # fmt: skip
UPDATE_JOB = update(tables.job, ["part", "key", "retries", "priority", "updated_at"])
INSERT_ATTEMPT = Statement(
    "insert job_attempt",
    "INSERT INTO job_attempt (part, job_key, attempt, worker, outcome, message, activated_at, ended_at) "
    "SELECT t.part, t.key, t.attempt + (t.state = 0)::int, t.worker, u.outcome, u.message, t.activated_at, u.ended_at "
    "FROM unnest(%b::integer[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[]) "
    "AS u (part, key, outcome, message, ended_at) JOIN job AS t ON t.part = u.part AND t.key = u.key "
    "ON CONFLICT DO NOTHING",
    ["part", "key", "outcome", "message", "ended_at"],
    [INSERT_JOB.arrays[0], INSERT_JOB.arrays[1], INSERT_JOB.arrays[9], INSERT_JOB.arrays[22], INSERT_JOB.arrays[25]],
)
_TASK_DATES = ("due_date", "follow_up_date")
INSERT_USER_TASK = insert(
    tables.user_task,
    [
        "part", "key", "process_instance_key", "root_process_instance_key", "process_definition_key",
        "element_instance_key", "element_id", "tenant_id", "state", "assignee", "candidate_groups",
        "candidate_users", "priority", "due_date", "follow_up_date", "form_key", "external_form_reference",
        "headers", "action", "created_at", "ended_at",
    ],
    _TASK_DATES,
)  # fmt: skip
UPDATE_USER_TASK = update(
    tables.user_task,
    [
        "part", "key", "process_definition_key", "element_id", "state", "assignee", "candidate_groups",
        "candidate_users", "priority", "due_date", "follow_up_date", "action", "ended_at",
    ],
    times_as_text=_TASK_DATES,
)  # fmt: skip
INSERT_TIMER = insert(
    tables.timer,
    ["part", "key", "process_instance_key", "element_instance_key", "node_id", "due_at", "repetitions", "cycle"],
)
DELETE_TIMER = delete(tables.timer)
INSERT_SUBSCRIPTION = insert(
    tables.event_subscription,
    [
        "part", "key", "process_instance_key", "element_instance_key", "tenant_id", "node_id", "kind", "name",
        "data",
    ],
)  # fmt: skip
UPDATE_SUBSCRIPTION = update(tables.event_subscription, ["part", "key", "element_instance_key", "node_id", "data"])
DELETE_SUBSCRIPTION = delete(tables.event_subscription)
INSERT_MESSAGE_SUBSCRIPTION = insert(
    tables.message_subscription,
    [
        "part", "key", "process_instance_key", "element_instance_key", "process_definition_key", "process_id",
        "tenant_id", "node_id", "name", "correlation_key", "state", "created_at", "updated_at",
    ],
)  # fmt: skip
UPDATE_MESSAGE_SUBSCRIPTION = update(
    tables.message_subscription,
    ["part", "key", "process_definition_key", "process_id", "node_id", "state", "updated_at"],
)
INSERT_INCIDENT = insert(
    tables.incident,
    [
        "part", "key", "process_instance_key", "root_process_instance_key", "process_definition_key",
        "element_instance_key", "element_id", "job_key", "tenant_id", "type", "message", "created_at", "ended_at",
    ],
)  # fmt: skip
UPDATE_INCIDENT = update(tables.incident, ["part", "key", "ended_at"])
INSERT_LOG = insert(tables.log, ["part", "process_instance_key", "seq", "at", "command", "events"])
INSERT_PENDING = insert(tables.pending_command, ["part", "key", "command", "created_at"])
DELETE_PENDING = delete(tables.pending_command, returning="t.key")

STATEMENTS = (
    INSERT_INSTANCE,
    UPDATE_INSTANCE,
    INSERT_ELEMENT,
    UPDATE_ELEMENT,
    INSERT_VARIABLE,
    UPDATE_VARIABLE,
    INSERT_ATTEMPT,
    INSERT_JOB,
    RELEASE_JOB,
    UPDATE_JOB,
    END_JOB,
    INSERT_USER_TASK,
    UPDATE_USER_TASK,
    INSERT_TIMER,
    DELETE_TIMER,
    INSERT_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
    INSERT_MESSAGE_SUBSCRIPTION,
    UPDATE_MESSAGE_SUBSCRIPTION,
    INSERT_INCIDENT,
    UPDATE_INCIDENT,
    INSERT_LOG,
    INSERT_PENDING,
)

# A migrated instance: what is open is found under its new definition and element.
MIGRATE = {
    Job: update(tables.job, ["part", "key", "process_definition_key", "element_id"], name="migrate job"),
    UserTask: update(tables.user_task, ["part", "key", "process_definition_key", "element_id"], name="migrate task"),
    Incident: update(tables.incident, ["part", "key", "process_definition_key", "element_id"], name="migrate incident"),
    Timer: update(tables.timer, ["part", "key", "node_id"], name="migrate timer"),
    Subscription: update(tables.event_subscription, ["part", "key", "node_id"], name="migrate subscription"),
    MessageSubscription: update(
        tables.message_subscription,
        ["part", "key", "process_definition_key", "process_id", "node_id"],
        name="migrate message subscription",
    ),
}


class JobLock(NamedTuple):
    """The lock that a pushed job is written with; times in milliseconds since the epoch."""

    worker: str
    lease_token: str | None
    activated_at: int
    due_at: int


Offer = Callable[[Job], "JobLock | None"]


class Rows:
    """The rows that one batch writes. `offer` is asked for every job that has become available.

    After `collect`: `opened` and `closed` are the waits that the batch opened (and did not close) and closed, `due`
    is the earliest date (milliseconds since the epoch) at which a new timer or back-off ends. `receptive` are the
    message subscriptions that may take a buffered message: new ones, and those that stay open after a message.
    """

    def __init__(self, now: int, offer: Offer) -> None:
        self.now = now
        self.offer = offer
        self.opened: list[Wait] = []
        self.closed: list[Wait] = []
        self.receptive: list[MessageSubscription] = []
        self.due: int | None = None
        self.lists: dict[Statement, list[Row]] = {statement: [] for statement in STATEMENTS}

    def add(self, statement: Statement, row: Row) -> None:
        """Add a row to any batch statement."""
        rows = self.lists.get(statement)
        if rows is None:
            rows = self.lists[statement] = []
        rows.append(row)

    def of(self, statement: Statement) -> list[Row]:
        """The rows that a statement would write now."""
        return self.lists.get(statement, [])

    def log(self, instance: Instance, version: int, command: str, events: list[ev.Event]) -> None:
        """The log row of one command, after which the instance had `version`."""
        key = instance.key
        row = (key >> PART_SHIFT, key, version, self.now, command, ev.encode(events))
        self.lists[INSERT_LOG].append(row)
        if command == "FailJob":
            self._attempts(events)

    def _attempts(self, events: list[ev.Event]) -> None:
        for event in events:
            if isinstance(event, ev.JobFailed):
                row = (event.key >> PART_SHIFT, event.key, "failed", event.message, self.now)
                self.lists[INSERT_ATTEMPT].append(row)

    def collect(self, instance: Instance) -> None:
        """Turn what has changed in an instance into rows; it counts as written then."""
        changes = instance.changes
        for changed in changes:
            if isinstance(changed, Wait):
                if not changed.open:
                    self.closed.append(changed)
                elif changed.new:
                    self.opened.append(changed)
            _COLLECT[type(changed)](self, instance, changed)
        changes.clear()
        if instance.migrated:
            _collect_migration(self, instance)

    def soonest(self, at: int) -> None:
        """Something is due at that time."""
        if self.due is None or at < self.due:
            self.due = at

    async def write(self, connection: AsyncConnection[Any]) -> None:
        """Send all statements; in pipeline mode none of them is waited for. What is sent is not sent again."""
        for statement, rows in self.lists.items():
            if rows:
                await connection.execute(statement.query, statement.parameters(rows))
                self.lists[statement] = []


# ---- One function per kind of object --------------------------------------------------------------------------------


def _collect_instance(rows: Rows, instance: Instance, _: Instance) -> None:
    key, root = instance.key, instance.root
    tokens = _json(root.tokens).decode() if root.tokens else None
    data = None if root.data is None else _json(root.data).decode()
    if instance.new:
        instance.new = root.new = False
        rows.lists[INSERT_INSTANCE].append(
            (
                key >> PART_SHIFT, key, instance.graph.definition_key, instance.tenant, root.state, instance.version,
                instance.parent_key, instance.parent_element_key, instance.root_key, instance.business_id,
                _json(instance.tags).decode() if instance.tags else None, tokens, data,
                instance.started_at, instance.ended_at, instance.suspended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[UPDATE_INSTANCE].append(
            (
                key >> PART_SHIFT, key, instance.graph.definition_key, root.state, instance.version, tokens, data,
                instance.ended_at, instance.suspended_at,
            )
        )  # fmt: skip


def _collect_migration(rows: Rows, instance: Instance) -> None:
    instance.migrated = False
    definition = instance.graph.definition_key
    for wait in instance.waits.values():
        part, key = wait.key >> PART_SHIFT, wait.key
        row: Row
        if isinstance(wait, MessageSubscription):
            part = message_part(instance.tenant, wait.name, wait.correlation_key)
            row = (part, key, definition, instance.graph.process_id, wait.node.id)
        elif isinstance(wait, (Timer, Subscription)):
            row = (part, key, wait.node.id)
        else:
            row = (part, key, definition, wait.element.node.id)
        rows.add(MIGRATE[type(wait)], row)


def _collect_element(rows: Rows, instance: Instance, element: ElementInstance) -> None:
    scope = element.scope
    if scope is None:
        return  # the root is the instance's own row, which every command writes
    key, node = instance.key, element.node
    tokens = _json(element.tokens).decode() if element.tokens else None
    data = None if element.data is None else _json(element.data).decode()
    if element.new:
        element.new = False
        rows.lists[INSERT_ELEMENT].append(
            (
                key >> PART_SHIFT, key, element.key, scope.key, instance.graph.definition_key, node.id, node.inner,
                element.state, element.loop_counter, tokens, data, element.result, element.started_at,
                element.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[UPDATE_ELEMENT].append(
            (
                key >> PART_SHIFT, key, element.key, instance.graph.definition_key, node.id, element.state, tokens,
                data, element.result, element.ended_at,
            )
        )  # fmt: skip
    if element.ended_at is not None:
        element.variables.clear()  # nobody reads them any more, and they refer back to it: garbage for the collector


def _collect_variable(rows: Rows, instance: Instance, variable: Variable) -> None:
    key, scope_key = instance.key, variable.scope.key
    if variable.new:
        variable.new = False
        rows.lists[INSERT_VARIABLE].append(
            (key >> PART_SHIFT, key, scope_key, variable.name, variable.key, variable.text)
        )
    else:
        rows.lists[UPDATE_VARIABLE].append((key >> PART_SHIFT, key, scope_key, variable.name, variable.text))


def _collect_job(rows: Rows, instance: Instance, job: Job) -> None:
    if job.new:
        _insert_job(rows, instance, job)
    elif not job.open:
        rows.lists[END_JOB].append(
            (job.key >> PART_SHIFT, job.key, job.state, job.error_code, job.error_message, job.ended_at)
        )
    elif job.released:
        _release_job(rows, job)
    else:
        rows.lists[UPDATE_JOB].append((job.key >> PART_SHIFT, job.key, job.retries, job.priority, rows.now))
    job.released = False


def _insert_job(rows: Rows, instance: Instance, job: Job) -> None:
    job.new = False
    element = job.element
    state, attempt, worker, lease, activated_at, due_at = _lock(rows, job)
    rows.lists[INSERT_JOB].append(
        (
            job.key >> PART_SHIFT, job.key, instance.key, instance.root_key, instance.graph.definition_key,
            element.key, element.node.id, scope_keys(element), instance.tenant, job.type, job.kind, job.listener,
            state, job.retries, job.priority, job.headers, attempt, worker, lease, activated_at, due_at,
            job.error_code, job.error_message, job.created_at, rows.now, job.ended_at,
        )
    )  # fmt: skip


def _release_job(rows: Rows, job: Job) -> None:
    """Its attempt is over: it failed, or whatever kept it from being tried again is gone."""
    state, attempt, worker, lease, activated_at, due_at = _lock(rows, job)
    key, part = job.key, job.key >> PART_SHIFT
    if job.retry_at is not None:
        rows.soonest(job.retry_at)
    rows.lists[RELEASE_JOB].append(
        (
            part, key, state, job.retries, job.priority, job.error_code, job.error_message, worker, lease,
            activated_at, due_at, attempt, rows.now,
        )
    )  # fmt: skip


def _lock(rows: Rows, job: Job) -> tuple[int, int, str | None, str | None, int | None, int | None]:
    """State, attempts to add, worker, lease token, activation time and due date of a job's row."""
    lock = rows.offer(job) if job.open and job.state is JobState.CREATED else None
    if lock is None:
        return job.state, 0, None, None, None, job.retry_at
    return JobState.ACTIVATED, 1, lock.worker, lock.lease_token, lock.activated_at, lock.due_at


def scope_keys(element: ElementInstance) -> str:
    """The scopes whose variables an element sees, the innermost first, as an array literal."""
    keys = []
    current: ElementInstance | None = element
    while current is not None:
        keys.append(str(current.key))
        current = current.scope
    return "{" + ",".join(keys) + "}"


def _collect_user_task(rows: Rows, instance: Instance, task: UserTask) -> None:
    key, element = task.key, task.element
    groups, users = array_literal(task.candidate_groups), array_literal(task.candidate_users)
    if task.new:
        task.new = False
        rows.lists[INSERT_USER_TASK].append(
            (
                key >> PART_SHIFT, key, instance.key, instance.root_key, instance.graph.definition_key, element.key,
                element.node.id, instance.tenant, task.state, task.assignee, groups, users, task.priority,
                task.due_date, task.follow_up_date, task.form_key, task.external_form_reference, task.headers,
                task.action, task.created_at, task.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[UPDATE_USER_TASK].append(
            (
                key >> PART_SHIFT, key, instance.graph.definition_key, element.node.id, task.state, task.assignee,
                groups, users, task.priority, task.due_date, task.follow_up_date, task.action, task.ended_at,
            )
        )  # fmt: skip


def _collect_timer(rows: Rows, instance: Instance, timer: Timer) -> None:
    part, key = timer.key >> PART_SHIFT, timer.key
    if not timer.open:
        if not timer.new:
            rows.lists[DELETE_TIMER].append((part, key))
    elif timer.new:
        timer.new = False
        rows.soonest(timer.due_at)
        rows.lists[INSERT_TIMER].append(
            (
                part, key, instance.key, timer.element.key, timer.node.id, timer.due_at, timer.repetitions,
                timer.cycle,
            )
        )  # fmt: skip


def _collect_subscription(rows: Rows, instance: Instance, wait: Subscription) -> None:
    part, key = wait.key >> PART_SHIFT, wait.key
    data = None if wait.data is None else _json(wait.data).decode()
    if not wait.open:
        if not wait.new:
            rows.lists[DELETE_SUBSCRIPTION].append((part, key))
    elif wait.new:
        wait.new = False
        rows.lists[INSERT_SUBSCRIPTION].append(
            (part, key, instance.key, wait.element.key, instance.tenant, wait.node.id, wait.kind, wait.name, data)
        )
    else:
        rows.lists[UPDATE_SUBSCRIPTION].append((part, key, wait.element.key, wait.node.id, data))


def message_part(tenant: str, name: str, correlation_key: str) -> int:
    """The part of a message, and of what waits for it."""
    return part_of_text(tenant, name, correlation_key)


def _collect_message_subscription(rows: Rows, instance: Instance, wait: MessageSubscription) -> None:
    graph, key = instance.graph, wait.key
    part = message_part(instance.tenant, wait.name, wait.correlation_key)
    state = "CREATED" if wait.open else "DELETED" if wait.message_key is None else "CORRELATED"
    if wait.open:
        rows.receptive.append(wait)
    if wait.new:
        wait.new = False
        rows.lists[INSERT_MESSAGE_SUBSCRIPTION].append(
            (
                part, key, instance.key, wait.element.key, graph.definition_key, graph.process_id, instance.tenant,
                wait.node.id, wait.name, wait.correlation_key, state, rows.now, rows.now,
            )
        )  # fmt: skip
    else:
        rows.lists[UPDATE_MESSAGE_SUBSCRIPTION].append(
            (part, key, graph.definition_key, graph.process_id, wait.node.id, state, rows.now)
        )


def _collect_decision(rows: Rows, instance: Instance, evaluation: DecisionEvaluation) -> None:
    for row in decision_rows(
        evaluation.key, evaluation.decision_key, evaluation.trace, instance.tenant, rows.now, evaluation.element
    ):
        rows.add(INSERT_DECISION, row)


def _collect_incident(rows: Rows, instance: Instance, incident: Incident) -> None:
    part, key = incident.key >> PART_SHIFT, incident.key
    if incident.new:
        incident.new = False
        element = incident.element
        rows.lists[INSERT_INCIDENT].append(
            (
                part, key, instance.key, instance.root_key, instance.graph.definition_key, element.key,
                element.node.id, incident.job_key, instance.tenant, incident.type, incident.message,
                incident.created_at, incident.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[UPDATE_INCIDENT].append((part, key, incident.ended_at))


_COLLECT: dict[type, Callable[[Rows, Instance, Any], None]] = {
    Instance: _collect_instance,
    ElementInstance: _collect_element,
    Variable: _collect_variable,
    Job: _collect_job,
    UserTask: _collect_user_task,
    Timer: _collect_timer,
    Subscription: _collect_subscription,
    MessageSubscription: _collect_message_subscription,
    Incident: _collect_incident,
    DecisionEvaluation: _collect_decision,
}
