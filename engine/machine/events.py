"""What can have happened to an instance. Past tense; the only input of `apply`; the content of the log.

An event carries what `apply` needs and nothing that it can look up. No event names a BPMN element type. Tags are the
stored numbers: never reuse or change one, add new fields only at the end with a default. Times are milliseconds since
the epoch, UTC; values of variables are JSON texts. The time at which an event happened is that of its log row.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Event(msgspec.Struct, array_like=True, gc=False, tag_field="event"):
    """Base of all events."""


class InstanceCreated(Event, tag=1):
    """A process instance and, ACTIVATING, its root element instance, whose key is the instance's."""

    key: int
    process_definition_key: int
    tenant: str
    parent_key: int | None = None
    parent_element_key: int | None = None
    root_key: int | None = None
    business_id: str | None = None
    tags: list[str] = []


class ElementActivating(Event, tag=2):
    key: int
    element_id: str
    scope_key: int
    inner: bool = False  # the inner activity of a multi-instance body, which shares its element id
    loop_counter: int | None = None


class ElementActivated(Event, tag=3):
    key: int


class ElementCompleting(Event, tag=4):
    key: int


class ElementCompleted(Event, tag=5):
    key: int


class ElementTerminating(Event, tag=6):
    key: int


class ElementTerminated(Event, tag=7):
    key: int


class SequenceFlowTaken(Event, tag=8):
    """A token went along a flow; it waits in the scope (`held`) if the target is a gateway that joins."""

    scope_key: int
    flow_id: str
    held: bool = False


class TokensConsumed(Event, tag=9):
    """A joining gateway took one held token from each of these flows."""

    scope_key: int
    flow_ids: list[str]


class VariableCreated(Event, tag=10):
    key: int
    scope_key: int
    name: str
    text: str


class VariableUpdated(Event, tag=11):
    scope_key: int
    name: str
    text: str


class DataChanged(Event, tag=12):
    """What the behaviour of an element remembers across commands."""

    key: int
    data: dict[str, Any] | None


class ResultRecorded(Event, tag=13):
    """What an inner instance adds to the output collection of its multi-instance body (JSON text)."""

    key: int
    text: str


class JobCreated(Event, tag=20):
    key: int
    element_key: int
    type: str
    retries: int
    kind: int = 0
    listener: int = 0
    priority: int = 0
    headers: str = "{}"


class JobCompleted(Event, tag=21):
    key: int


class JobFailed(Event, tag=22):
    """Not done. It may be tried again at once, at `retry_at`, or (retries = 0) when its incident is resolved."""

    key: int
    retries: int
    message: str
    retry_at: int | None = None


class JobErrorThrown(Event, tag=23):
    key: int
    code: str
    message: str


class JobCanceled(Event, tag=24):
    key: int


class JobUpdated(Event, tag=25):
    """An operator or a worker changed retries or priority."""

    key: int
    retries: int
    priority: int


class JobRecurred(Event, tag=26):
    """A job became available again: its back-off is over, its incident resolved."""

    key: int


class JobErrorUncaught(Event, tag=27):
    """A worker threw an error that nothing catches: the job stays, with an incident."""

    key: int
    code: str
    message: str


class TimerScheduled(Event, tag=30):
    key: int
    element_key: int
    node_id: str
    due_at: int
    repetitions: int = 0  # how often again after this time; -1 without end
    cycle: str = ""  # what the next date follows from


class TimerTriggered(Event, tag=31):
    key: int


class TimerCanceled(Event, tag=32):
    key: int


class MessageSubscriptionOpened(Event, tag=33):
    key: int
    element_key: int
    node_id: str
    name: str
    correlation_key: str


class MessageCorrelated(Event, tag=34):
    """A message arrived; the subscription stays open where `closes` is false (a non-interrupting event)."""

    key: int
    message_key: int
    closes: bool


class MessageSubscriptionClosed(Event, tag=35):
    key: int


class SubscriptionOpened(Event, tag=36):
    key: int
    element_key: int
    node_id: str
    kind: int
    name: str
    data: dict[str, Any] | None = None


class SubscriptionChanged(Event, tag=37):
    key: int
    element_key: int  # its owner, which may be another than before
    data: dict[str, Any] | None


class SubscriptionClosed(Event, tag=38):
    key: int


class IncidentCreated(Event, tag=40):
    key: int
    element_key: int
    type: int
    message: str
    job_key: int | None = None


class IncidentResolved(Event, tag=41):
    key: int


class UserTaskCreating(Event, tag=50):
    key: int
    element_key: int
    assignee: str | None
    candidate_groups: list[str]
    candidate_users: list[str]
    due_date: str | None
    follow_up_date: str | None
    priority: int
    form_key: int | None
    external_form_reference: str | None
    headers: str


class UserTaskMoved(Event, tag=51):
    """The task's life cycle went on to `state` (a UserTaskState).

    `denied`: a task listener refused what was wanted, for this reason, and the task is as it was.
    """

    key: int
    state: int
    action: str = ""
    denied: str | None = None


class UserTaskAssigned(Event, tag=52):
    key: int
    assignee: str | None


class UserTaskUpdated(Event, tag=53):
    """The attributes after an update; all of them, so that the last event tells the whole."""

    key: int
    candidate_groups: list[str]
    candidate_users: list[str]
    due_date: str | None
    follow_up_date: str | None
    priority: int


class InstanceSuspended(Event, tag=60):
    key: int


class InstanceResumed(Event, tag=61):
    key: int


class InstanceMigrated(Event, tag=62):
    """The instance runs on another definition; element ids change by the mapping."""

    key: int
    process_definition_key: int
    mapping: dict[str, str]


class BusinessIdAssigned(Event, tag=63):
    key: int
    business_id: str


class DecisionEvaluated(Event, tag=70):
    """A decision was evaluated for an element; `trace` (JSON text) says how, decision by decision."""

    key: int
    element_key: int
    decision_key: int
    trace: str


AnyEvent = (
    InstanceCreated
    | ElementActivating
    | ElementActivated
    | ElementCompleting
    | ElementCompleted
    | ElementTerminating
    | ElementTerminated
    | SequenceFlowTaken
    | TokensConsumed
    | VariableCreated
    | VariableUpdated
    | DataChanged
    | ResultRecorded
    | JobCreated
    | JobCompleted
    | JobFailed
    | JobErrorThrown
    | JobCanceled
    | JobUpdated
    | JobRecurred
    | JobErrorUncaught
    | TimerScheduled
    | TimerTriggered
    | TimerCanceled
    | MessageSubscriptionOpened
    | MessageCorrelated
    | MessageSubscriptionClosed
    | SubscriptionOpened
    | SubscriptionChanged
    | SubscriptionClosed
    | IncidentCreated
    | IncidentResolved
    | UserTaskCreating
    | UserTaskMoved
    | UserTaskAssigned
    | UserTaskUpdated
    | InstanceSuspended
    | InstanceResumed
    | InstanceMigrated
    | BusinessIdAssigned
    | DecisionEvaluated
)

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(list[AnyEvent]).decode
