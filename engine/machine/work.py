"""The work on one command: its queue, and the life cycle of an element instance.

One `Work` lives for one command. Its queue holds small steps; each step may emit events (which are applied at
once) and queue further steps; when it is empty the instance has come to rest. Every element instance goes the same
way, whatever it is:

    enter → begin: input mappings, start listeners → start: the behaviour prepares, subscriptions open, it activates
          → complete → finish: output mappings, end listeners → leave: flows are taken, the scope hears of it

The behaviour of a node (engine/elements) is asked at fixed points and calls back: `complete`, `create_job`, …
A step that cannot be done raises `Stuck` before it has emitted anything, and becomes an incident; resolving the
incident runs the step again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import shake_256
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.machine import catching, compensating, conditions, listening, people
from engine.machine import events as ev
from engine.machine.apply import apply
from engine.machine.commands import Command, Continue, ReportChildEnded
from engine.machine.lifecycle import ElementState, IncidentType
from engine.machine.names import is_too_long, too_long
from engine.machine.state import (
    ElementInstance,
    Incident,
    Instance,
    Job,
    MessageSubscription,
    Subscription,
    Timer,
    UserTask,
    Wait,
)
from engine.machine.values import Scope, Stuck, evaluate_mappings, given_texts, to_text, visible

if TYPE_CHECKING:
    from engine.machine.graph import Catalog, Evaluable, Flow, Graph, Node

#: How many element instances one command may begin. What comes after is left to a `Continue` command, so that a
#: process that runs in a circle, or fans out over 100,000 items, never keeps others waiting.
STEPS = 1_000

NewKey = Callable[[], int]


class Work:
    """The work on one command."""

    __slots__ = (
        "_datetime",
        "_given",
        "_left_over",
        "_queue",
        "_steps",
        "catalog",
        "changed_variables",
        "events",
        "follow_ups",
        "graph",
        "instance",
        "joining",
        "new_key",
        "now",
        "result",
    )

    def __init__(self, instance: Instance, now: int, new_key: NewKey, catalog: Catalog) -> None:
        self.instance = instance
        self.graph: Graph = instance.graph
        self.now = now
        self.new_key = new_key
        self.catalog = catalog
        self.events: list[ev.Event] = []
        self.follow_ups: list[Command] = []
        self.result: object = None
        self.changed_variables: list[tuple[ElementInstance, str, bool]] = []  # scope, name, created
        self.joining: dict[tuple[int, str], tuple[ElementInstance, Node]] = {}  # gateways to ask once all is quiet
        self._queue: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._given: tuple[Mapping[str, Any], dict[str, str]] = ({}, {})
        self._steps = 0
        self._left_over: list[int] = []  # element instances that are to begin in another command
        self._datetime: datetime | None = None

    # ---- What the command brings ------------------------------------------------------------------------------------

    def accept(self, command: Command) -> None:
        """Read the variables that a command brings, before anything has happened. Raises Rejection."""
        variables = getattr(command, "variables", None)
        if variables:
            self._given = variables, given_texts(variables)

    def texts(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """The JSON texts of variables; those that the command brought are not written a second time."""
        given, texts = self._given
        return texts if payload is given else {name: to_text(value) for name, value in payload.items()}

    # ---- The queue --------------------------------------------------------------------------------------------------

    def emit(self, event: ev.Event) -> None:
        """Let something have happened: it is history, and the state shows it."""
        self.events.append(event)
        apply(self.instance, event, self.now)

    def later(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do a step after those that wait already."""
        self._queue.append((step, arguments))

    def run(self) -> None:
        """Work until the instance has come to rest."""
        queue = self._queue
        while True:
            while queue or self.changed_variables:
                if self.changed_variables:  # by the command itself, too, before any step
                    conditions.check_conditions(self)
                    continue
                step, arguments = queue.popleft()
                step(*arguments)
            if not self.joining:
                break
            self._ask_joining()
        if self._left_over:
            key, *others = self._left_over
            self.follow_ups.append(
                Continue(process_instance_key=self.instance.key, element_instance_key=key, others=others)
            )

    def _ask_joining(self) -> None:
        waiting, self.joining = self.joining, {}
        for scope, node in waiting.values():
            if scope.state is ElementState.ACTIVATED:
                node.behavior.quiet(self, scope, node)
        if not self._queue:
            self._break_standstill([(scope, node) for scope, node in waiting.values() if not scope.children])

    def _break_standstill(self, waiting: list[tuple[ElementInstance, Node]]) -> None:
        """Where nothing moves but by a join, joins may wait for each other: let one go on with what it has."""
        for scope, node in waiting:
            if scope.state is ElementState.ACTIVATED:
                node.behavior.standstill(self, scope, node)
            if self._queue:
                return

    def try_step(self, step: Callable[[ElementInstance], None], element: ElementInstance) -> None:
        """Run a step of the life cycle; if it is stuck, that is an incident."""
        try:
            step(element)
        except Stuck as stuck:
            self.create_incident(element, stuck.type, stuck.message)

    def create_incident(
        self, element: ElementInstance, type: IncidentType, message: str, job_key: int | None = None
    ) -> None:
        """Note that an element does not go on until somebody helps."""
        self.emit(ev.IncidentCreated(self.new_key(), element.key, type, message, job_key))

    @property
    def datetime(self) -> datetime:
        """The time of the command, for expressions."""
        if self._datetime is None:
            self._datetime = datetime.fromtimestamp(self.now / 1000, UTC)
        return self._datetime

    def entropy(self, size: int) -> bytes:
        """Bytes for `uuid()` and the like: nobody can guess them who does not know the secret, and none come twice."""
        return shake_256(self.catalog.secret + self.new_key().to_bytes(8)).digest(size)

    # ---- Entering ---------------------------------------------------------------------------------------------------

    def enter(
        self,
        node: Node,
        scope: ElementInstance,
        *,
        data: dict[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        loop_counter: int | None = None,
        key: int = 0,
    ) -> ElementInstance:
        """Create an element instance and queue its beginning.

        `data` is what its behaviour is to know from the start, `variables` (JSON texts) are local to it.
        """
        key = key or self.new_key()
        self.emit(ev.ElementActivating(key, node.id, scope.key, node.inner, loop_counter))
        if data is not None:
            self.emit(ev.DataChanged(key, data))
        element = self.instance.elements[key]
        if variables:
            for name, text in variables.items():
                self.set_local(element, name, text)
        self.later(self.begin_in_turn, element)
        return element

    def trigger(self, node: Node, scope: ElementInstance, payload: dict[str, Any]) -> ElementInstance:
        """Enter an event whose trigger has come already; it completes with the payload."""
        return self.enter(node, scope, data={"triggered": payload})

    def begin_in_turn(self, element: ElementInstance) -> None:
        """Begin an element instance that was entered, or leave that to another command."""
        if element.state is not ElementState.ACTIVATING:
            return
        self._steps += 1
        if self._steps > STEPS:
            self._left_over.append(element.key)
        else:
            self.try_step(self.begin, element)

    def begin(self, element: ElementInstance) -> None:
        """Input mappings, then start listeners one at a time, then `start`."""
        node = element.node
        if node.inputs and listening.answered(element) is None:
            results = evaluate_mappings(node.inputs, element, element, self.datetime, self.entropy)
            for name, text in [(name, to_text(value)) for name, value in results.items()]:
                self.set_local(element, name, text)
        if node.listeners and listening.next_listener(self, element, "start"):
            return
        self.start(element)

    def start(self, element: ElementInstance) -> None:
        """Evaluate all that the element needs, and only then open its subscriptions and activate it."""
        behavior = element.node.behavior
        prepared = behavior.prepare(self, element)
        opened = catching.plan_subscriptions(self, element)
        if self.changed_variables:  # its own locals: no news to what opens after them
            conditions.check_conditions(self)
        self.emit(ev.ElementActivated(element.key))
        if listening.answered(element) is not None:
            self.record(element, answered=None)
        for event in opened:
            self.emit(event)
        if opened and self.graph.has_conditions:
            self.later(conditions.check_opened, self, element)
        behavior.activate(self, element, prepared)

    # ---- Leaving ----------------------------------------------------------------------------------------------------

    def complete(self, element: ElementInstance, payload: dict[str, Any] | None = None) -> None:
        """The element has done what it is for. `payload`: the variables that it hands out."""
        if element.state is not ElementState.ACTIVATED:
            return
        self.emit(ev.ElementCompleting(element.key))
        if element.waits:
            self.close_waits(element, keep=compensating.is_compensation)
        if payload:
            self.hand_out(element, payload)
        self.later(self._finish, element)

    def hand_out(self, element: ElementInstance, payload: Mapping[str, Any]) -> None:
        """Variables of a job, message or person: local where an output mapping chooses from them, else merged."""
        texts = self.texts(payload)
        if element.node.outputs:
            for name, text in texts.items():
                self.set_local(element, name, text)
        else:
            self.merge(element, texts)

    def _finish(self, element: ElementInstance) -> None:
        if element.state is ElementState.COMPLETING:
            self.try_step(self.finish, element)

    def finish(self, element: ElementInstance) -> None:
        """Output mappings, then end listeners one at a time, then `leave`."""
        if listening.answered(element) is None:
            self._map_out(element)
        if element.node.listeners and listening.next_listener(self, element, "end"):
            return
        self.leave(element)

    def _map_out(self, element: ElementInstance) -> None:
        node = element.node
        if node.outputs:
            start = element if node.inner else element.scope
            results = evaluate_mappings(node.outputs, element, start, self.datetime, self.entropy)
            texts = {name: to_text(value) for name, value in results.items()}
            self.merge(start or element, texts)
        if node.writes:
            results = evaluate_mappings(node.writes, element, element.scope, self.datetime, self.entropy)
            self.merge(element.scope or element, {name: to_text(value) for name, value in results.items()})
        own = [name for name in node.copies if name in element.variables]
        if own and element.scope is not None:
            self.merge(element.scope, {name: element.variables[name].text for name in own})

    def leave(self, element: ElementInstance) -> None:
        """Choose the flows, complete, and let the scope know."""
        node, scope = element.node, element.scope
        flows = node.behavior.flows(self, element)
        if scope is not None and node.inner:
            scope.node.behavior.inner_completing(self, scope, element)
        compensating.keep_compensation(self, element)
        self.emit(ev.ElementCompleted(element.key))
        if scope is None:
            self._instance_ended(visible(element))
            return
        passed = node.behavior.passes(element)
        for flow in flows:
            self.take(flow, scope, passed)
        compensating.compensated(self, element)
        self._end_after(element)
        self.ask_held(scope)
        scope.node.behavior.child_completed(self, scope, element)

    def take(self, flow: Flow, scope: ElementInstance, data: dict[str, Any] | None = None) -> None:
        """Let a token go along a sequence flow into its target."""
        self.emit(ev.SequenceFlowTaken(scope.key, flow.id, flow.held))
        if flow.held:
            flow.target.behavior.arrived(self, scope, flow.target)
        else:
            self.enter(flow.target, scope, data=data)

    def ask_held(self, scope: ElementInstance) -> None:
        """Something left the scope: gateways at which tokens wait may have waited for it."""
        for flow_id in scope.tokens:
            node = self.graph.flows[flow_id].target
            self.joining[scope.key, node.id] = (scope, node)

    def check_scope(self, scope: ElementInstance) -> None:
        """Complete, or end, a scope in which nothing is left."""
        if scope.children:
            return
        if scope.state is ElementState.TERMINATING:
            self.terminated(scope)
        elif scope.state is ElementState.ACTIVATED and scope.data and "then" in scope.data:
            catching.enter_event_sub_process(self, scope)
        elif scope.state is ElementState.ACTIVATED and not scope.tokens:
            self.complete(scope)

    def _end_after(self, element: ElementInstance) -> None:
        """Terminate the instance where it was created to end after this element."""
        root = self.instance.root
        if root.data and element.node.id in root.data.get("terminate_after", ()):
            self.later(self.terminate, root)

    def _instance_ended(self, variables: dict[str, Any] | None) -> None:
        instance = self.instance
        if instance.parent_key is not None and instance.parent_element_key is not None:
            self.follow_ups.append(
                ReportChildEnded(
                    process_instance_key=instance.parent_key,
                    element_instance_key=instance.parent_element_key,
                    child_key=instance.key,
                    variables=variables,
                )
            )

    # ---- Terminating ------------------------------------------------------------------------------------------------

    def terminate(self, element: ElementInstance) -> None:
        """End an element instance, and first everything in it, without its going on."""
        if element.ended_at is not None:
            return
        if element.state is ElementState.TERMINATING:
            if element.data and "then" in element.data:
                self.record(element, then=None)  # what is around it ends, too: nothing is to follow any more
            return
        self.emit(ev.ElementTerminating(element.key))
        self.close_waits(element)
        for child in list(element.children.values()):
            self.terminate(child)
        if element.children or element.waits or element.ended_at is not None:
            return  # what is left (a canceling listener's job) calls `terminated` when it has ended
        if element.node.behavior.terminate(self, element):
            self.terminated(element)

    def terminated(self, element: ElementInstance) -> None:
        """Nothing is left in a terminating element instance: go on where its end was wanted."""
        scope, data = element.scope, element.data or {}
        self.emit(ev.ElementTerminated(element.key))
        if scope is None:
            self._instance_ended(None)
            return
        if "then" in data and scope.state is ElementState.ACTIVATED:
            then = data["then"]
            boundary = self.graph.nodes[then["node"]]
            boundary.trigger.entered(self, boundary, scope, then["payload"])
        compensating.compensated(self, element)
        self.ask_held(scope)
        scope.node.behavior.child_terminated(self, scope, element)

    def close_waits(self, element: ElementInstance, keep: Callable[[Wait], bool] | None = None) -> None:
        """Close what an element instance waits for (all but what `keep` says)."""
        for wait in list(element.waits.values()):
            if keep is None or not keep(wait):
                self.close_wait(wait)

    def close_wait(self, wait: Wait) -> None:
        """Close one wait without its having come."""
        if wait.open:
            _CLOSE[type(wait)](self, wait)

    def record(self, element: ElementInstance, **facts: Any) -> None:
        """Add to what the behaviour of an element remembers; a fact that is None or empty is forgotten."""
        forgotten = {name for name, fact in facts.items() if fact in (None, {}, [])}
        data = {name: fact for name, fact in {**(element.data or {}), **facts}.items() if name not in forgotten}
        self.emit(ev.DataChanged(element.key, data or None))

    # ---- Variables --------------------------------------------------------------------------------------------------

    def set_local(self, scope: ElementInstance, name: str, text: str) -> None:
        """Write a variable (JSON text) right into a scope."""
        known = scope.variables.get(name)
        if known is None:
            self.emit(ev.VariableCreated(self.new_key(), scope.key, name, text))
        elif known.text != text:
            self.emit(ev.VariableUpdated(scope.key, name, text))
        else:
            return
        if self.graph.has_conditions:
            self.changed_variables.append((scope, name, known is None))

    def merge(self, start: ElementInstance, variables: Mapping[str, str]) -> None:
        """Write variables (JSON texts) to the nearest scope from `start` upward that has them, else to the root."""
        for name, text in variables.items():
            scope: ElementInstance = start
            while name not in scope.variables and scope.scope is not None:
                scope = scope.scope
            self.set_local(scope, name, text)

    # ---- Expressions ------------------------------------------------------------------------------------------------

    def evaluate(
        self,
        expression: Evaluable | str,
        element: ElementInstance | None,
        extra: Mapping[str, object] | None = None,
    ) -> Any:
        """The value of an expression (a str is a static value) as `element` sees variables, in JSON terms.

        Raises Stuck (EXTRACT_VALUE_ERROR) where it fails.
        """
        if isinstance(expression, str):
            return expression
        try:
            return feel.to_json(expression.evaluate(Scope(element, extra), now=self.datetime, entropy=self.entropy))
        except feel.FeelError as error:
            reason = f"Failed to evaluate expression '{expression.text}': {error}"
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason) from error

    def expect(
        self,
        expression: Evaluable | str,
        element: ElementInstance | None,
        types: tuple[type, ...],
        what: str,
        extra: Mapping[str, object] | None = None,
    ) -> Any:
        """The same, where only some types will do; `what` names them in the incident."""
        value = self.evaluate(expression, element, extra)
        if type(value) in types:
            return value
        text = expression if isinstance(expression, str) else expression.text
        reason = f"Expected result of the expression '{text}' to be {what}, but was {_describe(value)}."
        raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)

    def expect_text(self, expression: Evaluable | str, element: ElementInstance | None) -> str:
        """The value of an expression that must be a string, and no longer than a name may be."""
        text: str = self.expect(expression, element, (str,), "a string")
        if is_too_long(text):
            shown = expression if isinstance(expression, str) else expression.text
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, too_long(f"the result of '{shown[:100]}'", text))
        return text

    def expect_boolean(
        self, expression: Evaluable, element: ElementInstance, extra: Mapping[str, object] | None = None
    ) -> bool:
        """The value of a condition."""
        value: bool = self.expect(expression, element, (bool,), "a boolean", extra)
        return value


def _describe(value: object) -> str:
    if value is None:
        return "null (does a variable of it exist?)"
    text = to_text(value)
    return f"'{text[:200]}…'" if len(text) > 200 else f"'{text}'"


# ---- How each kind of wait is closed --------------------------------------------------------------------------------


_CLOSE: dict[type[Wait], Callable[[Work, Any], None]] = {
    Job: lambda m, wait: m.emit(ev.JobCanceled(wait.key)),
    Timer: lambda m, wait: m.emit(ev.TimerCanceled(wait.key)),
    MessageSubscription: lambda m, wait: m.emit(ev.MessageSubscriptionClosed(wait.key)),
    Subscription: lambda m, wait: m.emit(ev.SubscriptionClosed(wait.key)),
    Incident: lambda m, wait: m.emit(ev.IncidentResolved(wait.key)),
    UserTask: people.cancel,
}
