"""What can be asked. Imperative; each names its target by a key, from which the runtime finds the instance.

Commands of people and services stand first. `FollowUp` commands come from the machine itself: effects on other
instances, which the runtime stores with the events that caused them and executes afterwards, exactly once.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

#: How a command finds its instance: by the key of the instance itself or of something that belongs to it.
Target = Literal["instance", "element", "job", "user_task", "incident", "timer", "new"]

Variables = dict[str, Any]  # JSON values by name

DEFAULT_TENANT = "<default>"  # what belongs to no tenant in particular


class Rejection(Exception):
    """A command that cannot be carried out; nothing has happened.

    `kind` is one of NOT_FOUND, INVALID_STATE, INVALID_ARGUMENT, ALREADY_EXISTS; `reason` is a sentence for a person.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Command(msgspec.Struct, kw_only=True, tag_field="command"):
    """Base of all commands."""

    target_kind: ClassVar[Target] = "instance"

    @property
    def target(self) -> int:
        """The key that `target_kind` speaks of."""
        raise NotImplementedError


class StartInstruction(msgspec.Struct):
    element_id: str


class CreateInstance(Command, tag=True, kw_only=True):
    """Start a process: at its none start event, at `start_event`, or at the elements of `start_instructions`.

    The runtime resolves the definition (by key, or by id and version, -1 for the latest) before the machine sees it.
    `parent_*` and `root_key` are set for a called process. `start_event` is the element id of the message, timer,
    signal or conditional start event that triggered, `start_kind` and `start_name` say which of its definitions.
    `timer_over`: the dates of the timer that it needs beside have all been.
    """

    target_kind: ClassVar[Target] = "new"

    key: int = 0  # of the new instance; 0: the runtime chooses
    process_definition_key: int = 0
    process_id: str = ""
    process_version: int = -1
    binding: Literal["latest", "deployment", "versionTag"] = "latest"  # of a called process, beside its id
    binding_deployment_key: int = 0
    binding_version_tag: str = ""
    tenant: str = DEFAULT_TENANT
    variables: Variables = {}
    business_id: str | None = None
    tags: list[str] = []
    start_instructions: list[StartInstruction] = []
    terminate_after: list[str] = []  # element ids: the instance ends when one of them completes
    start_event: str | None = None
    parent_key: int | None = None
    parent_element_key: int | None = None
    root_key: int | None = None
    depth: int = 0  # how many call activities are above
    idempotency_key: str | None = None
    message_key: int | None = None  # the message that started it, and its correlation key
    correlation_key: str | None = None
    start_kind: str = ""
    start_name: str = ""
    timer_over: bool = False


class _ForInstance(Command, kw_only=True):
    process_instance_key: int

    @property
    def target(self) -> int:
        return self.process_instance_key


class CancelInstance(_ForInstance, tag=True, kw_only=True):
    """Terminate everything in it. A called instance is refused unless the call activity itself asks."""

    by_parent: bool = False


class SuspendInstance(_ForInstance, tag=True, kw_only=True):
    pass


class ResumeInstance(_ForInstance, tag=True, kw_only=True):
    pass


class AssignBusinessId(_ForInstance, tag=True, kw_only=True):
    """Give a root instance that has none its business id, for good."""

    business_id: str


class VariableInstruction(msgspec.Struct):
    """Variables for a scope that is entered; an empty `scope_id` is the process."""

    variables: Variables
    scope_id: str = ""


class ActivateInstruction(msgspec.Struct, kw_only=True):
    """Enter an element; `ancestor_key` chooses among several scopes that it could lie in (0: the only one)."""

    element_id: str
    ancestor_key: int = 0
    variables: list[VariableInstruction] = []


class TerminateInstruction(msgspec.Struct, kw_only=True):
    """End an element instance by its key, or all of an element."""

    element_instance_key: int = 0
    element_id: str = ""


class MoveInstruction(msgspec.Struct, kw_only=True):
    """End an element instance (all of `source_element_id`), and for each enter another element."""

    element_id: str
    source_element_id: str = ""
    source_element_instance_key: int = 0
    ancestor_key: int = 0
    variables: list[VariableInstruction] = []


class ModifyInstance(_ForInstance, tag=True, kw_only=True):
    """Put tokens, take them away, move them; `preview`: only say what would happen."""

    activate: list[ActivateInstruction] = []
    terminate: list[TerminateInstruction] = []
    move: list[MoveInstruction] = []
    preview: bool = False


class MigrateInstance(_ForInstance, tag=True, kw_only=True):
    """Go on in another definition; `mapping`: target element ids by source element id.

    `preview`: only say what keeps the instance from it. The answer is the list of reasons.
    """

    target_process_definition_key: int
    mapping: dict[str, str]
    preview: bool = False


class SetVariables(Command, tag=True, kw_only=True):
    """Merge variables into the scope of an element instance, or (`local`) write them right there."""

    target_kind: ClassVar[Target] = "element"

    element_instance_key: int
    variables: Variables
    local: bool = False

    @property
    def target(self) -> int:
        return self.element_instance_key


class ActivateAdHocActivities(Command, tag=True, kw_only=True):
    """Activate activities in an ad-hoc sub-process: [{"elementId", "variables"}]."""

    target_kind: ClassVar[Target] = "element"

    element_instance_key: int
    elements: list[dict[str, Any]]
    cancel_remaining: bool = False

    @property
    def target(self) -> int:
        return self.element_instance_key


class _ForJob(Command, kw_only=True):
    target_kind: ClassVar[Target] = "job"

    job_key: int
    lease_token: str | None = None

    @property
    def target(self) -> int:
        return self.job_key


class JobResult(msgspec.Struct, kw_only=True):
    """What a listener or ad-hoc job answers besides variables."""

    denied: bool = False
    denied_reason: str = ""
    corrections: dict[str, Any] = {}
    activate_elements: list[dict[str, Any]] = []
    completion_condition_fulfilled: bool = False
    cancel_remaining_instances: bool = False


class CompleteJob(_ForJob, tag=True, kw_only=True):
    """The work is done; `business_id` is for the instance of the job, as by AssignBusinessId."""

    variables: Variables = {}
    result: JobResult | None = None
    business_id: str | None = None


class FailJob(_ForJob, tag=True, kw_only=True):
    """`retries` None takes one off; `retry_back_off` in milliseconds."""

    retries: int | None = None
    message: str = ""
    retry_back_off: int = 0
    variables: Variables = {}


class ThrowJobError(_ForJob, tag=True, kw_only=True):
    code: str
    message: str = ""
    variables: Variables = {}


class UpdateJob(_ForJob, tag=True, kw_only=True):
    """Change retries, priority, or (`timeout`, milliseconds from now; the runtime's part) the lock of a job."""

    retries: int | None = None
    priority: int | None = None
    timeout: int | None = None


class RecurJob(_ForJob, tag=True, kw_only=True):
    """The back-off of a failed job is over."""


class UserTaskCommand(Command, kw_only=True):
    """What people do. `action` is what whoever asks calls it, for the log.

    `expected_assignee`: who must have the task at that moment (None: nobody), if that is given. What the sender has
    read before may be old news.
    """

    target_kind: ClassVar[Target] = "user_task"

    user_task_key: int
    action: str = ""
    expected_assignee: str | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def target(self) -> int:
        return self.user_task_key


class AssignUserTask(UserTaskCommand, tag=True, kw_only=True):
    """Give the task to somebody; None takes it from its assignee."""

    assignee: str | None
    allow_override: bool = True


class UpdateUserTask(UserTaskCommand, tag=True, kw_only=True):
    """Change attributes: candidate_groups, candidate_users, due_date, follow_up_date, priority (absent: as it was)."""

    changes: dict[str, Any] = {}


class CompleteUserTask(UserTaskCommand, tag=True, kw_only=True):
    variables: Variables = {}


class ResolveIncident(Command, tag=True, kw_only=True):
    """Take the step again that was stuck; `variables` are set in the process before, whatever scope is stuck."""

    target_kind: ClassVar[Target] = "incident"

    incident_key: int
    variables: Variables = {}

    @property
    def target(self) -> int:
        return self.incident_key


class PublishMessage(Command, tag=True, kw_only=True):
    """Offer a message to whoever waits; keep it for `time_to_live` milliseconds if it is positive."""

    target_kind: ClassVar[Target] = "new"

    name: str
    correlation_key: str = ""
    time_to_live: int = 0
    message_id: str = ""
    variables: Variables = {}
    tenant: str = DEFAULT_TENANT
    business_id: str | None = None


class CorrelateMessage(Command, tag=True, kw_only=True):
    """Deliver a message now, as a published one is delivered; it is an error if nobody waits."""

    target_kind: ClassVar[Target] = "new"

    name: str
    correlation_key: str = ""
    variables: Variables = {}
    tenant: str = DEFAULT_TENANT
    business_id: str | None = None


class EvaluateDecision(Command, tag=True, kw_only=True):
    """Evaluate a decision by its key, or the latest of its id, without a process."""

    target_kind: ClassVar[Target] = "new"

    decision_key: int = 0
    decision_id: str = ""
    variables: Variables = {}
    tenant: str = DEFAULT_TENANT


class EvaluateConditionals(Command, tag=True, kw_only=True):
    """Start the processes whose conditional start events the variables meet: of one definition, or (0) of all."""

    target_kind: ClassVar[Target] = "new"

    process_definition_key: int = 0
    variables: Variables = {}
    tenant: str = DEFAULT_TENANT


class BroadcastSignal(Command, tag=True, kw_only=True):
    """Deliver a signal to everybody who waits for it now."""

    target_kind: ClassVar[Target] = "new"

    name: str
    variables: Variables = {}
    tenant: str = DEFAULT_TENANT


class TriggerTimer(Command, tag=True, kw_only=True):
    """The date of a timer of an instance has come."""

    target_kind: ClassVar[Target] = "timer"

    timer_key: int

    @property
    def target(self) -> int:
        return self.timer_key


class DeliverMessage(_ForInstance, tag=True, kw_only=True):
    """A message that the runtime matched with a subscription of this instance.

    `new_correlation_key`: the instance began without one, and takes that of the message from now on.
    """

    subscription_key: int
    message_key: int
    variables: Variables = {}
    new_correlation_key: str = ""


class DeliverSignal(_ForInstance, tag=True, kw_only=True):
    """A signal, or another start of its group, that the runtime matched with a subscription of this instance."""

    subscription_key: int
    variables: Variables = {}


class Continue(_ForInstance, tag=True, kw_only=True):
    """Go on with what an earlier command left for later, because it would have become too long.

    Either an active element instance does the rest of its work, or those that were entered begin.
    """

    element_instance_key: int
    position: int = 0  # how far a multi-instance body has come
    others: list[int] = []  # more element instances that are to begin


class ReportChildEnded(_ForInstance, tag=True, kw_only=True):
    """The instance that `element_instance_key` called has ended; `variables` None means it was terminated."""

    element_instance_key: int
    child_key: int
    variables: Variables | None


class ReportChildError(_ForInstance, tag=True, kw_only=True):
    """An error or escalation that nobody caught in the called instance climbs to the call activity.

    `origin_*` say where it was thrown, for the incident there if nobody catches it above either.
    """

    element_instance_key: int
    origin_key: int
    origin_element_key: int
    code: str
    message: str
    variables: Variables = {}
    escalation: bool = False


class ReportErrorUncaught(_ForInstance, tag=True, kw_only=True):
    """Nobody above caught the error that `element_instance_key` threw."""

    element_instance_key: int
    code: str
    message: str


class ReportEscalated(_ForInstance, tag=True, kw_only=True):
    """All callers have been told of the escalation that `element_instance_key` threw, and none interrupts it."""

    element_instance_key: int


class ReportCallFailed(_ForInstance, tag=True, kw_only=True):
    """The process that `element_instance_key` calls cannot be started."""

    element_instance_key: int
    reason: str


FollowUp = (
    CreateInstance
    | CancelInstance
    | BroadcastSignal
    | PublishMessage
    | DeliverMessage
    | DeliverSignal
    | Continue
    | ReportChildEnded
    | ReportChildError
    | ReportErrorUncaught
    | ReportEscalated
    | ReportCallFailed
)

encode_follow_up = msgspec.msgpack.Encoder().encode
decode_follow_up = msgspec.msgpack.Decoder(FollowUp).decode
