"""What a process definition compiles to: nodes, flows and what surrounds them. Immutable once built, shared by all.

`engine.bpmn.compile` builds it from XML. A `Node` carries its behaviour (engine/elements) and, if it is an event, its
trigger (engine/triggers); what stands around a node whatever it is (mappings, listeners, boundary events, a
multi-instance loop) is data here, and handled once, by the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingABC
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from engine.machine.commands import DEFAULT_TENANT

if TYPE_CHECKING:
    from datetime import datetime


class Evaluable(Protocol):
    """A compiled FEEL expression (engine.feel.Expression) as the machine needs it."""

    text: str

    def evaluate(
        self,
        context: MappingABC[str, object],
        *,
        now: datetime | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> object: ...


class Flow:
    """A sequence flow; `condition` None: unconditional."""

    __slots__ = ("condition", "held", "id", "source", "target")

    def __init__(self, id: str, source: Node, target: Node, condition: Evaluable | None) -> None:
        self.id = id
        self.source = source
        self.target = target
        self.condition = condition
        self.held = False  # the target joins: tokens wait in the scope until it fires

    def __repr__(self) -> str:
        return f"<flow {self.id}>"


class VariableMapping:
    """One line of an input or output mapping: evaluate `source`, write it to the path `target` ("a" or "a.b")."""

    __slots__ = ("source", "target")

    def __init__(self, source: Evaluable | str, target: tuple[str, ...]) -> None:
        self.source = source  # a str is a static value
        self.target = target


class ResourceLink(NamedTuple):
    """A deployed file that a job is to use; `name` and `type` tell the worker what for."""

    resource_id: Evaluable | str
    type: str
    name: str
    binding: str
    version_tag: str


class JobDefinition:
    """What a job is made from; each part is a static text or an expression."""

    __slots__ = ("headers", "links", "priority", "retries", "type")

    def __init__(
        self,
        type: Evaluable | str,
        retries: Evaluable | str = "3",
        headers: dict[str, str] | None = None,
        priority: Evaluable | str = "0",
    ) -> None:
        self.type = type
        self.retries = retries
        self.headers = headers or {}
        self.links: tuple[ResourceLink, ...] = ()
        self.priority = priority


class Listener:
    """A job that runs before or after an element (`event` "start", "end") or a user task's step ("creating", …)."""

    __slots__ = ("event", "job")

    def __init__(self, event: str, job: JobDefinition) -> None:
        self.event = event
        self.job = job


class Node:
    """A flow node: an activity, event or gateway, or the process itself (`scope` None)."""

    __slots__ = (
        "attached_to",
        "behavior",
        "boundary",
        "compensation",
        "conditional",
        "copies",
        "default",
        "documentation",
        "event_starts",
        "handler",
        "id",
        "incoming",
        "inner",
        "inner_node",
        "inputs",
        "interrupting",
        "joins",
        "lane",
        "listeners",
        "name",
        "nodes",
        "outgoing",
        "outputs",
        "properties",
        "reach",
        "scope",
        "start",
        "trigger",
        "writes",
    )

    def __init__(self, id: str, name: str, behavior: Any, scope: Node | None, inner: bool = False) -> None:
        self.id = id
        self.name = name
        self.documentation = ""
        self.properties: dict[str, str] = {}  # what the modeler noted beside what executes, for workers and tools
        self.behavior = behavior  # engine.elements.base.Behavior
        self.scope = scope  # the node of the (sub-)process, or of the multi-instance body, around it
        self.inner = inner  # the inner activity of a multi-instance body (both carry the same id), or an inner instance
        self.inner_node: Node | None = None  # of a multi-instance body
        self.trigger: Any = None  # of an event: engine.triggers; None for a none event
        self.incoming: tuple[Flow, ...] = ()
        self.outgoing: tuple[Flow, ...] = ()
        self.default: Flow | None = None
        self.conditional = False  # some outgoing flow has a condition
        self.inputs: tuple[VariableMapping, ...] = ()
        self.outputs: tuple[VariableMapping, ...] = ()
        self.writes: tuple[VariableMapping, ...] = ()  # to data objects, beside what the outputs hand out
        self.copies: tuple[str, ...] = ()  # data objects that its own variables of these names are written to
        self.listeners: tuple[Listener, ...] = ()
        self.lane = ""  # the name of the innermost lane it is drawn in
        self.joins = False  # waits for several incoming flows
        self.interrupting = True  # of a boundary event or the start of an event sub-process
        self.attached_to: Node | None = None  # of a boundary event
        self.boundary: tuple[Node, ...] = ()  # boundary events, compensation ones not among them
        self.compensation: Node | None = None  # the handler that undoes this activity
        self.handler = False  # it undoes another activity; no flow leads to it
        self.nodes: tuple[Node, ...] = ()  # direct children of a scope
        self.start: Node | None = None  # the none start event of a scope
        self.event_starts: tuple[Node, ...] = ()  # start events of the event sub-processes of a scope
        self.reach: dict[str, frozenset[str]] = {}  # of an inclusive join: node ids that can still reach each flow

    @property
    def type(self) -> str:
        """The element type as the REST API names it, such as SERVICE_TASK."""
        kind: str = self.behavior.type
        return kind

    @property
    def drawn(self) -> Node:
        """What stands in the diagram: of a round of a loop, or an inner instance, that which makes such scopes."""
        return self.scope if self.inner and self.scope is not None else self

    def __repr__(self) -> str:
        return f"<node {self.id} {self.type}>"


class StartDefinition:
    """An event that starts the process from outside; what a deployment writes to `start_subscription`.

    `kind` is message, signal, timer or conditional; `name` of the message or signal. A node has several of them where
    several things start it.
    """

    __slots__ = ("element_id", "group", "kind", "name", "node", "trigger")

    def __init__(self, element_id: str, name: str, node: Node, trigger: Any) -> None:
        self.element_id = element_id
        self.kind: str = trigger.kind
        self.name = name
        self.node = node
        self.trigger = trigger  # engine.triggers
        self.group: StartGroup | None = None


class StartGroup:
    """What must all come for one instance: the first of them begins it, and it waits for the others.

    Either the definitions of a parallel multiple start event, or the events behind a parallel event-based gateway;
    `id` is that element's. See engine/machine/joint_starts.py.
    """

    __slots__ = ("id", "starts")

    def __init__(self, id: str, starts: tuple[StartDefinition, ...]) -> None:
        self.id = id
        self.starts = starts
        for start in starts:
            start.group = self

    def has(self, element_id: str) -> bool:
        """Whether the element is where one of them comes in."""
        return any(start.element_id == element_id for start in self.starts)


class Graph:
    """A compiled process. `definition_key`, `version`, `tenant` and `deployment_key` are set when it is deployed."""

    __slots__ = (
        "definition_key",
        "deployment_key",
        "flows",
        "has_conditions",
        "inner",
        "name",
        "nodes",
        "process",
        "process_id",
        "start_form_id",
        "starts",
        "tenant",
        "version",
        "version_tag",
    )

    def __init__(self, process_id: str, name: str | None, process: Node) -> None:
        self.process_id = process_id
        self.name = name
        self.process = process
        self.nodes: dict[str, Node] = {process.id: process}  # a multi-instance body stands for its activity
        self.inner: dict[str, Node] = {}  # inner activities of multi-instance bodies
        self.flows: dict[str, Flow] = {}
        self.starts: list[StartDefinition] = []
        self.has_conditions = False  # some event waits for a change of variables
        self.version_tag: str | None = None
        self.start_form_id: str | None = None
        self.definition_key = 0
        self.deployment_key = 0
        self.version = 0
        self.tenant = DEFAULT_TENANT

    def start_group(self, element_id: str) -> StartGroup | None:
        """The group that a start belongs to, if it is not enough by itself."""
        return next((start.group for start in self.starts if start.element_id == element_id), None)

    def node(self, element_id: str, inner: bool = False) -> Node:
        """The node of an element instance."""
        return self.inner[element_id] if inner else self.nodes[element_id]


class DecisionOutcome(NamedTuple):
    """What evaluating a decision gave: the output (a JSON value) or why it failed, and what is kept of it.

    `trace` is JSON text: a list of the decisions that were evaluated, each with its inputs, matched rules and output.
    """

    output: Any
    failure: str | None
    trace: str


class Decision(Protocol):
    """A deployed decision."""

    key: int

    def evaluate(self, variables: dict[str, Any], now: datetime) -> DecisionOutcome: ...


class Catalog(Protocol):
    """What else is deployed, as the machine may ask; the runtime answers from memory."""

    @property
    def secret(self) -> bytes:
        """What `uuid()` and `random number()` of expressions are derived from, together with a new key."""
        ...

    def graph(self, key: int) -> Graph:
        """The compiled process of a definition that a command names; the runtime has made sure that it is there."""
        ...

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of a file that a task links to, None if there is none."""
        ...

    def decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> Decision | None:
        """A decision that is called by its id, None if there is none."""
        ...

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        """The key of a linked form, None if there is none."""
        ...
