"""What waits for somebody: jobs, user tasks, incidents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Text, and_, case, cast, false, func, null, true

from engine.machine.lifecycle import IncidentType, JobKind, JobState, ListenerEvent, UserTaskState
from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.joins import element_name, with_definition, with_element, with_instance
from engine.store.search.kinds import (
    BOOLEAN,
    DATE,
    INTEGER,
    JSON,
    KEY,
    PINNED_KEY,
    TAGS,
    TEXT,
    TEXTS,
    ChoiceKind,
    Column,
    Condition,
    StateKind,
)
from engine.store.search.variables import variables_filter
from engine.store.tables import incident, job
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi
from engine.store.tables import user_task as ut

#: Job states that this engine never shows; a filter may name them all the same.
_UNUSED_JOB_STATES = ("MIGRATED", "PRIORITY_UPDATED", "RETRIES_UPDATED", "TIMEOUT_UPDATED", "TIMED_OUT")


class JobStateKind(ChoiceKind):
    """Jobs that a worker holds have a date, when that ends, by whose index they are found among all that are over."""

    def equals(self, column: Column, value: int) -> Condition:
        held = job.c.due_at.is_not(None) if value == JobState.ACTIVATED.value else true()
        return and_(held, column == value)


JOB_STATE = JobStateKind(
    {state.name: state.value for state in JobState}
    | {name: -1 - number for number, name in enumerate(_UNUSED_JOB_STATES)}
)
JOB_KIND = ChoiceKind({kind.name: kind.value for kind in JobKind})
LISTENER_EVENT = ChoiceKind({event.name: event.value for event in ListenerEvent} | {"BEFORE_ALL": -1, "CANCEL": -2})

JOBS = Entity(
    "JobSearch",
    [Source(with_instance(job, with_definition(job)), (job.c.key,), job.c.process_definition_key, job.c.part)],
    [
        Field("customHeaders", JSON, job.c.headers, filter=False, sort=False),
        Field("deadline", DATE, case((job.c.state == JobState.ACTIVATED.value, job.c.due_at)), nullable=True),
        Field("deniedReason", TEXT, cast(null(), Text), nullable=True),
        Field("elementId", TEXT, job.c.element_id, nullable=True),
        Field("elementInstanceKey", PINNED_KEY, job.c.element_instance_key),
        Field("endTime", DATE, job.c.ended_at, nullable=True),
        Field("errorCode", TEXT, job.c.error_code, nullable=True),
        Field("errorMessage", TEXT, job.c.error_message, nullable=True),
        Field("hasFailedWithRetriesLeft", BOOLEAN, and_(job.c.state == JobState.FAILED.value, job.c.retries > 0)),
        Field("isDenied", BOOLEAN, cast(null(), Boolean), nullable=True),
        Field("jobKey", PINNED_KEY, job.c.key),
        Field("kind", JOB_KIND, job.c.kind),
        Field("listenerEventType", LISTENER_EVENT, job.c.listener),
        Field("processDefinitionId", TEXT, pd.c.process_id, definition=True),
        Field("processDefinitionKey", KEY, job.c.process_definition_key),
        Field("processInstanceKey", PINNED_KEY, job.c.process_instance_key),
        Field(
            "rootProcessInstanceKey",
            KEY,
            job.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("businessId", TEXT, pi.c.business_id, nullable=True, filter=False, sort=False),
        Field("retries", INTEGER, job.c.retries),
        Field("state", JOB_STATE, job.c.state),
        Field("tenantId", TEXT, job.c.tenant_id),
        Field("type", TEXT, job.c.type),
        Field("worker", TEXT, func.coalesce(job.c.worker, "")),
        Field("creationTime", DATE, job.c.created_at),
        Field("lastUpdateTime", DATE, job.c.updated_at),
        Field("priority", INTEGER, job.c.priority),
    ],
    default_sort=("jobKey",),
    sort_within=("creationTime",),
    key="jobKey",
)

_process_variables = variables_filter(ut, ut.c.process_instance_key, ut.c.process_instance_key)
_local_variables = variables_filter(ut, ut.c.process_instance_key, ut.c.element_instance_key)


def _variables(name: str, condition: Any) -> MoreFilter:
    return MoreFilter((name,), lambda values, _, path: condition(values[name], f"{path}.{name}"), "array")


USER_TASKS = Entity(
    "UserTask",
    [
        Source(
            with_instance(ut, with_definition(ut, with_element(ut))),
            (ut.c.key,),
            ut.c.process_definition_key,
            ut.c.part,
        )
    ],
    [
        Field("name", TEXT, element_name(ut)),
        Field("state", ChoiceKind({state.name: state.value for state in UserTaskState}), ut.c.state, sort=False),
        Field("assignee", TEXT, ut.c.assignee, nullable=True, sort=False),
        Field("elementId", TEXT, ut.c.element_id, sort=False),
        Field("candidateGroups", TEXTS, ut.c.candidate_groups, filter=False, sort=False),
        Field("candidateUsers", TEXTS, ut.c.candidate_users, filter=False, sort=False),
        Field("processDefinitionId", TEXT, pd.c.process_id, sort=False, definition=True),
        Field("creationDate", DATE, ut.c.created_at),
        Field("completionDate", DATE, ut.c.ended_at, nullable=True),
        Field("followUpDate", DATE, ut.c.follow_up_date, nullable=True),
        Field("dueDate", DATE, ut.c.due_date, nullable=True),
        Field("tenantId", TEXT, ut.c.tenant_id, sort=False),
        Field(
            "externalFormReference",
            TEXT,
            ut.c.external_form_reference,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("processDefinitionVersion", INTEGER, pd.c.version, filter=False, sort=False),
        Field("customHeaders", JSON, ut.c.headers, filter=False, sort=False),
        Field("priority", INTEGER, ut.c.priority),
        Field("userTaskKey", PINNED_KEY, ut.c.key),
        Field("elementInstanceKey", PINNED_KEY, ut.c.element_instance_key, sort=False),
        Field("processName", TEXT, pd.c.name, nullable=True, filter=False, sort=False),
        Field("processDefinitionKey", KEY, ut.c.process_definition_key, sort=False),
        Field("processInstanceKey", PINNED_KEY, ut.c.process_instance_key, sort=False),
        Field(
            "rootProcessInstanceKey",
            KEY,
            ut.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("businessId", TEXT, pi.c.business_id, nullable=True),
        Field("formKey", KEY, ut.c.form_key, nullable=True, filter=False, sort=False),
        Field("tags", TAGS, pi.c.tags, sort=False),
        Field("candidateGroup", TEXTS, ut.c.candidate_groups, answer=False, sort=False),
        Field("candidateUser", TEXTS, ut.c.candidate_users, answer=False, sort=False),
    ],
    more_filters=[
        _variables("processInstanceVariables", _process_variables),
        _variables("localVariables", _local_variables),
    ],
    default_sort=("creationDate",),
    key="userTaskKey",
)

INCIDENT_STATE = StateKind(
    {
        "ACTIVE": lambda _: incident.c.ended_at.is_(None),
        "RESOLVED": lambda _: incident.c.ended_at.is_not(None),
        "MIGRATED": lambda _: false(),
        "PENDING": lambda _: false(),
        "UNKNOWN": lambda _: false(),
    }
)
INCIDENT_TYPE = ChoiceKind(
    {type.name: type.value for type in IncidentType} | {"SECRET_RESOLUTION_ERROR": -1, "UNSPECIFIED": -2}
)

INCIDENTS = Entity(
    "Incident",
    [Source(with_definition(incident), (incident.c.key,), incident.c.process_definition_key, incident.c.part)],
    [
        Field("processDefinitionId", TEXT, pd.c.process_id, definition=True),
        Field("errorType", INCIDENT_TYPE, incident.c.type),
        Field("errorMessage", TEXT, incident.c.message, sort=False),
        Field("elementId", TEXT, incident.c.element_id),
        Field("creationTime", DATE, incident.c.created_at),
        Field("state", INCIDENT_STATE, case((incident.c.ended_at.is_(None), "ACTIVE"), else_="RESOLVED")),
        Field("tenantId", TEXT, incident.c.tenant_id),
        Field("incidentKey", PINNED_KEY, incident.c.key),
        Field("processDefinitionKey", KEY, incident.c.process_definition_key),
        Field("processInstanceKey", PINNED_KEY, incident.c.process_instance_key),
        Field(
            "rootProcessInstanceKey",
            KEY,
            incident.c.root_process_instance_key,
            nullable=True,
            filter=False,
            sort=False,
        ),
        Field("elementInstanceKey", PINNED_KEY, incident.c.element_instance_key),
        Field("jobKey", KEY, incident.c.job_key, nullable=True),
    ],
    default_sort=("creationTime",),
    key="incidentKey",
)
