"""The rows of what is deployed."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from engine.store import locks, tables
from engine.store.batch import insert

Connection = AsyncConnection[tuple[Any, ...]]

# It ends with the transaction.
LOCK_DEPLOYMENTS = f"SELECT pg_advisory_xact_lock({locks.DEPLOYMENT})"
COUNT_VERSION = (
    "INSERT INTO catalog_version VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET version = catalog_version.version + 1"
)

READ_PROCESS_CHECKSUM = "SELECT checksum FROM process_definition WHERE key = %s"
READ_RESOURCE_CHECKSUM = "SELECT checksum FROM resource WHERE key = %s"
# Deleted versions count: a version is never given twice.
READ_LATEST_PROCESS = (
    "SELECT coalesce(max(version), 0) FROM process_definition WHERE tenant_id = %s AND process_id = %s"
)
READ_LATEST_RESOURCE = (
    "SELECT coalesce(max(version), 0) FROM resource WHERE tenant_id = %s AND kind = %s AND resource_id = %s"
)

INSERT_DEPLOYMENT = "INSERT INTO deployment (key, tenant_id, deployed_at) VALUES (%s, %s, %s)"
INSERT_RESOURCE = """
    INSERT INTO resource (key, kind, resource_id, name, title, version, version_tag, tenant_id, deployment_key,
        checksum, content, imports)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_DECISION = """
    INSERT INTO decision_definition (key, decision_id, name, version, version_tag, tenant_id, resource_key,
        deployment_key)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
READ_LATEST_DECISION = (
    "SELECT coalesce(max(version), 0) FROM decision_definition WHERE tenant_id = %s AND decision_id = %s"
)
INSERT_PROCESS = """
    INSERT INTO process_definition (key, process_id, version, tenant_id, name, version_tag, resource_name,
        resource_key, checksum, deployment_key, start_form_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_ELEMENTS = insert(
    tables.process_element, ["process_definition_key", "element_id", "inner", "type", "name", "properties"]
)
INSERT_STARTS = insert(
    tables.start_subscription,
    [
        "key", "process_definition_key", "process_id", "tenant_id", "element_id", "kind", "name", "due_at",
        "repetitions", "created_at",
    ],
)  # fmt: skip
DELETE_STARTS = "DELETE FROM start_subscription WHERE tenant_id = %s AND process_id = %s"

DELETE_PROCESS = "UPDATE process_definition SET deleted = true WHERE key = %s"
DELETE_DECISIONS = "UPDATE decision_definition SET deleted = true WHERE resource_key = %s"
DELETE_RESOURCE = "UPDATE resource SET deleted = true WHERE key = %s AND NOT deleted AND kind <> 'bpmn' RETURNING key"
