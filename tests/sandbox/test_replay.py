"""Whatever somebody does in a sandbox, its steps lead there again, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.machine.commands import Rejection
from engine.sandbox import Sandbox
from engine.sandbox import steps as s
from engine.sandbox.waiting import Waiting, scopes, waiting
from tests.sandbox.playing import BEGINNING, source

DRAFTS = {
    "food_order": ["food_order/food_order.bpmn"],
    "loan_application": ["loan_application/loan_application.bpmn", "loan_application/loan_decision.form"],
    "call_activity": ["call_activity.bpmn", "call_activity_child.bpmn"],
    "ad_hoc": ["ad_hoc.bpmn"],
}
VARIABLES: dict[str, Any] = {
    "orderId": "A-1", "amount": 12, "income": 9, "creditScore": 600, "wanted": [], "approved": True,
}  # fmt: skip


def steps_at(each: Waiting) -> list[s.AnyStep]:
    """What somebody might do about it."""
    place: dict[str, Any] = {"element": each.element, "nth": each.nth}
    match each.kind:
        case "job":
            done = [s.CompleteJob(**place, variables=VARIABLES), s.FailJob(**place, retries=0)]
            return [*done, *(s.ThrowError(**place, code=code) for code in each.codes)]
        case "task":
            return [s.CompleteTask(**place, variables=VARIABLES), s.AssignTask(**place, assignee="ada")]
        case "timer":
            return [s.SkipTimer(**place)]
        case "message":
            return [s.PublishMessage(name=each.detail, key=each.correlation_key)]
        case "incident":
            return [s.Resolve(**place)]
        case "ad-hoc":
            return [s.Activate(**place, activities=[id]) for id, _ in each.activities]
    return []


def possible(bench: Sandbox, process: str) -> list[s.AnyStep]:
    """What somebody might do now."""
    always: list[s.AnyStep] = [
        s.Start(process=process, variables=VARIABLES),
        s.Advance(duration="P1D"),
        s.PublishMessage(name="meal_ready", key="A-1", time_to_live="P2D"),
    ]
    running = [s.Cancel(element=process)] if any(i.ended_at is None for i in bench.all_instances.values()) else []
    return [*always, *running, *(step for each in waiting(bench) for step in steps_at(each))]


def state(bench: Sandbox) -> Any:
    """All that a person sees of it."""
    instances = [(i.key, i.graph.process_id, i.root.state) for i in bench.all_instances.values()]
    return bench.now, instances, waiting(bench), scopes(bench), list(bench.taken)


@pytest.mark.parametrize("process", DRAFTS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_replay_leads_to_the_same_state(process: str, data: st.DataObject) -> None:
    sources = [source(file) for file in DRAFTS[process]]
    bench = Sandbox(sources, BEGINNING)
    states = [state(bench)]
    for _ in range(data.draw(st.integers(1, 8))):
        step = data.draw(st.sampled_from(possible(bench, process)))
        try:
            bench.take(step)
        except Rejection:  # such as a called instance, which only its caller cancels
            bench = Sandbox(sources, BEGINNING, [each.step for each in bench.taken])
        else:
            states.append(state(bench))
    steps = [each.step for each in bench.taken]
    assert state(Sandbox(sources, BEGINNING, steps)) == state(bench)
    back = data.draw(st.integers(0, len(steps)))
    assert state(Sandbox(sources, BEGINNING, steps[:back])) == states[back]
