"""Instances → rows: what a batch of commands changed, as rows per statement.

`Rows.collect` walks the changes of an instance once and sorts them into the batch statements (statements.py); nothing
is sent before all commands of the batch are done. What is added with `Rows.add` for other tables goes out with them.
The statements run in the order in which they stand in `STATEMENTS`, then the others in the order of their first row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

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
from engine.store import statements as sql
from engine.store.arrays import array_literal
from engine.store.batch import Row, Statement
from engine.store.decisions import INSERT_DECISION, decision_rows
from engine.store.keys import PART_SHIFT, part_of_text

_json = msgspec.json.Encoder().encode


class JobLock(NamedTuple):
    """The lock that a pushed job is written with; times in milliseconds since the epoch."""

    worker: str
    lease_token: str | None
    activated_at: int
    due_at: int


Offer = Callable[[Job], "JobLock | None"]


class Writer(Protocol):
    """A connection in a pipeline."""

    def write(self, statement: Statement, rows: list[Row]) -> None:
        """Send rows by a batch statement, without waiting for an answer."""


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
        self.lists: dict[Statement, list[Row]] = {statement: [] for statement in sql.STATEMENTS}
        self._sent: dict[Statement, list[Row]] = {}

    def add(self, statement: Statement, row: Row) -> None:
        """Add a row to any batch statement."""
        rows = self.lists.get(statement)
        if rows is None:
            rows = self.lists[statement] = []
        rows.append(row)

    def of(self, statement: Statement) -> list[Row]:
        """The rows that a statement writes in this batch, those that are sent already included."""
        return [*self._sent.get(statement, ()), *self.lists.get(statement, ())]

    def log(
        self, instance: Instance, version: int, command: str, events: list[ev.Event], actor: str = ""
    ) -> None:
        """The log row of one command, after which the instance had `version`; `actor` is the user who sent it."""
        key = instance.key
        row = (key >> PART_SHIFT, key, version, self.now, command, actor or None, ev.encode(events))
        self.lists[sql.INSERT_LOG].append(row)
        if command == "FailJob":
            self._attempts(events)

    def _attempts(self, events: list[ev.Event]) -> None:
        for event in events:
            if isinstance(event, ev.JobFailed):
                row = (event.key >> PART_SHIFT, event.key, "failed", event.message, self.now)
                self.lists[sql.INSERT_ATTEMPT].append(row)

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

    def write(self, connection: Writer) -> None:
        """Send all statements; none of them is waited for. What is sent is not sent again."""
        for statement, rows in self.lists.items():
            if rows:
                connection.write(statement, rows)
                self._sent[statement] = self.of(statement)
                self.lists[statement] = []


# ---- One function per kind of object --------------------------------------------------------------------------------


def _collect_instance(rows: Rows, instance: Instance, _: Instance) -> None:
    key, root = instance.key, instance.root
    tokens = _json(root.tokens).decode() if root.tokens else None
    data = None if root.data is None else _json(root.data).decode()
    if instance.new:
        instance.new = root.new = False
        rows.lists[sql.INSERT_INSTANCE].append(
            (
                key >> PART_SHIFT, key, instance.graph.definition_key, instance.tenant, root.state, instance.version,
                instance.parent_key, instance.parent_element_key, instance.root_key, instance.business_id,
                _json(instance.tags).decode() if instance.tags else None, tokens, data,
                instance.started_at, instance.ended_at, instance.suspended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[sql.UPDATE_INSTANCE].append(
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
        rows.add(sql.MIGRATE[type(wait)], row)


def _collect_element(rows: Rows, instance: Instance, element: ElementInstance) -> None:
    scope = element.scope
    if scope is None:
        return  # the root is the instance's own row, which every command writes
    key, node = instance.key, element.node
    tokens = _json(element.tokens).decode() if element.tokens else None
    data = None if element.data is None else _json(element.data).decode()
    if element.new:
        element.new = False
        rows.lists[sql.INSERT_ELEMENT].append(
            (
                key >> PART_SHIFT, key, element.key, scope.key, instance.graph.definition_key, node.id, node.inner,
                element.state, element.loop_counter, tokens, data, element.result, element.started_at,
                element.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[sql.UPDATE_ELEMENT].append(
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
        rows.lists[sql.INSERT_VARIABLE].append(
            (key >> PART_SHIFT, key, scope_key, variable.name, variable.key, variable.text)
        )
    else:
        rows.lists[sql.UPDATE_VARIABLE].append((key >> PART_SHIFT, key, scope_key, variable.name, variable.text))


def _collect_job(rows: Rows, instance: Instance, job: Job) -> None:
    if job.new:
        _insert_job(rows, instance, job)
    elif not job.open:
        rows.lists[sql.END_JOB].append(
            (job.key >> PART_SHIFT, job.key, job.state, job.error_code, job.error_message, job.ended_at)
        )
    elif job.released:
        _release_job(rows, job)
    else:
        rows.lists[sql.UPDATE_JOB].append((job.key >> PART_SHIFT, job.key, job.retries, job.priority, rows.now))
    job.released = False


def _insert_job(rows: Rows, instance: Instance, job: Job) -> None:
    job.new = False
    element = job.element
    state, attempt, worker, lease, activated_at, due_at = _lock(rows, job)
    rows.lists[sql.INSERT_JOB].append(
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
    rows.lists[sql.RELEASE_JOB].append(
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
        rows.lists[sql.INSERT_USER_TASK].append(
            (
                key >> PART_SHIFT, key, instance.key, instance.root_key, instance.graph.definition_key, element.key,
                element.node.id, instance.tenant, task.state, task.assignee, groups, users, task.priority,
                task.due_date, task.follow_up_date, task.form_key, task.external_form_reference, task.headers,
                task.action, task.created_at, task.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[sql.UPDATE_USER_TASK].append(
            (
                key >> PART_SHIFT, key, instance.graph.definition_key, element.node.id, task.state, task.assignee,
                groups, users, task.priority, task.due_date, task.follow_up_date, task.action, task.ended_at,
            )
        )  # fmt: skip


def _collect_timer(rows: Rows, instance: Instance, timer: Timer) -> None:
    part, key = timer.key >> PART_SHIFT, timer.key
    if not timer.open:
        if not timer.new:
            rows.lists[sql.DELETE_TIMER].append((part, key))
    elif timer.new:
        timer.new = False
        rows.soonest(timer.due_at)
        rows.lists[sql.INSERT_TIMER].append(
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
            rows.lists[sql.DELETE_SUBSCRIPTION].append((part, key))
    elif wait.new:
        wait.new = False
        rows.lists[sql.INSERT_SUBSCRIPTION].append(
            (part, key, instance.key, wait.element.key, instance.tenant, wait.node.id, wait.kind, wait.name, data)
        )
    else:
        rows.lists[sql.UPDATE_SUBSCRIPTION].append((part, key, wait.element.key, wait.node.id, data))


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
        rows.lists[sql.INSERT_MESSAGE_SUBSCRIPTION].append(
            (
                part, key, instance.key, wait.element.key, graph.definition_key, graph.process_id, instance.tenant,
                wait.node.id, wait.name, wait.correlation_key, state, rows.now, rows.now,
            )
        )  # fmt: skip
    else:
        rows.lists[sql.UPDATE_MESSAGE_SUBSCRIPTION].append(
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
        rows.lists[sql.INSERT_INCIDENT].append(
            (
                part, key, instance.key, instance.root_key, instance.graph.definition_key, element.key,
                element.node.id, incident.job_key, instance.tenant, incident.type, incident.message,
                incident.created_at, incident.ended_at,
            )
        )  # fmt: skip
    else:
        rows.lists[sql.UPDATE_INCIDENT].append((part, key, incident.ended_at))


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
