"""Who waits for messages, and which messages arrived.

A subscription comes from an instance that waits (PROCESS_EVENT) or from the latest version of a process
that a message starts (START_EVENT).
"""

from __future__ import annotations

from sqlalchemy import JSON as _JSON
from sqlalchemy import ColumnElement, FromClause, Integer, Table, Text, and_, cast, func, literal, null, select

from engine.store.search.entity import Entity, Field, Source
from engine.store.search.joins import with_definition, with_element
from engine.store.search.kinds import DATE, INTEGER, JSON, KEY, TEXT, ChoiceKind, part_of
from engine.store.tables import correlated_message as cm
from engine.store.tables import message_subscription as ms
from engine.store.tables import process_definition as pd
from engine.store.tables import process_element
from engine.store.tables import process_instance as pi
from engine.store.tables import start_subscription as ss

_no_key = cast(null(), ms.c.key.type)
_no_text = cast(null(), Text)

def _property(name: str) -> ColumnElement[str]:
    return cast(func.json_extract_path_text(cast(process_element.c.properties, _JSON), name), Text)


# The extension properties of the element that waits; those with the prefix say how it is offered as a tool.
_TOOL = "io.camunda.tool:"
_properties = func.coalesce(process_element.c.properties, "{}")
_tool_name = _property(f"{_TOOL}name")
_connector = _property("inbound.type")
_each = func.json_each_text(cast(_properties, _JSON)).table_valued("key", "value")
_tool_properties = (
    select(cast(func.coalesce(func.json_object_agg(_each.c.key, _each.c.value), cast("{}", _JSON)), Text))
    .where(_each.c.key.startswith(_TOOL))
    .scalar_subquery()
)


def _with_instance(table: Table, rows: FromClause) -> FromClause:
    """The part of these rows is a hash; that of the instance is read off its key."""
    key = table.c.process_instance_key
    return rows.outerjoin(pi, and_(pi.c.part == part_of(key), pi.c.key == key))


MESSAGE_SUBSCRIPTIONS = Entity(
    "MessageSubscription",
    [
        Source(
            _with_instance(ms, with_element(ms, with_definition(ms), id="node_id")),
            (ms.c.key,),
            ms.c.process_definition_key,
        ),
        Source(
            with_element(ss, with_definition(ss)),
            (ss.c.key,),
            ss.c.process_definition_key,
            where=(ss.c.kind == "message",),
        ),
    ],
    [
        Field("businessId", TEXT, pi.c.business_id, _no_text, nullable=True, filter=False, sort=False),
        Field("messageSubscriptionKey", KEY, ms.c.key, ss.c.key),
        Field("processDefinitionId", TEXT, ms.c.process_id, ss.c.process_id),
        Field(
            "processDefinitionKey",
            KEY,
            ms.c.process_definition_key,
            ss.c.process_definition_key,
            nullable=True,
        ),
        Field("processInstanceKey", KEY, ms.c.process_instance_key, _no_key, nullable=True),
        Field(
            "rootProcessInstanceKey",
            KEY,
            pi.c.root_process_instance_key,
            _no_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("elementId", TEXT, ms.c.node_id, ss.c.element_id),
        Field("elementInstanceKey", KEY, ms.c.element_instance_key, _no_key, nullable=True),
        Field(
            "messageSubscriptionState",
            ChoiceKind(("CREATED", "CORRELATED", "DELETED", "MIGRATED")),
            ms.c.state,
            literal("CREATED"),
        ),
        Field("lastUpdatedDate", DATE, ms.c.updated_at, ss.c.created_at),
        Field("messageName", TEXT, ms.c.name, ss.c.name),
        Field("correlationKey", TEXT, ms.c.correlation_key, _no_text, nullable=True),
        Field(
            "messageSubscriptionType",
            ChoiceKind(("START_EVENT", "PROCESS_EVENT")),
            literal("PROCESS_EVENT"),
            literal("START_EVENT"),
        ),
        Field("extensionProperties", JSON, _properties, _properties, filter=False, sort=False),
        Field("toolProperties", JSON, _tool_properties, _tool_properties, filter=False, sort=False),
        Field("processDefinitionName", TEXT, pd.c.name, pd.c.name, nullable=True, definition=True),
        Field("processDefinitionVersion", INTEGER, pd.c.version, pd.c.version, nullable=True, definition=True),
        Field("toolName", TEXT, _tool_name, _tool_name, nullable=True),
        Field("inboundConnectorType", TEXT, _connector, _connector, nullable=True),
        Field("tenantId", TEXT, ms.c.tenant_id, ss.c.tenant_id),
    ],
    default_sort=("messageSubscriptionKey",),
    key="messageSubscriptionKey",
)

CORRELATED_MESSAGES = Entity(
    "CorrelatedMessageSubscription",
    [
        Source(
            _with_instance(cm, cm),
            (cm.c.message_key, cm.c.subscription_key),
            cm.c.process_definition_key,
        )
    ],
    [
        Field("businessId", TEXT, pi.c.business_id, nullable=True),
        Field("correlationKey", TEXT, cm.c.correlation_key, nullable=True),
        Field("correlationTime", DATE, cm.c.correlated_at),
        Field("elementId", TEXT, cm.c.element_id),
        Field("elementInstanceKey", KEY, cm.c.element_instance_key, nullable=True),
        Field("messageKey", KEY, cm.c.message_key),
        Field("messageName", TEXT, cm.c.name),
        Field("partitionId", INTEGER, cast(literal(1), Integer)),
        Field("processDefinitionId", TEXT, cm.c.process_id),
        Field("processDefinitionKey", KEY, cm.c.process_definition_key),
        Field("processInstanceKey", KEY, cm.c.process_instance_key),
        Field(
            "rootProcessInstanceKey",
            KEY,
            pi.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("subscriptionKey", KEY, cm.c.subscription_key),
        Field("tenantId", TEXT, cm.c.tenant_id),
    ],
    default_sort=("correlationTime",),
)
