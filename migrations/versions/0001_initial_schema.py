"""Initial schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "batch_operation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("batch_operation_created", "batch_operation", ["created_at", "key"], unique=False)
    op.create_index(
        "batch_operation_open", "batch_operation", ["worked_at"], unique=False, postgresql_where=sa.text("state < 2")
    )
    op.create_table(
        "batch_operation_item",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_operation_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "batch_operation_key", "item_key"),
    )
    op.create_index("batch_operation_item_instance", "batch_operation_item", ["process_instance_key"], unique=False)
    op.create_index(
        "batch_operation_item_open",
        "batch_operation_item",
        ["batch_operation_key", "item_key"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "batch_operation_item_order", "batch_operation_item", ["batch_operation_key", "item_key"], unique=False
    )
    op.create_index(
        "batch_operation_item_state", "batch_operation_item", ["batch_operation_key", "state"], unique=False
    )
    op.create_table(
        "business_id",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("part", "tenant_id", "process_id", "business_id"),
    )
    op.create_index("business_id_instance", "business_id", ["process_instance_key"], unique=False)
    op.create_table(
        "catalog_version",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "correlated_message",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscription_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), nullable=False),
        sa.Column("correlated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "message_key", "subscription_key"),
    )
    op.create_index("correlated_message_instance", "correlated_message", ["process_instance_key"], unique=False)
    op.create_index("correlated_message_time", "correlated_message", ["correlated_at"], unique=False)
    op.create_table(
        "decision_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "decision_definition_version", "decision_definition", ["tenant_id", "decision_id", "version"], unique=True
    )
    op.create_table(
        "decision_instance",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("index", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("element_id", sa.Text(), nullable=True),
        sa.Column("decision_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_decision_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "key", "index"),
    )
    op.create_index("decision_instance_decision", "decision_instance", ["decision_key", "evaluated_at"], unique=False)
    op.create_index(
        "decision_instance_process",
        "decision_instance",
        ["process_instance_key"],
        unique=False,
        postgresql_where=sa.text("process_instance_key is not null"),
    )
    op.create_index("decision_instance_time", "decision_instance", ["evaluated_at", "key"], unique=False)
    op.create_table(
        "deployment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "element_instance",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("inner", sa.Boolean(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("loop_counter", sa.Integer(), nullable=True),
        sa.Column("tokens", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "process_instance_key", "key"),
    )
    op.create_index("element_instance_key", "element_instance", ["key"], unique=False)
    op.create_index(
        "element_instance_open",
        "element_instance",
        ["part", "process_instance_key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "element_instance_open_key",
        "element_instance",
        ["key", "element_id"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "element_instance_waiting",
        "element_instance",
        ["element_id", "process_definition_key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "event_subscription",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index("event_subscription_instance", "event_subscription", ["part", "process_instance_key"], unique=False)
    op.create_index(
        "event_subscription_signal",
        "event_subscription",
        ["tenant_id", "name"],
        unique=False,
        postgresql_where=sa.text("kind = 0"),
    )
    op.create_index(
        "event_subscription_start",
        "event_subscription",
        ["tenant_id", "name"],
        unique=False,
        postgresql_where=sa.text("kind = 3"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "tenant_id", "key"),
    )
    op.create_table(
        "incident",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index("incident_created", "incident", ["created_at", "key"], unique=False)
    op.create_index("incident_instance", "incident", ["part", "process_instance_key"], unique=False)
    op.create_index(
        "incident_open",
        "incident",
        ["process_instance_key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "incident_open_definition",
        "incident",
        ["process_definition_key", "process_instance_key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "incident_open_message",
        "incident",
        [sa.literal_column("hashtext(message)")],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "incident_open_root",
        "incident",
        ["root_process_instance_key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "incident_open_time",
        "incident",
        ["created_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "job",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("scope_keys", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("listener", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index(
        "job_activatable",
        "job",
        ["type", sa.literal_column("priority DESC"), "created_at"],
        unique=False,
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index("job_due", "job", ["due_at"], unique=False, postgresql_where=sa.text("due_at is not null"))
    op.create_index("job_failed", "job", ["created_at", "key"], unique=False, postgresql_where=sa.text("state = 2"))
    op.create_index("job_failed_key", "job", ["part", "key"], unique=False, postgresql_where=sa.text("state = 2"))
    op.create_index("job_instance", "job", ["part", "process_instance_key"], unique=False)
    op.create_index("job_type", "job", ["type", "part", "key"], unique=False)
    op.create_table(
        "job_attempt",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "job_key", "attempt"),
    )
    op.create_table(
        "key_block",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "log",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part", "process_instance_key", "seq"),
    )
    op.create_table(
        "message",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index("message_buffered", "message", ["part", "tenant_id", "name", "correlation_key"], unique=False)
    op.create_index("message_expiry", "message", ["expires_at"], unique=False)
    op.create_index(
        "message_unique",
        "message",
        ["part", "tenant_id", "name", "correlation_key", "message_id"],
        unique=True,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_table(
        "message_correlation",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("part", "message_key", "process_id"),
    )
    op.create_table(
        "message_lock",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_table(
        "message_start_lock",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("part", "tenant_id", "process_id", "correlation_key"),
    )
    op.create_index("message_start_lock_instance", "message_start_lock", ["process_instance_key"], unique=False)
    op.create_table(
        "message_subscription",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index("message_subscription_instance", "message_subscription", ["process_instance_key"], unique=False)
    op.create_index("message_subscription_key", "message_subscription", ["key"], unique=False)
    op.create_index(
        "message_subscription_open",
        "message_subscription",
        ["part", "tenant_id", "name", "correlation_key"],
        unique=False,
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_table(
        "model",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.Column("resource_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "pending_command",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("command", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_table(
        "play_sandbox",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("model_key", sa.BigInteger(), nullable=True),
        sa.Column("sources", sa.LargeBinary(), nullable=False),
        sa.Column("beginning", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("play_sandbox_owner", "play_sandbox", ["owner", "used_at"], unique=False)
    op.create_index("play_sandbox_used", "play_sandbox", ["used_at"], unique=False)
    op.create_table(
        "play_scenario",
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("beginning", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process_id", "name"),
    )
    op.create_table(
        "process_definition",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("start_form_id", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(
        "process_definition_version", "process_definition", ["tenant_id", "process_id", "version"], unique=True
    )
    op.create_table(
        "process_element",
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("inner", sa.Boolean(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("process_definition_key", "element_id", "inner"),
    )
    op.create_table(
        "process_instance",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("parent_element_instance_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_id", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=True),
        sa.Column("tokens", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index(
        "process_instance_active",
        "process_instance",
        ["process_definition_key", "started_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "process_instance_business",
        "process_instance",
        ["business_id"],
        unique=False,
        postgresql_where=sa.text("business_id is not null"),
    )
    op.create_index(
        "process_instance_definition", "process_instance", ["process_definition_key", "started_at", "key"], unique=False
    )
    op.create_index(
        "process_instance_definition_ended",
        "process_instance",
        ["process_definition_key", "ended_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(
        "process_instance_ended",
        "process_instance",
        ["ended_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(
        "process_instance_open",
        "process_instance",
        ["started_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "process_instance_parent",
        "process_instance",
        ["parent_process_instance_key"],
        unique=False,
        postgresql_where=sa.text("parent_process_instance_key is not null"),
    )
    op.create_index("process_instance_started", "process_instance", ["started_at", "key"], unique=False)
    op.create_index(
        "process_instance_suspended",
        "process_instance",
        ["started_at", "key"],
        unique=False,
        postgresql_where=sa.text("suspended_at is not null"),
    )
    op.create_index(
        "process_instance_terminated",
        "process_instance",
        ["ended_at", "key"],
        unique=False,
        postgresql_where=sa.text("state = 5"),
    )
    op.create_table(
        "resource",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_tag", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("imports", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("resource_version", "resource", ["tenant_id", "kind", "resource_id", "version"], unique=True)
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Double(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "start_subscription",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repetitions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("start_subscription_definition", "start_subscription", ["process_definition_key"], unique=False)
    op.create_index(
        "start_subscription_due",
        "start_subscription",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at is not null"),
    )
    op.create_index("start_subscription_name", "start_subscription", ["tenant_id", "kind", "name"], unique=False)
    op.create_table(
        "started_instance",
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process_instance_key"),
    )
    op.create_index(
        "started_instance_user", "started_instance", ["username", "started_at", "process_instance_key"], unique=False
    )
    op.create_table(
        "task_attachment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_task_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("task_attachment_task", "task_attachment", ["user_task_key", "created_at", "key"], unique=False)
    op.create_table(
        "task_comment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_task_key", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("task_comment_task", "task_comment", ["user_task_key", "created_at", "key"], unique=False)
    op.create_table(
        "task_draft",
        sa.Column("user_task_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_task_key", "username"),
    )
    op.create_index("task_draft_saved", "task_draft", ["saved_at"], unique=False)
    op.create_table(
        "task_filter",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("username", "name"),
    )
    op.create_table(
        "timer",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index("timer_due", "timer", ["due_at"], unique=False)
    op.create_index("timer_instance", "timer", ["part", "process_instance_key"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("theme", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("username"),
    )
    op.create_index("user_account_any_case", "user_account", [sa.literal_column("lower(username)")], unique=True)
    op.create_table(
        "user_group",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("group_id"),
    )
    op.create_table(
        "user_task",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root_process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("element_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("candidate_groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("candidate_users", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("external_form_reference", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("part", "key"),
    )
    op.create_index(
        "user_task_assignee",
        "user_task",
        ["assignee", "created_at"],
        unique=False,
        postgresql_where=sa.text("assignee is not null"),
    )
    op.create_index(
        "user_task_candidates",
        "user_task",
        ["candidate_groups", "candidate_users"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("user_task_created", "user_task", ["created_at", "key"], unique=False)
    op.create_index(
        "user_task_done",
        "user_task",
        ["assignee", "ended_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(
        "user_task_due", "user_task", ["due_date", "key"], unique=False, postgresql_where=sa.text("ended_at is null")
    )
    op.create_index(
        "user_task_element",
        "user_task",
        ["process_definition_key", "element_id"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "user_task_ended",
        "user_task",
        ["ended_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(
        "user_task_free",
        "user_task",
        ["created_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null and assignee is null"),
    )
    op.create_index("user_task_instance", "user_task", ["part", "process_instance_key"], unique=False)
    op.create_index(
        "user_task_mine",
        "user_task",
        ["assignee", "created_at", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null and assignee is not null"),
    )
    op.create_index(
        "user_task_open", "user_task", ["created_at", "key"], unique=False, postgresql_where=sa.text("ended_at is null")
    )
    op.create_index(
        "user_task_priority",
        "user_task",
        ["priority", "key"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "variable",
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("part", "process_instance_key", "scope_key", "name"),
    )
    op.create_index("variable_key", "variable", ["key"], unique=False)
    op.create_index(
        "variable_value",
        "variable",
        ["name", sa.literal_column('"left"(value, 100)').label("beginning")],
        unique=False,
        postgresql_ops={"beginning": "text_pattern_ops"},
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["user_group.group_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["username"], ["user_account.username"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "username"),
    )
    op.create_index("group_member_user", "group_member", ["username"], unique=False)
    op.create_table(
        "group_role",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["user_group.group_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "role"),
    )
    op.create_table(
        "model_version",
        sa.Column("model_key", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["model_key"], ["model.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_key", "number"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["user_account.username"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("session_digest", "session", ["digest"], unique=True)
    op.create_index(
        "session_previous_digest",
        "session",
        ["previous_digest"],
        unique=False,
        postgresql_where=sa.text("previous_digest is not null"),
    )
    op.create_index("session_user", "session", ["username"], unique=False)
    op.create_table(
        "user_role",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["user_account.username"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("username", "role"),
    )
    # One row per part, to be locked.
    op.execute("INSERT INTO message_lock SELECT generate_series(0, 4095)")
