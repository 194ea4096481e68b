"""What is deployed: process definitions and resources."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, exists, not_

from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.kinds import (
    BOOLEAN,
    INTEGER,
    KEY,
    TEXT,
    Condition,
    StateKind,
)
from engine.store.search.values import read_boolean
from engine.store.tables import process_definition as pd
from engine.store.tables import resource

DEFINITION_STATE = StateKind(
    {
        "ACTIVE": not_,
        "DRAINING": lambda column: and_(column, not_(column)),
        "DELETED": lambda column: column,
    },
    {False: "ACTIVE", True: "DELETED"},
)

_newer = pd.alias("newer")


def _latest(values: dict[str, Any], source: int, path: str) -> Condition:
    overtaken = exists().where(
        _newer.c.tenant_id == pd.c.tenant_id,
        _newer.c.process_id == pd.c.process_id,
        _newer.c.version > pd.c.version,
        not_(_newer.c.deleted),
    )
    latest = read_boolean(values["isLatestVersion"], f"{path}.isLatestVersion")
    return not_(overtaken) if latest else overtaken


PROCESS_DEFINITIONS = Entity(
    "ProcessDefinition",
    [Source(pd, (pd.c.key,))],
    [
        Field("name", TEXT, pd.c.name, nullable=True),
        Field("resourceName", TEXT, pd.c.resource_name),
        Field("version", INTEGER, pd.c.version),
        Field("versionTag", TEXT, pd.c.version_tag, nullable=True),
        Field("processDefinitionId", TEXT, pd.c.process_id),
        Field("tenantId", TEXT, pd.c.tenant_id),
        Field("processDefinitionKey", KEY, pd.c.key),
        Field("hasStartForm", BOOLEAN, pd.c.start_form_id.is_not(None), sort=False),
        Field("state", DEFINITION_STATE, pd.c.deleted, sort=False),
    ],
    more_filters=[MoreFilter(("isLatestVersion",), _latest, "boolean")],
    default_sort=("processDefinitionKey",),
    key="processDefinitionKey",
    unless_filtered={"state": not_(pd.c.deleted)},
)

RESOURCES = Entity(
    "Resource",
    [Source(resource, (resource.c.key,), where=(not_(resource.c.deleted),))],
    [
        Field("resourceName", TEXT, resource.c.name),
        Field("version", INTEGER, resource.c.version),
        Field("versionTag", TEXT, resource.c.version_tag, nullable=True),
        Field("resourceId", TEXT, resource.c.resource_id),
        Field("tenantId", TEXT, resource.c.tenant_id),
        Field("resourceKey", KEY, resource.c.key),
        Field("deploymentKey", KEY, resource.c.deployment_key, answer=False),
    ],
    default_sort=("resourceKey",),
    key="resourceKey",
)
