"""Process instances.

`hasIncident` speaks of an instance's own open incidents and, if it is a root, of those in the instances that it
called.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from engine.machine.lifecycle import ElementState, JobState
from engine.store.search.elements import ELEMENT_STATE, incidents_of
from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.joins import with_definition
from engine.store.search.kinds import (
    BOOLEAN,
    DATE,
    INTEGER,
    KEY,
    PINNED_KEY,
    TAGS,
    TEXT,
    Column,
    Condition,
    StateKind,
    part_of,
)
from engine.store.search.values import read_boolean
from engine.store.search.variables import variables_filter
from engine.store.tables import batch_operation_item as item
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, job
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi

INSTANCE_STATE = StateKind(
    {
        "ACTIVE": lambda _: and_(pi.c.ended_at.is_(None), pi.c.suspended_at.is_(None)),
        "COMPLETED": lambda _: and_(pi.c.ended_at.is_not(None), pi.c.state == ElementState.COMPLETED.value),
        "SUSPENDED": lambda _: and_(pi.c.ended_at.is_(None), pi.c.suspended_at.is_not(None)),
        "TERMINATED": lambda _: pi.c.state == ElementState.TERMINATED.value,
    }
)

_instance_state = case(
    (pi.c.state == ElementState.COMPLETED.value, "COMPLETED"),
    (pi.c.state == ElementState.TERMINATED.value, "TERMINATED"),
    (pi.c.suspended_at.is_not(None), "SUSPENDED"),
    else_="ACTIVE",
)

_open_keys = (
    select(incident.c.process_instance_key.label("key"))
    .where(incident.c.ended_at.is_(None))
    .union(select(incident.c.root_process_instance_key).where(incident.c.ended_at.is_(None)))
    .subquery("open_keys")
)

#: The offset keeps the planner from looking inside: each key is then looked up, instead of reading all that run.
_stuck_keys = select(_open_keys.c.key).distinct().offset(0).subquery("stuck")

#: For filters: a look-up in the few instances that have an open incident, not a question to each instance.
_is_stuck = tuple_(pi.c.part, pi.c.key).in_(select(part_of(_stuck_keys.c.key), _stuck_keys.c.key))

#: For answers: a question to the instances that are shown, however many others are stuck.
_has_incident = or_(
    exists().where(incident.c.process_instance_key == pi.c.key, incident.c.ended_at.is_(None)),
    exists().where(incident.c.root_process_instance_key == pi.c.key, incident.c.ended_at.is_(None)),
)

_variables = variables_filter(pi, pi.c.key, None)


def _open_incident(*conditions: Condition) -> Condition:
    return exists().where(
        incident.c.part == pi.c.part,
        incident.c.process_instance_key == pi.c.key,
        incident.c.ended_at.is_(None),
        *conditions,
    )


def _incident_filter(name: str, kind: Any, column: Column) -> MoreFilter:
    return MoreFilter(
        (name,),
        lambda values, _, path: _open_incident(*kind.conditions(column, values[name], f"{path}.{name}")),
        kind,
    )


def _stuck(values: dict[str, Any], source: int, path: str) -> Condition:
    return _is_stuck if read_boolean(values["hasIncident"], f"{path}.hasIncident") else not_(_is_stuck)


def _retries_left(values: dict[str, Any], source: int, path: str) -> Condition:
    failed = exists().where(
        job.c.part == pi.c.part,
        job.c.process_instance_key == pi.c.key,
        job.c.state == JobState.FAILED.value,
        job.c.retries > 0,
    )
    return failed if read_boolean(values["hasRetriesLeft"], f"{path}.hasRetriesLeft") else not_(failed)


def _element_filter(values: dict[str, Any], source: int, path: str) -> Condition:
    """Some element instance has this id, this state and an open incident or none: whichever was asked."""
    conditions: list[Condition] = []
    if "elementId" in values:
        conditions += TEXT.conditions(ei.c.element_id, values["elementId"], f"{path}.elementId")
    if "elementInstanceState" in values:
        conditions += ELEMENT_STATE.conditions(
            ei.c.state, values["elementInstanceState"], f"{path}.elementInstanceState"
        )
    if "hasElementInstanceIncident" in values:
        stuck = exists().where(*incidents_of(ei, ei.c.process_instance_key, ei.c.key))
        wanted = read_boolean(values["hasElementInstanceIncident"], f"{path}.hasElementInstanceIncident")
        conditions.append(stuck if wanted else not_(stuck))
    found = exists().where(ei.c.part == pi.c.part, ei.c.process_instance_key == pi.c.key, *conditions)
    if values.get("elementInstanceState") == "ACTIVE":
        # It follows; but said here, it lets PostgreSQL walk the open instances in the order of the page.
        return and_(pi.c.ended_at.is_(None), found)
    return found


def _in_batch_operation(values: dict[str, Any], source: int, path: str) -> Condition:
    """Some batch operation that was asked for has the instance, or an incident in it, among its items."""
    conditions = [
        condition
        for name, value in values.items()
        for condition in TEXT.conditions(cast(item.c.batch_operation_key, Text), value, f"{path}.{name}")
    ]
    return pi.c.key.in_(select(item.c.process_instance_key).where(*conditions))


PROCESS_INSTANCES = Entity(
    "ProcessInstance",
    [Source(with_definition(pi), (pi.c.key,), pi.c.process_definition_key, pi.c.part)],
    [
        Field("processDefinitionId", TEXT, pd.c.process_id, definition=True),
        Field("processDefinitionName", TEXT, pd.c.name, nullable=True, definition=True),
        Field("processDefinitionVersion", INTEGER, pd.c.version, definition=True),
        Field("processDefinitionVersionTag", TEXT, pd.c.version_tag, nullable=True, definition=True),
        Field("startDate", DATE, pi.c.started_at),
        Field("endDate", DATE, pi.c.ended_at, nullable=True),
        Field("state", INSTANCE_STATE, _instance_state),
        Field("suspendedDate", DATE, pi.c.suspended_at, nullable=True),
        Field("hasIncident", BOOLEAN, _has_incident, filter=False),
        Field("tenantId", TEXT, pi.c.tenant_id),
        Field("processInstanceKey", PINNED_KEY, pi.c.key),
        Field("processDefinitionKey", KEY, pi.c.process_definition_key),
        Field("parentProcessInstanceKey", KEY, pi.c.parent_process_instance_key, nullable=True),
        Field("parentElementInstanceKey", KEY, pi.c.parent_element_instance_key, nullable=True),
        Field(
            "rootProcessInstanceKey",
            KEY,
            pi.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("tags", TAGS, pi.c.tags, sort=False),
        Field("businessId", TEXT, pi.c.business_id, nullable=True),
    ],
    more_filters=[
        MoreFilter(
            ("variables",),
            lambda values, _, path: _variables(values["variables"], f"{path}.variables"),
            "array",
        ),
        _incident_filter("errorMessage", TEXT, incident.c.message),
        _incident_filter("incidentErrorHashCode", INTEGER, func.hashtext(incident.c.message, type_=Integer)),
        MoreFilter(("hasIncident",), _stuck, "boolean", looked_up=True),
        MoreFilter(("hasRetriesLeft",), _retries_left, "boolean"),
        MoreFilter(
            ("elementId", "elementInstanceState", "hasElementInstanceIncident"),
            _element_filter,
            TEXT,
            ELEMENT_STATE,
            "boolean",
        ),
        MoreFilter(("batchOperationId", "batchOperationKey"), _in_batch_operation, TEXT, TEXT),
    ],
    default_sort=("startDate",),
    key="processInstanceKey",
    alternatives=True,
    apart=("endDate", "state"),
)
