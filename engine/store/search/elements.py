"""Element instances: each visit of each element; and the process itself, which is in its own table.

`hasIncident` speaks of an element's own open incidents.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    true,
)

from engine.machine.lifecycle import ElementState
from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.joins import element_name, with_definition, with_element, with_instance
from engine.store.search.kinds import (
    BOOLEAN,
    DATE,
    KEY,
    PINNED_KEY,
    TEXT,
    ChoiceKind,
    Column,
    Condition,
    StateKind,
)
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, process_element
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi

#: A loop as a whole: it is its rounds that are shown and counted.
LOOP_BODY = "MULTI_INSTANCE_BODY"

#: Those of the interface.
ELEMENT_TYPES = (
    "UNSPECIFIED",
    "PROCESS",
    "SUB_PROCESS",
    "EVENT_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS",
    "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
    "START_EVENT",
    "INTERMEDIATE_CATCH_EVENT",
    "INTERMEDIATE_THROW_EVENT",
    "BOUNDARY_EVENT",
    "END_EVENT",
    "SERVICE_TASK",
    "RECEIVE_TASK",
    "USER_TASK",
    "MANUAL_TASK",
    "TASK",
    "EXCLUSIVE_GATEWAY",
    "INCLUSIVE_GATEWAY",
    "PARALLEL_GATEWAY",
    "EVENT_BASED_GATEWAY",
    "SEQUENCE_FLOW",
    LOOP_BODY,
    "CALL_ACTIVITY",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "UNKNOWN",
)

#: Clients refuse types that the interface does not list, so that those of this engine alone are shown as UNKNOWN.
_element_type = case((process_element.c.type.in_(ELEMENT_TYPES), process_element.c.type), else_="UNKNOWN")

ELEMENT_STATE = StateKind(
    {
        "ACTIVE": lambda column: column.table.c.ended_at.is_(None),
        "COMPLETED": lambda column: column == ElementState.COMPLETED.value,
        "TERMINATED": lambda column: column == ElementState.TERMINATED.value,
    },
    {
        state.value: state.name if state in (ElementState.COMPLETED, ElementState.TERMINATED) else "ACTIVE"
        for state in ElementState
    },
)


def incidents_of(rows: Table, instance_key: Column, element_key: Column) -> tuple[Condition, ...]:
    """The open incidents of an element instance."""
    return (
        incident.c.part == rows.c.part,
        incident.c.process_instance_key == instance_key,
        incident.c.element_instance_key == element_key,
        incident.c.ended_at.is_(None),
    )


_element_rows = with_instance(ei, with_definition(ei, with_element(ei, inner=ei.c.inner)))
_process_incidents = incidents_of(pi, pi.c.key, pi.c.key)
_element_incidents = incidents_of(ei, ei.c.process_instance_key, ei.c.key)

#: For filters: the planner may look at all open incidents at once.
_stuck = (exists().where(*_process_incidents), exists().where(*_element_incidents))

#: For answers: a question to each row that is shown, however many others are stuck.
_incident_keys = [
    select(func.min(incident.c.key)).where(*of_row).scalar_subquery()
    for of_row in (_process_incidents, _element_incidents)
]


def _has_incident(values: dict[str, Any], source: int, path: str) -> Condition:
    return and_(true(), *BOOLEAN.conditions(_stuck[source], values["hasIncident"], f"{path}.hasIncident"))


ELEMENT_INSTANCES = Entity(
    "ElementInstance",
    [
        Source(with_definition(pi), (pi.c.key,), pi.c.process_definition_key, pi.c.part),
        Source(_element_rows, (ei.c.key,), ei.c.process_definition_key),
    ],
    [
        Field("processDefinitionId", TEXT, pd.c.process_id, pd.c.process_id, definition=True),
        Field("startDate", DATE, pi.c.started_at, ei.c.started_at),
        Field("endDate", DATE, pi.c.ended_at, ei.c.ended_at, nullable=True),
        Field("elementId", TEXT, pd.c.process_id, ei.c.element_id, definition=(0,)),
        Field("elementName", TEXT, func.coalesce(pd.c.name, pd.c.process_id), element_name(ei), definition=(0,)),
        Field(
            "type",
            ChoiceKind(ELEMENT_TYPES),
            literal("PROCESS"),
            _element_type,
        ),
        Field("state", ELEMENT_STATE, pi.c.state, ei.c.state),
        Field("hasIncident", BOOLEAN, *(key.is_not(None) for key in _incident_keys), filter=False),
        Field("tenantId", TEXT, pi.c.tenant_id, pi.c.tenant_id),
        Field("elementInstanceKey", PINNED_KEY, pi.c.key, ei.c.key),
        Field("processInstanceKey", PINNED_KEY, pi.c.key, ei.c.process_instance_key),
        Field(
            "rootProcessInstanceKey",
            KEY,
            pi.c.root_process_instance_key,
            pi.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("processDefinitionKey", KEY, pi.c.process_definition_key, ei.c.process_definition_key),
        Field(
            "incidentKey",
            KEY,
            *_incident_keys,
            nullable=True,
        ),
        Field("elementInstanceScopeKey", KEY, cast(null(), ei.c.scope_key.type), ei.c.scope_key, answer=False),
    ],
    more_filters=[MoreFilter(("hasIncident",), _has_incident, BOOLEAN)],
    default_sort=("elementInstanceKey",),
    sort_within=("startDate",),
    key="elementInstanceKey",
    alternatives=True,
)
