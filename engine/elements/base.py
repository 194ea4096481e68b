"""The points at which the machine asks the behaviour of a node.

A behaviour is made once per node when a model is compiled and shared by all instances: it holds what was read from
the model and no state. It acts through `m` (engine.machine.work.Work), whose methods emit events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.machine.commands import Rejection
from engine.machine.lifecycle import IncidentType
from engine.machine.values import Stuck

if TYPE_CHECKING:
    from engine.elements.registry import Source
    from engine.machine.commands import CompleteJob
    from engine.machine.graph import Flow, Node
    from engine.machine.state import ElementInstance, Job
    from engine.machine.work import Work


class Behavior:
    """What every node does unless its module says otherwise: it completes at once and takes all outgoing flows."""

    #: The element type as the REST API names it.
    type: ClassVar[str] = "UNSPECIFIED"
    #: May have boundary events, a loop, mappings of variables and compensation.
    activity: ClassVar[bool] = False
    #: What the element is read from lies in it: sub-process, process.
    container: ClassVar[bool] = False
    #: Entered by an event that comes while the scope around it is active.
    event_scope: ClassVar[bool] = False
    #: A token may be put on it, by an operator or to begin with.
    enters_alone: ClassVar[bool] = True
    #: What one calls it, of that which makes the scopes in it by itself: the rounds of a loop, inner instances.
    words: ClassVar[str] = ""
    #: May be cancelled, which compensates what was completed in it.
    transaction: ClassVar[bool] = False
    #: Without incoming flow it starts an instance when its message comes.
    instantiates: bool = False
    #: And what starts it at this node must all come, for one instance.
    starts_together: bool = False

    @classmethod
    def read(cls, source: Source) -> Behavior:
        """The behaviour of an element of one of the tags that the class is registered for."""
        return cls(source)

    def __init__(self, source: Source) -> None:
        """Read what the element says about itself. Mistakes are reported with `source.problem`."""

    def check(self, node: Node, source: Source) -> None:
        """Report what cannot be, once the whole graph is known."""

    def starts_at(self, node: Node) -> Sequence[Node]:
        """The nodes whose events start an instance, of one that instantiates; its own check reports the wrong ones."""
        return (node,)

    def inner_instance(self) -> Behavior | None:
        """The behaviour of the scope that each of its activities gets to itself, if it makes such scopes."""
        return None

    # ---- Activation -------------------------------------------------------------------------------------------------

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        """Evaluate what `activate` will need; raise Stuck. Emits nothing: it may be asked again."""
        return None

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        """The element is ACTIVATED: do its work, or open what it waits for."""
        m.complete(e)

    def retry(self, m: Work, e: ElementInstance) -> None:
        """An incident of the activated element was resolved: try again what failed."""
        self.activate(m, e, self.prepare(m, e))

    def go_on(self, m: Work, e: ElementInstance, position: int) -> None:
        """Do the rest of what was too long for one command."""

    # ---- What it waits for -------------------------------------------------------------------------------------------

    def catches(self, node: Node) -> Any:
        """The trigger of what an instance of the node waits for: that of the event."""
        return node.trigger

    def awaits(self, node: Node) -> Sequence[Node]:
        """The nodes after it whose events an instance of the node waits for, to choose one of them."""
        return ()

    # ---- What it waited for -----------------------------------------------------------------------------------------

    def check_job_result(self, e: ElementInstance, command: CompleteJob) -> None:
        """Raise Rejection where the answer of its job cannot be carried out."""

    def add(self, m: Work, e: ElementInstance, elements: list[dict[str, Any]], cancel_remaining: bool) -> None:
        """Activate activities in it, by somebody's choice."""
        reason = f"Expected '{e.node.id}' to be an ad-hoc sub-process, but it is a {e.node.type}."
        raise Rejection("INVALID_ARGUMENT", reason)

    def job_completed(self, m: Work, e: ElementInstance, job: Job, command: CompleteJob) -> None:
        """Its job is done."""
        m.complete(e, command.variables)

    def triggered(self, m: Work, e: ElementInstance, node: Node, payload: dict[str, Any]) -> None:
        """The event that the element itself waits for (`node`; of a gateway: its target) has come."""
        m.complete(e, payload)

    def child_ended(self, m: Work, e: ElementInstance, variables: dict[str, Any] | None) -> None:
        """The instance that it called has ended; None: was terminated."""

    def call_failed(self, m: Work, e: ElementInstance, reason: str) -> None:
        """What it calls could not be started."""

    # ---- Leaving ----------------------------------------------------------------------------------------------------

    def flows(self, m: Work, e: ElementInstance) -> Sequence[Flow]:
        """The flows to take; raise Stuck. Emits nothing.

        Those without a condition and those whose condition is true; if there are none, the default flow.
        """
        node = e.node
        if not node.conditional:
            return node.outgoing
        chosen = [flow for flow in node.outgoing if flow is not node.default and holds(m, e, flow)]
        if chosen:
            return chosen
        if node.default is None:
            raise no_flow(e)
        return (node.default,)

    def passes(self, e: ElementInstance) -> dict[str, Any] | None:
        """What the element that a flow leads to is to know from the start."""
        return None

    def terminate(self, m: Work, e: ElementInstance) -> bool:
        """Begin to end what the machine does not know of; False if `m.terminated` is called later."""
        return True

    def migrates_to(self, other: Behavior) -> bool:
        """An instance of this element may go on as one of `other`, of the same element type."""
        return type(self) is type(other)

    # ---- As a scope -------------------------------------------------------------------------------------------------

    def child_completed(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        """A child has completed and left by its flows."""
        m.check_scope(scope)

    def child_terminated(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        """A child was terminated."""
        m.check_scope(scope)

    def inner_completing(self, m: Work, body: ElementInstance, child: ElementInstance) -> None:
        """An inner instance of a multi-instance body is about to complete; raise Stuck before anything is emitted."""

    # ---- As a gateway that joins ------------------------------------------------------------------------------------

    def arrived(self, m: Work, scope: ElementInstance, node: Node) -> None:
        """A token has arrived and is held in the scope."""

    def quiet(self, m: Work, scope: ElementInstance, node: Node) -> None:
        """Nothing more happens by itself: decide whether to go on without the missing tokens."""

    def standstill(self, m: Work, scope: ElementInstance, node: Node) -> None:
        """Nothing is active in the scope: what is missing cannot come any more, unless from behind another join."""


def holds(m: Work, e: ElementInstance, flow: Flow) -> bool:
    """Whether a flow's condition is true; one without condition always is. Raises Stuck."""
    return flow.condition is None or m.expect_boolean(flow.condition, e)


def no_flow(e: ElementInstance) -> Stuck:
    """The incident of an element that leads nowhere."""
    conditions = ", ".join(f"'{f.id}': {f.condition.text}" for f in e.node.outgoing if f.condition is not None)
    return Stuck(
        IncidentType.CONDITION_ERROR,
        f"Expected at least one condition of '{e.node.id}' to be true, or a default flow, but none is ({conditions}).",
    )
