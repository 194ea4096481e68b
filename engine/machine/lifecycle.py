"""The life cycle of an element instance, a job and a user task, as tables.

Numbers are stored in PostgreSQL and in the log: they never change their meaning.
"""

from __future__ import annotations

from enum import IntEnum


class ElementState(IntEnum):
    """Where an element instance stands between being entered and being left."""

    ACTIVATING = 0  # → ACTIVATED; input mappings and start listeners run here
    ACTIVATED = 1  # → COMPLETING; it waits for a worker, a person, an event or its children
    COMPLETING = 2  # → COMPLETED; output mappings and end listeners run here
    COMPLETED = 3
    TERMINATING = 4  # → TERMINATED, from any state that is not final; its children end first
    TERMINATED = 5


FINAL = frozenset({ElementState.COMPLETED, ElementState.TERMINATED})

#: The moves that `apply` accepts. Anything else is a defect of the engine, never of a model.
MOVES: dict[ElementState, frozenset[ElementState]] = {
    ElementState.ACTIVATING: frozenset({ElementState.ACTIVATED, ElementState.TERMINATING}),
    ElementState.ACTIVATED: frozenset({ElementState.COMPLETING, ElementState.TERMINATING}),
    ElementState.COMPLETING: frozenset({ElementState.COMPLETED, ElementState.TERMINATING}),
    ElementState.TERMINATING: frozenset({ElementState.TERMINATED}),
    ElementState.COMPLETED: frozenset(),
    ElementState.TERMINATED: frozenset(),
}


class JobState(IntEnum):
    """What a worker may do with a job."""

    CREATED = 0  # may be activated now
    ACTIVATED = 1  # locked to a worker until its deadline; then CREATED again
    FAILED = 2  # waits for its back-off (then CREATED) or, without retries, for its incident to be resolved
    COMPLETED = 3
    ERROR_THROWN = 4
    CANCELED = 5


class JobKind(IntEnum):
    """What asked for the job."""

    BPMN_ELEMENT = 0
    EXECUTION_LISTENER = 1
    TASK_LISTENER = 2
    AD_HOC_SUB_PROCESS = 3


class ListenerEvent(IntEnum):
    """The moment that a listener job belongs to; UNSPECIFIED for a job of the element itself."""

    UNSPECIFIED = 0
    START = 1
    END = 2
    CREATING = 3
    ASSIGNING = 4
    UPDATING = 5
    COMPLETING = 6
    CANCELING = 7


class UserTaskState(IntEnum):
    """CREATING → CREATED ↔ ASSIGNING/UPDATING → COMPLETING → COMPLETED, or CANCELING → CANCELED."""

    CREATING = 0
    CREATED = 1
    ASSIGNING = 2
    UPDATING = 3
    COMPLETING = 4
    COMPLETED = 5
    CANCELING = 6
    CANCELED = 7
    FAILED = 8


class IncidentType(IntEnum):
    """Why an element instance is stuck."""

    UNKNOWN = 0
    JOB_NO_RETRIES = 1
    EXECUTION_LISTENER_NO_RETRIES = 2
    TASK_LISTENER_NO_RETRIES = 3
    AD_HOC_SUB_PROCESS_NO_RETRIES = 4
    IO_MAPPING_ERROR = 5
    EXTRACT_VALUE_ERROR = 6
    CONDITION_ERROR = 7
    CALLED_ELEMENT_ERROR = 8
    CALLED_DECISION_ERROR = 9
    DECISION_EVALUATION_ERROR = 10
    UNHANDLED_ERROR_EVENT = 11
    FORM_NOT_FOUND = 12
    RESOURCE_NOT_FOUND = 13
    MESSAGE_SIZE_EXCEEDED = 14


class SubscriptionKind(IntEnum):
    """What an event subscription other than a timer or a message waits for."""

    SIGNAL = 0
    CONDITION = 1
    COMPENSATION = 2
    START = 3  # what else must come for an instance that began by one of several things
