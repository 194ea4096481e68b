"""What one running process instance is, in memory.

An instance is a tree of element instances; each has its variables and its *waits*: jobs, timers, message and other
subscriptions, user tasks, incidents. Only what is still open is kept; what has ended lives in PostgreSQL alone.

Only `engine.machine.apply` changes these objects. What it changed it puts into `Instance.changes`; the store writes
those objects (`new` ones as inserts, which it then marks as not new), and only those, and then empties the set.
Times are integers: milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from engine.machine.lifecycle import (
    ElementState,
    IncidentType,
    JobKind,
    JobState,
    ListenerEvent,
    SubscriptionKind,
    UserTaskState,
)

if TYPE_CHECKING:
    from engine.machine.graph import Graph, Node

_decode = msgspec.json.decode


class Variable:
    """A value under a name in one scope, kept as JSON text and decoded when somebody looks."""

    __slots__ = ("_decoded", "_value", "key", "name", "new", "scope", "text")

    def __init__(self, key: int, scope: ElementInstance, name: str, text: str, new: bool) -> None:
        self.key = key
        self.scope = scope
        self.name = name
        self.new = new
        self.text = text
        self._decoded = False
        self._value: Any = None

    def write(self, text: str) -> None:
        """Replace the value."""
        self.text = text
        self._decoded = False

    @property
    def value(self) -> Any:
        """The value as Python sees it. Callers must not change it."""
        if not self._decoded:
            self._value = _decode(self.text)
            self._decoded = True
        return self._value


class ElementInstance:
    """One visit of one node; the root element instance is the process itself and shares the instance's key.

    `tokens` counts, per sequence flow id, what waits at a joining gateway of this scope. `data` is what the node's
    behaviour must remember across commands; only that behaviour reads it. `result` is the JSON text of what this
    inner instance of a multi-instance body contributes to the output collection. In the body, `completed`,
    `terminated` and `results` (by loop counter) sum up the inner instances that have ended; reading a body back from
    rows counts their rows.
    """

    __slots__ = (
        "children",
        "completed",
        "data",
        "ended_at",
        "instance",
        "key",
        "loop_counter",
        "new",
        "node",
        "result",
        "results",
        "scope",
        "started_at",
        "state",
        "terminated",
        "tokens",
        "variables",
        "waits",
    )

    def __init__(
        self,
        instance: Instance,
        key: int,
        node: Node,
        scope: ElementInstance | None,
        started_at: int,
        new: bool,
        loop_counter: int | None = None,
    ) -> None:
        self.instance = instance
        self.key = key
        self.node = node
        self.scope = scope  # None for the process itself
        self.state = ElementState.ACTIVATING
        self.started_at = started_at
        self.ended_at: int | None = None
        self.loop_counter = loop_counter
        self.new = new
        self.children: dict[int, ElementInstance] = {}
        self.tokens: dict[str, int] = {}
        self.variables: dict[str, Variable] = {}
        self.waits: dict[int, Wait] = {}
        self.data: dict[str, Any] | None = None
        self.result: str | None = None
        self.completed = 0
        self.terminated = 0
        self.results: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"<{self.node.id} {self.key} {self.state.name}>"


class Wait:
    """Something that an element instance waits for; `key` is unique, `element` its owner.

    What is no longer `open` is no longer kept: it is only in `Instance.changes`, for the store to write its end.
    """

    __slots__ = ("element", "key", "new", "open")

    def __init__(self, key: int, element: ElementInstance, new: bool) -> None:
        self.key = key
        self.element = element
        self.new = new
        self.open = True


class Job(Wait):
    """Work for a worker. Its lock (worker, deadline, lease) lives in its row, not here: see the job dispatch."""

    __slots__ = (
        "created_at",
        "ended_at",
        "error_code",
        "error_message",
        "headers",
        "kind",
        "listener",
        "priority",
        "released",
        "retries",
        "retry_at",
        "state",
        "type",
    )

    def __init__(
        self,
        key: int,
        element: ElementInstance,
        new: bool,
        type: str,
        kind: JobKind,
        listener: ListenerEvent,
        retries: int,
        priority: int,
        headers: str,
        created_at: int,
    ) -> None:
        super().__init__(key, element, new)
        self.type = type
        self.kind = kind
        self.listener = listener
        self.retries = retries
        self.priority = priority
        self.headers = headers  # JSON object text
        self.created_at = created_at
        self.state = JobState.CREATED
        self.released = False  # since it was last written: its row's lock is to be taken off
        self.retry_at: int | None = None
        self.ended_at: int | None = None
        self.error_code: str | None = None
        self.error_message: str | None = None


class UserTask(Wait):
    """Work for a person. Dates are ISO 8601 texts with an offset, as they are shown."""

    __slots__ = (
        "action",
        "assignee",
        "candidate_groups",
        "candidate_users",
        "created_at",
        "due_date",
        "ended_at",
        "external_form_reference",
        "follow_up_date",
        "form_key",
        "headers",
        "priority",
        "state",
    )

    def __init__(self, key: int, element: ElementInstance, new: bool, created_at: int) -> None:
        super().__init__(key, element, new)
        self.state = UserTaskState.CREATING
        self.created_at = created_at
        self.ended_at: int | None = None
        self.assignee: str | None = None
        self.candidate_groups: list[str] = []
        self.candidate_users: list[str] = []
        self.due_date: str | None = None
        self.follow_up_date: str | None = None
        self.priority = 50
        self.form_key: int | None = None
        self.external_form_reference: str | None = None
        self.headers = "{}"
        self.action = ""


class Timer(Wait):
    """A date at which `node` (a catch, boundary or start event) triggers.

    `repetitions`: how often again after that, -1 without end; `cycle`: the text that the next date follows from.
    """

    __slots__ = ("cycle", "due_at", "node", "repetitions")

    def __init__(
        self,
        key: int,
        element: ElementInstance,
        new: bool,
        node: Node,
        due_at: int,
        repetitions: int,
        cycle: str,
    ) -> None:
        super().__init__(key, element, new)
        self.node = node
        self.due_at = due_at
        self.repetitions = repetitions
        self.cycle = cycle


class MessageSubscription(Wait):
    """`node` waits for a message of this name and correlation key; closed with `message_key` if one came."""

    __slots__ = ("correlation_key", "message_key", "name", "node", "updated_at")

    def __init__(
        self,
        key: int,
        element: ElementInstance,
        new: bool,
        node: Node,
        name: str,
        correlation_key: str,
        updated_at: int,
    ) -> None:
        super().__init__(key, element, new)
        self.node = node
        self.name = name
        self.correlation_key = correlation_key
        self.updated_at = updated_at
        self.message_key: int | None = None


class Subscription(Wait):
    """`node` waits for a signal (by `name`), for a condition, or for its compensation to be thrown."""

    __slots__ = ("data", "kind", "name", "node")

    def __init__(
        self,
        key: int,
        element: ElementInstance,
        new: bool,
        node: Node,
        kind: SubscriptionKind,
        name: str,
        data: dict[str, Any] | None,
    ) -> None:
        super().__init__(key, element, new)
        self.node = node
        self.kind = kind
        self.name = name
        self.data = data


class Incident(Wait):
    """Why `element` does not go on. `job_key` where a job has no retries left."""

    __slots__ = ("created_at", "ended_at", "job_key", "message", "type")

    def __init__(
        self,
        key: int,
        element: ElementInstance,
        new: bool,
        type: IncidentType,
        message: str,
        job_key: int | None,
        created_at: int,
    ) -> None:
        super().__init__(key, element, new)
        self.type = type
        self.message = message
        self.job_key = job_key
        self.created_at = created_at
        self.ended_at: int | None = None


class DecisionEvaluation:
    """How a decision was evaluated for an element: nothing that anybody waits for, only kept."""

    __slots__ = ("decision_key", "element", "key", "trace")

    def __init__(self, key: int, element: ElementInstance, decision_key: int, trace: str) -> None:
        self.key = key
        self.element = element
        self.decision_key = decision_key
        self.trace = trace  # JSON text


class Instance:
    """One process instance. `version` counts its commands; it is the sequence number of its last log row."""

    __slots__ = (
        "business_id",
        "changes",
        "elements",
        "ended_at",
        "graph",
        "key",
        "migrated",
        "new",
        "parent_element_key",
        "parent_key",
        "root",
        "root_key",
        "started_at",
        "suspended_at",
        "tags",
        "tenant",
        "version",
        "waits",
    )

    def __init__(self, graph: Graph, key: int, tenant: str, started_at: int, new: bool) -> None:
        self.graph = graph
        self.key = key
        self.tenant = tenant
        self.started_at = started_at
        self.new = new
        self.version = 0
        self.migrated = False  # since it was last written: the rows of its open waits name another definition
        self.ended_at: int | None = None
        self.suspended_at: int | None = None
        self.parent_key: int | None = None
        self.parent_element_key: int | None = None
        self.root_key = key
        self.business_id: str | None = None
        self.tags: list[str] = []
        self.root = ElementInstance(self, key, graph.process, None, started_at, new)
        self.elements: dict[int, ElementInstance] = {key: self.root}
        self.waits: dict[int, Wait] = {}  # every open wait of every element, by key
        self.changes: dict[object, None] = {}  # an ordered set of the objects above that the store must write
