"""Random commands in random order on many processes: whatever happens, the invariants of an instance hold.

The processes are those of the fixtures, which have every element, and random ones (tests/blocks.py).

Beside those written here every command is followed by the checks of all stories: the replay of the events and what
PostgreSQL gives back are the same instance.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.machine import commands as c
from engine.machine.commands import Rejection
from engine.machine.compensating import is_compensation
from engine.machine.lifecycle import ElementState, SubscriptionKind
from engine.machine.state import (
    ElementInstance,
    Incident,
    Instance,
    Job,
    MessageSubscription,
    Subscription,
    UserTask,
)
from tests.blocks import OWN, Block, Writer
from tests.story import Story, play

CHILD = "call_activity_child.bpmn"

#: Files (the process that is started first, those that it calls) and variables.
PLAYS: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("parallel_gateway.bpmn",), {}),
    (("inclusive_gateway.bpmn",), {"giftWrap": True, "insured": True}),
    (("inclusive_join_with_loop.bpmn",), {"repeat": True}),
    (("boundary_timer_and_message.bpmn",), {"orderId": "A-1"}),
    (("boundary_message_payload.bpmn",), {"orderId": "A-1"}),
    (("event_subprocess_several.bpmn",), {"orderId": "A-1"}),
    (("event_subprocess_at_join.bpmn",), {"orderId": "A-1"}),
    (("event_subprocess_with_call.bpmn", CHILD), {"orderId": "A-1"}),
    (("event_subprocess_timer_cycle.bpmn",), {}),
    (("event_based_gateway.bpmn",), {"orderId": "A-1"}),
    (("signal_throw_and_catch.bpmn",), {}),
    (("conditional_boundary_non_interrupting.bpmn",), {"amount": 1}),
    (("conditional_event_subprocess_interrupting.bpmn",), {"amount": 1}),
    (("error_innermost_first.bpmn",), {}),
    (("error_from_event_subprocess.bpmn",), {}),
    (("escalation_throw.bpmn",), {}),
    (("call_activity_escalation.bpmn", "call_activity_escalation_child.bpmn"), {}),
    (("call_activity_escalation_interrupting.bpmn", "call_activity_escalation_child.bpmn"), {}),
    (("call_activity_event_subprocess.bpmn", CHILD), {}),
    (("call_activity_boundary.bpmn", CHILD), {}),
    (("multi_instance_error.bpmn",), {"items": [1, 2, 3], "orderId": "A-1"}),
    (("multi_instance_sequential.bpmn",), {"items": [1, 2, 3]}),
    (("multi_instance_nested.bpmn",), {"books": [{"pages": [1, 2]}, {"pages": []}, {"pages": [3]}]}),
    (("multi_instance_call_activity.bpmn", CHILD), {"items": [1, 2]}),
    (("compensation_order.bpmn",), {}),
    (("compensation_loop.bpmn",), {"more": True}),
    (("compensation_in_multi_instance.bpmn",), {"cities": ["Bern", "Rome"]}),
    (("compensation_from_event_subprocess.bpmn",), {}),
    (("compensation_stops_at_call.bpmn", "compensation_in_subprocess.bpmn"), {}),
    (("terminate_end_with_call.bpmn", CHILD), {}),
    (("incident_at_each_step.bpmn",), {"type": "work", "limit": "PT1H"}),
    (("compensation_event_subprocess.bpmn",), {}),
    (("multiple_boundary.bpmn",), {"orderId": "A-1"}),
    (("parallel_multiple_catch.bpmn",), {"orderId": "A-1"}),
    (("complex_gateway.bpmn",), {}),
    (("standard_loop.bpmn",), {}),
    (("transaction.bpmn",), {}),
    (("transaction_multi_instance.bpmn",), {"sales": [1, 2]}),
    (("ad_hoc.bpmn",), {"wanted": ["blood", "x_ray"]}),
    (("ad_hoc_condition.bpmn",), {"wanted": ["blood", "blood", "x_ray"]}),
    (("ad_hoc_job.bpmn",), {}),
    (("loan_application/loan_application.bpmn",), {"amount": 5, "income": 1, "creditScore": 500}),
]

NUMBERS = st.integers(0, 9)
VALUES = st.sampled_from([None, True, False, 1, 200, "A-1", "PT1H", "work", []])
NAMES = st.sampled_from(
    ["amount", "done", "finding", "good", "items", "limit", "more", "orderId", "refused", "repeat", "result", "type"]
)
CODES = st.sampled_from(["out_of_stock", "card_declined", "sold_out", "whatever"])
DURATIONS = st.sampled_from(["PT0S", "PT30M", "PT1H", "P1D", "P8D"])


class RandomCommands(RuleBasedStateMachine):
    """One story, told by chance."""

    story: Story
    held = False  # what follows is on its way, so that an instance may not know yet what has become of another

    @initialize(play_number=st.integers(0, len(PLAYS) - 1))
    def begin(self, play_number: int) -> None:
        (file, *others), variables = PLAYS[play_number]
        self.story = play(file, *others, **variables)

    # ---- Commands ---------------------------------------------------------------------------------------------------

    def one_of(self, kind: type[Any], number: int) -> Any:
        found = self.story.waits(kind)
        return found[number % len(found)]

    def has(kind: type[Any]) -> Any:  # type: ignore[misc]  # noqa: N805
        return precondition(lambda self: bool(self.story.waits(kind)))

    @has(Job)
    @rule(number=NUMBERS, name=NAMES, value=VALUES)
    def complete(self, number: int, name: str, value: object) -> None:
        with contextlib.suppress(Rejection):  # it has an incident, or its instance is suspended
            self.story.do(c.CompleteJob(job_key=self.one_of(Job, number).key, variables={name: value}))

    @has(Job)
    @rule(number=NUMBERS, retries=st.integers(0, 2), back_off=st.sampled_from([0, 60_000]))
    def fail(self, number: int, retries: int, back_off: int) -> None:
        with contextlib.suppress(Rejection):
            job = self.one_of(Job, number)
            self.story.do(c.FailJob(job_key=job.key, retries=retries, retry_back_off=back_off))

    @has(Job)
    @rule(number=NUMBERS, code=CODES)
    def throw(self, number: int, code: str) -> None:
        with contextlib.suppress(Rejection):
            self.story.do(c.ThrowJobError(job_key=self.one_of(Job, number).key, code=code))

    @has(UserTask)
    @rule(number=NUMBERS)
    def complete_task(self, number: int) -> None:
        with contextlib.suppress(Rejection):
            self.story.do(c.CompleteUserTask(user_task_key=self.one_of(UserTask, number).key))

    @has(MessageSubscription)
    @rule(number=NUMBERS, value=VALUES)
    def message(self, number: int, value: object) -> None:
        wait = self.one_of(MessageSubscription, number)
        self.story.message(wait.name, wait.correlation_key, note=value)

    @has(Subscription)
    @rule(number=NUMBERS)
    def signal(self, number: int) -> None:
        wait = self.one_of(Subscription, number)
        if wait.kind is SubscriptionKind.SIGNAL:
            self.story.signal(wait.name)

    @rule(duration=DURATIONS)
    def forward(self, duration: str) -> None:
        with contextlib.suppress(Rejection):
            self.story.forward(duration)

    @rule(number=NUMBERS, name=NAMES, value=VALUES, local=st.booleans())
    def set_variables(self, number: int, name: str, value: object, local: bool) -> None:
        active = self.story.active
        if active:
            self.story.set_variables(active[number % len(active)], local=local, **{name: value})

    @has(Incident)
    @rule(number=NUMBERS)
    def resolve(self, number: int) -> None:
        incident = self.one_of(Incident, number)
        job = incident.element.instance.waits.get(incident.job_key or 0)
        if isinstance(job, Job) and not job.retries:
            self.story.do(c.UpdateJob(job_key=job.key, retries=1))
        self.story.resolve(incident)

    @rule()
    def suspend_or_resume(self) -> None:
        with contextlib.suppress(Rejection):
            (self.story.suspend if self.story.instance.suspended_at is None else self.story.resume)()

    @precondition(lambda self: self.story.active)
    @rule(number=NUMBERS, to=NUMBERS)
    def modify(self, number: int, to: int) -> None:
        """Somebody ends an element instance and puts a token somewhere else."""
        element = self.story.element(self.story.active[number % len(self.story.active)])
        nodes = list(element.instance.graph.nodes)
        command = c.ModifyInstance(
            process_instance_key=element.instance.key,
            activate=[c.ActivateInstruction(element_id=nodes[to * len(nodes) // 10])] if to else [],
            terminate=[c.TerminateInstruction(element_instance_key=element.key)],
        )
        with contextlib.suppress(Rejection):  # not everything can be started
            self.story.do(command)

    @rule()
    def hold_follow_ups(self) -> None:
        """What follows for other instances comes later, after what others do meanwhile."""
        self.held = True
        self.story.hold()

    @precondition(lambda self: self.held)
    @rule()
    def let_go(self) -> None:
        self.held = False
        self.story.let_go()

    @precondition(lambda self: self.story.state == "ACTIVE")
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        if number == 0:
            self.try_to_cancel()

    def try_to_cancel(self) -> None:
        with contextlib.suppress(Rejection):  # it is being cancelled already
            self.story.cancel()

    # ---- What must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "story") and not self.held:
            for recorded in self.story.recorded.values():
                check_instance(self.story, recorded.instance)

    def teardown(self) -> None:
        if hasattr(self, "story"):
            self.let_go()
            if self.story.state == "ACTIVE":
                self.try_to_cancel()
            self.all_is_well()
            assert all(recorded.instance.ended_at is not None for recorded in self.story.recorded.values())


class RandomCommandsOnRandomProcesses(RandomCommands):
    """The same, of a process that is made by chance, too."""

    @initialize(block=OWN)
    def begin(self, block: Block) -> None:
        writer = Writer()
        self.story = play(writer.process(block), **writer.variables)


def check_instance(story: Story, instance: Instance) -> None:
    """The invariants of one instance at rest. Raises AssertionError."""
    if instance.ended_at is not None:
        assert not instance.elements, "nothing is left in an instance that has ended"
        assert not instance.waits
        return
    assert instance.root.key in instance.elements
    for element in instance.elements.values():
        check_place(instance, element)
        check_tokens(element)
        assert list(reasons(story, element)), f"{element} is there for no reason: the instance hangs"
    for wait in instance.waits.values():
        assert wait.open
        assert wait.element.waits[wait.key] is wait, f"{wait} belongs to nobody"
        assert wait.element is instance.elements[wait.element.key]


def check_place(instance: Instance, element: ElementInstance) -> None:
    """An element and its scope know of each other, and a scope ends after all that is in it."""
    assert element.ended_at is None
    if element.scope is None:
        assert element is instance.root
        return
    assert element.scope.children[element.key] is element
    assert instance.elements[element.scope.key] is element.scope
    if element.scope.state is ElementState.TERMINATING:
        assert element.state is ElementState.TERMINATING, f"{element} goes on in a scope that ends"
    else:
        assert element.scope.state is ElementState.ACTIVATED


def check_tokens(scope: ElementInstance) -> None:
    """Tokens wait only where something joins, and never all that a parallel gateway waits for."""
    flows = {flow.id: flow for node in scope.node.nodes for flow in node.incoming}
    for flow_id, count in scope.tokens.items():
        assert count > 0
        assert flows[flow_id].held
    for node in {flows[flow_id].target for flow_id in scope.tokens}:
        if node.type == "PARALLEL_GATEWAY":
            assert not all(scope.tokens.get(flow.id) for flow in node.incoming), f"{node} should have fired"


def reasons(story: Story, element: ElementInstance) -> Iterator[object]:
    """Why an element is still there: what it waits for."""
    data = element.data or {}
    waits = [wait for wait in element.waits.values() if not is_compensation(wait)]
    kept = kept_for(element)
    yield from kept
    yield from asked_of_suspended(story, element)
    yield from element.children.values()
    yield from element.tokens  # what they wait for at a join may have gone another way
    if element.state in (ElementState.ACTIVATING, ElementState.COMPLETING):
        yield from (wait for wait in waits if isinstance(wait, (Incident, Job)))
    elif element.state is ElementState.ACTIVATED:
        own = (wait for wait in waits if getattr(wait, "node", element.node).attached_to is None)
        yield from (wait for wait in own if getattr(wait, "node", None) not in element.node.event_starts)
        yield from data.get("handlers", ())
        if element.node.type == "AD_HOC_SUB_PROCESS":
            yield "somebody may always activate more in it"
    if "child" in data:
        child = story.recorded.get(data["child"])
        assert child is not None, f"{element} waits for a process that was never called"
        heard = child.instance.ended_at is None or kept
        assert heard, f"{element} has not heard of the end of the process that it called"
        yield child


def kept_for(element: ElementInstance) -> list[dict[str, Any]]:
    """What has come for an element while its instance is suspended, and counts when it is resumed."""
    kept = (element.instance.root.data or {}).get("kept", [])
    found = [each for each in kept if each.get("element_instance_key") == element.key]
    assert element.instance.suspended_at is not None or not found
    assert element.state is not ElementState.TERMINATING or not found, f"{element} waits for what is kept from it"
    return found


def asked_of_suspended(story: Story, element: ElementInstance) -> list[dict[str, Any]]:
    """What an element wants to know of a calling instance that is suspended, and will be told when it is resumed."""
    roots = [recorded.instance.root for recorded in story.recorded.values()]
    kept = [each for root in roots for each in (root.data or {}).get("kept", [])]
    return [each for each in kept if each.get("origin_element_key") == element.key]


@pytest.mark.parametrize("machine", [RandomCommands, RandomCommandsOnRandomProcesses])
def test_invariants_hold_whatever_happens(machine: type[RuleBasedStateMachine]) -> None:
    told = settings(max_examples=60, stateful_step_count=25, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(machine, settings=told)
