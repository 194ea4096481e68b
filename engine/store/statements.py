"""The statements of a batch that write instances: one per table and kind of change.

They run in the order in which they stand in `STATEMENTS`: what others read comes before it is changed.
"""

from __future__ import annotations

from engine.machine.state import Incident, Job, MessageSubscription, Subscription, Timer, UserTask
from engine.store import tables
from engine.store.batch import Statement, delete, insert, update

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
INSERT_LOG = insert(tables.log, ["part", "process_instance_key", "seq", "at", "command", "actor", "events"])
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
