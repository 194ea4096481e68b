"""The schema.

`part` (0 to 4095) leads the key of everything that belongs to an instance; an instance and all it owns share it, and
it can be read off every key (`key >> 51`). So the same schema is distributed by part where one server is outgrown.
What crosses parts (messages, unique business ids, idempotency keys) has `part = hash(name, key)`. Definitions are
small and the same everywhere.

Indexes are few on what changes often; what is searched only while open has partial indexes.
States and kinds are the numbers of `engine.machine.lifecycle`. JSON that nothing in SQL looks into is kept as text:
it costs nothing to parse and comes back exactly as it went in.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    literal_column,
    text,
)

metadata = MetaData()


def _key(name: str, primary: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=primary, nullable=nullable, autoincrement=False)


def _part() -> Column[int]:
    return Column("part", Integer, primary_key=True, nullable=False, autoincrement=False)


def _time(name: str, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# ---- Definitions: small, read by everybody, cached by every server process -------------------------------------------

deployment = Table(
    "deployment",
    metadata,
    _key("key", primary=True),
    Column("tenant_id", Text, nullable=False),
    _time("deployed_at", nullable=False),
)

process_definition = Table(
    "process_definition",
    metadata,
    _key("key", primary=True),
    Column("process_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("name", Text),
    Column("version_tag", Text),
    Column("resource_name", Text, nullable=False),
    Column("resource_key", BigInteger, nullable=False),  # the resource that holds the XML
    Column("checksum", LargeBinary, nullable=False),
    Column("deployment_key", BigInteger, nullable=False),
    Column("start_form_id", Text),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Index("process_definition_version", "tenant_id", "process_id", "version", unique=True),
)

# The nodes of a definition, so that searches by an element's type or name need no XML.
process_element = Table(
    "process_element",
    metadata,
    _key("process_definition_key", primary=True),
    Column("element_id", Text, primary_key=True),
    Column("inner", Boolean, primary_key=True),  # the inner activity of a multi-instance body
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("properties", Text),  # extension properties: JSON object, null where there are none
)

# Every deployed file: BPMN, DMN, form or anything else that a task links to.
resource = Table(
    "resource",
    metadata,
    _key("key", primary=True),
    Column("kind", Text, nullable=False),  # bpmn, dmn, form, rpa, …
    Column("resource_id", Text, nullable=False),  # form id, drg id, …; the file name where it has none
    Column("name", Text, nullable=False),  # of the file
    Column("title", Text),  # the name inside it, of a decision requirements graph
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    Column("tenant_id", Text, nullable=False),
    Column("deployment_key", BigInteger, nullable=False),
    Column("checksum", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("imports", Text),  # keys of the decision models that it imports: JSON list, null where there are none
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Index("resource_version", "tenant_id", "kind", "resource_id", "version", unique=True),
)

decision_definition = Table(
    "decision_definition",
    metadata,
    _key("key", primary=True),
    Column("decision_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("version_tag", Text),
    Column("tenant_id", Text, nullable=False),
    Column("resource_key", BigInteger, nullable=False),  # the requirements graph it belongs to
    Column("deployment_key", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=text("false")),
    Index("decision_definition_version", "tenant_id", "decision_id", "version", unique=True),
)

# Counts deployments and deletions, so that a server process sees at a glance whether what it knows is current.
catalog_version = Table(
    "catalog_version",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("version", BigInteger, nullable=False),
)

# What starts an instance of the latest version of a process from outside.
start_subscription = Table(
    "start_subscription",
    metadata,
    _key("key", primary=True),
    _key("process_definition_key"),
    Column("process_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("kind", Text, nullable=False),  # message, signal, timer, conditional
    Column("name", Text, nullable=False),  # of the message or signal
    _time("due_at"),  # of a timer
    Column("repetitions", Integer, nullable=False, server_default=text("0")),
    _time("created_at", nullable=False),
    Index("start_subscription_name", "tenant_id", "kind", "name"),
    Index("start_subscription_definition", "process_definition_key"),
    Index("start_subscription_due", "due_at", postgresql_where=text("due_at is not null")),
)

# ---- Instances ------------------------------------------------------------------------------------------------------

process_instance = Table(
    "process_instance",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_definition_key"),
    Column("tenant_id", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),  # ElementState of the root element instance
    Column("version", Integer, nullable=False),  # sequence number of its last log row
    _key("parent_process_instance_key", nullable=True),
    _key("parent_element_instance_key", nullable=True),
    _key("root_process_instance_key"),
    Column("business_id", Text),
    Column("tags", Text),  # JSON array, null where there are none
    Column("tokens", Text),  # JSON object: tokens at joining gateways of the root scope
    Column("data", Text),  # JSON object
    _time("started_at", nullable=False),
    _time("ended_at"),
    _time("suspended_at"),
    Index("process_instance_started", "started_at", "key"),
    Index("process_instance_definition", "process_definition_key", "started_at", "key"),
    Index(
        "process_instance_active",
        "process_definition_key",
        "started_at",
        "key",
        postgresql_where=text("ended_at is null"),
    ),
    Index("process_instance_open", "started_at", "key", postgresql_where=text("ended_at is null")),
    Index("process_instance_ended", "ended_at", "key", postgresql_where=text("ended_at is not null")),
    Index(
        "process_instance_definition_ended",
        "process_definition_key",
        "ended_at",
        "key",
        postgresql_where=text("ended_at is not null"),
    ),
    Index("process_instance_terminated", "ended_at", "key", postgresql_where=text("state = 5")),
    Index("process_instance_suspended", "started_at", "key", postgresql_where=text("suspended_at is not null")),
    Index(
        "process_instance_parent",
        "parent_process_instance_key",
        postgresql_where=text("parent_process_instance_key is not null"),
    ),
    Index("process_instance_business", "business_id", postgresql_where=text("business_id is not null")),
)

# Every element instance but the process itself, which is its process_instance row.
element_instance = Table(
    "element_instance",
    metadata,
    _part(),
    _key("process_instance_key", primary=True),
    _key("key", primary=True),
    _key("scope_key"),
    _key("process_definition_key"),
    Column("element_id", Text, nullable=False),
    Column("inner", Boolean, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("loop_counter", Integer),
    Column("tokens", Text),
    Column("data", Text),
    Column("result", Text),  # what it adds to the output collection of its multi-instance body
    _time("started_at", nullable=False),
    _time("ended_at"),
    Index("element_instance_key", "key"),
    Index("element_instance_open", "part", "process_instance_key", postgresql_where=text("ended_at is null")),
    Index(
        "element_instance_waiting", "element_id", "process_definition_key", postgresql_where=text("ended_at is null")
    ),
    # In the order of pages. The id only rules out the others without a look at their rows.
    Index("element_instance_open_key", "key", "element_id", postgresql_where=text("ended_at is null")),
)

variable = Table(
    "variable",
    metadata,
    _part(),
    _key("process_instance_key", primary=True),
    _key("scope_key", primary=True),
    Column("name", Text, primary_key=True),
    _key("key"),
    Column("value", Text, nullable=False),  # JSON
    Index("variable_key", "key"),
    # Compared by their bytes, so that what begins with a text lies together whatever the collation.
    Index(
        "variable_value",
        "name",
        literal_column('"left"(value, 100)').label("beginning"),
        postgresql_ops={"beginning": "text_pattern_ops"},
    ),
)

job = Table(
    "job",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("root_process_instance_key"),
    _key("process_definition_key"),
    _key("element_instance_key"),
    Column("element_id", Text, nullable=False),
    Column("scope_keys", ARRAY(BigInteger), nullable=False),  # of its variables: the element, its scopes, the root
    Column("tenant_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("listener", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("attempt", Integer, nullable=False),  # how often it was activated
    Column("worker", Text),
    Column("lease_token", Text),
    _time("activated_at"),
    _time("due_at"),  # the lock ends (ACTIVATED) or the back-off ends (FAILED)
    Column("error_code", Text),
    Column("error_message", Text),
    _time("created_at", nullable=False),
    _time("updated_at", nullable=False),
    _time("ended_at"),
    Index("job_instance", "part", "process_instance_key"),
    Index("job_type", "type", "part", "key"),
    Index("job_activatable", "type", text("priority DESC"), "created_at", postgresql_where=text("state = 0")),
    Index("job_due", "due_at", postgresql_where=text("due_at is not null")),
    Index("job_failed", "created_at", "key", postgresql_where=text("state = 2")),
    Index("job_failed_key", "part", "key", postgresql_where=text("state = 2")),
)

# An attempt at a job that did not complete it.
job_attempt = Table(
    "job_attempt",
    metadata,
    _part(),
    _key("job_key", primary=True),
    Column("attempt", Integer, primary_key=True),
    Column("worker", Text),
    Column("outcome", Text, nullable=False),  # failed, timed out
    Column("message", Text),
    _time("activated_at"),
    _time("ended_at", nullable=False),
)

user_task = Table(
    "user_task",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("root_process_instance_key"),
    _key("process_definition_key"),
    _key("element_instance_key"),
    Column("element_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("assignee", Text),
    Column("candidate_groups", ARRAY(Text), nullable=False),
    Column("candidate_users", ARRAY(Text), nullable=False),
    Column("priority", Integer, nullable=False),
    _time("due_date"),
    _time("follow_up_date"),
    _key("form_key", nullable=True),
    Column("external_form_reference", Text),
    Column("headers", Text, nullable=False),
    Column("action", Text, nullable=False),
    _time("created_at", nullable=False),
    _time("ended_at"),
    Index("user_task_instance", "part", "process_instance_key"),
    Index("user_task_created", "created_at", "key"),
    Index("user_task_open", "created_at", "key", postgresql_where=text("ended_at is null")),
    Index("user_task_assignee", "assignee", "created_at", postgresql_where=text("assignee is not null")),
    Index(
        "user_task_candidates",
        "candidate_groups",
        "candidate_users",
        postgresql_using="gin",
        postgresql_where=text("ended_at is null"),
    ),
    # What people look at: their own open tasks, those that nobody has, by urgency, of a process, and what is done.
    Index(
        "user_task_mine",
        "assignee",
        "created_at",
        "key",
        postgresql_where=text("ended_at is null and assignee is not null"),
    ),
    Index("user_task_free", "created_at", "key", postgresql_where=text("ended_at is null and assignee is null")),
    Index("user_task_due", "due_date", "key", postgresql_where=text("ended_at is null")),
    Index("user_task_priority", "priority", "key", postgresql_where=text("ended_at is null")),
    Index("user_task_element", "process_definition_key", "element_id", postgresql_where=text("ended_at is null")),
    Index("user_task_ended", "ended_at", "key", postgresql_where=text("ended_at is not null")),
    Index("user_task_done", "assignee", "ended_at", "key", postgresql_where=text("ended_at is not null")),
)

timer = Table(
    "timer",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("element_instance_key"),
    Column("node_id", Text, nullable=False),
    _time("due_at", nullable=False),
    Column("repetitions", Integer, nullable=False),  # how often again after this time; -1 without end
    Column("cycle", Text, nullable=False),  # what the next date follows from
    Index("timer_instance", "part", "process_instance_key"),
    Index("timer_due", "due_at"),
)

# Signals, conditions and compensation that open instances wait for.
event_subscription = Table(
    "event_subscription",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("element_instance_key"),
    Column("tenant_id", Text, nullable=False),
    Column("node_id", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),  # SubscriptionKind
    Column("name", Text, nullable=False),
    Column("data", Text),
    Index("event_subscription_instance", "part", "process_instance_key"),
    Index("event_subscription_signal", "tenant_id", "name", postgresql_where=text("kind = 0")),
    Index("event_subscription_start", "tenant_id", "name", postgresql_where=text("kind = 3")),
)

incident = Table(
    "incident",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("root_process_instance_key"),
    _key("process_definition_key"),
    _key("element_instance_key"),
    Column("element_id", Text, nullable=False),
    _key("job_key", nullable=True),
    Column("tenant_id", Text, nullable=False),
    Column("type", SmallInteger, nullable=False),  # IncidentType
    Column("message", Text, nullable=False),
    _time("created_at", nullable=False),
    _time("ended_at"),
    Index("incident_instance", "part", "process_instance_key"),
    Index("incident_created", "created_at", "key"),
    Index("incident_open", "process_instance_key", postgresql_where=text("ended_at is null")),
    Index("incident_open_root", "root_process_instance_key", postgresql_where=text("ended_at is null")),
    Index("incident_open_time", "created_at", "key", postgresql_where=text("ended_at is null")),
    Index("incident_open_message", text("hashtext(message)"), postgresql_where=text("ended_at is null")),
    Index(
        "incident_open_definition",
        "process_definition_key",
        "process_instance_key",
        postgresql_where=text("ended_at is null"),
    ),
)

# Each decision that was evaluated, for an instance or for a client that asked; `index` counts from 1 in one evaluation.
decision_instance = Table(
    "decision_instance",
    metadata,
    _part(),
    _key("key", primary=True),
    Column("index", SmallInteger, primary_key=True, autoincrement=False),
    _key("process_instance_key", nullable=True),
    _key("root_process_instance_key", nullable=True),
    _key("process_definition_key", nullable=True),
    _key("element_instance_key", nullable=True),
    Column("element_id", Text),
    _key("decision_key"),
    _key("root_decision_key"),
    Column("tenant_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),  # 0 evaluated, 1 failed
    Column("result", Text, nullable=False),  # JSON
    Column("inputs", Text, nullable=False),  # JSON: [{id, name, value}]
    Column("rules", Text, nullable=False),  # JSON: [{id, index, outputs: [{id, name, value}]}]
    Column("failure", Text),
    _time("evaluated_at", nullable=False),
    Index(
        "decision_instance_process",
        "process_instance_key",
        postgresql_where=text("process_instance_key is not null"),
    ),
    Index("decision_instance_time", "evaluated_at", "key"),
    Index("decision_instance_decision", "decision_key", "evaluated_at"),
)

# One row per command and instance: its events. Other server processes apply it; history is read from it.
log = Table(
    "log",
    metadata,
    _part(),
    _key("process_instance_key", primary=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("at", nullable=False),
    Column("command", Text, nullable=False),
    Column("actor", Text),  # the user who sent it, null where that is not known
    Column("events", LargeBinary, nullable=False),  # engine.machine.events.encode
)

# Effects of one instance on another that are committed but not yet executed. Empty while nothing is under way.
pending_command = Table(
    "pending_command",
    metadata,
    _part(),
    _key("key", primary=True),
    Column("command", LargeBinary, nullable=False),  # engine.machine.commands.encode_follow_up
    _time("created_at", nullable=False),
)

# ---- What crosses parts: part = hash of the name and key -----------------------------------------------------------

# One row per part; whoever opens a message subscription or publishes a message locks the row of its part first, so
# that neither can miss the other.
message_lock = Table("message_lock", metadata, _part())

message_subscription = Table(
    "message_subscription",
    metadata,
    _part(),
    _key("key", primary=True),
    _key("process_instance_key"),
    _key("element_instance_key"),
    _key("process_definition_key"),
    Column("process_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("node_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    Column("state", Text, nullable=False),  # CREATED, CORRELATED, DELETED, MIGRATED
    _time("created_at", nullable=False),
    _time("updated_at", nullable=False),
    Index(
        "message_subscription_open",
        "part",
        "tenant_id",
        "name",
        "correlation_key",
        postgresql_where=text("state = 'CREATED'"),
    ),
    Index("message_subscription_instance", "process_instance_key"),
    Index("message_subscription_key", "key"),
)

message = Table(
    "message",
    metadata,
    _part(),
    _key("key", primary=True),
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    Column("message_id", Text),  # null: not unique
    Column("variables", Text, nullable=False),  # JSON object
    Column("business_id", Text),
    _time("published_at", nullable=False),
    _time("expires_at", nullable=False),
    Index("message_buffered", "part", "tenant_id", "name", "correlation_key"),
    Index(
        "message_unique",
        "part",
        "tenant_id",
        "name",
        "correlation_key",
        "message_id",
        unique=True,
        postgresql_where=text("message_id is not null"),
    ),
    Index("message_expiry", "expires_at"),
)

# One message reaches a process at most once, over all its versions.
message_correlation = Table(
    "message_correlation",
    metadata,
    _part(),
    _key("message_key", primary=True),
    Column("process_id", Text, primary_key=True),
    _key("process_instance_key"),
)

# The lock of a message start event: one running instance per process, tenant and correlation key.
message_start_lock = Table(
    "message_start_lock",
    metadata,
    _part(),
    Column("tenant_id", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("correlation_key", Text, primary_key=True),
    _key("process_instance_key"),
    Index("message_start_lock_instance", "process_instance_key"),
)

correlated_message = Table(
    "correlated_message",
    metadata,
    _part(),
    _key("message_key", primary=True),
    _key("subscription_key", primary=True),
    _key("process_instance_key"),
    _key("process_definition_key"),
    _key("element_instance_key", nullable=True),
    Column("element_id", Text, nullable=False),
    Column("process_id", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    _time("correlated_at", nullable=False),
    Index("correlated_message_instance", "process_instance_key"),
    Index("correlated_message_time", "correlated_at"),
)

# Uniqueness of business ids among running root instances, where it is switched on.
business_id = Table(
    "business_id",
    metadata,
    _part(),
    Column("tenant_id", Text, primary_key=True),
    Column("process_id", Text, primary_key=True),
    Column("business_id", Text, primary_key=True),
    _key("process_instance_key"),
    Index("business_id_instance", "process_instance_key"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    _part(),
    Column("tenant_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),  # digest: the same key with another request is an error
    _key("process_instance_key"),
    Column("answer", LargeBinary, nullable=False),
    _time("created_at", nullable=False),
)

# Something done to many instances at once, in the background. Its numbers are counted from its items until it ends.
batch_operation = Table(
    "batch_operation",
    metadata,
    _key("key", primary=True),
    Column("type", Text, nullable=False),  # CANCEL_PROCESS_INSTANCE, …
    Column("instructions", Text, nullable=False),  # JSON: what is to be done, beside the type
    Column("state", SmallInteger, nullable=False),  # BatchState
    Column("total", Integer, nullable=False),
    Column("completed", Integer),
    Column("failed", Integer),
    _time("created_at", nullable=False),
    _time("started_at"),
    _time("worked_at", nullable=False),  # when it last moved on
    _time("ended_at"),
    Index("batch_operation_created", "created_at", "key"),
    Index("batch_operation_open", "worked_at", postgresql_where=text("state < 2")),
)

# What a batch operation is done to: a process instance, or an incident in one.
batch_operation_item = Table(
    "batch_operation_item",
    metadata,
    _part(),
    _key("batch_operation_key", primary=True),
    _key("item_key", primary=True),
    _key("process_instance_key"),
    _key("root_process_instance_key"),
    Column("state", SmallInteger, nullable=False),  # ItemState
    Column("error_message", Text),
    _time("processed_at"),
    Index("batch_operation_item_order", "batch_operation_key", "item_key"),
    Index("batch_operation_item_state", "batch_operation_key", "state"),
    Index("batch_operation_item_open", "batch_operation_key", "item_key", postgresql_where=text("state = 0")),
    Index("batch_operation_item_instance", "process_instance_key"),
)

key_block = Table(
    "key_block",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("next", BigInteger, nullable=False),  # number of the next block
)
