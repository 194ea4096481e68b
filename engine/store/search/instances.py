"""What runs and ran: process instances, element instances and variables.

`hasIncident` of a process instance speaks of its own open incidents and, if it is a root, of those in the
instances that it called; of an element instance, of the element's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    select,
    tuple_,
)

from engine.machine.lifecycle import ElementState, JobState
from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.errors import InvalidSearch
from engine.store.search.kinds import (
    BOOLEAN,
    DATE,
    INTEGER,
    KEY,
    PINNED_KEY,
    TAGS,
    TEXT,
    ChoiceKind,
    Column,
    Condition,
    StateKind,
    TextKind,
    part_of,
    read_boolean,
)
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, job, process_element, variable
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi

#: A searched value is cut here (characters) unless the request asks for all of it.
TRUNCATE_AT = 8192

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
    "MULTI_INSTANCE_BODY",
    "CALL_ACTIVITY",
    "BUSINESS_RULE_TASK",
    "SCRIPT_TASK",
    "SEND_TASK",
    "TRANSACTION",
    "COMPLEX_GATEWAY",
    "UNKNOWN",
)


def with_element(table: Table, rows: FromClause | None = None, inner: Column | None = None) -> FromClause:
    """Rows joined with the node that their element id names; of a multi-instance activity, the activity
    itself.
    """
    rows = table if rows is None else rows
    return rows.outerjoin(
        process_element,
        and_(
            process_element.c.process_definition_key == table.c.process_definition_key,
            process_element.c.element_id == table.c.element_id,
            process_element.c.inner == (false() if inner is None else inner),
        ),
    )


def with_definition(table: Table, rows: FromClause | None = None) -> FromClause:
    """Rows joined with their process definition."""
    rows = table if rows is None else rows
    return rows.outerjoin(pd, pd.c.key == table.c.process_definition_key)


def with_instance(table: Table, rows: FromClause | None = None) -> FromClause:
    """Rows joined with their process instance."""
    rows = table if rows is None else rows
    return rows.outerjoin(pi, and_(pi.c.part == table.c.part, pi.c.key == table.c.process_instance_key))


def element_name(table: Table) -> ColumnElement[str]:
    """The name of the element, or its id where it has none."""
    return func.coalesce(func.nullif(process_element.c.name, ""), table.c.element_id)


# ---- Filters by variables --------------------------------------------------------------------------------


class ValueKind(TextKind):
    """The JSON text of a variable; what is compared with is brought into the form in which values are
    stored.
    """

    def read(self, value: object, path: str) -> str:
        text = super().read(value, path)
        try:
            return msgspec.json.encode(msgspec.json.decode(text)).decode()
        except msgspec.DecodeError:
            return text

    def equals(self, column: Column, value: str) -> Condition:
        return and_(func.left(column, 100) == value[:100], column == value)


VALUE = ValueKind()


def variables_filter(
    rows: Table, instance_key: Column, scope: Column | None
) -> Callable[[Any, str], Condition]:
    """A condition made from `[{name, value}, …]`: every one is there, in that scope or (None) in any of the
    instance.
    """

    def condition(filters: Any, path: str) -> Condition:
        if not isinstance(filters, list):
            raise InvalidSearch(f"'{path}' must be an array of objects with name and value.")
        return and_(*(one(filter, f"{path}[{i}]") for i, filter in enumerate(filters)))

    def one(filter: Any, path: str) -> Condition:
        if (
            not isinstance(filter, dict)
            or set(filter) != {"name", "value"}
            or not isinstance(filter["name"], str)
        ):
            raise InvalidSearch(f"'{path}' must have a name (a string) and a value, and nothing else.")
        place = [] if scope is None else [variable.c.scope_key == scope]
        return exists().where(
            variable.c.part == rows.c.part,
            variable.c.process_instance_key == instance_key,
            *place,
            variable.c.name == filter["name"],
            *VALUE.conditions(variable.c.value, filter["value"], f"{path}.value"),
        )

    return condition


# ---- Process instances -----------------------------------------------------------------------------------

INSTANCE_STATE = StateKind(
    {
        "ACTIVE": lambda _: and_(pi.c.ended_at.is_(None), pi.c.suspended_at.is_(None)),
        "COMPLETED": lambda _: pi.c.state == ElementState.COMPLETED.value,
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

_stuck_keys = (
    select(incident.c.process_instance_key.label("key"))
    .where(incident.c.ended_at.is_(None))
    .union(select(incident.c.root_process_instance_key).where(incident.c.ended_at.is_(None)))
    .subquery("stuck")
)

#: Written as a look-up in the few instances that have an open incident, not as a question to each instance.
_has_incident = tuple_(pi.c.part, pi.c.key).in_(select(part_of(_stuck_keys.c.key), _stuck_keys.c.key))

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
    )


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
        stuck = exists().where(*_incidents_of(ei, ei.c.process_instance_key, ei.c.key))
        wanted = read_boolean(values["hasElementInstanceIncident"], f"{path}.hasElementInstanceIncident")
        conditions.append(stuck if wanted else not_(stuck))
    return exists().where(ei.c.part == pi.c.part, ei.c.process_instance_key == pi.c.key, *conditions)


def _no_batch_operation(values: dict[str, Any], source: int, path: str) -> Condition:
    """No instance was touched by a batch operation."""
    for name, value in values.items():
        TEXT.conditions(pi.c.business_id, value, f"{path}.{name}")
    return false()


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


def _incidents_of(rows: Table, instance_key: Column, element_key: Column) -> tuple[Condition, ...]:
    """The open incidents of an element instance."""
    return (
        incident.c.part == rows.c.part,
        incident.c.process_instance_key == instance_key,
        incident.c.element_instance_key == element_key,
        incident.c.ended_at.is_(None),
    )


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
        Field("hasIncident", BOOLEAN, _has_incident),
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
        _incident_filter("incidentErrorHashCode", INTEGER, func.hashtext(incident.c.message)),
        MoreFilter(("hasRetriesLeft",), _retries_left, "boolean"),
        MoreFilter(("elementId", "elementInstanceState", "hasElementInstanceIncident"), _element_filter),
        MoreFilter(("batchOperationId", "batchOperationKey"), _no_batch_operation),
    ],
    default_sort=("startDate",),
    key="processInstanceKey",
    alternatives=True,
)

# ---- Element instances -----------------------------------------------------------------------------------

_element_rows = with_instance(ei, with_definition(ei, with_element(ei, inner=ei.c.inner)))
_process_incidents = _incidents_of(pi, pi.c.key, pi.c.key)
_element_incidents = _incidents_of(ei, ei.c.process_instance_key, ei.c.key)

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
        Field("elementId", TEXT, pd.c.process_id, ei.c.element_id),
        Field("elementName", TEXT, func.coalesce(pd.c.name, pd.c.process_id), element_name(ei)),
        Field(
            "type",
            ChoiceKind(ELEMENT_TYPES),
            literal("PROCESS"),
            func.coalesce(process_element.c.type, literal("UNKNOWN")),
        ),
        Field("state", ELEMENT_STATE, pi.c.state, ei.c.state),
        Field(
            "hasIncident",
            BOOLEAN,
            exists().where(*_process_incidents),
            exists().where(*_element_incidents),
        ),
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
            select(func.min(incident.c.key)).where(*_process_incidents).scalar_subquery(),
            select(func.min(incident.c.key)).where(*_element_incidents).scalar_subquery(),
            nullable=True,
        ),
        Field(
            "elementInstanceScopeKey", KEY, cast(null(), ei.c.scope_key.type), ei.c.scope_key, answer=False
        ),
    ],
    default_sort=("elementInstanceKey",),
    sort_within=("startDate",),
    key="elementInstanceKey",
    alternatives=True,
)

# ---- Variables -------------------------------------------------------------------------------------------


def variables_entity(truncated: bool) -> Entity:
    """Variables; where `truncated`, no more of a value leaves the database than is shown."""
    long = func.length(variable.c.value) > TRUNCATE_AT
    value = func.left(variable.c.value, TRUNCATE_AT) if truncated else variable.c.value
    return Entity(
        "Variable" if not truncated else "VariableSearch",
        [Source(with_instance(variable), (variable.c.key,))],
        [
            Field("name", TEXT, variable.c.name),
            Field("tenantId", TEXT, pi.c.tenant_id),
            Field("variableKey", KEY, variable.c.key),
            Field("scopeKey", PINNED_KEY, variable.c.scope_key),
            Field("processInstanceKey", PINNED_KEY, variable.c.process_instance_key),
            Field(
                "rootProcessInstanceKey",
                KEY,
                pi.c.root_process_instance_key,
                nullable=True,
                filter=False,
                sort=False,
            ),
            Field("value", TEXT, value, filter=False),
            Field("isTruncated", BOOLEAN, long if truncated else false(), sort=False, filter=False),
        ],
        more_filters=[
            MoreFilter(
                ("value",),
                lambda values, _, path: and_(*VALUE.conditions(variable.c.value, values["value"], path)),
            ),
            MoreFilter(
                ("isTruncated",),
                lambda values, _, path: long if read_boolean(values["isTruncated"], path) else not_(long),
                "boolean",
            ),
        ],
        default_sort=("variableKey",),
        key="variableKey",
    )


VARIABLES = variables_entity(truncated=False)
VARIABLES_TRUNCATED = variables_entity(truncated=True)
